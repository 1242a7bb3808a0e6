/* readsurvey.c - the survey reader's own process: a SAS transport file from standard input (a file,
 * unpacked) as a stream of plain numbers and texts to standard output. The arguments name the
 * variables wanted; none: all.
 *
 * It runs under limits that its parent sets, so that a damaged or hostile file ends this process
 * and nothing else. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/convert.h"

static int write_out(void *ctx, const void *bytes, size_t len)
{
    const char *from = bytes;
    (void)ctx;
    while (len > 0) {
        const ssize_t n = write(STDOUT_FILENO, from, len);
        if (n < 0 && errno != EINTR) {
            return 0;
        }
        if (n > 0) {
            from += n;
            len -= (size_t)n;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct stat info;
    if (fstat(STDIN_FILENO, &info) != 0 || !S_ISREG(info.st_mode)) {
        fprintf(stderr, "manikin-readsurvey: standard input must be a SAS transport file\n"
                        "usage: manikin-readsurvey [VARIABLE...] <FILE >STREAM\n");
        return 2;
    }
    const size_t len = (size_t)info.st_size;
    const void *file = "";
    if (len > 0) {
        file = mmap(NULL, len, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
        if (file == MAP_FAILED) {
            return 1;
        }
    }
    const size_t n_keep = argc > 1 ? (size_t)argc - 1 : 0;
    return mk_convert_transport(file, len, argv + 1, n_keep, write_out, NULL) ? 0 : 1;
}

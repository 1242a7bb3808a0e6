/* replay.c - runs a fuzz target over its stored samples, as TAP: tests/fuzz/NAME/ for fuzz_NAME.
 *
 * Then over changed samples (mutate.h) for MK_FUZZ_SECONDS; when that is not set, for two seconds
 * under sanitizers and not at all without. The changes follow from MK_FUZZ_SEED (1) and their
 * number. What is being tried stands in tests/fuzz/NAME.last of the build folder: after a crash or
 * a hang it is the finding, otherwise it goes. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLE_BYTES = 1 << 20, ROOM = 1 << 17, LONGEST_S = 20, SECONDS = 2, PATH_BYTES = 8192 };

/* ---- samples ---- */

static bool read_sample(const char *path, MkSample *out)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return false;
    }
    uint8_t *bytes = malloc(SAMPLE_BYTES);
    const size_t len = bytes != NULL ? fread(bytes, 1, SAMPLE_BYTES, f) : 0;
    const bool is_whole = bytes != NULL && len < SAMPLE_BYTES && ferror(f) == 0;
    (void)fclose(f);
    if (!is_whole) {
        free(bytes);
        return false;
    }
    *out = (MkSample){bytes, len};
    return true;
}

/* An exact copy, so that a sanitizer sees the first byte read past the end. */
static bool try_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (exact == NULL) {
        return false;
    }
    memcpy(exact, bytes, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return true;
}

static int is_sample(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "README") != 0;
}

/* ---- changed samples ---- */

typedef struct Last {
    char path[PATH_BYTES];
    int fd;
    uint8_t *bytes; /* shared with the file, which outlives a crash */
} Last;

static bool last_open(Last *last, const char *name)
{
    const char *folder = getenv("MK_BUILDDIR");
    snprintf(last->path, sizeof last->path, "%s/tests/fuzz/%s.last", folder != NULL ? folder : ".",
             name);
    last->fd = open(last->path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (last->fd < 0 || ftruncate(last->fd, ROOM) != 0) {
        return false;
    }
    last->bytes = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, last->fd, 0);
    return last->bytes != MAP_FAILED;
}

static void last_close(Last *last)
{
    (void)munmap(last->bytes, ROOM);
    (void)close(last->fd);
    (void)unlink(last->path);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double wanted_seconds(void)
{
    const char *text = getenv("MK_FUZZ_SECONDS");
    return text != NULL ? strtod(text, NULL) : getenv("MK_SANITIZED") != NULL ? SECONDS : 0;
}

static bool try_changed(const char *name, const MkSample *samples, size_t n, double seconds)
{
    Last last;
    const char *seed = getenv("MK_FUZZ_SEED");
    if (!last_open(&last, name)) {
        return false;
    }
    const double end = now() + seconds;
    uint64_t count = 0;
    for (; now() < end; count++) {
        MkRng rng = mk_rng(seed != NULL ? strtoull(seed, NULL, 10) : 1, MK_RNG_TEST, count);
        const size_t len = mk_mutate(&rng, samples, n, last.bytes, ROOM);
        if (ftruncate(last.fd, (off_t)len) != 0) {
            return false;
        }
        (void)alarm(LONGEST_S); /* its default ends the program */
        if (!try_bytes(last.bytes, len) || ftruncate(last.fd, ROOM) != 0) {
            return false;
        }
    }
    (void)alarm(0);
    printf("# %llu changed samples in %g s\n", (unsigned long long)count, seconds);
    last_close(&last);
    return true;
}

/* ---- the test ---- */

static bool run(const char *name, const char *folder, struct dirent **entries, size_t n)
{
    MkSample *samples = calloc(n, sizeof *samples);
    size_t n_read = 0;
    const double seconds = wanted_seconds();
    printf("1..%zu\n", n + (seconds > 0));
    for (size_t i = 0; samples != NULL && i < n; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        (void)fflush(stdout);
        const bool fine = read_sample(path, &samples[n_read]) &&
                          try_bytes(samples[n_read].bytes, samples[n_read].len);
        printf("%s %zu - %s\n", fine ? "ok" : "not ok", i + 1, entries[i]->d_name);
        n_read += fine;
    }
    bool fine = n_read == n;
    (void)fflush(stdout);
    if (seconds > 0 && n_read > 0) {
        const bool tried = try_changed(name, samples, n_read, seconds);
        printf("%s %zu - changed samples\n", tried ? "ok" : "not ok", n + 1);
        fine = fine && tried;
    }
    for (size_t i = 0; i < n_read; i++) {
        free(samples[i].bytes);
    }
    free(samples);
    return fine;
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *name = strstr(argv[0], "fuzz_");
    for (const char *next = name; next != NULL; next = strstr(next + 1, "fuzz_")) {
        name = next;
    }
    name = name != NULL ? name + strlen("fuzz_") : "";
    const char *srcdir = getenv("MK_SRCDIR");
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/tests/fuzz/%s", srcdir != NULL ? srcdir : ".", name);
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_sample, alphasort);
    if (n <= 0) {
        printf("1..1\nnot ok 1 - samples in %s\n", folder);
        return 1;
    }
    const bool fine = run(name, folder, entries, (size_t)n);
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
    return !fine;
}

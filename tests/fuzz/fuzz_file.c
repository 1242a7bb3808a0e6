/* fuzz_file.c - packed and plain files in: any bytes end in text or in an error. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *file = tmpfile();
    if (file == NULL) {
        return 0;
    }
    if (fwrite(data, 1, size, file) == size && fflush(file) == 0) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
        MkBuf buf;
        MkError err = {0};
        mk_buf_init(&buf);
        const MkStatus st = mk_file_read(path, 1 << 20, &buf, &err);
        if (st != MK_OK && (err.status != st || err.text[0] == '\0' || buf.len != 0)) {
            abort();
        }
        mk_buf_release(&buf);
    }
    (void)fclose(file);
    return 0;
}

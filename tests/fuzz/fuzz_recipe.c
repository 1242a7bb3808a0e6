/* fuzz_recipe.c - any bytes as a recipe of a training: settings that can be printed, or an error
 * with a story. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/train.h"
#include "src/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static MkTrainConfig config;
    FILE *file = tmpfile();
    MkError err = {0};
    if (file == NULL) {
        return 0;
    }
    mk_train_config_init(&config);
    if (fwrite(data, 1, size, file) == size && fflush(file) == 0) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
        const MkStatus st = mk_train_recipe_read(path, &config, &err);
        if (st != MK_OK && (err.status != st || err.text[0] == '\0')) {
            abort();
        }
        MkBuf text;
        mk_buf_init(&text);
        mk_train_config_print(&config, &text);
        if (text.failed || strstr(text.data, "kind ") == NULL) {
            abort();
        }
        mk_buf_release(&text);
    }
    (void)fclose(file);
    return 0;
}

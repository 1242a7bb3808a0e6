/* fuzz_svg.c - pictures into a page: what goes out is one element that can go in again, or
 * nothing. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/render/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An element of that name; `<scripts` is another one. */
static bool has_script(const char *text)
{
    for (const char *p = text; (p = strstr(p, "<script")) != NULL; p++) {
        if (strchr(" \t\r\n/>", p[7]) != NULL) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkBuf once, twice;
    mk_buf_init(&once);
    mk_buf_init(&twice);
    if (mk_svg_embed((const char *)data, size, "p1-", "words", &once)) {
        if (has_script(once.data) || strncmp(once.data, "<svg", 4) != 0 ||
            !mk_svg_embed(once.data, once.len, "p2-", "words", &twice)) {
            abort();
        }
    } else if (once.len > 0) {
        abort();
    }
    mk_buf_release(&once);
    mk_buf_release(&twice);
    return 0;
}

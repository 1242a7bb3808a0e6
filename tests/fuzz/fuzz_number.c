/* fuzz_number.c - numbers in: what is accepted comes back from its shortest text, and is what the C
 * library reads. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[2048];
    double x = 0;
    if (size >= sizeof text || !mk_text_double((const char *)data, size, '.', &x)) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (strtod(text, NULL) != x) {
        abort();
    }
    char shortest[32];
    double back = 0;
    const size_t len = mk_text_shortest(x, shortest);
    if (!mk_text_double(shortest, len, '.', &back) || back != x) {
        abort();
    }
    return 0;
}

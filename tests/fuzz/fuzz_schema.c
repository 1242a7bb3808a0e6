/* fuzz_schema.c - any text is a schema that prints and reads back the same, or an error with a
 * story. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkSchema *first = NULL, *second = NULL;
    MkError err = {0};
    if (mk_schema_parse((const char *)data, size, "s.tsv", &first, &err) != MK_OK) {
        if (err.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    MkBuf a, b;
    mk_buf_init(&a);
    mk_buf_init(&b);
    mk_schema_print(first, &a);
    if (mk_schema_parse(a.data, a.len, "again.tsv", &second, &err) != MK_OK) {
        abort();
    }
    mk_schema_print(second, &b);
    if (strcmp(a.data, b.data) != 0 || first->n != second->n) {
        abort();
    }
    size_t id;
    for (size_t j = 0; j < first->n; j++) {
        if (mk_schema_resolve(first, first->attributes[j].name, &id, &err) != MK_OK || id != j) {
            abort();
        }
    }
    mk_buf_release(&a);
    mk_buf_release(&b);
    mk_schema_free(first);
    mk_schema_free(second);
    return 0;
}

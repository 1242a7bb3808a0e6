/* fuzz_table.c - any text is a table that prints and reads back the same, or an error with a story.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text_schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\t\t20\t100\n"
                                  "sex\tcategorical\tSex\t1=male|2=female\n"
                                  "z\treal\tZ\n"
                                  "eats\tordinal\tEats\t0=never|1=a \"lot\", or; so\n";

static void print(const MkTable *t, MkBuf *buf)
{
    mk_table_print_header(t, buf);
    for (size_t i = 0; i < t->n_rows; i++) {
        mk_table_print_row(t, i, buf);
    }
}

static void check(const uint8_t *data, size_t size, const MkSchema *schema, MkOther other)
{
    MkTable *first = NULL, *second = NULL;
    MkError err = {0};
    MkBuf text, again;
    mk_buf_init(&text);
    mk_buf_init(&again);
    mk_buf_add(&text, data, size);
    if (mk_table_parse(text.data, text.len, "t.csv", schema, other, &first, &err) == MK_OK) {
        mk_buf_clear(&text);
        print(first, &text);
        mk_buf_add(&again, text.data, text.len);
        /* printed names of one column only can look like another separator */
        if (first->n_columns > 1 && mk_table_parse(again.data, again.len, "again.csv", schema,
                                                   other, &second, &err) == MK_OK) {
            mk_buf_clear(&again);
            print(second, &again);
            if (strcmp(text.data, again.data) != 0) {
                abort();
            }
        } else if (first->n_columns > 1 && other == MK_OTHER_ERROR) {
            abort();
        }
    } else if (err.text[0] == '\0') {
        abort();
    }
    mk_table_free(first);
    mk_table_free(second);
    mk_buf_release(&text);
    mk_buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkSchema *schema = NULL;
    if (mk_schema_parse(text_schema, strlen(text_schema), "s", &schema, NULL) != MK_OK) {
        abort();
    }
    check(data, size, schema, MK_OTHER_ERROR);
    check(data, size, schema, MK_OTHER_KEEP);
    check(data, size, schema, MK_OTHER_DROP);
    mk_schema_free(schema);
    return 0;
}

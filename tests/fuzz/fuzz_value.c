/* fuzz_value.c - any text after an attribute's digit is a value that prints and reads back, or an
 * error. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text_schema[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\tyears\t\t20\t100\n"
                                  "weight\tpositive\tWeight\tkg\t\t20\t400\n"
                                  "height\tpositive\tHeight\tcm\t\t100\t230\n"
                                  "smoking\tcategorical\tSmoking\t\t0=never|1=former|2=current\n"
                                  "eats\tordinal\tEats\t\t0=never|1=a, b|2={c}|3=1..2\n"
                                  "z\treal\tZ\n"
                                  "hba1c\tpositive\tHbA1c\t%\t\t2\t20\n"
                                  "creatinine_ratio\tpositive\tR\tmg/g\n"
                                  "glucose\tpositive\tG\tmg/dL\n"
                                  "walk\tpositive\tWalk\tmin/day\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkSchema *schema = NULL;
    if (size == 0 || data[0] < '0' || data[0] > '9' ||
        mk_schema_parse(text_schema, strlen(text_schema), "s", &schema, NULL) != MK_OK) {
        return 0;
    }
    const MkAttribute *a = &schema->attributes[data[0] - '0'];
    MkValue value, again;
    MkError err = {0};
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_add(&text, data + 1, size - 1);
    if (mk_value_parse(a, text.data, &value, &err) == MK_OK) {
        mk_buf_clear(&text);
        mk_value_print(a, &value, &text);
        if (mk_value_parse(a, text.data, &again, &err) != MK_OK ||
            !mk_value_equal(&value, &again)) {
            abort();
        }
        mk_buf_clear(&text);
        mk_value_show(a, &value, &text);
    } else if (err.text[0] == '\0') {
        abort();
    }
    mk_buf_release(&text);
    mk_schema_free(schema);
    return 0;
}

/* fuzz_line.c - any bytes as a line of the language: parsed, cut into names, values and terms,
 * quoted and parsed again. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/script/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char SCHEMA[] = "name\ttype\tlabel\tunit\tlevels\n"
                             "hba1c\tpositive\tHbA1c\t%\t\n"
                             "smoking\tcategorical\tSmoking\t\t0=never|1=former|2=current\n";

static void look(const MkCall *call, const MkSchema *schema)
{
    for (size_t i = 0; i < MK_N_LISTS; i++) {
        MkWords names = {0};
        const MkAssign *assigns = NULL;
        size_t n = 0;
        MkTerms terms = {0};
        if (mk_call_names(call, (MkList)i, &names, NULL) == MK_OK && names.n > 0 &&
            names.items[0].text[0] == '\0') {
            abort();
        }
        if (mk_terms(call, (MkList)i, &terms, NULL) == MK_OK && terms.n > 0 &&
            terms.items[terms.n - 1].word.text[0] == '\0') {
            abort();
        }
        for (size_t k = 0; k < terms.n; k++) {
            MkMeasure measure;
            (void)!mk_measure_parse(call, schema, &terms.items[k].word, &measure, NULL);
        }
        if (mk_call_assigns(call, (MkList)i, &n, &assigns, NULL) == MK_OK && n > 0 &&
            assigns[0].value[0] == '\0') {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkArena *arena = mk_arena_new(0);
    char *text = malloc(size + 1);
    MkSchema *schema = NULL;
    if (arena != NULL && text != NULL &&
        mk_schema_parse(SCHEMA, strlen(SCHEMA), "fuzz.tsv", &schema, NULL) == MK_OK) {
        memcpy(text, data, size);
        text[size] = '\0';
        MkCall call = {0};
        MkError err = {0};
        size_t column = 0;
        if (mk_parse_line(arena, text, MK_DOOR_PROMPT, &call, &column, &err) == MK_OK) {
            look(&call, schema);
        } else if (err.text[0] == '\0') {
            abort(); /* a failure without a story */
        }
        const char *quoted = mk_word_quote(arena, text);
        if (quoted != NULL) {
            (void)!mk_parse_line(arena, quoted, MK_DOOR_PROMPT, &call, &column, NULL);
        }
        const char *const words[] = {"estimate", text};
        if (mk_parse_words(arena, words, 2, MK_DOOR_SHELL, &call, &column, NULL) == MK_OK) {
            look(&call, schema);
        }
    }
    mk_schema_free(schema);
    free(text);
    mk_arena_free(arena);
    return 0;
}

/* fuzz_stream.c - any bytes as the survey reader's answer: columns, or an error with a story. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/data/survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touches every cell, so that a sanitizer sees what is not there. */
static size_t walk(const MkSurvey *s)
{
    size_t n = 0;
    for (size_t v = 0; v < s->n_variables; v++) {
        n += strlen(s->variables[v].name) + strlen(s->variables[v].label);
        for (size_t i = 0; i < s->n_rows; i++) {
            n += s->variables[v].text != NULL ? strlen(s->variables[v].text[i])
                                              : (size_t)isnan(s->variables[v].number[i]);
        }
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkArena *arena = mk_arena_new(0);
    MkSurvey survey = {.table = "T"};
    MkError err = {0};
    if (arena != NULL && mk_survey_parse(data, size, "t", arena, &survey, &err) == MK_OK) {
        (void)walk(&survey);
    } else if (err.text[0] == '\0') {
        abort();
    }
    mk_arena_free(arena);
    return 0;
}

/* fuzz_xpt.c - any bytes as a SAS transport file: the reader's answer is whole, or says what is
 * wrong. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/convert.h"
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/data/survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ANSWER_BYTES = 1 << 24 };

static int write_buf(void *ctx, const void *bytes, size_t len)
{
    MkBuf *buf = ctx;
    mk_buf_add(buf, bytes, len);
    return !buf->failed && buf->len < ANSWER_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char person[] = "SEQN";
    char *keep[] = {person};
    for (size_t n_keep = 0; n_keep <= 1; n_keep++) {
        MkArena *arena = mk_arena_new(0);
        MkSurvey survey = {.table = "T"};
        MkError err = {0};
        MkBuf buf;
        mk_buf_init(&buf);
        const int is_complete = mk_convert_transport(data, size, keep, n_keep, write_buf, &buf);
        const MkStatus st = mk_survey_parse(buf.data, buf.len, "t", arena, &survey, &err);
        /* a complete answer is refused for the names in it only */
        if ((st == MK_OK && !is_complete) || (st != MK_OK && err.text[0] == '\0') ||
            (st != MK_OK && is_complete && strstr(err.text, "answer is damaged") != NULL)) {
            abort();
        }
        mk_buf_release(&buf);
        mk_arena_free(arena);
    }
    return 0;
}

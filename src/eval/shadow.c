#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/shadow.h"

#include <math.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/tsv.h"

enum { FILE_LIMIT = 1 << 20, TEXTS = 4, NUMBERS = 8, COLUMNS = TEXTS + NUMBERS };

static const char *const columns[COLUMNS] = {"name",   "kind",       "digest",  "attack",
                                             "people", "attributes", "shadows", "persons",
                                             "auc",    "auc_error",  "tpr_1",   "tpr_1_error"};

const char *mk_shadow_path(const char *model, MkArena *arena)
{
    static const char end[] = ".safetensors";
    size_t n = strlen(model);
    if (n >= sizeof end - 1 && strcmp(model + n - (sizeof end - 1), end) == 0) {
        n -= sizeof end - 1;
    }
    return mk_arena_printf(arena, "%.*s.privacy.tsv", (int)n, model);
}

static MkStatus take_row(const MkTsv *tsv, const size_t *at, MkShadow *out, MkError *err)
{
    double x[NUMBERS];
    for (size_t c = 0; c < NUMBERS; c++) {
        const char *const text = tsv->cells[at[TEXTS + c]];
        if (!mk_text_double(text, strlen(text), '.', &x[c]) || x[c] < 0.0) {
            char shown[MK_SHOWN];
            return mk_fail(err, MK_EFORMAT, "%s:%zu: %s is '%s', expected a number of 0 or more",
                           tsv->origin, tsv->line, columns[TEXTS + c],
                           mk_shown(text, strlen(text), shown));
        }
    }
    *out = (MkShadow){.name = tsv->cells[at[0]],
                      .kind = tsv->cells[at[1]],
                      .digest = tsv->cells[at[2]],
                      .attack = tsv->cells[at[3]],
                      .people = x[0],
                      .attributes = x[1],
                      .shadows = x[2],
                      .persons = x[3],
                      .auc = x[4],
                      .auc_error = x[5],
                      .tpr_1 = x[6],
                      .tpr_1_error = x[7]};
    return MK_OK;
}

static MkStatus read_rows(MkTsv *tsv, MkArena *arena, MkShadow **out, size_t *n, MkError *err)
{
    size_t at[COLUMNS], room = 0;
    *n = 0;
    *out = NULL;
    for (size_t c = 0; c < COLUMNS; c++) {
        at[c] = mk_tsv_column(tsv, columns[c]);
        if (at[c] == MK_NO_CELL) {
            return mk_fail(err, MK_EFORMAT, "%s: no column %s", tsv->origin, columns[c]);
        }
    }
    for (bool more = true;;) {
        MK_TRY(mk_tsv_next(tsv, &more, err));
        if (!more) {
            return MK_OK;
        }
        if (*n == room) {
            MkShadow *const grown = mk_arena_array(arena, 2 * room + 8, sizeof *grown);
            if (grown == NULL) {
                return mk_fail(err, MK_ENOMEM, "out of memory");
            }
            if (*n > 0) {
                memcpy(grown, *out, *n * sizeof *grown);
            }
            *out = grown;
            room = 2 * room + 8;
        }
        MK_TRY(take_row(tsv, at, &(*out)[*n], err));
        (*n)++;
    }
}

MkStatus mk_shadow_read(const char *path, MkArena *arena, MkShadow **out, size_t *n, MkError *err)
{
    MkBuf text;
    MkTsv tsv;
    mk_buf_init(&text);
    MkStatus st = mk_file_read(path, FILE_LIMIT, &text, err);
    if (st == MK_OK) {
        st = mk_tsv_begin(&tsv, arena, text.data, text.len, path, err);
    }
    if (st == MK_OK) {
        st = read_rows(&tsv, arena, out, n, err);
    }
    mk_buf_release(&text);
    return st;
}

void mk_shadow_print_header(MkBuf *out)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        mk_buf_printf(out, "%s%c", columns[c], c + 1 < COLUMNS ? '\t' : '\n');
    }
}

void mk_shadow_print(const MkShadow *s, MkBuf *out)
{
    mk_buf_printf(out, "%s\t%s\t%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f", s->name, s->kind, s->digest,
                  s->attack, s->people, s->attributes, s->shadows, s->persons);
    mk_buf_printf(out, "\t%.4f\t%.4f\t%.4f\t%.4f\n", s->auc, s->auc_error, s->tpr_1,
                  s->tpr_1_error);
}

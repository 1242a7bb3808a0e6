#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/from.h"

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/data/table.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- rows ---- */

/* Columns that the model does not know, as a note of the line. */
static MkStatus note_unknown(MkSession *session, const MkCall *call, const MkModel *model,
                             const MkTable *table, const char *path, MkError *err)
{
    enum { SHOWN = 4 };
    const char *list = "";
    size_t n = 0;
    for (size_t c = 0; c < table->n_columns && list != NULL; c++) {
        if (table->columns[c].attribute != MK_COLUMN_OTHER) {
            continue;
        }
        if (n < SHOWN) {
            list = mk_arena_printf(call->arena, "%s%s%.40s", list, n > 0 ? ", " : "",
                                   table->columns[c].name);
        }
        n++;
    }
    const char *more = n > SHOWN ? mk_arena_printf(call->arena, " and %zu more", n - SHOWN) : "";
    if (n > 0 && list != NULL && more != NULL) {
        session->note = mk_arena_printf(call->arena, "%s: column%s not known to %s: %s%s.", path,
                                        n == 1 ? "" : "s", mk_model_card(model)->name, list, more);
    }
    const bool failed = list == NULL || more == NULL || (n > 0 && session->note == NULL);
    return failed ? no_memory(err) : MK_OK;
}

MkStatus mk_from_table(MkSession *session, const MkCall *call, const MkModel *model,
                       const char *path, MkTable **out, MkError *err)
{
    MkTable *table = NULL;
    mk_call_at(call, &call->lists[MK_LIST_FROM].items[0]);
    MK_TRY(mk_table_read(path, mk_model_schema(model), MK_OTHER_KEEP, &table, err));
    const MkStatus st = note_unknown(session, call, model, table, path, err);
    if (st != MK_OK) {
        mk_table_free(table);
        return st;
    }
    *out = table;
    return MK_OK;
}

static MkStatus read_row(MkSession *session, const MkCall *call, const MkModel *model, MkFrom *from,
                         MkError *err)
{
    const MkWords words = call->lists[MK_LIST_FROM];
    const char *path = words.items[0].text;
    MkTable *table = NULL;
    size_t row = 0;
    if (words.n < 3 || !mk_text_size(words.items[2].text, &row) || row == 0) {
        mk_call_at(call, &words.items[words.n - 1]);
        return mk_fail(err, MK_EINVAL, "row %.40s: expected the number of a row, from 1",
                       words.n < 3 ? "" : words.items[2].text);
    }
    mk_call_at(call, &words.items[0]);
    MK_TRY(mk_table_read_row(path, mk_model_schema(model), MK_OTHER_KEEP, row, &table, err));
    MkStatus st = mk_table_evidence(table, 0, call->arena, &from->evidence, err);
    if (st == MK_OK) {
        st = note_unknown(session, call, model, table, path, err);
    }
    mk_table_free(table);
    from->is_row = true;
    return st;
}

/* ---- what X is ---- */

static bool looks_like_file(const char *name)
{
    return strpbrk(name, "/.") != NULL;
}

static void take(const MkState *state, MkNamed who, MkFrom *out)
{
    out->is_over = !who.is_person;
    out->evidence = who.is_person ? state->persons[who.at].evidence : state->own[who.at].evidence;
}

MkStatus mk_from_read(MkSession *session, const MkCall *call, const MkModel *model, MkFrom *out,
                      MkError *err)
{
    const MkState *state = session->state;
    const MkWords words = call->lists[MK_LIST_FROM];
    MkFrom from = {.is_there = words.n > 0};
    *out = from;
    if (words.n == 0) {
        return MK_OK;
    }
    const MkWord *word = &words.items[0];
    MkNamed who = {0};
    mk_call_at(call, word);
    if (mk_named_find(state, word->text, &who)) {
        if (words.n > 1) {
            mk_call_at(call, &words.items[1]);
            return mk_fail(err, MK_EINVAL, "%.60s is a %s and has no rows; a table is said as ./%s",
                           word->text, who.is_person ? "person" : "scenario", word->text);
        }
        take(state, who, &from);
    } else if (words.n > 1) {
        MK_TRY(read_row(session, call, model, &from, err));
    } else if (looks_like_file(word->text)) {
        from.table = word->text;
    } else {
        MK_TRY(mk_named_read(call, state, word, true, &who, err));
        take(state, who, &from);
    }
    *out = from;
    return MK_OK;
}

MkStatus mk_from_read_one(MkSession *session, const MkCall *call, const MkModel *model, MkFrom *out,
                          MkError *err)
{
    MkFrom from = {0};
    MK_TRY(mk_from_read(session, call, model, &from, err));
    if (from.table != NULL) {
        return mk_fail(err, MK_EINVAL, "%.200s: one row is needed here: from %.200s row N",
                       from.table, from.table);
    }
    *out = from;
    return MK_OK;
}

MkStatus mk_from_under(MkSession *session, const MkCall *call, const MkFrom *from, MkEvidence *out,
                       MkError *err)
{
    const MkEvidence given = mk_session_evidence(session);
    if (!from->is_there) {
        *out = given;
        return MK_OK;
    }
    if (!from->is_over) {
        *out = from->evidence;
        return MK_OK;
    }
    return mk_evidence_merge(call->arena, given, from->evidence, out, err);
}

MkStatus mk_from_spell(MkSession *session, const MkCall *call, const MkSchema *schema,
                       const char *head, MkEvidence evidence, MkError *err)
{
    if (evidence.n == 0) {
        return mk_fail(err, MK_EINVAL, "nothing is known in row %s",
                       call->lists[MK_LIST_FROM].items[2].text);
    }
    MkBuf line;
    mk_buf_init(&line);
    mk_buf_printf(&line, "%s ", head);
    mk_evidence_print(schema, evidence, &line);
    MkStatus st = mk_buf_status(&line, err);
    if (st == MK_OK) {
        session->spelled = mk_arena_strdup(call->arena, line.data);
        st = session->spelled != NULL ? MK_OK : no_memory(err);
    }
    mk_buf_release(&line);
    return st;
}

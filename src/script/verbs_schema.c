/* verbs_schema.c - schema infer|check: a schema and a mapping drafted from somebody's own files;
 * all that is wrong with a schema, a mapping or a table. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/infer.h"
#include "src/data/schema_check.h"
#include "src/script/inner.h"

enum { CLIP = 44, MOST_DECISIONS = 12, MOST_NAMES = 4 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* The schema that comes with the program; NULL when it is not there. */
static MkStatus read_shipped(const MkSession *session, MkArena *arena, const char **path,
                             MkSchema **out, MkError *err)
{
    const char *const sources = session->config.paths.sources_dir;
    *out = NULL;
    *path = sources == NULL ? NULL : mk_arena_printf(arena, "%s/schema.tsv", sources);
    if (sources != NULL && *path == NULL) {
        return no_memory(err);
    }
    return *path == NULL || !mk_file_exists(*path) ? MK_OK : mk_schema_read(*path, out, err);
}

/* ---- infer: what is shown ---- */

/* A text cut to what a column of a table can hold. */
static const char *clip(MkArena *arena, const char *text, size_t cells)
{
    if (mk_utf8_width(text) <= cells) {
        return text;
    }
    const size_t n = mk_utf8_clip(text, cells - 1, NULL);
    return mk_text_or_empty(mk_arena_printf(arena, "%.*s…", (int)n, text));
}

static const char *doubt_sign(int doubt)
{
    if (doubt >= MK_DOUBT_LOOK) {
        return "!!";
    }
    return doubt >= MK_DOUBT_SOME ? "!" : "";
}

static void put_headers(MkResult *result, MkResultTable *t, const char *const (*heads)[2], size_t n)
{
    for (size_t c = 0; c < n; c++) {
        mk_result_table_header(result, t, c, heads[c][0], heads[c][1], MK_ALIGN_LEFT);
    }
}

static void tell_column(MkResult *result, MkResultTable *t, size_t row, const MkDraftColumn *c,
                        MkArena *arena)
{
    const MkAttribute *const a = &c->attribute;
    char share[24], raw[24];
    MkBuf values;
    mk_buf_init(&values);
    mk_draft_values(c, &values);
    const double seen = c->n_rows == 0 ? 0.0 : (double)c->n_seen / (double)c->n_rows;
    mk_text_number(100.0 * seen, 3, share);
    mk_text_number(seen, 6, raw);
    const char *const shown = mk_text_or_empty(mk_arena_printf(arena, "%s %%", share));
    const char *const cells[][2] = {{a->name, NULL},
                                    {mk_type_name(a->type), NULL},
                                    {a->unit, NULL},
                                    {clip(arena, values.data, CLIP), values.data},
                                    {shown, raw},
                                    {clip(arena, c->missing, 16), c->missing},
                                    {clip(arena, c->value, 28), c->value},
                                    {doubt_sign(c->doubt), NULL}};
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        mk_result_table_cell(result, t, row, k, cells[k][0], cells[k][1]);
    }
    mk_buf_release(&values);
}

static void tell_columns(MkResult *result, const MkDraft *d, MkArena *arena)
{
    static const char *const heads[][2] = {
        {"attribute", "Attribute"}, {"type", "Type"},    {"unit", "Unit"}, {"values", "Values"},
        {"seen", "Seen"},           {"missing", "Gaps"}, {"from", "From"}, {"doubt", ""}};
    enum { N = sizeof heads / sizeof *heads };
    MkResultTable *const t = mk_result_add_table(result, "Draft", N, d->n_columns);
    put_headers(result, t, heads, N);
    mk_result_table_header(result, t, 4, "seen", "Seen", MK_ALIGN_RIGHT);
    for (size_t i = 0; i < d->n_columns; i++) {
        tell_column(result, t, i, &d->columns[i], arena);
    }
}

/* The variables of which the same is assumed: "cp, thal and 3 more". */
static const char *list_same(const MkDraft *d, size_t first, MkArena *arena)
{
    MkBuf buf;
    size_t n = 0;
    const MkDecision *const same = &d->decisions[first];
    mk_buf_init(&buf);
    for (size_t i = first; i < d->n_decisions; i++) {
        const MkDecision *const x = &d->decisions[i];
        if (x->doubt != same->doubt || strcmp(x->assumed, same->assumed) != 0) {
            continue;
        }
        if (n < MOST_NAMES) {
            mk_buf_printf(&buf, "%s%s", n > 0 ? ", " : "",
                          x->variable[0] != '\0' ? x->variable : "the study");
        }
        n++;
    }
    if (n > MOST_NAMES) {
        mk_buf_printf(&buf, " and %zu more", n - MOST_NAMES);
    }
    const char *const text = mk_text_or_empty(mk_arena_strdup(arena, buf.data));
    mk_buf_release(&buf);
    return text;
}

/* Was the same assumed of a variable before? */
static bool is_told(const MkDraft *d, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (d->decisions[i].doubt == d->decisions[at].doubt &&
            strcmp(d->decisions[i].assumed, d->decisions[at].assumed) == 0) {
            return true;
        }
    }
    return false;
}

static void tell_decisions(MkResult *result, const MkDraft *d, int least, size_t most,
                           MkArena *arena)
{
    static const char *const heads[][2] = {
        {"variable", "Variable"}, {"assumed", "Assumed"}, {"why", "Because"}};
    size_t chosen[MOST_DECISIONS], n = 0;
    for (size_t i = 0; i < d->n_decisions && n < most && d->decisions[i].doubt >= least; i++) {
        if (!is_told(d, i)) {
            chosen[n++] = i;
        }
    }
    if (n == 0) {
        return;
    }
    MkResultTable *const t = mk_result_add_table(result, "Look at these first", 3, n);
    put_headers(result, t, heads, 3);
    if (t != NULL) {
        t->use = MK_TABLE_PEOPLE;
    }
    for (size_t i = 0; i < n; i++) {
        const MkDecision *const x = &d->decisions[chosen[i]];
        mk_result_table_cell(result, t, i, 0, list_same(d, chosen[i], arena), NULL);
        mk_result_table_cell(result, t, i, 1, x->assumed, NULL);
        mk_result_table_cell(result, t, i, 2, x->why, NULL);
    }
}

static void tell_left_out(MkResult *result, const MkDraft *d)
{
    static const char *const heads[][2] = {{"variable", "Variable"}, {"why", "Because"}};
    if (d->n_left == 0) {
        return;
    }
    MkResultTable *const t = mk_result_add_table(result, "Left out", 2, d->n_left);
    put_headers(result, t, heads, 2);
    if (t != NULL) {
        t->use = MK_TABLE_PEOPLE;
    }
    for (size_t i = 0; i < d->n_left; i++) {
        mk_result_table_cell(result, t, i, 0, d->left[i].variable, NULL);
        mk_result_table_cell(result, t, i, 1, d->left[i].why, NULL);
    }
}

/* ---- infer: JSON ---- */

static void attribute_data(MkResult *result, MkNode *list, const MkDraftColumn *c)
{
    const MkAttribute *const a = &c->attribute;
    MkNode *const o = mk_node_object(result, list, NULL);
    mk_node_string(result, o, "attribute", a->name);
    mk_node_string(result, o, "type", mk_type_name(a->type));
    mk_node_string(result, o, "label", a->label);
    if (a->unit[0] != '\0') {
        mk_node_string(result, o, "unit", a->unit);
    }
    if (a->n_levels > 0) {
        MkNode *const levels = mk_node_array(result, o, "levels");
        for (size_t k = 0; k < a->n_levels; k++) {
            mk_node_string(result, levels, NULL, a->levels[k].name);
        }
    } else {
        const struct {
            const char *key;
            double x;
        } ends[] = {{"min", a->min}, {"max", a->max}, {"low", c->low}, {"high", c->high}};
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            if (isfinite(ends[k].x)) {
                mk_node_number(result, o, ends[k].key, ends[k].x);
            }
        }
        if (a->resolution > 0.0) {
            mk_node_number(result, o, "resolution", a->resolution);
        }
    }
    mk_node_string(result, o, "file", c->file);
    mk_node_string(result, o, "variable", c->variable);
    mk_node_string(result, o, "value", c->value);
    mk_node_string(result, o, "codes", c->codes);
    mk_node_string(result, o, "missing", c->missing);
    mk_node_number(result, o, "seen", c->n_rows == 0 ? 0.0 : (double)c->n_seen / (double)c->n_rows);
    mk_node_bool(result, o, "linked", c->is_linked);
    mk_node_number(result, o, "doubt", c->doubt / 100.0);
}

static void draft_data(MkResult *result, const MkDraft *d)
{
    MkNode *const root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "name", d->name);
    mk_node_string(result, root, "person", d->person);
    mk_node_string(result, root, "base", d->base);
    mk_node_string(result, root, "weight", d->weight);
    mk_node_number(result, root, "people", (double)d->n_people);
    MkNode *const files = mk_node_array(result, root, "files");
    for (size_t f = 0; f < d->n_files; f++) {
        MkNode *const o = mk_node_object(result, files, NULL);
        mk_node_string(result, o, "file", d->files[f].name);
        mk_node_string(result, o, "path", d->files[f].path);
        mk_node_number(result, o, "rows", (double)d->files[f].n_rows);
        mk_node_number(result, o, "people", (double)d->files[f].n_people);
        mk_node_number(result, o, "variables", (double)d->files[f].n_variables);
    }
    MkNode *const attributes = mk_node_array(result, root, "attributes");
    for (size_t i = 0; i < d->n_columns; i++) {
        attribute_data(result, attributes, &d->columns[i]);
    }
    MkNode *const decisions = mk_node_array(result, root, "decisions");
    for (size_t i = 0; i < d->n_decisions; i++) {
        const MkDecision *const x = &d->decisions[i];
        MkNode *const o = mk_node_object(result, decisions, NULL);
        mk_node_number(result, o, "doubt", x->doubt / 100.0);
        mk_node_string(result, o, "file", x->file);
        mk_node_string(result, o, "variable", x->variable);
        mk_node_string(result, o, "attribute", x->attribute);
        mk_node_string(result, o, "topic", x->topic);
        mk_node_string(result, o, "assumed", x->assumed);
        mk_node_string(result, o, "why", x->why);
        mk_node_string(result, o, "otherwise", x->otherwise);
    }
    MkNode *const left = mk_node_array(result, root, "left_out");
    for (size_t i = 0; i < d->n_left; i++) {
        MkNode *const o = mk_node_object(result, left, NULL);
        mk_node_string(result, o, "file", d->left[i].file);
        mk_node_string(result, o, "variable", d->left[i].variable);
        mk_node_string(result, o, "why", d->left[i].why);
    }
}

/* ---- infer: files ---- */

typedef struct DraftFile {
    const char *name;
    void (*print)(const MkDraft *draft, MkBuf *buf);
} DraftFile;

static const DraftFile draft_files[] = {{"schema.tsv", mk_draft_schema},
                                        {"mapping.tsv", mk_draft_mapping},
                                        {"source.tsv", mk_draft_source},
                                        {"decisions.md", mk_draft_decisions}};
enum { N_DRAFT_FILES = sizeof draft_files / sizeof *draft_files };

/* Nothing that is there is written over. */
static MkStatus check_folder(const MkCall *call, const char *folder, MkError *err)
{
    mk_call_at_option(call, "output");
    if (mk_file_exists(folder) && !mk_file_is_folder(folder)) {
        return mk_fail(err, MK_EINVAL, "%.200s is a file; schema infer writes a folder", folder);
    }
    for (size_t i = 0; i < N_DRAFT_FILES; i++) {
        const char *const path = mk_arena_printf(call->arena, "%s/%s", folder, draft_files[i].name);
        if (path == NULL) {
            return no_memory(err);
        }
        if (mk_file_exists(path)) {
            return mk_fail(err, MK_EINVAL,
                           "%.200s is there already and is kept; name another folder, or take its "
                           "files away",
                           path);
        }
    }
    return MK_OK;
}

static MkStatus write_draft(const MkCall *call, const char *folder, const MkDraft *d,
                            MkResult *result, MkError *err)
{
    MkStatus st = MK_OK;
    MK_TRY(mk_call_make_folder(call, folder, err));
    for (size_t i = 0; i < N_DRAFT_FILES && st == MK_OK; i++) {
        MkBuf buf;
        mk_buf_init(&buf);
        draft_files[i].print(d, &buf);
        const char *const path =
            mk_arena_printf(result->arena, "%s/%s", folder, draft_files[i].name);
        const char *const bytes = mk_arena_strndup(result->arena, buf.data, buf.len);
        MkEffect *const effect = path == NULL || bytes == NULL || buf.failed
                                     ? NULL
                                     : mk_result_add_effect(result, MK_EFFECT_WRITE, path);
        st = effect == NULL ? no_memory(err) : MK_OK;
        if (effect != NULL) {
            effect->bytes = bytes;
            effect->n_bytes = buf.len;
        }
        mk_buf_release(&buf);
    }
    result->is_shown_too = true;
    return st;
}

static size_t count_doubts(const MkDraft *d, int least, int most)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_decisions; i++) {
        n += d->decisions[i].doubt >= least && d->decisions[i].doubt < most;
    }
    return n;
}

static void tell_next(MkResult *result, const MkDraft *d, const MkCall *call, const char *folder)
{
    size_t n_linked = 0;
    for (size_t i = 0; i < d->n_columns; i++) {
        n_linked += d->columns[i].is_linked;
    }
    const size_t n_first = count_doubts(d, MK_DOUBT_LOOK, 101);
    mk_result_note(
        result,
        "%zu people, %zu attribute%s (%zu linked with the program's own), %zu variable%s "
        "left out; %zu decisions, %zu of them to look at first (!!), %zu worth a look (!).",
        d->n_people, d->n_columns, d->n_columns == 1 ? "" : "s", n_linked, d->n_left,
        d->n_left == 1 ? "" : "s", d->n_decisions, n_first,
        count_doubts(d, MK_DOUBT_SOME, MK_DOUBT_LOOK));
    if (folder == NULL) {
        mk_result_note(result, "Nothing was written; -o FOLDER makes schema.tsv, mapping.tsv, "
                               "source.tsv and decisions.md.");
        return;
    }
    MkBuf line;
    mk_buf_init(&line);
    mk_buf_word(&line, folder);
    const MkWords words = call->lists[MK_LIST_WORDS];
    for (size_t i = 1; i < words.n && words.n <= 1 + MOST_NAMES; i++) {
        mk_buf_putc(&line, ' ');
        mk_buf_word(&line, words.items[i].text);
    }
    mk_buf_puts(&line, words.n <= 1 + MOST_NAMES ? "" : " FILES");
    mk_result_note(result, "Read %s/decisions.md, then: import %s -o people.csv.gz", folder,
                   line.data);
    mk_buf_release(&line);
}

static void show_progress(void *ctx, const char *what, size_t done, size_t total)
{
    char line[160];
    snprintf(line, sizeof line, "schema: %.100s, %zu of %zu", what, done, total);
    mk_session_progress(ctx, line);
}

static MkStatus infer(MkSession *session, const MkCall *call, const MkSchema *known,
                      MkResult *result, MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *const folder = mk_call_option(call, "output");
    const char **const paths = mk_arena_array(call->arena, words.n, sizeof *paths);
    MkDraft draft;
    if (paths == NULL) {
        return no_memory(err);
    }
    for (size_t i = 1; i < words.n; i++) {
        paths[i - 1] = words.items[i].text;
    }
    MK_TRY(mk_infer(&(MkInferJob){.paths = paths,
                                  .n_paths = words.n - 1,
                                  .reader = session->config.paths.reader,
                                  .known = known,
                                  .cancel = session->config.cancel,
                                  .progress = show_progress,
                                  .progress_ctx = session},
                    call->arena, &draft, err));
    tell_columns(result, &draft, call->arena);
    tell_left_out(result, &draft);
    tell_decisions(result, &draft, MK_DOUBT_SOME, MOST_DECISIONS, call->arena);
    draft_data(result, &draft);
    tell_next(result, &draft, call, folder);
    return folder == NULL ? MK_OK : write_draft(call, folder, &draft, result, err);
}

static MkStatus run_infer(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *const folder = mk_call_option(call, "output");
    const char *path;
    MkSchema *known = NULL;
    if (call->lists[MK_LIST_WORDS].n < 2) {
        return mk_fail(err, MK_EINVAL, "schema infer needs a file; usage: schema infer FILE...");
    }
    if (folder != NULL) {
        MK_TRY(check_folder(call, folder, err));
    }
    MK_TRY(read_shipped(session, call->arena, &path, &known, err));
    const MkStatus st = infer(session, call, known, result, err);
    mk_schema_free(known);
    return st;
}

/* ---- check ---- */

static void tell_errors(MkResult *result, const MkCheck *check, MkArena *arena)
{
    static const char *const heads[][2] = {
        {"place", "Where"}, {"column", "Column"}, {"about", "Attribute"}, {"text", "Wrong"}};
    size_t row = 0;
    if (check->n_errors == 0) {
        return;
    }
    MkResultTable *const t = mk_result_add_table(result, "Errors", 4, check->n_errors);
    put_headers(result, t, heads, 4);
    for (size_t i = 0; i < check->n_problems; i++) {
        const MkProblem *const p = &check->problems[i];
        if (!p->is_error) {
            continue;
        }
        const char *const place =
            p->line == 0 ? p->file
                         : mk_text_or_empty(mk_arena_printf(arena, "%s:%zu", p->file, p->line));
        const char *const text =
            p->n == 1 ? p->text
                      : mk_text_or_empty(mk_arena_printf(arena, "%s (%zu cells)", p->text, p->n));
        mk_result_table_cell(result, t, row, 0, place, NULL);
        mk_result_table_cell(result, t, row, 1, p->column, NULL);
        mk_result_table_cell(result, t, row, 2, p->about, NULL);
        mk_result_table_cell(result, t, row++, 3, text, NULL);
    }
}

/* The first attributes that a sort of doubt is about: "cp, ca and 3 more". */
static const char *list_about(const MkCheck *check, const char *kind, size_t *n, MkArena *arena)
{
    MkBuf buf;
    mk_buf_init(&buf);
    *n = 0;
    for (size_t i = 0; i < check->n_problems; i++) {
        const MkProblem *const p = &check->problems[i];
        if (p->is_error || strcmp(p->kind, kind) != 0) {
            continue;
        }
        if (*n < MOST_NAMES) {
            mk_buf_printf(&buf, "%s%s", *n > 0 ? ", " : "",
                          p->about[0] != '\0' ? p->about : p->column);
        }
        (*n)++;
    }
    if (*n > MOST_NAMES) {
        mk_buf_printf(&buf, " and %zu more", *n - MOST_NAMES);
    }
    const char *const text = mk_text_or_empty(mk_arena_strdup(arena, buf.data));
    mk_buf_release(&buf);
    return text;
}

/* A row a sort of doubt, in the order in which they were found. */
static void tell_doubts(MkResult *result, const MkCheck *check, MkArena *arena)
{
    static const char *const heads[][2] = {
        {"doubt", "Doubtful"}, {"n", "How many"}, {"about", "Where"}, {"line", "First line"}};
    size_t first[32], n_kinds = 0;
    for (size_t i = 0; i < check->n_problems; i++) {
        const MkProblem *const p = &check->problems[i];
        bool is_new = !p->is_error && n_kinds < sizeof first / sizeof *first;
        for (size_t k = 0; k < n_kinds; k++) {
            is_new = is_new && strcmp(check->problems[first[k]].kind, p->kind) != 0;
        }
        if (is_new) {
            first[n_kinds++] = i;
        }
    }
    MkResultTable *const t =
        n_kinds == 0 ? NULL : mk_result_add_table(result, "Doubtful", 4, n_kinds);
    put_headers(result, t, heads, 4);
    mk_result_table_header(result, t, 1, "n", "How many", MK_ALIGN_RIGHT);
    for (size_t k = 0; k < n_kinds; k++) {
        size_t n = 0;
        const MkProblem *const p = &check->problems[first[k]];
        const char *const about = list_about(check, p->kind, &n, arena);
        mk_result_table_cell(result, t, k, 0, p->kind, NULL);
        mk_result_table_cell(result, t, k, 1, mk_arena_printf(arena, "%zu", n), NULL);
        mk_result_table_cell(result, t, k, 2, about, NULL);
        mk_result_table_cell(result, t, k, 3, mk_arena_printf(arena, "%zu", p->line), NULL);
    }
}

static void tell_counts(MkResult *result, const MkCheck *check, MkArena *arena)
{
    static const char *const heads[][2] = {{"category", "Category"}, {"n", "Attributes"},
                                           {"real", "Real"},         {"positive", "Positive"},
                                           {"count", "Count"},       {"categorical", "Categorical"},
                                           {"ordinal", "Ordinal"}};
    if (check->n_categories == 0) {
        return;
    }
    const size_t n = check->n_categories;
    MkResultTable *const t = mk_result_add_table(result, "Attributes", 7, n + 1);
    for (size_t c = 0; c < 7; c++) {
        mk_result_table_header(result, t, c, heads[c][0], heads[c][1],
                               c == 0 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i <= n; i++) {
        const MkCheckCategory *const category = i < n ? &check->categories[i] : NULL;
        const char *name = "all";
        if (category != NULL) {
            name = category->name[0] != '\0' ? category->name : "(none)";
        }
        mk_result_table_cell(result, t, i, 0, name, NULL);
        mk_result_table_cell(
            result, t, i, 1,
            mk_arena_printf(arena, "%zu", category != NULL ? category->n : check->n_attributes),
            NULL);
        for (size_t k = 0; k < 5; k++) {
            const size_t count = category != NULL ? category->n_types[k] : check->n_types[k];
            mk_result_table_cell(result, t, i, 2 + k,
                                 count == 0 ? "" : mk_arena_printf(arena, "%zu", count), "0");
        }
    }
}

static void check_data(MkResult *result, const MkCheck *check)
{
    static const char *const types[] = {"real", "positive", "count", "categorical", "ordinal"};
    MkNode *const root = mk_node_object(result, NULL, NULL);
    mk_node_number(result, root, "errors", (double)check->n_errors);
    mk_node_number(result, root, "doubts", (double)check->n_doubts);
    mk_node_number(result, root, "attributes", (double)check->n_attributes);
    mk_node_number(result, root, "mapped", (double)check->n_mapped);
    mk_node_number(result, root, "people", (double)check->n_people);
    MkNode *const by_type = mk_node_object(result, root, "types");
    for (size_t k = 0; k < 5; k++) {
        mk_node_number(result, by_type, types[k], (double)check->n_types[k]);
    }
    MkNode *const categories = mk_node_array(result, root, "categories");
    for (size_t c = 0; c < check->n_categories; c++) {
        MkNode *const o = mk_node_object(result, categories, NULL);
        mk_node_string(result, o, "category", check->categories[c].name);
        mk_node_number(result, o, "attributes", (double)check->categories[c].n);
    }
    MkNode *const problems = mk_node_array(result, root, "problems");
    for (size_t i = 0; i < check->n_problems; i++) {
        const MkProblem *const p = &check->problems[i];
        MkNode *const o = mk_node_object(result, problems, NULL);
        mk_node_bool(result, o, "error", p->is_error);
        mk_node_string(result, o, "file", p->file);
        mk_node_number(result, o, "line", (double)p->line);
        mk_node_string(result, o, "column", p->column);
        mk_node_string(result, o, "attribute", p->about);
        mk_node_string(result, o, "kind", p->kind);
        mk_node_string(result, o, "text", p->text);
        mk_node_number(result, o, "times", (double)p->n);
    }
}

/* What is to be read for PATH: a schema, and the folder of a source or NULL. */
static MkStatus find_files(const MkSession *session, const MkCall *call, const char **schema,
                           const char **folder, MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *const sources = session->config.paths.sources_dir;
    const char *path = words.n > 1 ? words.items[1].text : sources;
    *folder = NULL;
    if (path == NULL) {
        return mk_fail(err, MK_EINVAL, "schema check needs a schema or a folder");
    }
    if (words.n > 1 && !mk_file_exists(path) && !mk_file_is_folder(path) &&
        strchr(path, '/') == NULL && sources != NULL) {
        path = mk_arena_printf(call->arena, "%s/%s", sources, path);
    }
    if (path == NULL) {
        return no_memory(err);
    }
    *schema = path;
    if (!mk_file_is_folder(path)) {
        return MK_OK;
    }
    const char *const own = mk_arena_printf(call->arena, "%s/schema.tsv", path);
    const char *const shared = mk_arena_printf(call->arena, "%s/../schema.tsv", path);
    const char *const source = mk_arena_printf(call->arena, "%s/source.tsv", path);
    if (own == NULL || shared == NULL || source == NULL) {
        return no_memory(err);
    }
    *folder = mk_file_exists(source) ? path : NULL;
    *schema = mk_file_exists(own) || *folder == NULL ? own : shared;
    return MK_OK;
}

static MkStatus check_all(MkSession *session, const MkCall *call, MkCheck *check, MkSchema **schema,
                          MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *path = NULL, *folder = NULL;
    MK_TRY(find_files(session, call, &path, &folder, err));
    MK_TRY(mk_check_schema(check, path, schema, err));
    if (folder != NULL) {
        MK_TRY(mk_check_source(check, folder, *schema, err));
    }
    if (words.n > 2 && *schema != NULL) {
        mk_call_at(call, &words.items[2]);
        MK_TRY(mk_check_table(check, words.items[2].text, *schema, err));
    }
    return MK_OK;
}

static MkStatus run_check(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *const output = mk_call_option(call, "output");
    MkCheck check;
    MkSchema *schema = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 3, err));
    mk_check_init(&check, call->arena);
    const MkStatus st = check_all(session, call, &check, &schema, err);
    mk_schema_free(schema);
    if (st != MK_OK) {
        return st;
    }
    tell_errors(result, &check, call->arena);
    tell_doubts(result, &check, call->arena);
    tell_counts(result, &check, call->arena);
    check_data(result, &check);
    MkBuf said;
    mk_buf_init(&said);
    mk_buf_printf(&said, "%zu attributes", check.n_attributes);
    if (check.n_mapped > 0) {
        mk_buf_printf(&said, ", %zu rows of a mapping", check.n_mapped);
    }
    if (check.n_people > 0) {
        mk_buf_printf(&said, ", %zu people", check.n_people);
    }
    mk_result_note(result, "%s: %zu error%s, %zu doubtful thing%s.", said.data, check.n_errors,
                   check.n_errors == 1 ? "" : "s", check.n_doubts, check.n_doubts == 1 ? "" : "s");
    mk_buf_release(&said);
    if (check.n_errors > 0) {
        result->bad_contents = mk_arena_printf(result->arena, "%zu error%s in these files",
                                               check.n_errors, check.n_errors == 1 ? "" : "s");
    }
    if (output != NULL) {
        mk_call_at_option(call, "output");
        MK_TRY(mk_output_check(output, err));
        MK_TRY(mk_output_to(result, output, err));
    }
    return MK_OK;
}

MkStatus mk_verb_schema(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, SIZE_MAX, err));
    const char *const action = mk_call_first(call);
    if (strcmp(action, "infer") == 0) {
        return run_infer(session, call, result, err);
    }
    if (strcmp(action, "check") == 0) {
        return run_check(session, call, result, err);
    }
    return mk_fail(err, MK_EINVAL, "'%.60s': expected infer or check", action);
}

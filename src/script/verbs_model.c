/* verbs_model.c - model list|show|verify: which models there are, and whether they are whole. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* Digest of the model's file; "" when it cannot be read any more. */
static const char *digest_of(const MkOpened *opened, MkArena *arena)
{
    char digest[17] = "";
    const char *const text = mk_file_digest(opened->path, digest, NULL) == MK_OK
                                 ? mk_arena_strdup(arena, digest)
                                 : NULL;
    return text != NULL ? text : "";
}

/* ---- list ---- */

static void list_row(MkResult *result, MkResultTable *table, MkNode *list, size_t row,
                     const MkModelFile *file)
{
    MkModel *model = NULL;
    MkError err = {0};
    MkNode *object = mk_node_object(result, list, NULL);
    mk_node_string(result, object, "name", file->name);
    mk_result_table_cell(result, table, row, 0, file->name, NULL);
    mk_result_table_cell(result, table, row, 6, file->path, NULL);
    if (mk_model_open(file->path, &model, &err) != MK_OK) {
        mk_result_table_cell(result, table, row, 1, "damaged", NULL);
        mk_node_string(result, object, "error", err.text);
        mk_node_string(result, object, "path", file->path);
        mk_result_note(result, "%s", err.text);
        return;
    }
    const MkCard *card = mk_model_card(model);
    const size_t sizes[] = {mk_model_schema(model)->n, card->n_people, card->n_parameters};
    static const char *const keys[] = {"attributes", "people", "parameters"};
    mk_result_table_cell(result, table, row, 1, card->version, NULL);
    mk_result_table_cell(result, table, row, 2, card->kind, NULL);
    mk_node_string(result, object, "version", card->version);
    mk_node_string(result, object, "kind", card->kind);
    for (size_t i = 0; i < 3; i++) {
        const char *text = mk_arena_printf(result->arena, "%zu", sizes[i]);
        mk_result_table_cell(result, table, row, 3 + i, text, NULL);
        mk_node_number(result, object, keys[i], (double)sizes[i]);
    }
    mk_node_string(result, object, "path", file->path);
    mk_model_free(model);
}

static MkStatus model_list(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    size_t n = 0;
    MkModelFile *files = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(mk_models_list(session, call->arena, &n, &files, err));
    MkNode *list = mk_node_array(result, mk_node_object(result, NULL, NULL), "models");
    if (n == 0) {
        mk_result_note(result, "There are no models.");
        return MK_OK;
    }
    MkResultTable *table = mk_result_add_table(result, "", 7, n);
    static const char *const keys[] = {"name",   "version",    "kind", "attributes",
                                       "people", "parameters", "path"};
    static const char *const headers[] = {"Model",  "Version",    "Kind", "Attributes",
                                          "People", "Parameters", "File"};
    for (size_t c = 0; c < 7; c++) {
        mk_result_table_header(result, table, c, keys[c], headers[c],
                               c >= 3 && c <= 5 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
    }
    for (size_t i = 0; i < n; i++) {
        list_row(result, table, list, i, &files[i]);
    }
    return mk_result_status(result, err);
}

/* ---- show and verify ---- */

static MkStatus open_said(MkSession *session, const MkCall *call, const MkOpened **out,
                          MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *said = session->line.model;
    const char *path = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 2, err));
    if (words.n == 2) {
        mk_call_at(call, &words.items[1]);
        said = words.items[1].text;
    }
    MK_TRY(mk_models_find(session, said, call->arena, &path, err));
    return mk_models_open(session, path, out, err);
}

static MkStatus model_show(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkOpened *opened = NULL;
    MK_TRY(open_said(session, call, &opened, err));
    const MkCard *card = mk_model_card(opened->model);
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", card->name);
    mk_node_string(result, root, "version", card->version);
    mk_node_string(result, root, "kind", card->kind);
    mk_node_number(result, root, "attributes", (double)mk_model_schema(opened->model)->n);
    mk_node_number(result, root, "people", (double)card->n_people);
    mk_node_number(result, root, "parameters", (double)card->n_parameters);
    mk_node_string(result, root, "digest", digest_of(opened, result->arena));
    mk_node_string(result, root, "path", opened->path);
    mk_node_string(result, root, "card", card->text);
    const char *text = mk_arena_printf(
        result->arena,
        "%s %s\nkind        %s\nattributes  %zu\npeople      %zu\nparameters  %zu\n"
        "digest      %s\nfile        %s\n%s%s%s",
        card->name, card->version, card->kind, mk_model_schema(opened->model)->n, card->n_people,
        card->n_parameters, digest_of(opened, result->arena), opened->path,
        card->text[0] != '\0' ? "\n" : "", card->text, card->text[0] != '\0' ? "\n" : "");
    if (text == NULL) {
        return no_memory(err);
    }
    result->stream = text;
    result->n_stream = strlen(text);
    return mk_result_status(result, err);
}

/* One answer of the model must be a distribution. */
static MkStatus check_answer(const MkDistribution *d, const char *what, MkError *err)
{
    double sum = 0;
    if (d->kind == MK_DIST_LEVELS || d->kind == MK_DIST_CELLS) {
        for (size_t i = 0; i < d->n; i++) {
            if (!(d->p[i] >= 0)) {
                sum = NAN;
            }
            sum += d->p[i];
        }
    } else {
        sum = isfinite(mk_dist_quantile(d, 0.5)) ? 1 : NAN;
    }
    if (!(fabs(sum - 1) < 1e-4)) {
        return mk_fail(err, MK_ECHECK, "%s of %s is no distribution", what, d->attribute->name);
    }
    return MK_OK;
}

/* The file was checked when it was opened; here every attribute is asked, with nothing and with
 * something known. */
static MkStatus check_answers(const MkModel *model, MkArena *arena, MkError *err)
{
    const size_t n = mk_model_schema(model)->n;
    size_t *ids = mk_arena_array(arena, n, sizeof *ids);
    MkDistribution *out = mk_arena_zeros(arena, n, sizeof *out);
    if (ids == NULL || out == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        ids[j] = j;
        MK_TRY(check_answer(mk_model_population(model, j), "the population", err));
    }
    const MkPoint known[] = {{0, mk_dist_quantile(mk_model_population(model, 0), 0.5)}};
    for (size_t k = 0; k < 2; k++) {
        MK_TRY(mk_model_posterior(model, known, k, ids, n, arena, out, err));
        for (size_t j = 0; j < n; j++) {
            if (out[j].kind != MK_DIST_POINT) {
                MK_TRY(check_answer(&out[j], "the posterior", err));
            }
        }
    }
    return MK_OK;
}

static MkStatus model_verify(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkOpened *opened = NULL;
    MK_TRY(open_said(session, call, &opened, err));
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    const MkStatus st = check_answers(opened->model, arena, err);
    mk_arena_free(arena);
    if (st != MK_OK) {
        mk_error_prefix(err, "%s", opened->path);
        return st;
    }
    const MkCard *card = mk_model_card(opened->model);
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", card->name);
    mk_node_string(result, root, "digest", digest_of(opened, result->arena));
    mk_node_string(result, root, "path", opened->path);
    mk_node_bool(result, root, "ok", true);
    mk_result_note(result, "%s is whole: %zu attributes, %zu parameters, digest %s.", opened->path,
                   mk_model_schema(opened->model)->n, card->n_parameters,
                   digest_of(opened, result->arena));
    return mk_result_status(result, err);
}

MkStatus mk_verb_model(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    static const struct {
        const char *name;
        MkVerbRun *run;
    } actions[] = {{"list", model_list}, {"show", model_show}, {"verify", model_verify}};
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 2, err));
    const char *word = mk_call_first(call);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (word[0] != '\0' && mk_text_has_prefix(actions[i].name, word)) {
            return actions[i].run(session, call, result, err);
        }
    }
    return mk_fail(err, MK_EINVAL, "model %.60s: expected list, show or verify", word);
}

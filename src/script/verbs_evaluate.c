/* verbs_evaluate.c - evaluate: a model judged on people it has not seen. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/recard.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/eval/board.h"
#include "src/eval/judge.h"
#include "src/eval/people.h"
#include "src/eval/report.h"
#include "src/eval/yard.h"
#include "src/result/page.h"
#include "src/script/inner.h"

enum { MASKS_MAX = 16 };

typedef struct Evaluation {
    MkSession *session;
    const MkCall *call;
    MkArena *arena;
    const MkModel *model, *against;
    size_t *against_ids;
    MkTable *holdout, *other; /* other: --train */
    MkPeople people;
    const MkTable *train; /* whichever has the training people; NULL: the model remembers */
    const size_t *train_rows;
    size_t n_train;
    MkYard *yards;
    uint32_t *related;
    const char *path; /* of the model */
    const char *phase;
} Evaluation;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static void show_progress(void *ctx, size_t done, size_t total)
{
    const Evaluation *const e = ctx;
    char line[160];
    snprintf(line, sizeof line, "evaluate: %s, %3.0f %%", e->phase,
             100.0 * (double)done / (double)(total > 0 ? total : 1));
    mk_session_progress(e->session, line);
}

/* ---- what is judged ---- */

static MkStatus open_model(Evaluation *e, const char *said, const MkModel **out, const char **path,
                           MkError *err)
{
    const MkOpened *opened = NULL;
    MK_TRY(mk_models_find(e->session, said, e->arena, path, err));
    MK_TRY(mk_models_open(e->session, *path, &opened, err));
    *out = opened->model;
    return MK_OK;
}

static bool is_same_attribute(const MkAttribute *a, const MkAttribute *b)
{
    bool same = a->type == b->type && a->n_levels == b->n_levels;
    for (size_t k = 0; same && k < a->n_levels; k++) {
        same = strcmp(a->levels[k].name, b->levels[k].name) == 0;
    }
    return same;
}

/* The other model must know every attribute of the first, in the same way. */
static MkStatus match_models(Evaluation *e, MkError *err)
{
    const MkSchema *const a = mk_model_schema(e->model), *const b = mk_model_schema(e->against);
    e->against_ids = mk_arena_array(e->arena, a->n, sizeof *e->against_ids);
    if (e->against_ids == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < a->n; j++) {
        size_t id = 0;
        if (!mk_schema_find(b, a->attributes[j].name, &id) ||
            !is_same_attribute(&a->attributes[j], &b->attributes[id])) {
            return mk_fail(err, MK_EINVAL, "%s knows %s otherwise than %s, or not at all",
                           mk_model_card(e->against)->name, a->attributes[j].name,
                           mk_model_card(e->model)->name);
        }
        e->against_ids[j] = id;
    }
    return MK_OK;
}

static MkStatus open_models(Evaluation *e, MkError *err)
{
    const MkWords words = e->call->lists[MK_LIST_WORDS];
    const char *said = e->session->line.model;
    MK_TRY(mk_call_count(e->call, MK_LIST_WORDS, 0, 1, err));
    if (words.n == 1) {
        mk_call_at(e->call, &words.items[0]);
        said = words.items[0].text;
    }
    MK_TRY(open_model(e, said, &e->model, &e->path, err));
    const char *const against = mk_call_option(e->call, "against");
    if (against != NULL) {
        mk_call_at_option(e->call, "against");
        const char *path = NULL;
        MK_TRY(open_model(e, against, &e->against, &path, err));
        MK_TRY(match_models(e, err));
    }
    return MK_OK;
}

static MkStatus read_part(const MkCall *call, MkWho *who, MkError *err)
{
    static const struct {
        const char *name;
        MkWho who;
    } parts[] = {{"all", MK_WHO_ALL},
                 {"train", MK_WHO_TRAIN},
                 {"valid", MK_WHO_VALID},
                 {"test", MK_WHO_TEST}};
    const char *const said = mk_call_option(call, "part");
    *who = MK_WHO_AUTO;
    if (said == NULL) {
        return MK_OK;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(said, parts[i].name) == 0) {
            *who = parts[i].who;
            return MK_OK;
        }
    }
    mk_call_at_option(call, "part");
    return mk_fail(err, MK_EINVAL, "--part %.40s: expected all, train, valid or test", said);
}

static MkStatus read_people(Evaluation *e, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(e->model);
    const char *const holdout = mk_call_option(e->call, "holdout");
    const char *const train = mk_call_option(e->call, "train");
    MkHeldOut split;
    MkWho who = MK_WHO_AUTO;
    MK_TRY(read_part(e->call, &who, err));
    if (holdout == NULL) {
        return mk_fail(err, MK_EINVAL, "evaluate needs people: %s", e->call->verb->usage);
    }
    const bool is_known = mk_held_out_read(mk_model_card(e->model)->manifest, &split);
    mk_call_at_option(e->call, "holdout");
    MK_TRY(mk_table_read(holdout, schema, MK_OTHER_DROP, &e->holdout, err));
    MK_TRY(mk_people_choose(e->holdout, is_known ? &split : NULL, who, e->arena, &e->people, err));
    if (train == NULL) {
        e->train = e->people.n_train > 0 ? e->holdout : NULL;
        e->train_rows = e->people.train;
        e->n_train = e->people.n_train;
        return MK_OK;
    }
    mk_call_at_option(e->call, "train");
    MK_TRY(mk_table_read(train, schema, MK_OTHER_DROP, &e->other, err));
    size_t *const rows = mk_arena_array(e->arena, e->other->n_rows + 1, sizeof *rows);
    if (rows == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < e->other->n_rows; i++) {
        rows[i] = i;
    }
    e->train = e->other;
    e->train_rows = rows;
    e->n_train = e->other->n_rows;
    return MK_OK;
}

static MkStatus find_yards(Evaluation *e, MkError *err)
{
    if (e->train == NULL) {
        return mk_yards_from_model(e->model, e->arena, &e->yards, err);
    }
    return mk_yards_from_table(e->train, e->train_rows, e->n_train, e->arena, &e->yards, err);
}

static MkStatus find_related(Evaluation *e, MkError *err)
{
    e->phase = "which attributes are related";
    return mk_yards_related(&(MkRelated){.model = e->model,
                                         .table = e->train,
                                         .rows = e->train_rows,
                                         .n_rows = e->n_train,
                                         .pool = mk_session_pool(e->session),
                                         .cancel = e->session->config.cancel,
                                         .progress = show_progress,
                                         .progress_ctx = e},
                            e->arena, &e->related, err);
}

/* ---- judging ---- */

/* Board of one model under a mask, or with the ten most related known when mask is NULL. */
static MkStatus judge(Evaluation *e, bool is_other, const MkTable *mask, MkBoard *out, MkError *err)
{
    MkScores scores;
    MkPool *const pool = mk_session_pool(e->session);
    const MkJudge judge = {.model = is_other ? e->against : e->model,
                           .ids = is_other ? e->against_ids : NULL,
                           .table = e->holdout,
                           .rows = e->people.judged,
                           .n_rows = e->people.n_judged,
                           .yards = e->yards,
                           .level = e->session->line.level,
                           .pool = pool,
                           .cancel = e->session->config.cancel,
                           .progress = show_progress,
                           .progress_ctx = e};
    MkArena *const scratch = mk_arena_new(0);
    if (scratch == NULL) {
        return no_memory(err);
    }
    e->phase = mk_model_card(judge.model)->name;
    MkStatus st = MK_OK;
    if (mask != NULL) {
        st = mk_judge_masked(&judge, mask, scratch, &scores, err);
    } else {
        st = mk_judge_related(&judge, e->related, scratch, &scores, err);
    }
    if (st == MK_OK) {
        st = mk_board_make(&scores, mk_model_schema(e->model), e->yards, e->session->line.seed,
                           pool, e->arena, out, err);
    }
    mk_arena_free(scratch);
    return st;
}

static MkStatus judge_part(Evaluation *e, const char *name, const MkTable *mask, MkReportPart *part,
                           MkError *err)
{
    MkBoard *const boards = mk_arena_zeros(e->arena, 2, sizeof *boards);
    if (boards == NULL) {
        return no_memory(err);
    }
    MK_TRY(judge(e, false, mask, &boards[0], err));
    if (e->against != NULL) {
        MK_TRY(judge(e, true, mask, &boards[1], err));
    }
    *part = (MkReportPart){
        .name = name, .board = &boards[0], .against = e->against != NULL ? &boards[1] : NULL};
    return MK_OK;
}

/* "mcar30" of "bench/mask-mcar30.csv.gz" */
static const char *mask_name(MkArena *arena, const char *path)
{
    const char *name = mk_file_base_name(path);
    name += strncmp(name, "mask-", 5) == 0 ? 5 : 0;
    return mk_arena_strndup(arena, name, strcspn(name, "."));
}

static MkStatus judge_mask(Evaluation *e, const char *path, MkReportPart *part, MkError *err)
{
    MkSchema *schema = NULL;
    MkTable *mask = NULL;
    const char *const name = mask_name(e->arena, path);
    if (name == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_mask_read(path, mk_model_schema(e->model), &schema, &mask, err));
    const MkStatus st = judge_part(e, name, mask, part, err);
    mk_table_free(mask);
    mk_schema_free(schema);
    if (st == MK_ESHAPE) {
        mk_error_prefix(err, "%s", path);
    }
    return st;
}

static MkStatus judge_masks(Evaluation *e, const char *list, MkReportPart *parts, size_t *n,
                            MkError *err)
{
    mk_call_at_option(e->call, "mask");
    for (const char *at = list; *at != '\0';) {
        const size_t len = strcspn(at, ",");
        const char *const path = mk_arena_strndup(e->arena, at, len);
        if (path == NULL) {
            return no_memory(err);
        }
        if (len > 0 && *n == MASKS_MAX) {
            return mk_fail(err, MK_EINVAL, "--mask: more than %d files", MASKS_MAX);
        }
        if (len > 0) {
            MK_TRY(judge_mask(e, path, &parts[(*n)++], err));
        }
        at += len + (at[len] == ',');
    }
    return *n > 0 ? MK_OK : mk_fail(err, MK_EINVAL, "--mask needs a file");
}

/* ---- where it goes ---- */

static MkStatus write_to(const char *folder, MkResult *result, MkError *err)
{
    static const char *const names[] = {"report.json", "report.html", "report.md", "report.csv"};
    MkPage *const page = mk_result_page(result);
    if (page == NULL) {
        return no_memory(err);
    }
    page->title = "What the model knows of people it has not seen";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *const path = mk_arena_printf(result->arena, "%s/%s", folder, names[i]);
        if (path == NULL) {
            return no_memory(err);
        }
        (void)mk_result_add_effect(result, MK_EFFECT_WRITE, path);
    }
    result->is_shown_too = true;
    return MK_OK;
}

/* The card in the model's file; the file that is open stays as it is. */
static MkStatus write_card(const Evaluation *e, const MkReport *report, MkResult *result,
                           MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_report_quality(report, &text);
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        st = mk_model_recard(e->path, text.data, err);
    }
    mk_buf_release(&text);
    if (st == MK_OK) {
        mk_result_note(result, "The card of %s tells it.", e->path);
    }
    return st;
}

/* ---- the verb ---- */

static MkStatus evaluate(Evaluation *e, MkResult *result, MkError *err)
{
    MkReportPart parts[MASKS_MAX];
    size_t n_parts = 0;
    double max_error = INFINITY;
    const char *const masks = mk_call_option(e->call, "mask");
    const char *const folder = mk_call_option(e->call, "output");
    const bool is_told = mk_call_option(e->call, "write-card") != NULL;
    if (is_told && masks != NULL) {
        mk_call_at_option(e->call, "write-card");
        return mk_fail(err, MK_EINVAL, "--write-card does not go with --mask");
    }
    MK_TRY(mk_call_double(e->call, "max-error", 0.0, 100.0, &max_error, err));
    if (folder != NULL) {
        MK_TRY(mk_call_make_folder(e->call, folder, err));
    }
    MK_TRY(open_models(e, err));
    MK_TRY(read_people(e, err));
    MK_TRY(find_yards(e, err));
    if (masks != NULL) {
        MK_TRY(judge_masks(e, masks, parts, &n_parts, err));
    } else {
        MK_TRY(find_related(e, err));
        MK_TRY(judge_part(e, "", NULL, &parts[n_parts++], err));
    }
    const MkReport report = {.model = e->model,
                             .against = e->against,
                             .yards = e->yards,
                             .n_people = e->people.n_judged,
                             .level = e->session->line.level,
                             .max_error = max_error,
                             .n_parts = n_parts,
                             .parts = parts};
    MK_TRY(mk_report_make(&report, result, err));
    if (is_told) {
        MK_TRY(write_card(e, &report, result, err));
    }
    if (e->train == NULL) {
        mk_result_note(result, "No training people in the tables: sd, medians and relations are "
                               "those that the model remembers.");
    }
    return folder != NULL ? write_to(folder, result, err) : MK_OK;
}

MkStatus mk_verb_evaluate(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    Evaluation e = {.session = session, .call = call, .arena = call->arena};
    const MkStatus st = evaluate(&e, result, err);
    mk_table_free(e.holdout);
    mk_table_free(e.other);
    return st;
}

/* verbs_evaluate.c - evaluate: a model judged on people it has not seen. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/script/evaluation.h"

enum { MASKS_MAX = 16 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- boards ---- */

static MkStatus make_board(const MkEvaluation *e, const MkScores *scores, MkBoard *out,
                           MkError *err)
{
    return mk_board_make(&(MkBoardJob){.scores = scores,
                                       .schema = mk_model_schema(e->model),
                                       .yards = e->yards,
                                       .is_rare = e->is_rare,
                                       .seed = e->session->line.seed,
                                       .pool = mk_session_pool(e->session)},
                         e->arena, out, err);
}

/* One source of several: its part of the scores. */
static MkStatus judge_source(const MkEvaluation *e, const MkScores *scores, size_t t, bool is_other,
                             MkBoardSource *out, MkError *err)
{
    const size_t begin = e->people.first[t], end = e->people.first[t + 1];
    const MkScores mine = mk_scores_slice(scores, begin, end);
    MK_TRY(make_board(e, &mine, is_other ? &out->against : &out->board, err));
    if (is_other) {
        return MK_OK;
    }
    out->name = e->judged->names[t];
    out->n_people = end - begin;
    for (size_t j = 0; j < mine.n; j++) {
        out->n_attributes += out->board.rows[j].n > 0 ? 1U : 0U;
    }
    out->calibration = mk_board_calibration(&mine, mk_model_schema(e->model), NULL);
    return MK_OK;
}

/* Board of one model; sources (n_tables) may be NULL. */
static MkStatus judge(MkEvaluation *e, bool is_other, const MkTable *mask, MkBoardSource *sources,
                      MkBoard *out, MkError *err)
{
    MkScores scores;
    MkArena *const scratch = mk_arena_new(0);
    if (scratch == NULL) {
        return no_memory(err);
    }
    MkStatus st = mk_evaluation_judge(e, is_other, mask, scratch, &scores, err);
    if (st == MK_OK) {
        st = make_board(e, &scores, out, err);
    }
    for (size_t t = 0, n = 0; st == MK_OK && sources != NULL && t < e->judged->n_tables; t++) {
        if (e->people.first[t + 1] > e->people.first[t]) {
            st = judge_source(e, &scores, t, is_other, &sources[n++], err);
        }
    }
    mk_arena_free(scratch);
    return st;
}

static MkStatus judge_part(MkEvaluation *e, const char *name, const MkTable *mask,
                           MkBoardSource *sources, MkReportPart *part, MkError *err)
{
    MkBoard *const boards = mk_arena_zeros(e->arena, 2, sizeof *boards);
    if (boards == NULL) {
        return no_memory(err);
    }
    MK_TRY(judge(e, false, mask, sources, &boards[0], err));
    if (e->against != NULL) {
        MK_TRY(judge(e, true, mask, sources, &boards[1], err));
    }
    *part = (MkReportPart){
        .name = name, .board = &boards[0], .against = e->against != NULL ? &boards[1] : NULL};
    return MK_OK;
}

/* ---- masks ---- */

/* "mcar30" of "bench/mask-mcar30.csv.gz" */
static const char *mask_name(MkArena *arena, const char *path)
{
    const char *name = mk_file_base_name(path);
    name += strncmp(name, "mask-", 5) == 0 ? 5 : 0;
    return mk_arena_strndup(arena, name, strcspn(name, "."));
}

static MkStatus judge_mask(MkEvaluation *e, const char *path, MkReportPart *part, MkError *err)
{
    MkSchema *schema = NULL;
    MkTable *mask = NULL;
    const char *const name = mask_name(e->arena, path);
    if (name == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_mask_read(path, mk_model_schema(e->model), &schema, &mask, err));
    const MkStatus st = judge_part(e, name, mask, NULL, part, err);
    mk_table_free(mask);
    mk_schema_free(schema);
    if (st == MK_ESHAPE) {
        mk_error_prefix(err, "%s", path);
    }
    return st;
}

static MkStatus judge_masks(MkEvaluation *e, const char *list, MkReportPart *parts, size_t *n,
                            MkError *err)
{
    mk_call_at_option(e->call, "mask");
    if (e->judged->n_tables > 1) {
        return mk_fail(err, MK_EINVAL, "--mask goes with people of one source; here are %zu",
                       e->judged->n_tables);
    }
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

/* ---- people held out ---- */

static MkReport report_of(const MkEvaluation *e)
{
    size_t source = 0;
    MkReport report = {.model = e->model,
                       .against = e->against,
                       .yards = e->yards,
                       .n_people = e->people.n_judged,
                       .most = e->most,
                       .n_left = e->people.n_left,
                       .n_common = e->n_common,
                       .n_rare = e->n_rare,
                       .has_source = mk_schema_find(mk_model_schema(e->model), "source", &source),
                       .source_known = e->tells_source,
                       .level = e->session->line.level};
    for (size_t t = 0; t < e->judged->n_tables; t++) {
        report.n_sources += e->people.first[t + 1] > e->people.first[t] ? 1U : 0U;
    }
    return report;
}

static MkStatus judge_orders(const MkEvaluation *e, MkOrders *out, MkError *err)
{
    mk_session_progress(e->session, "evaluate: the joint density");
    return mk_orders_judge(&(MkOrdersJob){.model = e->model,
                                          .cohort = e->judged,
                                          .rows = e->people.judged,
                                          .n_rows = e->people.n_judged,
                                          .tells_source = e->tells_source,
                                          .seed = e->session->line.seed,
                                          .pool = mk_session_pool(e->session),
                                          .cancel = e->session->config.cancel},
                           e->arena, out, err);
}

static MkStatus evaluate_held_out(MkEvaluation *e, MkResult *result, MkError *err)
{
    MkReportPart parts[MASKS_MAX];
    MkUnconditional nothing;
    MkOrders orders;
    MkBuf text;
    const char *const masks = mk_call_option(e->call, "mask");
    double max_error = INFINITY;
    MK_TRY(mk_call_double(e->call, "max-error", 0.0, 100.0, &max_error, err));
    MK_TRY(mk_evaluation_begin(e, "holdout", false, err));
    MkReport report = report_of(e);
    report.max_error = max_error;
    report.parts = parts;
    if (masks != NULL) {
        MK_TRY(judge_masks(e, masks, parts, &report.n_parts, err));
    } else {
        MkBoardSource *const sources = mk_arena_zeros(e->arena, report.n_sources, sizeof *sources);
        if (sources == NULL) {
            return no_memory(err);
        }
        MK_TRY(mk_evaluation_relate(e, err));
        MK_TRY(judge_part(e, "", NULL, sources, &parts[report.n_parts++], err));
        report.sources = sources;
        MK_TRY(mk_unconditional_judge(e->model, e->arena, &nothing, err));
        report.unconditional = &nothing;
        MK_TRY(judge_orders(e, &orders, err));
        report.orders = &orders;
    }
    MK_TRY(mk_report_make(&report, result, err));
    if (mk_call_option(e->call, "write-card") != NULL) {
        mk_buf_init(&text);
        mk_report_quality(&report, &text);
        MK_TRY(mk_evaluation_tell(e, "Measured quality", &text, result, err));
    }
    if (e->train == NULL) {
        mk_result_note(result, "No training people in the tables: sd, medians and relations are "
                               "those that the model remembers.");
    }
    return MK_OK;
}

/* ---- the verb ---- */

/* Options that do not go together. */
static MkStatus check_options(const MkCall *call, MkError *err)
{
    static const char *const pairs[][2] = {{"write-card", "mask"},   {"external", "holdout"},
                                           {"external", "mask"},     {"external", "against"},
                                           {"external", "part"},     {"external", "max-error"},
                                           {"attributes", "holdout"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (mk_call_option(call, pairs[i][0]) != NULL &&
            mk_call_option(call, pairs[i][1]) != NULL) {
            mk_call_at_option(call, pairs[i][0]);
            return mk_fail(err, MK_EINVAL, "--%s does not go with --%s", pairs[i][0], pairs[i][1]);
        }
    }
    if (mk_call_option(call, "holdout") == NULL && mk_call_option(call, "external") == NULL) {
        return mk_fail(err, MK_EINVAL, "evaluate needs people: %s", call->verb->usage);
    }
    if (mk_call_option(call, "holdout") != NULL && call->lists[MK_LIST_GIVEN].n > 0) {
        return mk_fail(err, MK_EINVAL,
                       "given goes with --external: held-out people know their own");
    }
    return MK_OK;
}

MkStatus mk_verb_evaluate(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkEvaluation e = {.session = session, .call = call, .arena = call->arena};
    const bool is_external = mk_call_option(call, "external") != NULL;
    const char *const folder = mk_call_option(call, "output");
    MkStatus st = check_options(call, err);
    if (st == MK_OK && folder != NULL) {
        st = mk_call_make_folder(call, folder, err);
    }
    if (st == MK_OK) {
        st = is_external ? mk_evaluate_external(&e, result, err)
                         : evaluate_held_out(&e, result, err);
    }
    if (st == MK_OK && folder != NULL) {
        st = mk_evaluation_write(folder,
                                 is_external ? "The model and another survey"
                                             : "What the model knows of people it has not seen",
                                 result, err);
    }
    mk_evaluation_end(&e);
    return st;
}

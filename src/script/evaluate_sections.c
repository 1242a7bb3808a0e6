/* evaluate_sections.c - sections of `evaluate` that ask about hidden cells of people held out. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/file.h"
#include "src/script/evaluation.h"

enum { MASKS_MAX = 16, MASKED_PEOPLE = 120, MASKED_QUICK = 12, MASKED_OF_ONE = 600 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- boards ---- */

static MkBoardJob board_job(const MkEvaluation *e, const MkScores *scores)
{
    return (MkBoardJob){.scores = scores,
                        .schema = mk_model_schema(e->model),
                        .yards = e->yards,
                        .is_rare = e->is_rare,
                        .seed = e->session->line.seed,
                        .pool = mk_session_pool(e->session)};
}

/* One source of several: its part of the scores. */
static MkStatus judge_source(const MkEvaluation *e, const MkScores *scores, size_t t, size_t r,
                             MkBoardSource *out, MkError *err)
{
    const size_t begin = e->people.first[t], end = e->people.first[t + 1];
    const MkScores mine = mk_scores_slice(scores, begin, end);
    const MkBoardJob job = board_job(e, &mine);
    MK_TRY(mk_board_make(&job, e->arena, r > 0 ? &out->against : &out->board, err));
    if (r > 0) {
        return MK_OK;
    }
    out->name = e->judged->names[t];
    out->n_people = end - begin;
    for (size_t j = 0; j < mine.n; j++) {
        out->n_attributes += out->board.rows[j].n > 0 ? 1U : 0U;
    }
    return mk_board_calibration(&job, NULL, &out->calibration, err);
}

/* Which cells are hidden: by a table, by a rule, or each in turn with the ten related known. */
typedef struct Hidden {
    const MkTable *mask;
    const MkMaskRule *rule;
} Hidden;

static MkStatus ask(const MkJudge *judge, const Hidden *hidden, const uint32_t *related,
                    MkArena *arena, MkScores *out, MkError *err)
{
    if (hidden->rule != NULL) {
        return mk_judge_ruled(judge, hidden->rule, arena, out, err);
    }
    return hidden->mask != NULL ? mk_judge_masked(judge, hidden->mask, arena, out, err)
                                : mk_judge_related(judge, related, arena, out, err);
}

/* Board of model r; sources (n_tables) may be NULL, and go with all people. */
static MkStatus judge(MkEvaluation *e, const MkJudge *job, size_t r, const Hidden *hidden,
                      MkBoardSource *sources, MkBoard *out, MkError *err)
{
    MkScores scores;
    MkArena *const scratch = mk_arena_new(0);
    if (scratch == NULL) {
        return no_memory(err);
    }
    MkStatus st = ask(job, hidden, e->related, scratch, &scores, err);
    if (st == MK_OK) {
        const MkBoardJob made = board_job(e, &scores);
        st = mk_board_make(&made, e->arena, out, err);
    }
    for (size_t t = 0, n = 0; st == MK_OK && sources != NULL && r < 2 && t < e->judged->n_tables;
         t++) {
        if (e->people.first[t + 1] > e->people.first[t]) {
            st = judge_source(e, &scores, t, r, &sources[n++], err);
        }
    }
    mk_arena_free(scratch);
    return st;
}

/* All models under one way of hiding; they share [from, to] of the section. */
static MkStatus judge_part(MkEvaluation *e, const char *name, const Hidden *hidden,
                           const MkPeople *people, MkBoardSource *sources, double from, double to,
                           MkReportPart *part, MkError *err)
{
    const size_t n = 1 + e->n_rivals;
    MkBoard *const boards = mk_arena_zeros(e->arena, n, sizeof *boards);
    if (boards == NULL) {
        return no_memory(err);
    }
    for (size_t r = 0; r < n; r++) {
        MkJudge job = mk_evaluation_judge(e, r);
        job.rows = people->judged;
        job.n_rows = people->n_judged;
        mk_evaluation_part(e, from + (to - from) * (double)r / (double)n,
                           from + (to - from) * (double)(r + 1) / (double)n);
        MK_TRY(judge(e, &job, r, hidden, sources, &boards[r], err));
    }
    *part = (MkReportPart){.name = name, .boards = boards};
    return MK_OK;
}

static MkStatus report_of(const MkEvaluation *e, MkReport *out, MkError *err)
{
    size_t source = 0;
    const MkModel **const others = mk_arena_array(e->arena, e->n_rivals + 1, sizeof *others);
    if (others == NULL) {
        return no_memory(err);
    }
    for (size_t r = 0; r < e->n_rivals; r++) {
        others[r] = e->rivals[r].model;
    }
    *out = (MkReport){.model = e->model,
                      .n_others = e->n_rivals,
                      .others = others,
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
        out->n_sources += e->people.first[t + 1] > e->people.first[t] ? 1U : 0U;
    }
    return MK_OK;
}

/* ---- ten known ---- */

MkStatus mk_evaluate_imputation(MkEvaluation *e, MkSection *out, MkError *err)
{
    MkReportPart part;
    MkReport report;
    MK_TRY(report_of(e, &report, err));
    MkBoardSource *const sources = mk_arena_zeros(e->arena, report.n_sources, sizeof *sources);
    if (sources == NULL) {
        return no_memory(err);
    }
    mk_evaluation_part(e, 0.0, 0.2);
    MK_TRY(mk_evaluation_relate(e, err));
    MK_TRY(judge_part(e, "", &(Hidden){0}, &e->people, sources, 0.2, 1.0, &part, err));
    report.sources = sources;
    report.parts = &part;
    report.n_parts = 1;
    mk_report_card(&report, &e->card);
    return mk_report_imputation(&report, out, err);
}

/* ---- masks ---- */

/* "mcar30" of "bench/mask-mcar30.csv.gz" */
static const char *mask_name(MkArena *arena, const char *path)
{
    const char *name = mk_file_base_name(path);
    name += strncmp(name, "mask-", 5) == 0 ? 5 : 0;
    return mk_arena_strndup(arena, name, strcspn(name, "."));
}

static MkStatus judge_file(MkEvaluation *e, const char *path, MkReportPart *part, MkError *err)
{
    MkSchema *schema = NULL;
    MkTable *mask = NULL;
    const char *const name = mask_name(e->arena, path);
    if (name == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_mask_read(path, mk_model_schema(e->model), &schema, &mask, err));
    const MkStatus st =
        judge_part(e, name, &(Hidden){.mask = mask}, &e->people, NULL, 0.0, 1.0, part, err);
    mk_table_free(mask);
    mk_schema_free(schema);
    if (st == MK_ESHAPE) {
        mk_error_prefix(err, "%s", path);
    }
    return st;
}

static MkStatus judge_files(MkEvaluation *e, const char *list, MkReportPart *parts, size_t *n,
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
            MK_TRY(judge_file(e, path, &parts[(*n)++], err));
        }
        at += len + (at[len] == ',');
    }
    return *n > 0 ? MK_OK : mk_fail(err, MK_EINVAL, "--mask needs a file");
}

/* Fewer people than with ten known: each answer is about all that is hidden of a person. */
static MkStatus choose_masked(const MkEvaluation *e, MkPeople *out, MkError *err)
{
    const size_t several = e->is_quick ? MASKED_QUICK : MASKED_PEOPLE;
    const size_t most = e->judged->n_tables > 1 ? several : MASKED_OF_ONE;
    *out = e->people;
    out->judged = mk_arena_array(e->arena, e->people.n_judged + 1, sizeof *out->judged);
    if (out->judged == NULL) {
        return no_memory(err);
    }
    out->n_judged =
        mk_people_thin(e->judged, e->people.judged, e->people.n_judged, most, out->judged);
    return MK_OK;
}

static MkStatus judge_rules(MkEvaluation *e, MkReportPart *parts, size_t *n, MkSection *out,
                            MkError *err)
{
    MkPeople people;
    const size_t n_rules = e->judged->n_tables > 1 ? MK_N_MASK_RULES : MK_MASK_RULE_SOURCE;
    MK_TRY(choose_masked(e, &people, err));
    for (size_t k = 0; k < n_rules; k++) {
        MkMaskRule rule = {
            .kind = (MkMaskKind)k, .seed = e->session->line.seed, .cohort = e->judged};
        MK_TRY(mk_mask_prepare(&rule, e->arena, err));
        MK_TRY(judge_part(e, mk_mask_name(rule.kind), &(Hidden){.rule = &rule}, &people, NULL,
                          (double)k / (double)n_rules, (double)(k + 1) / (double)n_rules,
                          &parts[(*n)++], err));
    }
    mk_result_note(out->result,
                   "Masks of %zu people: random hides 30 %% of the cells, block 30 %% of the "
                   "categories of attributes%s; all else is known.",
                   people.n_judged,
                   n_rules == MK_N_MASK_RULES
                       ? ", source what another source of these people does not ask"
                       : " (a mask by source needs several of them)");
    return MK_OK;
}

MkStatus mk_evaluate_masks(MkEvaluation *e, MkSection *out, MkError *err)
{
    MkReportPart parts[MASKS_MAX];
    MkReport report;
    const char *const files = mk_call_option(e->call, "mask");
    MK_TRY(report_of(e, &report, err));
    report.parts = parts;
    MK_TRY(files != NULL ? judge_files(e, files, parts, &report.n_parts, err)
                         : judge_rules(e, parts, &report.n_parts, out, err));
    return mk_report_masks(&report, out, err);
}

/* ---- whole people, and nothing known ---- */

MkStatus mk_evaluate_joint(MkEvaluation *e, MkSection *out, MkError *err)
{
    MkOrders orders;
    mk_evaluation_part(e, 0.0, 1.0);
    MK_TRY(mk_orders_judge(&(MkOrdersJob){.model = e->model,
                                          .cohort = e->judged,
                                          .rows = e->people.judged,
                                          .n_rows = e->people.n_judged,
                                          .yards = e->yards,
                                          .tells_source = e->tells_source,
                                          .seed = e->session->line.seed,
                                          .pool = mk_session_pool(e->session),
                                          .cancel = e->session->config.cancel},
                           e->arena, &orders, err));
    return mk_report_joint(&orders, out, err);
}

MkStatus mk_evaluate_unconditional(MkEvaluation *e, MkSection *out, MkError *err)
{
    MkUnconditional nothing;
    MK_TRY(mk_unconditional_judge(e->model, e->arena, &nothing, err));
    return mk_report_unconditional(e->model, &nothing, out, err);
}

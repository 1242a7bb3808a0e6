/* evaluate_external.c - evaluate --external: the model beside another survey. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/buf.h"
#include "src/eval/external.h"
#include "src/query/query.h"
#include "src/query/show.h"
#include "src/script/evaluation.h"

enum { PEOPLE_ONE_BY_ONE = 1000, PEOPLE_QUICK = 60 }; /* when --people says nothing */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- what is compared ---- */

static MkStatus read_list(const MkEvaluation *e, MkExternalList *out, MkError *err)
{
    const char *const said = mk_call_option(e->call, "attributes");
    const char *const folder = e->session->config.paths.sources_dir;
    const char *path = said;
    if (said != NULL) {
        mk_call_at_option(e->call, "attributes");
    } else if (folder != NULL) {
        path = mk_arena_printf(e->arena, "%s/external.tsv", folder);
    }
    if (path == NULL) {
        return mk_fail(err, MK_EINVAL, "which attributes are compared: --attributes FILE");
    }
    return mk_external_list_read(path, e->arena, out, err);
}

/* ---- what is given ---- */

/* The line's `given`, else the newest source of the same survey; n 0 when there is neither. */
static MkStatus find_given(const MkEvaluation *e, MkEvidence *out, MkError *err)
{
    size_t source = 0, level = 0;
    *out = (MkEvidence){0};
    if (e->call->lists[MK_LIST_GIVEN].n > 0) {
        return mk_name_evidence(e->call, mk_model_schema(e->model), MK_LIST_GIVEN, out, err);
    }
    if (mk_external_newest(e->model, e->judged->names[0], &source, &level)) {
        MkKnown *const known = mk_arena_zeros(e->arena, 1, sizeof *known);
        if (known == NULL) {
            return no_memory(err);
        }
        *known = (MkKnown){source, {.kind = MK_VALUE_POINT, .point = (double)level}};
        *out = (MkEvidence){.n = 1, .known = known};
    }
    return MK_OK;
}

/* Answers by attribute for those listed; NULL when nothing is given. */
static MkStatus ask_given(const MkEvaluation *e, const MkExternalList *list, MkEvidence given,
                          const MkDistribution **out, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(e->model);
    size_t *const targets = mk_arena_array(e->arena, list->n, sizeof *targets);
    MkDistribution *const answers = mk_arena_array(e->arena, list->n, sizeof *answers);
    MkDistribution *const by_id = mk_arena_zeros(e->arena, schema->n, sizeof *by_id);
    size_t n = 0;
    if (targets == NULL || answers == NULL || by_id == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < list->n; i++) {
        n += mk_schema_find(schema, list->items[i].name, &targets[n]) ? 1U : 0U;
    }
    if (given.n == 0 || n == 0) {
        return MK_OK;
    }
    const MkQuery query = {.model = e->model,
                           .evidence = given,
                           .targets = targets,
                           .n_targets = n,
                           .level = e->session->line.level,
                           .seed = e->session->line.seed,
                           .pool = mk_session_pool(e->session),
                           .cancel = e->session->config.cancel};
    MK_TRY(mk_query_posterior(&query, e->arena, answers, err));
    for (size_t i = 0; i < n; i++) {
        by_id[targets[i]] = answers[i];
    }
    *out = by_id;
    return MK_OK;
}

/* ---- the model's own survey ---- */

/* Of several training sources the one that is given, or the newest of the same survey. */
static void find_own(const MkEvaluation *e, MkExternal *job, MkExternalReport *report)
{
    size_t source = 0, level = 0;
    if (e->other == NULL) {
        return;
    }
    job->own = e->other;
    report->own = e->other->n_tables == 1 ? e->other->names[0] : "people trained on";
    if (e->other->n_tables > 1 &&
        mk_external_newest(e->model, e->judged->names[0], &source, &level)) {
        const char *const name = mk_model_schema(e->model)->attributes[source].levels[level].name;
        for (size_t t = 0; t < e->other->n_tables; t++) {
            if (strcmp(e->other->names[t], name) == 0) {
                job->own_name = name;
                report->own = name;
            }
        }
    }
    if (report->own[0] == '\0') {
        report->own = "people trained on";
    }
}

/* ---- people one by one ---- */

/* Calibration of each group of the list, and of all attributes. */
static MkStatus calibrate(const MkEvaluation *e, const MkScores *scores, MkExternalReport *report,
                          MkError *err)
{
    const MkSchema *const schema = mk_model_schema(e->model);
    const MkBoardJob job = {.scores = scores, .schema = schema, .seed = e->session->line.seed};
    MkExternalGroup *const groups = mk_arena_zeros(e->arena, report->n_rows + 1, sizeof *groups);
    bool *const members = mk_arena_array(e->arena, schema->n, sizeof *members);
    if (groups == NULL || members == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < report->n_rows; i++) {
        const char *const name = report->rows[i].group;
        size_t k = 0;
        while (k < report->n_groups && strcmp(groups[k].name, name) != 0) {
            k++;
        }
        if (k < report->n_groups) {
            continue;
        }
        memset(members, 0, schema->n * sizeof *members);
        for (size_t r = i; r < report->n_rows; r++) {
            members[report->rows[r].attribute] |= strcmp(report->rows[r].group, name) == 0;
        }
        groups[report->n_groups].name = name;
        MK_TRY(mk_board_calibration(&job, members, &groups[report->n_groups++].calibration, err));
    }
    groups[report->n_groups].name = "all attributes";
    MK_TRY(mk_board_calibration(&job, NULL, &groups[report->n_groups++].calibration, err));
    report->groups = groups;
    return MK_OK;
}

static MkStatus ask_people(MkEvaluation *e, MkExternalReport *report, MkError *err)
{
    MkScores scores;
    MkArena *const scratch = mk_arena_new(0);
    if (scratch == NULL) {
        return no_memory(err);
    }
    mk_evaluation_part(e, 0.2, 0.4);
    MkStatus st = mk_evaluation_relate(e, err);
    if (st == MK_OK) {
        const MkJudge judge = mk_evaluation_judge(e, 0);
        mk_evaluation_part(e, 0.4, 1.0);
        st = mk_judge_related(&judge, e->related, scratch, &scores, err);
    }
    if (st == MK_OK) {
        st = calibrate(e, &scores, report, err);
    }
    mk_arena_free(scratch);
    return st;
}

/* ---- all of it ---- */

static MkStatus compare(MkEvaluation *e, MkSection *out, MkError *err)
{
    MkExternalList list;
    MkEvidence given;
    MkExternalRow *rows = NULL;
    MK_TRY(read_list(e, &list, err));
    MK_TRY(mk_evaluation_people(e, "external", true, err));
    MK_TRY(find_given(e, &given, err));
    MkExternal job = {.model = e->model, .survey = e->judged, .seed = e->session->line.seed};
    MkExternalReport report = {.model = e->model,
                               .survey = e->judged->names[0][0] != '\0' ? e->judged->names[0]
                                                                        : "the other survey",
                               .given = mk_show_evidence(e->arena, e->model, given),
                               .own = "",
                               .n_survey = e->judged->n_rows,
                               .n_judged = e->people.n_judged,
                               .list = &list,
                               .level = e->session->line.level};
    MK_TRY(ask_given(e, &list, given, &job.given, err));
    find_own(e, &job, &report);
    MK_TRY(mk_external_compare(&job, &list, e->arena, &rows, &report.n_rows, err));
    report.rows = rows;
    if (report.n_rows == 0) {
        return mk_fail(err, MK_EINVAL, "%s: nobody has an attribute of the list that %s knows",
                       mk_call_option(e->call, "external"), mk_model_card(e->model)->name);
    }
    MK_TRY(ask_people(e, &report, err));
    MK_TRY(mk_external_report(&report, out, err));
    mk_external_quality(&report, &e->survey_card);
    return MK_OK;
}

/* The people are others than those held out; training people are the same. */
MkStatus mk_evaluate_external(MkEvaluation *e, MkSection *out, MkError *err)
{
    MkEvaluation survey = {.session = e->session,
                           .call = e->call,
                           .arena = e->arena,
                           .model = e->model,
                           .path = e->path,
                           .other =
                               e->other == NULL && e->train == e->judged ? e->judged : e->other,
                           .is_quick = e->is_quick,
                           .tells_source = e->tells_source,
                           .most = e->is_quick ? PEOPLE_QUICK : PEOPLE_ONE_BY_ONE,
                           .pace = e->pace};
    survey.borrows_other = survey.other != NULL;
    mk_buf_init(&survey.survey_card);
    const MkStatus st = compare(&survey, out, err);
    mk_evaluation_end(&survey);
    mk_buf_release(&e->survey_card);
    e->survey_card = survey.survey_card;
    return st;
}

/* verbs_evaluate.c - evaluate: a model judged on people it has not seen. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <jansson.h>

#include "src/script/evaluation.h"

/* Options that do not go together. */
static MkStatus check_options(const MkCall *call, MkError *err)
{
    static const char *const pairs[][2] = {{"write-card", "mask"}, {"write-card", "sections"}};
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
    if (mk_call_option(call, "part") != NULL && mk_call_option(call, "holdout") == NULL) {
        mk_call_at_option(call, "part");
        return mk_fail(err, MK_EINVAL, "--part goes with --holdout: of another survey all count");
    }
    if (mk_call_option(call, "gate") != NULL && mk_call_option(call, "against") == NULL) {
        return mk_fail(err, MK_EINVAL, "--gate needs the last release: --against MODEL");
    }
    if (mk_call_option(call, "external") == NULL && call->lists[MK_LIST_GIVEN].n > 0) {
        return mk_fail(err, MK_EINVAL,
                       "given goes with --external: held-out people know their own");
    }
    return MK_OK;
}

/* Figures made of people, which no noise covers, stay out of the file of a private training. */
static MkStatus check_private(const MkEvaluation *e, MkError *err)
{
    if (mk_call_option(e->call, "write-card") == NULL) {
        return MK_OK;
    }
    if (mk_model_is_private(e->model)) {
        mk_call_at_option(e->call, "write-card");
        return mk_fail(err, MK_EUNSUPPORTED,
                       "%s is of a private training: figures measured on people would go into its "
                       "file, which the guarantee does not cover; use -o DIR",
                       e->path);
    }
    return MK_OK;
}

/* What was found goes into the model's card, unless it is a part of it only. */
static MkStatus write_card(MkEvaluation *e, const MkEvaluated *done, MkResult *result, MkError *err)
{
    if (mk_call_option(e->call, "write-card") == NULL || done->is_cut) {
        return MK_OK;
    }
    if (e->survey_card.len > 0) {
        MK_TRY(mk_evaluation_tell(e, "Another survey", &e->survey_card, result, err));
    }
    if (e->card.len == 0) {
        return MK_OK;
    }
    const MkScoreboard board = {.model = e->model,
                                .thresholds = &done->thresholds,
                                .n_bars = done->n_bars,
                                .bars = done->bars};
    mk_scoreboard_markdown(&board, done->figures, done->n_figures, &e->card);
    return mk_evaluation_tell(e, "Measured quality", &e->card, result, err);
}

static MkStatus evaluate(MkEvaluation *e, MkEvaluated *done, MkResult *result, MkError *err)
{
    const char *const folder = mk_call_option(e->call, "output");
    MK_TRY(check_options(e->call, err));
    if (folder != NULL) {
        MK_TRY(mk_call_make_folder(e->call, folder, err));
    }
    MK_TRY(mk_evaluation_models(e, err));
    MK_TRY(check_private(e, err));
    MK_TRY(mk_evaluate_run(e, done, err));
    MK_TRY(mk_evaluate_compose(e, done, result, err));
    MK_TRY(write_card(e, done, result, err));
    MK_TRY(mk_evaluate_gate(e, done, result, err));
    if (e->judged != NULL && e->train == NULL) {
        mk_result_note(result, "No training people in the tables: sd, medians and relations are "
                               "those that the model remembers.");
    }
    return folder != NULL ? mk_evaluation_write(folder, result, err) : MK_OK;
}

MkStatus mk_verb_evaluate(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkEvaluation e = {.session = session, .call = call, .arena = call->arena};
    MkEvaluated done = {.n = 0};
    mk_buf_init(&e.card);
    mk_buf_init(&e.survey_card);
    const MkStatus st = evaluate(&e, &done, result, err);
    mk_evaluated_free(&done);
    mk_evaluation_end(&e);
    mk_buf_release(&e.card);
    mk_buf_release(&e.survey_card);
    return st;
}

/* evaluate_gate.c - evaluate --gate: a candidate beside the last release, on the same people. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/gate.h"
#include "src/script/evaluation.h"

MkStatus mk_evaluate_gate(MkEvaluation *e, const MkEvaluated *done, MkResult *result, MkError *err)
{
    const char *const recipe = mk_call_option(e->call, "gate"), *rules = NULL;
    MkStatus st = MK_OK;
    if (recipe == NULL || done->is_cut) {
        return MK_OK;
    }
    mk_call_at_option(e->call, "gate");
    MK_TRY(mk_recipe_gate(recipe, e->arena, &rules, err));
    MkEvaluation other = {.session = e->session, .call = e->call, .arena = e->arena};
    MkEvaluated last = {.n = 0};
    MkGate gate;
    mk_buf_init(&other.card);
    mk_buf_init(&other.survey_card);
    MK_TRY_GOTO(mk_evaluation_swapped(e, &other, err));
    MK_TRY_GOTO(mk_evaluate_run(&other, &last, err));
    if (last.is_cut) {
        result->is_cut = true;
        goto done;
    }
    MK_TRY_GOTO(mk_gate_judge(&done->thresholds, rules, done->figures, done->n_figures,
                              last.figures, last.n_figures, result->arena, &gate, err));
    result->failed_check = NULL; /* the scoreboard told it; asked is whether it became worse */
    MK_TRY_GOTO(mk_gate_show(&gate, result, result->data, err));
    if (mk_call_option(e->call, "write-card") != NULL && gate.is_open) {
        MkBuf text;
        mk_buf_init(&text);
        mk_gate_markdown(&gate, &text);
        st = text.len > 0 ? mk_evaluation_tell(e, "Known regressions", &text, result, err) : MK_OK;
        mk_buf_release(&text);
    }
done:
    mk_evaluated_free(&last);
    mk_evaluation_end(&other);
    mk_buf_release(&other.card);
    mk_buf_release(&other.survey_card);
    return st;
}

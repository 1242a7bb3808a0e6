/* evaluate_run.c - the sections of an evaluation, one after the other.
 *
 * To add one: a row in `kinds`, with the seconds it takes of a shipped model on two cores. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/eval/calibration.h"
#include "src/eval/fidelity.h"
#include "src/eval/privacy.h"
#include "src/script/evaluation.h"

static const MkSectionKind kinds[] = {
    {.name = "imputation",
     .title = "Imputation with ten known",
     .prose = "Each attribute of a person is hidden in turn and asked with the ten known that are "
              "most related to it: the protocol of the paper's Tables 6 and 7.",
     .cost = 120.0,
     .needs = MK_NEEDS_HELD_OUT,
     .is_root = true,
     .run = mk_evaluate_imputation},
    {.name = "masks",
     .title = "Imputation under masks",
     .prose = "Many cells of a person are hidden at once and all others are known.",
     .cost = 90.0,
     .needs = MK_NEEDS_HELD_OUT,
     .is_root = true,
     .run = mk_evaluate_masks},
    {.name = "calibration",
     .title = "Calibration",
     .prose = "Whether intervals and probabilities are what they say, by how much is known.",
     .cost = 90.0,
     .needs = MK_NEEDS_HELD_OUT,
     .judge = mk_calibration_section},
    {.name = "fidelity",
     .title = "Fidelity and utility",
     .prose = "How like real people the persons are that the model draws, one attribute and two at "
              "a time (the paper's Figures 7 and 9), and what can be learned from them (Table 10).",
     .cost = 120.0,
     .needs = MK_NEEDS_HELD_OUT,
     .judge = mk_fidelity_section},
    {.name = "privacy",
     .title = "Privacy",
     .prose = "Whether attacks tell who was among the people that the model was trained on, from "
              "persons that it draws or from its file; copies of people among drawn persons.",
     .cost = 40.0,
     .needs = MK_NEEDS_HELD_OUT,
     .judge = mk_privacy_section},
    {.name = "scenarios",
     .title = "Scenarios",
     .prose = "What the scripts that come with the program expect of a model, as the paper's "
              "Figure 8 compares scenarios.",
     .cost = 10.0,
     .needs = MK_NEEDS_HELD_OUT,
     .run = mk_evaluate_scenarios},
    {.name = "external",
     .title = "Another survey",
     .prose = "The model's population beside people of a survey it was not trained on, as in the "
              "paper's Tables 8 and 9.",
     .cost = 40.0,
     .needs = MK_NEEDS_SURVEY,
     .run = mk_evaluate_external},
    {.name = "joint",
     .title = "Joint density",
     .prose = "How likely whole people are, and whether that depends on the order in which their "
              "values are gone through.",
     .cost = 30.0,
     .needs = MK_NEEDS_HELD_OUT,
     .run = mk_evaluate_joint},
    {.name = "unconditional",
     .title = "Nothing known",
     .prose = "A model that is told nothing must answer with its population.",
     .cost = 2.0,
     .needs = MK_NEEDS_HELD_OUT,
     .run = mk_evaluate_unconditional},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* ---- which ---- */

static bool names(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = list; *at != '\0';) {
        const size_t len = strcspn(at, ",");
        if (len == n && strncmp(at, name, n) == 0) {
            return true;
        }
        at += len + (at[len] == ',');
    }
    return false;
}

/* Every word of --sections is a section. */
static MkStatus check_names(const MkEvaluation *e, const char *list, MkError *err)
{
    const char *at = list;
    do {
        const size_t len = strcspn(at, ",");
        bool found = false;
        char all[256] = "";
        for (size_t k = 0; k < N_KINDS; k++) {
            const size_t used = strlen(all);
            found = found || (strlen(kinds[k].name) == len && strncmp(at, kinds[k].name, len) == 0);
            snprintf(all + used, sizeof all - used, "%s%s", k > 0 ? ", " : "", kinds[k].name);
        }
        if (!found) {
            mk_call_at_option(e->call, "sections");
            return mk_fail(err, MK_EINVAL, "--sections %.*s: expected some of %s",
                           (int)(len < 40 ? len : 40), at, all);
        }
        at += len + (at[len] == ',');
    } while (*at != '\0');
    return MK_OK;
}

static const char *why_not(const MkEvaluation *e, const MkSectionKind *kind, const char *chosen)
{
    if (chosen != NULL && !names(chosen, kind->name)) {
        return "not chosen";
    }
    if ((kind->needs & MK_NEEDS_HELD_OUT) != 0 && mk_call_option(e->call, "holdout") == NULL) {
        return "needs --holdout";
    }
    if ((kind->needs & MK_NEEDS_SURVEY) != 0 && mk_call_option(e->call, "external") == NULL) {
        return "needs --external";
    }
    return NULL;
}

/* Given masks are asked about alone, unless more is said. */
static MkStatus choose(MkEvaluation *e, MkEvaluated *out, MkError *err)
{
    const char *chosen = mk_call_option(e->call, "sections");
    if (chosen != NULL) {
        out->is_chosen = true;
        MK_TRY(check_names(e, chosen, err));
        if (mk_call_option(e->call, "mask") != NULL && !names(chosen, "masks")) {
            mk_call_at_option(e->call, "mask");
            return mk_fail(err, MK_EINVAL, "--mask needs masks among the --sections");
        }
    } else if (mk_call_option(e->call, "mask") != NULL) {
        out->is_chosen = true;
        chosen = "masks";
    }
    for (size_t k = 0; k < N_KINDS; k++) {
        MkSectionRun *const run = &out->runs[out->n++];
        *run = (MkSectionRun){.kind = &kinds[k], .why_not = why_not(e, &kinds[k], chosen)};
        if (chosen != NULL && run->why_not != NULL && names(chosen, kinds[k].name)) {
            mk_call_at_option(e->call, "sections");
            return mk_fail(err, MK_EINVAL, "--sections %s %s", kinds[k].name, run->why_not);
        }
    }
    return MK_OK;
}

/* ---- running ---- */

static MkStatus run_one(MkEvaluation *e, MkSectionRun *run, MkError *err)
{
    MkSection *const s = &run->section;
    *s = (MkSection){.arena = e->arena, .result = mk_result_new("evaluate")};
    s->node = mk_node_object(s->result, NULL, NULL);
    if (s->node == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    mk_evaluation_part(e, 0.0, 1.0);
    if (run->kind->judge != NULL) {
        const MkTrial trial = mk_evaluation_trial(e);
        return run->kind->judge(&trial, s, err);
    }
    return run->kind->run(e, s, err);
}

static MkStatus run_all(MkEvaluation *e, MkEvaluated *out, MkError *err)
{
    double (*const clock)(void) = e->session->config.clock;
    MkPace pace = {.began = clock != NULL ? clock() : 0.0};
    MkStatus st = MK_OK;
    for (size_t i = 0; i < out->n; i++) {
        pace.n += out->runs[i].why_not == NULL ? 1U : 0U;
        pace.all += out->runs[i].why_not == NULL ? out->runs[i].kind->cost : 0.0;
    }
    e->pace = &pace;
    for (size_t i = 0; i < out->n && st == MK_OK; i++) {
        MkSectionRun *const run = &out->runs[i];
        if (run->why_not != NULL) {
            continue;
        }
        pace.at++;
        pace.name = run->kind->name;
        pace.cost = run->kind->cost;
        st = run_one(e, run, err);
        run->is_done = st == MK_OK;
        if (st == MK_EINVAL && run->kind->judge != NULL) { /* too few people, say */
            run->why_not = mk_arena_strdup(e->arena, err->text);
            st = run->why_not != NULL ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory");
        }
        pace.before += pace.cost;
    }
    e->pace = NULL;
    return st;
}

/* What was not reached when the user wanted an end. */
static bool keep_done(MkEvaluated *out)
{
    size_t n_done = 0;
    for (size_t i = 0; i < out->n; i++) {
        MkSectionRun *const run = &out->runs[i];
        n_done += run->is_done ? 1U : 0U;
        if (run->why_not == NULL && !run->is_done) {
            run->why_not = "interrupted";
        }
    }
    out->is_cut = n_done > 0;
    return out->is_cut;
}

/* ---- figures and bars ---- */

static MkStatus hold_against(MkEvaluation *e, MkEvaluated *out, MkError *err)
{
    double most = INFINITY;
    size_t n = 0;
    MK_TRY(mk_thresholds_of(e->model, e->arena, &out->thresholds, err));
    MK_TRY(mk_call_double(e->call, "max-error", 0.0, 100.0, &most, err));
    if (isfinite(most)) {
        const MkThreshold said = {.name = "error_pooled", .low = -INFINITY, .high = most};
        MK_TRY(mk_thresholds_set(&out->thresholds, e->arena, &said, err));
    }
    for (size_t i = 0; i < out->n; i++) {
        n += out->runs[i].is_done ? out->runs[i].section.n_figures : 0;
    }
    out->figures = mk_arena_array(e->arena, n + 1, sizeof *out->figures);
    if (out->figures == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < out->n; i++) {
        const MkSection *const s = &out->runs[i].section;
        for (size_t k = 0; out->runs[i].is_done && k < s->n_figures; k++) {
            out->figures[out->n_figures++] = s->figures[k];
        }
    }
    return mk_thresholds_bars(&out->thresholds, out->figures, out->n_figures, e->is_quick, e->arena,
                              &out->bars, &out->n_bars, err);
}

MkStatus mk_evaluate_run(MkEvaluation *e, MkEvaluated *out, MkError *err)
{
    *out = (MkEvaluated){.n = 0};
    MK_TRY(choose(e, out, err));
    if (mk_call_option(e->call, "holdout") != NULL) {
        MK_TRY(mk_evaluation_people(e, "holdout", false, err));
    }
    const MkStatus st = run_all(e, out, err);
    if (st != MK_OK && (st != MK_ECANCEL || !keep_done(out))) {
        return st;
    }
    return hold_against(e, out, err);
}

void mk_evaluated_free(MkEvaluated *done)
{
    for (size_t i = 0; i < done->n; i++) {
        mk_result_free(done->runs[i].section.result);
        done->runs[i].section.result = NULL;
    }
}

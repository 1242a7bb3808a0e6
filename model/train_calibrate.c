/* train_calibrate.c - answers of a finished model are recalibrated by people who did not train. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/calibrate_fit.h"
#include "model/recard.h"
#include "model/train_priv.h"

enum {
    PEOPLE = 800,   /* of a source, at most */
    OWN_PEOPLE = 50 /* from how many on a map is told as an attribute's own */
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- who, with which weight ---- */

/* Of each source at most PEOPLE of the people kept for progress, evenly; what they count is what
 * training people of their source count: survey weights, and together (people of the source)^power
 * times its factor. */
static MkStatus choose_people(MkTrainRun *run, size_t **rows, double **weights, size_t *n,
                              MkError *err)
{
    const MkCohort *const cohort = run->cohort;
    *rows = mk_arena_array(run->arena, run->n_valid + 1, sizeof **rows);
    *weights = mk_arena_array(run->arena, run->n_valid + 1, sizeof **weights);
    *n = 0;
    if (*rows == NULL || *weights == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        const size_t begin = at, first = *n;
        double sum = 0.0;
        while (at < run->n_valid && run->valid[at] < cohort->first[t + 1]) {
            at++;
        }
        const size_t people = at - begin, want = people < PEOPLE ? people : PEOPLE;
        const double *const survey = run->config->survey_weights ? cohort->tables[t]->weight : NULL;
        for (size_t i = 0; i < want; i++) {
            const size_t row = run->valid[begin + i * people / want];
            const double w = survey != NULL ? survey[row - cohort->first[t]] : 1.0;
            if (isfinite(w) && w > 0.0) {
                (*rows)[*n] = row;
                (*weights)[(*n)++] = w;
                sum += w;
            }
        }
        const double total = mk_train_source_weight(run, t, people);
        for (size_t i = first; i < *n; i++) {
            (*weights)[i] *= total / sum;
        }
    }
    return MK_OK;
}

/* ---- the card ---- */

static size_t count_own(const MkRecalibration *c, bool numbers)
{
    size_t n = 0;
    for (size_t j = 0; j < c->n; j++) {
        const bool is_number = c->sharpness_of[j] == c->n_levels;
        n += c->people[j] >= OWN_PEOPLE && is_number == numbers ? 1 : 0;
    }
    return n;
}

static size_t count_numbers(const MkRecalibration *c)
{
    return c->n - c->n_levels;
}

static void print_card(const MkTrainRun *run, const MkRecalibration *c, size_t n_people, MkBuf *out)
{
    mk_buf_printf(out,
                  "Answers about one attribute are recalibrated, drawn persons are not. Fitted to "
                  "%zu of the %zu people\nkept for progress%s, each asked in up to eight "
                  "situations: few values known, related ones, a random\nshare, categories, "
                  "demographics, what another source has. Maps of %zu of %zu numbers and of %zu "
                  "of %zu\nattributes with levels rest on %d people or more of their own (by "
                  "weight); the others lean on those of\ntheir type. With nothing known an answer "
                  "is the population's.\n\n"
                  "Of the people it was fitted to: share of values in central 90 %% intervals "
                  "before and after, and mean\nnegative log probability of levels, nats. Of people "
                  "held out: `manikin evaluate`.\n\n"
                  "| values known | numbers asked | before | after | levels before | after |\n"
                  "| --- | --- | --- | --- | --- | --- |\n",
                  n_people, run->n_valid,
                  run->kind->train != NULL ? " (training never used them, but may have been "
                                             "watched on them)"
                                           : "",
                  count_own(c, true), count_numbers(c), count_own(c, false), c->n_levels,
                  (int)OWN_PEOPLE);
    for (size_t b = 1; b < MK_CALIBRATION_BANDS; b++) {
        const MkCalibrationBand *const band = &c->bands[b];
        mk_buf_printf(out, "| %s | %.0f | %.3f | %.3f | %.4f | %.4f |\n",
                      mk_calibration_band_name(b), (double)band->n, (double)band->before,
                      (double)band->after, (double)band->loss_before, (double)band->loss_after);
    }
}

static MkStatus tell(const MkTrainRun *run, const MkRecalibration *c, size_t n_people,
                     const char *path, MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    if (c->n > 0) {
        print_card(run, c, n_people, &text);
    } else {
        mk_buf_puts(&text, "Answers are as the model gives them; they were not recalibrated.\n");
    }
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        st = mk_model_recard(path, "Calibration", text.data, err);
    }
    mk_buf_release(&text);
    return st;
}

/* ---- the fit ---- */

static void show(void *ctx, size_t done, size_t total)
{
    MkTrainRun *const run = ctx;
    run->progress.step = done;
    run->progress.steps = total;
    run->progress.fraction = total > 0 ? (double)done / (double)total : 1.0;
    mk_train_tell(run, false);
}

static MkStatus fit(MkTrainRun *run, const MkModel *model, MkRecalibration *out, size_t *n_people,
                    MkError *err)
{
    size_t *rows = NULL;
    double *weights = NULL;
    bool *const apart = mk_arena_zeros(run->arena, run->cohort->n_tables + 1, sizeof *apart);
    if (apart == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0; t < run->cohort->n_tables; t++) {
        apart[t] = mk_train_is_apart(run->config, run->cohort->names[t]);
    }
    MK_TRY(choose_people(run, &rows, &weights, n_people, err));
    const MkCalibrationFit job = {.model = model,
                                  .cohort = run->cohort,
                                  .rows = rows,
                                  .n_rows = *n_people,
                                  .weights = weights,
                                  .source_known = run->config->source_known,
                                  .apart = apart,
                                  .seed = run->config->seed,
                                  .pool = run->pool,
                                  .cancel = run->hooks->cancel,
                                  .progress = show,
                                  .progress_ctx = run};
    return mk_calibration_fit(&job, run->arena, out, err);
}

MkStatus mk_train_calibrate(MkTrainRun *run, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    MkModel *model = NULL;
    MkRecalibration calibration = {.n = 0};
    size_t n_people = 0;
    run->progress.phase = "calibration";
    run->progress.fraction = 0.0;
    mk_train_tell(run, true);
    MK_TRY(mk_model_open(path, &model, err));
    if (run->config->calibration && run->n_valid > 0 && !run->kind->samples) {
        MK_TRY_GOTO(fit(run, model, &calibration, &n_people, err));
    }
    const MkRenewal renewal = {.calibration = &calibration};
    MK_TRY_GOTO(mk_model_rewrite(model, &renewal, path, err));
    st = tell(run, &calibration, n_people, path, err);
done:
    run->progress.fraction = 1.0;
    mk_model_free(model);
    return st;
}

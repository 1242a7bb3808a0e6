/* calibrate_ask.c - people are asked for what they have (calibrate_fit.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/calibrate_fit.h"
#include "model/dataset.h"
#include "model/kind.h"
#include "model/mae/mask.h"
#include "src/base/rng.h"

enum { MAX_KNOWN = 256, MAX_TARGETS = 128, BANDS = MK_CALIBRATION_BANDS };

/* A person's questions: few known and related ones known are many small situations, so twice. */
static const MkMaskKind questions[] = {MK_MASK_FEW,     MK_MASK_FEW,   MK_MASK_RELATED,
                                       MK_MASK_RELATED, MK_MASK_RATIO, MK_MASK_BLOCK,
                                       MK_MASK_ANCHOR,  MK_MASK_SOURCE};
enum { QUESTIONS = sizeof questions / sizeof *questions };

typedef struct Worker {
    MkArena *arena;
    uint32_t *scratch, *known, *targets; /* of mk_masker_draw */
    float *weight;
    MkError err;
} Worker;

typedef struct Ask {
    const MkCalibrationFit *fit;
    const MkModel *model; /* raw */
    MkMasker masker;
    MkDataset people;
    Worker *workers;
    MkAnswers *answers; /* (n_rows) */
    atomic_bool failed;
    atomic_size_t done;
} Ask;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static double strength(const void *ctx, size_t a, size_t b)
{
    return fabs(mk_model_correlation(ctx, a, b));
}

/* ---- one person ---- */

/* Where the value stands in an answer; as src/eval/judge.c does. */
static void place(const MkDistribution *d, double x, MkAnswer *out)
{
    const MkAttribute *const a = d->attribute;
    const double half = mk_type_is_number(a->type) ? 0.5 * a->resolution : 0.0;
    out->low = (float)(half > 0.0 ? mk_dist_cdf(d, x - half) : mk_dist_cdf_below(d, x));
    out->high = (float)mk_dist_cdf(d, x + half);
}

/* Adds what became of an answer. */
static void take(const MkDistribution *d, size_t j, double x, size_t n_known,
                 const MkCalibrationEvidence *evidence, size_t person, MkAnswers *out)
{
    MkAnswer *const a = &out->cells[out->n++];
    *a = (MkAnswer){.key = (uint32_t)(j * BANDS + mk_calibration_band(n_known, BANDS)),
                    .person = (uint32_t)person,
                    .evidence = *evidence};
    if (d->attribute->type != MK_CATEGORICAL) {
        place(d, x, a);
    }
    if (d->kind == MK_DIST_LEVELS) {
        a->first = (uint32_t)out->n_p;
        a->level = (uint32_t)x;
        for (size_t k = 0; k < d->n; k++) {
            out->p[out->n_p++] = (float)d->p[k];
        }
    }
}

static MkStatus ask_once(const Ask *ask, const MkGroup *g, size_t row, size_t person,
                         MkMaskKind kind, MkRng *rng, Worker *w, MkAnswers *out, MkError *err)
{
    const float *const values = g->values + row * g->n;
    size_t n_known = 0, n_targets = 0;
    MkMasker masker = ask->masker; /* every second person is told all that the mask leaves */
    masker.max_known = (person >> 1) % 2 == 0 ? masker.max_known : masker.n;
    mk_masker_draw(&masker, kind, g, row, rng, w->scratch, w->known, &n_known, w->targets,
                   w->weight, &n_targets);
    if (n_known == 0 || n_targets == 0) {
        return MK_OK;
    }
    MkPoint *const known = mk_arena_array(w->arena, n_known, sizeof *known);
    size_t *const targets = mk_arena_array(w->arena, n_targets, sizeof *targets);
    MkDistribution *const answers = mk_arena_array(w->arena, n_targets, sizeof *answers);
    MkCalibrationEvidence *const evidence = mk_arena_array(w->arena, n_targets, sizeof *evidence);
    if (known == NULL || targets == NULL || answers == NULL || evidence == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n_known; i++) {
        known[i] = (MkPoint){g->attributes[w->known[i]], (double)values[w->known[i]]};
    }
    for (size_t t = 0; t < n_targets; t++) {
        targets[t] = g->attributes[w->targets[t]];
    }
    MK_TRY(
        mk_model_posterior(ask->model, known, n_known, targets, n_targets, w->arena, answers, err));
    MK_TRY(mk_calibration_evidence(ask->model, known, n_known, targets, n_targets, w->arena,
                                   evidence, err));
    for (size_t t = 0; t < n_targets; t++) {
        const size_t j = targets[t];
        MK_TRY(mk_calibration_cells(mk_model_marginal(ask->model, j), w->arena, &answers[t], err));
        take(&answers[t], j, (double)values[w->targets[t]], n_known, &evidence[t], person, out);
    }
    return MK_OK;
}

/* What a person said, in memory of its own. */
static MkStatus keep(const MkAnswers *said, MkAnswers *out, MkError *err)
{
    out->cells = mk_heap_array(said->n + 1, sizeof *out->cells);
    out->p = mk_heap_array(said->n_p + 1, sizeof *out->p);
    if (out->cells == NULL || out->p == NULL) {
        return no_memory(err);
    }
    out->n = said->n;
    out->n_p = said->n_p;
    memcpy(out->cells, said->cells, said->n * sizeof *said->cells);
    memcpy(out->p, said->p, said->n_p * sizeof *said->p);
    return MK_OK;
}

static MkStatus ask_person(const Ask *ask, size_t person, Worker *w, MkError *err)
{
    size_t row = person;
    const MkGroup *const g = &ask->people.groups[mk_dataset_group(&ask->people, &row)];
    MkRng rng = mk_rng(ask->fit->seed, MK_RNG_CALIBRATION, ask->people.rows[person]);
    const size_t room = (size_t)QUESTIONS * MAX_TARGETS;
    MkAnswers said = {.cells = mk_arena_array(w->arena, room, sizeof *said.cells),
                      .p = mk_arena_array(w->arena, room * MK_CELLS_MAX, sizeof *said.p)};
    if (said.cells == NULL || said.p == NULL) {
        return no_memory(err);
    }
    const MkMark top = mk_arena_mark(w->arena);
    for (size_t q = 0; q < QUESTIONS && !mk_cancelled(ask->fit->cancel); q++) {
        if (questions[q] != MK_MASK_SOURCE || ask->people.n_groups > 1) {
            MK_TRY(ask_once(ask, g, row, person, questions[q], &rng, w, &said, err));
            mk_arena_rewind(w->arena, top);
        }
    }
    return keep(&said, &ask->answers[person], err);
}

static void ask_task(void *ctx, size_t person, size_t worker)
{
    Ask *const ask = ctx;
    Worker *const w = &ask->workers[worker];
    if (atomic_load(&ask->failed) || mk_cancelled(ask->fit->cancel)) {
        return;
    }
    const MkMark top = mk_arena_mark(w->arena);
    const MkStatus st = ask_person(ask, person, w, &w->err);
    mk_arena_rewind(w->arena, top);
    if (st != MK_OK) {
        w->err.status = st;
        atomic_store(&ask->failed, true);
    }
    const size_t done = atomic_fetch_add(&ask->done, 1) + 1;
    if (worker == 0 && ask->fit->progress != NULL) {
        ask->fit->progress(ask->fit->progress_ctx, done, ask->fit->n_rows);
    }
}

/* ---- everybody ---- */

static MkStatus make_masker(Ask *ask, MkError *err)
{
    const MkCalibrationFit *const fit = ask->fit;
    const size_t n = ask->model->schema->n;
    MkMasker *const m = &ask->masker;
    MK_TRY(mk_masker_init(m, ask->model->schema, n < MAX_KNOWN ? n : MAX_KNOWN, MAX_TARGETS, err));
    MK_TRY(mk_masker_relate(m, strength, ask->model, err));
    MK_TRY(mk_masker_sources(m, &ask->people, err));
    m->source_known = fit->source_known;
    for (size_t g = 0; g < m->n_sources; g++) {
        m->apart[g] = fit->apart != NULL && fit->apart[m->sources[g]];
    }
    return MK_OK;
}

static bool make_workers(Ask *ask, size_t n)
{
    const size_t columns = ask->model->schema->n;
    ask->workers = mk_heap_array(n, sizeof *ask->workers);
    for (size_t i = 0; ask->workers != NULL && i < n; i++) {
        Worker *const w = &ask->workers[i];
        w->arena = mk_arena_new(0);
        if (w->arena == NULL) {
            return false;
        }
        w->scratch = mk_arena_zeros(w->arena, 3 * columns, sizeof *w->scratch);
        w->known = mk_arena_array(w->arena, columns + MAX_KNOWN + 1, sizeof *w->known);
        w->targets = mk_arena_array(w->arena, MAX_TARGETS + 1, sizeof *w->targets);
        w->weight = mk_arena_array(w->arena, MAX_TARGETS + 1, sizeof *w->weight);
        if (w->scratch == NULL || w->known == NULL || w->targets == NULL || w->weight == NULL) {
            return false;
        }
    }
    return ask->workers != NULL;
}

/* What all said, one person after the other. */
static MkStatus gather(const Ask *ask, MkAnswers *out, MkError *err)
{
    const size_t n = ask->fit->n_rows;
    MkAnswers all = {0};
    for (size_t i = 0; i < n; i++) {
        all.n += ask->answers[i].n;
        all.n_p += ask->answers[i].n_p;
    }
    all.cells = mk_heap_array(all.n + 1, sizeof *all.cells);
    all.p = mk_heap_array(all.n_p + 1, sizeof *all.p);
    if (all.cells == NULL || all.p == NULL || all.n_p > UINT32_MAX) {
        mk_answers_free(&all);
        return no_memory(err);
    }
    all.n = all.n_p = 0;
    for (size_t i = 0; i < n; i++) {
        MkAnswers *const own = &ask->answers[i];
        for (size_t c = 0; c < own->n; c++) {
            all.cells[all.n] = own->cells[c];
            all.cells[all.n++].first += (uint32_t)all.n_p;
        }
        memcpy(all.p + all.n_p, own->p, own->n_p * sizeof *own->p);
        all.n_p += own->n_p;
        mk_answers_free(own);
    }
    *out = all;
    return MK_OK;
}

static MkStatus ask_all(Ask *ask, MkAnswers *out, MkError *err)
{
    const MkCalibrationFit *const fit = ask->fit;
    const size_t n_workers = fit->pool != NULL ? mk_pool_size(fit->pool) : 1;
    MkStatus st = make_masker(ask, err);
    if (st == MK_OK && !make_workers(ask, n_workers)) {
        st = no_memory(err);
    }
    if (st == MK_OK) {
        mk_pool_run(fit->pool, fit->n_rows, ask_task, ask);
        st = mk_cancelled(fit->cancel) ? mk_fail(err, MK_ECANCEL, "interrupted") : MK_OK;
    }
    for (size_t w = 0; ask->workers != NULL && w < n_workers; w++) {
        if (st == MK_OK && ask->workers[w].err.status != MK_OK) {
            st = mk_fail(err, ask->workers[w].err.status, "%s", ask->workers[w].err.text);
        }
        mk_arena_free(ask->workers[w].arena);
    }
    free(ask->workers);
    mk_masker_release(&ask->masker);
    return st == MK_OK ? gather(ask, out, err) : st;
}

void mk_answers_free(MkAnswers *answers)
{
    free(answers->cells);
    free(answers->p);
    *answers = (MkAnswers){0};
}

MkStatus mk_calibration_ask(const MkCalibrationFit *fit, MkAnswers *out, MkError *err)
{
    MkStatus st = MK_OK;
    Ask ask = {.fit = fit, .model = mk_model_raw(fit->model)};
    MkArena *const arena = mk_arena_new(0);
    *out = (MkAnswers){0};
    ask.answers = mk_heap_array(fit->n_rows + 1, sizeof *ask.answers);
    if (arena == NULL || ask.answers == NULL) {
        st = no_memory(err);
        goto done;
    }
    if (fit->n_rows > 0) {
        MK_TRY_GOTO(mk_dataset_encode(fit->cohort, fit->rows, fit->n_rows, NULL,
                                      ask.model->marginals, arena, &ask.people, err));
        st = ask_all(&ask, out, err);
    }
done:
    for (size_t i = 0; ask.answers != NULL && i < fit->n_rows; i++) {
        mk_answers_free(&ask.answers[i]);
    }
    free(ask.answers);
    mk_arena_free(arena);
    return st;
}

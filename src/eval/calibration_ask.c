/* calibration_ask.c - held-out people are asked with random parts of what they have. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/eval/people.h"

enum {
    PEOPLE = 280, /* of a source, at most */
    TARGETS = 128,
    QUICK_PEOPLE = 40,
    QUICK_TARGETS = 64,
    MOST_KNOWN = 256,
    SUPPORT_KNOWN = 50 /* more known values take long to compare */
};

const double mk_calibrated_strata[MK_CALIBRATED_STRATA] = {0.01, 0.05, 0.2, 1.0};

static const size_t least_known[MK_BOARD_BANDS] = {0, 1, 4, 11, 51};
static const size_t most_known[MK_BOARD_BANDS] = {0, 3, 10, 50, MOST_KNOWN};

typedef struct Worker {
    MkArena *arena;
    MkError err;
} Worker;

typedef struct Ask {
    const MkTrial *trial;
    const MkModel *raw;
    size_t source; /* attribute that is neither told nor asked; schema->n: none */
    const size_t *rows;
    size_t n_rows, n_targets;
    MkDistribution *nothing; /* (schema->n) raw answers with nothing known */
    MkCalibratedCells *said; /* (n_rows) */
    Worker *workers;
    atomic_bool failed;
    atomic_size_t done;
} Ask;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- one person ---- */

static bool is_judged(const Ask *ask, size_t j)
{
    const MkYard *const yard = &ask->trial->yards[j];
    const MkAttribute *const a = &mk_model_schema(ask->raw)->attributes[j];
    return yard->n > 0 && (!mk_type_is_number(a->type) || yard->sd > 0.0);
}

/* One answer, raw (which 0) or recalibrated. */
static void judge(const Ask *ask, const MkDistribution *answer, double x, size_t n_known,
                  size_t which, MkCalibrated *out)
{
    const MkYard *const yard = &ask->trial->yards[out->attribute];
    out->is_number = mk_type_is_number(answer->attribute->type);
    out->base = (float)-mk_dist_log_prob(mk_model_population(ask->raw, out->attribute), x);
    out->score[which] = mk_judge_answer(answer, yard, x, 0.9);
    out->score[which].n_known = (uint32_t)n_known;
    out->width[which] =
        out->is_number
            ? (float)((mk_dist_quantile(answer, 0.95) - mk_dist_quantile(answer, 0.05)) / yard->sd)
            : (float)mk_dist_level(answer, (size_t)mk_dist_mode(answer));
}

static uint8_t stratum_of(double support)
{
    uint8_t s = 0;
    while (s + 1 < MK_CALIBRATED_STRATA && support >= mk_calibrated_strata[s]) {
        s++;
    }
    return s;
}

/* A person's question with n_known of its values, the first ones of `seen` (n). */
static MkStatus ask_band(const Ask *ask, size_t person, size_t band, const size_t *seen, size_t n,
                         size_t n_known, MkArena *arena, MkCalibratedCells *out, MkError *err)
{
    const MkTrial *const trial = ask->trial;
    const size_t row = ask->rows[person];
    MkPoint known[MOST_KNOWN];
    size_t targets[TARGETS], n_targets = 0;
    MkDistribution answers[TARGETS];
    double support = 1.0;
    for (size_t i = 0; i < n_known; i++) {
        known[i] = (MkPoint){seen[i], mk_cohort_get(trial->judged, row, seen[i])};
    }
    for (size_t i = n_known; i < n && n_targets < ask->n_targets; i++) {
        if (is_judged(ask, seen[i])) {
            targets[n_targets++] = seen[i];
        }
    }
    for (size_t t = 0; n_known == 0 && t < n_targets; t++) {
        answers[t] = ask->nothing[targets[t]];
    }
    if (n_known > 0) {
        MK_TRY(
            mk_model_posterior(ask->raw, known, n_known, targets, n_targets, arena, answers, err));
    }
    const bool has_support = n_known > 1 && n_known <= SUPPORT_KNOWN;
    if (has_support) {
        MK_TRY(mk_model_support(ask->raw, known, n_known, arena, &support, err));
    }
    for (size_t which = 0; which < 2; which++) {
        for (size_t t = 0; t < n_targets; t++) {
            MkCalibrated *const c = &out->cells[out->n + t];
            c->attribute = (uint32_t)targets[t];
            c->person = (uint32_t)person;
            c->band = (uint8_t)band;
            c->stratum = has_support ? stratum_of(support) : MK_CALIBRATED_STRATA;
            judge(ask, &answers[t], mk_cohort_get(trial->judged, row, targets[t]), n_known, which,
                  c);
        }
        if (which == 0) {
            MK_TRY(mk_model_recalibrate(trial->model, known, n_known, targets, n_targets, arena,
                                        answers, err));
        }
    }
    out->n += n_targets;
    return MK_OK;
}

static MkStatus ask_person(const Ask *ask, size_t person, MkArena *arena, MkError *err)
{
    const size_t n_all = mk_model_schema(ask->raw)->n;
    MkRng rng = mk_rng(ask->trial->seed, MK_RNG_CALIBRATION, ask->rows[person]);
    size_t *const seen = mk_arena_array(arena, n_all + 1, sizeof *seen);
    const size_t room = MK_BOARD_BANDS * ask->n_targets;
    MkCalibratedCells said = {.cells = mk_arena_array(arena, room, sizeof *said.cells)};
    size_t n = 0;
    if (seen == NULL || said.cells == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n_all; j++) {
        if (j != ask->source && !isnan(mk_cohort_get(ask->trial->judged, ask->rows[person], j))) {
            seen[n++] = j;
        }
    }
    const MkMark top = mk_arena_mark(arena);
    for (size_t b = 0; b < MK_BOARD_BANDS && n > least_known[b]; b++) {
        const size_t most = n - 1 < most_known[b] ? n - 1 : most_known[b];
        mk_rng_shuffle(&rng, seen, n);
        const size_t n_known = least_known[b] + mk_rng_below(&rng, most - least_known[b] + 1);
        MK_TRY(ask_band(ask, person, b, seen, n, n_known, arena, &said, err));
        mk_arena_rewind(arena, top);
    }
    MkCalibratedCells *const kept = &ask->said[person];
    kept->cells = mk_heap_array(said.n + 1, sizeof *kept->cells);
    if (kept->cells == NULL) {
        return no_memory(err);
    }
    kept->n = said.n;
    memcpy(kept->cells, said.cells, said.n * sizeof *said.cells);
    return MK_OK;
}

static void ask_task(void *ctx, size_t person, size_t worker)
{
    Ask *const ask = ctx;
    Worker *const w = &ask->workers[worker];
    if (atomic_load(&ask->failed)) {
        return;
    }
    const MkMark top = mk_arena_mark(w->arena);
    MkStatus st = ask_person(ask, person, w->arena, &w->err);
    mk_arena_rewind(w->arena, top);
    const size_t done = atomic_fetch_add(&ask->done, 1) + 1;
    if (st == MK_OK && worker == 0) {
        st = mk_trial_goes_on(ask->trial, 0.95 * (double)done / (double)ask->n_rows, &w->err);
    }
    if (st != MK_OK) {
        w->err.status = st;
        atomic_store(&ask->failed, true);
    }
}

/* ---- everybody ---- */

static MkStatus ask_nothing(Ask *ask, MkArena *arena, MkError *err)
{
    const size_t n = mk_model_schema(ask->raw)->n;
    size_t *const targets = mk_arena_array(arena, n, sizeof *targets);
    ask->nothing = mk_arena_array(arena, n, sizeof *ask->nothing);
    if (targets == NULL || ask->nothing == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        targets[j] = j;
    }
    return mk_model_posterior(ask->raw, NULL, 0, targets, n, arena, ask->nothing, err);
}

static MkStatus gather(const Ask *ask, MkArena *arena, MkCalibratedCells *out, MkError *err)
{
    *out = (MkCalibratedCells){.n_people = ask->n_rows};
    for (size_t i = 0; i < ask->n_rows; i++) {
        out->n += ask->said[i].n;
    }
    out->cells = mk_arena_array(arena, out->n + 1, sizeof *out->cells);
    if (out->cells == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0, at = 0; i < ask->n_rows; i++) {
        memcpy(out->cells + at, ask->said[i].cells, ask->said[i].n * sizeof *out->cells);
        at += ask->said[i].n;
    }
    return MK_OK;
}

static MkStatus run(Ask *ask, size_t n_workers, MkError *err)
{
    for (size_t w = 0; w < n_workers; w++) {
        ask->workers[w].arena = mk_arena_new(0);
        if (ask->workers[w].arena == NULL) {
            return no_memory(err);
        }
    }
    mk_pool_run(ask->trial->pool, ask->n_rows, ask_task, ask);
    for (size_t w = 0; w < n_workers; w++) {
        if (ask->workers[w].err.status != MK_OK) {
            return mk_fail(err, ask->workers[w].err.status, "%s", ask->workers[w].err.text);
        }
    }
    return MK_OK;
}

MkStatus mk_calibrated_ask(const MkTrial *trial, MkArena *arena, MkCalibratedCells *out,
                           MkError *err)
{
    const size_t n_workers = trial->pool != NULL ? mk_pool_size(trial->pool) : 1;
    Ask ask = {.trial = trial,
               .raw = mk_model_raw(trial->model),
               .n_targets = trial->is_quick ? QUICK_TARGETS : TARGETS};
    if (!mk_schema_find(mk_model_schema(trial->model), "source", &ask.source)) {
        ask.source = mk_model_schema(trial->model)->n;
    }
    size_t *const rows = mk_arena_array(arena, trial->n_rows + 1, sizeof *rows);
    if (rows == NULL) {
        return no_memory(err);
    }
    const size_t most = trial->judged->n_tables == 1 ? 4 : 1; /* one source: more of it */
    ask.n_rows = mk_people_thin(trial->judged, trial->rows, trial->n_rows,
                                most * (trial->is_quick ? QUICK_PEOPLE : PEOPLE), rows);
    ask.rows = rows;
    MK_TRY(ask_nothing(&ask, arena, err));
    ask.said = mk_heap_array(ask.n_rows + 1, sizeof *ask.said);
    ask.workers = mk_heap_array(n_workers, sizeof *ask.workers);
    MkStatus st =
        ask.said != NULL && ask.workers != NULL ? run(&ask, n_workers, err) : no_memory(err);
    if (st == MK_OK) {
        st = gather(&ask, arena, out, err);
    }
    for (size_t w = 0; ask.workers != NULL && w < n_workers; w++) {
        mk_arena_free(ask.workers[w].arena);
    }
    for (size_t i = 0; ask.said != NULL && i < ask.n_rows; i++) {
        free(ask.said[i].cells);
    }
    free(ask.workers);
    free(ask.said);
    return st;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/orders.h"

#include <math.h>
#include <string.h>

#include "model/draw.h"
#include "src/eval/energy.h"

enum {
    DENSITIES = MK_ORDERS + 2, /* of a person: every order, then marginals, then base */
    TASKS = DENSITIES + 1,     /* and the energy score */
    ATTRIBUTES_LEAST = 2,
    PEOPLE_LEAST = 20 /* of a source, or half of its people */
};

static const double had = 0.5; /* of the people, for an attribute to be taken */

/* People of one source and the attributes that they all have. */
typedef struct Part {
    size_t first, n; /* people of the job */
    size_t *people;  /* (n) of the cohort */
    size_t n_attributes;
    size_t *attributes; /* (n_attributes) */
    bool has_source;
    size_t source;         /* attribute */
    double *values;        /* (n, n_attributes) */
    double *known;         /* (n) of `source` */
    double *log_p;         /* (n, DENSITIES) */
    MkEnergyScore *energy; /* (n) */
} Part;

typedef struct Work {
    const MkOrdersJob *job;
    Part *parts;
    MkStatus *status;
    MkError *errors;
} Work;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- whom and what ---- */

static double value_of(const MkOrdersJob *job, size_t person, size_t j)
{
    return mk_cohort_get(job->cohort, person, j);
}

static size_t people_with(const MkOrdersJob *job, const Part *p, const bool *is_in, size_t j)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        n += is_in[i] && !isnan(value_of(job, p->people[i], j)) ? 1 : 0;
    }
    return n;
}

/* Takes attributes by chance as long as enough people have all of them; is_in (n) says who. */
static MkStatus take_attributes(const MkOrdersJob *job, Part *p, bool *is_in, MkArena *arena,
                                MkError *err)
{
    const size_t n = mk_model_schema(job->model)->n;
    const size_t half = (p->n + 1) / 2, least = half < PEOPLE_LEAST ? half : PEOPLE_LEAST;
    size_t *const order = mk_arena_array(arena, n, sizeof *order);
    p->attributes = mk_arena_array(arena, MK_ORDERS_ATTRIBUTES, sizeof *p->attributes);
    if (order == NULL || p->attributes == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        order[j] = j;
    }
    for (size_t i = 0; i < p->n; i++) {
        is_in[i] = true;
    }
    MkRng rng = mk_rng(job->seed, MK_RNG_ORDER, p->first);
    mk_rng_shuffle(&rng, order, n);
    for (size_t k = 0, left = p->n; k < n && p->n_attributes < MK_ORDERS_ATTRIBUTES; k++) {
        const size_t with = people_with(job, p, is_in, order[k]);
        const bool follows = mk_model_schema(job->model)->attributes[order[k]].rule[0] != '\0';
        if (order[k] == p->source || follows || with < least || (double)with < had * (double)left) {
            continue;
        }
        for (size_t i = 0; i < p->n; i++) {
            is_in[i] = is_in[i] && !isnan(value_of(job, p->people[i], order[k]));
        }
        p->attributes[p->n_attributes++] = order[k];
        left = with;
    }
    return MK_OK;
}

/* Leaves of the people at most `most` who have everything, with their values. */
static MkStatus take_values(const MkOrdersJob *job, Part *p, const bool *is_in, size_t most,
                            MkArena *arena, MkError *err)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n && n < most; i++) {
        if (is_in[i]) {
            p->people[n++] = p->people[i];
        }
    }
    p->n = p->n_attributes >= ATTRIBUTES_LEAST ? n : 0;
    p->values = mk_arena_array(arena, p->n * p->n_attributes + 1, sizeof *p->values);
    p->known = mk_arena_array(arena, p->n + 1, sizeof *p->known);
    p->log_p = mk_arena_zeros(arena, p->n * DENSITIES + 1, sizeof *p->log_p);
    p->energy = mk_arena_zeros(arena, p->n + 1, sizeof *p->energy);
    if (p->values == NULL || p->known == NULL || p->log_p == NULL || p->energy == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->n_attributes; k++) {
            p->values[i * p->n_attributes + k] = value_of(job, p->people[i], p->attributes[k]);
        }
        p->known[i] = p->has_source ? value_of(job, p->people[i], p->source) : NAN;
    }
    for (size_t i = 0; i < p->n; i++) {
        p->has_source = p->has_source && !isnan(p->known[i]);
    }
    return MK_OK;
}

static MkStatus make_parts(const MkOrdersJob *job, MkArena *arena, Part *parts, MkError *err)
{
    const size_t n_tables = job->cohort->n_tables, n = mk_model_schema(job->model)->n;
    size_t at = 0, used = 0, source = n; /* used: sources with people */
    const bool has_source = mk_schema_find(mk_model_schema(job->model), "source", &source);
    for (size_t t = 0; t < n_tables; t++) {
        Part *const p = &parts[t];
        *p = (Part){.first = at, .source = source, .has_source = has_source && job->tells_source};
        while (at < job->n_rows && job->rows[at] < job->cohort->first[t + 1]) {
            at++;
        }
        p->n = at - p->first;
        used += p->n > 0 ? 1 : 0;
    }
    used = used > 0 ? used : 1;
    for (size_t t = 0; t < n_tables; t++) {
        Part *const p = &parts[t];
        bool *const is_in = mk_arena_array(arena, p->n + 1, sizeof *is_in);
        p->people = mk_arena_array(arena, p->n + 1, sizeof *p->people);
        if (is_in == NULL || p->people == NULL) {
            return no_memory(err);
        }
        memcpy(p->people, job->rows + p->first, p->n * sizeof *p->people);
        MK_TRY(take_attributes(job, p, is_in, arena, err));
        MK_TRY(take_values(job, p, is_in, (MK_ORDERS_PEOPLE + used - 1) / used, arena, err));
    }
    return MK_OK;
}

/* ---- densities ---- */

/* One column of log_p: an order of the kind, the marginals or the base. */
static MkStatus run_density(const MkOrdersJob *job, const Part *p, size_t density, MkArena *arena,
                            MkError *err)
{
    const size_t k = p->n_attributes;
    const MkDrawOrder order = {.known = &p->source,
                               .n_known = p->has_source ? 1 : 0,
                               .targets = p->attributes,
                               .n_targets = k,
                               .n_groups = k,
                               .seed = job->seed + density,
                               .by = density < MK_ORDERS    ? MK_DRAW_BY_KIND
                                     : density == MK_ORDERS ? MK_DRAW_BY_MARGINALS
                                                            : MK_DRAW_BY_BASE};
    MkDrawer *drawer = NULL;
    MK_TRY(mk_drawer_new(job->model, &order, &drawer, err));
    MkStatus st = MK_OK;
    for (size_t first = 0; st == MK_OK && first < p->n; first += MK_DRAW_PERSONS) {
        const size_t left = p->n - first, n = left < MK_DRAW_PERSONS ? left : MK_DRAW_PERSONS;
        const MkMark mark = mk_arena_mark(arena);
        double *const out = mk_arena_array(arena, n * k, sizeof *out);
        double log_p[MK_DRAW_PERSONS];
        MkRng streams[MK_DRAW_PERSONS];
        for (size_t b = 0; b < n; b++) {
            streams[b] = mk_rng(job->seed + density, MK_RNG_SAMPLE, p->people[first + b]);
        }
        st = out != NULL ? MK_OK : no_memory(err);
        if (st == MK_OK && mk_cancelled(job->cancel)) {
            st = mk_fail(err, MK_ECANCEL, "interrupted");
        }
        if (st == MK_OK) {
            st = mk_drawer_run(drawer, p->known + first, n, streams, p->values + first * k, arena,
                               out, log_p, NULL, err);
        }
        for (size_t b = 0; st == MK_OK && b < n; b++) {
            p->log_p[(first + b) * DENSITIES + density] = log_p[b];
        }
        mk_arena_rewind(arena, mark);
    }
    mk_drawer_free(drawer);
    return st;
}

/* The later half of the attributes given the first one. */
static MkStatus run_energy(const MkOrdersJob *job, const Part *p, MkArena *arena, MkError *err)
{
    const size_t half = p->n_attributes / 2, n_known = half + (p->has_source ? 1 : 0);
    const size_t n_targets = p->n_attributes - half;
    size_t known[MK_ORDERS_ATTRIBUTES + 1];
    double *const given = mk_arena_array(arena, p->n * n_known + 1, sizeof *given);
    double *const values = mk_arena_array(arena, p->n * n_targets, sizeof *values);
    if (given == NULL || values == NULL) {
        return no_memory(err);
    }
    memcpy(known, p->attributes, half * sizeof *known);
    known[half] = p->source;
    for (size_t i = 0; i < p->n; i++) {
        const double *const own = p->values + i * p->n_attributes;
        memcpy(given + i * n_known, own, half * sizeof *given);
        if (p->has_source) {
            given[i * n_known + half] = p->known[i];
        }
        memcpy(values + i * n_targets, own + half, n_targets * sizeof *values);
    }
    const MkEnergyJob energy = {.model = job->model,
                                .yards = job->yards,
                                .known = known,
                                .n_known = n_known,
                                .targets = p->attributes + half,
                                .n_targets = n_targets,
                                .given = given,
                                .values = values,
                                .n = p->n,
                                .seed = job->seed + p->first,
                                .cancel = job->cancel};
    return mk_energy_scores(&energy, arena, p->energy, err);
}

static void part_task(void *ctx, size_t i, size_t worker)
{
    (void)worker;
    const Work *const w = ctx;
    const Part *const p = &w->parts[i / TASKS];
    const size_t task = i % TASKS;
    if (p->n == 0 || (task == DENSITIES && w->job->yards == NULL)) {
        return;
    }
    MkArena *const arena = mk_arena_new(0);
    if (arena == NULL) {
        w->status[i] = no_memory(&w->errors[i]);
    } else if (task == DENSITIES) {
        w->status[i] = run_energy(w->job, p, arena, &w->errors[i]);
    } else {
        w->status[i] = run_density(w->job, p, task, arena, &w->errors[i]);
    }
    mk_arena_free(arena);
}

/* ---- sums ---- */

/* What a person adds: 1, attributes, those of the block, then the figures. */
enum { PEOPLE, ATTRIBUTES, BLOCK, JOINT, MARGINALS, BASE, SPREAD, ENERGY, SHUFFLED, SUMS };
enum { FIGURES = 11 };

static void add_person(const Part *p, size_t person, bool has_energy, double *out)
{
    const double *const log_p = p->log_p + person * DENSITIES;
    const double n = (double)p->n_attributes;
    double sum = 0.0, off = 0.0;
    for (size_t o = 0; o < MK_ORDERS; o++) {
        sum += log_p[o] / MK_ORDERS;
    }
    for (size_t o = 0; o < MK_ORDERS; o++) {
        off += (log_p[o] - sum) * (log_p[o] - sum) / (MK_ORDERS - 1);
    }
    out[PEOPLE] = 1.0;
    out[ATTRIBUTES] = n;
    out[BLOCK] = (double)(p->n_attributes - p->n_attributes / 2);
    out[JOINT] = sum / n;
    out[MARGINALS] = log_p[MK_ORDERS] / n;
    out[BASE] = log_p[MK_ORDERS + 1] / n;
    out[SPREAD] = sqrt(off) / n;
    out[ENERGY] = has_energy ? p->energy[person].joint : NAN;
    out[SHUFFLED] = has_energy ? p->energy[person].shuffled : NAN;
}

static void make_figures(const double *sums, double *out)
{
    const double n = sums[PEOPLE], gain = (sums[JOINT] - sums[MARGINALS]) / n;
    const double spread = sums[SPREAD] / n;
    out[0] = sums[ATTRIBUTES] / n;
    out[1] = sums[BLOCK] / n;
    out[2] = sums[JOINT] / n;
    out[3] = sums[MARGINALS] / n;
    out[4] = sums[BASE] / n;
    out[5] = gain;
    out[6] = spread;
    out[7] = gain > 1e-9 ? spread / gain : NAN;
    out[8] = sums[ENERGY] / n;
    out[9] = sums[SHUFFLED] / n;
    out[10] = (sums[SHUFFLED] - sums[ENERGY]) / n;
}

static MkStatus sum_up(const MkOrdersJob *job, const Part *parts, MkArena *arena, MkOrders *out,
                       MkError *err)
{
    MkMeasured f[FIGURES];
    size_t n = 0;
    *out = (MkOrders){.n_people = 0};
    for (size_t t = 0; t < job->cohort->n_tables; t++) {
        n += parts[t].n;
    }
    if (n == 0) {
        return MK_OK;
    }
    double *const people = mk_arena_array(arena, n * SUMS, sizeof *people);
    if (people == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0, at = 0; t < job->cohort->n_tables; t++) {
        for (size_t i = 0; i < parts[t].n; i++) {
            add_person(&parts[t], i, job->yards != NULL, people + at++ * SUMS);
        }
    }
    const MkResampled all = {people, n, SUMS, FIGURES, make_figures, job->seed};
    MK_TRY(mk_resample(&all, f, err));
    *out = (MkOrders){.n_people = n,
                      .n_attributes = f[0].value,
                      .n_block = f[1].value,
                      .joint = f[2],
                      .marginals = f[3],
                      .base = f[4],
                      .gain = f[5],
                      .spread = f[6],
                      .share = f[7],
                      .energy = f[8],
                      .shuffled = f[9],
                      .together = f[10]};
    return MK_OK;
}

MkStatus mk_orders_judge(const MkOrdersJob *job, MkArena *arena, MkOrders *out, MkError *err)
{
    const size_t n_tasks = job->cohort->n_tables * TASKS;
    Work w = {.job = job};
    w.parts = mk_arena_zeros(arena, job->cohort->n_tables, sizeof *w.parts);
    w.status = mk_arena_zeros(arena, n_tasks, sizeof *w.status);
    w.errors = mk_arena_zeros(arena, n_tasks, sizeof *w.errors);
    if (w.parts == NULL || w.status == NULL || w.errors == NULL) {
        return no_memory(err);
    }
    MK_TRY(make_parts(job, arena, w.parts, err));
    mk_pool_run(job->pool, n_tasks, part_task, &w);
    for (size_t i = 0; i < n_tasks; i++) {
        if (w.status[i] != MK_OK) {
            return mk_fail(err, w.status[i], "%s", w.errors[i].text);
        }
    }
    return sum_up(job, w.parts, arena, out, err);
}

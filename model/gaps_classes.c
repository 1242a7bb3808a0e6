#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/gaps_classes.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 60, PLACES = MK_GAPS_PLACES };

static const double enough = 1e-4;  /* nats a person: less gained is no gain */
static const double pseudo = 0.5;   /* people that every share is drawn to the whole by */
static const double seed_own = 0.8; /* of a first class: what its seed has, the rest as all have */

/* What one fit works in. */
typedef struct Fit {
    const MkGapPeople *people;
    MkGapClasses sums;
    float *log_share;        /* (k) */
    float *log_on, *log_off; /* (n_blocks, k) */
    float *log_place;        /* (n_anchors, PLACES, k) */
    float *belongs;          /* (k) of one person */
    double *share_on;        /* (n_blocks) of all people */
    double *share_place;     /* (n_anchors, PLACES) */
} Fit;

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for gaps");
}

static MkStatus fit_new(const MkGapPeople *people, size_t k, MkArena *arena, Fit *f, MkError *err)
{
    const size_t wide = people->n_blocks * k, places = people->n_anchors * PLACES;
    MkGapClasses *const s = &f->sums;
    f->people = people;
    s->n = k;
    double *const sums = mk_arena_zeros(arena, 2 * k + 4 * wide + 2 * places * k, sizeof *sums);
    float *const logs = mk_arena_zeros(arena, 2 * k + 2 * wide + places * k, sizeof *logs);
    double *const all = mk_arena_zeros(arena, people->n_blocks + places, sizeof *all);
    if (sums == NULL || logs == NULL || all == NULL) {
        return out_of_memory(err);
    }
    s->weight = sums;
    s->people = s->weight + k;
    s->on = s->people + k;
    s->off = s->on + wide;
    s->people_on = s->off + wide;
    s->people_off = s->people_on + wide;
    s->placed = s->people_off + wide;
    s->people_placed = s->placed + places * k;
    f->log_share = logs;
    f->belongs = f->log_share + k;
    f->log_on = f->belongs + k;
    f->log_off = f->log_on + wide;
    f->log_place = f->log_off + wide;
    f->share_on = all;
    f->share_place = all + people->n_blocks;
    return MK_OK;
}

/* Shares of all people, to which those of classes are drawn. */
static void share_all(Fit *f)
{
    const MkGapPeople *const p = f->people;
    for (size_t b = 0; b < p->n_blocks; b++) {
        double on = 0.5, all = 1.0;
        for (size_t i = 0; i < p->n; i++) {
            const uint8_t state = p->state[i * p->n_blocks + b];
            on += state == MK_BLOCK_ON ? p->weight[i] : 0.0;
            all += state != MK_BLOCK_OPEN ? p->weight[i] : 0.0;
        }
        f->share_on[b] = on / all;
    }
    for (size_t a = 0; a < p->n_anchors; a++) {
        double *const share = f->share_place + a * PLACES;
        double all = 0.0;
        for (size_t i = 0; i < p->n; i++) {
            const uint8_t place = p->place[i * p->n_anchors + a];
            if (place != MK_PLACE_NONE) {
                share[place] += p->weight[i];
                all += p->weight[i];
            }
        }
        for (size_t l = 0; l < PLACES; l++) {
            share[l] = (share[l] + 1.0 / PLACES) / (all + 1.0);
        }
    }
}

/* ---- seeds ---- */

static double distance(const MkGapPeople *p, size_t i, size_t seed)
{
    const uint8_t *const x = p->state + i * p->n_blocks, *const y = p->state + seed * p->n_blocks;
    size_t n = 0;
    for (size_t b = 0; b < p->n_blocks; b++) {
        n += x[b] + y[b] == MK_BLOCK_ON ? 1 : 0; /* one has it, the other has not */
    }
    return (double)n;
}

static void seed_class(Fit *f, size_t k, size_t seed)
{
    const MkGapPeople *const p = f->people;
    const size_t n = f->sums.n;
    f->log_share[k] = (float)-log((double)n);
    for (size_t b = 0; b < p->n_blocks; b++) {
        const uint8_t state = p->state[seed * p->n_blocks + b];
        const double own = state == MK_BLOCK_OPEN ? f->share_on[b] : (double)state;
        const double on = seed_own * own + (1.0 - seed_own) * f->share_on[b];
        f->log_on[b * n + k] = (float)log(on);
        f->log_off[b * n + k] = (float)log(1.0 - on);
    }
    for (size_t l = 0; l < p->n_anchors * PLACES; l++) {
        f->log_place[l * n + k] = (float)log(f->share_place[l]);
    }
}

/* Each next seed by its distance from those that there are (Arthur, Vassilvitskii 2007). */
static void seed_all(Fit *f, double *near)
{
    const MkGapPeople *const p = f->people;
    MkRng rng = mk_rng(f->sums.n, MK_RNG_GAPS, p->n);
    size_t seed = mk_rng_below(&rng, p->n);
    for (size_t i = 0; i < p->n; i++) {
        near[i] = INFINITY;
    }
    for (size_t k = 0; k < f->sums.n; k++) {
        double sum = 0.0;
        seed_class(f, k, seed);
        for (size_t i = 0; i < p->n; i++) {
            near[i] = fmin(near[i], distance(p, i, seed));
            sum += near[i];
        }
        double left = mk_rng_uniform(&rng) * sum;
        seed = mk_rng_below(&rng, p->n);
        for (size_t i = 0; sum > 0.0 && i < p->n; i++) {
            left -= near[i];
            if (left < 0.0) {
                seed = i;
                break;
            }
        }
    }
}

/* ---- steps ---- */

/* Log density of person i in every class into belongs; then how much they belong to each. Gives the
 * log density. */
static double expect(Fit *f, size_t i)
{
    const MkGapPeople *const p = f->people;
    const size_t n = f->sums.n;
    float *const sum = f->belongs;
    memcpy(sum, f->log_share, n * sizeof *sum);
    for (size_t b = 0; b < p->n_blocks; b++) {
        const uint8_t state = p->state[i * p->n_blocks + b];
        if (state != MK_BLOCK_OPEN) {
            const float *const add = (state == MK_BLOCK_ON ? f->log_on : f->log_off) + b * n;
            for (size_t k = 0; k < n; k++) {
                sum[k] += add[k];
            }
        }
    }
    for (size_t a = 0; a < p->n_anchors; a++) {
        const uint8_t place = p->place[i * p->n_anchors + a];
        const float *const add = f->log_place + (a * PLACES + place) * n;
        for (size_t k = 0; place != MK_PLACE_NONE && k < n; k++) {
            sum[k] += add[k];
        }
    }
    float most = -INFINITY;
    double total = 0.0;
    for (size_t k = 0; k < n; k++) {
        most = fmaxf(most, sum[k]);
    }
    for (size_t k = 0; k < n; k++) {
        sum[k] = expf(sum[k] - most);
        total += (double)sum[k];
    }
    for (size_t k = 0; k < n; k++) {
        sum[k] /= (float)total;
    }
    return (double)most + log(total);
}

static void add_person(Fit *f, size_t i)
{
    const MkGapPeople *const p = f->people;
    MkGapClasses *const s = &f->sums;
    const size_t n = s->n;
    const double w = p->weight[i];
    for (size_t k = 0; k < n; k++) {
        s->weight[k] += w * (double)f->belongs[k];
        s->people[k] += (double)f->belongs[k];
    }
    for (size_t b = 0; b < p->n_blocks; b++) {
        const uint8_t state = p->state[i * p->n_blocks + b];
        if (state != MK_BLOCK_OPEN) {
            const bool is_on = state == MK_BLOCK_ON;
            double *const sum = (is_on ? s->on : s->off) + b * n;
            double *const count = (is_on ? s->people_on : s->people_off) + b * n;
            for (size_t k = 0; k < n; k++) {
                sum[k] += w * (double)f->belongs[k];
                count[k] += (double)f->belongs[k];
            }
        }
    }
    for (size_t a = 0; a < p->n_anchors; a++) {
        const uint8_t place = p->place[i * p->n_anchors + a];
        for (size_t k = 0; place != MK_PLACE_NONE && k < n; k++) {
            s->placed[(a * PLACES + place) * n + k] += w * (double)f->belongs[k];
            s->people_placed[(a * PLACES + place) * n + k] += (double)f->belongs[k];
        }
    }
}

static void clear_sums(Fit *f)
{
    const size_t wide = f->people->n_blocks, places = f->people->n_anchors * PLACES;
    memset(f->sums.weight, 0, f->sums.n * (2 + 4 * wide + 2 * places) * sizeof *f->sums.weight);
}

/* Classes from their sums. */
static void maximise(Fit *f)
{
    const MkGapPeople *const p = f->people;
    const MkGapClasses *const s = &f->sums;
    const size_t n = s->n;
    for (size_t k = 0; k < n; k++) {
        const bool is_alive = s->people[k] >= (double)p->least;
        f->log_share[k] = is_alive ? (float)log(s->weight[k] / (double)p->n) : -1e30F;
    }
    for (size_t b = 0; b < p->n_blocks; b++) {
        for (size_t k = 0; k < n; k++) {
            const double on = s->on[b * n + k] + pseudo * f->share_on[b];
            const double off = s->off[b * n + k] + pseudo * (1.0 - f->share_on[b]);
            f->log_on[b * n + k] = (float)log(on / (on + off));
            f->log_off[b * n + k] = (float)log(off / (on + off));
        }
    }
    for (size_t a = 0; a < p->n_anchors; a++) {
        for (size_t k = 0; k < n; k++) {
            double all = pseudo;
            for (size_t l = a * PLACES; l < (a + 1) * PLACES; l++) {
                all += s->placed[l * n + k];
            }
            for (size_t l = a * PLACES; l < (a + 1) * PLACES; l++) {
                const double here = s->placed[l * n + k] + pseudo * f->share_place[l];
                f->log_place[l * n + k] = (float)log(here / all);
            }
        }
    }
}

/* Log density of all people; ends with the sums of the last classes. */
static MkStatus improve(Fit *f, const MkCancel *cancel, double *density, MkError *err)
{
    const MkGapPeople *const p = f->people;
    double before = -INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        *density = 0.0;
        clear_sums(f);
        if (mk_cancelled(cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        for (size_t i = 0; i < p->n; i++) {
            *density += p->weight[i] * expect(f, i);
            add_person(f, i);
        }
        if (*density - before < enough * (double)p->n) {
            break;
        }
        before = *density;
        maximise(f);
    }
    return MK_OK;
}

/* ---- how many ---- */

/* Leaves the classes with people. */
static void drop_empty(MkGapClasses *s, const MkGapPeople *people)
{
    const size_t n = s->n;
    double *const tables[] = {s->weight,    s->people,     s->on,     s->off,
                              s->people_on, s->people_off, s->placed, s->people_placed};
    const size_t blocks = people->n_blocks, places = people->n_anchors * PLACES;
    const size_t rows[] = {1, 1, blocks, blocks, blocks, blocks, places, places};
    bool is_kept[MK_GAPS_CLASSES];
    size_t left = 0;
    for (size_t k = 0; k < n; k++) {
        is_kept[k] = s->people[k] >= (double)people->least;
        left += is_kept[k] ? 1 : 0;
    }
    for (size_t t = 0; left > 0 && t < sizeof tables / sizeof *tables; t++) {
        for (size_t r = 0, to = 0; r < rows[t]; r++) {
            for (size_t k = 0; k < n; k++) {
                if (is_kept[k]) {
                    tables[t][to++] = tables[t][r * n + k];
                }
            }
        }
    }
    s->n = left > 0 ? left : n;
}

MkStatus mk_gap_classes_fit(const MkGapPeople *people, const MkCancel *cancel, MkArena *arena,
                            MkGapClasses *out, MkError *err)
{
    const double each = 1.0 + (double)(people->n_blocks + people->n_anchors * (PLACES - 1));
    double best = INFINITY;
    double *const near = mk_arena_array(arena, people->n, sizeof *near);
    if (near == NULL) {
        return out_of_memory(err);
    }
    for (size_t k = 1; k <= MK_GAPS_CLASSES && k * people->least <= people->n; k *= 2) {
        Fit fit = {0};
        double density = 0.0;
        MK_TRY(fit_new(people, k, arena, &fit, err));
        share_all(&fit);
        seed_all(&fit, near);
        MK_TRY(improve(&fit, cancel, &density, err));
        const double criterion = 2.0 * (double)k * each - 2.0 * density;
        if (!(criterion < best)) {
            break;
        }
        best = criterion;
        *out = fit.sums;
        drop_empty(out, people);
    }
    return MK_OK;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/calibrate_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/calibrate_learn.h"

enum {
    BANDS = MK_CALIBRATION_BANDS,
    KNOTS = MK_CALIBRATION_KNOTS,
    STRATA = MK_CALIBRATION_STRATA,
    ASPECTS = MK_CALIBRATION_ASPECTS,
    BINS = MK_CALIBRATION_BINS,
    TYPES = MK_CALIBRATION_TYPES,
    ROUNDS = 8, /* of Turnbull's self-consistency */
    NEWTON = MK_CALIBRATION_NEWTON
};
static const double least_prior = 20.0, most_prior = 1e4, half_trusted = 100.0;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static double edge(size_t k)
{
    return k == 0 ? 0.0 : k == BINS ? 1.0 : mk_calibration_knots[k - 1];
}

static bool has_map(const MkAttribute *a)
{
    return a->type != MK_CATEGORICAL;
}

static bool has_levels(const MkAttribute *a)
{
    return !mk_type_is_number(a->type);
}

/* ---- order and weights ---- */

/* Sorts the answers by key; a person's answers of one key stay together. */
static bool sort_answers(MkCalibrationLearn *l)
{
    MkAnswers *const a = l->answers;
    const size_t n_keys = l->schema->n * BANDS;
    MkAnswer *const sorted = mk_heap_array(a->n + 1, sizeof *sorted);
    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        l->keys[a->cells[i].key].end++;
    }
    for (size_t k = 0, at = 0; k < n_keys; k++) {
        const size_t n = l->keys[k].end;
        l->keys[k].begin = l->keys[k].end = at;
        at += n;
    }
    for (size_t i = 0; i < a->n; i++) {
        sorted[l->keys[a->cells[i].key].end++] = a->cells[i];
    }
    free(a->cells);
    a->cells = sorted;
    return true;
}

/* A person who was asked several times counts once. */
static void weigh(MkCalibrationLearn *l, const double *people)
{
    const MkAnswer *const cells = l->answers->cells;
    for (size_t k = 0; k < l->schema->n * BANDS; k++) {
        MkCalibrationKey *const key = &l->keys[k];
        double squares = 0.0;
        for (size_t i = key->begin, to = i; i < key->end; i = to) {
            const double w = people != NULL ? people[cells[i].person] : 1.0;
            while (to < key->end && cells[to].person == cells[i].person) {
                to++;
            }
            for (size_t c = i; c < to; c++) {
                l->weights[c] = (float)(w / (double)(to - i));
            }
            key->sum += w;
            squares += w * w;
        }
        key->people = squares > 0.0 ? key->sum * key->sum / squares : 0.0;
    }
}

/* ---- maps ---- */

static size_t bin_of(double f)
{
    size_t k = 0;
    while (k < KNOTS && f > mk_calibration_knots[k]) {
        k++;
    }
    return k;
}

/* Adds w to the bins that [low, high] covers, by what `map` holds there. */
static void spread(const double *map, double low, double high, double w, double *out)
{
    double part[BINS], total = 0.0;
    const size_t first = bin_of(low);
    if (high - low < 1e-6) {
        out[first] += w;
        return;
    }
    size_t k = first;
    for (; k < BINS && edge(k) < high; k++) {
        part[k] = map[k] * (fmin(high, edge(k + 1)) - fmax(low, edge(k))) / (edge(k + 1) - edge(k));
        part[k] = fmax(part[k], 0.0);
        total += part[k];
    }
    for (size_t i = first; total > 0.0 && i < k; i++) {
        out[i] += w * part[i] / total;
    }
}

/* Adds the places of a key, half of the people left out when half is 0 or 1: sum of weights. */
static double add_places(const MkCalibrationLearn *l, const MkCalibrationKey *key,
                         const double *map, int half, double *out)
{
    double sum = 0.0;
    for (size_t i = key->begin; i < key->end; i++) {
        const MkAnswer *const a = &l->answers->cells[i];
        if (half < 0 || (int)(a->person & 1U) != half) {
            spread(map, (double)a->low, (double)a->high, (double)l->weights[i], out);
            sum += (double)l->weights[i];
        }
    }
    return sum;
}

/* out = (people seen / sum + prior base) / (people + prior). */
static void shrink(const double *seen, double sum, double people, const double *base, double prior,
                   double *out)
{
    for (size_t k = 0; k < BINS; k++) {
        const double own = sum > 0.0 ? people * seen[k] / sum : 0.0;
        out[k] = (own + prior * base[k]) / (people + prior);
    }
}

static void learn_type_map(MkCalibrationLearn *l, size_t type, size_t band)
{
    double base[BINS], *const map = l->type_map[type][band];
    for (size_t k = 0; k < BINS; k++) {
        base[k] = edge(k + 1) - edge(k);
    }
    memcpy(map, base, sizeof base);
    for (int round = 0; round < ROUNDS; round++) {
        double seen[BINS] = {0}, sum = 0.0, people = 0.0;
        for (size_t j = 0; j < l->schema->n; j++) {
            if ((size_t)l->schema->attributes[j].type == type) {
                const MkCalibrationKey *const key = &l->keys[j * BANDS + band];
                sum += add_places(l, key, map, -1, seen);
                people += key->people;
            }
        }
        shrink(seen, sum, people, base, MK_CALIBRATION_PRIOR, map);
    }
}

static void type_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    learn_type_map(ctx, index / BANDS, index % BANDS);
}

/* Places of either half of a key's people, found with a map. */
static void see_key(const MkCalibrationLearn *l, MkCalibrationKey *key, const double *map)
{
    memset(key->seen, 0, sizeof key->seen);
    for (int half = 0; half < 2; half++) {
        key->sums[half] = add_places(l, key, map, 1 - half, key->seen[half]);
    }
}

/* Places of an attribute in all bands, seen and expected of its type. */
static void see_task(void *ctx, size_t j, size_t worker)
{
    MkCalibrationLearn *const l = ctx;
    MkCalibrationKey *const own = &l->own[j];
    const size_t type = (size_t)l->schema->attributes[j].type;
    (void)worker;
    for (size_t b = 1; has_map(&l->schema->attributes[j]) && b < BANDS; b++) {
        MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        if (!(key->people > 0.0)) {
            continue;
        }
        see_key(l, key, l->type_map[type][b]);
        const double w = key->people / key->sum;
        for (size_t k = 0; k < BINS; k++) {
            own->seen[0][k] += w * key->seen[0][k];
            own->seen[1][k] += w * key->seen[1][k];
            own->map[k] += key->people * l->type_map[type][b][k];
        }
        own->sums[0] += w * key->sums[0];
        own->sums[1] += w * key->sums[1];
        own->sum += key->people;
        own->people = fmax(own->people, key->people); /* the same people are in all bands */
    }
    for (size_t k = 0; k < BINS && own->sum > 0.0; k++) {
        own->map[k] /= own->sum;
    }
}

/* Adds what a key says of how far maps lie from what is expected: of a Dirichlet process the
 * variance of a distribution function F is F (1 - F) / (prior + 1). The halves' errors are
 * independent, so the mean product of their differences is free of them. */
static void add_apart(const MkCalibrationKey *key, double *product, double *scale)
{
    double seen[2] = {0}, expected = 0.0;
    if (!(key->sums[0] > 0.0) || !(key->sums[1] > 0.0)) {
        return;
    }
    const double trust = key->people / (key->people + half_trusted);
    for (size_t k = 0; k < KNOTS; k++) {
        seen[0] += key->seen[0][k] / key->sums[0];
        seen[1] += key->seen[1][k] / key->sums[1];
        expected += key->map[k];
        *product += trust * trust * (seen[0] - expected) * (seen[1] - expected);
        *scale += trust * trust * expected * (1.0 - expected);
    }
}

static double prior_of(double product, double scale)
{
    return product > 0.0 ? fmin(fmax(scale / product - 1.0, least_prior), most_prior) : most_prior;
}

static double choose_prior(const MkCalibrationKey *keys, size_t n)
{
    double product = 0.0, scale = 0.0;
    for (size_t k = 0; k < n; k++) {
        add_apart(&keys[k], &product, &scale);
    }
    return prior_of(product, scale);
}

/* What the type and the attribute say of a map. */
static void expect_map(const MkCalibrationLearn *l, size_t j, size_t b, double *out)
{
    const size_t type = (size_t)l->schema->attributes[j].type;
    double sum = 0.0;
    for (size_t k = 0; k < BINS; k++) {
        out[k] = l->type_map[type][b][k] * l->ratio[j][k];
        sum += out[k];
    }
    for (size_t k = 0; k < BINS; k++) {
        out[k] /= sum;
    }
}

static void ratio_task(void *ctx, size_t j, size_t worker)
{
    MkCalibrationLearn *const l = ctx;
    const MkCalibrationKey *const own = &l->own[j];
    (void)worker;
    for (size_t k = 0; k < BINS; k++) {
        const double seen =
            own->sum > 0.0 ? (own->seen[0][k] + own->seen[1][k]) / (own->sum * own->map[k]) : 1.0;
        l->ratio[j][k] = (own->people * seen + l->ratio_prior) / (own->people + l->ratio_prior);
    }
    for (size_t b = 1; has_map(&l->schema->attributes[j]) && b < BANDS; b++) {
        MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        expect_map(l, j, b, key->map);
        see_key(l, key, key->map);
    }
}

/* The map of an attribute and band, from half of the people or from all (half -1). */
static void learn_map(const MkCalibrationLearn *l, size_t j, size_t b, int half, double *out)
{
    const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
    double base[BINS];
    expect_map(l, j, b, base);
    memcpy(out, base, sizeof base);
    for (int round = 0; round < ROUNDS && key->people > 0.0; round++) {
        double seen[BINS] = {0};
        const double sum = add_places(l, key, out, half, seen);
        shrink(seen, sum, key->people * (key->sum > 0.0 ? sum / key->sum : 0.0), base, l->map_prior,
               out);
    }
}

/* ---- ordinal levels: map or temperature ---- */

static double map_loss(const MkCalibrationLearn *l, const MkCalibrationKey *key, const double *map,
                       int half)
{
    double sum = 0.0, below[BINS + 1] = {0};
    for (size_t k = 0; k < BINS; k++) {
        below[k + 1] = below[k] + map[k];
    }
    for (size_t i = key->begin; i < key->end; i++) {
        const MkAnswer *const a = &l->answers->cells[i];
        double g[2];
        if ((int)(a->person & 1U) != half) {
            continue;
        }
        for (int e = 0; e < 2; e++) {
            const double f = e == 0 ? (double)a->low : (double)a->high;
            const size_t k = bin_of(f);
            g[e] = below[k] + map[k] * (f - edge(k)) / (edge(k + 1) - edge(k));
        }
        sum -= (double)l->weights[i] * log(fmax(g[1] - g[0], MK_CALIBRATION_LEAST_P));
    }
    return sum;
}

/* Fitted to one half of the people each, judged by the other. */
static bool is_map_better(const MkCalibrationLearn *l, size_t j)
{
    const size_t type = (size_t)l->schema->attributes[j].type;
    double loss = 0.0;
    for (size_t b = 1; b < BANDS; b++) {
        const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        for (int half = 0; half < 2 && key->people > 0.0; half++) {
            double map[BINS];
            learn_map(l, j, b, half, map);
            const double shift = mk_calibration_shift(l, j, b, l->sharp_spread[1], half).value;
            loss +=
                map_loss(l, key, map, half) -
                mk_calibration_loss(l, key, l->type_sharp[type][b] + l->log_sharp[j] + shift, half);
        }
    }
    return loss < 0.0;
}

/* ---- all of it ---- */

static void final_task(void *ctx, size_t j, size_t worker)
{
    MkCalibrationLearn *const l = ctx;
    const MkAttribute *const a = &l->schema->attributes[j];
    (void)worker;
    for (size_t b = 1; b < BANDS; b++) {
        MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        if (has_map(a)) {
            learn_map(l, j, b, -1, key->map);
        }
        if (has_levels(a)) {
            key->log_sharp = l->type_sharp[(size_t)a->type][b] + l->log_sharp[j] +
                             mk_calibration_shift(l, j, b, l->sharp_spread[1], -1).value;
        }
    }
    l->by_map[j] = has_map(a) && (!has_levels(a) || is_map_better(l, j));
}

static void learn_maps(MkCalibrationLearn *l, MkPool *pool)
{
    const size_t n = l->schema->n;
    mk_pool_run(pool, (size_t)TYPES * BANDS, type_task, l);
    mk_pool_run(pool, n, see_task, l);
    l->ratio_prior = choose_prior(l->own, n);
    mk_pool_run(pool, n, ratio_task, l);
    l->map_prior = choose_prior(l->keys, n * BANDS);
}

static void identity(double *map)
{
    for (size_t k = 0; k < BINS; k++) {
        map[k] = edge(k + 1) - edge(k);
    }
}

/* The map at the knots; ascending also when rounded. */
static void code_map(const double *map, uint16_t *out)
{
    double below = 0.0;
    for (size_t k = 0; k < KNOTS; k++) {
        below += map[k];
        const long code = lround(below * MK_CALIBRATION_ONE);
        const long least = k > 0 ? (long)out[k - 1] + 1 : 1;
        const long most = MK_CALIBRATION_ONE - (long)(KNOTS - k);
        out[k] = (uint16_t)(code < least ? least : code > most ? most : code);
    }
}

/* ---- what all attributes share, by an aspect of the evidence ---- */

/* Shares of a band's answers below the strata. */
static const double below_strata[ASPECTS][STRATA - 1] = {{0.25, 0.5, 0.75}, {0.8, 0.95, 0.99}};

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Where the strata of a band begin, among its answers. */
static bool find_strata(MkCalibrationLearn *l, size_t b)
{
    float *const all = mk_heap_array(l->answers->n + 1, sizeof *all);
    size_t n = 0;
    for (size_t j = 0; all != NULL && j < l->schema->n; j++) {
        const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        for (size_t i = key->begin; i < key->end; i++) {
            all[n++] = l->answers->cells[i].evidence.aspect[l->aspect];
        }
    }
    if (n > 0) {
        qsort(all, n, sizeof *all, by_size);
    }
    for (size_t s = 0; s < STRATA - 1; s++) {
        l->parts[l->aspect].from[b][s] =
            n > 0 ? all[(size_t)(below_strata[l->aspect][s] * (double)n)] : 0.0F;
    }
    free(all);
    return all != NULL;
}

/* A place as the maps so far have it: the attribute's own, and of the first n aspects. */
static double mapped(const MkCalibrationLearn *l, const MkAnswer *a, size_t n, float place)
{
    const size_t j = a->key / BANDS, b = a->key % BANDS;
    double f = mk_calibration_map(l->made->maps + ((size_t)l->made->map_of[j] * BANDS + b) * KNOTS,
                                  (double)place);
    for (size_t e = 0; e < n; e++) {
        const size_t s = mk_calibration_part(l, a, (MkCalibrationAspect)e);
        f = mk_calibration_map(l->parts[e].maps[b][s], f);
    }
    return f;
}

/* Adds where the values of a stratum stand in the recalibrated answers, each counting alike; the
 * people asked are marked. */
static double add_shared(const MkCalibrationLearn *l, size_t b, size_t stratum, const double *map,
                         bool *people, double *out)
{
    double sum = 0.0;
    for (size_t j = 0; j < l->schema->n; j++) {
        const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        if (!has_map(&l->schema->attributes[j]) || !l->by_map[j]) {
            continue;
        }
        for (size_t i = key->begin; i < key->end; i++) {
            const MkAnswer *const a = &l->answers->cells[i];
            if (mk_calibration_part(l, a, l->aspect) == stratum) {
                spread(map, mapped(l, a, l->aspect, a->low), mapped(l, a, l->aspect, a->high), 1.0,
                       out);
                sum += 1.0;
                people[a->person] = true;
            }
        }
    }
    return sum;
}

static double count_marked(const bool *people, size_t n)
{
    double marked = 0.0;
    for (size_t i = 0; i < n; i++) {
        marked += people[i] ? 1.0 : 0.0;
    }
    return marked;
}

static void learn_shared_map(MkCalibrationLearn *l, size_t b, size_t stratum, bool *people)
{
    double same[BINS], map[BINS];
    identity(same);
    memcpy(map, same, sizeof same);
    memset(people, 0, l->n_people * sizeof *people);
    for (int round = 0; round < ROUNDS / 2; round++) {
        double seen[BINS] = {0};
        const double sum = add_shared(l, b, stratum, map, people, seen);
        shrink(seen, sum, count_marked(people, l->n_people), same, MK_CALIBRATION_PRIOR, map);
    }
    code_map(map, l->parts[l->aspect].maps[b][stratum]);
}

/* Whether the answers of an attribute and band have a temperature. */
static bool has_sharpness(const MkCalibrationLearn *l, size_t j, size_t b)
{
    return has_levels(&l->schema->attributes[j]) && !l->by_map[j] &&
           l->keys[j * BANDS + b].people > 0.0;
}

/* How many people's worth one answer about levels of a stratum is: people / answers. */
static double worth(const MkCalibrationLearn *l, size_t b, size_t stratum, bool *people)
{
    double n = 0.0;
    memset(people, 0, l->n_people * sizeof *people);
    for (size_t j = 0; j < l->schema->n; j++) {
        const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        for (size_t i = key->begin; has_sharpness(l, j, b) && i < key->end; i++) {
            const MkAnswer *const a = &l->answers->cells[i];
            if (mk_calibration_part(l, a, l->aspect) == stratum) {
                people[a->person] = true;
                n += 1.0;
            }
        }
    }
    return n > 0.0 ? count_marked(people, l->n_people) / n : 0.0;
}

/* The factor of the sharpness that a stratum has beside that of its attributes. */
static void learn_shared_sharp(MkCalibrationLearn *l, size_t b, size_t stratum, bool *people)
{
    const double each = worth(l, b, stratum, people);
    double at = 0.0;
    for (int i = 0; each > 0.0 && i < NEWTON; i++) {
        double slope = 0.0, curve = 0.0;
        for (size_t j = 0; j < l->schema->n; j++) {
            const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
            if (has_sharpness(l, j, b)) {
                mk_calibration_part_slope(l, key, key->log_sharp + at, stratum, &slope, &curve);
            }
        }
        const double step =
            (each * slope + MK_CALIBRATION_PRIOR * at) / (each * curve + MK_CALIBRATION_PRIOR);
        at -= fmin(fmax(step, -0.5), 0.5);
        at = fmin(fmax(at, -MK_CALIBRATION_MOST_LOG), MK_CALIBRATION_MOST_LOG);
    }
    l->parts[l->aspect].log_sharp[b][stratum] = at;
}

static void shared_task(void *ctx, size_t index, size_t worker)
{
    MkCalibrationLearn *const l = ctx;
    const size_t b = 1 + index / STRATA, stratum = index % STRATA;
    bool *const people = l->people + index * l->n_people;
    (void)worker;
    learn_shared_map(l, b, stratum, people);
    learn_shared_sharp(l, b, stratum, people);
}

/* The same people are in all bands. */
static double most_people(const MkCalibrationLearn *l, size_t j)
{
    double most = 0.0;
    for (size_t b = 1; b < BANDS; b++) {
        most = fmax(most, l->keys[j * BANDS + b].people);
    }
    return most;
}

static void write_maps(const MkCalibrationLearn *l, uint16_t *maps, float *sharpness,
                       int32_t *people, const MkRecalibration *rows)
{
    double same[BINS];
    identity(same);
    for (size_t j = 0; j < l->schema->n; j++) {
        const MkAttribute *const a = &l->schema->attributes[j];
        people[j] = (int32_t)lround(most_people(l, j));
        for (size_t b = 0; b < BANDS; b++) {
            const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
            const bool by_map = b > 0 && l->by_map[j];
            if (has_map(a)) {
                code_map(by_map ? key->map : same,
                         maps + ((size_t)rows->map_of[j] * BANDS + b) * KNOTS);
            }
            if (has_levels(a)) {
                sharpness[(size_t)rows->sharpness_of[j] * BANDS + b] =
                    b == 0 || by_map ? 1.0F : (float)exp(key->log_sharp);
            }
        }
    }
}

/* Share of [low, high] in the central 90 %. */
static double covered(double low, double high)
{
    if (!(high - low > 1e-12)) {
        return low >= 0.05 && low <= 0.95 ? 1.0 : 0.0;
    }
    return fmax(fmin(high, 0.95) - fmax(low, 0.05), 0.0) / (high - low);
}

/* How the answers of a band were, and are: sums over cells. */
static void judge_band(const MkCalibrationLearn *l, size_t b, MkCalibrationBand *out)
{
    double n = 0.0, before = 0.0, after = 0.0, levels = 0.0, loss[2] = {0};
    for (size_t j = 0; j < l->schema->n; j++) {
        const MkAttribute *const a = &l->schema->attributes[j];
        const MkCalibrationKey *const key = &l->keys[j * BANDS + b];
        for (size_t i = key->begin; !has_levels(a) && i < key->end; i++) {
            const MkAnswer *const x = &l->answers->cells[i];
            before += covered((double)x->low, (double)x->high);
            after += covered(mapped(l, x, ASPECTS, x->low), mapped(l, x, ASPECTS, x->high));
            n += 1.0;
        }
        if (has_levels(a) && !l->by_map[j]) {
            loss[0] += mk_calibration_loss(l, key, 0.0, -1);
            loss[1] += mk_calibration_loss(l, key, key->log_sharp, -1);
            levels += key->sum;
        }
    }
    *out = (MkCalibrationBand){.n = (float)n,
                               .before = (float)(n > 0.0 ? before / n : 0.0),
                               .after = (float)(n > 0.0 ? after / n : 0.0),
                               .n_levels = (float)levels,
                               .loss_before = (float)(levels > 0.0 ? loss[0] / levels : 0.0),
                               .loss_after = (float)(levels > 0.0 ? loss[1] / levels : 0.0)};
}

static MkStatus write_shared(const MkCalibrationParts *parts, MkArena *arena,
                             MkCalibrationShared *out, MkError *err)
{
    float *const from = mk_arena_array(arena, (size_t)BANDS * (STRATA - 1), sizeof *from);
    uint16_t *const maps = mk_arena_array(arena, (size_t)BANDS * STRATA * KNOTS, sizeof *maps);
    float *const sharpness = mk_arena_array(arena, (size_t)BANDS * STRATA, sizeof *sharpness);
    if (from == NULL || maps == NULL || sharpness == NULL) {
        return no_memory(err);
    }
    memcpy(from, parts->from, sizeof parts->from);
    memcpy(maps, parts->maps, sizeof parts->maps);
    for (size_t i = 0; i < (size_t)BANDS * STRATA; i++) {
        sharpness[i] = (float)exp(parts->log_sharp[i / STRATA][i % STRATA]);
    }
    *out = (MkCalibrationShared){.from = from, .maps = maps, .sharpness = sharpness};
    return MK_OK;
}

/* What is shared, when all else is known: one aspect after the other. */
static MkStatus finish_shared(MkCalibrationLearn *l, MkPool *pool, MkArena *arena,
                              MkRecalibration *out, MkError *err)
{
    double same[BINS];
    identity(same);
    l->made = out;
    for (size_t a = 0; a < ASPECTS; a++) {
        l->aspect = (MkCalibrationAspect)a;
        for (size_t b = 1; b < BANDS; b++) {
            if (!find_strata(l, b)) {
                return no_memory(err);
            }
        }
        for (size_t s = 0; s < STRATA; s++) {
            code_map(same, l->parts[a].maps[0][s]);
        }
        mk_pool_run(pool, (size_t)(BANDS - 1) * STRATA, shared_task, l);
        MK_TRY(write_shared(&l->parts[a], arena, &out->shared[a], err));
    }
    return MK_OK;
}

static MkStatus finish(MkCalibrationLearn *l, MkPool *pool, MkArena *arena, MkRecalibration *out,
                       MkError *err)
{
    if (!mk_calibration_rows(l->schema, arena, out)) {
        return no_memory(err);
    }
    const size_t codes = out->n_maps * BANDS * KNOTS;
    uint16_t *const maps = mk_arena_zeros(arena, codes + 1, sizeof *maps);
    float *const sharpness = mk_arena_zeros(arena, out->n_levels * BANDS + 1, sizeof *sharpness);
    int32_t *const people = mk_arena_zeros(arena, out->n, sizeof *people);
    MkCalibrationBand *const bands = mk_arena_zeros(arena, BANDS, sizeof *bands);
    if (maps == NULL || sharpness == NULL || people == NULL || bands == NULL) {
        return no_memory(err);
    }
    write_maps(l, maps, sharpness, people, out);
    out->maps = maps;
    out->sharpness = sharpness;
    out->people = people;
    out->bands = bands;
    MK_TRY(finish_shared(l, pool, arena, out, err));
    for (size_t b = 0; b < BANDS; b++) {
        judge_band(l, b, &bands[b]);
    }
    return MK_OK;
}

MkStatus mk_calibration_learn(const MkSchema *schema, MkAnswers *answers, const double *weights,
                              MkPool *pool, MkArena *arena, MkRecalibration *out, MkError *err)
{
    const size_t n = schema->n;
    MkStatus st = MK_OK;
    MkArena *const own = mk_arena_new(0);
    MkCalibrationLearn *const l = own != NULL ? mk_arena_zeros(own, 1, sizeof *l) : NULL;
    if (l == NULL) {
        mk_arena_free(own);
        return no_memory(err);
    }
    *l = (MkCalibrationLearn){.schema = schema,
                              .answers = answers,
                              .weights = mk_arena_zeros(own, answers->n + 1, sizeof *l->weights),
                              .keys = mk_arena_zeros(own, n * BANDS, sizeof *l->keys),
                              .ratio = mk_arena_zeros(own, n, sizeof *l->ratio),
                              .own = mk_arena_zeros(own, n, sizeof *l->own),
                              .log_sharp = mk_arena_zeros(own, n, sizeof *l->log_sharp),
                              .by_map = mk_arena_zeros(own, n, sizeof *l->by_map)};
    if (l->weights == NULL || l->keys == NULL || l->ratio == NULL || l->own == NULL ||
        l->log_sharp == NULL || l->by_map == NULL || !sort_answers(l)) {
        st = no_memory(err);
        goto done;
    }
    for (size_t i = 0; i < answers->n; i++) {
        l->n_people =
            answers->cells[i].person >= l->n_people ? answers->cells[i].person + 1U : l->n_people;
    }
    l->people = mk_arena_zeros(own, BANDS * STRATA * (l->n_people + 1), sizeof *l->people);
    if (l->people == NULL) {
        st = no_memory(err);
        goto done;
    }
    weigh(l, weights);
    learn_maps(l, pool);
    MK_TRY_GOTO(mk_calibration_sharpness(l, pool, own, err));
    mk_pool_run(pool, n, final_task, l);
    st = finish(l, pool, arena, out, err);
done:
    mk_arena_free(own);
    return st;
}

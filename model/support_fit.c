#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/support_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/base/rng.h"

enum {
    KINDS = MK_SUPPORT_KINDS,
    MARKS = MK_SUPPORT_MARKS,
    ASKED_MAX = 4,     /* times that a person is asked about a size and kind */
    ASKED_TOTAL = 2000 /* fewer times when there are more people than this */
};
static const int32_t sizes[] = {5, 10, 20, 40, 80, 160};
static const size_t asked_at_most[] = {4, 4, 4, 4, 2, 1}; /* many known values take long */
enum { SIZES = sizeof sizes / sizeof *sizes };
static const double least_step = 0.05; /* between two marks, in normal scores */

typedef struct Asking {
    const MkSupportFit *fit;
    size_t n_people, n_asked;
    float *places;    /* (SIZES, KINDS, n_people, n_asked), NaN where values are missing */
    MkStatus *status; /* (n_people) */
} Asking;

/* ---- asking people ---- */

/* Known values of a person: numbers to the front, levels behind them. */
typedef struct Person {
    size_t *numbers, *levels;
    size_t n_numbers, n_levels;
} Person;

static MkStatus find_values(const MkSupportFit *fit, size_t row, MkArena *arena, Person *p)
{
    const size_t n = fit->copula->n_attributes;
    *p = (Person){.numbers = mk_arena_array(arena, n, sizeof *p->numbers),
                  .levels = mk_arena_array(arena, n, sizeof *p->levels)};
    if (p->numbers == NULL || p->levels == NULL) {
        return MK_ENOMEM;
    }
    for (size_t j = 0; j < n; j++) {
        if (isnan(mk_cohort_get(fit->cohort, row, j))) {
            continue;
        }
        if (fit->copula->marginals[j].knots != NULL) {
            p->numbers[p->n_numbers++] = j;
        } else {
            p->levels[p->n_levels++] = j;
        }
    }
    return MK_OK;
}

/* The first values of either list, which are in random order. */
static MkStatus ask_once(const MkSupportFit *fit, size_t row, const Person *p, size_t n_numbers,
                         size_t n_levels, MkRng *rng, MkArena *arena, float *out)
{
    const size_t n = n_numbers + n_levels;
    double low = 0.0, high = 1.0;
    const MkMark top = mk_arena_mark(arena);
    MkPoint *const known = mk_arena_array(arena, n, sizeof *known);
    if (known == NULL) {
        return MK_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t j = i < n_numbers ? p->numbers[i] : p->levels[i - n_numbers];
        known[i] = (MkPoint){.attribute = j, .value = mk_cohort_get(fit->cohort, row, j)};
    }
    const MkStatus st = mk_support_place(fit->copula, known, n, arena, &low, &high, NULL);
    mk_arena_rewind(arena, top);
    /* Those who are as likely lie anywhere among each other. */
    *out = (float)mk_normal_quantile(low + (high - low) * mk_rng_uniform(rng));
    return st;
}

static MkStatus ask_person(const Asking *a, size_t person, MkArena *arena)
{
    const MkSupportFit *const fit = a->fit;
    const size_t row = fit->rows[person];
    MkRng rng = mk_rng(2, MK_RNG_SUPPORT, row);
    Person p;
    MK_TRY(find_values(fit, row, arena, &p));
    for (size_t t = 0; t < a->n_asked; t++) {
        for (size_t s = 0; s < SIZES; s++) {
            for (size_t k = 0; k < KINDS; k++) {
                const size_t n = (size_t)sizes[s];
                const size_t n_numbers = (k * n + (t + person) % 2) / (KINDS - 1);
                float *const out =
                    a->places + ((s * KINDS + k) * a->n_people + person) * a->n_asked + t;
                *out = NAN;
                if (mk_cancelled(fit->cancel)) {
                    return MK_ECANCEL;
                }
                if (t >= asked_at_most[s] || n_numbers > p.n_numbers ||
                    n - n_numbers > p.n_levels) {
                    continue;
                }
                mk_rng_shuffle(&rng, p.numbers, p.n_numbers);
                mk_rng_shuffle(&rng, p.levels, p.n_levels);
                MK_TRY(ask_once(fit, row, &p, n_numbers, n - n_numbers, &rng, arena, out));
            }
        }
    }
    return MK_OK;
}

static void ask_task(void *ctx, size_t index, size_t worker)
{
    const Asking *const a = ctx;
    MkArena *const arena = mk_arena_new(0);
    (void)worker;
    a->status[index] = arena != NULL ? ask_person(a, index, arena) : MK_ENOMEM;
    mk_arena_free(arena);
}

/* ---- the marks ---- */

static int by_place(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* How far each mark lies below its own score; false when too few people have so many values. */
static bool find_shifts(const Asking *a, size_t s, size_t k, double *shift)
{
    const size_t total = a->n_people * a->n_asked;
    float *const places = a->places + (s * KINDS + k) * total;
    size_t n = 0;
    for (size_t i = 0; i < total; i++) {
        if (!isnan(places[i])) {
            places[n++] = places[i];
        }
    }
    if (n < MK_SUPPORT_LEAST * (a->n_asked < asked_at_most[s] ? a->n_asked : asked_at_most[s])) {
        return false;
    }
    qsort(places, n, sizeof *places, by_place);
    for (size_t i = 0; i < MARKS; i++) {
        const double at = mk_support_marks[i] * (double)n - 0.5;
        const size_t below = at > 0.0 ? (size_t)at : 0;
        const double part = fmax(at - (double)below, 0.0);
        const double z = (1.0 - part) * (double)places[below] + part * (double)places[below + 1];
        shift[i] = fmin(z - mk_normal_quantile(mk_support_marks[i]), 0.0);
    }
    return true;
}

/* A quarter of what each neighbour has; before the first nothing is moved. */
static void smooth(double (*shift)[KINDS][MARKS], size_t n_sizes)
{
    double kept[SIZES][KINDS][MARKS];
    memcpy(kept, shift, n_sizes * sizeof *kept);
    for (size_t s = 0; s < n_sizes; s++) {
        for (size_t k = 0; k < KINDS; k++) {
            for (size_t i = 0; i < MARKS; i++) {
                const double before = s > 0 ? kept[s - 1][k][i] : 0.0;
                const double after = s + 1 < n_sizes ? kept[s + 1][k][i] : kept[s][k][i];
                shift[s][k][i] = 0.25 * before + 0.5 * kept[s][k][i] + 0.25 * after;
            }
        }
    }
}

static void set_marks(const double *shift, float *z)
{
    for (size_t i = MARKS; i-- > 0;) {
        const double own = mk_normal_quantile(mk_support_marks[i]);
        const double most = i + 1 < MARKS ? (double)z[i + 1] - least_step : own;
        z[i] = (float)fmin(own + shift[i], most);
    }
}

static MkStatus make_map(const Asking *a, MkArena *arena, MkSupportMap *out)
{
    double shift[SIZES][KINDS][MARKS] = {0};
    float *const z = mk_arena_array(arena, (size_t)SIZES * KINDS * MARKS, sizeof *z);
    size_t n_sizes = 0;
    *out = (MkSupportMap){.sizes = sizes, .z = z};
    if (z == NULL) {
        return MK_ENOMEM;
    }
    for (size_t s = 0; s < SIZES; s++) {
        bool any = false;
        for (size_t k = 0; k < KINDS; k++) {
            if (find_shifts(a, s, k, shift[s][k])) {
                any = true;
            } else if (s > 0) {
                memcpy(shift[s][k], shift[s - 1][k], sizeof shift[s][k]);
            }
        }
        if (!any) {
            break;
        }
        n_sizes++;
    }
    smooth(shift, n_sizes);
    for (size_t s = 0; s < n_sizes; s++) {
        for (size_t k = 0; k < KINDS; k++) {
            set_marks(shift[s][k], z + (s * KINDS + k) * MARKS);
        }
    }
    out->n_sizes = n_sizes;
    return MK_OK;
}

MkStatus mk_support_fit(const MkSupportFit *fit, MkArena *arena, MkSupportMap *out, MkError *err)
{
    *out = (MkSupportMap){.n_sizes = 0};
    if (fit->n_rows < MK_SUPPORT_LEAST) {
        return MK_OK;
    }
    Asking a = {.fit = fit,
                .n_people = fit->n_rows < MK_SUPPORT_PEOPLE ? fit->n_rows : MK_SUPPORT_PEOPLE};
    const size_t most = ASKED_TOTAL / a.n_people;
    a.n_asked = most < 1 ? 1 : most < ASKED_MAX ? most : ASKED_MAX;
    a.places = mk_heap_array((size_t)SIZES * KINDS * a.n_people * a.n_asked, sizeof *a.places);
    a.status = mk_heap_array(a.n_people, sizeof *a.status);
    MkStatus st = a.places != NULL && a.status != NULL ? MK_OK : MK_ENOMEM;
    if (st == MK_OK && fit->pool != NULL) {
        mk_pool_run(fit->pool, a.n_people, ask_task, &a);
    }
    for (size_t i = 0; st == MK_OK && i < a.n_people; i++) {
        if (fit->pool == NULL) {
            ask_task(&a, i, 0);
        }
        st = a.status[i];
    }
    if (st == MK_OK) {
        st = make_map(&a, arena, out);
    }
    free(a.places);
    free(a.status);
    switch (st) {
    case MK_OK:
        return st;
    case MK_ECANCEL:
        return mk_fail(err, st, "interrupted while people were compared");
    case MK_ENUMERIC:
        return mk_fail(err, st, "correlations of known features are singular");
    default:
        return mk_fail(err, st, "out of memory");
    }
}

/* ---- in the file ---- */

void mk_support_add(const MkSupportMap *map, MkWeightsOut *out)
{
    if (map->n_sizes > 0) {
        mk_weights_out_tensor(out, "support.known", MK_I32, 1, &map->n_sizes, map->sizes);
        mk_weights_out_tensor(out, "support.marks", MK_F32, 3,
                              (const size_t[]){map->n_sizes, KINDS, MARKS}, map->z);
    }
}

MkStatus mk_support_read(const MkWeights *weights, MkSupportMap *out, MkError *err)
{
    const MkTensor *known = mk_weights_find(weights, "support.known");
    const MkTensor *marks = NULL;
    *out = (MkSupportMap){.n_sizes = 0};
    if (known == NULL) {
        return MK_OK;
    }
    const size_t n = known->n;
    MK_TRY(mk_weights_need(weights, "support.known", MK_I32, 1, &n, &known, err));
    MK_TRY(mk_weights_need(weights, "support.marks", MK_F32, 3, (const size_t[]){n, KINDS, MARKS},
                           &marks, err));
    const int32_t *const at = known->data;
    const float *const z = marks->data;
    bool fits = true;
    for (size_t s = 0; s < n; s++) {
        fits = fits && at[s] > (s > 0 ? at[s - 1] : 1);
    }
    for (size_t i = 0; i < marks->n; i++) {
        const double own = mk_normal_quantile(mk_support_marks[i % MARKS]);
        fits = fits && isfinite(z[i]) && (double)z[i] < own + 1e-6 && z[i] > -40.0F &&
               (i % MARKS == 0 || z[i] > z[i - 1]);
    }
    if (!fits) {
        return mk_fail(err, MK_EFORMAT,
                       "%s: support: a mark or a number of attributes is impossible",
                       mk_weights_path(weights));
    }
    *out = (MkSupportMap){.n_sizes = n, .sizes = at, .z = z};
    return MK_OK;
}

/* linkage.c - how far the base tells associations across sources that share only some attributes,
 * where the truth is known: `linkage TABLE SCHEMA FOLDER [DESIGN...]`.
 *
 * The people of one wide table are split into two sources of equal size. Both keep the shared
 * attributes Z; the others are dealt to one source each, at random (design `attributes`) or whole
 * categories at a time (design `categories`, with the largest Z only). The base is fitted to the
 * two sources; a pair (x, y) of the two sides was then seen by nobody. The truth of the pair is its
 * correlation among all people, with the same scores. Judged are pairs with |truth| > 0.2 (and <=
 * 0.9: above, the two are the same quantity twice) that 500 people show.
 *
 * Prints a table, writes FOLDER/linkage.csv (a row for each split) and FOLDER/linkage-pairs.csv
 * (pairs of the first split). See doc/linkage.md. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/copula/copula.h"
#include "model/dataset.h"
#include "model/nn/blas.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/rng.h"
#include "src/data/cohort.h"

enum { SPLITS = 5, SETS = 3, TRUTH_PEOPLE = 500, ATTRIBUTE_PEOPLE = 300 };

static const double truth_least = 0.2, truth_most = 0.9;

static const char *const set_names[SETS] = {"demographics", "+ body", "+ general blood"};
/* how many of the categories below each set shares */
static const size_t set_sizes[SETS] = {1, 2, 5};
static const char *const shared_categories[] = {"Demographics", "Body measures", "Blood count",
                                                "Blood chemistry", "Lipids and glucose"};

typedef struct Tally { /* of pairs: recovered against true */
    double n, x, y, xx, yy, xy, error;
} Tally;

static void tally_add(Tally *t, double recovered, double truth)
{
    t->n += 1.0;
    t->x += truth;
    t->y += recovered;
    t->xx += truth * truth;
    t->yy += recovered * recovered;
    t->xy += truth * recovered;
    t->error += (recovered - truth) * (recovered - truth);
}

static double tally_slope(const Tally *t)
{
    return (t->n * t->xy - t->x * t->y) / (t->n * t->xx - t->x * t->x);
}

static double tally_correlation(const Tally *t)
{
    return (t->n * t->xy - t->x * t->y) /
           sqrt((t->n * t->xx - t->x * t->x) * (t->n * t->yy - t->y * t->y));
}

static double tally_rmse(const Tally *t)
{
    return sqrt(t->error / t->n);
}

typedef struct Outcome {
    size_t pairs;
    Tally base, plain, none; /* recovered by the base; conditional independence; zero */
    Tally every;             /* the base, all pairs that enough people show */
    Tally every_plain;
    double inside, width; /* of the identified intervals: share of truths, mean length */
} Outcome;

typedef struct Bench {
    MkSchema *schema; /* attributes with enough people */
    MkCohort *cohort;
    MkPool *pool;
    bool by_category;
    size_t set, split;
    unsigned char *side; /* (n): 0 first source, 1 second, 2 both */
    unsigned char *half; /* (n_rows) source of a person */
    MkBuf rows, pairs;
} Bench;

/* ---- the two sources ---- */

static bool is_shared(const MkAttribute *a, size_t set)
{
    for (size_t k = 0; k < set_sizes[set]; k++) {
        if (strcmp(a->category, shared_categories[k]) == 0) {
            return true;
        }
    }
    return false;
}

/* A category is dealt by its name, so that the deal does not depend on the order of the schema. */
static uint64_t name_number(const char *name)
{
    uint64_t h = 14695981039346656037ULL;
    for (; *name != '\0'; name++) {
        h = (h ^ (unsigned char)*name) * 1099511628211ULL;
    }
    return h;
}

static void deal(Bench *b)
{
    for (size_t j = 0; j < b->schema->n; j++) {
        const MkAttribute *const a = &b->schema->attributes[j];
        const char *const name = b->by_category ? a->category : a->name;
        MkRng rng = mk_rng(b->split + 1, MK_RNG_BENCH, name_number(name));
        b->side[j] = is_shared(a, b->set) ? 2 : (unsigned char)mk_rng_below(&rng, 2);
    }
    for (size_t i = 0; i < b->cohort->n_rows; i++) {
        MkRng rng = mk_rng(b->split + 1001, MK_RNG_BENCH, i);
        b->half[i] = (unsigned char)mk_rng_below(&rng, 2);
    }
}

static MkStatus make_source(const Bench *b, unsigned char which, MkTable **out, MkError *err)
{
    const size_t n = b->schema->n;
    size_t *const ids = mk_heap_array(n, sizeof *ids), n_ids = 0, n_rows = 0, row = 0;
    if (ids == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < n; j++) {
        if (b->side[j] == which || b->side[j] == 2) {
            ids[n_ids++] = j;
        }
    }
    for (size_t i = 0; i < b->cohort->n_rows; i++) {
        n_rows += b->half[i] == which;
    }
    const MkStatus st = mk_table_new(b->schema, n_rows, ids, n_ids, false, true, false, out, err);
    for (size_t i = 0; st == MK_OK && i < b->cohort->n_rows; i++) {
        if (b->half[i] != which) {
            continue;
        }
        (*out)->source[row] = which == 0 ? "first" : "second";
        for (size_t k = 0; k < n_ids; k++) {
            (*out)->cells[(*out)->column_of[ids[k]] * n_rows + row] =
                mk_cohort_get(b->cohort, i, ids[k]);
        }
        row++;
    }
    free(ids);
    return st;
}

typedef struct Fit { /* of the two sources */
    MkArena *arena;
    MkCohort *cohort;
    size_t *rows, *all_rows;
    MkMarginal *marginals;
    MkDataset data, people; /* the two sources; everybody with everything, same marginals */
    MkCopula copula;
    int32_t *pairs;
    double *plain; /* (n, n) conditional independence given Z */
} Fit;

static size_t *count_up(MkArena *arena, size_t n)
{
    size_t *const out = mk_arena_array(arena, n, sizeof *out);
    for (size_t i = 0; out != NULL && i < n; i++) {
        out[i] = i;
    }
    return out;
}

static void count_pairs(const MkDataset *data, int32_t *pairs)
{
    for (size_t g = 0; g < data->n_groups; g++) {
        const MkGroup *const group = &data->groups[g];
        for (size_t i = 0; i < group->n_rows; i++) {
            const uint8_t *const cells = group->cells + i * group->n;
            for (size_t a = 0; a < group->n; a++) {
                const size_t row = group->attributes[a];
                for (size_t k = 0; cells[a] != MK_CELL_MISSING && k <= a; k++) {
                    pairs[row * (row + 1) / 2 + group->attributes[k]] +=
                        cells[k] != MK_CELL_MISSING;
                }
            }
        }
    }
}

static MkStatus fit_sources(const Bench *b, Fit *f, MkError *err)
{
    MkTable *tables[2] = {NULL, NULL};
    MkStatus st = make_source(b, 0, &tables[0], err);
    if (st == MK_OK) {
        st = make_source(b, 1, &tables[1], err);
    }
    if (st != MK_OK) {
        mk_table_free(tables[0]);
        return st;
    }
    MK_TRY(mk_cohort_new(b->schema, tables, 2, &f->cohort, err));
    const MkMarginalFit marginal = {.n_cells = 32, .min_people = 12};
    f->rows = count_up(f->arena, f->cohort->n_rows);
    f->all_rows = count_up(f->arena, b->cohort->n_rows);
    f->pairs = mk_arena_zeros(f->arena, b->schema->n * (b->schema->n + 1) / 2, sizeof *f->pairs);
    if (f->rows == NULL || f->all_rows == NULL || f->pairs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MK_TRY(mk_dataset_marginals(f->cohort, f->rows, f->cohort->n_rows, NULL, NULL, &marginal,
                                f->arena, &f->marginals, err));
    MK_TRY(mk_dataset_encode(f->cohort, f->rows, f->cohort->n_rows, NULL, f->marginals, f->arena,
                             &f->data, err));
    MK_TRY(mk_dataset_encode(b->cohort, f->all_rows, b->cohort->n_rows, NULL, f->marginals,
                             f->arena, &f->people, err));
    count_pairs(&f->data, f->pairs);
    const MkCopulaFit fit = {.marginals = f->marginals,
                             .data = &f->data,
                             .iterations = 8, /* as the recipe of bellatrix */
                             .prior = 20.0,
                             .expand = true,
                             .pool = b->pool};
    return mk_copula_fit(&fit, f->arena, &f->copula, NULL, err);
}

/* c_ab = R_az R_zz^-1 R_zb with all features of the shared attributes, for all attributes. */
static MkStatus conditional_independence(const Bench *b, Fit *f, MkError *err)
{
    const MkCopula *const c = &f->copula;
    const size_t n = c->n_attributes;
    size_t k = 0;
    uint32_t *const z = mk_arena_array(f->arena, c->n_features, sizeof *z);
    for (size_t i = 0; z != NULL && i < c->n_features; i++) {
        if (b->side[c->features[i].attribute] == 2) {
            z[k++] = (uint32_t)i;
        }
    }
    double *const chol = mk_arena_array(f->arena, k * k, sizeof *chol);
    double *const rhs = mk_arena_array(f->arena, k * n, sizeof *rhs);
    f->plain = mk_arena_array(f->arena, n * n, sizeof *f->plain);
    if (z == NULL || chol == NULL || rhs == NULL || f->plain == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            chol[i * k + j] = (double)mk_copula_r(c, z[i], z[j]);
        }
        for (size_t j = 0; j < n; j++) {
            rhs[i * n + j] = (double)mk_copula_r(c, z[i], j);
        }
    }
    if (!mk_dpotrf(k, chol, k)) {
        return mk_fail(err, MK_ENUMERIC, "correlations of the shared attributes are singular");
    }
    mk_dtrsm_lower(false, k, n, chol, k, rhs, n);
    mk_dgemm_tn(n, k, rhs, rhs, f->plain);
    return MK_OK;
}

/* ---- judging ---- */

/* Sums over the people who have both, for all pairs of attributes at once. */
typedef struct Truth {
    size_t n;
    float *people, *sum, *square, *product; /* (n, n): people, sum and square of the first */
} Truth;

static void truth_free(Truth *t)
{
    free(t->people);
    free(t->sum);
    free(t->square);
    free(t->product);
}

static MkStatus truth_make(const MkGroup *g, Truth *t, MkError *err)
{
    const size_t n = g->n, rows = g->n_rows;
    float *const x = mk_heap_array(rows * n, sizeof *x), *const one = mk_heap_array(rows * n, 4);
    *t = (Truth){.n = n,
                 .people = mk_heap_array(n * n, sizeof(float)),
                 .sum = mk_heap_array(n * n, sizeof(float)),
                 .square = mk_heap_array(n * n, sizeof(float)),
                 .product = mk_heap_array(n * n, sizeof(float))};
    const bool good = x != NULL && one != NULL && t->people != NULL && t->sum != NULL &&
                      t->square != NULL && t->product != NULL;
    if (good) {
        for (size_t i = 0; i < rows * n; i++) {
            const bool known = !isnan(g->scores[i]);
            x[i] = known ? g->scores[i] : 0.0F;
            one[i] = known ? 1.0F : 0.0F;
        }
        mk_sgemm(true, false, n, n, rows, 1.0F, one, n, one, n, 0.0F, t->people, n);
        mk_sgemm(true, false, n, n, rows, 1.0F, x, n, one, n, 0.0F, t->sum, n);
        mk_sgemm(true, false, n, n, rows, 1.0F, x, n, x, n, 0.0F, t->product, n);
        for (size_t i = 0; i < rows * n; i++) {
            x[i] *= x[i];
        }
        mk_sgemm(true, false, n, n, rows, 1.0F, x, n, one, n, 0.0F, t->square, n);
    }
    free(x);
    free(one);
    return good ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory");
}

/* Correlation of the scores of all people who have both; false when too few. */
static bool truth_of(const Truth *t, size_t a, size_t b, double *out)
{
    const size_t ab = a * t->n + b, ba = b * t->n + a;
    const double n = (double)t->people[ab], x = (double)t->sum[ab], y = (double)t->sum[ba];
    const double vx = n * (double)t->square[ab] - x * x, vy = n * (double)t->square[ba] - y * y;
    if (n < TRUTH_PEOPLE || !(vx > 1e-3 * n) || !(vy > 1e-3 * n)) {
        return false;
    }
    *out = (n * (double)t->product[ab] - x * y) / sqrt(vx * vy);
    return true;
}

static MkStatus judge_pair(Bench *b, Fit *f, size_t x, size_t y, double truth, Outcome *out,
                           MkError *err)
{
    MkIdentified known;
    MkArena *const arena = mk_arena_new(0);
    if (arena == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    const MkStatus st = mk_copula_identified(&f->copula, f->pairs, x, y, arena, &known, err);
    mk_arena_free(arena);
    if (st != MK_OK) {
        return st;
    }
    const double plain = f->plain[x * b->schema->n + y];
    tally_add(&out->base, known.estimate, truth);
    tally_add(&out->plain, plain, truth);
    tally_add(&out->none, 0.0, truth);
    out->inside += truth >= known.low && truth <= known.high;
    out->width += known.high - known.low;
    out->pairs++;
    if (b->split == 0) {
        mk_buf_printf(&b->pairs, "%s,%s,%s,%s,%.4f,%.4f,%.4f,%.4f,%.4f\n",
                      b->by_category ? "categories" : "attributes", set_names[b->set],
                      b->schema->attributes[x].name, b->schema->attributes[y].name, truth,
                      known.estimate, plain, known.low, known.high);
    }
    return MK_OK;
}

static MkStatus judge(Bench *b, Fit *f, Outcome *out, MkError *err)
{
    const size_t n = b->schema->n;
    MkStatus st = MK_OK;
    Truth people;
    MK_TRY(truth_make(&f->people.groups[0], &people, err));
    for (size_t x = 0; st == MK_OK && x < n; x++) {
        for (size_t y = 0; st == MK_OK && y < n; y++) {
            double truth;
            if (b->side[x] != 0 || b->side[y] != 1 || !truth_of(&people, x, y, &truth)) {
                continue;
            }
            tally_add(&out->every, (double)mk_copula_r(&f->copula, x, y), truth);
            tally_add(&out->every_plain, f->plain[x * n + y], truth);
            if (fabs(truth) > truth_least && fabs(truth) <= truth_most) {
                st = judge_pair(b, f, x, y, truth, out, err);
            }
        }
    }
    truth_free(&people);
    MK_TRY(st);
    return out->pairs > 2 ? MK_OK : mk_fail(err, MK_EFORMAT, "%zu pairs to judge", out->pairs);
}

static MkStatus run_split(Bench *b, Outcome *out, MkError *err)
{
    Fit f = {.arena = mk_arena_new(0)};
    MkStatus st = MK_OK;
    if (f.arena == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    deal(b);
    MK_TRY_GOTO(fit_sources(b, &f, err));
    if (f.people.groups[0].n != b->schema->n) {
        st = mk_fail(err, MK_EFORMAT, "the table has people of several sources, expected one");
        goto done;
    }
    MK_TRY_GOTO(conditional_independence(b, &f, err));
    MK_TRY_GOTO(judge(b, &f, out, err));
done:
    mk_cohort_free(f.cohort);
    mk_arena_free(f.arena);
    return st;
}

/* ---- */

static void print_outcome(Bench *b, const Outcome *o)
{
    const double n = (double)o->pairs;
    printf(
        "%-10s  %-15s  %5zu  %5zu  %5.3f %5.3f %5.3f   %5.3f %5.3f %5.3f   %5.3f   %5.3f %5.3f\n",
        b->by_category ? "categories" : "attributes", set_names[b->set], b->split + 1, o->pairs,
        tally_correlation(&o->base), tally_slope(&o->base), tally_rmse(&o->base),
        tally_correlation(&o->plain), tally_slope(&o->plain), tally_rmse(&o->plain),
        tally_rmse(&o->none), o->inside / n, o->width / n);
    fflush(stdout);
    mk_buf_printf(&b->rows,
                  "%s,%s,%zu,%zu,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f\n",
                  b->by_category ? "categories" : "attributes", set_names[b->set], b->split + 1,
                  o->pairs, tally_correlation(&o->base), tally_slope(&o->base),
                  tally_rmse(&o->base), tally_correlation(&o->plain), tally_slope(&o->plain),
                  tally_rmse(&o->plain), tally_rmse(&o->none), o->inside / n, o->width / n,
                  tally_rmse(&o->every), tally_rmse(&o->every_plain));
}

static MkStatus write_text(const char *folder, const char *name, const MkBuf *text, MkError *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return mk_file_write(path, text->data, text->len, err);
}

/* The largest set first; categories are dealt with that one only. */
static MkStatus run_design(Bench *b, const char *folder, MkError *err)
{
    const size_t last = b->by_category ? SETS - 1 : 0;
    for (size_t k = SETS; k-- > last;) {
        b->set = k;
        for (b->split = 0; b->split < SPLITS; b->split++) {
            Outcome outcome = {0};
            MK_TRY(run_split(b, &outcome, err));
            print_outcome(b, &outcome);
        }
        MK_TRY(write_text(folder, "linkage.csv", &b->rows, err));
        MK_TRY(write_text(folder, "linkage-pairs.csv", &b->pairs, err));
    }
    return MK_OK;
}

/* Attributes that enough people answer; the cohort speaks of them alone. */
static MkStatus narrow(Bench *b, const MkSchema *whole, MkError *err)
{
    size_t *const ids = mk_heap_array(whole->n, sizeof *ids), n = 0;
    if (ids == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < whole->n; j++) {
        size_t people = 0;
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < b->cohort->n_rows; i++) {
            const double v = mk_cohort_get(b->cohort, i, j);
            people += isnan(v) ? 0 : 1;
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        if (people >= ATTRIBUTE_PEOPLE && high > low) {
            ids[n++] = j;
        }
    }
    MkStatus st = mk_schema_subset(whole, ids, n, &b->schema, err);
    free(ids);
    if (st == MK_OK) {
        st = mk_cohort_narrow(b->cohort, b->schema, err);
    }
    b->side = mk_heap_array(n, 1);
    b->half = mk_heap_array(b->cohort->n_rows, 1);
    if (st == MK_OK && (b->side == NULL || b->half == NULL)) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
    }
    return st;
}

static MkStatus run(int argc, char **argv, Bench *b, MkSchema **whole, MkError *err)
{
    MK_TRY(mk_schema_read(argv[2], whole, err));
    MK_TRY(mk_cohort_read(argv[1], *whole, MK_OTHER_DROP, &b->cohort, err));
    MK_TRY(narrow(b, *whole, err));
    MK_TRY(mk_pool_new(0, &b->pool, err));
    printf("%zu people, %zu attributes\n"
           "                                             base                conditional indep.   "
           "zero    identified interval\n"
           "split       shared           number  pairs  corr. slope rmse    corr. slope rmse    "
           "rmse    inside width\n",
           b->cohort->n_rows, b->schema->n);
    mk_buf_puts(&b->rows, "design,shared,split,pairs,correlation,slope,rmse,plain_correlation,"
                          "plain_slope,plain_rmse,zero_rmse,inside,width,all_rmse,"
                          "all_plain_rmse\n");
    mk_buf_puts(&b->pairs, "design,shared,x,y,truth,base,plain,low,high\n");
    for (int k = 4; k < argc || k == 4; k++) {
        b->by_category = k < argc && strcmp(argv[k], "categories") == 0;
        MK_TRY(run_design(b, argv[3], err));
    }
    return MK_OK;
}

int main(int argc, char **argv)
{
    MkError err = {0};
    Bench b = {0};
    mk_buf_init(&b.rows);
    mk_buf_init(&b.pairs);
    MkSchema *whole = NULL;
    if (argc < 4) {
        fprintf(stderr, "usage: linkage TABLE SCHEMA FOLDER [attributes] [categories]\n");
        return 2;
    }
    mk_blas_init();
    const MkStatus st = run(argc, argv, &b, &whole, &err);
    if (st != MK_OK) {
        fprintf(stderr, "linkage: %s\n", err.text);
    }
    mk_pool_free(b.pool);
    mk_cohort_free(b.cohort);
    mk_schema_free(b.schema);
    mk_schema_free(whole);
    mk_buf_release(&b.rows);
    mk_buf_release(&b.pairs);
    free(b.side);
    free(b.half);
    return mk_status_exit_code(st);
}

/* fidelity.c - synthetic people held against real ones: shapes, trends, related pairs, whether
 * boosted trees tell them apart, and what can be learned from them.
 *
 *   fidelity SCHEMA TRAIN HOLDOUT SYNTHETIC [NAME]
 *
 * Definitions: shapes and trends as SDMetrics (1 - KS, 1 - total variation; Pearson, contingency
 * with ten equal bins over the real range); related pairs: |r| > 0.2 or Cramer's V > 0.1 in the
 * real people; two-sample: 1 - mean over three folds of 2 max(1/2, AUC) - 1, trees of depth 5;
 * learning: eight outcomes by trees, equally many people to learn from, the held-out ones to test.
 * Systems that write complete persons get the gaps of real people first. Prints a row of CSV. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "src/base/rng.h"
#include "src/data/table.h"

enum { BINS = 10, FOLDS = 3 };

#define XG(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0) {                                                                         \
            fprintf(stderr, "xgboost: %s\n", XGBGetLastError());                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static void *need(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return p;
}

/* People as rows of doubles, NaN missing. */
typedef struct People {
    size_t n, d;
    double *x; /* (n, d) */
} People;

static People load(const char *path, const MkSchema *schema)
{
    MkTable *table = NULL;
    MkError err = {0};
    if (mk_table_read(path, schema, MK_OTHER_DROP, &table, &err) != MK_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    People p = {.n = table->n_rows, .d = schema->n};
    p.x = need(malloc(p.n * p.d * sizeof *p.x));
    for (size_t i = 0; i < p.n; i++) {
        for (size_t j = 0; j < p.d; j++) {
            p.x[i * p.d + j] = mk_table_get(table, i, j);
        }
    }
    mk_table_free(table);
    return p;
}

static People first_rows(const People *p, size_t n, uint64_t seed)
{
    size_t *const order = need(malloc(p->n * sizeof *order));
    MkRng rng = mk_rng(seed, MK_RNG_BENCH, 0);
    for (size_t i = 0; i < p->n; i++) {
        order[i] = i;
    }
    mk_rng_shuffle(&rng, order, p->n);
    People q = {.n = n < p->n ? n : p->n, .d = p->d};
    q.x = need(malloc(q.n * q.d * sizeof *q.x));
    for (size_t i = 0; i < q.n; i++) {
        memcpy(q.x + i * q.d, p->x + order[i] * p->d, p->d * sizeof *q.x);
    }
    free(order);
    return q;
}

/* Gaps of random real people, when there are none. */
static void copy_gaps(People *p, const People *real)
{
    MkRng rng = mk_rng(5, MK_RNG_BENCH, 1);
    for (size_t i = 0; i < p->n * p->d; i++) {
        if (isnan(p->x[i])) {
            return;
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        const double *const from = real->x + mk_rng_below(&rng, real->n) * real->d;
        for (size_t j = 0; j < p->d; j++) {
            p->x[i * p->d + j] = isnan(from[j]) ? NAN : p->x[i * p->d + j];
        }
    }
}

/* ---- shapes ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t column(const People *p, size_t j, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double v = p->x[i * p->d + j];
        if (!isnan(v)) {
            out[n++] = v;
        }
    }
    qsort(out, n, sizeof *out, ascending);
    return n;
}

static double shape_number(const double *a, size_t n, const double *b, size_t m)
{
    double most = 0.0;
    for (size_t i = 0, k = 0; i < n || k < m;) {
        const double at = k >= m || (i < n && a[i] <= b[k]) ? a[i] : b[k];
        while (i < n && a[i] <= at) {
            i++;
        }
        while (k < m && b[k] <= at) {
            k++;
        }
        most = fmax(most, fabs((double)i / (double)n - (double)k / (double)m));
    }
    return 1.0 - most;
}

/* ---- pairs ---- */

typedef struct Coder {
    bool is_number;
    size_t n;
    double low, width;
} Coder;

static size_t code(const Coder *c, double v)
{
    if (!c->is_number) {
        return (size_t)v;
    }
    const double at = floor((v - c->low) / c->width);
    return at < 0.0 ? 0 : at >= BINS ? BINS - 1 : (size_t)at;
}

static double pearson(const People *p, size_t a, size_t b)
{
    double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double x = p->x[i * p->d + a], y = p->x[i * p->d + b];
        if (!isnan(x) && !isnan(y)) {
            n++, sa += x, sb += y;
        }
    }
    const double ma = sa / n, mb = sb / n;
    for (size_t i = 0; i < p->n; i++) {
        const double x = p->x[i * p->d + a] - ma, y = p->x[i * p->d + b] - mb;
        if (!isnan(x) && !isnan(y)) {
            saa += x * x, sbb += y * y, sab += x * y;
        }
    }
    const double v = sqrt(saa * sbb);
    return v > 0.0 ? sab / v : 0.0;
}

static double table_of(const People *p, const Coder *c, size_t a, size_t b, double *out)
{
    double n = 0.0;
    memset(out, 0, c[a].n * c[b].n * sizeof *out);
    for (size_t i = 0; i < p->n; i++) {
        const double x = p->x[i * p->d + a], y = p->x[i * p->d + b];
        if (!isnan(x) && !isnan(y)) {
            out[code(&c[a], x) * c[b].n + code(&c[b], y)] += 1.0;
            n += 1.0;
        }
    }
    for (size_t k = 0; k < c[a].n * c[b].n; k++) {
        out[k] /= fmax(n, 1.0);
    }
    return n;
}

static double cramer(const double *t, size_t na, size_t nb)
{
    double pa[128] = {0}, pb[128] = {0}, chi = 0.0;
    size_t ka = 0, kb = 0;
    for (size_t i = 0; i < na; i++) {
        for (size_t k = 0; k < nb; k++) {
            pa[i] += t[i * nb + k];
            pb[k] += t[i * nb + k];
        }
    }
    for (size_t i = 0; i < na; i++) {
        ka += pa[i] > 0.0;
        for (size_t k = 0; k < nb; k++) {
            const double e = pa[i] * pb[k];
            chi += e > 0.0 ? (t[i * nb + k] - e) * (t[i * nb + k] - e) / e : 0.0;
        }
    }
    for (size_t k = 0; k < nb; k++) {
        kb += pb[k] > 0.0;
    }
    const size_t least = ka < kb ? ka : kb;
    return least > 1 ? sqrt(chi / (double)(least - 1)) : 0.0;
}

static void trends(const People *real, const People *made, const Coder *c, double *all,
                   double *related)
{
    double *const t = need(malloc(128 * 128 * sizeof *t));
    double *const u = need(malloc(128 * 128 * sizeof *u));
    double sum = 0.0, strong = 0.0;
    size_t n = 0, m = 0;
    for (size_t a = 0; a < real->d; a++) {
        for (size_t b = 0; b < a; b++) {
            double score = 0.0;
            bool is_strong = false;
            if (c[a].is_number && c[b].is_number) {
                const double r = pearson(real, a, b), s = pearson(made, a, b);
                score = 1.0 - 0.5 * fabs(r - s);
                is_strong = fabs(r) > 0.2;
            } else {
                if (table_of(real, c, a, b, t) < 20.0) {
                    continue;
                }
                (void)table_of(made, c, a, b, u);
                double apart = 0.0;
                for (size_t k = 0; k < c[a].n * c[b].n; k++) {
                    apart += fabs(t[k] - u[k]);
                }
                score = 1.0 - 0.5 * apart;
                is_strong = cramer(t, c[a].n, c[b].n) > 0.1;
            }
            sum += score;
            n++;
            strong += is_strong ? score : 0.0;
            m += is_strong;
        }
    }
    *all = sum / (double)n;
    *related = strong / (double)m;
    free(t);
    free(u);
}

/* ---- trees ---- */

typedef struct Trees {
    const char *depth, *rate;
    int rounds;
    bool is_level;
    size_t n_levels;
} Trees;

/* Trains on x (n, d), y (n); fills out (m, classes). */
static void grow(const Trees *trees, const float *x, const float *y, size_t n, size_t d,
                 const float *test, size_t m, size_t classes, float *out)
{
    DMatrixHandle train, ask;
    BoosterHandle model;
    char text[32];
    bst_ulong len = 0;
    const float *answer = NULL;
    XG(XGDMatrixCreateFromMat(x, n, d, NAN, &train));
    XG(XGDMatrixSetFloatInfo(train, "label", y, n));
    XG(XGDMatrixCreateFromMat(test, m, d, NAN, &ask));
    XG(XGBoosterCreate(&train, 1, &model));
    XG(XGBoosterSetParam(model, "max_depth", trees->depth));
    XG(XGBoosterSetParam(model, "eta", trees->rate));
    XG(XGBoosterSetParam(model, "subsample", "0.8"));
    XG(XGBoosterSetParam(model, "seed", "1"));
    XG(XGBoosterSetParam(model, "nthread", "2"));
    XG(XGBoosterSetParam(model, "tree_method", "hist"));
    if (!trees->is_level) {
        XG(XGBoosterSetParam(model, "objective", "reg:squarederror"));
    } else if (classes == 1) {
        XG(XGBoosterSetParam(model, "objective", "binary:logistic"));
    } else {
        snprintf(text, sizeof text, "%zu", classes);
        XG(XGBoosterSetParam(model, "objective", "multi:softprob"));
        XG(XGBoosterSetParam(model, "num_class", text));
    }
    for (int r = 0; r < trees->rounds; r++) {
        XG(XGBoosterUpdateOneIter(model, r, train));
    }
    XG(XGBoosterPredict(model, ask, 0, 0, 0, &len, &answer));
    memcpy(out, answer, m * classes * sizeof *out);
    XG(XGBoosterFree(model));
    XG(XGDMatrixFree(train));
    XG(XGDMatrixFree(ask));
}

typedef struct Scored {
    float score, label;
} Scored;

static int by_score(const void *a, const void *b)
{
    const float x = ((const Scored *)a)->score, y = ((const Scored *)b)->score;
    return (x > y) - (x < y);
}

static double auc(Scored *s, size_t n)
{
    double rank = 0.0, positive = 0.0;
    qsort(s, n, sizeof *s, by_score);
    for (size_t i = 0, k = 0; i < n; i = k) {
        for (k = i; k < n && s[k].score == s[i].score; k++) {
        }
        for (size_t j = i; j < k; j++) {
            if (s[j].label > 0.5F) {
                rank += 0.5 * (double)(i + k + 1);
                positive += 1.0;
            }
        }
    }
    return (rank - 0.5 * positive * (positive + 1.0)) / (positive * ((double)n - positive));
}

static double two_sample(const People *real, const People *made)
{
    const size_t d = real->d, n = real->n < made->n ? real->n : made->n, all = 2 * n;
    const Trees trees = {"5", "0.15", 80, true, 2};
    size_t *const order = need(malloc(all * sizeof *order));
    float *const x = need(malloc(all * d * sizeof *x)), *const y = need(malloc(all * sizeof *y));
    float *const test = need(malloc(all * d * sizeof *test));
    float *const out = need(malloc(all * sizeof *out));
    Scored *const s = need(malloc(all * sizeof *s));
    MkRng rng = mk_rng(3, MK_RNG_BENCH, 2);
    double sum = 0.0;
    for (size_t i = 0; i < all; i++) {
        order[i] = i;
    }
    mk_rng_shuffle(&rng, order, all);
    for (size_t fold = 0; fold < FOLDS; fold++) {
        size_t k = 0, m = 0;
        for (size_t i = 0; i < all; i++) {
            const size_t at = order[i];
            const double *const row = at < n ? real->x + at * d : made->x + (at - n) * d;
            float *const to = i % FOLDS == fold ? test + m * d : x + k * d;
            for (size_t j = 0; j < d; j++) {
                to[j] = (float)row[j];
            }
            if (i % FOLDS == fold) {
                s[m++].label = at < n ? 0.0F : 1.0F;
            } else {
                y[k++] = at < n ? 0.0F : 1.0F;
            }
        }
        grow(&trees, x, y, k, d, test, m, 1, out);
        for (size_t i = 0; i < m; i++) {
            s[i].score = out[i];
        }
        sum += 2.0 * fmax(0.5, auc(s, m)) - 1.0;
    }
    free(order);
    free(x);
    free(y);
    free(test);
    free(out);
    free(s);
    return 1.0 - sum / FOLDS;
}

/* ---- learning ---- */

static const char *const outcomes[] = {"BPXOSY1", "LBXGH",  "LBDHDD", "LUXCAPM",
                                       "DIQ010",  "BPQ020", "HUQ010", "SLQ050"};

/* Median or commonest level of a column of the training people. */
static double filler(const People *p, const Coder *c, size_t j, double *room)
{
    const size_t n = column(p, j, room);
    if (n == 0) {
        return 0.0;
    }
    if (c[j].is_number) {
        return room[n / 2];
    }
    size_t best = 0, best_run = 0;
    for (size_t i = 0, k = 0; i < n; i = k) {
        for (k = i; k < n && room[k] == room[i]; k++) {
        }
        if (k - i > best_run) {
            best_run = k - i;
            best = (size_t)room[i];
        }
    }
    return (double)best;
}

static size_t fill(const People *p, const double *fillers, size_t y, float *x, float *label)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double *const row = p->x + i * p->d;
        if (isnan(row[y])) {
            continue;
        }
        for (size_t j = 0, k = 0; j < p->d; j++) {
            if (j != y) {
                x[n * (p->d - 1) + k++] = (float)(isnan(row[j]) ? fillers[j] : row[j]);
            }
        }
        label[n++] = (float)row[y];
    }
    return n;
}

static double learn_one(const People *train, const People *test, const Coder *c, size_t y,
                        const double *fillers)
{
    const size_t d = train->d - 1, classes = c[y].is_number ? 1 : c[y].n;
    float *const x = need(malloc(train->n * d * sizeof *x));
    float *const label = need(malloc(train->n * sizeof *label));
    float *const ask = need(malloc(test->n * d * sizeof *ask));
    float *const truth = need(malloc(test->n * sizeof *truth));
    float *const out = need(malloc(test->n * classes * sizeof *out));
    const size_t n = fill(train, fillers, y, x, label), m = fill(test, fillers, y, ask, truth);
    const Trees number = {"5", "0.08", 150, false, 0}, level = {"5", "0.1", 100, true, classes};
    double score = 0.0;
    if (c[y].is_number) {
        double mean = 0.0, total = 0.0, left = 0.0;
        grow(&number, x, label, n, d, ask, m, 1, out);
        for (size_t i = 0; i < m; i++) {
            mean += (double)truth[i] / (double)m;
        }
        for (size_t i = 0; i < m; i++) {
            total += ((double)truth[i] - mean) * ((double)truth[i] - mean);
            left += (double)(truth[i] - out[i]) * (double)(truth[i] - out[i]);
        }
        score = 1.0 - left / total;
    } else {
        grow(&level, x, label, n, d, ask, m, classes, out);
        for (size_t i = 0; i < m; i++) {
            size_t best = 0;
            for (size_t k = 1; k < classes; k++) {
                best = out[i * classes + k] > out[i * classes + best] ? k : best;
            }
            score += (double)best == (double)truth[i] ? 1.0 / (double)m : 0.0;
        }
    }
    free(x);
    free(label);
    free(ask);
    free(truth);
    free(out);
    return score;
}

static double learning(const MkSchema *schema, const People *train, const People *test,
                       const Coder *c)
{
    double *const fillers = need(malloc(train->d * sizeof *fillers));
    double *const room = need(malloc(train->n * sizeof *room));
    double sum = 0.0;
    for (size_t j = 0; j < train->d; j++) {
        fillers[j] = filler(train, c, j, room);
    }
    const size_t n = sizeof outcomes / sizeof *outcomes;
    for (size_t k = 0; k < n; k++) {
        size_t y = 0;
        if (!mk_schema_find(schema, outcomes[k], &y)) {
            fprintf(stderr, "%s is no attribute of the schema\n", outcomes[k]);
            exit(1);
        }
        sum += learn_one(train, test, c, y, fillers) / (double)n;
    }
    free(fillers);
    free(room);
    return sum;
}

int main(int argc, char **argv)
{
    MkSchema *schema = NULL;
    MkError err = {0};
    if (argc < 5) {
        fprintf(stderr, "usage: fidelity SCHEMA TRAIN HOLDOUT SYNTHETIC [NAME]\n");
        return 2;
    }
    if (mk_schema_read(argv[1], &schema, &err) != MK_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    People train = load(argv[2], schema), test = load(argv[3], schema),
           made = load(argv[4], schema);
    copy_gaps(&made, &train);
    const People real = first_rows(&train, made.n, 1);
    Coder *const c = need(calloc(schema->n, sizeof *c));
    double *const a = need(malloc((train.n + made.n) * sizeof *a));
    double *const b = need(malloc((train.n + made.n) * sizeof *b));
    double shapes = 0.0, all = 0.0, related = 0.0;
    for (size_t j = 0; j < schema->n; j++) {
        const MkAttribute *const attribute = &schema->attributes[j];
        const size_t n = column(&train, j, a), m = column(&made, j, b);
        c[j] = (Coder){.is_number = mk_type_is_number(attribute->type),
                       .n = mk_type_is_number(attribute->type) ? BINS : attribute->n_levels};
        if (c[j].is_number) {
            c[j].low = a[0];
            c[j].width = fmax((a[n - 1] - a[0]) / BINS, 1e-12);
            shapes += shape_number(a, n, b, m);
        } else {
            double apart = 0.0;
            for (size_t k = 0; k < attribute->n_levels; k++) {
                double p = 0.0, q = 0.0;
                for (size_t i = 0; i < n; i++) {
                    p += a[i] == (double)k ? 1.0 / (double)n : 0.0;
                }
                for (size_t i = 0; i < m; i++) {
                    q += b[i] == (double)k ? 1.0 / (double)m : 0.0;
                }
                apart += fabs(p - q);
            }
            shapes += 1.0 - 0.5 * apart;
        }
    }
    shapes /= (double)schema->n;
    trends(&train, &made, c, &all, &related);
    printf("%s,%zu,%.4f,%.4f,%.4f,%.4f,", argc > 5 ? argv[5] : argv[4], made.n, shapes, all,
           related, 0.5 * (shapes + all));
    fflush(stdout);
    printf("%.4f,", two_sample(&real, &made));
    fflush(stdout);
    printf("%.4f,", learning(schema, &made, &test, c));
    printf("%.4f\n", learning(schema, &real, &test, c));
    return 0;
}

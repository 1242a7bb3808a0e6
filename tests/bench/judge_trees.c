/* judge_trees.c - boosted trees: telling people apart, and learning from them (judge.h).
 *
 * One thread a forest: with two, libgomp's waiting makes a busy machine ten times slower. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "src/base/rng.h"
#include "tests/bench/judge.h"

enum { FOLDS = 3 };

#define XG(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0) {                                                                         \
            judge_die("xgboost: %s", XGBGetLastError());                                           \
        }                                                                                          \
    } while (0)

typedef struct Trees {
    const char *depth, *rate;
    int rounds;
    bool is_level;
} Trees;

static void set_parameters(BoosterHandle model, const Trees *trees, size_t classes)
{
    char text[32];
    XG(XGBoosterSetParam(model, "max_depth", trees->depth));
    XG(XGBoosterSetParam(model, "eta", trees->rate));
    XG(XGBoosterSetParam(model, "subsample", "0.8"));
    XG(XGBoosterSetParam(model, "seed", "1"));
    XG(XGBoosterSetParam(model, "nthread", "1"));
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
}

/* Trains on x (n, d), y (n); fills out (m, classes). */
static void grow(const Trees *trees, const float *x, const float *y, size_t n, size_t d,
                 const float *test, size_t m, size_t classes, float *out)
{
    DMatrixHandle train, ask;
    BoosterHandle model;
    bst_ulong len = 0;
    const float *answer = NULL;
    XG(XGDMatrixCreateFromMat(x, n, d, NAN, &train));
    XG(XGDMatrixSetFloatInfo(train, "label", y, n));
    XG(XGDMatrixCreateFromMat(test, m, d, NAN, &ask));
    XG(XGBoosterCreate(&train, 1, &model));
    set_parameters(model, trees, classes);
    for (int r = 0; r < trees->rounds; r++) {
        XG(XGBoosterUpdateOneIter(model, r, train));
    }
    XG(XGBoosterPredict(model, ask, 0, 0, 0, &len, &answer));
    memcpy(out, answer, m * classes * sizeof *out);
    XG(XGBoosterFree(model));
    XG(XGDMatrixFree(train));
    XG(XGDMatrixFree(ask));
}

/* ---- two samples ---- */

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

typedef struct Contest {
    const People *real, *made;
    const bool *left_out;
    const size_t *order; /* (2 n) real ones, then made ones, shuffled */
    size_t n, d;         /* of each; attributes that count */
    float *x, *y, *test, *out;
    Scored *s;
} Contest;

static double contest_fold(const Contest *c, size_t fold)
{
    const Trees trees = {"5", "0.15", 80, true};
    size_t k = 0, m = 0;
    for (size_t i = 0; i < 2 * c->n; i++) {
        const size_t at = c->order[i];
        const People *const p = at < c->n ? c->real : c->made;
        const double *const row = p->x + (at < c->n ? at : at - c->n) * p->d;
        float *to = i % FOLDS == fold ? c->test + m * c->d : c->x + k * c->d;
        for (size_t j = 0; j < p->d; j++) {
            if (c->left_out == NULL || !c->left_out[j]) {
                *to++ = (float)row[j];
            }
        }
        if (i % FOLDS == fold) {
            c->s[m++].label = at < c->n ? 0.0F : 1.0F;
        } else {
            c->y[k++] = at < c->n ? 0.0F : 1.0F;
        }
    }
    grow(&trees, c->x, c->y, k, c->d, c->test, m, 1, c->out);
    for (size_t i = 0; i < m; i++) {
        c->s[i].score = c->out[i];
    }
    return 2.0 * fmax(0.5, auc(c->s, m)) - 1.0;
}

double judge_two_sample(const People *real, const People *made, const bool *left_out)
{
    const size_t n = real->n < made->n ? real->n : made->n, all = 2 * n;
    size_t *const order = judge_need(malloc((all + 1) * sizeof *order));
    Contest c = {.real = real, .made = made, .left_out = left_out, .order = order, .n = n};
    for (size_t j = 0; j < real->d; j++) {
        c.d += left_out == NULL || !left_out[j];
    }
    c.x = judge_need(malloc((all * c.d + 1) * sizeof *c.x));
    c.y = judge_need(malloc((all + 1) * sizeof *c.y));
    c.test = judge_need(malloc((all * c.d + 1) * sizeof *c.test));
    c.out = judge_need(malloc((all + 1) * sizeof *c.out));
    c.s = judge_need(malloc((all + 1) * sizeof *c.s));
    MkRng rng = mk_rng(3, MK_RNG_BENCH, 2);
    double sum = 0.0;
    for (size_t i = 0; i < all; i++) {
        order[i] = i;
    }
    mk_rng_shuffle(&rng, order, all);
    for (size_t fold = 0; fold < FOLDS; fold++) {
        sum += contest_fold(&c, fold);
    }
    free(order);
    free(c.x);
    free(c.y);
    free(c.test);
    free(c.out);
    free(c.s);
    return 1.0 - sum / FOLDS;
}

/* ---- learning ---- */

/* Median or commonest level of a column of the training people, for its gaps. */
static double filler(const People *p, const Coder *c, size_t j, double *room)
{
    size_t n = 0;
    double count[128] = {0};
    for (size_t i = 0; i < p->n; i++) {
        const double v = p->x[i * p->d + j];
        if (!isnan(v)) {
            room[n++] = v;
        }
    }
    if (n == 0) {
        return 0.0;
    }
    if (c[j].is_number) {
        Scored *const s = judge_need(malloc(n * sizeof *s));
        for (size_t i = 0; i < n; i++) {
            s[i] = (Scored){.score = (float)room[i]};
        }
        qsort(s, n, sizeof *s, by_score);
        const double median = (double)s[n / 2].score;
        free(s);
        return median;
    }
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        count[(size_t)room[i]] += 1.0;
    }
    for (size_t k = 1; k < c[j].n; k++) {
        best = count[k] > count[best] ? k : best;
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

static double r_squared(const float *truth, const float *out, size_t m)
{
    double mean = 0.0, total = 0.0, left = 0.0;
    for (size_t i = 0; i < m; i++) {
        mean += (double)truth[i] / (double)m;
    }
    for (size_t i = 0; i < m; i++) {
        total += ((double)truth[i] - mean) * ((double)truth[i] - mean);
        left += (double)(truth[i] - out[i]) * (double)(truth[i] - out[i]);
    }
    return 1.0 - left / total;
}

static double accuracy(const float *truth, const float *out, size_t m, size_t classes)
{
    double score = 0.0;
    for (size_t i = 0; i < m; i++) {
        size_t best = 0;
        for (size_t k = 1; k < classes; k++) {
            best = out[i * classes + k] > out[i * classes + best] ? k : best;
        }
        score += (double)best == (double)truth[i] ? 1.0 / (double)m : 0.0;
    }
    return score;
}

double judge_learning(const Judge *judge, const People *train, const People *test, size_t outcome)
{
    const Coder *const c = judge->coders;
    const size_t d = train->d - 1, classes = c[outcome].is_number ? 1 : c[outcome].n;
    const Trees number = {"5", "0.08", 150, false}, level = {"5", "0.1", 100, true};
    double *const fillers = judge_need(malloc((d + 1) * sizeof *fillers));
    double *const room = judge_need(malloc((train->n + 1) * sizeof *room));
    float *const x = judge_need(malloc((train->n * d + 1) * sizeof *x));
    float *const label = judge_need(malloc((train->n + 1) * sizeof *label));
    float *const ask = judge_need(malloc((test->n * d + 1) * sizeof *ask));
    float *const truth = judge_need(malloc((test->n + 1) * sizeof *truth));
    float *const out = judge_need(malloc((test->n * classes + 1) * sizeof *out));
    for (size_t j = 0; j < train->d; j++) {
        fillers[j] = filler(train, c, j, room);
    }
    const size_t n = fill(train, fillers, outcome, x, label);
    const size_t m = fill(test, fillers, outcome, ask, truth);
    double score = 0.0;
    if (n > 0 && m > 0) { /* synthetic people may never have the outcome: nothing is learned */
        grow(c[outcome].is_number ? &number : &level, x, label, n, d, ask, m, classes, out);
        score = c[outcome].is_number ? r_squared(truth, out, m) : accuracy(truth, out, m, classes);
    }
    free(fillers);
    free(room);
    free(x);
    free(label);
    free(ask);
    free(truth);
    free(out);
    return score;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/two_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/eval/logistic.h"
#include "src/eval/trees.h"

enum { FOLDS = MK_CONTEST_FOLDS };

/* ---- area under the curve ---- */

static int by_score(const void *a, const void *b)
{
    const float x = ((const MkScored *)a)->score, y = ((const MkScored *)b)->score;
    return (x > y) - (x < y);
}

double mk_auc(MkScored *s, size_t n)
{
    double below = 0.0, won = 0.0, positive = 0.0, negative = 0.0;
    if (n > 0) {
        qsort(s, n, sizeof *s, by_score);
    }
    for (size_t i = 0, k = 0; i < n; i = k) {
        double here_positive = 0.0, here_negative = 0.0;
        for (k = i; k < n && s[k].score == s[i].score; k++) {
            here_positive += s[k].is_positive ? (double)s[k].weight : 0.0;
            here_negative += s[k].is_positive ? 0.0 : (double)s[k].weight;
        }
        won += here_positive * (below + 0.5 * here_negative);
        below += here_negative;
        positive += here_positive;
        negative += here_negative;
    }
    return positive > 0.0 && negative > 0.0 ? won / (positive * negative) : 0.5;
}

/* ---- folds ---- */

typedef struct Fold {
    const MkContest *contest;
    size_t n, d, n_train, n_test; /* of each crowd; attributes that count */
    size_t *order;                /* (2 n) real ones, then made ones, shuffled */
    size_t *ids;                  /* (d) */
    float *x, *y, *w;             /* (n_train, d) */
    float *test, *out;            /* (n_test, d) */
    MkScored *scored;             /* (n_test) */
} Fold;

static void fold_free(Fold *f)
{
    free(f->order);
    free(f->ids);
    free(f->x);
    free(f->y);
    free(f->w);
    free(f->test);
    free(f->out);
    free(f->scored);
}

static MkStatus fold_new(const MkContest *contest, Fold *f, MkError *err)
{
    const MkCrowd *const real = contest->real, *const made = contest->made;
    const size_t n = real->n < made->n ? real->n : made->n, all = 2 * n;
    *f = (Fold){.contest = contest, .n = n};
    f->ids = mk_heap_array(real->d + 1, sizeof *f->ids);
    for (size_t j = 0; f->ids != NULL && j < real->d; j++) {
        if (contest->left_out == NULL || !contest->left_out[j]) {
            f->ids[f->d++] = j;
        }
    }
    f->order = mk_heap_array(all + 1, sizeof *f->order);
    f->x = mk_heap_array(all * f->d + 1, sizeof *f->x);
    f->y = mk_heap_array(all + 1, sizeof *f->y);
    f->w = mk_heap_array(all + 1, sizeof *f->w);
    f->test = mk_heap_array((all / FOLDS + 1) * f->d + 1, sizeof *f->test);
    f->out = mk_heap_array(all / FOLDS + 2, sizeof *f->out);
    f->scored = mk_heap_array(all / FOLDS + 2, sizeof *f->scored);
    if (f->ids == NULL || f->order == NULL || f->x == NULL || f->y == NULL || f->w == NULL ||
        f->test == NULL || f->out == NULL || f->scored == NULL) {
        fold_free(f);
        return mk_fail(err, MK_ENOMEM, "out of memory for the two-sample score");
    }
    for (size_t i = 0; i < all; i++) {
        f->order[i] = i;
    }
    MkRng rng = mk_rng(3, MK_RNG_BENCH, 2);
    mk_rng_shuffle(&rng, f->order, all);
    return MK_OK;
}

/* People of the fold to the test rows, the others to those that are learned from. */
static void fold_fill(Fold *f, size_t fold)
{
    for (size_t i = 0; i < 2 * f->n; i++) {
        const bool is_real = f->order[i] < f->n, is_test = i % FOLDS == fold;
        const MkCrowd *const p = is_real ? f->contest->real : f->contest->made;
        const size_t person = is_real ? f->order[i] : f->order[i] - f->n;
        const double *const weights = mk_crowd_weights(p, 0);
        const float weight = weights != NULL ? (float)weights[person] : 1.0F;
        float *const to = is_test ? f->test + f->n_test * f->d : f->x + f->n_train * f->d;
        for (size_t j = 0; j < f->d; j++) {
            to[j] = (float)p->x[f->ids[j] * p->stride + person];
        }
        if (is_test) {
            f->scored[f->n_test++] = (MkScored){.weight = weight, .is_positive = !is_real};
        } else {
            f->w[f->n_train] = weight;
            f->y[f->n_train++] = is_real ? 0.0F : 1.0F;
        }
    }
}

static MkStatus fold_learn(Fold *f, MkError *err)
{
    const MkContest *const c = f->contest;
    const bool is_weighted = c->real->n_sets > 0 || c->made->n_sets > 0;
    const MkTrees trees = {.rounds = 80, .depth = 5, .rate = 0.15, .subsample = 0.8, .classes = 1};
    const MkTreesTask task = {.x = f->x,
                              .y = f->y,
                              .w = is_weighted ? f->w : NULL,
                              .n = f->n_train,
                              .d = f->d,
                              .test = f->test,
                              .m = f->n_test,
                              .cancel = c->cancel};
    if (c->by == MK_BY_TREES) {
        return mk_trees_learn(&trees, &task, f->out, err);
    }
    return mk_logistic_learn(c->schema, f->ids, &task, f->out, err);
}

MkStatus mk_contest_fold(const MkContest *contest, size_t fold, double *out, MkError *err)
{
    Fold f;
    if (contest->by == MK_BY_TREES && !mk_trees_available()) {
        return mk_trees_learn(NULL, NULL, NULL, err);
    }
    MK_TRY(fold_new(contest, &f, err));
    fold_fill(&f, fold);
    const MkStatus st = fold_learn(&f, err);
    if (st == MK_OK) {
        for (size_t i = 0; i < f.n_test; i++) {
            f.scored[i].score = f.out[i];
        }
        *out = 2.0 * fmax(0.5, mk_auc(f.scored, f.n_test)) - 1.0;
    }
    fold_free(&f);
    return st;
}

MkStatus mk_contest(const MkContest *contest, double *out, MkError *err)
{
    double sum = 0.0, one = 0.0;
    for (size_t fold = 0; fold < FOLDS; fold++) {
        MK_TRY(mk_contest_fold(contest, fold, &one, err));
        sum += one;
    }
    *out = 1.0 - sum / FOLDS;
    return MK_OK;
}

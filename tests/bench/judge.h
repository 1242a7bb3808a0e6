/* judge.h - synthetic people held against real ones: shapes, trends, related pairs, whether boosted
 * trees tell them apart, and what can be learned from them.
 *
 * Shapes and trends as SDMetrics: 1 - Kolmogorov-Smirnov distance or 1 - total variation of an
 * attribute; 1 - |difference of Pearson correlations| / 2, or 1 - total variation of the
 * contingency table of a pair, with ten equal bins over the range of real people. Related pairs:
 * those with |r| > 0.2 or Cramer's V > 0.1 in real people. Two-sample: 1 - mean over three folds of
 * 2 max(1/2, AUC) - 1, trees of depth 5. Learning: an outcome predicted by trees from all other
 * attributes (R squared of a number, accuracy of levels). Nothing here starts a thread. */
#ifndef MK_TESTS_BENCH_JUDGE_H
#define MK_TESTS_BENCH_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/data/schema.h"

/* People as rows of doubles, NaN missing. */
typedef struct People {
    size_t n, d;
    double *x; /* (n, d) */
} People;

/* How a value becomes a cell of a contingency table. */
typedef struct Coder {
    bool is_number;
    size_t n;
    double low, width;
} Coder;

typedef struct Judge {
    const MkSchema *schema;
    size_t d;
    Coder *coders;    /* (d) */
    bool *is_related; /* (d, d), below the diagonal */
} Judge;

typedef struct Fidelity {
    double shapes, trends, related;
} Fidelity;

/* The bench ends with a line when memory, a file or a name is not there. */
void *judge_need(void *p);
void judge_die(const char *fmt, ...) MK_PRINTF(1, 2);
MkSchema *judge_schema(const char *path);
People judge_load(const char *path, const MkSchema *schema);

People judge_pick(const People *p, size_t n, uint64_t seed);             /* n random people */
People judge_rows(const People *p, const size_t *rows, size_t n);        /* these */
People judge_part(const People *p, size_t begin, size_t n);              /* borrowed, in a row */
People judge_both(const People *a, const People *b);                     /* one after the other */
void judge_halves(const People *p, uint64_t seed, People *a, People *b); /* at random, equal */
/* The gaps of random real people, for synthetic people who have none. */
void judge_copy_gaps(People *p, const People *real);

/* Bins and related pairs are those of `real`. */
Judge judge_new(const MkSchema *schema, const People *real);
/* left_out (d) attributes do not count; NULL: all do. Attributes and pairs that fewer than 20 of
 * the real people have do not count either. */
Fidelity judge_fidelity(const Judge *judge, const People *real, const People *made,
                        const bool *left_out);
/* As many of each as there are of the fewer. */
double judge_two_sample(const People *real, const People *made, const bool *left_out);
double judge_learning(const Judge *judge, const People *train, const People *test, size_t outcome);

#endif

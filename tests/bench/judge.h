/* judge.h - synthetic people held against real ones, for programs that end with a line when
 * something fails: crowds (src/eval/crowd.h), and what boosted trees learn from them.
 *
 * Shapes, trends and related pairs are those of src/eval/alike.h with ten equal bins over the range
 * of real people, the two-sample score is that of src/eval/two_sample.h. Learning: an outcome
 * predicted by trees from all other attributes (R squared of a number, accuracy of levels), gaps
 * filled with the median or the commonest level. Nothing here starts a thread. */
#ifndef MK_TESTS_BENCH_JUDGE_H
#define MK_TESTS_BENCH_JUDGE_H

#include <stdint.h>

#include "src/eval/alike.h"
#include "src/eval/crowd.h"

typedef struct Judge {
    const MkSchema *schema;
    MkCoder *coders;
    MkPairs pairs; /* all of them */
} Judge;

/* The bench ends with a line when memory, a file or a name is not there. */
void *judge_need(void *p);
void judge_die(const char *fmt, ...) MK_PRINTF(1, 2);
MkArena *judge_arena(void);
MkSchema *judge_schema(const char *path);
MkCrowd judge_load(const char *path, const MkSchema *schema, MkArena *arena);
MkCrowd judge_rows(const MkCrowd *p, const size_t *rows, size_t n, MkArena *arena);
MkCrowd judge_pick(const MkCrowd *p, size_t n, uint64_t seed, MkArena *arena);
MkCrowd judge_both(const MkCrowd *a, const MkCrowd *b, MkArena *arena);
void judge_halves(const MkCrowd *p, uint64_t seed, MkArena *arena, MkCrowd *a, MkCrowd *b);

/* Bins and related pairs are those of `real`. */
Judge judge_new(const MkSchema *schema, const MkCrowd *real, MkArena *arena);
/* left_out (d) attributes do not count; NULL: all do. */
MkAlike judge_alike(const Judge *judge, const MkCrowd *real, const MkCrowd *made,
                    const bool *left_out);
double judge_two_sample(const Judge *judge, const MkCrowd *real, const MkCrowd *made,
                        const bool *left_out);
double judge_learning(const Judge *judge, const MkCrowd *train, const MkCrowd *test,
                      size_t outcome);

#endif

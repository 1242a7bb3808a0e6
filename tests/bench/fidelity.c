/* fidelity.c - synthetic people of several models held against real ones (judge.h).
 *
 *   fidelity [--outcomes FILE] [--seed N] [--real X] [--both no] SCHEMA TRAIN HOLDOUT
 *            (SYNTHETIC NAME)...
 *
 * A row of CSV each: name, persons, shapes, trends, related pairs, overall, two-sample, and the
 * mean over the outcomes of what is learned from synthetic people, from as many real ones, and from
 * both together; tested on the held-out people. Outcomes are listed in FILE, a name a line; X is
 * what an earlier run with this seed told of real people, which saves a third of the time; with
 * `--both no` as well, both together are not learned from (nan), which saves another. The
 * SYNTHETIC `real` is one half of the training people, judged against the other: what equals can
 * reach. Systems that write complete persons get the gaps of real people first. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/pool.h"
#include "tests/bench/judge.h"

enum { OUTCOMES_MOST = 32, HALF_MOST = 3000 };

/* Of the table bench/nhanes114. */
static const char *const usual[] = {"BPXOSY1", "LBXGH",  "LBDHDD", "LUXCAPM",
                                    "DIQ010",  "BPQ020", "HUQ010", "SLQ050"};

typedef struct Bench {
    MkSchema *schema;
    uint64_t seed;
    size_t outcomes[OUTCOMES_MOST], n_outcomes;
    const char *outcomes_file;
    MkArena *arena;
    MkCrowd train, test;
    Judge judge;
    MkPool *pool;
    size_t n_real; /* people of whom `real` was learned; 0: any number */
    double real;   /* NaN: nothing yet */
    bool no_both;
} Bench;

/* One system's persons, and the forests that judge them: two-sample, then each outcome learned from
 * synthetic, both, and (when nobody has asked yet) real people. */
typedef struct Trial {
    const Bench *bench;
    const MkCrowd *against, *made, *real, *both;
    double two_sample;
    double learned[OUTCOMES_MOST][3];
} Trial;

static void task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    Trial *const t = ctx;
    const Bench *const b = t->bench;
    const MkCrowd *const from[3] = {t->made, t->both, t->real};
    if (index == 0) {
        t->two_sample = judge_two_sample(&b->judge, t->against, t->made, NULL);
        return;
    }
    const size_t k = (index - 1) % b->n_outcomes, which = (index - 1) / b->n_outcomes;
    t->learned[k][which] = judge_learning(&b->judge, from[which], &b->test, b->outcomes[k]);
}

static double mean_learned(const Trial *t, size_t which)
{
    double sum = 0.0;
    for (size_t k = 0; k < t->bench->n_outcomes; k++) {
        sum += t->learned[k][which];
    }
    return sum / (double)t->bench->n_outcomes;
}

static void judge_one(Bench *b, const char *path, const char *name)
{
    const bool is_real = strcmp(path, "real") == 0;
    MkArena *const arena = judge_arena();
    MkCrowd made, rest = b->train;
    if (is_real) {
        judge_halves(&b->train, b->seed, arena, &rest, &made);
        made = made.n > HALF_MOST ? mk_crowd_part(&made, 0, HALF_MOST) : made;
    } else {
        made = judge_load(path, b->schema, arena);
        mk_crowd_copy_gaps(&made, &b->train);
    }
    const MkAlike f = judge_alike(&b->judge, &rest, &made, NULL);
    const MkCrowd real = judge_pick(&rest, made.n, b->seed, arena);
    const MkCrowd both = judge_both(&made, &real, arena);
    Trial t = {.bench = b, .against = &real, .made = &made, .real = &real, .both = &both};
    const bool is_told = !isnan(b->real) && (b->n_real == 0 || b->n_real == real.n);
    const size_t kinds = is_real || !is_told ? 3 : b->no_both ? 1 : 2;
    printf("%s,%zu,%.4f,%.4f,%.4f,%.4f,", name, made.n, f.shapes, f.trends, f.related,
           0.5 * (f.shapes + f.trends));
    fflush(stdout);
    mk_pool_run(b->pool, 1 + kinds * b->n_outcomes, task, &t);
    const double learned = kinds == 3 ? mean_learned(&t, 2) : b->real;
    if (!is_real && kinds == 3) {
        b->n_real = real.n;
        b->real = learned;
    }
    printf("%.4f,%.4f,%.4f,%.4f\n", t.two_sample, mean_learned(&t, 0), learned,
           kinds > 1 ? mean_learned(&t, 1) : (double)NAN);
    fflush(stdout);
    mk_arena_free(arena);
}

static void add_outcome(Bench *b, const char *name)
{
    if (b->n_outcomes >= OUTCOMES_MOST ||
        !mk_schema_find(b->schema, name, &b->outcomes[b->n_outcomes])) {
        judge_die("%s: no attribute of the schema, or too many outcomes", name);
    }
    b->n_outcomes++;
}

static void read_outcomes(Bench *b)
{
    char line[256];
    if (b->outcomes_file == NULL) {
        for (size_t k = 0; k < sizeof usual / sizeof *usual; k++) {
            add_outcome(b, usual[k]);
        }
        return;
    }
    FILE *const file = fopen(b->outcomes_file, "r");
    if (file == NULL) {
        judge_die("%s: cannot be read", b->outcomes_file);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            add_outcome(b, line);
        }
    }
    fclose(file);
}

int main(int argc, char **argv)
{
    Bench b = {.seed = 1, .real = NAN};
    MkError err = {0};
    int at = 1;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--outcomes") == 0) {
            b.outcomes_file = argv[at + 1];
        } else if (strcmp(argv[at], "--seed") == 0) {
            b.seed = strtoull(argv[at + 1], NULL, 10);
        } else if (strcmp(argv[at], "--real") == 0) {
            b.real = strtod(argv[at + 1], NULL);
        } else if (strcmp(argv[at], "--both") == 0) {
            b.no_both = strcmp(argv[at + 1], "no") == 0;
        }
    }
    if (argc - at < 4) {
        fprintf(stderr, "usage: fidelity [--outcomes FILE] [--seed N] [--real X] SCHEMA TRAIN "
                        "HOLDOUT (SYNTHETIC NAME)...\n");
        return 2;
    }
    b.schema = judge_schema(argv[at]);
    b.arena = judge_arena();
    b.train = judge_load(argv[at + 1], b.schema, b.arena);
    b.test = judge_load(argv[at + 2], b.schema, b.arena);
    read_outcomes(&b);
    b.judge = judge_new(b.schema, &b.train, b.arena);
    if (mk_pool_new(0, &b.pool, &err) != MK_OK) {
        judge_die("%s", err.text);
    }
    for (at += 3; at < argc; at += 2) {
        judge_one(&b, argv[at], at + 1 < argc ? argv[at + 1] : argv[at]);
    }
    mk_pool_free(b.pool);
    mk_arena_free(b.arena);
    return 0;
}

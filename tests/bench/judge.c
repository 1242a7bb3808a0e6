/* judge.c - crowds of people for programs that end when something fails (judge.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/bench/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/eval/trees.h"
#include "src/eval/two_sample.h"

void judge_die(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void *judge_need(void *p)
{
    if (p == NULL) {
        judge_die("out of memory");
    }
    return p;
}

static void need(MkStatus status, const MkError *err)
{
    if (status != MK_OK) {
        judge_die("%s", err->text);
    }
}

MkArena *judge_arena(void)
{
    return judge_need(mk_arena_new(0));
}

/* ---- people ---- */

MkSchema *judge_schema(const char *path)
{
    MkSchema *schema = NULL;
    MkError err = {0};
    need(mk_schema_read(path, &schema, &err), &err);
    return schema;
}

MkCrowd judge_load(const char *path, const MkSchema *schema, MkArena *arena)
{
    MkTable *table = NULL;
    MkCrowd p = {0};
    MkError err = {0};
    need(mk_table_read(path, schema, MK_OTHER_DROP, &table, &err), &err);
    need(mk_crowd_new(table->n_rows, schema->n, arena, &p, &err), &err);
    for (size_t j = 0; j < p.d; j++) {
        for (size_t i = 0; i < p.n; i++) {
            p.x[j * p.stride + i] = mk_table_get(table, i, j);
        }
    }
    mk_table_free(table);
    return p;
}

MkCrowd judge_rows(const MkCrowd *p, const size_t *rows, size_t n, MkArena *arena)
{
    MkCrowd q = {0};
    MkError err = {0};
    need(mk_crowd_rows(p, rows, n, arena, &q, &err), &err);
    return q;
}

MkCrowd judge_pick(const MkCrowd *p, size_t n, uint64_t seed, MkArena *arena)
{
    MkCrowd q = {0};
    MkError err = {0};
    need(mk_crowd_pick(p, n, seed, arena, &q, &err), &err);
    return q;
}

MkCrowd judge_both(const MkCrowd *a, const MkCrowd *b, MkArena *arena)
{
    MkCrowd q = {0};
    MkError err = {0};
    need(mk_crowd_both(a, b, arena, &q, &err), &err);
    return q;
}

void judge_halves(const MkCrowd *p, uint64_t seed, MkArena *arena, MkCrowd *a, MkCrowd *b)
{
    MkError err = {0};
    need(mk_crowd_halves(p, seed, arena, a, b, &err), &err);
}

/* ---- scores ---- */

Judge judge_new(const MkSchema *schema, const MkCrowd *real, MkArena *arena)
{
    Judge judge = {.schema = schema};
    MkError err = {0};
    need(mk_coders_new(schema, real, MK_BINS_EQUAL, arena, &judge.coders, &err), &err);
    need(mk_pairs_choose(judge.coders, real, 0, 1, NULL, arena, &judge.pairs, &err), &err);
    return judge;
}

MkAlike judge_alike(const Judge *judge, const MkCrowd *real, const MkCrowd *made,
                    const bool *left_out)
{
    MkAlike alike = {0};
    MkError err = {0};
    need(mk_alike(judge->coders, &judge->pairs, real, made, left_out, &alike, &err), &err);
    return alike;
}

double judge_two_sample(const Judge *judge, const MkCrowd *real, const MkCrowd *made,
                        const bool *left_out)
{
    const MkContest contest = {.real = real,
                               .made = made,
                               .schema = judge->schema,
                               .left_out = left_out,
                               .by = MK_BY_TREES};
    double score = 0.0;
    MkError err = {0};
    need(mk_contest(&contest, &score, &err), &err);
    return score;
}

/* ---- learning ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median or commonest level of a column of the training people, for its gaps. */
static double filler(const MkCrowd *p, const MkCoder *c, size_t j, double *room)
{
    size_t n = 0, best = 0, count[MK_ALIKE_LEVELS] = {0};
    for (size_t i = 0; i < p->n; i++) {
        const double v = mk_crowd_column(p, j)[i];
        if (!isnan(v)) {
            room[n++] = v;
        }
    }
    if (n == 0) {
        return 0.0;
    }
    if (c[j].is_number) {
        qsort(room, n, sizeof *room, ascending);
        return room[n / 2];
    }
    for (size_t i = 0; i < n; i++) {
        count[(size_t)room[i]]++;
    }
    for (size_t k = 1; k < c[j].n; k++) {
        best = count[k] > count[best] ? k : best;
    }
    return (double)best;
}

static size_t fill(const MkCrowd *p, const double *fillers, size_t y, float *x, float *label)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double outcome = mk_crowd_column(p, y)[i];
        if (isnan(outcome)) {
            continue;
        }
        for (size_t j = 0, k = 0; j < p->d; j++) {
            const double v = mk_crowd_column(p, j)[i];
            if (j != y) {
                x[n * (p->d - 1) + k++] = (float)(isnan(v) ? fillers[j] : v);
            }
        }
        label[n++] = (float)outcome;
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

double judge_learning(const Judge *judge, const MkCrowd *train, const MkCrowd *test, size_t outcome)
{
    const MkCoder *const c = judge->coders;
    const size_t d = train->d - 1, classes = c[outcome].is_number ? 0 : c[outcome].n;
    const MkTrees number = {.rounds = 150, .depth = 5, .rate = 0.08, .subsample = 0.8};
    const MkTrees level = {
        .rounds = 100, .depth = 5, .rate = 0.1, .subsample = 0.8, .classes = classes};
    MkArena *const arena = judge_arena();
    MkError err = {0};
    double *const fillers = judge_need(mk_arena_array(arena, d + 1, sizeof *fillers));
    double *const room = judge_need(mk_arena_array(arena, train->n + 1, sizeof *room));
    float *const x = judge_need(mk_arena_array(arena, train->n * d + 1, sizeof *x));
    float *const label = judge_need(mk_arena_array(arena, train->n + 1, sizeof *label));
    float *const ask = judge_need(mk_arena_array(arena, test->n * d + 1, sizeof *ask));
    float *const truth = judge_need(mk_arena_array(arena, test->n + 1, sizeof *truth));
    float *const out = judge_need(mk_arena_array(arena, test->n * (classes + 1), sizeof *out));
    for (size_t j = 0; j < train->d; j++) {
        fillers[j] = filler(train, c, j, room);
    }
    const size_t n = fill(train, fillers, outcome, x, label);
    const size_t m = fill(test, fillers, outcome, ask, truth);
    double score = 0.0;
    if (n > 0 && m > 0) { /* synthetic people may never have the outcome: nothing is learned */
        const MkTreesTask task = {.x = x, .y = label, .n = n, .d = d, .test = ask, .m = m};
        need(mk_trees_learn(classes == 0 ? &number : &level, &task, out, &err), &err);
        score = classes == 0 ? r_squared(truth, out, m) : accuracy(truth, out, m, classes);
    }
    mk_arena_free(arena);
    return score;
}

/* explore_model.h - a model with closed-form answers: a normal block of five numbers, a table of
 * levels, a number that is high at both ends of an ordinal, and sixty numbers of noise. For one
 * test program: it defines the functions of model.h. */
#ifndef TESTS_UNIT_EXPLORE_MODEL_H
#define TESTS_UNIT_EXPLORE_MODEL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "model/normal.h"
#include "src/base/buf.h"

enum {
    T,
    A,
    B,
    C,
    E,
    N_NORMAL,
    LEVELS = N_NORMAL,
    SIDES,
    COPY,
    BOWL,
    STEPS,
    NOISE,
    N_ALL = NOISE + 60
};

static const double joint[3][2] = {{0.45, 0.10}, {0.15, 0.10}, {0.05, 0.15}};
static const double bowl[5] = {2, 0.5, 0, 0.5, 2}; /* mean of BOWL at each of STEPS, sd 1 */

/* T with A 0.8, with B -0.5; E with B 0.7, and with T only through B. */
static const double correlation[N_NORMAL][N_NORMAL] = {{1, 0.8, -0.5, 0, -0.35},
                                                       {0.8, 1, -0.4, 0, -0.28},
                                                       {-0.5, -0.4, 1, 0, 0.7},
                                                       {0, 0, 0, 1, 0},
                                                       {-0.35, -0.28, 0.7, 0, 1}};
static const double mean_of = 50, sd_of = 10; /* of the normal block and of the noise */

static const MkAttribute *attributes; /* (N_ALL) of the schema */
static MkDistribution populations[N_ALL], bowls[5];
static MkMarginal marginals[N_ALL];
static double p_three[3], p_two[2];
static const double p_five[5] = {0.2, 0.2, 0.2, 0.2, 0.2};
static MkSchema *schema;
static const MkCard card = {.name = "fake", .version = "1", .kind = "closed", .text = ""};

struct MkModel {
    int nothing;
};
static MkModel model;

static void set_levels(size_t j, const double *p)
{
    populations[j] = (MkDistribution){
        .kind = MK_DIST_LEVELS, .attribute = &attributes[j], .n = attributes[j].n_levels, .p = p};
}

/* Name, type, unit, levels, eligible of what is not a number of noise. */
static const char *const said[][5] = {
    {"target", "real", "kg", "", ""},
    {"a", "real", "", "", ""},
    {"b", "real", "", "", ""},
    {"c", "real", "", "", ""},
    {"e", "real", "", "", ""},
    {"levels", "categorical", "", "0=never|1=former|2=current", ""},
    {"sides", "categorical", "", "1=no|2=yes", ""},
    {"copy", "categorical", "", "0=never|1=former|2=current", ""},
    {"bowl", "real", "", "", ""},
    {"steps", "ordinal", "", "0=e|1=d|2=c|3=b|4=a", ""},
    {"noise_0", "real", "", "", "sides=yes"},
    {"noise_1", "real", "", "", "levels=current"},
    {"noise_2", "real", "", "", "target>=50,c>0"},
};
enum { N_SAID = sizeof said / sizeof said[0] };

static void make_schema(void)
{
    MkBuf text;
    MkError err = {0};
    mk_buf_init(&text);
    mk_buf_puts(&text, "name\ttype\tlabel\tunit\tlevels\tcategory\teligible\n");
    for (size_t j = 0; j < N_ALL; j++) {
        if (j < N_SAID) {
            mk_buf_printf(&text, "%s\t%s\tLabel\t%s\t%s\tAll\t%s\n", said[j][0], said[j][1],
                          said[j][2], said[j][3], said[j][4]);
        } else {
            mk_buf_printf(&text, "noise_%zu\treal\tLabel\t\t\tAll\t\n", j - NOISE);
        }
    }
    if (mk_schema_parse(text.data, text.len, "test", &schema, &err) != MK_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    attributes = schema->attributes;
    mk_buf_release(&text);
}

static int free_model(void **state)
{
    (void)state;
    mk_schema_free(schema);
    return 0;
}

static int make_model(void **state)
{
    (void)state;
    make_schema();
    for (size_t j = 0; j < N_ALL; j++) {
        populations[j] = (MkDistribution){
            .kind = MK_DIST_NORMAL, .attribute = &attributes[j], .a = mean_of, .b = sd_of};
        marginals[j] = (MkMarginal){.attribute = &attributes[j], .sd = sd_of, .n_observed = 900};
    }
    for (size_t k = 0; k < 3; k++) {
        p_three[k] = joint[k][0] + joint[k][1];
        p_two[0] += joint[k][0];
        p_two[1] += joint[k][1];
    }
    set_levels(LEVELS, p_three);
    set_levels(COPY, p_three);
    set_levels(SIDES, p_two);
    set_levels(STEPS, p_five);
    for (size_t k = 0; k < 5; k++) {
        bowls[k] = (MkDistribution){
            .kind = MK_DIST_NORMAL, .attribute = &attributes[BOWL], .a = bowl[k], .b = 1};
    }
    marginals[BOWL].sd = 1.35;
    populations[BOWL] = (MkDistribution){.kind = MK_DIST_MIXTURE,
                                         .attribute = &attributes[BOWL],
                                         .n = 5,
                                         .p = p_five,
                                         .parts = bowls};
    return 0;
}

const MkSchema *mk_model_schema(const MkModel *m)
{
    (void)m;
    return schema;
}

const MkCard *mk_model_card(const MkModel *m)
{
    (void)m;
    return &card;
}

const MkDistribution *mk_model_population(const MkModel *m, size_t j)
{
    (void)m;
    return &populations[j];
}

const MkMarginal *mk_model_marginal(const MkModel *m, size_t j)
{
    (void)m;
    return &marginals[j];
}

double mk_model_observed(const MkModel *m, size_t j)
{
    (void)m;
    (void)j;
    return 0.9;
}

size_t mk_model_co_observed(const MkModel *m, size_t a, size_t b)
{
    (void)m;
    return (a == T && b == E) || (a == E && b == T) ? 0 : 1600;
}

MkStatus mk_model_support(const MkModel *m, const MkPoint *known, size_t n, MkArena *arena,
                          double *percentile, MkError *err)
{
    (void)m;
    (void)known;
    (void)n;
    (void)arena;
    (void)err;
    *percentile = 0.5;
    return MK_OK;
}

MkStatus mk_model_identified(const MkModel *m, size_t a, size_t b, MkArena *arena, MkLinkage *out,
                             MkError *err)
{
    (void)m;
    (void)a;
    (void)b;
    (void)arena;
    (void)err;
    *out = (MkLinkage){.value = 0.2, .centre = 0.1, .low = -0.3, .high = 0.5, .n_shared = 4};
    return MK_OK;
}

double mk_model_correlation(const MkModel *m, size_t a, size_t b)
{
    (void)m;
    return a == b ? 1 : 0;
}

static const MkPoint *known_of(const MkPoint *known, size_t n, size_t attribute)
{
    for (size_t i = 0; i < n; i++) {
        if (known[i].attribute == attribute) {
            return &known[i];
        }
    }
    return NULL;
}

/* Conditions the normal block on one known value after the other. */
static MkDistribution normal_answer(size_t target, const MkPoint *known, size_t n)
{
    double mean[N_NORMAL] = {0}, cov[N_NORMAL][N_NORMAL];
    memcpy(cov, correlation, sizeof cov);
    for (size_t i = 0; i < n; i++) {
        const size_t k = known[i].attribute;
        if (k >= N_NORMAL) {
            continue;
        }
        const double off = (known[i].value - mean_of) / sd_of - mean[k], var = cov[k][k];
        double row[N_NORMAL];
        memcpy(row, cov[k], sizeof row);
        for (size_t a = 0; a < N_NORMAL; a++) {
            mean[a] += row[a] / var * off;
            for (size_t b = 0; b < N_NORMAL; b++) {
                cov[a][b] -= row[a] * row[b] / var;
            }
        }
    }
    return (MkDistribution){.kind = MK_DIST_NORMAL,
                            .attribute = &attributes[target],
                            .a = mean_of + sd_of * mean[target],
                            .b = sd_of * sqrt(cov[target][target])};
}

/* The table: LEVELS and its copy against SIDES. */
static MkDistribution table_answer(size_t target, const MkPoint *known, size_t n, MkArena *arena)
{
    const MkPoint *row = known_of(known, n, LEVELS), *copy = known_of(known, n, COPY);
    const MkPoint *side = known_of(known, n, SIDES);
    double *p = mk_arena_zeros(arena, 3, sizeof *p);
    double sum = 0;
    row = row != NULL ? row : copy;
    for (size_t k = 0; k < 3; k++) {
        for (size_t s = 0; s < 2; s++) {
            const bool fits = (row == NULL || row->value == (double)k) &&
                              (side == NULL || side->value == (double)s);
            p[target == SIDES ? s : k] += fits ? joint[k][s] : 0;
            sum += fits ? joint[k][s] : 0;
        }
    }
    for (size_t k = 0; k < 3; k++) {
        p[k] /= sum;
    }
    return (MkDistribution){.kind = MK_DIST_LEVELS,
                            .attribute = &attributes[target],
                            .n = attributes[target].n_levels,
                            .p = p};
}

static MkDistribution bowl_answer(size_t target, const MkPoint *known, size_t n, MkArena *arena)
{
    const MkPoint *height = known_of(known, n, BOWL), *step = known_of(known, n, STEPS);
    if (target == BOWL) {
        return step != NULL ? bowls[(size_t)step->value] : populations[BOWL];
    }
    if (height == NULL) {
        return populations[STEPS];
    }
    double *p = mk_arena_zeros(arena, 5, sizeof *p);
    double sum = 0;
    for (size_t k = 0; k < 5; k++) {
        p[k] = mk_normal_density(height->value - bowl[k]);
        sum += p[k];
    }
    for (size_t k = 0; k < 5; k++) {
        p[k] /= sum;
    }
    return (MkDistribution){
        .kind = MK_DIST_LEVELS, .attribute = &attributes[STEPS], .n = 5, .p = p};
}

MkStatus mk_model_posterior(const MkModel *m, const MkPoint *known, size_t n_known,
                            const size_t *targets, size_t n_targets, MkArena *arena,
                            MkDistribution *out, MkError *err)
{
    (void)m;
    (void)err;
    for (size_t t = 0; t < n_targets; t++) {
        const size_t j = targets[t];
        const MkPoint *point = known_of(known, n_known, j);
        if (point != NULL) {
            out[t] = (MkDistribution){.kind = MK_DIST_POINT,
                                      .attribute = &attributes[j],
                                      .marginal = &marginals[j],
                                      .a = point->value};
        } else if (j < N_NORMAL) {
            out[t] = normal_answer(j, known, n_known);
        } else if (j <= COPY) {
            out[t] = table_answer(j, known, n_known, arena);
        } else if (j <= STEPS) {
            out[t] = bowl_answer(j, known, n_known, arena);
        } else {
            out[t] = populations[j];
        }
    }
    return MK_OK;
}

/* Nothing is known of them but the range. */
MkStatus mk_model_relinked(const MkModel *m, const MkPoint *known, size_t n_known, size_t which,
                           size_t target, const double *correlations, size_t n, MkArena *arena,
                           MkDistribution *out, MkError *err)
{
    (void)m;
    (void)known;
    (void)n_known;
    (void)which;
    (void)target;
    (void)correlations;
    (void)n;
    (void)arena;
    (void)out;
    return mk_fail(err, MK_ENUMERIC, "no base");
}

#endif

/* fake_model.h - a model with closed-form answers that stands in for model/: age and cholesterol
 * are bivariate normal, sex and smoking a table of four times two, independent of them. For one
 * test program: it defines the functions of model.h. */
#ifndef TESTS_UNIT_FAKE_MODEL_H
#define TESTS_UNIT_FAKE_MODEL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "model/draw.h"
#include "model/model.h"
#include "model/normal.h"
#include "model/summary.h"
#include "src/base/buf.h"
#include "src/query/query.h"

enum { AGE, CHOL, SEX, SMOKING, N_ATTRIBUTES };

static const MkLevel sexes[] = {{"1", "male"}, {"2", "female"}};
static const MkLevel habits[] = {{"0", "never"}, {"1", "former"}, {"2", "current"}};
static const double joint[2][3] = {{0.20, 0.15, 0.15}, {0.35, 0.10, 0.05}};

static const MkAttribute attributes[N_ATTRIBUTES] = {
    {.name = "age",
     .label = "Age",
     .unit = "years",
     .category = "Demographics",
     .description = "",
     .eligible = "",
     .class_name = "",
     .rule = "",
     .type = MK_REAL,
     .min = 0,
     .max = 120,
     .resolution = 1},
    {.name = "cholesterol",
     .label = "Total cholesterol",
     .unit = "mg/dL",
     .category = "Blood",
     .description = "",
     .eligible = "",
     .class_name = "",
     .rule = "",
     .type = MK_POSITIVE,
     .min = 0,
     .max = INFINITY,
     .resolution = 1},
    {.name = "sex",
     .label = "Sex",
     .unit = "",
     .category = "Demographics",
     .description = "",
     .eligible = "",
     .class_name = "",
     .rule = "",
     .type = MK_CATEGORICAL,
     .min = -INFINITY,
     .max = INFINITY,
     .n_levels = 2,
     .levels = sexes},
    {.name = "smoking",
     .label = "Smoking | status",
     .unit = "",
     .category = "Habits",
     .description = "",
     .eligible = "",
     .class_name = "",
     .rule = "",
     .type = MK_ORDINAL,
     .min = -INFINITY,
     .max = INFINITY,
     .n_levels = 3,
     .levels = habits},
};
static const MkSchema schema = {.n = N_ATTRIBUTES, .attributes = attributes};
/* A test may set one with more attributes: attribute j is like j modulo N_ATTRIBUTES. */
static const MkSchema *fake_schema = &schema;
/* The same attributes, smoking asked only where `who` holds; to be freed. */
static inline MkSchema *fake_asked(const char *who)
{
    char text[400];
    MkSchema *asked = NULL;
    snprintf(text, sizeof text,
             "name\ttype\tlabel\tunit\tlevels\teligible\n"
             "age\treal\tAge\tyears\t\t\n"
             "cholesterol\tpositive\tTotal cholesterol\tmg/dL\t\t\n"
             "sex\tcategorical\tSex\t\t1=male|2=female\t\n"
             "smoking\tordinal\tSmoking\t\t0=never|1=former|2=current\t%s\n",
             who);
    assert_int_equal(mk_schema_parse(text, strlen(text), "test", &asked, NULL), MK_OK);
    return asked;
}

static const double p_sex[] = {0.5, 0.5};
static const double p_smoking[] = {0.55, 0.25, 0.20};
static MkDistribution populations[N_ATTRIBUTES] = {
    {.kind = MK_DIST_NORMAL, .attribute = &attributes[AGE], .a = 50, .b = 10},
    {.kind = MK_DIST_NORMAL, .attribute = &attributes[CHOL], .a = 200, .b = 25},
    {.kind = MK_DIST_LEVELS, .attribute = &attributes[SEX], .n = 2, .p = p_sex},
    {.kind = MK_DIST_LEVELS, .attribute = &attributes[SMOKING], .n = 3, .p = p_smoking},
};
static const MkMarginal marginals[N_ATTRIBUTES] = {
    {.attribute = &attributes[AGE], .sd = 10, .n_observed = 900},
    {.attribute = &attributes[CHOL], .sd = 25, .n_observed = 800},
    {.attribute = &attributes[SEX], .n_observed = 1000},
    {.attribute = &attributes[SMOKING], .n_observed = 700},
};
static const MkCard card = {.name = "fake",
                            .version = "1",
                            .kind = "closed",
                            .text = "",
                            .n_people = 1000,
                            .n_parameters = 6};

struct MkModel {
    int nothing;
};
static MkModel model;

const MkSchema *mk_model_schema(const MkModel *m)
{
    (void)m;
    return fake_schema;
}

const MkCard *mk_model_card(const MkModel *m)
{
    (void)m;
    return &card;
}

const MkDistribution *mk_model_population(const MkModel *m, size_t j)
{
    (void)m;
    return &populations[j % N_ATTRIBUTES];
}

const MkMarginal *mk_model_marginal(const MkModel *m, size_t j)
{
    (void)m;
    return &marginals[j % N_ATTRIBUTES];
}

double mk_model_observed(const MkModel *m, size_t j)
{
    (void)m;
    return (double)marginals[j % N_ATTRIBUTES].n_observed / 1000;
}

size_t mk_model_co_observed(const MkModel *m, size_t a, size_t b)
{
    (void)m;
    if ((a == SEX && b == CHOL) || (a == CHOL && b == SEX)) {
        return 0;
    }
    return (a == SMOKING && b == CHOL) || (a == CHOL && b == SMOKING) ? 12 : 600;
}

MkStatus mk_model_support(const MkModel *m, const MkPoint *known, size_t n, MkArena *arena,
                          double *percentile, MkError *err)
{
    (void)m;
    (void)arena;
    (void)err;
    *percentile = 0.4;
    for (size_t i = 0; i < n; i++) {
        *percentile = known[i].attribute == AGE && known[i].value > 90 ? 0.001 : *percentile;
    }
    return MK_OK;
}

/* The training people of each attribute, when a test sets them. */
static const MkCells *fake_cells[N_ATTRIBUTES];

bool mk_model_cells(const MkModel *m, size_t j, MkArena *arena, MkCells *out)
{
    (void)m;
    (void)arena;
    if (j >= N_ATTRIBUTES || fake_cells[j] == NULL) {
        return false;
    }
    *out = *fake_cells[j];
    return true;
}

/* The training people of age (first) and cholesterol, when a test sets them. */
static const MkPairCells *fake_people;

bool mk_model_pair_cells(const MkModel *m, size_t a, size_t b, MkArena *arena, MkPairCells *out)
{
    (void)m;
    (void)arena;
    if (fake_people == NULL || a != AGE || b != CHOL) {
        return false;
    }
    *out = *fake_people;
    return true;
}

/* No joint draws: the conditionals are all that there is. */
bool mk_model_is_joint(const MkModel *m)
{
    (void)m;
    return false;
}

MkStatus mk_drawer_new(const MkModel *m, const MkDrawOrder *order, MkDrawer **out, MkError *err)
{
    (void)m;
    (void)order;
    (void)out;
    return mk_fail(err, MK_EUNSUPPORTED, "no joint distribution");
}

void mk_drawer_free(MkDrawer *drawer)
{
    (void)drawer;
}

MkStatus mk_drawer_run(const MkDrawer *drawer, const double *known, size_t n, MkRng *streams,
                       const double *given, MkArena *arena, double *out, double *log_p,
                       double *log_mass, MkError *err)
{
    (void)drawer, (void)known, (void)n, (void)streams, (void)given, (void)arena, (void)out;
    (void)log_p, (void)log_mass;
    return mk_fail(err, MK_EUNSUPPORTED, "no joint distribution");
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

static bool known_value(const MkPoint *known, size_t n, size_t attribute, double *x)
{
    for (size_t i = 0; i < n; i++) {
        if (known[i].attribute == attribute) {
            *x = known[i].value;
            return true;
        }
    }
    return false;
}

/* cholesterol | age ~ N(200 + 2 (age - 50), 15); the other way by Bayes. */
static MkDistribution normal_answer(size_t target, const MkPoint *known, size_t n)
{
    MkDistribution d = populations[target];
    double x = 0;
    if (target == CHOL && known_value(known, n, AGE, &x)) {
        d.a = 200 + 2 * (x - 50);
        d.b = 15;
    } else if (target == AGE && known_value(known, n, CHOL, &x)) {
        d.a = 50 + 0.32 * (x - 200);
        d.b = 6;
    }
    return d;
}

static MkDistribution table_answer(size_t target, const MkPoint *known, size_t n, MkArena *arena)
{
    MkDistribution d = populations[target];
    double x = 0;
    const size_t other = target == SEX ? SMOKING : SEX;
    if (!known_value(known, n, other, &x)) {
        return d;
    }
    double *p = mk_arena_zeros(arena, d.n, sizeof *p);
    double sum = 0;
    for (size_t k = 0; k < d.n; k++) {
        p[k] = target == SEX ? joint[k][(size_t)x] : joint[(size_t)x][k];
        sum += p[k];
    }
    for (size_t k = 0; k < d.n; k++) {
        p[k] /= sum;
    }
    d.p = p;
    return d;
}

MkStatus mk_model_posterior(const MkModel *m, const MkPoint *known, size_t n_known,
                            const size_t *targets, size_t n_targets, MkArena *arena,
                            MkDistribution *out, MkError *err)
{
    (void)m;
    (void)err;
    for (size_t t = 0; t < n_targets; t++) {
        const size_t j = targets[t] % N_ATTRIBUTES;
        double x = 0;
        if (known_value(known, n_known, j, &x)) {
            out[t] = (MkDistribution){.kind = MK_DIST_POINT, .attribute = &attributes[j], .a = x};
        } else {
            out[t] = j == AGE || j == CHOL ? normal_answer(j, known, n_known)
                                           : table_answer(j, known, n_known, arena);
        }
    }
    return MK_OK;
}

/* A number moves by its correlation with how high the known level is; levels stay. */
MkStatus mk_model_relinked(const MkModel *m, const MkPoint *known, size_t n_known, size_t which,
                           size_t target, const double *correlations, size_t n, MkArena *arena,
                           MkDistribution *out, MkError *err)
{
    (void)m;
    (void)n_known;
    (void)arena;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        out[i] = populations[target % N_ATTRIBUTES];
        out[i].a += correlations[i] * out[i].b * (1 + known[which].value);
    }
    return MK_OK;
}

/* ---- asking it ---- */

static inline MkKnown point(size_t attribute, double x)
{
    return (MkKnown){attribute, {.kind = MK_VALUE_POINT, .point = x}};
}

static inline MkQuery ask(const MkKnown *known, size_t n, const size_t *targets, size_t n_targets)
{
    return (MkQuery){.model = &model,
                     .evidence = {.n = n, .known = known},
                     .targets = targets,
                     .n_targets = n_targets,
                     .level = 0.9,
                     .seed = 7};
}

#endif

/* optimize_model.h - a model whose optimum is known, in place of a trained one.
 *
 * Inputs a, b, c are independent standard normals (in units of 10, around 50), two levels have
 * effects of their own and together. The outcome y is linear in all of them with noise, z is the
 * sum of a and b. Support is exp(-|scores|^2 / 2) of the known numbers.
 * For one test program: it defines the functions of model.h. */
#ifndef MK_TESTS_UNIT_OPTIMIZE_MODEL_H
#define MK_TESTS_UNIT_OPTIMIZE_MODEL_H

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"

enum { A, B, C, LEVEL, MOOD, AGE, Y, Z, N };
enum { N_LEVELS = 4, N_MOODS = 3 };

static const MkLevel levels[] = {{"0", "none"}, {"1", "some"}, {"2", "more"}, {"3", "most"}};
static const MkLevel moods[] = {{"0", "low"}, {"1", "even"}, {"2", "high"}};

#define TEXTS .unit = "", .category = "", .description = "", .class_name = "", .rule = ""
#define NUMBER(id, can, who)                                                                       \
    {                                                                                              \
        .name = id, .label = id, TEXTS, .eligible = who, .type = MK_REAL, .modifiable = can,       \
        .min = -1000, .max = 1000, .resolution = 0.1                                               \
    }

static const MkAttribute attributes[N] = {
    NUMBER("a", true, ""),
    NUMBER("b", true, "age<90"),
    NUMBER("c", true, ""),
    {.name = "level",
     .label = "level",
     TEXTS,
     .eligible = "",
     .type = MK_CATEGORICAL,
     .modifiable = true,
     .n_levels = N_LEVELS,
     .levels = levels},
    {.name = "mood",
     .label = "mood",
     TEXTS,
     .eligible = "",
     .type = MK_ORDINAL,
     .modifiable = true,
     .n_levels = N_MOODS,
     .levels = moods},
    NUMBER("age", false, ""),
    NUMBER("y", false, ""),
    NUMBER("z", false, ""),
};
static MkSchema schema = {.n = N, .attributes = attributes};
/* Names are found as in a schema that was read. */
static const char NAMES[] = "name\ttype\tlabel\tlevels\n"
                            "a\treal\ta\t\nb\treal\tb\t\nc\treal\tc\t\n"
                            "level\tcategorical\tlevel\t0=none|1=some\n"
                            "mood\tordinal\tmood\t0=low|1=even\n"
                            "age\treal\tage\t\ny\treal\ty\t\nz\treal\tz\t\n";
static MkSchema *names;
static const double p_level[] = {0.4, 0.3, 0.2, 0.1};
static const double p_mood[] = {0.3, 0.4, 0.3};
/* What the levels add to y; no level is best alone: the best pair is (more, high). */
static const double both[N_LEVELS][N_MOODS] = {{0, -2, 1}, {-3, 1, 2}, {2, 1, -7}, {1, -4, 3}};
#define POPULATION(j, mean, spread)                                                                \
    {                                                                                              \
        .kind = MK_DIST_NORMAL, .attribute = &attributes[j], .a = mean, .b = spread                \
    }
static const MkDistribution populations[N] = {
    POPULATION(A, 50, 10),
    POPULATION(B, 50, 10),
    POPULATION(C, 50, 10),
    {.kind = MK_DIST_LEVELS, .attribute = &attributes[LEVEL], .n = N_LEVELS, .p = p_level},
    {.kind = MK_DIST_LEVELS, .attribute = &attributes[MOOD], .n = N_MOODS, .p = p_mood},
    POPULATION(AGE, 50, 10),
    POPULATION(Y, 100, 5),
    POPULATION(Z, 0, 2)};
#define MARGINAL(j, spread)                                                                        \
    {                                                                                              \
        .attribute = &attributes[j], .sd = spread, .n_observed = 900                               \
    }
static const MkMarginal marginals[N] = {MARGINAL(A, 10),    MARGINAL(B, 10),   MARGINAL(C, 10),
                                        MARGINAL(LEVEL, 0), MARGINAL(MOOD, 0), MARGINAL(AGE, 10),
                                        MARGINAL(Y, 5),     MARGINAL(Z, 2)};
static const MkCard card = {
    .name = "known", .version = "1", .kind = "closed", .text = "", .manifest = ""};
static const double weights[] = {3, 1, -0.5}; /* of y on a, b, c */

struct MkModel {
    int nothing;
};
static MkModel model;

const MkSchema *mk_model_schema(const MkModel *m)
{
    (void)m;
    return &schema;
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
    (void)a;
    (void)b;
    return 900;
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
    return (a == AGE && b == A) || a == b ? 0.9 : 0;
}

MkStatus mk_model_support(const MkModel *m, const MkPoint *known, size_t n, MkArena *arena,
                          double *percentile, MkError *err)
{
    (void)m;
    (void)arena;
    (void)err;
    double square = 0;
    for (size_t i = 0; i < n; i++) {
        const double z = known[i].attribute <= C ? (known[i].value - 50) / 10 : 0;
        square += z * z;
    }
    *percentile = exp(-0.5 * square);
    return MK_OK;
}

/* With the age the rest of c is known better: 50 + (age - 50) / 2, sd 5; and at 30 who has "more"
 * has an a of 50. */
typedef struct Facts {
    double score[3]; /* of a, b, c; 0 when not known */
    size_t level, mood;
    double age; /* NaN: not known */
} Facts;

static const double tied_at = 30;
enum { TIED_LEVEL = 2 };

static void depend(const Facts *f, size_t j, MkDistribution *out)
{
    if (j == C && !isnan(f->age)) {
        out->a = 50 + 0.5 * (f->age - 50);
        out->b = 5;
    } else if (j == A && f->age == tied_at && f->level == TIED_LEVEL) {
        out->b = 0.05;
    }
}

static double outcome(const Facts *f)
{
    double y = 100 + both[f->level][f->mood];
    for (size_t i = 0; i < 3; i++) {
        y += weights[i] * f->score[i];
    }
    return y;
}

MkStatus mk_model_posterior(const MkModel *m, const MkPoint *known, size_t n_known,
                            const size_t *targets, size_t n_targets, MkArena *arena,
                            MkDistribution *out, MkError *err)
{
    (void)m;
    (void)arena;
    (void)err;
    Facts f = {.level = 0, .mood = 1, .age = NAN};
    for (size_t i = 0; i < n_known; i++) {
        if (known[i].attribute <= C) {
            f.score[known[i].attribute] = (known[i].value - 50) / 10;
        } else if (known[i].attribute == LEVEL) {
            f.level = (size_t)known[i].value;
        } else if (known[i].attribute == MOOD) {
            f.mood = (size_t)known[i].value;
        } else if (known[i].attribute == AGE) {
            f.age = known[i].value;
        }
    }
    for (size_t t = 0; t < n_targets; t++) {
        out[t] = populations[targets[t]];
        out[t].a = targets[t] == Y   ? outcome(&f)
                   : targets[t] == Z ? f.score[A] + f.score[B]
                                     : out[t].a;
        out[t].b = targets[t] == Y ? 2 : targets[t] == Z ? 0.5 : out[t].b;
        depend(&f, targets[t], &out[t]);
        for (size_t i = 0; i < n_known; i++) {
            if (known[i].attribute == targets[t]) {
                out[t] = (MkDistribution){.kind = MK_DIST_POINT,
                                          .attribute = &attributes[targets[t]],
                                          .a = known[i].value};
            }
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

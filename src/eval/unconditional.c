#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/unconditional.h"

#include <math.h>

static const double near = 0.05;

enum { QUANTILES = 20 };

static double levels_apart(const MkDistribution *a, const MkDistribution *b)
{
    double sum = 0.0;
    for (size_t k = 0; k < a->attribute->n_levels; k++) {
        sum += fabs(mk_dist_level(a, k) - mk_dist_level(b, k));
    }
    return 0.5 * sum;
}

double mk_unconditional_distance(const MkDistribution *answer, const MkDistribution *population)
{
    double most = 0.0;
    if (answer->attribute->type == MK_CATEGORICAL) {
        return levels_apart(answer, population);
    }
    for (int q = 1; q < QUANTILES; q++) {
        const double x = mk_dist_quantile(population, (double)q / QUANTILES);
        most = fmax(most, fabs(mk_dist_cdf(answer, x) - mk_dist_cdf(population, x)));
    }
    return most;
}

MkStatus mk_unconditional_judge(const MkModel *model, MkArena *arena, MkUnconditional *out,
                                MkError *err)
{
    const MkSchema *const schema = mk_model_schema(model);
    size_t *const targets = mk_arena_array(arena, schema->n, sizeof *targets);
    MkDistribution *const answers = mk_arena_array(arena, schema->n, sizeof *answers);
    size_t source = schema->n;
    if (targets == NULL || answers == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    *out = (MkUnconditional){0};
    (void)mk_schema_find(schema, "source", &source);
    for (size_t j = 0; j < schema->n; j++) {
        if (j != source) {
            targets[out->n++] = j;
        }
    }
    MK_TRY(mk_model_posterior(model, NULL, 0, targets, out->n, arena, answers, err));
    for (size_t k = 0; k < out->n; k++) {
        const double distance =
            mk_unconditional_distance(&answers[k], mk_model_population(model, targets[k]));
        out->within += (distance <= near ? 1.0 : 0.0) / (double)out->n;
        out->mean += distance / (double)out->n;
        if (distance >= out->farthest) {
            out->farthest = distance;
            out->attribute = targets[k];
        }
    }
    return MK_OK;
}

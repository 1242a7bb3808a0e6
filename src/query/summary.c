/* summary.c - mk_query_summaries: the live list of the workbench. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/query/mix.h"
#include "src/query/query.h"
#include "src/query/show.h"

static void scale(float *spark, const double *heights, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++) {
        top = fmax(top, heights[i]);
    }
    for (size_t i = 0; i < MK_SPARK_CELLS; i++) {
        spark[i] = i < n && top > 0 ? (float)(heights[i] / top) : 0.0F;
    }
}

/* Mass beyond the ends of the population's 1 - 99 % range stands in the end cells. */
static void number_spark(const MkDistribution *d, const MkDistribution *population, float *spark)
{
    const double low = mk_dist_quantile(population, 0.01);
    const double high = mk_dist_quantile(population, 0.99);
    double heights[MK_SPARK_CELLS];
    const double width = (high - low) / MK_SPARK_CELLS;
    double before = 0;
    for (size_t i = 0; i < MK_SPARK_CELLS; i++) {
        const bool is_last = i + 1 == MK_SPARK_CELLS;
        const double to =
            is_last || !(width > 0) ? 1 : mk_dist_cdf_below(d, low + width * (double)(i + 1));
        heights[i] = fmax(to - before, 0);
        before = to;
    }
    scale(spark, heights, MK_SPARK_CELLS);
}

static void number_summary(const MkQuery *query, const MkDistribution *d, size_t j, MkSummary *out)
{
    const MkDistribution *population = mk_model_population(query->model, j);
    const double sd = mk_model_marginal(query->model, j)->sd;
    out->median = mk_dist_quantile(d, 0.5);
    out->low = mk_dist_quantile(d, 0.5 * (1 - query->level));
    out->high = mk_dist_quantile(d, 0.5 * (1 + query->level));
    out->mode_share = 0;
    out->shift = sd > 0 ? (out->median - mk_dist_quantile(population, 0.5)) / sd : 0;
    number_spark(d, population, out->spark);
}

static void level_summary(const MkQuery *query, const MkDistribution *d, size_t j, MkSummary *out)
{
    const size_t n = d->attribute->n_levels;
    double heights[MK_SPARK_CELLS];
    size_t best = 0;
    double most = -1;
    for (size_t k = 0; k < n; k++) {
        const double p = mk_dist_level(d, k);
        if (k < MK_SPARK_CELLS) {
            heights[k] = p;
        }
        if (p > most) {
            most = p;
            best = k;
        }
    }
    out->median = (double)best;
    out->low = out->high = (double)best;
    out->mode_share = most;
    out->shift = mk_show_standard_shift(query->model, j, d);
    scale(out->spark, heights, n < MK_SPARK_CELLS ? n : MK_SPARK_CELLS);
}

MkStatus mk_query_summaries(const MkQuery *query, MkArena *arena, MkSummary *out, MkError *err)
{
    MkDistribution *posterior = mk_arena_zeros(arena, query->n_targets, sizeof *posterior);
    if (posterior == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for estimates");
    }
    MK_TRY(mk_query_posterior(query, arena, posterior, err));
    for (size_t t = 0; t < query->n_targets; t++) {
        const size_t j = query->targets[t];
        if (mk_show_is_number(query->model, j)) {
            number_summary(query, &posterior[t], j, &out[t]);
        } else {
            level_summary(query, &posterior[t], j, &out[t]);
        }
    }
    return MK_OK;
}

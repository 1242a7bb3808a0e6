#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/energy.h"

#include <math.h>

#include "model/draw.h"

/* ---- the score ---- */

static double apart(const MkAttribute *attribute, const MkYard *yard, double x, double y)
{
    if (isnan(x) || isnan(y)) {
        return isnan(x) && isnan(y) ? 0.0 : 1.0;
    }
    if (mk_type_is_number(attribute->type)) {
        return yard->sd > 0.0 ? (x - y) / yard->sd : 0.0;
    }
    if (attribute->type == MK_ORDINAL && attribute->n_levels > 1) {
        return (x - y) / (double)(attribute->n_levels - 1);
    }
    return x < y || x > y ? 1.0 : 0.0;
}

double mk_energy_score(const MkSchema *schema, const MkYard *yards, const size_t *ids, size_t n,
                       const double *draws, size_t m, const double *value)
{
    double to_value = 0.0, among = 0.0;
    for (size_t a = 0; a < m; a++) {
        for (size_t b = a; b < m; b++) { /* b == a: the value instead */
            double squares = 0.0;
            for (size_t k = 0; k < n; k++) {
                const double other = b > a ? draws[b * n + k] : value[k];
                const double d =
                    apart(&schema->attributes[ids[k]], &yards[ids[k]], draws[a * n + k], other);
                squares += d * d;
            }
            *(b > a ? &among : &to_value) += sqrt(squares);
        }
    }
    return to_value / (double)m - among / ((double)m * (double)(m - 1));
}

/* ---- people ---- */

static void shuffle_columns(double *draws, size_t m, size_t n, MkRng *rng)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t a = m; a > 1; a--) {
            const size_t b = mk_rng_below(rng, a);
            const double x = draws[(a - 1) * n + k];
            draws[(a - 1) * n + k] = draws[b * n + k];
            draws[b * n + k] = x;
        }
    }
}

/* All draws of a person at once. */
static MkStatus score_person(const MkEnergyJob *job, const MkDrawer *drawer, size_t i,
                             MkArena *arena, MkEnergyScore *out, MkError *err)
{
    const size_t n = job->n_targets, m = MK_ENERGY_DRAWS;
    const MkSchema *const schema = mk_model_schema(job->model);
    const double *const value = job->values + i * n;
    double *const known = mk_arena_array(arena, m * job->n_known + 1, sizeof *known);
    double *const draws = mk_arena_array(arena, m * n, sizeof *draws);
    MkRng streams[MK_ENERGY_DRAWS];
    if (known == NULL || draws == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t a = 0; a < m; a++) {
        streams[a] = mk_rng(job->seed, MK_RNG_SAMPLE, i * m + a);
        for (size_t k = 0; k < job->n_known; k++) {
            known[a * job->n_known + k] = job->given[i * job->n_known + k];
        }
    }
    MK_TRY(mk_drawer_run(drawer, known, m, streams, NULL, arena, draws, NULL, NULL, err));
    out->joint = mk_energy_score(schema, job->yards, job->targets, n, draws, m, value);
    MkRng rng = mk_rng(job->seed, MK_RNG_ORDER, i);
    shuffle_columns(draws, m, n, &rng);
    out->shuffled = mk_energy_score(schema, job->yards, job->targets, n, draws, m, value);
    return MK_OK;
}

MkStatus mk_energy_scores(const MkEnergyJob *job, MkArena *arena, MkEnergyScore *out, MkError *err)
{
    const MkDrawOrder order = {.known = job->known,
                               .n_known = job->n_known,
                               .targets = job->targets,
                               .n_targets = job->n_targets,
                               .n_groups = job->n_targets,
                               .seed = job->seed};
    MkDrawer *drawer = NULL;
    MK_TRY(mk_drawer_new(job->model, &order, &drawer, err));
    MkStatus st = MK_OK;
    for (size_t i = 0; st == MK_OK && i < job->n; i++) {
        const MkMark mark = mk_arena_mark(arena);
        st = mk_cancelled(job->cancel) ? mk_fail(err, MK_ECANCEL, "interrupted")
                                       : score_person(job, drawer, i, arena, &out[i], err);
        mk_arena_rewind(arena, mark);
    }
    mk_drawer_free(drawer);
    return st;
}

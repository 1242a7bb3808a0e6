#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/joint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/normal.h"
#include "src/base/rng.h"
#include "src/query/mix.h"

static const double score_most = 3.0;
static const double share_least = 0.0005; /* of either end, beyond which values have no node */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for joint draws");
}

static double recorded(const MkAttribute *attribute, double x)
{
    if (!mk_type_is_number(attribute->type)) {
        return x;
    }
    if (attribute->resolution > 0) {
        x = round(x / attribute->resolution) * attribute->resolution;
    }
    return fmin(fmax(x, attribute->min), attribute->max);
}

/* Normal score of the middle of what is recorded as x. */
static double score_of(const MkDistribution *d, double x)
{
    const double half = 0.5 * d->attribute->resolution;
    const double middle = 0.5 * (mk_dist_cdf_below(d, x - half) + mk_dist_cdf(d, x + half));
    const double most = score_most + 1;
    return fmin(fmax(mk_normal_quantile(fmin(fmax(middle, 1e-9), 1 - 1e-9)), -most), most);
}

/* ---- nodes ---- */

static void add_node(MkJoint *joint, double x)
{
    const double score = score_of(&joint->marginal, x);
    const size_t n = joint->n_nodes;
    if (n == 0 || (x > joint->at[n - 1] && score > joint->score[n - 1] + 1e-9)) {
        joint->at[n] = x;
        joint->score[n] = score;
        joint->n_nodes++;
    }
}

static void place_nodes(MkJoint *joint)
{
    const MkDistribution *d = &joint->marginal;
    const MkAttribute *attribute = d->attribute;
    if (!mk_type_is_number(attribute->type)) {
        joint->n_nodes = attribute->n_levels;
        for (size_t k = 0; k < joint->n_nodes; k++) {
            joint->at[k] = (double)k;
            joint->score[k] = (double)k;
        }
        return;
    }
    const double low = recorded(attribute, mk_dist_quantile(d, share_least));
    const double high = recorded(attribute, mk_dist_quantile(d, 1 - share_least));
    const double step = attribute->resolution;
    if (step > 0 && (high - low) / step < MK_JOINT_VALUES - 0.5) {
        const size_t n = (size_t)lround((high - low) / step) + 1;
        for (size_t i = 0; i < n; i++) {
            const double x = recorded(attribute, low + (double)i * step);
            if (mk_dist_mass(d, x - 0.5 * step, x + 0.5 * step) > 0) {
                add_node(joint, x);
            }
        }
    } else {
        for (size_t i = 0; i < MK_JOINT_NODES; i++) {
            const double z = score_most * (2 * (double)i / (MK_JOINT_NODES - 1) - 1);
            add_node(joint, recorded(attribute, mk_dist_quantile(d, mk_normal_cdf(z))));
        }
    }
    if (joint->n_nodes == 0) {
        add_node(joint, recorded(attribute, mk_dist_quantile(d, 0.5)));
    }
}

/* ---- asking ---- */

typedef struct Asking {
    const MkQuery *query;
    MkEvidence evidence;
    const size_t *targets;
    MkJoint *joint;
    MkStatus *status; /* (n_nodes) */
    MkError *errors;  /* (n_nodes) */
} Asking;

static MkStatus ask_node(const Asking *a, size_t i, MkError *err)
{
    MkJoint *joint = a->joint;
    const MkQuery *query = a->query;
    MkArena *arena = mk_arena_new(0);
    joint->arenas[i] = arena;
    const size_t n = a->evidence.n;
    MkKnown *known = arena != NULL ? mk_arena_array(arena, n + 1, sizeof *known) : NULL;
    if (known == NULL) {
        return no_memory(err);
    }
    if (n > 0) {
        memcpy(known, a->evidence.known, n * sizeof *known);
    }
    known[n] = (MkKnown){joint->first, {.kind = MK_VALUE_POINT, .point = joint->at[i]}};
    MkMix mix;
    MK_TRY(mk_mix_make(query->model, (MkEvidence){.n = n + 1, .known = known}, query->seed,
                       query->cancel, arena, &mix, err));
    return mk_mix_posterior(query->model, &mix, a->targets, joint->n_targets, query->cancel, arena,
                            joint->given + i * joint->n_targets, err);
}

static void node_task(void *ctx, size_t i, size_t worker)
{
    const Asking *a = ctx;
    (void)worker;
    a->status[i] = ask_node(a, i, &a->errors[i]);
}

static MkStatus ask_nodes(const MkQuery *query, MkEvidence evidence, const size_t *targets,
                          MkJoint *joint, MkError *err)
{
    const size_t n = joint->n_nodes;
    MkStatus status[MK_JOINT_VALUES] = {MK_OK};
    MkError *errors = mk_heap_array(n, sizeof *errors);
    joint->arenas = mk_heap_array(MK_JOINT_VALUES + 1, sizeof(MkArena *));
    joint->given = mk_heap_array(n * joint->n_targets, sizeof *joint->given);
    if (errors == NULL || joint->arenas == NULL || joint->given == NULL) {
        free(errors);
        return no_memory(err);
    }
    Asking asking = {query, evidence, targets, joint, status, errors};
    mk_pool_run(query->pool, n, node_task, &asking);
    MkStatus st = MK_OK;
    for (size_t i = 0; i < n && st == MK_OK; i++) {
        if (status[i] != MK_OK) {
            st = mk_fail(err, status[i], "%s", errors[i].text);
        }
    }
    free(errors);
    return st;
}

static MkStatus make(const MkQuery *query, MkEvidence evidence, const size_t *targets,
                     MkArena *arena, MkJoint *joint, MkError *err)
{
    MkMix mix;
    MK_TRY(mk_mix_make(query->model, evidence, query->seed, query->cancel, arena, &mix, err));
    MK_TRY(mk_mix_posterior(query->model, &mix, &joint->first, 1, query->cancel, arena,
                            &joint->marginal, err));
    place_nodes(joint);
    MK_TRY(ask_nodes(query, evidence, targets, joint, err));
    joint->arenas[MK_JOINT_VALUES] = arena;
    return MK_OK;
}

MkStatus mk_joint_make(const MkQuery *query, MkEvidence evidence, size_t first,
                       const size_t *targets, size_t n_targets, MkJoint *out, MkError *err)
{
    *out = (MkJoint){.model = query->model, .first = first, .n_targets = n_targets};
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    const MkStatus st = make(query, evidence, targets, arena, out, err);
    if (st != MK_OK) {
        if (out->arenas == NULL || out->arenas[MK_JOINT_VALUES] == NULL) {
            mk_arena_free(arena);
        }
        mk_joint_release(out);
    }
    return st;
}

void mk_joint_release(MkJoint *joint)
{
    for (size_t i = 0; joint->arenas != NULL && i <= MK_JOINT_VALUES; i++) {
        mk_arena_free(joint->arenas[i]);
    }
    free(joint->arenas);
    free(joint->given);
    *joint = (MkJoint){0};
}

/* ---- drawing ---- */

/* Node before `score` and how far it is on the way to the next one. */
static size_t node_before(const MkJoint *joint, double score, double *share)
{
    size_t lo = 0, hi = joint->n_nodes - 1;
    *share = 0;
    if (hi == 0 || score <= joint->score[0]) {
        return 0;
    }
    if (score >= joint->score[hi]) {
        *share = 1;
        return hi - 1;
    }
    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;
        if (joint->score[mid] <= score) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    *share = (score - joint->score[lo]) / (joint->score[hi] - joint->score[lo]);
    return lo;
}

static double level_at(const MkDistribution *d, const MkDistribution *next, double share, double v)
{
    const size_t n = d->attribute->n_levels;
    double sum = 0;
    size_t last = 0;
    for (size_t k = 0; k < n; k++) {
        const double p = (1 - share) * mk_dist_level(d, k) + share * mk_dist_level(next, k);
        sum += p;
        last = p > 0 ? k : last;
        if (sum > v && p > 0) {
            return (double)k;
        }
    }
    return (double)last;
}

void mk_joint_at(const MkJoint *joint, size_t target, double u, double v, double *a, double *b)
{
    const MkDistribution *first = &joint->marginal;
    const bool is_number = mk_type_is_number(first->attribute->type);
    double share = 0;
    size_t i = 0;
    if (is_number) {
        *a = recorded(first->attribute, mk_dist_quantile(first, u));
        i = node_before(joint, score_of(first, *a), &share);
    } else {
        *a = level_at(first, first, 0, u);
        i = (size_t)*a;
    }
    const MkDistribution *d = &joint->given[i * joint->n_targets + target];
    const MkDistribution *next = share > 0 ? d + joint->n_targets : d;
    if (!mk_type_is_number(d->attribute->type)) {
        *b = level_at(d, next, share, v);
        return;
    }
    double x = mk_dist_quantile(d, v);
    if (share > 0) {
        x = (1 - share) * x + share * mk_dist_quantile(next, v);
    }
    *b = recorded(d->attribute, x);
}

static double inside(double x)
{
    return fmin(fmax(x, 1e-9), 1 - 1e-9);
}

void mk_joint_draws(const MkJoint *joint, size_t target, uint64_t seed, size_t n, double *a,
                    double *b)
{
    for (size_t i = 0; i < n; i++) {
        MkRng rng = mk_rng(seed, MK_RNG_QUERY, i);
        const double u = ((double)i + mk_rng_uniform(&rng)) / (double)n;
        mk_joint_at(joint, target, inside(u), inside(mk_rng_uniform(&rng)), &a[i], &b[i]);
    }
}

void mk_joint_even(const MkJoint *joint, size_t target, size_t n, double *a, double *b)
{
    static const double golden = 0.6180339887498949;
    for (size_t i = 0; i < n; i++) {
        double whole = 0;
        const double v = modf(0.5 + golden * (double)i, &whole);
        mk_joint_at(joint, target, inside(((double)i + 0.5) / (double)n), inside(v), &a[i], &b[i]);
    }
}

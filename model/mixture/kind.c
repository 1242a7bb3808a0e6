/* kind.c - kind mixture: its training, its file, and its states for latent/latent.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/latent/latent.h"
#include "model/mixture/mixture.h"
#include "model/train_priv.h"

enum {
    SET_COMPONENTS,
    SET_PASSES,
    SET_PATIENCE,
    SET_PRIOR,
    SET_LEVELS,
    SET_MEAN,
    SET_VARIANCE,
    SET_PEOPLE,
    SET_CELLS,
    SET_OUTLIER
};

static const char *const priors[] = {"fixed", "learned", NULL};

static const MkKindSetting settings[] = {
    {"mixture_components", 200.0, 1.0, 20000.0, true, NULL},
    {"mixture_passes", 100.0, 1.0, 10000.0, true, NULL},
    {"mixture_patience", 5.0, 1.0, 1000.0, true, NULL}, /* passes that tell nothing better */
    {"mixture_prior", 1.0, 0.0, 1.0, true, priors},
    {"mixture_prior_levels", 2.0, 1e-6, 1e6, false, NULL}, /* as in MkMixturePrior */
    {"mixture_prior_mean", 0.5, 0.0, 1e6, false, NULL},
    {"mixture_prior_variance", 0.4, 1e-4, 10.0, false, NULL},
    {"mixture_prior_people", 5.0, 1e-6, 1e6, false, NULL},
    {"mixture_prior_cells", 2000.0, 0.0, 1e4, false, NULL},
    {"mixture_outlier", 0.02, 1e-6, 0.5, false, NULL},
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for components");
}

/* ---- learning ---- */

/* Passes until the validation people are no longer told better, or the passes or minutes end; what
 * told them best is in *best. */
static MkStatus make_passes(MkTrainRun *run, MkMixtureFit *fit, const MkMixture *now,
                            MkMixture *best, MkError *err)
{
    const size_t passes = (size_t)mk_train_setting(run, SET_PASSES);
    const size_t patience = (size_t)mk_train_setting(run, SET_PATIENCE);
    double fraction = 0.0, most = -INFINITY;
    for (size_t pass = 0, since = 0; pass < passes && since < patience; pass++) {
        MK_TRY(mk_train_goes_on(run, pass, passes, &fraction, err));
        if (fraction >= 1.0) {
            break;
        }
        double prior = 0.0;
        const double told = mk_mixture_fit_pass(fit, &prior);
        const double judged =
            run->judges.n_rows > 0 ? mk_mixture_fit_judge(fit, &run->judges) : told;
        if (!isfinite(told) || !isfinite(judged)) {
            return mk_fail(err, MK_ENUMERIC, "pass %zu: the log likelihood is not finite",
                           pass + 1);
        }
        run->progress.loss = -told;
        run->progress.valid_loss = -judged;
        since = judged > most + 1e-4 * fabs(most) ? 0 : since + 1;
        if (judged > most) {
            most = judged;
            mk_mixture_copy(best, now);
        }
    }
    return mk_train_goes_on(run, passes, passes, &fraction, err);
}

static MkStatus mixture_train(MkTrainRun *run, MkError *err)
{
    const size_t n = (size_t)mk_train_setting(run, SET_COMPONENTS);
    const size_t n_attributes = run->people.n_attributes;
    const MkMixturePrior prior = {.outlier = mk_train_setting(run, SET_OUTLIER),
                                  .levels = mk_train_setting(run, SET_LEVELS),
                                  .mean = mk_train_setting(run, SET_MEAN),
                                  .variance = mk_train_setting(run, SET_VARIANCE),
                                  .people = mk_train_setting(run, SET_PEOPLE),
                                  .cells = mk_train_setting(run, SET_CELLS),
                                  .is_learned = mk_train_setting(run, SET_PRIOR) > 0.0};
    MkMixture now;
    MkMixtureFit *fit = NULL;
    MkMixture *const best = mk_arena_alloc(run->arena, sizeof *best);
    if (best == NULL || !mk_mixture_init(&now, n, run->marginals, n_attributes, run->arena) ||
        !mk_mixture_init(best, n, run->marginals, n_attributes, run->arena)) {
        return no_memory(err);
    }
    MK_TRY(mk_mixture_fit_new(&now, &prior, &run->people, run->config->seed, run->pool,
                              run->hooks->cancel, &fit, err));
    mk_mixture_copy(best, &now);
    const MkStatus st = make_passes(run, fit, &now, best, err);
    mk_mixture_fit_free(fit);
    run->learned = best;
    return st;
}

/* ---- file ---- */

static MkStatus mixture_save(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    const MkMixture *const x = learned;
    (void)arena, (void)err;
    mk_weights_out_tensor(out, "kind.weight", MK_F64, 1, &x->n, x->weight);
    mk_weights_out_tensor(out, "kind.p", MK_F32, 2, (const size_t[]){x->n_cells, x->n}, x->p);
    return MK_OK;
}

typedef struct Opened {
    size_t n, *begin;   /* components; (attributes) first cell */
    double *log_weight; /* (n) */
    const float *p;     /* (cells, n) in the file */
} Opened;

static MkStatus bad(const MkModel *model, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: mixture: %s", mk_weights_path(model->weights), what);
}

static MkStatus read_weights(const MkModel *model, Opened *o, MkError *err)
{
    const MkTensor *const t = mk_weights_find(model->weights, "kind.weight");
    double sum = 0.0;
    if (t == NULL || t->dtype != MK_F64 || t->rank != 1 || t->n == 0) {
        return bad(model, "kind.weight is missing or no list of numbers", err);
    }
    const double *const weight = t->data;
    o->n = t->n;
    o->log_weight = mk_arena_array(model->arena, o->n, sizeof *o->log_weight);
    if (o->log_weight == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < o->n; k++) {
        if (!(weight[k] >= 0.0)) {
            return bad(model, "a weight is not 0 or more", err);
        }
        o->log_weight[k] = log(fmax(weight[k], 1e-300));
        sum += weight[k];
    }
    return fabs(sum - 1.0) < 1e-6 ? MK_OK : bad(model, "the weights do not sum to 1", err);
}

/* Every component's probabilities of the cells of one attribute. */
static bool is_right(const float *p, size_t n_cells, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double sum = 0.0;
        for (size_t c = 0; c < n_cells; c++) {
            if (!(p[c * n + k] >= 0.0F)) {
                return false;
            }
            sum += (double)p[c * n + k];
        }
        if (!(fabs(sum - 1.0) < 1e-3)) {
            return false;
        }
    }
    return true;
}

static MkStatus mixture_open(MkModel *model, MkError *err)
{
    Opened *const o = mk_arena_zeros(model->arena, 1, sizeof *o);
    const MkTensor *t = NULL;
    MkMixture layout;
    if (o == NULL ||
        !mk_mixture_lay_out(&layout, model->marginals, model->schema->n, model->arena)) {
        return no_memory(err);
    }
    MK_TRY(read_weights(model, o, err));
    MK_TRY(mk_weights_need(model->weights, "kind.p", MK_F32, 2,
                           (const size_t[]){layout.n_cells, o->n}, &t, err));
    o->begin = layout.begin;
    o->p = t->data;
    for (size_t j = 0; j < model->schema->n; j++) {
        if (!is_right(o->p + o->begin[j] * o->n, model->marginals[j].n_cells, o->n)) {
            return bad(model, "probabilities of cells do not sum to 1", err);
        }
    }
    model->state = o;
    return MK_OK;
}

/* ---- states ---- */

static MkStatus mixture_states(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                               MkRng *rng, MkArena *arena, MkStates *out, MkError *err)
{
    const Opened *const o = model->state;
    (void)known, (void)n_known, (void)n, (void)rng, (void)arena, (void)err;
    *out = (MkStates){.n = o->n, .log_weight = o->log_weight};
    return MK_OK;
}

static MkStatus mixture_heads(const MkModel *model, const MkStates *states, size_t first, size_t n,
                              size_t j, MkArena *arena, MkDistribution *out, MkError *err)
{
    const Opened *const o = model->state;
    const MkMarginal *const m = &model->marginals[j];
    const bool number = m->knots != NULL;
    const size_t all = o->n;
    const float *const p = o->p + o->begin[j] * all;
    double *const kept = mk_arena_array(arena, n * m->n_cells, sizeof *kept);
    (void)states;
    if (kept == NULL) {
        return no_memory(err);
    }
    for (size_t s = 0; s < n; s++) {
        double total = 0.0, *const own = kept + s * m->n_cells;
        for (size_t c = 0; c < m->n_cells; c++) {
            own[number ? c : m->level_of[c]] = (double)p[c * all + first + s];
            total += (double)p[c * all + first + s];
        }
        for (size_t c = 0; c < m->n_cells; c++) {
            own[c] /= total;
        }
        out[s] = (MkDistribution){.kind = number ? MK_DIST_CELLS : MK_DIST_LEVELS,
                                  .attribute = m->attribute,
                                  .n = m->n_cells,
                                  .p = own,
                                  .marginal = m};
    }
    return MK_OK;
}

static const MkLatent latent = {.is_exact = true, .states = mixture_states, .heads = mixture_heads};

const MkKind mk_kind_mixture = {.name = "mixture",
                                .about = "mixture of components with independent attributes, by EM",
                                .settings = settings,
                                .n_settings = sizeof settings / sizeof *settings,
                                .train = mixture_train,
                                .save = mixture_save,
                                .open = mixture_open,
                                .posterior = mk_latent_posterior,
                                .joint = mk_latent_joint,
                                .latent = &latent};

/* ctgan.c - kind ctgan: the conditional generative adversarial network for tables of Xu,
 * Skoularidou, Cuesta-Infante and Veeramachaneni (2019), section 4.3: what is kept, and answers. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/ctgan/ctgan.h"

#include <math.h>

#include "model/latent/latent.h"
#include "src/base/rng.h"

static const char *const missing_words[] = {"mode", "mean", NULL};

static const MkKindSetting settings[] = {
    [MK_CTGAN_EPOCHS] = {"ctgan_epochs", 300.0, 1.0, 1e6, true, NULL},
    [MK_CTGAN_BATCH] = {"ctgan_batch", 500.0, 10.0, 1e5, true, NULL},
    [MK_CTGAN_PAC] = {"ctgan_pac", 10.0, 1.0, 100.0, true, NULL},
    [MK_CTGAN_HIDDEN] = {"ctgan_hidden", 256.0, 1.0, 4096.0, true, NULL},
    [MK_CTGAN_NOISE] = {"ctgan_noise", 128.0, 1.0, 4096.0, true, NULL},
    [MK_CTGAN_DROPOUT] = {"ctgan_dropout", 0.5, 0.0, 0.99, false, NULL},
    [MK_CTGAN_PENALTY] = {"ctgan_penalty", 10.0, 0.0, 1e4, false, NULL},
    [MK_CTGAN_RATE] = {"ctgan_rate", 2e-4, 1e-7, 1.0, false, NULL},
    [MK_CTGAN_DECAY] = {"ctgan_decay", 1e-6, 0.0, 1.0, false, NULL},
    [MK_CTGAN_CRITIC_STEPS] = {"ctgan_critic_steps", 1.0, 1.0, 100.0, true, NULL},
    [MK_CTGAN_MISSING] = {"ctgan_missing", 0.0, 0.0, 1.0, true, missing_words},
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for ctgan");
}

/* ---- files ---- */

static MkStatus ctgan_save(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    const MkCtgan *const c = learned;
    const MkGenerator *const g = &c->generator;
    int32_t *const sizes = mk_arena_array(arena, 2, sizeof *sizes);
    if (sizes == NULL) {
        return no_memory(err);
    }
    sizes[0] = (int32_t)g->hidden;
    sizes[1] = (int32_t)g->noise;
    mk_weights_out_tensor(out, "kind.sizes", MK_I32, 1, (const size_t[]){2}, sizes);
    mk_weights_out_tensor(out, "kind.network", MK_F32, 1, (const size_t[]){g->n}, c->value);
    for (size_t l = 0; l < 2; l++) {
        const char *const mean = mk_arena_printf(arena, "kind.mean.%zu", l);
        const char *const variance = mk_arena_printf(arena, "kind.variance.%zu", l);
        if (mean == NULL || variance == NULL) {
            return no_memory(err);
        }
        mk_weights_out_tensor(out, mean, MK_F32, 1, &g->hidden, g->norm[l].mean);
        mk_weights_out_tensor(out, variance, MK_F32, 1, &g->hidden, g->norm[l].variance);
    }
    mk_weights_out_tensor(out, "kind.shares", MK_F64, 1, &c->conditions.width, c->conditions.share);
    return mk_records_save(&c->records, arena, out, err);
}

static MkStatus bad_number(const char *name, size_t i, double x, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: number %zu is %g", name, i, x);
}

static MkStatus open_floats(const MkModel *model, const char *name, size_t n, double least,
                            const float **out, MkError *err)
{
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(model->weights, name, MK_F32, 1, &n, &t, err));
    *out = t->data;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite((*out)[i]) || (double)(*out)[i] < least) {
            return bad_number(name, i, (double)(*out)[i], err);
        }
    }
    return MK_OK;
}

static MkStatus open_network(const MkModel *model, MkCtgan *c, MkError *err)
{
    const MkTensor *sizes = NULL;
    MkGenerator *const g = &c->generator;
    MK_TRY(
        mk_weights_need(model->weights, "kind.sizes", MK_I32, 1, (const size_t[]){2}, &sizes, err));
    const int32_t *const size = sizes->data;
    if (size[0] < 1 || size[0] > 4096 || size[1] < 1 || size[1] > 4096) {
        return mk_fail(err, MK_EFORMAT, "kind.sizes: %d and %d are no sizes of layers", size[0],
                       size[1]);
    }
    if (!mk_generator(&c->records, (size_t)size[1], c->conditions.width, (size_t)size[0],
                      model->arena, g)) {
        return no_memory(err);
    }
    MK_TRY(open_floats(model, "kind.network", g->n, -INFINITY, &c->value, err));
    for (size_t l = 0; l < 2; l++) {
        const float *mean = NULL, *variance = NULL;
        MK_TRY(open_floats(model, l == 0 ? "kind.mean.0" : "kind.mean.1", g->hidden, -INFINITY,
                           &mean, err));
        MK_TRY(open_floats(model, l == 0 ? "kind.variance.0" : "kind.variance.1", g->hidden, 0.0,
                           &variance, err));
        for (size_t k = 0; k < g->hidden; k++) {
            g->norm[l].mean[k] = mean[k];
            g->norm[l].variance[k] = variance[k];
        }
    }
    return MK_OK;
}

static MkStatus open_shares(const MkModel *model, MkConditions *c, MkError *err)
{
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(model->weights, "kind.shares", MK_F64, 1, &c->width, &t, err));
    const double *const share = t->data;
    for (size_t i = 0; i < c->n; i++) {
        double sum = 0.0;
        for (size_t k = c->at[i]; k < c->at[i + 1]; k++) {
            if (!(share[k] >= 0.0 && share[k] <= 1.0)) {
                return bad_number("kind.shares", k, share[k], err);
            }
            c->share[k] = share[k];
            sum += share[k];
        }
        if (fabs(sum - 1.0) > 1e-6) {
            return mk_fail(err, MK_EFORMAT, "kind.shares: those of an attribute sum to %g", sum);
        }
    }
    return MK_OK;
}

static MkStatus ctgan_open(MkModel *model, MkError *err)
{
    MkCtgan *const c = mk_arena_zeros(model->arena, 1, sizeof *c);
    if (c == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_records_open(model->weights, model->schema, model->arena, &c->records, err));
    MK_TRY(mk_conditions_new(&c->records, model->arena, &c->conditions, err));
    MK_TRY(open_shares(model, &c->conditions, err));
    MK_TRY(open_network(model, c, err));
    model->state = c;
    return MK_OK;
}

/* ---- answers ---- */

static MkStatus no_numbers(const MkModel *model, size_t attribute, MkError *err)
{
    return mk_fail(err, MK_EUNSUPPORTED,
                   "a model of kind ctgan has no density of numbers and cannot be told '%s'; it "
                   "takes levels (another kind takes both)",
                   model->schema->attributes[attribute].name);
}

static MkStatus ctgan_check(const MkModel *model, const size_t *known, size_t n_known,
                            const size_t *limited, size_t n_limited, MkError *err)
{
    for (size_t i = 0; i < n_known + n_limited; i++) {
        const size_t j = i < n_known ? known[i] : limited[i - n_known];
        if (model->schema->attributes[j].n_levels == 0) {
            return no_numbers(model, j, err);
        }
    }
    return MK_OK;
}

/* What comes in: noise, and a condition: one of the known levels by turns; nothing known: any
 * attribute, its levels as often as people have them. */
static void write_input(const MkCtgan *c, const MkPoint *known, size_t n_known, size_t s,
                        MkRng *rng, float *in)
{
    const MkConditions *const conditions = &c->conditions;
    const size_t noise = c->generator.noise;
    size_t place = 0, level = 0;
    for (size_t k = 0; k < noise; k++) {
        in[k] = (float)mk_rng_normal(rng);
    }
    for (size_t k = 0; k < conditions->width; k++) {
        in[noise + k] = 0.0F;
    }
    if (conditions->n == 0) {
        return;
    }
    if (n_known > 0) {
        place = mk_conditions_find(conditions, known[s % n_known].attribute);
        level = (size_t)known[s % n_known].value;
    } else {
        place = mk_rng_below(rng, conditions->n);
        level = mk_conditions_level(conditions, place, rng);
    }
    in[noise + conditions->at[place] + level] = 1.0F;
}

static MkStatus ctgan_states(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                             MkRng *rng, MkArena *arena, MkStates *out, MkError *err)
{
    const MkCtgan *const c = model->state;
    MkGenerator g = c->generator;
    MkGeneratorTape tape;
    double *const log_weight = mk_arena_zeros(arena, n, sizeof *log_weight);
    for (size_t i = 0; i < n_known; i++) {
        if (model->schema->attributes[known[i].attribute].n_levels == 0) {
            return no_numbers(model, known[i].attribute, err);
        }
    }
    if (log_weight == NULL || !mk_generator_tape(&g, n, arena, &tape)) {
        return no_memory(err);
    }
    for (size_t s = 0; s < n; s++) {
        write_input(c, known, n_known, s, rng, tape.in[0] + s * (g.noise + g.condition));
    }
    mk_generator_pass(&g, c->value, n, true, &tape);
    *out = (MkStates){.n = n, .log_weight = log_weight, .own = tape.said};
    return MK_OK;
}

static MkStatus ctgan_heads(const MkModel *model, const MkStates *states, size_t first, size_t n,
                            size_t j, MkArena *arena, MkDistribution *out, MkError *err)
{
    const MkCtgan *const c = model->state;
    for (size_t s = 0; s < n; s++) {
        const MkSaid said = {.raw = (const float *)states->own + (first + s) * c->records.width};
        MK_TRY(n == 1 ? mk_records_head(&c->records, &model->marginals[j], j, &said, arena, &out[s],
                                        err)
                      : mk_records_cells(&c->records, &model->marginals[j], j, &said, arena,
                                         &out[s], err));
    }
    return MK_OK;
}

static const MkLatent latent = {.n_answer = 1000,
                                .n_person = 200,
                                .check = ctgan_check,
                                .states = ctgan_states,
                                .heads = ctgan_heads};

const MkKind mk_kind_ctgan = {
    .name = "ctgan",
    .about = "conditional generative adversarial network for tables, after Xu et al. 2019",
    .settings = settings,
    .n_settings = sizeof settings / sizeof *settings,
    .train = mk_train_ctgan,
    .save = ctgan_save,
    .open = ctgan_open,
    .posterior = mk_latent_posterior,
    .joint = mk_latent_joint,
    .samples = true,
    .latent = &latent};

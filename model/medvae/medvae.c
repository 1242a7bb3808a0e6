/* medvae.c - kind medvae as it is asked: latent states of a library, of the prior or of a mixture,
 * weighted by what the decoder says of the evidence. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <string.h>

#include "model/latent/latent.h"
#include "model/normal.h"
#include "model/separate.h"
#include "src/data/value.h"

/* A number's sd is at least this share of its scale, an ordinal's this share of a level. */
static const double sd_least = 1e-3, level_sd_least = 0.1;
/* What the likeliest level leaves to the others: they are drawn where evidence excludes it. */
static const double left_over = 1e-12;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for latent states");
}

/* ---- states ---- */

/* Number i of n at even steps over `size` things, from a random start. */
static size_t even(double start, size_t i, size_t n, size_t size)
{
    const size_t at = (size_t)(((double)i + start) / (double)n * (double)size);
    return at < size ? at : size - 1;
}

/* Entries of the library whose person met the one level that is known, as published; NULL: all. */
static MkStatus who_met(const MkMedvae *m, const MkPoint *known, size_t n_known, MkArena *arena,
                        size_t **out, size_t *n, MkError *err)
{
    const MkMedvaeLayout *const l = &m->net.layout;
    *out = NULL;
    *n = m->n_library;
    if (n_known != 1 || m->met == NULL || l->columns[known->attribute].n_levels == 0) {
        return MK_OK;
    }
    size_t *const who = mk_arena_array(arena, m->n_library, sizeof *who);
    size_t found = 0;
    if (who == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < m->n_library; i++) {
        const uint8_t level = m->met[i * l->n_met + l->columns[known->attribute].met_column];
        who[found] = i;
        found += (double)level == known->value;
    }
    if (found > 0) { /* nobody: the decoder's probability decides, as for other evidence */
        *out = who;
        *n = found;
    }
    return MK_OK;
}

static void from_library(const MkMedvae *m, const size_t *who, size_t n_who, size_t n, MkRng *rng,
                         float *z)
{
    const double start = mk_rng_uniform(rng);
    for (size_t i = 0; i < n; i++) {
        const size_t at = even(start, i, n, n_who), entry = who != NULL ? who[at] : at;
        const float *const mean = m->library + entry * 2 * MK_MEDVAE_LATENT;
        for (size_t k = 0; k < MK_MEDVAE_LATENT; k++) {
            const double sd = exp(0.5 * (double)mean[MK_MEDVAE_LATENT + k]);
            z[i * MK_MEDVAE_LATENT + k] = (float)((double)mean[k] + sd * mk_rng_normal(rng));
        }
    }
}

static void from_mixture(const MkMedvae *m, size_t n, MkRng *rng, float *z)
{
    enum { L = MK_MEDVAE_LATENT };
    const double start = mk_rng_uniform(rng);
    double above = (double)m->mixture[0];
    for (size_t i = 0, c = 0; i < n; i++) {
        double e[L];
        while (c + 1 < m->n_components && above <= ((double)i + start) / (double)n) {
            above += (double)m->mixture[++c * MK_MEDVAE_NORMAL];
        }
        const float *const mean = m->mixture + c * MK_MEDVAE_NORMAL + 1;
        for (size_t k = 0; k < L; k++) {
            double x = (double)mean[k];
            e[k] = mk_rng_normal(rng);
            for (size_t j = 0; j <= k; j++) {
                x += (double)mean[L + k * L + j] * e[j];
            }
            z[i * L + k] = (float)x;
        }
    }
}

static void from_prior(size_t n, MkRng *rng, float *z)
{
    for (size_t i = 0; i < n * MK_MEDVAE_LATENT; i++) {
        z[i] = (float)mk_rng_normal(rng);
    }
}

static MkStatus weigh(const MkModel *model, const MkStates *states, size_t j, double value,
                      const MkDrawLimit *limit, MkArena *arena, double *log_weight, MkError *err);

/* Takes from the weights what the known level will add: being in the library of those who met it
 * is all that it says there. */
static MkStatus say_nothing(const MkModel *model, MkStates *states, const MkPoint *known,
                            MkArena *arena, MkError *err)
{
    MK_TRY(
        weigh(model, states, known->attribute, known->value, NULL, arena, states->log_weight, err));
    for (size_t i = 0; i < states->n; i++) {
        states->log_weight[i] = -states->log_weight[i];
    }
    return MK_OK;
}

static MkStatus make_states(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                            MkRng *rng, MkArena *arena, MkStates *out, MkError *err)
{
    const MkMedvae *const m = model->state;
    size_t *who = NULL, n_who = 0;
    MK_TRY(who_met(m, known, n_known, arena, &who, &n_who, err));
    float *const hidden = mk_arena_array(arena, n * MK_MEDVAE_WIDE, sizeof *hidden);
    double *const log_weight = mk_arena_zeros(arena, n, sizeof *log_weight);
    if (hidden == NULL || log_weight == NULL) {
        return no_memory(err);
    }
    const MkMark mark = mk_arena_mark(arena);
    float *const z = mk_arena_array(arena, n * MK_MEDVAE_LATENT, sizeof *z);
    float *const narrow = mk_arena_array(arena, n * MK_MEDVAE_NARROW, sizeof *narrow);
    if (z == NULL || narrow == NULL) {
        return no_memory(err);
    }
    if (m->latent == MK_MEDVAE_OF_LIBRARY) {
        from_library(m, who, n_who, n, rng, z);
    } else if (m->latent == MK_MEDVAE_OF_MIXTURE) {
        from_mixture(m, n, rng, z);
    } else {
        from_prior(n, rng, z);
    }
    if (m->latent != MK_MEDVAE_OF_LIBRARY && n > 1 && n_known > 0) {
        MK_TRY(mk_medvae_propose(m, known, n_known, n, rng, arena, z, log_weight, err));
    }
    mk_medvae_decode(&m->net, z, n, narrow, hidden);
    mk_arena_rewind(arena, mark);
    *out = (MkStates){.n = n, .log_weight = log_weight, .own = hidden};
    return who == NULL ? MK_OK : say_nothing(model, out, known, arena, err);
}

/* ---- what a state says of an attribute ---- */

/* Outputs of column j for the states first .. first + n; *out in `arena`. */
static MkStatus ask_column(const MkMedvae *m, const MkStates *states, size_t first, size_t n,
                           size_t j, MkArena *arena, float **out, MkError *err)
{
    const size_t n_outputs = m->net.layout.columns[j].n_outputs;
    const float *const hidden = states->own;
    float *const said = mk_arena_array(arena, n * n_outputs, sizeof *said);
    if (said == NULL) {
        return no_memory(err);
    }
    mk_medvae_say(&m->net, hidden + first * MK_MEDVAE_WIDE, n, j, said);
    for (size_t i = 0; i < n * n_outputs; i++) {
        if (!isfinite(said[i])) {
            return mk_fail(err, MK_ENUMERIC, "the decoder's answer for %s is not a number",
                           m->attributes[j].name);
        }
    }
    *out = said;
    return MK_OK;
}

/* Probabilities of the levels, p (n_levels), from a column's outputs for one state. An ordinal is
 * the rounded and clipped number. */
static void level_p(const MkMedvae *m, size_t j, const float *out, double *p)
{
    const MkMedvaeColumn *const c = &m->net.layout.columns[j];
    if (c->head == MK_MEDVAE_BINARY) {
        p[1] = (double)out[0];
        p[0] = 1.0 - p[1];
        return;
    }
    double sum = 0.0;
    if (c->head == MK_MEDVAE_LEVELS) {
        for (size_t k = 0; k < c->n_levels; k++) {
            p[k] = (double)out[k];
            sum += p[k];
        }
        for (size_t k = 0; k < c->n_levels; k++) {
            p[k] /= sum;
        }
        return;
    }
    const double top = (double)c->n_levels - 1.0, mean = top * (double)out[0];
    const double sd = fmax(top * (double)m->sd[j], level_sd_least);
    for (size_t k = 0; k < c->n_levels; k++) {
        const double above =
            k + 1 == c->n_levels ? 1.0 : mk_normal_cdf(((double)k + 0.5 - mean) / sd);
        p[k] = fmax(above - sum, 0.0);
        sum = fmax(above, sum);
    }
}

/* A number's mean and sd in the attribute's unit. */
static void number_at(const MkMedvae *m, size_t j, float out, double *mean, double *sd)
{
    const double width = m->scale[2 * j + 1] - m->scale[2 * j];
    *mean = m->scale[2 * j] + width * (double)out;
    *sd = fmax(fmax((double)m->sd[j], sd_least) * width, 1e-9 * fmax(fabs(*mean), 1.0));
}

static size_t likeliest(const MkMedvae *m, size_t j, const float *out, const double *p)
{
    const MkMedvaeColumn *const c = &m->net.layout.columns[j];
    if (c->head == MK_MEDVAE_ORDINAL) {
        const double top = (double)c->n_levels - 1.0;
        return (size_t)fmin(fmax(round(top * (double)out[0]), 0.0), top);
    }
    size_t best = c->head == MK_MEDVAE_BINARY && p[1] >= 0.5 ? 1 : 0;
    for (size_t k = 1; k < c->n_levels; k++) {
        best = p[k] > p[best] ? k : best;
    }
    return best;
}

static MkDistribution number_head(const MkMedvae *m, size_t j, float out)
{
    const MkAttribute *const a = &m->attributes[j];
    double mean = 0.0, sd = 0.0;
    number_at(m, j, out, &mean, &sd);
    if (m->decode == MK_MEDVAE_DRAW && a->max > a->min) {
        return (MkDistribution){.kind = MK_DIST_NORMAL, .attribute = a, .a = mean, .b = sd};
    }
    const double at = mk_value_recorded(a, m->step[j], fmin(fmax(mean, a->min), a->max));
    return (MkDistribution){.kind = MK_DIST_POINT, .attribute = a, .a = at};
}

static MkStatus heads(const MkModel *model, const MkStates *states, size_t first, size_t n,
                      size_t j, MkArena *arena, MkDistribution *out, MkError *err)
{
    const MkMedvae *const m = model->state;
    const MkMedvaeColumn *const c = &m->net.layout.columns[j];
    double *const p = mk_arena_array(arena, n * c->n_levels, sizeof *p);
    float *said = NULL;
    MK_TRY(ask_column(m, states, first, n, j, arena, &said, err));
    if (p == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        double *const q = p + i * c->n_levels;
        if (c->head == MK_MEDVAE_NUMBER) {
            out[i] = number_head(m, j, said[i]);
            continue;
        }
        level_p(m, j, said + i * c->n_outputs, q);
        if (m->decode == MK_MEDVAE_ARGMAX) {
            const size_t best = likeliest(m, j, said + i * c->n_outputs, q);
            for (size_t k = 0; k < c->n_levels; k++) {
                q[k] = left_over * q[k] + (k == best ? 1.0 - left_over : 0.0);
            }
        }
        out[i] = (MkDistribution){.kind = MK_DIST_LEVELS,
                                  .attribute = &model->schema->attributes[j],
                                  .n = c->n_levels,
                                  .p = q};
    }
    return MK_OK;
}

/* ---- what evidence says of a state ---- */

/* log mass of a normal in [low, high]; far out, where it is below the smallest number, that of the
 * nearer end. */
static double log_mass(double mean, double sd, double low, double high)
{
    const double a = (low - mean) / sd, b = (high - mean) / sd;
    const double nearest = a > 0.0 ? a : b < 0.0 ? b : 0.0;
    return mk_normal_log_mass(a, b, -0.5 * nearest * nearest - 50.0);
}

/* Numbers were cut and are drawn between two ends: what lies beyond counts as the end. */
static double log_number(const MkMedvae *m, size_t j, float out, double low, double high)
{
    const double least = m->attributes[j].min, most = m->attributes[j].max;
    double mean = 0.0, sd = 0.0;
    number_at(m, j, out, &mean, &sd);
    const double half = 0.5 * (m->step[j] > 0.0 ? m->step[j] : 1e-6 * fmax(1.0, fabs(low)));
    low = fmin(fmax(low, least), most);
    high = fmin(fmax(high, least), most);
    return log_mass(mean, sd, low <= least ? -INFINITY : low - half,
                    high >= most ? INFINITY : high + half);
}

static double log_levels(const double *p, size_t n, double value, const MkDrawLimit *limit)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        const bool fits = limit != NULL ? (limit->levels >> k & 1U) != 0 : (double)k == value;
        sum += fits ? p[k] : 0.0;
    }
    return log(fmax(sum, 1e-12));
}

static MkStatus weigh(const MkModel *model, const MkStates *states, size_t j, double value,
                      const MkDrawLimit *limit, MkArena *arena, double *log_weight, MkError *err)
{
    const MkMedvae *const m = model->state;
    const MkMedvaeColumn *const c = &m->net.layout.columns[j];
    const MkMark mark = mk_arena_mark(arena);
    double p[MK_MAX_LEVELS];
    float *said = NULL;
    MK_TRY(ask_column(m, states, 0, states->n, j, arena, &said, err));
    for (size_t i = 0; i < states->n; i++) {
        if (c->head == MK_MEDVAE_NUMBER) {
            log_weight[i] += log_number(m, j, said[i], limit != NULL ? limit->low : value,
                                        limit != NULL ? limit->high : value);
        } else {
            level_p(m, j, said + i * c->n_outputs, p);
            log_weight[i] += log_levels(p, c->n_levels, value, limit);
        }
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

/* ---- persons ---- */

static MkStatus run_argmax(const void *state, const double *known, size_t n, MkRng *streams,
                           const double *given, MkArena *arena, double *out, double *log_p,
                           double *log_mass_out, MkError *err)
{
    if (log_p != NULL) {
        return mk_fail(err, MK_EUNSUPPORTED,
                       "a model of kind medvae with medvae_decode argmax gives no densities: it "
                       "decodes a state to one person; train it with medvae_decode draw");
    }
    return mk_latent_joint(NULL)->run(state, known, n, streams, given, arena, out, NULL,
                                      log_mass_out, err);
}

static MkStatus open_argmax(const MkModel *model, const MkDrawOrder *order, void **state,
                            MkError *err)
{
    return mk_latent_joint(model)->open(model, order, state, err);
}

static void close_argmax(void *state)
{
    mk_latent_joint(NULL)->close(state);
}

static const MkJoint argmax_joint = {
    .is_joint = true, .open = open_argmax, .run = run_argmax, .close = close_argmax};

static const MkJoint *medvae_joint(const MkModel *model)
{
    const MkMedvae *const m = model->state;
    return m->decode == MK_MEDVAE_ARGMAX ? &argmax_joint : mk_latent_joint(model);
}

/* ---- the kind ---- */

static const char *const off_on[] = {"off", "on", NULL};
static const char *const outputs[] = {"sigmoid", "linear", NULL};
static const char *const latents[] = {"library", "prior", "mixture", NULL};
static const char *const decodes[] = {"argmax", "draw", NULL};
static const char *const fills[] = {"median", "chained", NULL};
static const char *const norms[] = {"batch", "fixed", NULL};

/* As published: off, sigmoid, library, argmax. The text has a KL scale of 1, the notebook 10 that
 * does nothing; 0.1 measured best with its gradient on (doc/medvae.md). */
static const MkKindSetting settings[MK_MEDVAE_SETTINGS] = {
    [MK_MEDVAE_KL_GRAD] = {"medvae_kl_grad", 1, 0, 1, true, off_on},
    [MK_MEDVAE_OUTPUT] = {"medvae_output", MK_MEDVAE_SIGMOID, 0, 1, true, outputs},
    [MK_MEDVAE_STATES] = {"medvae_latent", MK_MEDVAE_OF_PRIOR, 0, 2, true, latents},
    [MK_MEDVAE_DECODE] = {"medvae_decode", MK_MEDVAE_DRAW, 0, 1, true, decodes},
    [MK_MEDVAE_FILL] = {"medvae_fill", MK_MEDVAE_MEDIAN, 0, 1, true, fills},
    [MK_MEDVAE_NORM] = {"medvae_norm", MK_MEDVAE_BATCH_NORM, 0, 1, true, norms},
    [MK_MEDVAE_KL_SCALE] = {"medvae_kl_scale", 0.1, 0, 1000, false, NULL},
    [MK_MEDVAE_EPOCHS] = {"medvae_epochs", 200, 1, 100000, true, NULL},
    [MK_MEDVAE_BATCH] = {"medvae_batch", 32, 2, 4096, true, NULL},
    [MK_MEDVAE_RATE] = {"medvae_rate", 1e-3, 1e-6, 1, false, NULL},
    [MK_MEDVAE_LIBRARY] = {"medvae_library", 2000, 1, 1000000, true, NULL},
    [MK_MEDVAE_COMPONENTS] = {"medvae_components", 10, 1, 1000, true, NULL}};

static const MkLatent latent = {
    .n_answer = 1024, .n_person = 256, .states = make_states, .heads = heads, .weigh = weigh};

const MkKind mk_kind_medvae = {
    .name = "medvae",
    .about = "variational autoencoder of a filled table (after Hogg and Sainsbury, Med-VAE)",
    .settings = settings,
    .n_settings = MK_MEDVAE_SETTINGS,
    .train = mk_medvae_train,
    .make_private = mk_medvae_make_private,
    .save = mk_medvae_save,
    .open = mk_medvae_open,
    .posterior = mk_latent_posterior,
    .joint = medvae_joint,
    .samples = true,
    .latent = &latent};

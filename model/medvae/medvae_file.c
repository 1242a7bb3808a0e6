/* medvae_file.c - what kind medvae keeps in a model file, written and read with every check. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <string.h>

/* Whether numbers are linear, where states come from, how they are decoded; entries of the library,
 * whether levels are beside them, components. */
enum { LINEAR, LATENT, DECODE, LIBRARY, MET, COMPONENTS, SIZES };

static const char *const sizes_name = "kind.sizes";

/* ---- writing ---- */

static void add(MkWeightsOut *out, const char *name, MkDtype dtype, size_t rows, size_t columns,
                const void *data)
{
    const size_t shape[] = {rows, columns};
    if (rows > 0 && columns > 0) {
        mk_weights_out_tensor(out, name, dtype, 2, shape, data);
    }
}

MkStatus mk_medvae_save(const void *learned, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    const MkMedvae *const m = learned;
    const size_t n = m->net.layout.n;
    int32_t *const sizes = mk_arena_zeros(arena, SIZES, sizeof *sizes);
    if (sizes == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a model file");
    }
    sizes[LINEAR] = m->net.is_linear;
    sizes[LATENT] = (int32_t)m->latent;
    sizes[DECODE] = (int32_t)m->decode;
    sizes[LIBRARY] = (int32_t)m->n_library;
    sizes[MET] = m->met != NULL;
    sizes[COMPONENTS] = (int32_t)m->n_components;
    add(out, sizes_name, MK_I32, 1, SIZES, sizes);
    add(out, "kind.report", MK_F64, 1, MK_MEDVAE_REPORT, m->report);
    add(out, "kind.parameters", MK_F32, 1, m->net.p.n, m->net.p.value);
    add(out, "kind.running", MK_F32, 1, MK_MEDVAE_RUNNING, m->net.running);
    add(out, "kind.scale", MK_F64, n, 2, m->scale);
    add(out, "kind.sd", MK_F32, 1, n, m->sd);
    add(out, "kind.library", MK_F32, m->n_library, 2 * MK_MEDVAE_LATENT, m->library);
    add(out, "kind.mixture", MK_F32, m->n_components, MK_MEDVAE_NORMAL, m->mixture);
    if (m->met != NULL) {
        add(out, "kind.met", MK_U8, m->n_library, m->net.layout.n_met, m->met);
    }
    return MK_OK;
}

/* ---- reading ---- */

static MkStatus wrong(const MkModel *model, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: %s", mk_weights_path(model->weights), what);
}

/* A copy of a tensor of finite numbers, in the model's arena. */
static MkStatus need(MkModel *model, const char *name, MkDtype dtype, size_t rows, size_t columns,
                     void *out, MkError *err)
{
    const size_t shape[] = {rows, columns};
    const size_t size = dtype == MK_F64 ? sizeof(double) : sizeof(float);
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(model->weights, name, dtype, 2, shape, &t, err));
    for (size_t i = 0; i < t->n; i++) {
        const double x =
            dtype == MK_F64 ? ((const double *)t->data)[i] : (double)((const float *)t->data)[i];
        if (!isfinite(x)) {
            return mk_fail(err, MK_EFORMAT, "%s: tensor %s has what is no number",
                           mk_weights_path(model->weights), name);
        }
    }
    memcpy(out, t->data, t->n * size);
    return MK_OK;
}

static MkStatus need_new(MkModel *model, const char *name, MkDtype dtype, size_t rows,
                         size_t columns, void *out, MkError *err)
{
    void **const place = out;
    void *const at = mk_arena_array(model->arena, rows * columns,
                                    dtype == MK_F64 ? sizeof(double) : sizeof(float));
    if (at == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a model");
    }
    MK_TRY(need(model, name, dtype, rows, columns, at, err));
    *place = at;
    return MK_OK;
}

static MkStatus read_sizes(MkModel *model, MkMedvae *m, bool *is_linear, bool *has_met,
                           MkError *err)
{
    const size_t shape[] = {1, SIZES};
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(model->weights, sizes_name, MK_I32, 2, shape, &t, err));
    const int32_t *const s = t->data;
    const bool good = (s[LINEAR] == 0 || s[LINEAR] == 1) && s[LATENT] >= 0 &&
                      s[LATENT] <= MK_MEDVAE_OF_MIXTURE &&
                      (s[DECODE] == MK_MEDVAE_ARGMAX || s[DECODE] == MK_MEDVAE_DRAW) &&
                      (s[MET] == 0 || s[MET] == 1) && s[LIBRARY] >= 0 && s[LIBRARY] <= 1 << 24 &&
                      s[COMPONENTS] >= 0 && s[COMPONENTS] <= 1 << 16;
    const bool fits = (s[LATENT] == MK_MEDVAE_OF_LIBRARY) == (s[LIBRARY] > 0) &&
                      (s[LATENT] == MK_MEDVAE_OF_MIXTURE) == (s[COMPONENTS] > 0) &&
                      (s[MET] == 0 || s[LIBRARY] > 0);
    if (!good || !fits) {
        return wrong(model, "the sizes of its autoencoder are impossible", err);
    }
    *is_linear = s[LINEAR] == 1;
    *has_met = s[MET] == 1;
    m->latent = (int)s[LATENT];
    m->decode = (int)s[DECODE];
    m->n_library = (size_t)s[LIBRARY];
    m->n_components = (size_t)s[COMPONENTS];
    return MK_OK;
}

static MkStatus check_numbers(const MkModel *model, const MkMedvae *m, MkError *err)
{
    const float *const running = m->net.running;
    size_t at = 0;
    for (size_t i = 0; i < MK_MEDVAE_NORMS; i++) {
        const size_t d = m->net.norm[i].d;
        for (size_t k = 0; k < d; k++) {
            if (running[at + d + k] < 0.0F) {
                return wrong(model, "a running variance is negative", err);
            }
        }
        at += 2 * d;
    }
    for (size_t j = 0; j < m->net.layout.n; j++) {
        if (m->scale[2 * j + 1] < m->scale[2 * j] || m->sd[j] < 0.0F) {
            return wrong(model, "the scale of an attribute is impossible", err);
        }
    }
    for (size_t i = 0; i < m->n_library * MK_MEDVAE_LATENT; i++) {
        const size_t entry = i / MK_MEDVAE_LATENT, k = i % MK_MEDVAE_LATENT;
        if (fabsf(m->library[(2 * entry + 1) * MK_MEDVAE_LATENT + k]) > 64.0F) {
            return wrong(model, "a log variance of its library is impossible", err);
        }
    }
    double all = 0.0;
    for (size_t c = 0; c < m->n_components; c++) {
        const float share = m->mixture[c * MK_MEDVAE_NORMAL];
        if (share < 0.0F) {
            return wrong(model, "a share of its mixture is negative", err);
        }
        for (size_t k = 0; k < MK_MEDVAE_LATENT; k++) {
            const size_t row = 1 + MK_MEDVAE_LATENT + k * MK_MEDVAE_LATENT;
            if (!(m->mixture[c * MK_MEDVAE_NORMAL + row + k] > 0.0F)) {
                return wrong(model, "a covariance of its mixture is impossible", err);
            }
        }
        all += (double)share;
    }
    return m->n_components > 0 && fabs(all - 1.0) > 1e-3
               ? wrong(model, "the shares of its mixture do not sum to 1", err)
               : MK_OK;
}

static MkStatus read_met(MkModel *model, MkMedvae *m, MkError *err)
{
    const MkMedvaeLayout *const l = &m->net.layout;
    const size_t shape[] = {m->n_library, l->n_met};
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(model->weights, "kind.met", MK_U8, 2, shape, &t, err));
    m->met = mk_arena_array(model->arena, t->n, 1);
    if (m->met == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a model");
    }
    memcpy(m->met, t->data, t->n);
    for (size_t j = 0; j < l->n; j++) {
        const MkMedvaeColumn *const c = &l->columns[j];
        for (size_t i = 0; c->n_levels > 0 && i < m->n_library; i++) {
            if (m->met[i * l->n_met + c->met_column] >= c->n_levels) {
                return wrong(model, "its library has a level that there is not", err);
            }
        }
    }
    return MK_OK;
}

/* Numbers lie between the ends that were learned. */
static MkStatus hold_attributes(MkModel *model, MkMedvae *m, MkError *err)
{
    const size_t n = model->schema->n;
    m->attributes = mk_arena_array(model->arena, n, sizeof *m->attributes);
    m->step = mk_arena_array(model->arena, n, sizeof *m->step);
    if (m->attributes == NULL || m->step == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a model");
    }
    for (size_t j = 0; j < n; j++) {
        m->attributes[j] = model->schema->attributes[j];
        m->step[j] = mk_marginal_step(&model->marginals[j]);
        if (m->net.layout.columns[j].head == MK_MEDVAE_NUMBER) {
            m->attributes[j].min = fmax(m->attributes[j].min, m->scale[2 * j]);
            m->attributes[j].max = fmin(m->attributes[j].max, m->scale[2 * j + 1]);
        }
    }
    return MK_OK;
}

MkStatus mk_medvae_open(MkModel *model, MkError *err)
{
    bool is_linear = false, has_met = false;
    const size_t n = model->schema->n;
    MkMedvae *const m = mk_arena_zeros(model->arena, 1, sizeof *m);
    if (m == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a model");
    }
    MK_TRY(read_sizes(model, m, &is_linear, &has_met, err));
    MK_TRY(mk_medvae_net_init(&m->net, model->schema, is_linear, model->arena, err));
    MK_TRY(need(model, "kind.report", MK_F64, 1, MK_MEDVAE_REPORT, m->report, err));
    MK_TRY(need(model, "kind.parameters", MK_F32, 1, m->net.p.n, m->net.p.value, err));
    MK_TRY(need(model, "kind.running", MK_F32, 1, MK_MEDVAE_RUNNING, m->net.running, err));
    MK_TRY(need_new(model, "kind.scale", MK_F64, n, 2, &m->scale, err));
    MK_TRY(need_new(model, "kind.sd", MK_F32, 1, n, &m->sd, err));
    if (m->n_library > 0) {
        MK_TRY(need_new(model, "kind.library", MK_F32, m->n_library, 2 * MK_MEDVAE_LATENT,
                        &m->library, err));
    }
    if (m->n_components > 0) {
        MK_TRY(need_new(model, "kind.mixture", MK_F32, m->n_components, MK_MEDVAE_NORMAL,
                        &m->mixture, err));
    }
    if (has_met) {
        MK_TRY(read_met(model, m, err));
    }
    MK_TRY(check_numbers(model, m, err));
    MK_TRY(hold_attributes(model, m, err));
    MK_TRY(mk_medvae_gaps(model, m, err));
    model->state = m;
    return MK_OK;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <jansson.h>

#include "model/copula_file.h"
#include "model/kind.h"
#include "model/marginal_fit.h"
#include "model/nn/blas.h"
#include "model/pair_counts.h"
#include "model/rake.h"
#include "model/support_fit.h"
#include "src/base/file.h"

/* ---- reading ---- */

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static MkStatus meta(const MkModel *m, const char *key, const char **out, MkError *err)
{
    *out = mk_weights_meta(m->weights, key);
    if (*out == NULL) {
        return mk_fail(err, MK_EFORMAT, "%s: not a manikin model: no %s in its header",
                       mk_weights_path(m->weights), key);
    }
    return MK_OK;
}

static MkStatus bad(const MkModel *m, size_t j, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: attribute %s: %s", mk_weights_path(m->weights),
                   m->schema->attributes[j].name, what);
}

typedef struct Cells { /* the tensors of all marginals */
    const uint8_t *n;
    const float *share;
    const float *knots; /* (cells of numbers, MK_CELL_KNOTS) */
    const uint8_t *level_of;
    const float *moments; /* (n, 2) mean, sd */
    const int32_t *observed;
} Cells;

static MkStatus read_cells(const MkModel *m, Cells *c, size_t *total, size_t *numbers, MkError *err)
{
    const size_t n = m->schema->n;
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(m->weights, "marginal.cells", MK_U8, 1, &n, &t, err));
    c->n = t->data;
    *total = *numbers = 0;
    for (size_t j = 0; j < n; j++) {
        const MkAttribute *const a = &m->schema->attributes[j];
        const bool number = mk_type_is_number(a->type);
        if (c->n[j] < 1 || c->n[j] > MK_CELLS_MAX || (!number && c->n[j] != a->n_levels)) {
            return bad(m, j, "impossible number of cells", err);
        }
        *total += c->n[j];
        *numbers += number ? c->n[j] : 0;
    }
    MK_TRY(mk_weights_need(m->weights, "marginal.share", MK_F32, 1, total, &t, err));
    c->share = t->data;
    MK_TRY(mk_weights_need(m->weights, "marginal.knots", MK_F32, 2,
                           (const size_t[]){*numbers, MK_CELL_KNOTS}, &t, err));
    c->knots = t->data;
    const size_t levels = *total - *numbers;
    MK_TRY(mk_weights_need(m->weights, "marginal.level_of", MK_U8, 1, &levels, &t, err));
    c->level_of = t->data;
    MK_TRY(mk_weights_need(m->weights, "marginal.moments", MK_F32, 2, (const size_t[]){n, 2}, &t,
                           err));
    c->moments = t->data;
    MK_TRY(mk_weights_need(m->weights, "marginal.observed", MK_I32, 1, &n, &t, err));
    c->observed = t->data;
    return MK_OK;
}

static MkStatus set_levels(MkModel *m, size_t j, const uint8_t *level_of, MkError *err)
{
    MkMarginal *const d = &m->marginals[j];
    bool seen[MK_CELLS_MAX] = {false};
    for (size_t k = 0; k < d->n_cells; k++) {
        if (level_of[k] >= d->n_cells || seen[level_of[k]]) {
            return bad(m, j, "order of levels is no permutation", err);
        }
        seen[level_of[k]] = true;
        d->level_of[k] = level_of[k];
        d->cell_of[level_of[k]] = (unsigned char)k;
    }
    return MK_OK;
}

static MkStatus set_knots(MkModel *m, size_t j, const float *knots, MkError *err)
{
    MkMarginal *const d = &m->marginals[j];
    d->knots = mk_arena_array(m->arena, d->n_cells, sizeof *d->knots);
    if (d->knots == NULL) {
        return out_of_memory(err);
    }
    memcpy(d->knots, knots, d->n_cells * sizeof *d->knots);
    const float *const flat = d->knots[0];
    for (size_t i = 0; i < d->n_cells * MK_CELL_KNOTS; i++) {
        if (!isfinite(flat[i]) || (i > 0 && flat[i] < flat[i - 1])) {
            return bad(m, j, "values of its cells do not ascend", err);
        }
    }
    return MK_OK;
}

static MkStatus set_shares(MkModel *m, size_t j, const float *share, MkError *err)
{
    MkMarginal *const d = &m->marginals[j];
    double total = 0.0;
    for (size_t k = 0; k < d->n_cells; k++) {
        if (!(share[k] >= 0.0F) || share[k] > 1.0F) {
            return bad(m, j, "a share of a cell is not in 0 .. 1", err);
        }
        d->share[k] = (double)share[k];
        total += d->share[k];
    }
    if (fabs(total - 1.0) > 1e-3) {
        return bad(m, j, "shares of its cells do not sum to 1", err);
    }
    for (size_t k = 0; k < d->n_cells; k++) {
        d->share[k] /= total;
    }
    mk_marginal_finish(d);
    return MK_OK;
}

static MkStatus read_marginals(MkModel *m, MkError *err)
{
    const size_t n = m->schema->n;
    Cells c = {0};
    size_t total = 0, numbers = 0;
    MK_TRY(read_cells(m, &c, &total, &numbers, err));
    m->marginals = mk_arena_zeros(m->arena, n, sizeof *m->marginals);
    m->population = mk_arena_zeros(m->arena, n, sizeof *m->population);
    if (m->marginals == NULL || m->population == NULL) {
        return out_of_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        MkMarginal *const d = &m->marginals[j];
        d->attribute = &m->schema->attributes[j];
        d->n_cells = c.n[j];
        if (mk_type_is_number(d->attribute->type)) {
            MK_TRY(set_knots(m, j, c.knots, err));
            c.knots += d->n_cells * MK_CELL_KNOTS;
        } else {
            MK_TRY(set_levels(m, j, c.level_of, err));
            c.level_of += d->n_cells;
        }
        MK_TRY(set_shares(m, j, c.share, err));
        c.share += d->n_cells;
        d->mean = (double)c.moments[2 * j];
        d->sd = (double)c.moments[2 * j + 1];
        if (!isfinite(d->mean) || !(d->sd >= 0.0) || c.observed[j] < 1) {
            return bad(m, j, "mean, sd or number of people is impossible", err);
        }
        d->n_observed = (size_t)c.observed[j];
        MK_TRY(mk_model_from_cells(d, d->share, m->arena, &m->population[j], err));
    }
    return MK_OK;
}

static size_t count_parameters(const MkModel *m)
{
    size_t n = 0;
    for (size_t i = 0; i < mk_weights_count(m->weights); i++) {
        const MkTensor *const t = mk_weights_at(m->weights, i);
        if (strncmp(t->name, "net.", 4) == 0 || strncmp(t->name, "copula.", 7) == 0 ||
            strncmp(t->name, "kind.", 5) == 0) {
            n += t->n;
        }
    }
    return n;
}

static MkStatus read_card(MkModel *m, MkError *err)
{
    const char *schema = NULL, *kind = NULL, *people = NULL;
    MK_TRY(meta(m, "schema", &schema, err));
    MK_TRY(meta(m, "kind", &kind, err));
    MK_TRY(meta(m, "name", &m->card.name, err));
    MK_TRY(meta(m, "version", &m->card.version, err));
    MK_TRY(meta(m, "card", &m->card.text, err));
    MK_TRY(meta(m, "people", &people, err));
    m->card.manifest = mk_weights_meta(m->weights, "manifest");
    m->card.manifest = m->card.manifest != NULL ? m->card.manifest : "";
    m->card.thresholds = mk_weights_meta(m->weights, "thresholds");
    m->card.thresholds = m->card.thresholds != NULL ? m->card.thresholds : "";
    char *end = NULL;
    m->n_people = strtoul(people, &end, 10);
    if (*end != '\0' || m->n_people == 0) {
        return mk_fail(err, MK_EFORMAT, "%s: people is %s, expected a number",
                       mk_weights_path(m->weights), people);
    }
    MK_TRY(mk_schema_parse(schema, strlen(schema), mk_weights_path(m->weights), &m->schema, err));
    m->kind = mk_kind_find(kind);
    if (m->kind == NULL) {
        return mk_fail(err, MK_EUNSUPPORTED, "%s: kind %s is not known to this version",
                       mk_weights_path(m->weights), kind);
    }
    m->card.kind = m->kind->name;
    m->card.n_people = m->n_people;
    const char *const least = mk_weights_meta(m->weights, "smallest_cell");
    m->card.smallest_cell = least != NULL ? strtoul(least, &end, 10) : 0;
    if (least != NULL && (*end != '\0' || m->card.smallest_cell == 0)) {
        return mk_fail(err, MK_EFORMAT, "%s: smallest_cell is %s, expected a number",
                       mk_weights_path(m->weights), least);
    }
    m->card.n_parameters = count_parameters(m);
    return MK_OK;
}

/* A second model on the same data: it has no calibration, and nothing of its own to free. */
static MkStatus make_raw(MkModel *m, MkError *err)
{
    if (m->calibration.n == 0) {
        return MK_OK;
    }
    MkModel *const raw = mk_arena_array(m->arena, 1, sizeof *raw);
    if (raw == NULL) {
        return out_of_memory(err);
    }
    *raw = *m;
    raw->calibration = (MkRecalibration){.n = 0};
    m->raw = raw;
    return MK_OK;
}

MkStatus mk_model_open(const char *path, MkModel **out, MkError *err)
{
    MkStatus st = MK_OK;
    MkArena *const arena = mk_arena_new(0);
    MkModel *const m = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *m) : NULL;
    if (m == NULL) {
        mk_arena_free(arena);
        return out_of_memory(err);
    }
    m->arena = arena;
    m->support = mk_support_cache_new();
    mk_blas_init();
    gsl_set_error_handler_off();
    if (m->support == NULL) {
        st = out_of_memory(err);
        goto done;
    }
    MK_TRY_GOTO(mk_weights_open(path, &m->weights, err));
    MK_TRY_GOTO(read_card(m, err));
    MK_TRY_GOTO(read_marginals(m, err));
    MK_TRY_GOTO(mk_copula_read(m->weights, m->marginals, m->schema->n, m->arena, &m->copula, err));
    MK_TRY_GOTO(mk_pair_counts_read(m->weights, m->schema->n, m->arena, &m->pairs, err));
    MK_TRY_GOTO(mk_summaries_open(m, err));
    MK_TRY_GOTO(mk_rules_new(m->schema, m->arena, &m->rules, err));
    MK_TRY_GOTO(mk_gaps_open(m, err));
    MK_TRY_GOTO(mk_rake_open(m, err));
    MK_TRY_GOTO(mk_support_read(m->weights, &m->support_map, err));
    MK_TRY_GOTO(mk_calibration_read(m->weights, m->schema, m->arena, &m->calibration, err));
    if (m->kind->open != NULL) {
        MK_TRY_GOTO(m->kind->open(m, err));
    }
    MK_TRY_GOTO(make_raw(m, err));
    *out = m;
    return MK_OK;
done:
    mk_model_free(m);
    return st;
}

void mk_model_free(MkModel *m)
{
    if (m != NULL) {
        if (m->kind != NULL && m->kind->close != NULL) {
            m->kind->close(m);
        }
        mk_support_cache_free(m->support);
        mk_schema_free(m->schema);
        mk_weights_close(m->weights);
        mk_arena_free(m->arena);
    }
}

/* ---- asking ---- */

const MkSchema *mk_model_schema(const MkModel *m)
{
    return m->schema;
}

const MkCard *mk_model_card(const MkModel *m)
{
    return &m->card;
}

bool mk_model_is_private(const MkModel *model)
{
    json_t *const manifest = json_loads(model->card.manifest, 0, NULL);
    const bool is_private = json_object_get(manifest, "privacy") != NULL;
    json_decref(manifest);
    return is_private;
}

const MkModel *mk_model_raw(const MkModel *m)
{
    return m->raw != NULL ? m->raw : m;
}

bool mk_model_is_recalibrated(const MkModel *m)
{
    return m->calibration.n > 0;
}

MkStatus mk_model_recalibrate(const MkModel *m, const MkPoint *known, size_t n_known,
                              const size_t *targets, size_t n_targets, MkArena *arena,
                              MkDistribution *answers, MkError *err)
{
    const MkRecalibration *const c = &m->calibration;
    if (c->n == 0 || n_targets == 0) {
        return MK_OK;
    }
    const size_t band = mk_calibration_band(n_known, c->n_bands);
    MkCalibrationEvidence *const evidence = mk_arena_array(arena, n_targets, sizeof *evidence);
    if (evidence == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(mk_calibration_evidence(m, known, n_known, targets, n_targets, arena, evidence, err));
    for (size_t t = 0; t < n_targets; t++) {
        const size_t j = targets[t];
        MK_TRY(mk_recalibrate(c, &m->marginals[j], j, band, &evidence[t], arena, &answers[t], err));
    }
    return MK_OK;
}

const MkDistribution *mk_model_population(const MkModel *m, size_t j)
{
    return &m->population[j];
}

const MkMarginal *mk_model_marginal(const MkModel *m, size_t j)
{
    return &m->marginals[j];
}

double mk_model_observed(const MkModel *m, size_t j)
{
    return (double)m->marginals[j].n_observed / (double)m->n_people;
}

size_t mk_model_co_observed(const MkModel *m, size_t a, size_t b)
{
    return (size_t)(a >= b ? m->pairs[a * (a + 1) / 2 + b] : m->pairs[b * (b + 1) / 2 + a]);
}

double mk_model_correlation(const MkModel *m, size_t a, size_t b)
{
    return (double)mk_copula_r(&m->copula, a, b);
}

MkStatus mk_model_from_cells(const MkMarginal *marginal, const double *p, MkArena *arena,
                             MkDistribution *out, MkError *err)
{
    double *const kept = mk_arena_array(arena, marginal->n_cells, sizeof *kept);
    if (kept == NULL) {
        return out_of_memory(err);
    }
    const bool number = marginal->knots != NULL;
    for (size_t k = 0; k < marginal->n_cells; k++) {
        kept[number ? k : marginal->level_of[k]] = p[k];
    }
    *out = (MkDistribution){.kind = number ? MK_DIST_CELLS : MK_DIST_LEVELS,
                            .attribute = marginal->attribute,
                            .n = marginal->n_cells,
                            .p = kept,
                            .marginal = marginal};
    return MK_OK;
}

MkStatus mk_model_encode(const MkCopula *copula, const MkPoint *known, size_t n_known,
                         MkArena *arena, MkEncoded *out, MkError *err)
{
    size_t room = n_known + 1;
    for (size_t i = 0; i < n_known; i++) {
        const size_t j = known[i].attribute;
        room += copula->extra_begin[j + 1] - copula->extra_begin[j];
    }
    out->ids = mk_arena_array(arena, room, sizeof *out->ids);
    out->values = mk_arena_array(arena, room, sizeof *out->values);
    out->n = 0;
    if (out->ids == NULL || out->values == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < n_known; i++) {
        out->n += mk_copula_encode(copula, known[i].attribute, known[i].value, out->ids + out->n,
                                   out->values + out->n);
    }
    return MK_OK;
}

static MkStatus check_known(const MkModel *m, const MkPoint *known, size_t n_known, MkArena *arena,
                            unsigned char **seen, MkError *err)
{
    *seen = mk_arena_zeros(arena, m->schema->n, 1);
    if (*seen == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < n_known; i++) {
        const size_t j = known[i].attribute;
        if (j >= m->schema->n) {
            return mk_fail(err, MK_EINVAL, "attribute number %zu of %zu", j, m->schema->n);
        }
        const MkAttribute *const a = &m->schema->attributes[j];
        const bool number = mk_type_is_number(a->type);
        const bool fits = number ? isfinite(known[i].value)
                                 : known[i].value >= 0.0 && known[i].value < (double)a->n_levels;
        if ((*seen)[j] || !fits) {
            return mk_fail(err, MK_EINVAL, "attribute %s: %s", a->name,
                           fits ? "known twice" : "value outside its domain");
        }
        (*seen)[j] = 1;
    }
    return MK_OK;
}

static double value_of(const MkPoint *known, size_t n_known, size_t attribute)
{
    for (size_t i = 0; i < n_known; i++) {
        if (known[i].attribute == attribute) {
            return known[i].value;
        }
    }
    return NAN;
}

MkStatus mk_model_posterior(const MkModel *m, const MkPoint *known, size_t n_known,
                            const size_t *targets, size_t n_targets, MkArena *arena,
                            MkDistribution *out, MkError *err)
{
    unsigned char *seen = NULL;
    MK_TRY(check_known(m, known, n_known, arena, &seen, err));
    size_t *const asked = mk_arena_array(arena, n_targets + 1, sizeof *asked);
    size_t *const place = mk_arena_array(arena, n_targets + 1, sizeof *place);
    MkDistribution *const found = mk_arena_array(arena, n_targets + 1, sizeof *found);
    if (asked == NULL || place == NULL || found == NULL) {
        return out_of_memory(err);
    }
    size_t n_asked = 0;
    for (size_t t = 0; t < n_targets; t++) {
        if (targets[t] >= m->schema->n) {
            return mk_fail(err, MK_EINVAL, "attribute number %zu of %zu", targets[t], m->schema->n);
        }
        if (!seen[targets[t]]) {
            place[n_asked] = t;
            asked[n_asked++] = targets[t];
        }
    }
    MK_TRY(m->kind->posterior(m, known, n_known, asked, n_asked, arena, found, err));
    MK_TRY(mk_model_recalibrate(m, known, n_known, asked, n_asked, arena, found, err));
    for (size_t t = 0; t < n_targets; t++) {
        if (seen[targets[t]]) {
            out[t] = (MkDistribution){.kind = MK_DIST_POINT,
                                      .attribute = &m->schema->attributes[targets[t]],
                                      .marginal = &m->marginals[targets[t]],
                                      .a = value_of(known, n_known, targets[t])};
        }
    }
    for (size_t i = 0; i < n_asked; i++) {
        out[place[i]] = found[i];
    }
    return MK_OK;
}

MkStatus mk_model_support(const MkModel *m, const MkPoint *known, size_t n_known, MkArena *arena,
                          double *percentile, MkError *err)
{
    unsigned char *seen = NULL;
    *percentile = 1.0;
    MK_TRY(check_known(m, known, n_known, arena, &seen, err));
    return n_known == 0 ? MK_OK
                        : mk_support(m->support, &m->copula, &m->support_map, known, n_known, arena,
                                     percentile, err);
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/calibrate.h"

#include <math.h>
#include <string.h>

#include "model/kind.h"

enum {
    BANDS = MK_CALIBRATION_BANDS,
    OLD_BANDS = 5,
    KNOTS = MK_CALIBRATION_KNOTS,
    ONE = MK_CALIBRATION_ONE,
    STRATA = MK_CALIBRATION_STRATA,
    ASPECTS = MK_CALIBRATION_ASPECTS,
    BAND_FIGURES = sizeof(MkCalibrationBand) / sizeof(float)
};

/* Closer together where the ends of intervals lie. */
const double mk_calibration_knots[KNOTS] = {
    0.0005, 0.002, 0.005, 0.01,  0.02, 0.03, 0.05, 0.075, 0.1,   0.15,  0.2,
    0.25,   0.3,   0.35,  0.4,   0.45, 0.5,  0.55, 0.6,   0.65,  0.7,   0.75,
    0.8,    0.85,  0.9,   0.925, 0.95, 0.97, 0.98, 0.99,  0.995, 0.998, 0.9995};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- bands and maps ---- */

size_t mk_calibration_band(size_t n_known, size_t n_bands)
{
    static const size_t most[BANDS - 1] = {0, 3, 10, 50, 256};
    size_t band = 0;
    while (band < n_bands - 1 && n_known > most[band]) {
        band++;
    }
    return band;
}

const char *mk_calibration_band_name(size_t band)
{
    static const char *const names[BANDS] = {"0", "1-3", "4-10", "11-50", "51-256", "> 256"};
    return names[band];
}

/* G between knot k - 1 and knot k; 0 and 1 are knots too. */
static double between(const uint16_t *codes, size_t k, double f)
{
    const double from = k > 0 ? mk_calibration_knots[k - 1] : 0.0;
    const double to = k < KNOTS ? mk_calibration_knots[k] : 1.0;
    const double low = k > 0 ? (double)codes[k - 1] : 0.0;
    const double high = k < KNOTS ? (double)codes[k] : (double)ONE;
    return (low + (high - low) * (f - from) / (to - from)) / (double)ONE;
}

double mk_calibration_map(const uint16_t *codes, double f)
{
    size_t k = 0;
    while (k < KNOTS && f > mk_calibration_knots[k]) {
        k++;
    }
    return between(codes, k, fmin(fmax(f, 0.0), 1.0));
}

static uint16_t identity_code(size_t k)
{
    return (uint16_t)lround(mk_calibration_knots[k] * (double)ONE);
}

static bool is_identity(const uint16_t *codes)
{
    for (size_t k = 0; k < KNOTS; k++) {
        if (codes[k] != identity_code(k)) {
            return false;
        }
    }
    return true;
}

bool mk_calibration_rows(const MkSchema *schema, MkArena *arena, MkRecalibration *out)
{
    uint32_t *const map_of = mk_arena_array(arena, schema->n, sizeof *map_of);
    uint32_t *const sharpness_of = mk_arena_array(arena, schema->n, sizeof *sharpness_of);
    *out = (MkRecalibration){
        .n = schema->n, .n_bands = BANDS, .map_of = map_of, .sharpness_of = sharpness_of};
    if (map_of == NULL || sharpness_of == NULL) {
        return false;
    }
    for (size_t j = 0; j < schema->n; j++) {
        out->n_maps += schema->attributes[j].type != MK_CATEGORICAL ? 1 : 0;
        out->n_levels += mk_type_is_number(schema->attributes[j].type) ? 0 : 1;
    }
    for (size_t j = 0, map = 0, levels = 0; j < schema->n; j++) {
        const MkType type = schema->attributes[j].type;
        map_of[j] = (uint32_t)(type != MK_CATEGORICAL ? map++ : out->n_maps);
        sharpness_of[j] = (uint32_t)(mk_type_is_number(type) ? out->n_levels : levels++);
    }
    return true;
}

/* ---- what the evidence is like ---- */

static MkStatus ask_base(const MkModel *model, const MkPoint *known, size_t n_known,
                         const size_t *targets, size_t n_targets, MkArena *arena,
                         MkCalibrationEvidence *out, MkError *err)
{
    MkEncoded e;
    double distance = 0.0;
    uint32_t *const ids = mk_arena_array(arena, n_targets + 1, sizeof *ids);
    float *const m = mk_arena_array(arena, n_targets + 1, sizeof *m);
    float *const s = mk_arena_array(arena, n_targets + 1, sizeof *s);
    if (ids == NULL || m == NULL || s == NULL) {
        return no_memory(err);
    }
    for (size_t t = 0; t < n_targets; t++) {
        ids[t] = (uint32_t)targets[t];
    }
    MK_TRY(mk_model_encode(&model->copula, known, n_known, arena, &e, err));
    if (e.n == 0) {
        return MK_OK;
    }
    MK_TRY(mk_copula_condition(&model->copula, e.ids, e.values, e.n, ids, n_targets, arena, m, s,
                               &distance, err));
    const double n = (double)e.n;
    for (size_t t = 0; t < n_targets; t++) {
        out[t].aspect[MK_CALIBRATION_EXPLAINED] = fmaxf(1.0F - s[t] * s[t], 0.0F);
        out[t].aspect[MK_CALIBRATION_RARITY] = (float)((distance - n) / sqrt(2.0 * n));
    }
    return MK_OK;
}

MkStatus mk_calibration_evidence(const MkModel *model, const MkPoint *known, size_t n_known,
                                 const size_t *targets, size_t n_targets, MkArena *arena,
                                 MkCalibrationEvidence *out, MkError *err)
{
    memset(out, 0, n_targets * sizeof *out);
    if (n_known == 0) {
        return MK_OK;
    }
    const MkMark top = mk_arena_mark(arena);
    const MkStatus st = ask_base(model, known, n_known, targets, n_targets, arena, out, err);
    mk_arena_rewind(arena, top);
    return st == MK_ENUMERIC ? MK_OK : st;
}

size_t mk_calibration_stratum(const MkCalibrationShared *shared, size_t band, float aspect)
{
    const float *const from = shared->from + band * (STRATA - 1);
    size_t s = 0;
    while (s < STRATA - 1 && aspect > from[s]) {
        s++;
    }
    return s;
}

/* ---- one answer ---- */

/* Mass of a number's distribution in the cells of its marginal; what lies between two cells belongs
 * to the nearer one. */
static void cut(const MkMarginal *m, const MkDistribution *d, double *p)
{
    double below = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        double to = 1.0;
        if (k + 1 < m->n_cells) {
            const double top = (double)m->knots[k][MK_CELL_KNOTS - 1];
            const double next = (double)m->knots[k + 1][0];
            to = fmax(mk_dist_cdf(d, 0.5 * (top + next)), below);
        }
        p[k] = to - below;
        below = to;
    }
}

MkStatus mk_calibration_cells(const MkMarginal *m, MkArena *arena, MkDistribution *d, MkError *err)
{
    if (d->kind == MK_DIST_CELLS || d->kind == MK_DIST_LEVELS || d->kind == MK_DIST_POINT) {
        return MK_OK;
    }
    double *const p = mk_arena_array(arena, m->n_cells, sizeof *p);
    if (p == NULL) {
        return no_memory(err);
    }
    const bool is_number = m->knots != NULL;
    if (is_number) {
        cut(m, d, p);
    } else {
        for (size_t k = 0; k < m->n_cells; k++) {
            p[k] = mk_dist_level(d, k);
        }
    }
    *d = (MkDistribution){.kind = is_number ? MK_DIST_CELLS : MK_DIST_LEVELS,
                          .attribute = m->attribute,
                          .n = m->n_cells,
                          .p = p,
                          .marginal = m};
    return MK_OK;
}

/* The cells' cumulative probabilities through the map: out (n). */
static void map_cells(const uint16_t *codes, const double *p, size_t n, double *out)
{
    double below = 0.0, mapped = 0.0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        below += p[i];
        while (k < KNOTS && below > mk_calibration_knots[k]) {
            k++;
        }
        const double to = i + 1 < n ? fmin(between(codes, k, fmin(below, 1.0)), 1.0) : 1.0;
        out[i] = fmax(to - mapped, 0.0);
        mapped = fmax(to, mapped);
    }
}

/* p^s / sum p^s; a level that cannot be stays so. */
static void sharpen(double s, const double *p, size_t n, double *out)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        out[k] = p[k] > 0.0 ? pow(p[k], s) : 0.0;
        sum += out[k];
    }
    for (size_t k = 0; k < n; k++) {
        out[k] = sum > 0.0 ? out[k] / sum : p[k];
    }
}

/* The maps of a number, or of an ordinal attribute that has one; how many. */
static size_t maps_of(const MkRecalibration *c, size_t j, size_t band,
                      const MkCalibrationEvidence *evidence, const uint16_t **maps)
{
    size_t n = 0;
    bool changes = false;
    if (c->map_of[j] == c->n_maps) {
        return 0;
    }
    maps[n++] = c->maps + ((size_t)c->map_of[j] * c->n_bands + band) * KNOTS;
    changes = !is_identity(maps[0]);
    const bool has_levels = c->sharpness_of[j] < c->n_levels;
    for (size_t a = 0; a < ASPECTS; a++) {
        const MkCalibrationShared *const shared = &c->shared[a];
        if (shared->from != NULL) {
            const size_t s = mk_calibration_stratum(shared, band, evidence->aspect[a]);
            maps[n] = shared->maps + (band * STRATA + s) * KNOTS;
            changes = changes || (!has_levels && !is_identity(maps[n]));
            n++;
        }
    }
    return changes ? n : 0;
}

static double sharpness_of(const MkRecalibration *c, size_t j, size_t band,
                           const MkCalibrationEvidence *evidence)
{
    if (c->sharpness_of[j] == c->n_levels) {
        return 1.0;
    }
    double s = (double)c->sharpness[(size_t)c->sharpness_of[j] * c->n_bands + band];
    for (size_t a = 0; a < ASPECTS; a++) {
        const MkCalibrationShared *const shared = &c->shared[a];
        if (shared->from != NULL) {
            const size_t stratum = mk_calibration_stratum(shared, band, evidence->aspect[a]);
            s *= (double)shared->sharpness[band * STRATA + stratum];
        }
    }
    return s;
}

MkStatus mk_recalibrate(const MkRecalibration *c, const MkMarginal *m, size_t j, size_t band,
                        const MkCalibrationEvidence *evidence, MkArena *arena, MkDistribution *d,
                        MkError *err)
{
    const uint16_t *maps[1 + ASPECTS];
    const size_t n_maps = maps_of(c, j, band, evidence, maps);
    const double s = n_maps == 0 ? sharpness_of(c, j, band, evidence) : 1.0;
    const bool is_sharpened = s < 1.0 || s > 1.0;
    if (d->kind == MK_DIST_POINT || (n_maps == 0 && !is_sharpened)) {
        return MK_OK;
    }
    MK_TRY(mk_calibration_cells(m, arena, d, err));
    double *const p = mk_arena_array(arena, d->n, sizeof *p);
    if (p == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n_maps; i++) {
        map_cells(maps[i], i == 0 ? d->p : p, d->n, p);
    }
    if (n_maps == 0) {
        sharpen(s, d->p, d->n, p);
    }
    d->p = p;
    return MK_OK;
}

/* ---- in the file ---- */

/* Tensors of an aspect. */
static const struct {
    const char *from, *maps, *sharpness;
} aspects[ASPECTS] = {
    {"calibration.explained", "calibration.explained_maps", "calibration.explained_sharpness"},
    {"calibration.rarity", "calibration.rare_maps", "calibration.rare_sharpness"}};

void mk_calibration_add(const MkRecalibration *c, MkWeightsOut *out)
{
    if (c->n == 0) {
        return;
    }
    mk_weights_out_tensor(out, "calibration.people", MK_I32, 1, &c->n, c->people);
    mk_weights_out_tensor(out, "calibration.bands", MK_F32, 2,
                          (const size_t[]){c->n_bands, BAND_FIGURES}, c->bands);
    for (size_t a = 0; a < ASPECTS; a++) {
        const MkCalibrationShared *const shared = &c->shared[a];
        if (shared->from != NULL) {
            mk_weights_out_tensor(out, aspects[a].from, MK_F32, 2,
                                  (const size_t[]){c->n_bands, STRATA - 1}, shared->from);
            mk_weights_out_tensor(out, aspects[a].maps, MK_U16, 3,
                                  (const size_t[]){c->n_bands, STRATA, KNOTS}, shared->maps);
            mk_weights_out_tensor(out, aspects[a].sharpness, MK_F32, 2,
                                  (const size_t[]){c->n_bands, STRATA}, shared->sharpness);
        }
    }
    if (c->n_maps > 0) {
        mk_weights_out_tensor(out, "calibration.maps", MK_U16, 3,
                              (const size_t[]){c->n_maps, c->n_bands, KNOTS}, c->maps);
    }
    if (c->n_levels > 0) {
        mk_weights_out_tensor(out, "calibration.sharpness", MK_F32, 2,
                              (const size_t[]){c->n_levels, c->n_bands}, c->sharpness);
    }
}

static MkStatus bad(const MkWeights *weights, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: calibration: %s", mk_weights_path(weights), what);
}

static MkStatus check_maps(const MkWeights *weights, const MkTensor *t, MkError *err)
{
    const uint16_t *const codes = t->data;
    for (size_t i = 0; i < t->n; i++) {
        const uint16_t below = i % KNOTS == 0 ? 0 : codes[i - 1];
        if (codes[i] <= below || codes[i] == ONE) {
            return bad(weights, "a map does not ascend", err);
        }
    }
    return MK_OK;
}

static MkStatus check_sharpness(const MkWeights *weights, const MkTensor *t, MkError *err)
{
    const float *const sharpness = t->data;
    for (size_t i = 0; i < t->n; i++) {
        if (!(sharpness[i] >= 0.05F && sharpness[i] <= 20.0F)) {
            return bad(weights, "a sharpness is not in 0.05 .. 20", err);
        }
    }
    return MK_OK;
}

static MkStatus read_maps(const MkWeights *weights, MkRecalibration *c, MkError *err)
{
    const MkTensor *t = NULL;
    if (c->n_maps > 0) {
        MK_TRY(mk_weights_need(weights, "calibration.maps", MK_U16, 3,
                               (const size_t[]){c->n_maps, c->n_bands, KNOTS}, &t, err));
        MK_TRY(check_maps(weights, t, err));
        c->maps = t->data;
    }
    if (c->n_levels > 0) {
        MK_TRY(mk_weights_need(weights, "calibration.sharpness", MK_F32, 2,
                               (const size_t[]){c->n_levels, c->n_bands}, &t, err));
        MK_TRY(check_sharpness(weights, t, err));
        c->sharpness = t->data;
    }
    return MK_OK;
}

static MkStatus read_shared(const MkWeights *weights, size_t a, MkRecalibration *c, MkError *err)
{
    MkCalibrationShared *const shared = &c->shared[a];
    const MkTensor *t = NULL;
    if (a == MK_CALIBRATION_EXPLAINED && mk_weights_find(weights, aspects[a].from) == NULL) {
        return MK_OK; /* an older file */
    }
    MK_TRY(mk_weights_need(weights, aspects[a].from, MK_F32, 2,
                           (const size_t[]){c->n_bands, STRATA - 1}, &t, err));
    shared->from = t->data;
    for (size_t i = 0; i < t->n; i++) {
        const bool ascends = i % (STRATA - 1) == 0 || shared->from[i] >= shared->from[i - 1];
        if (!isfinite(shared->from[i]) || !ascends) {
            return bad(weights, "strata of the evidence do not ascend", err);
        }
    }
    MK_TRY(mk_weights_need(weights, aspects[a].maps, MK_U16, 3,
                           (const size_t[]){c->n_bands, STRATA, KNOTS}, &t, err));
    MK_TRY(check_maps(weights, t, err));
    shared->maps = t->data;
    MK_TRY(mk_weights_need(weights, aspects[a].sharpness, MK_F32, 2,
                           (const size_t[]){c->n_bands, STRATA}, &t, err));
    MK_TRY(check_sharpness(weights, t, err));
    shared->sharpness = t->data;
    return MK_OK;
}

static MkStatus read_bands(const MkWeights *weights, MkRecalibration *c, MkError *err)
{
    const MkTensor *t = mk_weights_find(weights, "calibration.bands");
    c->n_bands = t != NULL && t->rank == 2 && t->shape[0] == OLD_BANDS ? OLD_BANDS : BANDS;
    MK_TRY(mk_weights_need(weights, "calibration.bands", MK_F32, 2,
                           (const size_t[]){c->n_bands, BAND_FIGURES}, &t, err));
    const float *const figures = t->data;
    for (size_t i = 0; i < t->n; i++) {
        if (!(figures[i] >= 0.0F) || !isfinite(figures[i])) {
            return bad(weights, "a figure of a band is impossible", err);
        }
    }
    c->bands = t->data;
    return MK_OK;
}

MkStatus mk_calibration_read(const MkWeights *weights, const MkSchema *schema, MkArena *arena,
                             MkRecalibration *out, MkError *err)
{
    const MkTensor *t = NULL;
    *out = (MkRecalibration){.n = 0};
    if (mk_weights_find(weights, "calibration.people") == NULL) {
        return MK_OK;
    }
    MkRecalibration c;
    if (!mk_calibration_rows(schema, arena, &c)) {
        return no_memory(err);
    }
    MK_TRY(mk_weights_need(weights, "calibration.people", MK_I32, 1, &c.n, &t, err));
    c.people = t->data;
    for (size_t j = 0; j < c.n; j++) {
        if (c.people[j] < 0) {
            return bad(weights, "a number of people is impossible", err);
        }
    }
    MK_TRY(read_bands(weights, &c, err));
    MK_TRY(read_maps(weights, &c, err));
    for (size_t a = 0; a < ASPECTS; a++) {
        MK_TRY(read_shared(weights, a, &c, err));
    }
    *out = c;
    return MK_OK;
}

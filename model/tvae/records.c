#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/tvae/records.h"

#include <math.h>
#include <string.h>

#include "model/nn/kernels.h"
#include "model/normal.h"

static const double least_weight = 0.005; /* of a mode that is kept */
static const double least_share = 1e-4;   /* of a mode in an answer */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for records");
}

/* ---- the fit ---- */

/* Values and weights of attribute j, gaps last as NaN; whoever's source does not have it has a gap.
 */
typedef struct Values {
    size_t n, n_all;
    double *x, *weight; /* (people) */
    double mean, sd, gaps;
} Values;

static const float *group_column(const MkGroup *group, size_t j)
{
    for (size_t a = 0; a < group->n && group->attributes[a] <= j; a++) {
        if (group->attributes[a] == j) {
            return group->values + a;
        }
    }
    return NULL;
}

static void take_values(const MkDataset *people, size_t j, Values *v)
{
    v->n = 0;
    v->mean = v->gaps = 0.0;
    double total = 0.0;
    for (size_t g = 0; g < people->n_groups; g++) {
        const MkGroup *const group = &people->groups[g];
        const float *const values = group_column(group, j);
        for (size_t i = 0; i < group->n_rows; i++) {
            const double w = people->weights[group->first + i];
            if (values == NULL || isnan(values[i * group->n])) {
                v->gaps += w;
                v->n_all++;
                continue;
            }
            v->x[v->n] = (double)values[i * group->n];
            v->weight[v->n++] = w;
            v->mean += w * (double)values[i * group->n];
            total += w;
        }
    }
    v->n_all = people->n_rows;
    v->mean /= total > 0.0 ? total : 1.0;
}

static MkStatus fit_number(Values *v, bool fills, MkArena *arena, MkCoding *c, MkError *err)
{
    const bool has_gaps = v->n < v->n_all;
    size_t n = v->n;
    if (n == 0) { /* only judged people may lack an attribute whole: one mode at 0 */
        c->modes = (MkModes){.n = 1, .sd = {1.0}, .share = {1.0}};
    } else {
        if (fills && has_gaps) {
            v->x[n] = v->mean;
            v->weight[n++] = v->gaps;
        }
        MK_TRY(mk_modes_fit(v->x, v->weight, n, least_weight, arena, &c->modes, err));
    }
    c->fill = v->mean;
    c->n_values = c->modes.n;
    c->n = c->n_values + (has_gaps && !fills ? 1 : 0);
    return MK_OK;
}

/* Places of the columns in a record. */
static void lay_out(MkRecords *r)
{
    r->width = r->n_scalars = 0;
    for (size_t j = 0; j < r->n; j++) {
        MkCoding *const c = &r->columns[j];
        c->at = r->width;
        c->scalar = r->n_scalars;
        r->width = mk_coding_shares(c) + c->n;
        r->n_scalars += c->is_number;
    }
}

MkStatus mk_records_fit(const MkDataset *people, const MkSchema *schema, bool fills, MkArena *arena,
                        MkRecords *out, MkError *err)
{
    MkRecords r = {.n = schema->n};
    r.columns = mk_arena_zeros(arena, r.n + 1, sizeof *r.columns);
    MkArena *const scratch = mk_arena_new(0);
    Values v = {0};
    if (scratch != NULL) {
        v.x = mk_arena_array(scratch, people->n_rows + 1, sizeof *v.x);
        v.weight = mk_arena_array(scratch, people->n_rows + 1, sizeof *v.weight);
    }
    MkStatus st = r.columns == NULL || v.x == NULL || v.weight == NULL ? no_memory(err) : MK_OK;
    for (size_t j = 0; st == MK_OK && j < r.n; j++) {
        MkCoding *const c = &r.columns[j];
        take_values(people, j, &v);
        c->is_number = schema->attributes[j].n_levels == 0;
        if (c->is_number) {
            st = fit_number(&v, fills, scratch, c, err);
        } else {
            c->n_values = schema->attributes[j].n_levels;
            c->n = c->n_values + (v.n < v.n_all ? 1 : 0);
        }
    }
    mk_arena_free(scratch);
    if (st == MK_OK) {
        lay_out(&r);
        *out = r;
    }
    return st;
}

/* ---- people ---- */

/* Code and scalar of a value (NaN: missing). */
static uint8_t code_value(const MkCoding *c, double value, MkRng *rng, float *scalar)
{
    if (isnan(value) && (c->n > c->n_values || !c->is_number)) {
        *scalar = 0.0F;
        return (uint8_t)(c->n > c->n_values ? c->n_values : 0);
    }
    if (!c->is_number) {
        return (uint8_t)value;
    }
    const double x = isnan(value) ? c->fill : value;
    const size_t mode =
        rng != NULL ? mk_modes_draw(&c->modes, x, rng) : mk_modes_likeliest(&c->modes, x);
    *scalar = (float)mk_modes_scalar(&c->modes, mode, x);
    return (uint8_t)mode;
}

MkStatus mk_records_code(const MkRecords *r, const MkDataset *people, uint64_t seed, MkArena *arena,
                         MkCoded *out, MkError *err)
{
    MkCoded coded = {.n_rows = people->n_rows, .n_attributes = r->n, .weights = people->weights};
    coded.code = mk_arena_zeros(arena, people->n_rows * r->n + 1, sizeof *coded.code);
    coded.scalar = mk_arena_zeros(arena, people->n_rows * r->n_scalars + 1, sizeof *coded.scalar);
    if (coded.code == NULL || coded.scalar == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < r->n; j++) {
        MkRng rng = mk_rng(seed, MK_RNG_TIES, j);
        for (size_t g = 0; g < people->n_groups; g++) {
            const MkGroup *const group = &people->groups[g];
            const float *const values = group_column(group, j);
            for (size_t i = 0; i < group->n_rows; i++) {
                const double value = values != NULL ? (double)values[i * group->n] : (double)NAN;
                const size_t row = group->first + i;
                float scalar = 0.0F;
                coded.code[row * r->n + j] = code_value(&r->columns[j], value, &rng, &scalar);
                if (r->columns[j].is_number) {
                    coded.scalar[row * r->n_scalars + r->columns[j].scalar] = scalar;
                }
            }
        }
    }
    *out = coded;
    return MK_OK;
}

void mk_records_write(const MkRecords *r, const MkCoded *people, const size_t *rows, size_t n,
                      float *out)
{
    memset(out, 0, n * r->width * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *const code = people->code + rows[i] * r->n;
        const float *const scalar = people->scalar + rows[i] * r->n_scalars;
        for (size_t j = 0; j < r->n; j++) {
            const MkCoding *const c = &r->columns[j];
            out[i * r->width + mk_coding_shares(c) + code[j]] = 1.0F;
            if (c->is_number) {
                out[i * r->width + c->at] = scalar[c->scalar];
            }
        }
    }
}

void mk_records_known(const MkRecords *r, const MkPoint *known, size_t n_known, float *out)
{
    memset(out, 0, r->width * sizeof *out);
    for (size_t i = 0; i < n_known + r->n; i++) { /* the known ones, then all without a value */
        const size_t j = i < n_known ? known[i].attribute : i - n_known;
        const MkCoding *const c = &r->columns[j];
        float scalar = 0.0F;
        bool has_value = false;
        for (size_t k = 0; i >= n_known && k < n_known; k++) {
            has_value = has_value || known[k].attribute == j;
        }
        if (has_value) {
            continue;
        }
        const double value = i < n_known ? known[i].value : (double)NAN;
        if (isnan(value) && !c->is_number && c->n == c->n_values) {
            continue; /* nobody lacked it in training: none of its levels */
        }
        out[mk_coding_shares(c) + code_value(c, value, NULL, &scalar)] = 1.0F;
        if (c->is_number) {
            out[c->at] = scalar;
        }
    }
}

void mk_records_epoch(const MkCoded *people, uint64_t seed, size_t epoch, size_t *out)
{
    MkRng rng = mk_rng(seed, MK_RNG_ORDER, epoch);
    const double first = mk_rng_uniform(&rng);
    double total = 0.0, sum = 0.0;
    size_t n = 0, last = 0;
    for (size_t i = 0; i < people->n_rows; i++) {
        total += people->weights[i];
    }
    for (size_t i = 0; i < people->n_rows; i++) { /* systematic: one a step of the running sum */
        sum += people->weights[i] * ((double)people->n_rows / total);
        last = people->weights[i] > 0.0 ? i : last;
        while (n < people->n_rows && (double)n + first < sum - 1e-9) {
            out[n++] = i;
        }
    }
    while (n < people->n_rows) {
        out[n++] = last;
    }
    mk_rng_shuffle(&rng, out, people->n_rows);
}

/* ---- answers ---- */

/* Shares of a column's values, without that of missing ones: p (n_values). */
static void shares(const MkCoding *c, const MkSaid *said, double *p)
{
    const float *const raw = said->raw + mk_coding_shares(c);
    double most = -INFINITY, sum = 0.0;
    size_t best = 0;
    for (size_t k = 0; k < c->n_values; k++) {
        best = raw[k] > raw[best] ? k : best;
        most = fmax(most, (double)raw[k]);
    }
    for (size_t k = 0; k < c->n_values; k++) {
        p[k] = said->sharp ? (double)(k == best) : exp((double)raw[k] - most);
        sum += p[k];
    }
    for (size_t k = 0; k < c->n_values; k++) {
        p[k] /= sum;
    }
}

static MkStatus levels_head(const MkCoding *c, const MkMarginal *marginal, const MkSaid *said,
                            MkArena *arena, MkDistribution *out, MkError *err)
{
    double *const p = mk_arena_array(arena, c->n_values, sizeof *p);
    if (p == NULL) {
        return no_memory(err);
    }
    shares(c, said, p);
    *out = (MkDistribution){
        .kind = MK_DIST_LEVELS, .attribute = marginal->attribute, .n = c->n_values, .p = p};
    return MK_OK;
}

/* The modes that matter: mean, sd (0: a point), share. */
static size_t parts_of(const MkCoding *c, const MkSaid *said, double *mean, double *sd, double *p)
{
    double all[MK_MODES_MAX], total = 0.0;
    const double scalar = tanh((double)said->raw[c->at]);
    size_t n = 0;
    shares(c, said, all);
    for (size_t k = 0; k < c->n_values; k++) {
        if (all[k] > least_share) {
            mean[n] = mk_modes_value(&c->modes, k, scalar);
            sd[n] = said->sigma != NULL ? (double)said->sigma[c->scalar] *
                                              (mk_modes_value(&c->modes, k, 1.0) - c->modes.mean[k])
                                        : 0.0;
            total += all[k];
            p[n++] = all[k];
        }
    }
    for (size_t k = 0; k < n; k++) {
        p[k] /= total;
    }
    return n;
}

MkStatus mk_records_head(const MkRecords *records, const MkMarginal *marginal, size_t j,
                         const MkSaid *said, MkArena *arena, MkDistribution *out, MkError *err)
{
    const MkCoding *const c = &records->columns[j];
    if (!c->is_number) {
        return levels_head(c, marginal, said, arena, out, err);
    }
    double mean[MK_MODES_MAX], sd[MK_MODES_MAX];
    double *const p = mk_arena_array(arena, MK_MODES_MAX, sizeof *p);
    MkDistribution *const parts = mk_arena_array(arena, MK_MODES_MAX, sizeof *parts);
    if (p == NULL || parts == NULL) {
        return no_memory(err);
    }
    const size_t n = parts_of(c, said, mean, sd, p);
    for (size_t k = 0; k < n; k++) {
        parts[k] = (MkDistribution){.kind = sd[k] > 0.0 ? MK_DIST_NORMAL : MK_DIST_POINT,
                                    .attribute = marginal->attribute,
                                    .marginal = marginal,
                                    .a = mean[k],
                                    .b = sd[k]};
    }
    return mk_dist_mix(parts, p, n, arena, out, err);
}

/* Where cell k ends: halfway to the next. */
static double cell_end(const MkMarginal *m, size_t k)
{
    return 0.5 * ((double)m->knots[k][MK_CELL_KNOTS - 1] + (double)m->knots[k + 1][0]);
}

static double part_below(double mean, double sd, double x)
{
    const double z = sd > 0.0 ? (x - mean) / sd : x >= mean ? 10.0 : -10.0;
    return z > 8.0 ? 1.0 : z < -8.0 ? 0.0 : mk_normal_cdf(z);
}

MkStatus mk_records_cells(const MkRecords *records, const MkMarginal *marginal, size_t j,
                          const MkSaid *said, MkArena *arena, MkDistribution *out, MkError *err)
{
    const MkCoding *const c = &records->columns[j];
    if (!c->is_number) {
        return levels_head(c, marginal, said, arena, out, err);
    }
    double mean[MK_MODES_MAX], sd[MK_MODES_MAX], p[MK_MODES_MAX];
    double *const mass = mk_arena_zeros(arena, marginal->n_cells, sizeof *mass);
    if (mass == NULL) {
        return no_memory(err);
    }
    const size_t n = parts_of(c, said, mean, sd, p);
    for (size_t k = 0; k < n; k++) {
        double before = 0.0;
        for (size_t cell = 0; cell < marginal->n_cells && before < 1.0; cell++) {
            const double to = cell + 1 < marginal->n_cells
                                  ? part_below(mean[k], sd[k], cell_end(marginal, cell))
                                  : 1.0;
            mass[cell] += p[k] * (to - before);
            before = to;
        }
    }
    *out = (MkDistribution){.kind = MK_DIST_CELLS,
                            .attribute = marginal->attribute,
                            .n = marginal->n_cells,
                            .p = mass,
                            .marginal = marginal};
    return MK_OK;
}

/* ---- files ---- */

enum { OF_COLUMN = 2, OF_MODE = 3 };

MkStatus mk_records_save(const MkRecords *r, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    size_t n_modes = 0;
    for (size_t j = 0; j < r->n; j++) {
        n_modes += r->columns[j].is_number ? r->columns[j].n_values : 0;
    }
    int32_t *const codes = mk_arena_array(arena, r->n * OF_COLUMN + 1, sizeof *codes);
    double *const modes = mk_arena_array(arena, n_modes * OF_MODE + 1, sizeof *modes);
    double *const fill = mk_arena_array(arena, r->n + 1, sizeof *fill);
    if (codes == NULL || modes == NULL || fill == NULL) {
        return no_memory(err);
    }
    double *next = modes;
    for (size_t j = 0; j < r->n; j++) {
        const MkCoding *const c = &r->columns[j];
        codes[j * OF_COLUMN] = (int32_t)c->n_values;
        codes[j * OF_COLUMN + 1] = (int32_t)(c->n - c->n_values);
        fill[j] = c->fill;
        for (size_t k = 0; c->is_number && k < c->n_values; k++, next += OF_MODE) {
            next[0] = c->modes.mean[k];
            next[1] = c->modes.sd[k];
            next[2] = c->modes.share[k];
        }
    }
    mk_weights_out_tensor(out, "kind.codes", MK_I32, 2, (const size_t[]){r->n, OF_COLUMN}, codes);
    mk_weights_out_tensor(out, "kind.modes", MK_F64, 2, (const size_t[]){n_modes, OF_MODE}, modes);
    mk_weights_out_tensor(out, "kind.fill", MK_F64, 1, (const size_t[]){r->n}, fill);
    return MK_OK;
}

static MkStatus bad(const char *name, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "kind.codes, kind.modes: %s has codes that cannot be", name);
}

static MkStatus open_modes(const MkTensor *modes, size_t first, MkCoding *c, const char *name,
                           MkError *err)
{
    if (c->n_values > MK_MODES_MAX || first + c->n_values > modes->shape[0]) {
        return bad(name, err);
    }
    c->modes.n = c->n_values;
    for (size_t k = 0; k < c->n_values; k++) {
        const double *const at = (const double *)modes->data + (first + k) * OF_MODE;
        if (!isfinite(at[0]) || !(at[1] > 0.0) || !isfinite(at[1]) || !(at[2] > 0.0) ||
            !isfinite(at[2])) {
            return bad(name, err);
        }
        c->modes.mean[k] = at[0];
        c->modes.sd[k] = at[1];
        c->modes.share[k] = at[2];
    }
    return MK_OK;
}

MkStatus mk_records_open(const MkWeights *weights, const MkSchema *schema, MkArena *arena,
                         MkRecords *out, MkError *err)
{
    const MkTensor *codes = NULL, *fill = NULL;
    const MkTensor *const modes = mk_weights_find(weights, "kind.modes");
    MkRecords r = {.n = schema->n};
    MK_TRY(mk_weights_need(weights, "kind.codes", MK_I32, 2, (const size_t[]){r.n, OF_COLUMN},
                           &codes, err));
    MK_TRY(mk_weights_need(weights, "kind.fill", MK_F64, 1, (const size_t[]){r.n}, &fill, err));
    if (modes == NULL || modes->dtype != MK_F64 || modes->rank != 2 || modes->shape[1] != OF_MODE) {
        return mk_fail(err, MK_EFORMAT, "tensor kind.modes is missing or has the wrong shape");
    }
    r.columns = mk_arena_zeros(arena, r.n + 1, sizeof *r.columns);
    if (r.columns == NULL) {
        return no_memory(err);
    }
    size_t n_modes = 0;
    for (size_t j = 0; j < r.n; j++) {
        const MkAttribute *const a = &schema->attributes[j];
        const int32_t *const code = (const int32_t *)codes->data + j * OF_COLUMN;
        MkCoding *const c = &r.columns[j];
        c->is_number = a->n_levels == 0;
        c->fill = ((const double *)fill->data)[j];
        if (code[0] < 1 || code[1] < 0 || code[1] > 1 || !isfinite(c->fill) ||
            (!c->is_number && (size_t)code[0] != a->n_levels)) {
            return bad(a->name, err);
        }
        c->n_values = (size_t)code[0];
        c->n = c->n_values + (size_t)code[1];
        if (c->is_number) {
            MK_TRY(open_modes(modes, n_modes, c, a->name, err));
            n_modes += c->n_values;
        }
    }
    if (n_modes != modes->shape[0]) {
        return mk_fail(err, MK_EFORMAT, "kind.modes: %zu modes, the numbers have %zu",
                       modes->shape[0], n_modes);
    }
    lay_out(&r);
    *out = r;
    return MK_OK;
}

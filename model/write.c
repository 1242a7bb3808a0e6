#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/copula_file.h"
#include "model/kind.h"
#include "model/mae/net.h"
#include "model/pair_counts.h"
#include "src/base/arena.h"
#include "src/base/buf.h"

/* The marginals as flat tensors. */
typedef struct Flat {
    uint8_t *cells, *level_of;
    float *share, *knots, *moments;
    int32_t *observed;
    size_t total, numbers; /* cells of all attributes, of numbers */
} Flat;

static bool flatten(const MkModelParts *parts, MkArena *arena, Flat *f)
{
    const size_t n = parts->schema->n;
    *f = (Flat){0};
    for (size_t j = 0; j < n; j++) {
        const MkMarginal *const m = &parts->marginals[j];
        f->total += m->n_cells;
        f->numbers += m->knots != NULL ? m->n_cells : 0;
    }
    f->cells = mk_arena_array(arena, n, 1);
    f->level_of = mk_arena_array(arena, f->total, 1);
    f->share = mk_arena_array(arena, f->total, sizeof *f->share);
    f->knots = mk_arena_array(arena, f->numbers * MK_CELL_KNOTS, sizeof *f->knots);
    f->moments = mk_arena_array(arena, 2 * n, sizeof *f->moments);
    f->observed = mk_arena_array(arena, n, sizeof *f->observed);
    if (f->cells == NULL || f->level_of == NULL || f->share == NULL || f->knots == NULL ||
        f->moments == NULL || f->observed == NULL) {
        return false;
    }
    size_t share = 0, knot = 0, level = 0;
    for (size_t j = 0; j < n; j++) {
        const MkMarginal *const m = &parts->marginals[j];
        f->cells[j] = (uint8_t)m->n_cells;
        f->moments[2 * j] = (float)m->mean;
        f->moments[2 * j + 1] = (float)m->sd;
        const size_t told = mk_count_told(m->n_observed, parts->least);
        f->observed[j] = (int32_t)(told > 0 ? told : 1);
        for (size_t k = 0; k < m->n_cells; k++) {
            f->share[share++] = (float)m->share[k];
            if (m->knots != NULL) {
                memcpy(f->knots + knot, m->knots[k], sizeof m->knots[k]);
                knot += MK_CELL_KNOTS;
            } else {
                f->level_of[level++] = m->level_of[k];
            }
        }
    }
    return true;
}

static bool add_marginals(const MkModelParts *parts, MkArena *arena, MkWeightsOut *out)
{
    const size_t n = parts->schema->n;
    Flat f;
    if (!flatten(parts, arena, &f)) {
        return false;
    }
    const size_t levels = f.total - f.numbers;
    mk_weights_out_tensor(out, "marginal.cells", MK_U8, 1, &n, f.cells);
    mk_weights_out_tensor(out, "marginal.share", MK_F32, 1, &f.total, f.share);
    mk_weights_out_tensor(out, "marginal.knots", MK_F32, 2,
                          (const size_t[]){f.numbers, MK_CELL_KNOTS}, f.knots);
    mk_weights_out_tensor(out, "marginal.level_of", MK_U8, 1, &levels, f.level_of);
    mk_weights_out_tensor(out, "marginal.moments", MK_F32, 2, (const size_t[]){n, 2}, f.moments);
    mk_weights_out_tensor(out, "marginal.observed", MK_I32, 1, &n, f.observed);
    return true;
}

MkStatus mk_summaries_add(const MkSummaries *s, size_t least, MkArena *arena, MkWeightsOut *out,
                          MkError *err)
{
    int32_t *const people = mk_arena_array(arena, s->n, sizeof *people);
    int32_t *const pairs = mk_arena_array(arena, 3 * s->n_pairs, sizeof *pairs);
    if (people == NULL || pairs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < s->n; j++) {
        people[j] = (int32_t)mk_count_told((size_t)s->people[j], least);
    }
    for (size_t i = 0; i < 3 * s->n_pairs; i++) {
        const size_t told = mk_count_told((size_t)s->pairs[i], least);
        pairs[i] = i % 3 == 2 ? (int32_t)told : s->pairs[i];
    }
    mk_weights_out_tensor(out, "summary.cells", MK_U8, 1, &s->n, s->cells);
    mk_weights_out_tensor(out, "summary.people", MK_I32, 1, &s->n, people);
    mk_weights_out_tensor(out, "summary.edges", MK_F32, 1, &s->n_edges, s->edges);
    mk_weights_out_tensor(out, "summary.share", MK_U16, 1, &s->n_share, s->share);
    mk_weights_out_tensor(out, "summary.sides", MK_U8, 1, &s->n, s->sides);
    mk_weights_out_tensor(out, "summary.side_edges", MK_F32, 1, &s->n_side_edges, s->side_edges);
    mk_weights_out_tensor(out, "summary.pairs", MK_I32, 2, (const size_t[]){s->n_pairs, 3}, pairs);
    mk_weights_out_tensor(out, "summary.pair_share", MK_U16, 1, &s->n_pair_share, s->pair_share);
    return MK_OK;
}

MkStatus mk_model_write(const MkModelParts *parts, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    MkArena *const arena = mk_arena_new(0);
    MkWeightsOut *const out = mk_weights_out_new();
    MkBuf schema;
    char people[24], least[24];
    mk_buf_init(&schema);
    if (arena == NULL || out == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    mk_schema_print(parts->schema, &schema);
    MK_TRY_GOTO(mk_buf_status(&schema, err));
    snprintf(people, sizeof people, "%zu", parts->n_people);
    snprintf(least, sizeof least, "%zu", parts->least);
    mk_weights_out_meta(out, "format", "manikin-1");
    mk_weights_out_meta(out, "kind", parts->kind->name);
    mk_weights_out_meta(out, "name", parts->name);
    mk_weights_out_meta(out, "version", parts->version);
    mk_weights_out_meta(out, "people", people);
    if (parts->least > 0) {
        mk_weights_out_meta(out, "smallest_cell", least);
    }
    mk_weights_out_meta(out, "manifest", parts->manifest);
    mk_weights_out_meta(out, "card", parts->card);
    if (parts->thresholds != NULL && parts->thresholds[0] != '\0') {
        mk_weights_out_meta(out, "thresholds", parts->thresholds);
    }
    mk_weights_out_meta(out, "schema", schema.data);
    if (!add_marginals(parts, arena, out) || !mk_copula_add(parts->copula, arena, out)) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    MK_TRY_GOTO(mk_pair_counts_add(parts->pairs, parts->schema->n, parts->least, arena, out, err));
    if (parts->summaries != NULL) {
        MK_TRY_GOTO(mk_summaries_add(parts->summaries, parts->least, arena, out, err));
    }
    if (parts->support != NULL) {
        mk_support_add(parts->support, out);
    }
    if (parts->gaps != NULL) {
        MK_TRY_GOTO(mk_gaps_add(parts->gaps, arena, out, err));
    }
    if (parts->kind->save != NULL && parts->learned != NULL) {
        MK_TRY_GOTO(parts->kind->save(parts->learned, arena, out, err));
    }
    st = mk_weights_out_write(out, path, err);
done:
    mk_buf_release(&schema);
    mk_weights_out_free(out);
    mk_arena_free(arena);
    return st;
}

/* ---- an open model again ---- */

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool is_renewed(const char *name, const MkRenewal *r)
{
    return (r->marginals != NULL && (begins(name, "marginal.") || strcmp(name, "pairs") == 0)) ||
           (r->summaries != NULL && begins(name, "summary.")) ||
           (r->support != NULL && begins(name, "support.")) ||
           (r->gaps != NULL && begins(name, "gaps.")) ||
           (r->tilts != NULL && begins(name, "draw.tilt")) ||
           (r->calibration != NULL && begins(name, "calibration."));
}

static MkStatus add_renewed(const MkModel *model, const MkRenewal *r, MkArena *arena,
                            MkWeightsOut *out, MkError *err)
{
    const MkModelParts parts = {
        .schema = model->schema, .marginals = r->marginals, .least = r->least};
    if (r->marginals != NULL) {
        if (!add_marginals(&parts, arena, out)) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        MK_TRY(mk_pair_counts_add(model->pairs, model->schema->n, r->least, arena, out, err));
    }
    if (r->summaries != NULL) {
        MK_TRY(mk_summaries_add(r->summaries, r->least, arena, out, err));
    }
    if (r->support != NULL) {
        mk_support_add(r->support, out);
    }
    if (r->tilts != NULL) {
        size_t n_cells = 0;
        for (size_t j = 0; j < model->schema->n; j++) {
            n_cells += model->marginals[j].n_cells;
        }
        mk_weights_out_tensor(out, "draw.tilt", MK_F32, 1, &n_cells, r->tilts);
    }
    if (r->calibration != NULL) {
        mk_calibration_add(r->calibration, out);
    }
    return r->gaps != NULL ? mk_gaps_add(r->gaps, arena, out, err) : MK_OK;
}

/* The entries of the header, with the schema and the smallest cell that are now. */
static void add_header(const MkModel *model, const MkRenewal *r, const char *schema,
                       MkWeightsOut *out)
{
    char least[24];
    snprintf(least, sizeof least, "%zu", r->least);
    for (size_t i = 0; i < mk_weights_meta_count(model->weights); i++) {
        const char *const key = mk_weights_meta_key(model->weights, i);
        if (strcmp(key, "smallest_cell") != 0 || r->least == 0) {
            mk_weights_out_meta(out, key,
                                strcmp(key, "schema") == 0 ? schema
                                                           : mk_weights_meta(model->weights, key));
        }
    }
    if (r->least > 0) {
        mk_weights_out_meta(out, "smallest_cell", least);
    }
}

MkStatus mk_model_rewrite(const MkModel *model, const MkRenewal *renewal, const char *path,
                          MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    MkWeightsOut *const out = mk_weights_out_new();
    MkBuf schema;
    MkStatus st = MK_OK;
    mk_buf_init(&schema);
    mk_schema_print(renewal->schema != NULL ? renewal->schema : model->schema, &schema);
    if (arena == NULL || out == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    MK_TRY_GOTO(mk_buf_status(&schema, err));
    add_header(model, renewal, schema.data, out);
    for (size_t i = 0; i < mk_weights_count(model->weights); i++) {
        const MkTensor *const t = mk_weights_at(model->weights, i);
        if (!is_renewed(t->name, renewal)) {
            MK_TRY_GOTO(mk_pair_counts_copy(t, arena, out, err));
        }
    }
    MK_TRY_GOTO(add_renewed(model, renewal, arena, out, err));
    st = mk_weights_out_write(out, path, err);
done:
    mk_buf_release(&schema);
    mk_weights_out_free(out);
    mk_arena_free(arena);
    return st;
}

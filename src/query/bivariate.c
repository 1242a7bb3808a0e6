#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/bivariate.h"

#include <math.h>
#include <stdlib.h>

#include "src/query/show.h"
#include "src/stats/association.h"

enum { OWN_CELLS = 16 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for two attributes");
}

/* ---- association of people ---- */

typedef struct Ranked {
    double value;
    size_t at;
} Ranked;

static int by_value(const void *a, const void *b)
{
    const Ranked *p = a, *q = b;
    return p->value < q->value ? -1 : (p->value > q->value ? 1 : 0);
}

/* Mid-ranks between 0 and 1. */
static MkStatus rank(const double *values, size_t n, MkArena *arena, double *out, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    Ranked *ranked = mk_arena_array(arena, n, sizeof *ranked);
    if (ranked == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        ranked[i] = (Ranked){values[i], i};
    }
    qsort(ranked, n, sizeof *ranked, by_value);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && ranked[end].value <= ranked[i].value) {
            end++;
        }
        for (size_t k = i; k < end; k++) {
            out[ranked[k].at] = ((double)(i + end) / 2) / (double)n;
        }
        i = end;
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

static double correlation(const double *a, const double *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (a[i] - 0.5) * (b[i] - 0.5);
        aa += (a[i] - 0.5) * (a[i] - 0.5);
        bb += (b[i] - 0.5) * (b[i] - 0.5);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static size_t own_cell(const MkAttribute *attribute, double value, double mid_rank)
{
    const size_t cell =
        mk_type_is_number(attribute->type) ? (size_t)(mid_rank * OWN_CELLS) : (size_t)value;
    const size_t n = mk_type_is_number(attribute->type) ? OWN_CELLS : attribute->n_levels;
    return cell < n ? cell : n - 1;
}

static const MkAttribute *attribute_of(const MkBivariate *pair, size_t j)
{
    return mk_show_attribute(pair->query->model, j);
}

static bool has_rank(const MkBivariate *pair)
{
    return attribute_of(pair, pair->a)->type != MK_CATEGORICAL &&
           attribute_of(pair, pair->b)->type != MK_CATEGORICAL;
}

static MkStatus associate(MkBivariate *pair, MkArena *arena, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    const MkAttribute *const of_a = attribute_of(pair, pair->a);
    const MkAttribute *const of_b = attribute_of(pair, pair->b);
    const size_t n_a = mk_type_is_number(of_a->type) ? OWN_CELLS : of_a->n_levels;
    const size_t n_b = mk_type_is_number(of_b->type) ? OWN_CELLS : of_b->n_levels;
    double *ranks = mk_arena_array(arena, 2 * pair->n, sizeof *ranks);
    double *share = mk_arena_zeros(arena, n_a * n_b, sizeof *share);
    if (ranks == NULL || share == NULL) {
        return no_memory(err);
    }
    MK_TRY(rank(pair->x, pair->n, arena, ranks, err));
    MK_TRY(rank(pair->y, pair->n, arena, ranks + pair->n, err));
    for (size_t i = 0; i < pair->n; i++) {
        const size_t row = own_cell(of_a, pair->x[i], ranks[i]);
        share[row * n_b + own_cell(of_b, pair->y[i], ranks[pair->n + i])] += 1 / (double)pair->n;
    }
    pair->model = (MkAssociation){.has_rank = has_rank(pair),
                                  .rank = correlation(ranks, ranks + pair->n, pair->n),
                                  .information = mk_assoc_information(share, n_a, n_b)};
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

/* ---- beside the survey ---- */

/* Cell of a value; whoever is beyond the outer edges counts in the end cells, as in the survey. */
static size_t cell_of(const double *edges, size_t n, double x)
{
    if (edges == NULL) {
        return x >= 0 && x < (double)n ? (size_t)x : n;
    }
    size_t k = 0;
    while (k + 1 < n && x >= edges[k + 1]) {
        k++;
    }
    return k;
}

static MkAssociation in_cells(const MkBivariate *pair, const double *share)
{
    const MkPairCells *s = &pair->survey;
    return (MkAssociation){.has_rank = has_rank(pair),
                           .rank = mk_assoc_rank(share, s->n_a, s->n_b),
                           .information = mk_assoc_information(share, s->n_a, s->n_b)};
}

static MkStatus beside_survey(MkBivariate *pair, MkArena *arena, MkError *err)
{
    MkPairCells *s = &pair->survey;
    pair->people = mk_model_co_observed(pair->query->model, pair->a, pair->b);
    pair->has_survey = mk_model_pair_cells(pair->query->model, pair->a, pair->b, arena, s);
    if (!pair->has_survey) {
        return MK_OK;
    }
    double *cells = mk_arena_zeros(arena, s->n_a * s->n_b, sizeof *cells);
    if (cells == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < pair->n; i++) {
        const size_t row = cell_of(s->edges_a, s->n_a, pair->x[i]);
        const size_t column = cell_of(s->edges_b, s->n_b, pair->y[i]);
        if (row < s->n_a && column < s->n_b) {
            cells[row * s->n_b + column] += 1 / (double)pair->n;
        }
    }
    /* Cells that the survey does not tell count on neither side. */
    for (size_t i = 0; i < s->n_a * s->n_b; i++) {
        cells[i] = isfinite(s->share[i]) ? cells[i] : NAN;
    }
    pair->cells = cells;
    pair->in_cells = in_cells(pair, cells);
    pair->in_survey = in_cells(pair, s->share);
    pair->overlap = mk_assoc_overlap(cells, s->share, s->n_a * s->n_b);
    pair->people = s->n_people;
    return MK_OK;
}

MkStatus mk_bivariate_make(const MkQuery *query, MkEvidence evidence, const MkJoint *joint,
                           size_t target, size_t b, const MkJoint *other, size_t other_target,
                           MkArena *arena, MkBivariate *out, MkError *err)
{
    const size_t n = MK_BIVARIATE_PEOPLE, n_draws = MK_BIVARIATE_DRAWS;
    double *numbers = mk_arena_array(arena, 2 * (n + n_draws), sizeof *numbers);
    if (numbers == NULL) {
        return no_memory(err);
    }
    double *const x = numbers, *const y = x + n, *const draw_x = y + n,
                  *const draw_y = draw_x + n_draws;
    const size_t half = other != NULL ? n / 2 : n;
    const size_t half_draws = other != NULL ? n_draws / 2 : n_draws;
    mk_joint_even(joint, target, half, x, y);
    mk_joint_draws(joint, target, query->seed, half_draws, draw_x, draw_y);
    if (other != NULL) {
        mk_joint_even(other, other_target, n - half, y + half, x + half);
        mk_joint_draws(other, other_target, query->seed + 1, n_draws - half_draws,
                       draw_y + half_draws, draw_x + half_draws);
    }
    *out = (MkBivariate){.query = query,
                         .evidence = evidence,
                         .a = joint->first,
                         .b = b,
                         .n = n,
                         .n_draws = n_draws,
                         .x = x,
                         .y = y,
                         .draw_x = draw_x,
                         .draw_y = draw_y};
    const MkAttribute *const of_a = attribute_of(out, out->a);
    if (!mk_type_is_number(of_a->type)) {
        MkDistribution *by_level = mk_arena_array(arena, of_a->n_levels, sizeof *by_level);
        if (by_level == NULL) {
            return no_memory(err);
        }
        for (size_t k = 0; k < of_a->n_levels; k++) {
            by_level[k] = joint->given[k * joint->n_targets + target];
        }
        out->by_level = by_level;
    }
    MK_TRY(associate(out, arena, err));
    out->is_linked = mk_link_pair(query->model, out->a, out->b, arena, &out->link);
    return beside_survey(out, arena, err);
}

/* ---- words and data ---- */

static void association_nodes(const MkAssociation *a, MkNode *node, MkResult *result)
{
    if (a->has_rank) {
        (void)mk_node_number(result, node, "rank_correlation", mk_show_clean(a->rank));
    }
    (void)mk_node_number(result, node, "information", mk_show_clean(a->information));
}

void mk_bivariate_node(const MkBivariate *pair, MkNode *object, MkResult *result)
{
    association_nodes(&pair->model, object, result);
    (void)mk_node_number(result, object, "co_observed",
                         (double)mk_model_co_observed(pair->query->model, pair->a, pair->b));
    if (pair->is_linked) {
        mk_link_association(&pair->link, object, result);
    }
    if (!pair->has_survey) {
        return;
    }
    MkNode *survey = mk_node_object(result, object, "survey");
    (void)mk_node_number(result, survey, "people", (double)pair->survey.n_people);
    (void)mk_node_number(result, survey, "cells", (double)(pair->survey.n_a * pair->survey.n_b));
    association_nodes(&pair->in_survey, survey, result);
    if (pair->evidence.n == 0) {
        MkNode *model = mk_node_object(result, survey, "model");
        association_nodes(&pair->in_cells, model, result);
        (void)mk_node_number(result, survey, "overlap", pair->overlap);
    }
}

void mk_bivariate_note(const MkBivariate *pair, MkResult *result)
{
    const char *const a = attribute_of(pair, pair->a)->name;
    const char *const b = attribute_of(pair, pair->b)->name;
    if (!pair->has_survey) {
        return;
    }
    if (pair->evidence.n > 0) {
        mk_result_note(result,
                       "%s and %s: the training people shown are all %zu that have both, not only "
                       "those like what is given.",
                       a, b, pair->survey.n_people);
        return;
    }
    mk_result_note(result,
                   "%s and %s: the model and the %zu training people that have both overlap by "
                   "%.0f %% (%zu cells).",
                   a, b, pair->survey.n_people, 100 * pair->overlap,
                   pair->survey.n_a * pair->survey.n_b);
}

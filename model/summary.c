#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/summary.h"

#include <math.h>

#include "model/kind.h"

/* Where the cells of each attribute and pair are in the tensors. */
typedef struct MkSummaryIndex {
    const uint8_t *cells, *sides;
    const int32_t *people, *pairs;
    const float *edges, *side_edges;
    const uint16_t *share, *pair_share;
    size_t n_pairs;
    size_t *edges_at, *share_at, *side_edges_at; /* (n + 1) */
    size_t *pair_at;                             /* (n_pairs + 1) */
} MkSummaryIndex;

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- checks ---- */

static MkStatus bad(const MkModel *m, size_t j, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: summary of %s: %s", mk_weights_path(m->weights),
                   m->schema->attributes[j].name, what);
}

static bool is_number(const MkModel *m, size_t j)
{
    return mk_type_is_number(m->schema->attributes[j].type);
}

static bool ascending(const float *edges, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(edges[k]) || (k > 0 && !(edges[k] > edges[k - 1]))) {
            return false;
        }
    }
    return true;
}

/* Told shares are those of at least `least` people each and sum to 1 at most. */
static bool plausible(const uint16_t *share, size_t n, int32_t people, size_t least)
{
    double total = 0.0;
    size_t told = 0;
    for (size_t k = 0; k < n; k++) {
        if (share[k] != MK_SUMMARY_UNTOLD) {
            total += (double)share[k];
            told++;
        }
    }
    return total <= MK_SUMMARY_WHOLE + 0.5 * (double)n && people >= 0 &&
           told * least <= (size_t)people;
}

static MkStatus check_counts(const MkModel *m, MkSummaryIndex *x, MkError *err)
{
    const size_t n = m->schema->n;
    for (size_t j = 0; j < n; j++) {
        const size_t levels = m->schema->attributes[j].n_levels;
        const size_t cells = x->cells[j], sides = x->sides[j];
        const bool number = is_number(m, j);
        if (cells > MK_SUMMARY_CELLS || sides > MK_SUMMARY_PAIR_CELLS ||
            (!number && ((cells > 0 && cells != levels) || (sides > 0 && sides != levels)))) {
            return bad(m, j, "impossible number of cells", err);
        }
        if (x->people[j] < 0 || (size_t)x->people[j] > m->n_people) {
            return bad(m, j, "impossible number of people", err);
        }
        x->share_at[j + 1] = x->share_at[j] + cells;
        x->edges_at[j + 1] = x->edges_at[j] + (number && cells > 0 ? cells + 1 : 0);
        x->side_edges_at[j + 1] = x->side_edges_at[j] + (number && sides > 0 ? sides + 1 : 0);
    }
    return MK_OK;
}

static MkStatus check_cells(const MkModel *m, const MkSummaryIndex *x, MkError *err)
{
    for (size_t j = 0; j < m->schema->n; j++) {
        const size_t at = x->edges_at[j], side = x->side_edges_at[j];
        if (!ascending(x->edges + at, x->edges_at[j + 1] - at) ||
            !ascending(x->side_edges + side, x->side_edges_at[j + 1] - side)) {
            return bad(m, j, "edges of its cells do not ascend", err);
        }
        if (!plausible(x->share + x->share_at[j], x->cells[j], x->people[j],
                       m->card.smallest_cell)) {
            return bad(m, j, "shares of its cells are impossible", err);
        }
    }
    return MK_OK;
}

static MkStatus check_pairs(const MkModel *m, MkSummaryIndex *x, MkError *err)
{
    const size_t n = m->schema->n;
    for (size_t i = 0; i < x->n_pairs; i++) {
        const int32_t *const p = x->pairs + 3 * i; /* b, a, people */
        const bool fits = p[0] >= 0 && (size_t)p[0] < n && p[1] >= 0 && p[1] < p[0] &&
                          x->sides[p[0]] > 0 && x->sides[p[1]] > 0 && p[2] >= 0 &&
                          (size_t)p[2] <= m->n_people;
        if (!fits || (i > 0 && (p[0] < p[-3] || (p[0] == p[-3] && p[1] <= p[-2])))) {
            return mk_fail(err, MK_EFORMAT, "%s: summaries: pair %zu is impossible",
                           mk_weights_path(m->weights), i);
        }
        x->pair_at[i + 1] = x->pair_at[i] + (size_t)x->sides[p[0]] * x->sides[p[1]];
    }
    return MK_OK;
}

static MkStatus check_pair_shares(const MkModel *m, const MkSummaryIndex *x, MkError *err)
{
    for (size_t i = 0; i < x->n_pairs; i++) {
        const size_t at = x->pair_at[i];
        if (!plausible(x->pair_share + at, x->pair_at[i + 1] - at, x->pairs[3 * i + 2],
                       m->card.smallest_cell)) {
            return mk_fail(err, MK_EFORMAT, "%s: summaries: shares of pair %zu are impossible",
                           mk_weights_path(m->weights), i);
        }
    }
    return MK_OK;
}

/* ---- opening ---- */

static MkStatus need(const MkModel *m, const char *name, MkDtype dtype, size_t n, const void **out,
                     MkError *err)
{
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(m->weights, name, dtype, 1, &n, &t, err));
    *out = t->data;
    return MK_OK;
}

static MkStatus open_cells(const MkModel *m, MkSummaryIndex *x, MkError *err)
{
    const size_t n = m->schema->n;
    const void *p = NULL;
    MK_TRY(need(m, "summary.cells", MK_U8, n, &p, err));
    x->cells = p;
    MK_TRY(need(m, "summary.sides", MK_U8, n, &p, err));
    x->sides = p;
    MK_TRY(need(m, "summary.people", MK_I32, n, &p, err));
    x->people = p;
    MK_TRY(check_counts(m, x, err));
    MK_TRY(need(m, "summary.edges", MK_F32, x->edges_at[n], &p, err));
    x->edges = p;
    MK_TRY(need(m, "summary.side_edges", MK_F32, x->side_edges_at[n], &p, err));
    x->side_edges = p;
    MK_TRY(need(m, "summary.share", MK_U16, x->share_at[n], &p, err));
    x->share = p;
    return check_cells(m, x, err);
}

static MkStatus open_pairs(MkModel *m, MkSummaryIndex *x, MkError *err)
{
    const void *p = NULL;
    const MkTensor *t = mk_weights_find(m->weights, "summary.pairs");
    x->n_pairs = t != NULL && t->rank == 2 ? t->shape[0] : 0;
    if (x->n_pairs > MK_SUMMARY_PAIRS) {
        return mk_fail(err, MK_EFORMAT, "%s: summaries of %zu pairs, more than %d",
                       mk_weights_path(m->weights), x->n_pairs, (int)MK_SUMMARY_PAIRS);
    }
    MK_TRY(mk_weights_need(m->weights, "summary.pairs", MK_I32, 2, (const size_t[]){x->n_pairs, 3},
                           &t, err));
    x->pairs = t->data;
    x->pair_at = mk_arena_zeros(m->arena, x->n_pairs + 1, sizeof *x->pair_at);
    if (x->pair_at == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(check_pairs(m, x, err));
    MK_TRY(need(m, "summary.pair_share", MK_U16, x->pair_at[x->n_pairs], &p, err));
    x->pair_share = p;
    return check_pair_shares(m, x, err);
}

MkStatus mk_summaries_open(MkModel *m, MkError *err)
{
    const size_t n = m->schema->n;
    if (mk_weights_find(m->weights, "summary.cells") == NULL) {
        return MK_OK;
    }
    MkSummaryIndex *const x = mk_arena_zeros(m->arena, 1, sizeof *x);
    size_t *const at = mk_arena_zeros(m->arena, 3 * (n + 1), sizeof *at);
    if (x == NULL || at == NULL) {
        return out_of_memory(err);
    }
    x->edges_at = at;
    x->share_at = at + (n + 1);
    x->side_edges_at = at + 2 * (n + 1);
    MK_TRY(open_cells(m, x, err));
    MK_TRY(open_pairs(m, x, err));
    m->summaries = x;
    return MK_OK;
}

/* ---- asking ---- */

static double share_of(uint16_t code)
{
    return code == MK_SUMMARY_UNTOLD ? NAN : (double)code / MK_SUMMARY_WHOLE;
}

static const double *widen(const float *edges, size_t n, MkArena *arena)
{
    double *const out = mk_arena_array(arena, n, sizeof *out);
    for (size_t k = 0; out != NULL && k < n; k++) {
        out[k] = (double)edges[k];
    }
    return out;
}

bool mk_model_cells(const MkModel *m, size_t j, MkArena *arena, MkCells *out)
{
    const MkSummaryIndex *const x = m->summaries;
    *out = (MkCells){.n = 0};
    if (x == NULL || j >= m->schema->n || x->cells[j] == 0) {
        return false;
    }
    const size_t n = x->cells[j];
    double *const share = mk_arena_array(arena, n, sizeof *share);
    const double *const edges =
        is_number(m, j) ? widen(x->edges + x->edges_at[j], n + 1, arena) : NULL;
    if (share == NULL || (is_number(m, j) && edges == NULL)) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        share[k] = share_of(x->share[x->share_at[j] + k]);
    }
    *out = (MkCells){.n = n, .edges = edges, .share = share, .n_people = (size_t)x->people[j]};
    return true;
}

/* Index of the pair (b, a), a < b; n_pairs when it is not kept. */
static size_t find_pair(const MkSummaryIndex *x, size_t b, size_t a)
{
    size_t low = 0, high = x->n_pairs;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int32_t *const p = x->pairs + 3 * mid;
        if ((size_t)p[0] < b || ((size_t)p[0] == b && (size_t)p[1] < a)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    const int32_t *const p = x->pairs + 3 * low;
    return low < x->n_pairs && (size_t)p[0] == b && (size_t)p[1] == a ? low : x->n_pairs;
}

bool mk_model_pair_cells(const MkModel *m, size_t a, size_t b, MkArena *arena, MkPairCells *out)
{
    const MkSummaryIndex *const x = m->summaries;
    *out = (MkPairCells){.n_a = 0};
    if (x == NULL || a == b || a >= m->schema->n || b >= m->schema->n) {
        return false;
    }
    const bool as_stored = a > b; /* the larger id goes along the first axis */
    const size_t i = find_pair(x, as_stored ? a : b, as_stored ? b : a);
    if (i == x->n_pairs) {
        return false;
    }
    const size_t n_a = x->sides[a], n_b = x->sides[b];
    double *const share = mk_arena_array(arena, n_a * n_b, sizeof *share);
    const double *edges[2] = {NULL, NULL};
    const size_t ids[2] = {a, b};
    for (size_t side = 0; side < 2; side++) {
        const size_t j = ids[side];
        if (is_number(m, j)) {
            edges[side] = widen(x->side_edges + x->side_edges_at[j], x->sides[j] + 1u, arena);
        }
    }
    if (share == NULL || (is_number(m, a) && edges[0] == NULL) ||
        (is_number(m, b) && edges[1] == NULL)) {
        return false;
    }
    const uint16_t *const codes = x->pair_share + x->pair_at[i];
    for (size_t k = 0; k < n_a; k++) {
        for (size_t l = 0; l < n_b; l++) {
            share[k * n_b + l] = share_of(codes[as_stored ? k * n_b + l : l * n_a + k]);
        }
    }
    *out = (MkPairCells){.n_a = n_a,
                         .n_b = n_b,
                         .edges_a = edges[0],
                         .edges_b = edges[1],
                         .share = share,
                         .n_people = (size_t)x->pairs[3 * i + 2]};
    return true;
}

size_t mk_model_n_pairs(const MkModel *m)
{
    return m->summaries != NULL ? m->summaries->n_pairs : 0;
}

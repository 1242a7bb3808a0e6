#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/mae/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/likelihood/likelihood.h"
#include "model/mae/rows.h"
#include "model/nn/kernels.h"
#include "src/base/arena.h"

enum { TABLE_TASKS = 32, SEGMENT = 1 << 16, AVERAGE_EVERY = 4, TRUST_BANDS = 16 };

/* A run of parameters that is updated in one go. */
typedef struct Segment {
    size_t offset, n;
    bool decay;
    float rate;     /* share of the learning rate */
    double squares; /* of its gradient */
} Segment;

struct MkTrainer {
    MkTrainerConfig config;
    MkTrainerData data;
    MkNet *net;
    MkPool *pool;
    float *m, *v, *average, *gradient; /* (n_parameters) */
    size_t n_blocks;
    MkRows **blocks;
    float **dense;           /* per block (n_dense) */
    MkRowsScratch **scratch; /* per worker */
    size_t *rows;            /* (batch) */
    size_t *order;           /* (n_rows) permutation of an epoch */
    uint64_t epoch;          /* of `order`; UINT64_MAX = none */
    double *cumulative;      /* (n_rows) weights summed, when rows are drawn by weight */
    uint64_t *turns;         /* (n_groups) steps before `turn` that took people of a source alone */
    uint64_t turn;
    Segment *segments;
    size_t n_segments;
    uint32_t *token_first, *query_first; /* (N + 1) occurrences of an attribute in the batch */
    uint64_t *token_at, *query_at;       /* block << 32 | place */
    uint64_t step;                       /* of the step under way */
    double scale;                        /* of a step's summed loss: see hidden_cells */
    MkAdam adam;
};

/* ---- making ---- */

static void add_segments(MkTrainer *t, size_t offset, size_t n, bool decay, double rate)
{
    for (size_t at = 0; at < n; at += SEGMENT) {
        if (t->segments != NULL) {
            t->segments[t->n_segments] = (Segment){.offset = offset + at,
                                                   .n = n - at < SEGMENT ? n - at : SEGMENT,
                                                   .decay = decay,
                                                   .rate = (float)rate};
        }
        t->n_segments++;
    }
}

/* First row of an attribute in a table. */
static size_t row_of(const MkNet *net, const char *table, size_t attribute)
{
    if (strcmp(table, "net.token_e") == 0) {
        return net->cell_begin[attribute];
    }
    return strncmp(table, "net.head_", 9) == 0 ? net->out_begin[attribute] : attribute;
}

static void count_segments(void *ctx, const char *name, size_t offset, size_t rows, size_t columns,
                           bool decay)
{
    MkTrainer *const t = ctx;
    const bool *const kept = t->config.kept;
    const size_t n = t->net->config.n_attributes;
    if (kept == NULL || offset < t->net->n_dense) {
        add_segments(t, offset, rows * columns, decay && kept == NULL,
                     kept != NULL ? t->config.keep_rate : 1.0);
        return;
    }
    for (size_t j = 0, first = 0; j < n; first = j) { /* runs of attributes of one sort */
        while (j < n && kept[j] == kept[first]) {
            j++;
        }
        const size_t begin = row_of(t->net, name, first), end = row_of(t->net, name, j);
        add_segments(t, offset + begin * columns, (end - begin) * columns, decay && !kept[first],
                     kept[first] ? t->config.keep_rate : 1.0);
    }
}

static bool make_segments(MkTrainer *t)
{
    mk_net_visit(t->net, count_segments, t);
    t->segments = mk_heap_array(t->n_segments, sizeof *t->segments);
    t->n_segments = 0;
    if (t->segments != NULL) {
        mk_net_visit(t->net, count_segments, t);
    }
    return t->segments != NULL;
}

static bool make_blocks(MkTrainer *t)
{
    const size_t n = t->net->config.n_attributes;
    const MkMasker *const masker = t->data.masker;
    t->n_blocks = t->config.batch / t->config.block_rows;
    t->blocks = mk_heap_array(t->n_blocks, sizeof *t->blocks);
    t->dense = mk_heap_array(t->n_blocks, sizeof *t->dense);
    t->scratch = mk_heap_array(mk_pool_size(t->pool), sizeof *t->scratch);
    bool good = t->blocks != NULL && t->dense != NULL && t->scratch != NULL;
    for (size_t b = 0; good && b < t->n_blocks; b++) {
        t->blocks[b] = mk_rows_new(t->net, t->config.block_rows, masker);
        t->dense[b] = mk_heap_array(t->net->n_dense, sizeof *t->dense[b]);
        good = t->blocks[b] != NULL && t->dense[b] != NULL;
    }
    for (size_t w = 0; good && w < mk_pool_size(t->pool); w++) {
        t->scratch[w] = mk_rows_scratch_new(t->net, t->data.copula, t->config.block_rows, masker);
        good = t->scratch[w] != NULL;
    }
    t->token_first = mk_heap_array(n + 2, sizeof *t->token_first);
    t->query_first = mk_heap_array(n + 2, sizeof *t->query_first);
    t->token_at =
        mk_heap_array(t->config.batch * (mk_masker_tokens(masker) + 1), sizeof *t->token_at);
    t->query_at = mk_heap_array(t->config.batch * masker->max_targets, sizeof *t->query_at);
    return good && t->token_first != NULL && t->query_first != NULL && t->token_at != NULL &&
           t->query_at != NULL;
}

static bool make_order(MkTrainer *t)
{
    const MkDataset *const data = t->data.data;
    t->rows = mk_heap_array(t->config.batch, sizeof *t->rows);
    t->order = mk_heap_array(data->n_rows, sizeof *t->order);
    t->epoch = UINT64_MAX;
    t->turns = mk_heap_array(data->n_groups, sizeof *t->turns);
    if (t->turns == NULL) {
        return false;
    }
    if (t->config.survey_weights || data->n_groups > 1) {
        t->cumulative = mk_heap_array(data->n_rows, sizeof *t->cumulative);
        double sum = 0.0;
        for (size_t i = 0; t->cumulative != NULL && i < data->n_rows; i++) {
            sum += data->weights[i];
            t->cumulative[i] = sum;
        }
        return t->rows != NULL && t->cumulative != NULL;
    }
    return t->rows != NULL && t->order != NULL;
}

/* Cells of a person that are hidden on average, for the mix of masks: two thirds of those observed.
 * Every step's summed loss is divided by those of a batch, and not by its own: a step of people of
 * one source, with few attributes, counts as its hidden cells do. */
static double hidden_cells(const MkTrainer *t)
{
    const MkDataset *const data = t->data.data;
    double sum = 0.0, weights = 0.0;
    for (size_t g = 0; g < data->n_groups; g++) {
        const MkGroup *const group = &data->groups[g];
        for (size_t i = 0; i < group->n_rows; i++) {
            const double w = t->cumulative != NULL ? data->weights[group->first + i] : 1.0;
            sum += w * (double)mk_group_observed(group, i);
            weights += w;
        }
    }
    return fmax(2.0 / 3.0 * sum / weights, 1.0);
}

MkStatus mk_trainer_new(const MkTrainerConfig *config, const MkTrainerData *data, MkNet *net,
                        MkPool *pool, MkTrainer **out, MkError *err)
{
    if (config->batch == 0 || config->block_rows == 0 || config->batch % config->block_rows != 0 ||
        data->data->n_rows == 0) {
        return mk_fail(err, MK_EINVAL,
                       "batch of %zu in blocks of %zu from %zu people: not possible", config->batch,
                       config->block_rows, data->data->n_rows);
    }
    MkTrainer *const t = calloc(1, sizeof *t);
    if (t == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    t->config = *config;
    t->data = *data;
    t->net = net;
    t->pool = pool;
    t->m = mk_heap_array(net->n_parameters, sizeof *t->m);
    t->v = mk_heap_array(net->n_parameters, sizeof *t->v);
    t->average = mk_heap_array(net->n_parameters, sizeof *t->average);
    t->gradient = mk_heap_array(net->n_parameters, sizeof *t->gradient);
    if (t->m == NULL || t->v == NULL || t->average == NULL || t->gradient == NULL ||
        !make_segments(t) || !make_blocks(t) || !make_order(t)) {
        mk_trainer_free(t);
        return mk_fail(err, MK_ENOMEM, "out of memory for training");
    }
    memcpy(t->average, net->parameters, net->n_parameters * sizeof *t->average);
    t->scale = 1.0 / ((double)config->batch * hidden_cells(t));
    *out = t;
    return MK_OK;
}

void mk_trainer_free(MkTrainer *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t b = 0; t->blocks != NULL && t->dense != NULL && b < t->n_blocks; b++) {
        mk_rows_free(t->blocks[b]);
        free(t->dense[b]);
    }
    for (size_t w = 0; t->scratch != NULL && w < mk_pool_size(t->pool); w++) {
        mk_rows_scratch_free(t->scratch[w]);
    }
    void *const blocks[] = {t->m,        t->v,          t->average,     t->gradient,
                            t->blocks,   t->dense,      t->scratch,     t->rows,
                            t->order,    t->cumulative, t->turns,       t->segments,
                            t->token_at, t->query_at,   t->token_first, t->query_first};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        free(blocks[i]);
    }
    free(t);
}

float *mk_trainer_m(MkTrainer *t)
{
    return t->m;
}

float *mk_trainer_v(MkTrainer *t)
{
    return t->v;
}

float *mk_trainer_average(MkTrainer *t)
{
    return t->average;
}

/* ---- which people ---- */

/* One of the people first .. last, by weight. */
static size_t draw_by_weight(const MkTrainer *t, uint64_t index, size_t first, size_t last)
{
    MkRng rng = mk_rng(t->config.seed, MK_RNG_ORDER, index);
    const double below = first > 0 ? t->cumulative[first - 1] : 0.0;
    const double u = below + mk_rng_uniform(&rng) * (t->cumulative[last] - below);
    size_t low = first, high = last;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (t->cumulative[mid] > u) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

static double group_weight(const MkTrainer *t, size_t g)
{
    const MkGroup *const group = &t->data.data->groups[g];
    const double below = group->first > 0 ? t->cumulative[group->first - 1] : 0.0;
    return t->cumulative[group->first + group->n_rows - 1] - below;
}

/* The source of a step whose people are of one: the one that is most behind its share, so that the
 * largest comes first. Steps are gone through from the first when they do not follow each other. */
static size_t choose_group(MkTrainer *t, uint64_t step)
{
    const size_t n = t->data.data->n_groups;
    const double total = t->cumulative[t->data.data->n_rows - 1];
    size_t chosen = 0;
    if (step < t->turn) {
        memset(t->turns, 0, n * sizeof *t->turns);
        t->turn = 0;
    }
    for (; t->turn <= step; t->turn++) {
        double most = -INFINITY;
        for (size_t g = 0; g < n; g++) {
            const double due = (double)(t->turn + 1) * group_weight(t, g) / total;
            if (due - (double)t->turns[g] > most) {
                most = due - (double)t->turns[g];
                chosen = g;
            }
        }
        t->turns[chosen]++;
    }
    return chosen;
}

static void choose_rows(MkTrainer *t, uint64_t step, bool alone)
{
    const MkDataset *const data = t->data.data;
    const size_t n = data->n_rows;
    size_t first = 0, last = n - 1;
    if (alone && data->n_groups > 1) {
        const MkGroup *const group = &data->groups[choose_group(t, step)];
        first = group->first;
        last = group->first + group->n_rows - 1;
    }
    for (size_t i = 0; i < t->config.batch; i++) {
        const uint64_t index = step * t->config.batch + i;
        if (t->cumulative != NULL) {
            t->rows[i] = draw_by_weight(t, index, first, last);
            continue;
        }
        if (index / n != t->epoch) {
            t->epoch = index / n;
            for (size_t k = 0; k < n; k++) {
                t->order[k] = k;
            }
            MkRng rng = mk_rng(t->config.seed, MK_RNG_ORDER, t->epoch);
            mk_rng_shuffle(&rng, t->order, n);
        }
        t->rows[i] = t->order[index % n];
    }
}

/* ---- one block, forward and back ---- */

static void block_task(void *ctx, size_t index, size_t worker)
{
    MkTrainer *const t = ctx;
    MkRows *const block = t->blocks[index];
    MkRowsScratch *const scratch = t->scratch[worker];
    const size_t per = t->config.block_rows;
    memset(t->dense[index], 0, t->net->n_dense * sizeof *t->dense[index]);
    mk_rows_clear(block);
    for (size_t i = 0; i < per; i++) {
        const size_t row = t->rows[index * per + i];
        MkRng rng =
            mk_rng(t->config.seed, MK_RNG_MASK, t->step * t->config.batch + index * per + i);
        mk_rows_add(block, scratch, &t->data, t->data.data, row, MK_MASK_KINDS,
                    t->data.copula != NULL ? t->data.fold_r[t->data.fold[row]] : NULL, &rng);
    }
    mk_rows_gradient(block, scratch, t->net, t->net->parameters, &t->data, (float)t->config.dropout,
                     t->step * t->n_blocks + index + 1, t->dense[index]);
}

/* ---- gradients of the tables, attribute by attribute ---- */

static void index_occurrences(MkTrainer *t)
{
    const size_t n = t->net->config.n_attributes;
    memset(t->token_first, 0, (n + 2) * sizeof *t->token_first);
    memset(t->query_first, 0, (n + 2) * sizeof *t->query_first);
    for (size_t b = 0; b < t->n_blocks; b++) {
        const MkNetBatch *const batch = mk_rows_batch(t->blocks[b]);
        for (size_t i = 0; i < batch->n_tokens; i++) {
            if (batch->token[i] != MK_TOKEN_ALWAYS) {
                t->token_first[batch->token[i] + 2]++;
            }
        }
        for (size_t i = 0; i < batch->n_queries; i++) {
            t->query_first[batch->query[i] + 2]++;
        }
    }
    for (size_t j = 2; j < n + 2; j++) {
        t->token_first[j] += t->token_first[j - 1];
        t->query_first[j] += t->query_first[j - 1];
    }
    /* first[j + 1] is the running end of j while filling, and the begin of j + 1 afterwards. */
    for (size_t b = 0; b < t->n_blocks; b++) {
        const MkNetBatch *const batch = mk_rows_batch(t->blocks[b]);
        for (size_t i = 0; i < batch->n_tokens; i++) {
            if (batch->token[i] != MK_TOKEN_ALWAYS) {
                t->token_at[t->token_first[batch->token[i] + 1]++] = (uint64_t)b << 32 | i;
            }
        }
        for (size_t i = 0; i < batch->n_queries; i++) {
            t->query_at[t->query_first[batch->query[i] + 1]++] = (uint64_t)b << 32 | i;
        }
    }
}

static void token_tables(const MkTrainer *t, size_t j)
{
    const MkNet *const net = t->net;
    const size_t d = net->config.dim;
    float *const ga = t->gradient + net->token_a + j * d;
    float *const gv = t->gradient + net->token_v + j * d;
    for (uint32_t i = t->token_first[j]; i < t->token_first[j + 1]; i++) {
        const MkRows *const block = t->blocks[t->token_at[i] >> 32];
        const size_t at = (size_t)(t->token_at[i] & 0xFFFFFFFFU);
        const MkNetBatch *const batch = mk_rows_batch(block);
        const float *const dx = mk_rows_token_grad(block) + at * d;
        mk_axpy(d, 1.0F, dx, ga);
        mk_axpy(d, batch->token_score[at], dx, gv);
        if (batch->token_cell[at] != MK_CELL_MISSING) {
            const size_t cell = net->cell_begin[j] + batch->token_cell[at];
            mk_axpy(d, 1.0F, dx, t->gradient + net->token_e + cell * d);
        }
    }
}

static void query_tables(const MkTrainer *t, size_t j)
{
    const MkNet *const net = t->net;
    const size_t d = net->config.dim, outputs = mk_net_outputs(net, j);
    float *const gq = t->gradient + net->query + j * d;
    float *const gw = t->gradient + net->head_w + (size_t)net->out_begin[j] * d;
    float *const gc = t->gradient + net->head_c + net->out_begin[j];
    for (uint32_t i = t->query_first[j]; i < t->query_first[j + 1]; i++) {
        const MkRows *const block = t->blocks[t->query_at[i] >> 32];
        const size_t at = (size_t)(t->query_at[i] & 0xFFFFFFFFU);
        const float *const dout = mk_rows_output_grad(block) + at * MK_CELLS_MAX;
        const float *const h = mk_rows_hidden(block) + at * d;
        mk_axpy(d, 1.0F, mk_rows_query_grad(block) + at * d, gq);
        for (size_t k = 0; k < outputs; k++) {
            mk_axpy(d, dout[k], h, gw + k * d);
            gc[k] += dout[k];
        }
        t->gradient[net->alpha + j] += mk_rows_factor_grad(block)[at];
    }
}

static void table_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const MkTrainer *const t = ctx;
    const size_t n = t->net->config.n_attributes;
    for (size_t j = index * n / TABLE_TASKS; j < (index + 1) * n / TABLE_TASKS; j++) {
        token_tables(t, j);
        query_tables(t, j);
    }
}

static void dense_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const MkTrainer *const t = ctx;
    const size_t n = t->net->n_dense;
    const size_t first = index * n / TABLE_TASKS, last = (index + 1) * n / TABLE_TASKS;
    for (size_t b = 0; b < t->n_blocks; b++) {
        mk_axpy(last - first, 1.0F, t->dense[b] + first, t->gradient + first);
    }
}

static void squares_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const MkTrainer *const t = ctx;
    Segment *const s = &t->segments[index];
    s->squares = mk_sum_squares(s->n, t->gradient + s->offset);
}

static void update_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const MkTrainer *const t = ctx;
    const Segment *const s = &t->segments[index];
    MkAdam adam = t->adam;
    adam.decay = s->decay ? adam.decay : 0.0F;
    adam.rate *= s->rate;
    mk_adamw(&adam, s->n, t->gradient + s->offset, t->net->parameters + s->offset, t->m + s->offset,
             t->v + s->offset);
    if ((t->step + 1) % AVERAGE_EVERY == 0) {
        /* the average is short at first: (1 + n) / (10 + n) */
        const double count = (double)(t->step + 1);
        const double decay = fmin(t->config.average, (1.0 + count) / (10.0 + count));
        mk_average(s->n, (float)(1.0 - pow(decay, AVERAGE_EVERY)), t->net->parameters + s->offset,
                   t->average + s->offset);
    }
}

/* Sums of all blocks into t->gradient (of the summed, not the scaled loss). */
static MkStatus sum_gradient(MkTrainer *t, uint64_t step, bool alone, MkStepReport *report,
                             MkError *err)
{
    *report = (MkStepReport){0};
    t->step = step;
    choose_rows(t, step, alone);
    mk_pool_run(t->pool, t->n_blocks, block_task, t);
    for (size_t b = 0; b < t->n_blocks; b++) {
        const MkRowsSum *const sum = mk_rows_sum(t->blocks[b]);
        if (sum->failed) {
            return mk_fail(err, MK_ENUMERIC, "step %llu: the base could not be conditioned",
                           (unsigned long long)step);
        }
        report->loss += sum->loss;
        report->base_loss += sum->base_loss;
        report->flops += sum->flops;
        report->targets += sum->targets;
        report->cells += sum->cells;
    }
    if (!isfinite(report->loss)) {
        return mk_fail(err, MK_ENUMERIC, "step %llu: the loss is not a number",
                       (unsigned long long)step);
    }
    memset(t->gradient, 0, t->net->n_parameters * sizeof *t->gradient);
    index_occurrences(t);
    mk_pool_run(t->pool, TABLE_TASKS, dense_task, t);
    mk_pool_run(t->pool, TABLE_TASKS, table_task, t);
    report->loss /= fmax(report->cells, 1.0);
    report->base_loss /= fmax(report->cells, 1.0);
    return MK_OK;
}

MkStatus mk_trainer_gradient(MkTrainer *t, uint64_t step, float *gradient, double *loss,
                             MkError *err)
{
    MkStepReport report;
    MK_TRY(sum_gradient(t, step, false, &report, err));
    for (size_t i = 0; i < t->net->n_parameters; i++) {
        gradient[i] = (float)t->scale * t->gradient[i];
    }
    *loss = report.loss * report.cells * t->scale;
    return MK_OK;
}

MkStatus mk_trainer_step(MkTrainer *t, uint64_t step, double rate_share, bool alone,
                         MkStepReport *report, MkError *err)
{
    const MkTrainerConfig *const c = &t->config;
    MK_TRY(sum_gradient(t, step, alone, report, err));
    mk_pool_run(t->pool, t->n_segments, squares_task, t);
    double squares = 0.0;
    for (size_t s = 0; s < t->n_segments; s++) {
        squares += t->segments[s].squares;
    }
    report->norm = sqrt(squares) * t->scale;
    if (!isfinite(report->norm)) {
        return mk_fail(err, MK_ENUMERIC, "step %llu: the gradient is not a number",
                       (unsigned long long)step);
    }
    const double shrink = c->clip > 0.0 && report->norm > c->clip ? c->clip / report->norm : 1.0;
    t->adam = (MkAdam){.rate = (float)(c->rate * rate_share),
                       .beta1 = (float)c->beta1,
                       .beta2 = (float)c->beta2,
                       .eps = 1e-8F,
                       .decay = (float)c->decay,
                       .clip = (float)(t->scale * shrink),
                       .correction1 = (float)(1.0 - pow(c->beta1, (double)(step + 1))),
                       .correction2 = (float)(1.0 - pow(c->beta2, (double)(step + 1)))};
    mk_pool_run(t->pool, t->n_segments, update_task, t);
    return MK_OK;
}

/* ---- judging on other people ---- */

typedef struct Judge {
    MkTrainer *trainer;
    const MkDataset *people;
    const float *r;
    MkMaskKind kind;
    const size_t *rows; /* (n_rows) people; NULL: first, first + 1, .. */
    size_t first, n_rows;
    double **trust; /* per block (N, MK_TRUST_STEPS) and (N) cells, or NULL for the plain loss */
} Judge;

static void judge_task(void *ctx, size_t index, size_t worker)
{
    const Judge *const judge = ctx;
    MkTrainer *const t = judge->trainer;
    const size_t per = t->config.block_rows;
    MkRows *const block = t->blocks[index];
    mk_rows_clear(block);
    for (size_t i = index * per; i < (index + 1) * per && i < judge->n_rows; i++) {
        const size_t row = judge->rows != NULL ? judge->rows[i] : judge->first + i;
        size_t own = row; /* a source's people are asked alike whatever others there are */
        (void)mk_dataset_group(judge->people, &own);
        MkRng rng = mk_rng(t->config.seed ^ 0x5EEDU, MK_RNG_MASK,
                           own * MK_MASK_KINDS + (size_t)judge->kind);
        mk_rows_add(block, t->scratch[worker], &t->data, judge->people, row, judge->kind, judge->r,
                    &rng);
    }
    if (judge->trust != NULL) {
        double *const sums = judge->trust[index];
        mk_rows_trust(block, t->scratch[worker], t->net, t->average, sums,
                      sums + t->net->config.n_attributes * MK_TRUST_STEPS);
    } else {
        mk_rows_loss(block, t->scratch[worker], t->net, t->average, &t->data);
    }
}

MkStatus mk_trainer_validate(MkTrainer *t, const MkDataset *people, const size_t *rows,
                             size_t n_rows, const float *r, MkMaskKind kind, double *loss,
                             double *base_loss, MkError *err)
{
    const size_t per = t->config.block_rows;
    double sum = 0.0, base = 0.0, cells = 0.0;
    for (size_t first = 0; first < n_rows; first += t->config.batch) {
        const size_t left = n_rows - first;
        Judge judge = {.trainer = t,
                       .people = people,
                       .r = r,
                       .kind = kind,
                       .rows = rows != NULL ? rows + first : NULL,
                       .first = first,
                       .n_rows = left < t->config.batch ? left : t->config.batch};
        const size_t blocks = (judge.n_rows + per - 1) / per;
        mk_pool_run(t->pool, blocks, judge_task, &judge);
        for (size_t b = 0; b < blocks; b++) {
            const MkRowsSum *const s = mk_rows_sum(t->blocks[b]);
            if (s->failed) {
                return mk_fail(err, MK_ENUMERIC, "the base could not be conditioned");
            }
            sum += s->loss;
            base += s->base_loss;
            cells += s->cells;
        }
    }
    *loss = sum / fmax(cells, 1.0);
    *base_loss = base / fmax(cells, 1.0);
    return MK_OK;
}

/* ---- how much of the correction is taken ---- */

/* Attributes that are about as rare as j: a network that helps where there is much to learn from
 * may do harm where there is little. */
static size_t band_of(double count)
{
    const double band = floor(log2(count + 1.0));
    return band < (double)TRUST_BANDS ? (size_t)band : (size_t)TRUST_BANDS - 1;
}

static void choose_trust(MkNet *net, const double *sums, const double *count)
{
    const double prior = 300.0; /* cells, as the attributes of the band have them */
    const size_t n = net->config.n_attributes;
    double band[TRUST_BANDS][MK_TRUST_STEPS] = {{0.0}}, cells[TRUST_BANDS] = {0.0};
    for (size_t j = 0; j < n; j++) {
        const size_t b = band_of(count[j]);
        cells[b] += count[j];
        for (size_t s = 0; s < MK_TRUST_STEPS; s++) {
            band[b][s] += sums[j * MK_TRUST_STEPS + s];
        }
    }
    for (size_t j = 0; j < n; j++) {
        const size_t b = band_of(count[j]);
        size_t best = MK_TRUST_STEPS - 1;
        double least = INFINITY;
        for (size_t s = MK_TRUST_STEPS; s-- > 0;) {
            const double loss =
                sums[j * MK_TRUST_STEPS + s] + prior * band[b][s] / fmax(cells[b], 1.0);
            if (loss < least) {
                least = loss;
                best = s;
            }
        }
        net->trust[j] = (float)best / (MK_TRUST_STEPS - 1);
    }
}

/* Sums of one batch of people, block by block in order, into sums (N, steps) and then cells (N). */
static MkStatus add_trust(MkTrainer *t, const Judge *judge, double *sums, size_t *targets,
                          MkError *err)
{
    const size_t n = t->net->config.n_attributes * (MK_TRUST_STEPS + 1);
    const size_t per = t->config.block_rows;
    const size_t blocks = (judge->n_rows + per - 1) / per;
    for (size_t b = 0; b < blocks; b++) {
        memset(judge->trust[b], 0, n * sizeof **judge->trust);
    }
    mk_pool_run(t->pool, blocks, judge_task, (void *)(uintptr_t)judge);
    for (size_t b = 0; b < blocks; b++) {
        const MkRowsSum *const sum = mk_rows_sum(t->blocks[b]);
        if (sum->failed) {
            return mk_fail(err, MK_ENUMERIC, "the base could not be conditioned");
        }
        for (size_t i = 0; i < n; i++) {
            sums[i] += judge->trust[b][i];
        }
        *targets += sum->targets;
    }
    return MK_OK;
}

MkStatus mk_trainer_losses(MkTrainer *t, const MkDataset *people, const float *r, double *sums,
                           double *count, MkError *err)
{
    const size_t n = t->net->config.n_attributes;
    const int kinds = t->data.masker->n_sources > 1 ? MK_MASK_KINDS : MK_MASK_SOURCE;
    const size_t part = n * (MK_TRUST_STEPS + 1);
    size_t targets = 0;
    double cells = 0.0;
    MkStatus st = MK_OK;
    double *const room = mk_heap_array(t->n_blocks * part, sizeof *room);
    double **const parts = mk_heap_array(t->n_blocks, sizeof *parts);
    double *const all = mk_heap_array(part, sizeof *all);
    if (room == NULL || parts == NULL || all == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    for (size_t b = 0; b < t->n_blocks; b++) {
        parts[b] = room + b * part;
    }
    for (int kind = 0; kind < kinds; kind++) {
        for (size_t first = 0; first < people->n_rows; first += t->config.batch) {
            const size_t left = people->n_rows - first;
            const Judge judge = {.trainer = t,
                                 .people = people,
                                 .r = r,
                                 .kind = (MkMaskKind)kind,
                                 .first = first,
                                 .n_rows = left < t->config.batch ? left : t->config.batch,
                                 .trust = parts};
            MK_TRY_GOTO(add_trust(t, &judge, all, &targets, err));
        }
    }
    for (size_t j = 0; j < n; j++) {
        cells += all[n * MK_TRUST_STEPS + j];
    }
    const double share = (double)targets / fmax(cells, 1.0);
    for (size_t i = 0; i < n * MK_TRUST_STEPS; i++) {
        sums[i] = share * all[i];
    }
    for (size_t j = 0; j < n; j++) {
        count[j] = share * all[n * MK_TRUST_STEPS + j];
    }
done:
    free(room);
    free(parts);
    free(all);
    return st;
}

MkStatus mk_trainer_trust(MkTrainer *t, const MkDataset *people, const float *r, MkError *err)
{
    const size_t n = t->net->config.n_attributes;
    MkStatus st = MK_OK;
    double *const sums = mk_heap_array(n * MK_TRUST_STEPS, sizeof *sums);
    double *const count = mk_heap_array(n, sizeof *count);
    if (sums == NULL || count == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    MK_TRY_GOTO(mk_trainer_losses(t, people, r, sums, count, err));
    choose_trust(t->net, sums, count);
done:
    free(sums);
    free(count);
    return st;
}

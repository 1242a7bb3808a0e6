#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/chain.h"

#include <math.h>
#include <string.h>

#include "model/kind.h"
#include "model/likelihood/likelihood.h"
#include "model/mae/net.h"
#include "model/mae/net_cache.h"
#include "model/nn/kernels.h"
#include "model/normal.h"
#include "model/rake.h"
#include "src/data/value.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for joint draws");
}

/* ---- persons ---- */

typedef struct Draw {
    const MkChain *drawer;
    size_t n;       /* persons */
    double *values; /* (places, n) */
    float *x;       /* (features, n) */
    float *mu;      /* (n) of a place's score */
    float *hidden;  /* (n, places of a group, d) of the network */
    MkRng *streams;
    const double *given;
    double *log_p, *log_mass;
    MkRakeBlock *rake; /* NULL: nobody looks */
} Draw;

/* Features of a place from its values. */
static void encode(Draw *w, const MkChainPlace *p)
{
    const size_t n = w->n;
    const double *const values = w->values + (size_t)(p - w->drawer->places) * n;
    uint32_t ids[MK_FEATURES_PER_ATTRIBUTE];
    float x[MK_FEATURES_PER_ATTRIBUTE];
    for (size_t b = 0; b < n; b++) {
        const size_t m =
            mk_copula_encode(&w->drawer->model->copula, p->attribute, values[b], ids, x);
        for (size_t f = 0; f < m; f++) {
            w->x[(p->begin + f) * n + b] = x[f];
        }
    }
}

/* mu (n): the score's mean given what a link is made of. */
static void expect(const Draw *w, const MkChainLink *link, float *mu)
{
    memset(mu, 0, w->n * sizeof *mu);
    for (size_t k = 0; k < link->n; k++) {
        mk_axpy(w->n, link->weights[k], w->x + link->features[k] * w->n, mu);
    }
}

/* ---- one value ---- */

/* Part of a cell: an interval of the latent scale; none when low = high. */
typedef struct Part {
    double low, high;
} Part;

static double tau_at(const MkMarginal *marginal, size_t cell, double t)
{
    const double a = mk_normal_cdf(marginal->tau[cell]), b = mk_normal_cdf(marginal->tau[cell + 1]);
    return t <= 0.0   ? marginal->tau[cell]
           : t >= 1.0 ? marginal->tau[cell + 1]
                      : mk_normal_quantile(a + t * (b - a));
}

/* What a limit leaves of a cell. */
static Part part_of(const MkMarginal *marginal, size_t cell, const MkDrawLimit *limit)
{
    const float *const knots = marginal->knots != NULL ? marginal->knots[cell] : NULL;
    const Part whole = {marginal->tau[cell], marginal->tau[cell + 1]}, none = {0.0, 0.0};
    if (!limit->is_limited) {
        return whole;
    }
    if (knots == NULL) {
        return (limit->levels >> marginal->level_of[cell] & 1U) != 0 ? whole : none;
    }
    const double first = (double)knots[0], last = (double)knots[MK_CELL_KNOTS - 1];
    const double slack = 1e-6 * fmax(fabs(first), fabs(last)); /* knots are floats */
    if (last + slack < limit->low || first - slack > limit->high) {
        return none;
    }
    if (first == last) {
        return whole;
    }
    return (Part){
        tau_at(marginal, cell,
               limit->low <= first ? 0.0 : mk_marginal_inside(marginal, cell, limit->low)),
        tau_at(marginal, cell,
               limit->high >= last ? 1.0 : mk_marginal_inside(marginal, cell, limit->high))};
}

/* Position 0 .. 1 inside a cell at the share u of the latent normal's mass in a part of it. */
static double inside_cell(const MkMarginal *marginal, size_t cell, const Part *part, double m,
                          double s, double u)
{
    const double low = mk_normal_cdf(marginal->tau[cell]);
    const double all = mk_normal_cdf(marginal->tau[cell + 1]) - low;
    const double a = mk_normal_cdf((part->low - m) / s), b = mk_normal_cdf((part->high - m) / s);
    double z = 0.0;
    if (b - a > 1e-9) {
        z = m + s * mk_normal_quantile(a + u * (b - a));
    } else { /* far out: near the nearer end */
        const double p = mk_normal_cdf(part->low), q = mk_normal_cdf(part->high);
        const double v = m < part->low ? 0.25 * u : 1.0 - 0.25 * u;
        z = mk_normal_quantile(p + v * (q - p));
    }
    return all > 1e-12 ? fmin(fmax((mk_normal_cdf(z) - low) / all, 0.0), 1.0) : u;
}

/* Log of the latent normal's mass of a recorded value inside its cell. */
static double log_inside(const MkMarginal *marginal, size_t cell, double step, double m, double s,
                         double value)
{
    const float *const knots = marginal->knots != NULL ? marginal->knots[cell] : NULL;
    if (knots == NULL || knots[0] == knots[MK_CELL_KNOTS - 1]) {
        return 0.0;
    }
    const double half = 0.5 * (step > 0.0 ? step : 1e-6 * fmax(1.0, fabs(value)));
    const double low = mk_normal_cdf(marginal->tau[cell]), share = marginal->share[cell];
    const double t0 = mk_marginal_inside(marginal, cell, value - half);
    const double t1 = mk_marginal_inside(marginal, cell, value + half);
    const double z0 = mk_normal_quantile(low + share * t0);
    const double z1 = mk_normal_quantile(low + share * t1);
    const double floor = (double)MK_COPULA_FLOOR;
    const double whole =
        mk_normal_log_mass((marginal->tau[cell] - m) / s, (marginal->tau[cell + 1] - m) / s, floor);
    return fmin(mk_normal_log_mass((z0 - m) / s, (z1 - m) / s, floor) - whole, 0.0);
}

/* An atom is a recorded value itself: at six digits, since knots are floats. */
static double recorded(const MkMarginal *marginal, size_t cell, double step, double x)
{
    const float *const knots = marginal->knots[cell];
    const bool is_atom = knots[0] == knots[MK_CELL_KNOTS - 1];
    return mk_value_recorded(marginal->attribute, is_atom ? 0.0 : step, x);
}

static size_t pick(const double *p, size_t n, double u)
{
    size_t k = 0;
    for (double sum = p[0]; k + 1 < n && u >= sum; sum += p[k]) {
        k++;
    }
    return k;
}

/* Probabilities of a place's cells for person b. `hidden`: NULL without network. */
static void weigh_cells(const Draw *w, const MkChainPlace *p, double m, double s,
                        const float *hidden, double *q)
{
    const MkModel *const model = w->drawer->model;
    const MkMarginal *const marginal = &model->marginals[p->attribute];
    float base[MK_CELLS_MAX], out[MK_CELLS_MAX];
    mk_copula_logits(marginal, m, s, base);
    if (hidden != NULL) {
        const float trust = model->net->trust[p->attribute];
        mk_net_head(model->net, model->net->parameters, p->attribute, hidden, base, out);
        for (size_t k = 0; k < marginal->n_cells; k++) {
            base[k] += trust * (out[k] - base[k]);
        }
    }
    for (size_t k = 0; model->tilts != NULL && k < marginal->n_cells; k++) {
        base[k] += (float)p->pull * model->tilts[p->attribute][k];
    }
    mk_categorical_p(base, marginal->n_cells, q);
}

/* Adds a person's conditional to what the others of the block have, when asked for it. */
static bool note_for_rake(MkRakeBlock *rake, const MkModel *model, const MkChainPlace *p, size_t b,
                          const double *q)
{
    const double *const person = rake->people + b * rake->n_attributes;
    const size_t j = p->attribute;
    if (mk_eligibility_rules_out(rake->eligibility, j, person, rake->asked)) {
        return false;
    }
    double *const sum = rake->sum + (model->tilts[j] - model->tilts[0]);
    for (size_t k = 0; k < model->marginals[j].n_cells; k++) {
        sum[k] += q[k];
    }
    rake->pull[j] += p->pull;
    rake->weight[j] += 1.0;
    return true;
}

/* Takes what the limit does not leave out of q (cells); gives the mass that is left. */
static double cut_cells(const MkMarginal *marginal, const MkDrawLimit *limit, double m, double s,
                        double *q)
{
    const double floor = (double)MK_COPULA_FLOOR;
    double left = 0.0, allowed = 0.0;
    bool open[MK_CELLS_MAX];
    for (size_t k = 0; k < marginal->n_cells; k++) {
        const double low = marginal->tau[k], high = marginal->tau[k + 1];
        const Part part = part_of(marginal, k, limit);
        open[k] = part.high > part.low;
        if (!open[k]) {
            q[k] = 0.0;
        } else if (part.low > low || part.high < high) {
            q[k] *= exp(mk_normal_log_mass((part.low - m) / s, (part.high - m) / s, floor) -
                        mk_normal_log_mass((low - m) / s, (high - m) / s, floor));
        }
        left += q[k];
        allowed += open[k] ? marginal->share[k] : 0.0;
    }
    for (size_t k = 0; k < marginal->n_cells; k++) { /* no mass at all: as in the population */
        q[k] = left > 0.0                 ? q[k] / left
               : open[k] && allowed > 0.0 ? marginal->share[k] / allowed
                                          : 0.0;
    }
    return left;
}

static double draw_value(const MkMarginal *marginal, const MkChainPlace *p, double m, double s,
                         const double *q, MkRng *rng, size_t *cell)
{
    const MkDrawLimit *const limit = &p->limit;
    *cell = pick(q, marginal->n_cells, mk_rng_uniform(rng));
    if (marginal->knots == NULL) {
        return mk_marginal_value(marginal, *cell, 0.5);
    }
    const Part part = part_of(marginal, *cell, limit);
    const double t = inside_cell(marginal, *cell, &part, m, s, mk_rng_uniform(rng));
    const double x = recorded(marginal, *cell, p->step, mk_marginal_value(marginal, *cell, t));
    return limit->is_limited ? fmin(fmax(x, limit->low), limit->high) : x;
}

/* One value of person b, or the density of the one that is given. */
static void settle(Draw *w, const MkChainPlace *p, size_t b, float mu, const float *hidden)
{
    const MkMarginal *const marginal = &w->drawer->model->marginals[p->attribute];
    const size_t place = (size_t)(p - w->drawer->places);
    const double m = (double)(p->link.scale * mu), s = (double)p->link.spread;
    double value = w->given != NULL ? w->given[b * w->drawer->n_targets + p->column] : NAN;
    double q[MK_CELLS_MAX];
    size_t cell = 0;
    weigh_cells(w, p, m, s, hidden, q);
    if (p->limit.is_limited) {
        const double left = cut_cells(marginal, &p->limit, m, s, q);
        if (w->log_mass != NULL) {
            w->log_mass[b] += log(fmax(left, 1e-300));
        }
    }
    if (isnan(value)) {
        value = draw_value(marginal, p, m, s, q, &w->streams[b], &cell);
    } else {
        cell = mk_marginal_cell(marginal, value);
    }
    if (w->log_p != NULL) {
        w->log_p[b] += log(fmax(q[cell], 1e-13)) + log_inside(marginal, cell, p->step, m, s, value);
    }
    w->values[place * w->n + b] = value;
    if (w->rake != NULL && note_for_rake(w->rake, w->drawer->model, p, b, q)) {
        w->rake->people[b * w->rake->n_attributes + p->attribute] = value;
    }
}

/* ---- the network ---- */

/* What the network is given, for n persons at once. */
typedef struct Reading {
    MkNetCache *cache;
    uint32_t *attributes; /* (most tokens of a group, or queries) */
    uint8_t *cells;       /* (n, tokens) */
    float *scores;        /* (n, tokens) */
    float *links;         /* (n, queries, 3) */
} Reading;

static bool open_reading(const MkChain *d, size_t n, MkArena *arena, Reading *r)
{
    size_t tokens = 1, queries = 1;
    for (size_t g = 0; g < d->n_groups; g++) {
        const MkChainGroup *const group = &d->groups[g];
        tokens = group->n_tokens > tokens ? group->n_tokens : tokens;
        queries = group->end - group->first > queries ? group->end - group->first : queries;
    }
    const size_t most = tokens > queries ? tokens : queries;
    r->cache = mk_net_cache_new(d->model->net, n, d->max_tokens, arena);
    r->attributes = mk_arena_array(arena, most, sizeof *r->attributes);
    r->cells = mk_arena_array(arena, n * tokens, 1);
    r->scores = mk_arena_array(arena, n * tokens, sizeof *r->scores);
    r->links = mk_arena_array(arena, n * queries, MK_NET_LINK * sizeof *r->links);
    return r->cache != NULL && r->attributes != NULL && r->cells != NULL && r->scores != NULL &&
           r->links != NULL;
}

static void read_tokens(const Draw *w, const MkChainGroup *group, const Reading *r)
{
    const MkChain *const d = w->drawer;
    const size_t count = group->n_tokens;
    for (size_t i = 0; i < count; i++) {
        const size_t place = group->tokens[i], j = d->places[place].attribute;
        const MkMarginal *const m = &d->model->marginals[j];
        r->attributes[i] = (uint32_t)j;
        for (size_t b = 0; b < w->n; b++) {
            const double value = w->values[place * w->n + b];
            const size_t at = b * count + i;
            mk_net_token(true, m, (uint8_t)mk_marginal_cell(m, value),
                         (float)mk_marginal_normal(m, value), (float)value, &r->cells[at],
                         &r->scores[at]);
        }
    }
    const MkNetTokens tokens = {
        .count = count, .attributes = r->attributes, .cells = r->cells, .scores = r->scores};
    if (group->begins) {
        mk_net_cache_prefix(r->cache, &tokens);
    } else {
        mk_net_cache_append(r->cache, &tokens);
    }
}

/* What the network makes of every attribute of a group: w->hidden. */
static void read_network(Draw *w, const MkChainGroup *group, const Reading *r)
{
    const size_t count = group->end - group->first;
    read_tokens(w, group, r);
    for (size_t i = 0; i < count; i++) {
        const MkChainPlace *const p = &w->drawer->places[group->first + i];
        r->attributes[i] = (uint32_t)p->attribute;
        expect(w, &p->before, w->mu);
        for (size_t b = 0; b < w->n; b++) {
            mk_net_link(p->before.scale * w->mu[b], p->before.spread,
                        r->links + (b * count + i) * MK_NET_LINK);
        }
    }
    mk_net_cache_ask(r->cache, r->attributes, count, r->links, w->hidden);
}

/* ---- a block ---- */

static void draw_group(Draw *w, const MkChainGroup *group, const Reading *reading)
{
    const MkChain *const d = w->drawer;
    const MkNet *const net = d->model->net;
    const size_t queries = group->end - group->first;
    if (net != NULL) {
        read_network(w, group, reading);
    }
    for (size_t i = group->first; i < group->end; i++) {
        const MkChainPlace *const p = &d->places[i];
        expect(w, &p->link, w->mu);
        for (size_t b = 0; b < w->n; b++) {
            const size_t row = b * queries + i - group->first;
            settle(w, p, b, w->mu[b], net != NULL ? w->hidden + row * net->config.dim : NULL);
        }
        encode(w, p);
        if (w->rake != NULL) {
            w->rake->asked[p->attribute] = true;
        }
    }
}

static void take_known(Draw *w, const double *known)
{
    const MkChain *const d = w->drawer;
    for (size_t i = 0; i < d->n_known; i++) {
        const MkChainPlace *const p = &d->places[i];
        for (size_t b = 0; b < w->n; b++) {
            w->values[i * w->n + b] = known[b * d->n_known + p->column];
        }
        encode(w, p);
    }
}

/* Room for n persons. */
static bool open_draw(Draw *w, Reading *reading, MkArena *arena)
{
    const MkChain *const d = w->drawer;
    const size_t n = w->n, dim = d->model->net != NULL ? d->model->net->config.dim : 0;
    size_t widest = 1;
    for (size_t g = 0; g < d->n_groups; g++) {
        const size_t queries = d->groups[g].end - d->groups[g].first;
        widest = queries > widest ? queries : widest;
    }
    w->values = mk_arena_array(arena, d->n * n + 1, sizeof *w->values);
    w->x = mk_arena_array(arena, d->n_features * n + 1, sizeof *w->x);
    w->mu = mk_arena_array(arena, n + 1, sizeof *w->mu);
    w->hidden = mk_arena_array(arena, n * widest * dim + 1, sizeof *w->hidden);
    return w->values != NULL && w->x != NULL && w->mu != NULL && w->hidden != NULL &&
           (d->model->net == NULL || open_reading(d, n, arena, reading));
}

/* Persons to draw together: the keys and values that every value of theirs is held against stay
 * near the processor, and products still have some rows. */
static size_t persons_together(const MkChain *d, size_t n)
{
    const size_t near = (size_t)1 << 21, least = 8;
    const MkNet *const net = d->model->net;
    if (net == NULL || !net->config.has_tails || d->n_groups < 2) {
        return n;
    }
    const MkNetConfig *const c = &net->config;
    const size_t layers = c->encoder_layers + c->decoder_layers;
    const size_t most = near / (layers * (d->max_tokens + 1) * 2 * c->dim * sizeof(float));
    const size_t together = most > least ? most : least;
    return together < n ? together : n;
}

static MkStatus draw_part(Draw *w, const double *known, MkArena *arena, double *out, MkError *err)
{
    const MkChain *const d = w->drawer;
    const MkMark mark = mk_arena_mark(arena);
    Reading reading = {0};
    if (!open_draw(w, &reading, arena)) {
        return no_memory(err);
    }
    take_known(w, known);
    for (size_t g = 0; g < d->n_groups; g++) {
        draw_group(w, &d->groups[g], &reading);
    }
    for (size_t i = d->n_known; i < d->n; i++) {
        for (size_t b = 0; b < w->n; b++) {
            out[b * d->n_targets + d->places[i].column] = w->values[i * w->n + b];
        }
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

MkStatus mk_chain_run(const void *state, const double *known, size_t n, MkRng *streams,
                      const double *given, MkArena *arena, double *out, double *log_p,
                      double *log_mass, MkError *err)
{
    const MkChain *const d = state;
    const size_t together = persons_together(d, n);
    for (size_t first = 0; first < n; first += together) {
        Draw w = {.drawer = d,
                  .n = n - first < together ? n - first : together,
                  .streams = streams + first,
                  .given = given != NULL ? given + first * d->n_targets : NULL,
                  .log_p = log_p != NULL ? log_p + first : NULL,
                  .log_mass = log_mass != NULL ? log_mass + first : NULL};
        MK_TRY(draw_part(&w, d->n_known > 0 ? known + first * d->n_known : NULL, arena,
                         out + first * d->n_targets, err));
    }
    return MK_OK;
}

MkStatus mk_chain_rake(const void *state, size_t n, MkRng *streams, MkRakeBlock *rake,
                       MkArena *arena, double *out, MkError *err)
{
    const MkChain *const d = state;
    const size_t together = persons_together(d, n);
    for (size_t first = 0; first < n; first += together) {
        MkRakeBlock part = *rake;
        part.people += first * rake->n_attributes;
        memset(part.asked, 0, part.n_attributes * sizeof *part.asked);
        Draw w = {.drawer = d,
                  .n = n - first < together ? n - first : together,
                  .streams = streams + first,
                  .rake = &part};
        MK_TRY(draw_part(&w, NULL, arena, out + first * d->n_targets, err));
    }
    return MK_OK;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/gaps.h"

#include <math.h>
#include <string.h>

#include "model/gaps_fit.h"
#include "model/kind.h"

enum { SIZES = 5 }; /* numbers of a source in gaps.sizes */

static const double least = 1e-6; /* no share is taken as impossible */

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for gaps");
}

size_t mk_gap_place(const MkMarginal *marginal, size_t cell)
{
    const size_t n = marginal->n_cells;
    return n <= MK_GAPS_PLACES ? cell : cell * MK_GAPS_PLACES / n;
}

/* ---- tensors ---- */

/* How many of each tensor all sources have together. */
typedef struct Totals {
    size_t attributes, anchors, classes, there, places;
} Totals;

static void add_to(Totals *t, const MkGapSource *s)
{
    t->attributes += s->n;
    t->anchors += s->n_anchors;
    t->classes += s->n_classes;
    t->there += s->n_classes * s->n_blocks;
    t->places += s->n_classes * s->n_anchors * MK_GAPS_PLACES;
}

typedef struct Flat {
    int32_t *sizes, *attributes, *anchors;
    uint16_t *block, *within, *share, *there, *places;
} Flat;

static bool flat_new(const Totals *t, size_t n, MkArena *arena, Flat *f)
{
    f->sizes = mk_arena_array(arena, SIZES * n, sizeof *f->sizes);
    f->attributes = mk_arena_array(arena, t->attributes, sizeof *f->attributes);
    f->anchors = mk_arena_array(arena, t->anchors, sizeof *f->anchors);
    f->block = mk_arena_array(arena, t->attributes, sizeof *f->block);
    f->within = mk_arena_array(arena, 2 * t->attributes, sizeof *f->within);
    f->share = mk_arena_array(arena, t->classes, sizeof *f->share);
    f->there = mk_arena_array(arena, t->there, sizeof *f->there);
    f->places = mk_arena_array(arena, t->places, sizeof *f->places);
    return f->sizes != NULL && f->attributes != NULL && f->anchors != NULL && f->block != NULL &&
           f->within != NULL && f->share != NULL && f->there != NULL && f->places != NULL;
}

static void put_source(const MkGapSource *s, const Totals *at, size_t i, Flat *f)
{
    const size_t sizes[SIZES] = {s->n_people, s->n, s->n_blocks, s->n_anchors, s->n_classes};
    for (size_t k = 0; k < SIZES; k++) {
        f->sizes[SIZES * i + k] = (int32_t)sizes[k];
    }
    memcpy(f->attributes + at->attributes, s->attributes, s->n * sizeof *f->attributes);
    memcpy(f->block + at->attributes, s->block, s->n * sizeof *f->block);
    memcpy(f->within + 2 * at->attributes, s->within, 2 * s->n * sizeof *f->within);
    memcpy(f->share + at->classes, s->share, s->n_classes * sizeof *f->share);
    memcpy(f->there + at->there, s->there, s->n_classes * s->n_blocks * sizeof *f->there);
    memcpy(f->anchors + at->anchors, s->anchors, s->n_anchors * sizeof *f->anchors);
    memcpy(f->places + at->places, s->places,
           s->n_classes * s->n_anchors * MK_GAPS_PLACES * sizeof *f->places);
}

MkStatus mk_gaps_add(const MkGaps *gaps, MkArena *arena, MkWeightsOut *out, MkError *err)
{
    Totals all = {0}, at = {0};
    Flat f = {0};
    size_t bytes = 0;
    for (size_t i = 0; i < gaps->n; i++) {
        add_to(&all, &gaps->sources[i]);
        bytes += strlen(gaps->sources[i].name) + 1;
    }
    char *const names = mk_arena_array(arena, bytes, 1);
    if (names == NULL || !flat_new(&all, gaps->n, arena, &f)) {
        return out_of_memory(err);
    }
    for (size_t i = 0, end = 0; i < gaps->n; i++) {
        const size_t len = strlen(gaps->sources[i].name) + 1;
        memcpy(names + end, gaps->sources[i].name, len);
        end += len;
        put_source(&gaps->sources[i], &at, i, &f);
        add_to(&at, &gaps->sources[i]);
    }
    mk_weights_out_tensor(out, "gaps.names", MK_U8, 1, &bytes, names);
    mk_weights_out_tensor(out, "gaps.sizes", MK_I32, 2, (const size_t[]){gaps->n, SIZES}, f.sizes);
    mk_weights_out_tensor(out, "gaps.attributes", MK_I32, 1, &all.attributes, f.attributes);
    mk_weights_out_tensor(out, "gaps.block", MK_U16, 1, &all.attributes, f.block);
    mk_weights_out_tensor(out, "gaps.within", MK_U16, 2, (const size_t[]){all.attributes, 2},
                          f.within);
    mk_weights_out_tensor(out, "gaps.share", MK_U16, 1, &all.classes, f.share);
    mk_weights_out_tensor(out, "gaps.there", MK_U16, 1, &all.there, f.there);
    mk_weights_out_tensor(out, "gaps.anchors", MK_I32, 1, &all.anchors, f.anchors);
    mk_weights_out_tensor(out, "gaps.places", MK_U16, 1, &all.places, f.places);
    return MK_OK;
}

/* ---- opening ---- */

static MkStatus bad(const MkModel *m, size_t i, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: gaps of source %zu: %s", mk_weights_path(m->weights), i,
                   what);
}

static MkStatus check_ids(const MkModel *m, size_t i, const int32_t *ids, size_t n, MkError *err)
{
    for (size_t k = 0; k < n; k++) {
        if (ids[k] < 0 || (size_t)ids[k] >= m->schema->n) {
            return bad(m, i, "an attribute that is none", err);
        }
    }
    return MK_OK;
}

static MkStatus check_source(const MkModel *m, size_t i, const MkGapSource *s, MkError *err)
{
    size_t total = 0;
    MK_TRY(check_ids(m, i, s->attributes, s->n, err));
    MK_TRY(check_ids(m, i, s->anchors, s->n_anchors, err));
    for (size_t c = 0; c < s->n; c++) {
        if (s->block[c] >= s->n_blocks) {
            return bad(m, i, "a block that is none", err);
        }
    }
    for (size_t k = 0; k < s->n_classes; k++) {
        total += s->share[k];
    }
    return total > 0 ? MK_OK : bad(m, i, "classes without people", err);
}

/* Sizes of every source, so that what the tensors must have is known. */
static MkStatus open_sizes(MkModel *m, MkGaps *gaps, Totals *all, MkError *err)
{
    const MkTensor *t = mk_weights_find(m->weights, "gaps.sizes");
    const size_t n = t != NULL && t->rank == 2 ? t->shape[0] : 0;
    MK_TRY(
        mk_weights_need(m->weights, "gaps.sizes", MK_I32, 2, (const size_t[]){n, SIZES}, &t, err));
    const int32_t *const sizes = t->data;
    gaps->n = n;
    gaps->sources = mk_arena_zeros(m->arena, n, sizeof *gaps->sources);
    if (gaps->sources == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        const int32_t *const z = sizes + SIZES * i;
        const size_t attributes = m->schema->n;
        const bool good = z[0] >= 0 && z[1] >= 0 && (size_t)z[1] <= attributes && z[2] >= 1 &&
                          (size_t)z[2] <= attributes + 1 && z[3] >= 0 && z[3] <= MK_GAPS_ANCHORS &&
                          z[4] >= 1 && z[4] <= MK_GAPS_CLASSES;
        if (!good) {
            return bad(m, i, "impossible sizes", err);
        }
        gaps->sources[i] = (MkGapSource){.n_people = (size_t)z[0],
                                         .n = (size_t)z[1],
                                         .n_blocks = (size_t)z[2],
                                         .n_anchors = (size_t)z[3],
                                         .n_classes = (size_t)z[4]};
        add_to(all, &gaps->sources[i]);
    }
    return MK_OK;
}

static MkStatus open_names(const MkModel *m, MkGaps *gaps, MkError *err)
{
    const MkTensor *t = mk_weights_find(m->weights, "gaps.names");
    const size_t bytes = t != NULL && t->rank == 1 ? t->shape[0] : 0;
    MK_TRY(mk_weights_need(m->weights, "gaps.names", MK_U8, 1, &bytes, &t, err));
    const char *at = t->data;
    const char *const end = at + bytes;
    for (size_t i = 0; i < gaps->n; i++) {
        const char *const stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
        if (stop == NULL || stop == at) {
            return bad(m, i, "it has no name", err);
        }
        gaps->sources[i].name = at;
        at = stop + 1;
    }
    return MK_OK;
}

typedef struct Tensors {
    const int32_t *attributes, *anchors;
    const uint16_t *block, *within, *share, *there, *places;
} Tensors;

static MkStatus need(const MkModel *m, const char *name, MkDtype dtype, size_t n, const void **out,
                     MkError *err)
{
    const MkTensor *t = NULL;
    MK_TRY(mk_weights_need(m->weights, name, dtype, 1, &n, &t, err));
    *out = t->data;
    return MK_OK;
}

static MkStatus open_tensors(const MkModel *m, const Totals *all, Tensors *out, MkError *err)
{
    const MkTensor *t = NULL;
    const void *p = NULL;
    MK_TRY(need(m, "gaps.attributes", MK_I32, all->attributes, &p, err));
    out->attributes = p;
    MK_TRY(need(m, "gaps.block", MK_U16, all->attributes, &p, err));
    out->block = p;
    MK_TRY(mk_weights_need(m->weights, "gaps.within", MK_U16, 2,
                           (const size_t[]){all->attributes, 2}, &t, err));
    out->within = t->data;
    MK_TRY(need(m, "gaps.share", MK_U16, all->classes, &p, err));
    out->share = p;
    MK_TRY(need(m, "gaps.there", MK_U16, all->there, &p, err));
    out->there = p;
    MK_TRY(need(m, "gaps.anchors", MK_I32, all->anchors, &p, err));
    out->anchors = p;
    MK_TRY(need(m, "gaps.places", MK_U16, all->places, &p, err));
    out->places = p;
    return MK_OK;
}

MkStatus mk_gaps_open(MkModel *m, MkError *err)
{
    Totals all = {0}, at = {0};
    Tensors t = {0};
    if (mk_weights_find(m->weights, "gaps.sizes") == NULL) {
        return MK_OK;
    }
    MkGaps *const gaps = mk_arena_zeros(m->arena, 1, sizeof *gaps);
    if (gaps == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(open_sizes(m, gaps, &all, err));
    MK_TRY(open_names(m, gaps, err));
    MK_TRY(open_tensors(m, &all, &t, err));
    for (size_t i = 0; i < gaps->n; i++) {
        MkGapSource *const s = &gaps->sources[i];
        s->attributes = t.attributes + at.attributes;
        s->block = t.block + at.attributes;
        s->within = t.within + 2 * at.attributes;
        s->share = t.share + at.classes;
        s->there = t.there + at.there;
        s->anchors = t.anchors + at.anchors;
        s->places = t.places + at.places;
        MK_TRY(check_source(m, i, s, err));
        add_to(&at, s);
    }
    m->gaps = gaps;
    return MK_OK;
}

/* ---- asking ---- */

size_t mk_model_gaps_count(const MkModel *m)
{
    return m->gaps != NULL ? m->gaps->n : 0;
}

const char *mk_model_gaps_name(const MkModel *m, size_t source)
{
    return m->gaps->sources[source].name;
}

bool mk_model_gaps_find(const MkModel *m, const char *name, size_t *source)
{
    for (size_t i = 0; i < mk_model_gaps_count(m); i++) {
        if (strcmp(m->gaps->sources[i].name, name) == 0) {
            *source = i;
            return true;
        }
    }
    return false;
}

void mk_model_gaps_asked(const MkModel *m, size_t source, bool *asked)
{
    const MkGapSource *const s = &m->gaps->sources[source];
    memset(asked, 0, m->schema->n * sizeof *asked);
    for (size_t c = 0; c < s->n; c++) {
        asked[s->attributes[c]] = true;
    }
}

void mk_model_gaps_anchors(const MkModel *m, size_t source, bool *member)
{
    const MkGapSource *const s = &m->gaps->sources[source];
    for (size_t a = 0; a < s->n_anchors; a++) {
        member[s->anchors[a]] = true;
    }
}

/* ---- drawing ---- */

static double share_of(uint16_t code)
{
    return (double)code / MK_GAPS_WHOLE;
}

/* Of one class: what the kept attributes say of its blocks, and of itself. */
static double weigh_class(const MkGapSource *s, size_t k, const bool *kept, double *with,
                          double *without, double *there)
{
    double sum = log(fmax(share_of(s->share[k]), least));
    for (size_t b = 0; b < s->n_blocks; b++) {
        with[b] = without[b] = 1.0;
    }
    for (size_t c = 0; c < s->n; c++) {
        if (kept[s->attributes[c]]) {
            without[s->block[c]] *= fmax(share_of(s->within[2 * c]), least);
            with[s->block[c]] *= fmax(share_of(s->within[2 * c + 1]), least);
        }
    }
    for (size_t b = 0; b < s->n_blocks; b++) {
        const double p = share_of(s->there[k * s->n_blocks + b]);
        const double both = p * with[b] + (1.0 - p) * without[b];
        there[b] = both > 0.0 ? p * with[b] / both : p;
        sum += both < 1.0 ? log(fmax(both, least)) : 0.0;
    }
    return sum;
}

MkStatus mk_gap_draw_new(const MkModel *m, size_t source, const bool *kept, MkArena *arena,
                         MkGapDraw *out, MkError *err)
{
    const MkGapSource *const s = &m->gaps->sources[source];
    double *const log_class = mk_arena_array(arena, s->n_classes, sizeof *log_class);
    double *const there = mk_arena_array(arena, s->n_classes * s->n_blocks, sizeof *there);
    double *const work = mk_arena_array(arena, 2 * s->n_blocks, sizeof *work);
    if (log_class == NULL || there == NULL || work == NULL) {
        return out_of_memory(err);
    }
    for (size_t k = 0; k < s->n_classes; k++) {
        log_class[k] = weigh_class(s, k, kept, work, work + s->n_blocks, there + k * s->n_blocks);
    }
    *out =
        (MkGapDraw){.model = m, .source = s, .kept = kept, .log_class = log_class, .there = there};
    return MK_OK;
}

static size_t draw_class(const MkGapDraw *draw, const double *values, MkRng *rng)
{
    const MkGapSource *const s = draw->source;
    double weight[MK_GAPS_CLASSES], most = -INFINITY, sum = 0.0;
    for (size_t k = 0; k < s->n_classes; k++) {
        weight[k] = draw->log_class[k];
        for (size_t a = 0; a < s->n_anchors; a++) {
            const size_t j = (size_t)s->anchors[a];
            if (!isnan(values[j])) {
                const MkMarginal *const m = &draw->model->marginals[j];
                const size_t place = mk_gap_place(m, mk_marginal_cell(m, values[j]));
                const uint16_t code = s->places[(k * s->n_anchors + a) * MK_GAPS_PLACES + place];
                weight[k] += log(fmax(share_of(code), least));
            }
        }
        most = fmax(most, weight[k]);
    }
    for (size_t k = 0; k < s->n_classes; k++) {
        weight[k] = exp(weight[k] - most);
        sum += weight[k];
    }
    double left = mk_rng_uniform(rng) * sum;
    for (size_t k = 0; k + 1 < s->n_classes; k++) {
        left -= weight[k];
        if (left < 0.0) {
            return k;
        }
    }
    return s->n_classes - 1;
}

void mk_gap_draw_run(const MkGapDraw *draw, const double *values, MkRng *rng, bool *is_there)
{
    const MkGapSource *const s = draw->source;
    const size_t n = draw->model->schema->n;
    const size_t k = draw_class(draw, values, rng);
    const uint64_t high = mk_rng_u32(rng), seed = high << 32 | mk_rng_u32(rng);
    memcpy(is_there, draw->kept, n * sizeof *is_there);
    for (size_t c = 0; c < s->n; c++) {
        const size_t j = (size_t)s->attributes[c], b = s->block[c];
        MkRng of_block = mk_rng(seed, MK_RNG_GAPS, b);
        const bool has_block = mk_rng_uniform(&of_block) < draw->there[k * s->n_blocks + b];
        const uint16_t code = s->within[2 * c + (has_block ? 1 : 0)];
        const double u = mk_rng_uniform(rng);
        is_there[j] = is_there[j] || u < share_of(code);
    }
}

/* persons.c - persons from the joint distribution (persons.h).
 *
 * Person i depends on the seed and on i alone. The order in which attributes are drawn changes
 * every ORDER persons, so that none of it is left in a cohort. Ranges and sets come first: persons
 * are drawn inside them one range after the other; with several ranges CANDIDATES times as many, of
 * whom some are kept by what the ranges left of each conditional (sampling importance resampling,
 * Rubin 1987). Gaps of a source come last: they take nothing away that is known of all. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/persons.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/draw.h"
#include "model/gaps.h"
#include "src/data/eligible.h"

enum { ORDER = MK_PERSONS_ORDER, BLOCK = MK_DRAW_PERSONS, CANDIDATES = 8 };

/* What people of a source lack. */
typedef struct Gaps {
    bool is_wanted;
    size_t source;
    bool *asked; /* (schema->n) */
    bool *known; /* (schema->n) of every person */
    MkGapDraw draw;
} Gaps;

struct MkPersons {
    MkPersonsJob job;
    MkArena *arena;
    const MkSchema *schema;
    MkEligibility *eligibility;
    size_t n_points, n_limited, n_free;
    size_t *points;      /* (n_points), then the limited ones: what stage two knows */
    double *values;      /* (n_points) */
    MkDrawLimit *limits; /* (n_limited) */
    size_t *free_ones;   /* (n_free) */
    MkDrawer *first;     /* of the limited ones; NULL: none */
    MkDrawer *second;    /* of the rest, of the order under way */
    size_t begin, n;     /* persons of the order under way */
    double *persons;     /* (ORDER, schema->n) NaN: not there */
    Gaps gaps;
    MkError *errors; /* (ORDER / BLOCK) */
    MkStatus *statuses;
};

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for persons");
}

/* ---- what is known ---- */

static MkDrawLimit limit_of(const MkAttribute *attribute, const MkValue *value)
{
    MkDrawLimit limit = {
        .is_limited = true, .low = value->low, .high = value->high, .levels = value->levels};
    if (value->kind == MK_VALUE_RANGE && attribute->n_levels > 0) {
        limit.levels = 0;
        for (size_t k = 0; k < attribute->n_levels; k++) {
            const bool is_in = (double)k >= value->low && (double)k <= value->high;
            limit.levels |= is_in ? UINT64_C(1) << k : 0;
        }
    }
    return limit;
}

static MkStatus sort_attributes(MkPersons *s, MkError *err)
{
    const size_t n = s->schema->n;
    MkEvidence evidence;
    MK_TRY(
        mk_eligibility_imply(s->eligibility, s->schema, s->job.evidence, s->arena, &evidence, err));
    bool *const member = mk_arena_zeros(s->arena, n + 1, sizeof *member);
    s->points = mk_arena_array(s->arena, n + 1, sizeof *s->points);
    s->values = mk_arena_array(s->arena, n + 1, sizeof *s->values);
    s->limits = mk_arena_zeros(s->arena, evidence.n + 1, sizeof *s->limits);
    s->free_ones = mk_arena_array(s->arena, n + 1, sizeof *s->free_ones);
    if (member == NULL || s->points == NULL || s->values == NULL || s->limits == NULL ||
        s->free_ones == NULL) {
        return no_memory(err);
    }
    for (size_t c = 0; c < s->job.n_columns; c++) {
        member[s->job.columns[c]] = true;
    }
    mk_eligibility_close(s->eligibility, member);
    if (s->gaps.is_wanted) {
        mk_model_gaps_anchors(s->job.model, s->gaps.source, member);
    }
    for (size_t i = 0; i < evidence.n; i++) {
        const MkKnown *const known = &evidence.known[i];
        member[known->attribute] = false;
        if (known->value.kind == MK_VALUE_POINT) {
            s->points[s->n_points] = known->attribute;
            s->values[s->n_points++] = known->value.point;
        }
    }
    for (size_t i = 0; i < evidence.n; i++) {
        const MkKnown *const known = &evidence.known[i];
        if (known->value.kind != MK_VALUE_POINT) {
            s->points[s->n_points + s->n_limited] = known->attribute;
            s->limits[s->n_limited++] =
                limit_of(&s->schema->attributes[known->attribute], &known->value);
        }
    }
    for (size_t j = 0; j < n; j++) {
        if (member[j]) {
            s->free_ones[s->n_free++] = j;
        }
    }
    return MK_OK;
}

/* ---- a block of persons ---- */

static void streams_of(const MkPersons *s, size_t begin, size_t n, uint64_t salt, MkRng *out)
{
    for (size_t b = 0; b < n; b++) {
        out[b] = mk_rng(s->job.seed ^ salt, MK_RNG_SAMPLE, begin + b);
    }
}

/* known (n, n_points + n_limited): points, then values inside the ranges. */
static MkStatus draw_limited(const MkPersons *s, size_t begin, size_t n, MkArena *arena,
                             double *known, MkError *err)
{
    const size_t k = s->n_limited, p = s->n_points, wide = p + k;
    const size_t rounds = k > 1 ? CANDIDATES : 1, all = rounds * n;
    double *const points = mk_arena_array(arena, n * p + 1, sizeof *points);
    double *const drawn = mk_arena_array(arena, all * k + 1, sizeof *drawn);
    double *const mass = mk_arena_array(arena, all + 1, sizeof *mass);
    if (points == NULL || drawn == NULL || mass == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n * p; i++) {
        points[i] = s->values[i % p];
    }
    for (size_t r = 0; r < rounds; r++) {
        MkRng streams[BLOCK];
        streams_of(s, begin, n, 0x51A + r, streams);
        MK_TRY(mk_drawer_run(s->first, points, n, streams, NULL, arena, drawn + r * n * k, NULL,
                             mass + r * n, err));
    }
    double most = -INFINITY, sum = 0.0, at = 0.0;
    for (size_t i = 0; i < all; i++) {
        most = fmax(most, mass[i]);
    }
    for (size_t i = 0; i < all; i++) {
        mass[i] = exp(mass[i] - most);
        sum += mass[i];
    }
    MkRng rng = mk_rng(s->job.seed ^ 0xCA7, MK_RNG_SAMPLE, begin);
    const double offset = mk_rng_uniform(&rng);
    for (size_t b = 0, i = 0; b < n; b++) { /* systematic resampling; one range: each its own */
        const double want = ((double)b + offset) * sum / (double)n;
        while (k > 1 && i + 1 < all && at + mass[i] <= want) {
            at += mass[i++];
        }
        memcpy(known + b * wide, points + b * p, p * sizeof *known);
        memcpy(known + b * wide + p, drawn + (k > 1 ? i : b) * k, k * sizeof *known);
    }
    return MK_OK;
}

/* Empties what people of the source lack, and what hangs on it. */
static void leave_gaps(const MkPersons *s, size_t index, bool *is_there, double *person)
{
    const size_t n = s->schema->n;
    MkRng rng = mk_rng(s->job.seed, MK_RNG_GAPS, index);
    mk_gap_draw_run(&s->gaps.draw, person, &rng, is_there);
    for (size_t j = 0; j < n; j++) {
        person[j] = is_there[j] ? person[j] : NAN;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t j = 0; j < n; j++) {
            if (!isnan(person[j]) && !s->gaps.known[j] &&
                mk_eligibility_rules_out(s->eligibility, j, person, s->gaps.asked)) {
                person[j] = NAN;
                more = true;
            }
        }
    }
}

/* Always a whole one: what is added up does not depend on how many are wanted. */
static MkStatus draw_block(const MkPersons *s, size_t first, MkArena *arena, MkError *err)
{
    const size_t n = BLOCK;
    const size_t wide = s->n_points + s->n_limited, begin = s->begin + first;
    double *const known = mk_arena_array(arena, n * wide + 1, sizeof *known);
    double *const drawn = mk_arena_array(arena, n * s->n_free + 1, sizeof *drawn);
    bool *const is_there = mk_arena_array(arena, s->schema->n, sizeof *is_there);
    MkRng streams[BLOCK];
    if (known == NULL || drawn == NULL || is_there == NULL) {
        return no_memory(err);
    }
    if (s->n_limited > 0) {
        MK_TRY(draw_limited(s, begin, n, arena, known, err));
    }
    for (size_t i = 0; s->n_limited == 0 && i < n * wide; i++) {
        known[i] = s->values[i % wide];
    }
    streams_of(s, begin, n, 0, streams);
    MK_TRY(mk_drawer_run(s->second, known, n, streams, NULL, arena, drawn, NULL, NULL, err));
    for (size_t b = 0; b < n; b++) {
        double *const person = s->persons + (first + b) * s->schema->n;
        for (size_t j = 0; j < s->schema->n; j++) {
            person[j] = NAN;
        }
        for (size_t i = 0; i < wide; i++) {
            person[s->points[i]] = known[b * wide + i];
        }
        for (size_t i = 0; i < s->n_free; i++) {
            person[s->free_ones[i]] = drawn[b * s->n_free + i];
        }
        (void)mk_eligibility_apply(s->eligibility, person);
        for (size_t i = 0; i < wide; i++) { /* what is given is met, even where it contradicts */
            person[s->points[i]] = known[b * wide + i];
        }
        if (s->gaps.is_wanted) {
            leave_gaps(s, begin + b, is_there, person);
        }
    }
    return MK_OK;
}

static void block_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const MkPersons *const s = ctx;
    MkError *const err = &s->errors[index];
    MkArena *const arena = mk_arena_new(0);
    MkStatus st = arena != NULL ? MK_OK : no_memory(err);
    if (st == MK_OK && mk_cancelled(s->job.cancel)) {
        st = mk_fail(err, MK_ECANCEL, "interrupted");
    }
    s->statuses[index] = st == MK_OK ? draw_block(s, index * BLOCK, arena, err) : st;
    mk_arena_free(arena);
}

/* ---- all of them ---- */

static MkStatus draw_order(MkPersons *s, MkError *err)
{
    const MkDrawOrder order = {.known = s->points,
                               .n_known = s->n_points + s->n_limited,
                               .targets = s->free_ones,
                               .n_targets = s->n_free,
                               .n_groups = s->job.n_groups,
                               .seed = s->job.seed + s->begin / ORDER};
    MK_TRY(mk_drawer_new(s->job.model, &order, &s->second, err));
    const size_t blocks = (s->n + BLOCK - 1) / BLOCK;
    mk_pool_run(s->job.pool, blocks, block_task, s);
    mk_drawer_free(s->second);
    s->second = NULL;
    for (size_t k = 0; k < blocks; k++) {
        if (s->statuses[k] != MK_OK) {
            *err = s->errors[k];
            return s->statuses[k];
        }
    }
    return MK_OK;
}

static MkStatus open_gaps(MkPersons *s, MkError *err)
{
    const MkEvidence evidence = s->job.evidence;
    s->gaps.asked = mk_arena_zeros(s->arena, s->schema->n, sizeof *s->gaps.asked);
    s->gaps.known = mk_arena_zeros(s->arena, s->schema->n, sizeof *s->gaps.known);
    if (s->gaps.asked == NULL || s->gaps.known == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < evidence.n; i++) {
        s->gaps.known[evidence.known[i].attribute] = true;
    }
    if (!s->gaps.is_wanted) {
        return MK_OK;
    }
    mk_model_gaps_asked(s->job.model, s->gaps.source, s->gaps.asked);
    return mk_gap_draw_new(s->job.model, s->gaps.source, s->gaps.known, s->arena, &s->gaps.draw,
                           err);
}

static MkStatus open_persons(MkPersons *s, MkError *err)
{
    s->schema = mk_model_schema(s->job.model);
    MK_TRY(mk_eligibility_new(s->schema, s->arena, &s->eligibility, err));
    MK_TRY(open_gaps(s, err));
    MK_TRY(sort_attributes(s, err));
    s->persons = mk_arena_array(s->arena, ORDER * s->schema->n, sizeof *s->persons);
    s->errors = mk_arena_zeros(s->arena, ORDER / BLOCK, sizeof *s->errors);
    s->statuses = mk_arena_zeros(s->arena, ORDER / BLOCK, sizeof *s->statuses);
    if (s->persons == NULL || s->errors == NULL || s->statuses == NULL) {
        return no_memory(err);
    }
    if (s->n_limited == 0) {
        return MK_OK;
    }
    const MkDrawOrder order = {.known = s->points,
                               .n_known = s->n_points,
                               .targets = s->points + s->n_points,
                               .n_targets = s->n_limited,
                               .n_groups = s->n_limited,
                               .seed = s->job.seed,
                               .limits = s->limits};
    return mk_drawer_new(s->job.model, &order, &s->first, err);
}

/* ---- from outside ---- */

MkStatus mk_persons_new(const MkPersonsJob *job, MkPersons **out, MkError *err)
{
    MkPersons *const s = calloc(1, sizeof *s);
    if (s == NULL) {
        return no_memory(err);
    }
    s->job = *job;
    s->gaps.is_wanted = job->source != MK_PERSONS_COMPLETE;
    s->gaps.source = job->source;
    s->arena = mk_arena_new(0);
    const MkStatus st = s->arena != NULL ? open_persons(s, err) : no_memory(err);
    if (st != MK_OK) {
        mk_persons_free(s);
        return st;
    }
    *out = s;
    return MK_OK;
}

void mk_persons_free(MkPersons *persons)
{
    if (persons != NULL) {
        mk_drawer_free(persons->first);
        mk_arena_free(persons->arena);
        free(persons);
    }
}

MkStatus mk_persons_next(MkPersons *persons, size_t n, const double **rows, MkError *err)
{
    persons->n = n < ORDER ? n : ORDER;
    MK_TRY(draw_order(persons, err));
    persons->begin += persons->n;
    *rows = persons->persons;
    return MK_OK;
}

size_t mk_persons_never(const MkPersons *persons)
{
    size_t never = 0;
    for (size_t c = 0; c < persons->job.n_columns; c++) {
        const size_t j = persons->job.columns[c];
        never += persons->gaps.asked[j] || persons->gaps.known[j] ? 0 : 1;
    }
    return never;
}

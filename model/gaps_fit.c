/* gaps_fit.c - blocks, anchors and classes of a source's people, as codes of shares. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/gaps_fit.h"

#include <math.h>
#include <string.h>

#include "model/gaps_classes.h"
#include "src/data/eligible.h"

enum {
    PEOPLE = 6000,       /* of a source are looked at, at most */
    ANCHOR_PEOPLE = 2000 /* of them for the choice of anchors */
};

static const double together = 0.05;   /* of a block: deviations, of the rarer of had and missing */
static const double has_anchor = 0.98; /* of the people */
static const double gain_least = 0.005; /* nats a person that an anchor tells, at least */

/* The people of one source that are looked at. */
typedef struct Look {
    const MkGapFit *fit;
    const MkGroup *group;
    MkArena *arena; /* scratch */
    size_t n_rows, words;
    size_t *rows;         /* (n_rows) in the group */
    double *weight;       /* (n_rows) mean 1 */
    uint8_t *state;       /* (n_rows, group->n) MK_BLOCK_*: missing, has it, not asked */
    uint64_t *on, *known; /* (group->n, words) bit a person; of the state */
    size_t n;             /* asked columns */
    size_t *columns;      /* (n) of the group */
    uint16_t *block;      /* (n) */
    size_t n_blocks;      /* block 0: who is asked has it */
    uint8_t *blocks;      /* (n_rows, n_blocks) MK_BLOCK_*; of block 0 open */
} Look;

static MkStatus out_of_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for gaps");
}

static uint16_t code_of(double share)
{
    return (uint16_t)lround(fmin(fmax(share, 0.0), 1.0) * MK_GAPS_WHOLE);
}

/* Share of those with it; where fewer than `least` people are on a side it counts as empty. */
static uint16_t code_told(double with, double without, double people_with, double people_without,
                          double least)
{
    if (people_without < least) {
        return people_with > 0.0 ? MK_GAPS_WHOLE : 0;
    }
    return people_with < least ? 0 : code_of(with / (with + without));
}

/* ---- who has what ---- */

static MkStatus choose_people(Look *s, MkError *err)
{
    const MkGroup *const g = s->group;
    const double *const weights = s->fit->people->weights + g->first;
    const size_t stride = (g->n_rows + PEOPLE - 1) / PEOPLE;
    double sum = 0.0;
    s->rows = mk_arena_array(s->arena, g->n_rows + 1, sizeof *s->rows);
    s->weight = mk_arena_array(s->arena, g->n_rows + 1, sizeof *s->weight);
    if (s->rows == NULL || s->weight == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < g->n_rows; i += stride) {
        if (weights[i] > 0.0) {
            s->weight[s->n_rows] = weights[i];
            s->rows[s->n_rows++] = i;
            sum += weights[i];
        }
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        s->weight[i] *= (double)s->n_rows / sum;
    }
    return MK_OK;
}

static void look_at_person(Look *s, const MkEligibility *eligibility, size_t i, double *values,
                           const bool *asked)
{
    const MkGroup *const g = s->group;
    const float *const own = g->values + s->rows[i] * g->n;
    for (size_t c = 0; c < g->n; c++) {
        values[g->attributes[c]] = (double)own[c];
    }
    for (size_t c = 0; c < g->n; c++) {
        uint8_t state = MK_BLOCK_ON;
        if (isnan(own[c])) {
            const bool is_out =
                mk_eligibility_rules_out(eligibility, g->attributes[c], values, asked);
            state = is_out ? MK_BLOCK_OPEN : MK_BLOCK_OFF;
        }
        const uint64_t bit = UINT64_C(1) << i % 64;
        s->state[i * g->n + c] = state;
        s->on[c * s->words + i / 64] |= state == MK_BLOCK_ON ? bit : 0;
        s->known[c * s->words + i / 64] |= state != MK_BLOCK_OPEN ? bit : 0;
    }
}

static MkStatus look(Look *s, MkError *err)
{
    const MkGroup *const g = s->group;
    const MkSchema *const schema = s->fit->schema;
    MkEligibility *eligibility = NULL;
    s->words = (s->n_rows + 63) / 64;
    s->state = mk_arena_array(s->arena, s->n_rows * g->n, 1);
    s->on = mk_arena_zeros(s->arena, g->n * s->words, sizeof *s->on);
    s->known = mk_arena_zeros(s->arena, g->n * s->words, sizeof *s->known);
    double *const values = mk_arena_array(s->arena, schema->n, sizeof *values);
    bool *const asked = mk_arena_zeros(s->arena, schema->n, sizeof *asked);
    if (s->state == NULL || s->on == NULL || s->known == NULL || values == NULL || asked == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(mk_eligibility_new(schema, s->arena, &eligibility, err));
    for (size_t j = 0; j < schema->n; j++) {
        values[j] = NAN;
    }
    for (size_t c = 0; c < g->n; c++) {
        asked[g->attributes[c]] = true;
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        look_at_person(s, eligibility, i, values, asked);
    }
    return MK_OK;
}

/* ---- blocks ---- */

static size_t bits(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (size_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Of the people who are asked for both columns. */
typedef struct Match {
    size_t known, on, differ; /* on: in the first */
} Match;

static Match match(const Look *s, size_t a, size_t b)
{
    const uint64_t *const x = s->on + a * s->words, *const y = s->on + b * s->words;
    const uint64_t *const in_x = s->known + a * s->words, *const in_y = s->known + b * s->words;
    Match m = {0, 0, 0};
    for (size_t w = 0; w < s->words; w++) {
        const uint64_t both = in_x[w] & in_y[w];
        m.known += bits(both);
        m.on += bits(x[w] & both);
        m.differ += bits((x[w] ^ y[w]) & both);
    }
    return m;
}

/* Columns join the first of a block that they hardly differ from. */
static MkStatus find_blocks(Look *s, MkError *err)
{
    const MkGroup *const g = s->group;
    const size_t least = s->fit->least;
    size_t *const firsts = mk_arena_array(s->arena, g->n + 1, sizeof *firsts);
    s->columns = mk_arena_array(s->arena, g->n + 1, sizeof *s->columns);
    s->block = mk_arena_array(s->arena, g->n + 1, sizeof *s->block);
    s->n_blocks = 1;
    if (firsts == NULL || s->columns == NULL || s->block == NULL) {
        return out_of_memory(err);
    }
    for (size_t c = 0; c < g->n; c++) {
        const Match own = match(s, c, c);
        if (own.on < least) {
            continue;
        }
        double nearest = together;
        size_t block = own.known - own.on < least ? 0 : s->n_blocks;
        for (size_t b = 1; block > 0 && b < s->n_blocks; b++) {
            const Match m = match(s, firsts[b], c);
            const size_t off = m.known - m.on, rarer = off < m.on ? off : m.on;
            const double differ = (double)m.differ / (double)(rarer > 0 ? rarer : 1);
            if (rarer >= least && differ <= nearest) {
                nearest = differ;
                block = b;
            }
        }
        if (block == s->n_blocks) {
            firsts[s->n_blocks++] = c;
        }
        s->block[s->n] = (uint16_t)block;
        s->columns[s->n++] = c;
    }
    return MK_OK;
}

/* A person has a block when most of the attributes are there that were asked. */
static MkStatus place_people(Look *s, MkError *err)
{
    int *const votes = mk_arena_array(s->arena, s->n_blocks, sizeof *votes);
    bool *const is_asked = mk_arena_array(s->arena, s->n_blocks, sizeof *is_asked);
    s->blocks = mk_arena_array(s->arena, s->n_rows * s->n_blocks, 1);
    if (votes == NULL || is_asked == NULL || s->blocks == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        memset(votes, 0, s->n_blocks * sizeof *votes);
        memset(is_asked, 0, s->n_blocks * sizeof *is_asked);
        for (size_t c = 0; c < s->n; c++) {
            const uint8_t state = s->state[i * s->group->n + s->columns[c]];
            if (state != MK_BLOCK_OPEN && s->block[c] > 0) {
                votes[s->block[c]] += state == MK_BLOCK_ON ? 1 : -1;
                is_asked[s->block[c]] = true;
            }
        }
        for (size_t b = 0; b < s->n_blocks; b++) {
            const uint8_t state = votes[b] > 0 ? MK_BLOCK_ON : MK_BLOCK_OFF;
            s->blocks[i * s->n_blocks + b] = is_asked[b] ? state : MK_BLOCK_OPEN;
        }
    }
    return MK_OK;
}

/* Who has an attribute, of people without and with its block. */
static void tell_within(const Look *s, size_t c, uint16_t *out)
{
    double weight[2][2] = {{0}}, people[2][2] = {{0}};
    if (s->block[c] == 0) {
        out[0] = out[1] = MK_GAPS_WHOLE;
        return;
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        const uint8_t own = s->state[i * s->group->n + s->columns[c]];
        const uint8_t block = s->blocks[i * s->n_blocks + s->block[c]];
        if (own != MK_BLOCK_OPEN && block != MK_BLOCK_OPEN) {
            weight[block][own] += s->weight[i];
            people[block][own] += 1.0;
        }
    }
    for (size_t k = 0; k < 2; k++) {
        out[k] = code_told(weight[k][1], weight[k][0], people[k][1], people[k][0],
                           (double)s->fit->least);
    }
}

/* ---- anchors ---- */

static uint8_t place_of(const Look *s, size_t row, size_t column)
{
    const MkGroup *const g = s->group;
    const uint8_t cell = g->cells[row * g->n + column];
    const MkMarginal *const m = &s->fit->marginals[g->attributes[column]];
    return cell == MK_CELL_MISSING ? MK_PLACE_NONE : (uint8_t)mk_gap_place(m, cell);
}

/* Mutual information of an attribute's places and a block, nats, less what chance gives; 0 when
 * chance might give it. */
static double information(const Look *s, size_t column, size_t block, size_t stride)
{
    double count[MK_GAPS_PLACES][2] = {{0}}, of[2] = {0, 0}, all = 0.0, sum = 0.0;
    size_t used = 0;
    for (size_t i = 0; i < s->n_rows; i += stride) {
        const uint8_t place = place_of(s, s->rows[i], column);
        const uint8_t state = s->blocks[i * s->n_blocks + block];
        if (place != MK_PLACE_NONE && state != MK_BLOCK_OPEN) {
            count[place][state] += 1.0;
        }
    }
    for (size_t l = 0; l < MK_GAPS_PLACES; l++) {
        of[0] += count[l][0];
        of[1] += count[l][1];
        used += count[l][0] + count[l][1] > 0.0 ? 1 : 0;
    }
    all = of[0] + of[1];
    for (size_t l = 0; l < MK_GAPS_PLACES; l++) {
        for (size_t k = 0; k < 2; k++) {
            const double c = count[l][k];
            sum += c > 0.0 ? c * log(c * all / ((count[l][0] + count[l][1]) * of[k])) : 0.0;
        }
    }
    const double freedom = used > 1 ? (double)(used - 1) : 1.0;
    const bool is_chance = 2.0 * sum < freedom + 4.0 * sqrt(2.0 * freedom);
    return is_chance ? 0.0 : (sum - 0.5 * freedom) / all;
}

static bool may_anchor(const Look *s, size_t c)
{
    const size_t column = s->columns[c], j = s->group->attributes[column];
    const char *const name = s->fit->cohort->schema->attributes[j].name;
    return (double)match(s, column, column).on >= has_anchor * (double)s->n_rows &&
           s->fit->marginals[j].n_cells > 1 && strcmp(name, "source") != 0;
}

/* Columns of the attributes on which the blocks depend most; each tells more than those before. */
static MkStatus choose_anchors(const Look *s, size_t *out, size_t *n_out, MkError *err)
{
    const size_t stride = 1 + s->n_rows / ANCHOR_PEOPLE, wide = s->n_blocks;
    double *const told = mk_arena_zeros(s->arena, s->n * wide, sizeof *told);
    double *const best = mk_arena_zeros(s->arena, wide, sizeof *best);
    if (told == NULL || best == NULL) {
        return out_of_memory(err);
    }
    for (size_t c = 0; c < s->n; c++) {
        for (size_t b = 1; b < wide && may_anchor(s, c); b++) {
            told[c * wide + b] = information(s, s->columns[c], b, stride);
        }
        if (mk_cancelled(s->fit->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
    }
    for (*n_out = 0; *n_out < MK_GAPS_ANCHORS; (*n_out)++) {
        double most = gain_least;
        size_t chosen = s->n;
        for (size_t c = 0; c < s->n; c++) {
            double gain = 0.0;
            for (size_t b = 1; b < wide; b++) {
                gain += fmax(told[c * wide + b] - best[b], 0.0);
            }
            if (gain > most) {
                most = gain;
                chosen = c;
            }
        }
        if (chosen == s->n) {
            break;
        }
        for (size_t b = 1; b < wide; b++) {
            best[b] = fmax(best[b], told[chosen * wide + b]);
        }
        out[*n_out] = s->columns[chosen];
    }
    for (size_t a = 1; a < *n_out; a++) { /* ascending */
        for (size_t b = a; b > 0 && out[b] < out[b - 1]; b--) {
            const size_t swap = out[b];
            out[b] = out[b - 1];
            out[b - 1] = swap;
        }
    }
    return MK_OK;
}

/* ---- what is told of the classes ---- */

/* Who has a block, of each class. Classes in which fewer than `least` people differ from the
 * others are told together, or not at all. */
static void tell_block(const MkGapClasses *c, size_t b, double least, uint16_t *out, size_t stride)
{
    const double *const on = c->on + b * c->n, *const off = c->off + b * c->n;
    const double *const people_on = c->people_on + b * c->n;
    const double *const people_off = c->people_off + b * c->n;
    double sum[2][4] = {{0}}; /* of classes of which nearly nobody, nearly everybody has it */
    for (size_t k = 0; k < c->n; k++) {
        if (fmin(people_on[k], people_off[k]) < least) {
            double *const to = sum[on[k] > off[k] ? 1 : 0];
            to[0] += on[k];
            to[1] += off[k];
            to[2] += people_on[k];
            to[3] += people_off[k];
        }
    }
    for (size_t k = 0; k < c->n; k++) {
        const bool is_small = fmin(people_on[k], people_off[k]) < least;
        const double *const of = sum[on[k] > off[k] ? 1 : 0];
        out[k * stride] = is_small ? code_told(of[0], of[1], of[2], of[3], least)
                                   : code_told(on[k], off[k], people_on[k], people_off[k], least);
    }
}

/* Where the people of class k lie in an anchor: places with few people share what they have as all
 * people do. */
static void tell_places(const MkGapClasses *c, size_t a, size_t k, double least, uint16_t *out)
{
    double own[MK_GAPS_PLACES], people[MK_GAPS_PLACES], all[MK_GAPS_PLACES];
    double sum = 0.0, few = 0.0, few_people = 0.0, few_all = 0.0;
    size_t fewest = MK_GAPS_PLACES;
    bool is_few[MK_GAPS_PLACES];
    for (size_t l = 0; l < MK_GAPS_PLACES; l++) {
        const size_t at = (a * MK_GAPS_PLACES + l) * c->n;
        own[l] = c->placed[at + k];
        people[l] = c->people_placed[at + k];
        all[l] = 0.0;
        for (size_t m = 0; m < c->n; m++) {
            all[l] += c->placed[at + m];
        }
        is_few[l] = people[l] < least;
        fewest =
            !is_few[l] && (fewest == MK_GAPS_PLACES || people[l] < people[fewest]) ? l : fewest;
        few_people += is_few[l] ? people[l] : 0.0;
        sum += own[l];
    }
    if (few_people > 0.5 && few_people < least && fewest < MK_GAPS_PLACES) {
        is_few[fewest] = true;
    }
    for (size_t l = 0; l < MK_GAPS_PLACES; l++) {
        few += is_few[l] ? own[l] : 0.0;
        few_all += is_few[l] ? all[l] : 0.0;
    }
    for (size_t l = 0; l < MK_GAPS_PLACES; l++) {
        const double shared = few_all > 0.0 ? few * all[l] / few_all : 0.0;
        out[l] = sum > 0.0 ? code_of((is_few[l] ? shared : own[l]) / sum) : 0;
    }
}

/* Everything of a source in `arena`. */
typedef struct Told {
    int32_t *attributes, *anchors;
    uint16_t *block, *within, *share, *there, *places;
} Told;

static bool told_new(const MkGapSource *s, MkArena *arena, Told *t)
{
    t->attributes = mk_arena_array(arena, s->n, sizeof *t->attributes);
    t->anchors = mk_arena_array(arena, s->n_anchors, sizeof *t->anchors);
    t->block = mk_arena_array(arena, s->n, sizeof *t->block);
    t->within = mk_arena_array(arena, 2 * s->n, sizeof *t->within);
    t->share = mk_arena_array(arena, s->n_classes, sizeof *t->share);
    t->there = mk_arena_array(arena, s->n_classes * s->n_blocks, sizeof *t->there);
    t->places =
        mk_arena_zeros(arena, s->n_classes * s->n_anchors * MK_GAPS_PLACES, sizeof *t->places);
    return t->attributes != NULL && t->anchors != NULL && t->block != NULL && t->within != NULL &&
           t->share != NULL && t->there != NULL && t->places != NULL;
}

static MkStatus tell(const Look *s, const size_t *anchors, const MkGapClasses *classes,
                     MkArena *arena, MkGapSource *out, MkError *err)
{
    Told t = {0};
    if (!told_new(out, arena, &t)) {
        return out_of_memory(err);
    }
    for (size_t c = 0; c < s->n; c++) {
        t.attributes[c] = (int32_t)s->group->attributes[s->columns[c]];
        t.block[c] = s->block[c];
        tell_within(s, c, t.within + 2 * c);
    }
    for (size_t a = 0; a < out->n_anchors; a++) {
        t.anchors[a] = (int32_t)s->group->attributes[anchors[a]];
    }
    for (size_t b = 0; b < s->n_blocks; b++) {
        tell_block(classes, b, (double)s->fit->least, t.there + b, s->n_blocks);
    }
    for (size_t k = 0; k < classes->n; k++) {
        t.share[k] = code_of(classes->weight[k] / (double)s->n_rows);
        t.there[k * s->n_blocks] = MK_GAPS_WHOLE;
        for (size_t a = 0; a < out->n_anchors; a++) {
            tell_places(classes, a, k, (double)s->fit->least,
                        t.places + (k * out->n_anchors + a) * MK_GAPS_PLACES);
        }
    }
    out->attributes = t.attributes;
    out->anchors = t.anchors;
    out->block = t.block;
    out->within = t.within;
    out->share = t.share;
    out->there = t.there;
    out->places = t.places;
    return MK_OK;
}

/* ---- one source, all sources ---- */

static MkStatus fit_classes(Look *s, const size_t *anchors, size_t n_anchors, MkGapClasses *out,
                            MkError *err)
{
    uint8_t *const place = mk_arena_array(s->arena, s->n_rows * n_anchors, 1);
    if (place == NULL) {
        return out_of_memory(err);
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        for (size_t a = 0; a < n_anchors; a++) {
            place[i * n_anchors + a] = place_of(s, s->rows[i], anchors[a]);
        }
    }
    const MkGapPeople people = {.n = s->n_rows,
                                .n_blocks = s->n_blocks,
                                .n_anchors = n_anchors,
                                .least = s->fit->least,
                                .state = s->blocks,
                                .place = place,
                                .weight = s->weight};
    return mk_gap_classes_fit(&people, s->fit->cancel, s->arena, out, err);
}

/* Counts up *n when there are enough people. */
static MkStatus fit_source(const MkGapFit *fit, const MkGroup *group, MkArena *scratch,
                           MkArena *arena, MkGaps *out, MkError *err)
{
    Look s = {.fit = fit, .group = group, .arena = scratch};
    size_t anchors[MK_GAPS_ANCHORS], n_anchors = 0;
    MkGapClasses classes;
    const char *const name = fit->cohort->names[group->table];
    MK_TRY(choose_people(&s, err));
    if (s.n_rows < fit->least) {
        return MK_OK;
    }
    MK_TRY(look(&s, err));
    MK_TRY(find_blocks(&s, err));
    MK_TRY(place_people(&s, err));
    MK_TRY(choose_anchors(&s, anchors, &n_anchors, err));
    MK_TRY(fit_classes(&s, anchors, n_anchors, &classes, err));
    MkGapSource *const source = &out->sources[out->n];
    *source = (MkGapSource){.name = mk_arena_strdup(arena, name[0] != '\0' ? name : MK_GAPS_TABLE),
                            .n_people = s.n_rows,
                            .n = s.n,
                            .n_blocks = s.n_blocks,
                            .n_anchors = n_anchors,
                            .n_classes = classes.n};
    if (source->name == NULL) {
        return out_of_memory(err);
    }
    MK_TRY(tell(&s, anchors, &classes, arena, source, err));
    out->n++;
    return MK_OK;
}

MkStatus mk_gaps_fit(const MkGapFit *fit, MkArena *arena, MkGaps *out, MkError *err)
{
    MkStatus st = MK_OK;
    MkArena *const scratch = mk_arena_new(0);
    MkGaps gaps = {0};
    gaps.sources = mk_arena_zeros(arena, fit->people->n_groups, sizeof *gaps.sources);
    if (scratch == NULL || gaps.sources == NULL) {
        st = out_of_memory(err);
        goto done;
    }
    for (size_t g = 0; g < fit->people->n_groups; g++) {
        const MkMark top = mk_arena_mark(scratch);
        MK_TRY_GOTO(fit_source(fit, &fit->people->groups[g], scratch, arena, &gaps, err));
        mk_arena_rewind(scratch, top);
    }
    *out = gaps;
done:
    mk_arena_free(scratch);
    return st;
}

/* ---- of another model ---- */

/* The same source with other ids. */
static MkStatus translate(const MkGapSource *old, const int32_t *now, MkArena *arena,
                          MkGapSource *out, MkError *err)
{
    int32_t *const attributes = mk_arena_array(arena, old->n, sizeof *attributes);
    int32_t *const anchors = mk_arena_array(arena, old->n_anchors, sizeof *anchors);
    if (attributes == NULL || anchors == NULL) {
        return out_of_memory(err);
    }
    for (size_t c = 0; c < old->n; c++) {
        attributes[c] = now[old->attributes[c]];
    }
    for (size_t a = 0; a < old->n_anchors; a++) {
        anchors[a] = now[old->anchors[a]];
    }
    *out = *old;
    out->attributes = attributes;
    out->anchors = anchors;
    return MK_OK;
}

MkStatus mk_gaps_join(MkGaps *gaps, const MkGaps *old, const int32_t *now, MkArena *arena,
                      MkError *err)
{
    MkGapSource *const all = mk_arena_array(arena, gaps->n + old->n, sizeof *all);
    if (all == NULL) {
        return out_of_memory(err);
    }
    memcpy(all, gaps->sources, gaps->n * sizeof *all);
    const size_t n_own = gaps->n;
    size_t n = n_own;
    for (size_t i = 0; i < old->n; i++) {
        bool is_new = true;
        for (size_t k = 0; k < n_own; k++) {
            is_new = is_new && strcmp(all[k].name, old->sources[i].name) != 0;
        }
        if (is_new) {
            MK_TRY(translate(&old->sources[i], now, arena, &all[n++], err));
        }
    }
    gaps->sources = all;
    gaps->n = n;
    return MK_OK;
}

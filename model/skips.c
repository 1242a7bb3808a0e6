#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/skips.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"

enum {
    FEW = 32,       /* words of 64 people of a source that are looked at, with many sources */
    MANY = 128,     /* with one or two */
    LEVELS = 16,    /* of a question, at most */
    RULES = 3,      /* of an attribute */
    NOT_ASKED = 40, /* people, at least */
    ANSWERS = 20    /* of them who would have answered */
};

/* People as sets of bits: who has an attribute, who gave a level as answer. */
typedef struct Source {
    const MkGroup *group;
    uint32_t *column;    /* (schema->n) of the group; group->n: it has none */
    uint64_t *observed;  /* (group->n, words) */
    uint64_t *answered;  /* (first_level[group->n], words) */
    size_t *first_level; /* (group->n + 1) */
} Source;

typedef struct Skips {
    const MkDataset *people;
    const MkMarginal *marginals;
    const MkSchema *schema;
    MkArena *arena;
    size_t words;     /* of a set of people of a source */
    Source *sources;  /* (people->n_groups) */
    uint64_t *asked;  /* (n_groups, words) people who may have been asked, by the rules so far */
    size_t *observed; /* (schema->n) people with a value */
} Skips;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for skip patterns");
}

static size_t count(size_t words, const uint64_t *a, const uint64_t *b)
{
    size_t n = 0;
    for (size_t w = 0; w < words; w++) {
        n += (size_t)__builtin_popcountll(a[w] & b[w]);
    }
    return n;
}

static size_t count_of_three(size_t words, const uint64_t *a, const uint64_t *b, const uint64_t *c)
{
    size_t n = 0;
    for (size_t w = 0; w < words; w++) {
        n += (size_t)__builtin_popcountll(a[w] & b[w] & c[w]);
    }
    return n;
}

/* ---- people as bits ---- */

static size_t n_levels(const Skips *s, size_t j)
{
    const size_t n = s->schema->attributes[j].n_levels;
    return n >= 2 && n <= LEVELS ? n : 0;
}

static void set_bits(const Skips *s, Source *source)
{
    const MkGroup *const g = source->group;
    const size_t room = s->words * 64, n = g->n_rows < room ? g->n_rows : room;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *const cells = g->cells + i * g->n_rows / n * g->n;
        const uint64_t bit = UINT64_C(1) << i % 64;
        for (size_t c = 0; c < g->n; c++) {
            if (cells[c] == MK_CELL_MISSING) {
                continue;
            }
            source->observed[c * s->words + i / 64] |= bit;
            s->observed[g->attributes[c]]++;
            if (source->first_level[c + 1] > source->first_level[c]) {
                const size_t level = s->marginals[g->attributes[c]].level_of[cells[c]];
                source->answered[(source->first_level[c] + level) * s->words + i / 64] |= bit;
            }
        }
    }
}

static MkStatus open_source(Skips *s, size_t index, MkError *err)
{
    Source *const source = &s->sources[index];
    const MkGroup *const g = source->group = &s->people->groups[index];
    source->column = mk_arena_array(s->arena, s->schema->n, sizeof *source->column);
    source->first_level = mk_arena_zeros(s->arena, g->n + 1, sizeof *source->first_level);
    source->observed = mk_arena_zeros(s->arena, g->n * s->words, sizeof *source->observed);
    if (source->column == NULL || source->first_level == NULL || source->observed == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < s->schema->n; j++) {
        source->column[j] = (uint32_t)g->n;
    }
    for (size_t c = 0; c < g->n; c++) {
        source->column[g->attributes[c]] = (uint32_t)c;
        source->first_level[c + 1] = source->first_level[c] + n_levels(s, g->attributes[c]);
    }
    source->answered = mk_arena_zeros(s->arena, source->first_level[g->n] * s->words + 1,
                                      sizeof *source->answered);
    if (source->answered == NULL) {
        return no_memory(err);
    }
    set_bits(s, source);
    return MK_OK;
}

/* ---- one rule ---- */

typedef struct Rule {
    size_t question;
    size_t explained;  /* people without the attribute */
    uint32_t excluded; /* bit per level: not asked */
} Rule;

/* Of the people who may have been asked and gave an answer: how many, and how many have j. */
static void count_answers(const Skips *s, size_t question, size_t j, size_t *people, size_t *have,
                          size_t *skipped)
{
    memset(people, 0, LEVELS * sizeof *people);
    memset(have, 0, LEVELS * sizeof *have);
    *skipped = 0;
    for (size_t g = 0; g < s->people->n_groups; g++) {
        const Source *const source = &s->sources[g];
        const size_t a = source->column[question], c = source->column[j], n = source->group->n;
        const uint64_t *const asked = s->asked + g * s->words;
        if (a == n || c == n) {
            continue;
        }
        const uint64_t *const has = source->observed + c * s->words;
        const uint64_t *const answered = source->observed + a * s->words;
        for (size_t w = 0; w < s->words; w++) {
            *skipped += (size_t)__builtin_popcountll(asked[w] & ~has[w] & ~answered[w]);
        }
        for (size_t v = 0; v < source->first_level[a + 1] - source->first_level[a]; v++) {
            const uint64_t *const with = source->answered + (source->first_level[a] + v) * s->words;
            people[v] += count(s->words, asked, with);
            have[v] += count_of_three(s->words, asked, with, has);
        }
    }
}

/* Whether answers to a question tell who was not asked for j. */
static bool find_rule(const Skips *s, size_t question, size_t j, Rule *out)
{
    size_t people[LEVELS], have[LEVELS], skipped = 0, not_asked = 0, others = 0, answers = 0;
    const MkAttribute *const a = &s->schema->attributes[question];
    count_answers(s, question, j, people, have, &skipped);
    *out = (Rule){.question = question};
    for (size_t v = 0; v < a->n_levels; v++) {
        if (people[v] > 0 && have[v] * 200 <= people[v]) {
            out->excluded |= UINT32_C(1) << v;
            not_asked += people[v];
            if (strpbrk(a->levels[v].name, ",=<>!") != NULL) {
                return false; /* the schema could not say it */
            }
        } else {
            others += people[v];
            answers += have[v];
        }
    }
    out->explained = not_asked + skipped;
    return not_asked >= NOT_ASKED && others >= NOT_ASKED && answers * 10 >= others * 3 &&
           answers * not_asked >= ANSWERS * others;
}

static bool best_rule(const Skips *s, size_t j, Rule *best)
{
    bool found = false;
    for (size_t q = 0; q < s->schema->n; q++) {
        Rule rule;
        if (q == j || n_levels(s, q) == 0 || s->observed[q] <= s->observed[j] ||
            !find_rule(s, q, j, &rule)) {
            continue;
        }
        if (!found || rule.explained > best->explained) {
            *best = rule;
            found = true;
        }
    }
    return found;
}

/* Those who gave an excluded answer, or none, were not asked. */
static void narrow(const Skips *s, const Rule *rule)
{
    for (size_t g = 0; g < s->people->n_groups; g++) {
        const Source *const source = &s->sources[g];
        const size_t a = source->column[rule->question];
        uint64_t *const asked = s->asked + g * s->words;
        for (size_t w = 0; a < source->group->n && w < s->words; w++) {
            asked[w] &= source->observed[a * s->words + w];
            for (size_t v = 0; v < source->first_level[a + 1] - source->first_level[a]; v++) {
                if ((rule->excluded >> v & 1U) != 0) {
                    asked[w] &= ~source->answered[(source->first_level[a] + v) * s->words + w];
                }
            }
        }
    }
}

static void print_rule(const Skips *s, const Rule *rule, MkBuf *out)
{
    const MkAttribute *const a = &s->schema->attributes[rule->question];
    for (size_t v = 0; v < a->n_levels; v++) {
        if ((rule->excluded >> v & 1U) != 0) {
            mk_buf_printf(out, "%s%s!=%s", out->len > 0 ? "," : "", a->name, a->levels[v].name);
        }
    }
}

/* The rules of one attribute as text; empty: none. */
static MkStatus learn_one(const Skips *s, size_t j, const char **out, MkError *err)
{
    MkBuf text;
    Rule rule = {0};
    mk_buf_init(&text);
    memset(s->asked, 0xFF, s->people->n_groups * s->words * sizeof *s->asked);
    for (size_t r = 0; r < RULES && best_rule(s, j, &rule); r++) {
        print_rule(s, &rule, &text);
        narrow(s, &rule);
    }
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        *out = text.len > 0 ? mk_arena_printf(s->arena, "%s", text.data) : "";
        st = *out != NULL ? MK_OK : no_memory(err);
    }
    mk_buf_release(&text);
    return st;
}

MkStatus mk_skips_learn(const MkDataset *people, const MkMarginal *marginals,
                        const MkSchema *schema, MkArena *arena, const MkSchema **out,
                        size_t *n_learned, MkError *err)
{
    MkSchema *const learned = mk_arena_array(arena, 1, sizeof *learned);
    MkAttribute *const attributes = mk_arena_array(arena, schema->n + 1, sizeof *attributes);
    MkArena *const scratch = mk_arena_new(0);
    MkStatus st = MK_OK;
    *n_learned = 0;
    Skips s = {.people = people,
               .marginals = marginals,
               .schema = schema,
               .arena = scratch,
               .words = people->n_groups > 2 ? FEW : MANY};
    if (learned == NULL || attributes == NULL || scratch == NULL) {
        st = no_memory(err);
        goto done;
    }
    s.sources = mk_arena_zeros(scratch, people->n_groups, sizeof *s.sources);
    s.asked = mk_arena_array(scratch, people->n_groups * s.words, sizeof *s.asked);
    s.observed = mk_arena_zeros(scratch, schema->n, sizeof *s.observed);
    if (s.sources == NULL || s.asked == NULL || s.observed == NULL) {
        st = no_memory(err);
        goto done;
    }
    for (size_t g = 0; g < people->n_groups; g++) {
        MK_TRY_GOTO(open_source(&s, g, err));
    }
    *learned = *schema;
    memcpy(attributes, schema->attributes, schema->n * sizeof *attributes);
    learned->attributes = attributes;
    for (size_t j = 0; j < schema->n; j++) {
        const char *text = "";
        if (schema->attributes[j].eligible[0] == '\0') {
            MK_TRY_GOTO(learn_one(&s, j, &text, err));
        }
        if (text[0] != '\0') {
            attributes[j].eligible = mk_arena_printf(arena, "%s", text);
            if (attributes[j].eligible == NULL) {
                st = no_memory(err);
                goto done;
            }
            (*n_learned)++;
        }
    }
    *out = learned;
done:
    mk_arena_free(scratch);
    return st;
}

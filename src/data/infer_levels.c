/* infer_levels.c - levels of categories: from words, and from codes without words. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer_priv.h"
#include "src/data/value.h"

enum { LEVEL_BYTES = 96 };

/* One level while the draft is made. */
typedef struct Level {
    const char *name;
    const char *code; /* the first of its words */
    double rank;
    size_t n;
} Level;

static int compare_ranks(const void *a, const void *b)
{
    const Level *const x = a, *const y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The levels as the attribute has them. */
static void set_levels(MkInfer *in, MkDraftColumn *c, const Level *levels, size_t n)
{
    MkLevel *const list = mk_arena_array(in->arena, n, sizeof *list);
    in->has_failed = in->has_failed || list == NULL;
    for (size_t i = 0; list != NULL && i < n; i++) {
        list[i] = (MkLevel){levels[i].code, levels[i].name};
    }
    c->attribute.levels = list;
    c->attribute.n_levels = list == NULL ? 0 : n;
    c->attribute.min = 0.0;
    c->attribute.max = (double)n - 1.0;
    c->attribute.resolution = 0.0;
    c->low = c->high = (double)NAN;
}

/* "no < borderline < yes", at most eight of them. */
static const char *list_levels(MkInfer *in, const Level *levels, size_t n, const char *between)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < n && i < 8; i++) {
        mk_buf_printf(&buf, "%s%s", i > 0 ? between : "", levels[i].name);
    }
    mk_buf_printf(&buf, "%s", n > 8 ? " ..." : "");
    const char *const text = mk_infer_copy(in, buf.data);
    mk_buf_release(&buf);
    return text;
}

/* ---- words ---- */

/* Words of one level together: "Yes" and "yes". Gives the number of levels. */
static size_t join_words(MkInfer *in, const MkProfile *p, Level *levels, size_t *level_of)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_words; i++) {
        char name[LEVEL_BYTES];
        size_t at = 0;
        if (p->words[i].is_missing) {
            continue;
        }
        mk_level_name(p->words[i].text, name, sizeof name);
        while (at < n && strcmp(levels[at].name, name) != 0) {
            at++;
        }
        level_of[i] = at;
        if (at == n) {
            levels[n++] = (Level){.name = mk_infer_copy(in, name),
                                  .code = mk_infer_copy(in, p->words[i].text)};
        }
        levels[at].n += p->words[i].n;
    }
    return n;
}

/* no before yes, whatever the words were. */
static bool order_yes_no(Level *levels, size_t n)
{
    if (n != 2) {
        return false;
    }
    const int first = mk_word_yes(levels[0].name), second = mk_word_yes(levels[1].name);
    if (first < 0 || second < 0 || first == second) {
        return false;
    }
    if (first == 1) {
        const Level swap = levels[0];
        levels[0] = levels[1];
        levels[1] = swap;
    }
    static const char *const plain[][2] = {{"n", "y"}, {"false", "true"}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(levels[0].name, plain[i][0]) == 0 && strcmp(levels[1].name, plain[i][1]) == 0) {
            levels[0].name = "no";
            levels[1].name = "yes";
        }
    }
    return true;
}

/* Of more levels: no and yes first, the others as they were. */
static void put_yes_no_first(Level *levels, size_t n)
{
    size_t n_put = 0;
    for (int wanted = 0; wanted <= 1; wanted++) {
        for (size_t i = n_put; i < n; i++) {
            if (mk_word_yes(levels[i].name) == wanted) {
                const Level found = levels[i];
                memmove(&levels[n_put + 1], &levels[n_put], (i - n_put) * sizeof *levels);
                levels[n_put++] = found;
                break;
            }
        }
    }
}

/* word=level|word=level, by the names that the levels have now. */
static const char *codes_of_words(MkInfer *in, const MkProfile *p, const Level *levels,
                                  const size_t *level_of, const size_t *place)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < p->n_words; i++) {
        if (!p->words[i].is_missing) {
            mk_buf_printf(&buf, "%s%s=%s", buf.len > 0 ? "|" : "", p->words[i].text,
                          levels[place[level_of[i]]].name);
        }
    }
    const char *const text = mk_infer_copy(in, buf.data);
    mk_buf_release(&buf);
    return text;
}

static void tell_order(MkInfer *in, MkDraftColumn *c, const Level *levels, size_t n,
                       const char *why)
{
    mk_infer_decide(in, c, 15, "order",
                    mk_infer_text(in, "ordinal: %s", list_levels(in, levels, n, " < ")), why,
                    "put the levels into another order in schema.tsv, or let the type be "
                    "categorical");
}

/* A level that hardly anybody has. */
static void tell_rare(MkInfer *in, MkDraftColumn *c, const Level *levels, size_t n)
{
    size_t n_rare = 0, rarest = 0;
    for (size_t i = 0; i < n; i++) {
        n_rare += levels[i].n < 5;
        rarest = levels[i].n < levels[rarest].n ? i : rarest;
    }
    if (n_rare > 0 && c->n_seen >= 100) {
        mk_infer_decide(
            in, c, 35, "levels",
            mk_infer_text(in, "%zu level%s of fewer than 5 people %s kept", n_rare,
                          n_rare == 1 ? "" : "s", n_rare == 1 ? "is" : "are"),
            mk_infer_text(in, "%s: %zu of %zu people", levels[rarest].name, levels[rarest].n,
                          c->n_seen),
            "give its code the name of another level in mapping.tsv and take it out of schema.tsv");
    }
}

void mk_infer_words(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    Level levels[MK_MAX_LEVELS] = {{0}};
    size_t *const level_of = mk_arena_zeros(in->scratch, p->n_words + 1, sizeof *level_of);
    size_t place[MK_MAX_LEVELS];
    const char *names[MK_MAX_LEVELS];
    double rank[MK_MAX_LEVELS];
    const char *why = "";
    if (level_of == NULL) {
        in->has_failed = true;
        return;
    }
    const size_t n = join_words(in, p, levels, level_of);
    Level before[MK_MAX_LEVELS];
    memcpy(before, levels, sizeof before);
    for (size_t i = 0; i < n; i++) {
        names[i] = levels[i].name;
    }
    c->attribute.type = MK_CATEGORICAL;
    if (n > 2) {
        put_yes_no_first(levels, n);
        for (size_t i = 0; i < n; i++) {
            names[i] = levels[i].name;
        }
    }
    if (!order_yes_no(levels, n) && n > 0 && mk_words_rank(names, n, rank, &why)) {
        for (size_t i = 0; i < n; i++) {
            levels[i].rank = rank[i];
        }
        qsort(levels, n, sizeof *levels, compare_ranks);
        if (n > 2) {
            c->attribute.type = MK_ORDINAL;
            tell_order(in, c, levels, n, why);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (place[i] = 0; levels[place[i]].code != before[i].code; place[i]++) {
        }
    }
    set_levels(in, c, levels, n);
    c->codes = codes_of_words(in, p, levels, level_of, place);
    tell_rare(in, c, levels, n);
}

/* ---- codes ---- */

/* Reads the label like a question that is answered with yes or no? */
static bool is_question(const MkProfile *p)
{
    static const char words[] = "ever do does did is are was were has have had told take taken can "
                                "doctor past problem any currently still now difficulty";
    char said[256];
    mk_plain_name(p->variable->label, said, sizeof said);
    return strchr(p->variable->label, '?') != NULL || mk_name_has_any(said, words);
}

/* 7 and 9, for refused and not known, stand behind questions of yes and no. */
static bool has_survey_gaps(const MkProfile *p)
{
    bool has_7 = false, has_9 = false;
    for (size_t i = 0; i < p->n_missing; i++) {
        has_7 = has_7 || p->missing[i] == 7.0;
        has_9 = has_9 || p->missing[i] == 9.0;
    }
    return has_7 && has_9;
}

/* 0 and 1, or the survey's 1 = yes and 2 = no. */
static bool read_yes_no(MkInfer *in, const MkProfile *p, MkDraftColumn *c, Level *levels)
{
    const bool is_01 = p->n_values == 2 && p->values[0] == 0.0 && p->values[1] == 1.0;
    const bool is_12 = p->n_values == 2 && p->values[0] == 1.0 && p->values[1] == 2.0;
    const bool is_told = is_question(p), has_gaps = has_survey_gaps(p);
    if (!is_01 && !(is_12 && (is_told || has_gaps))) {
        return false;
    }
    const size_t no = is_01 ? 0 : 1;
    levels[0] = (Level){.name = "no", .code = is_01 ? "0" : "2", .n = p->counts[no]};
    levels[1] = (Level){.name = "yes", .code = "1", .n = p->counts[1 - no]};
    const char *why = is_told ? "the label is a question, and surveys write 1 = yes, 2 = no"
                              : "7 and 9 are gaps, as in surveys that write 1 = yes, 2 = no";
    const char *const turned = mk_infer_text(in,
                                             "change the names in the column levels of %s in "
                                             "schema.tsv; the mapping follows",
                                             c->attribute.name);
    mk_infer_decide(in, c, is_01 ? 25 : 50, "levels", is_01 ? "0 = no, 1 = yes" : "1 = yes, 2 = no",
                    is_01 ? "0 and 1 mostly are" : why, turned);
    return true;
}

static void tell_codes(MkInfer *in, MkDraftColumn *c, bool is_ordered)
{
    const char *const name = c->attribute.name;
    mk_infer_decide(
        in, c, 60, "levels",
        is_ordered ? "ordered levels, named by their codes"
                   : "levels without an order, named by their codes",
        is_ordered ? "few whole numbers, and the name says that they have an order"
                   : "few whole numbers without words; nothing says that they have an order",
        mk_infer_text(in, "name them in the column levels of %s in schema.tsv (1=%s|...)%s", name,
                      is_ordered ? "low" : "name",
                      is_ordered ? ""
                                 : "; let the type be ordinal if they have an order, count if "
                                   "they are numbers"));
}

void mk_infer_codes(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    Level levels[MK_MAX_LEVELS] = {{0}};
    const size_t n = p->n_values;
    c->attribute.type = MK_CATEGORICAL;
    if (!read_yes_no(in, p, c, levels)) {
        const bool is_ordered = n > 2 && mk_profile_is_ordered(p);
        for (size_t i = 0; i < n; i++) {
            const char *const code = mk_infer_number(in, p->values[i]);
            levels[i] = (Level){.name = code, .code = code, .n = p->counts[i]};
        }
        c->attribute.type = is_ordered ? MK_ORDINAL : MK_CATEGORICAL;
        tell_codes(in, c, is_ordered);
    }
    set_levels(in, c, levels, n);
    c->codes = ""; /* those of the schema */
    tell_rare(in, c, levels, n);
}

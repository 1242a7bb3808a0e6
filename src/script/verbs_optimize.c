/* verbs_optimize.c - optimize: words of a goal, inputs and constraints into a search. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/text.h"
#include "src/data/eligible.h"
#include "src/query/optimize.h"
#include "src/script/inner.h"
#include "src/script/measure.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- MEASURE min|max|=V ---- */

static MkStatus read_wanted(const MkCall *call, const MkSchema *schema, const MkWord *word,
                            MkOptimize *out, MkError *err)
{
    out->goal = MK_GOAL_VALUE;
    return mk_measure_bound(call, schema, &out->measure, word, &out->wanted, err);
}

static MkStatus fail_goal(const MkCall *call, MkError *err)
{
    return mk_fail(err, MK_EINVAL,
                   "a goal is MEASURE min, MEASURE max or MEASURE =VALUE, such as 'hba1c min': %s",
                   call->verb->usage);
}

/* `fibre=30` in one word: the measure before the last =. */
static MkStatus read_joined(const MkCall *call, const MkSchema *schema, const MkWord *word,
                            MkOptimize *out, MkError *err)
{
    const char *equals = strrchr(word->text, '=');
    MkWord left = *word, right = *word;
    if (equals == NULL || equals == word->text || equals[1] == '\0' ||
        strchr(equals, ')') != NULL) {
        mk_call_at(call, word);
        return fail_goal(call, err);
    }
    left.text = mk_arena_strndup(call->arena, word->text, (size_t)(equals - word->text));
    right.text = equals + 1;
    right.plain = word->plain + (equals + 1 - word->text);
    right.column += word->column > 0 ? (size_t)(equals + 1 - word->text) : 0;
    if (left.text == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_measure_parse(call, schema, &left, &out->measure, err));
    return read_wanted(call, schema, &right, out, err);
}

static MkStatus read_goal(const MkCall *call, const MkSchema *schema, MkOptimize *out, MkError *err)
{
    MkTerms terms = {0};
    MK_TRY(mk_terms(call, MK_LIST_WORDS, &terms, err));
    for (size_t i = 0; i < terms.n; i++) {
        if (terms.items[i].is_sign) {
            mk_call_at(call, &terms.items[i].word);
            return mk_fail(err, MK_EINVAL, "a goal has no '%s'; bounds follow 'subject to'",
                           terms.items[i].word.text);
        }
    }
    if (terms.n == 1) {
        return read_joined(call, schema, &terms.items[0].word, out, err);
    }
    if (terms.n < 2 || terms.n > 3) {
        return fail_goal(call, err);
    }
    const MkWord *aim = &terms.items[1].word;
    MK_TRY(mk_measure_parse(call, schema, &terms.items[0].word, &out->measure, err));
    const bool is_min = strcmp(aim->text, "min") == 0, is_max = strcmp(aim->text, "max") == 0;
    mk_call_at(call, aim);
    if (terms.n == 2 && (is_min || is_max)) {
        out->goal = is_min ? MK_GOAL_MIN : MK_GOAL_MAX;
        return MK_OK;
    }
    if (terms.n == 2 && aim->text[0] == '=' && aim->text[1] != '\0') {
        const MkWord value = {aim->text + 1, aim->plain + 1, aim->column > 0 ? aim->column + 1 : 0};
        return read_wanted(call, schema, &value, out, err);
    }
    if (terms.n == 3 && strcmp(aim->text, "=") == 0) {
        return read_wanted(call, schema, &terms.items[2].word, out, err);
    }
    return fail_goal(call, err);
}

/* ---- over A[=lo..hi|={..}] ---- */

static MkStatus add_free(MkFree *list, size_t *n, const MkFree *one, MkError *err)
{
    if (*n == MK_OPTIMIZE_FREE) {
        return mk_fail(err, MK_EINVAL, "more than %d inputs after 'over': name fewer",
                       MK_OPTIMIZE_FREE);
    }
    list[(*n)++] = *one;
    return MK_OK;
}

/* A category stands for what such a person can change in it. */
static MkStatus add_category(const MkCall *call, const MkQuery *query, const MkWord *word,
                             MkFree *list, size_t *n, bool *is_one, MkError *err)
{
    const MkSchema *schema = mk_model_schema(query->model);
    size_t id = 0, n_added = 0;
    *is_one = false;
    if (mk_schema_find(schema, word->text, &id)) {
        return MK_OK;
    }
    for (size_t j = 0; j < schema->n; j++) {
        if (!mk_text_same_nocase(schema->attributes[j].category, word->text)) {
            continue;
        }
        *is_one = true;
        if (schema->attributes[j].modifiable && mk_eligible(schema, j, query->evidence)) {
            mk_call_at(call, word);
            MK_TRY(add_free(list, n, &(MkFree){.attribute = j}, err));
            n_added++;
        }
    }
    if (*is_one && n_added == 0) {
        mk_call_at(call, word);
        return mk_fail(err, MK_EINVAL, "nothing in %s is what a person can change", word->text);
    }
    return MK_OK;
}

static MkStatus read_free(const MkCall *call, const MkSchema *schema, const MkWord *word,
                          MkFree *out, MkError *err)
{
    const size_t n_name = strcspn(word->text, "=");
    MkWord name = *word;
    MkFree made = {0};
    name.text = mk_arena_strndup(call->arena, word->text, n_name);
    if (name.text == NULL) {
        return no_memory(err);
    }
    MK_TRY(mk_name_attribute(call, schema, &name, &made.attribute, err));
    const MkAttribute *attribute = &schema->attributes[made.attribute];
    if (word->text[n_name] == '=') {
        made.has_allowed = true;
        mk_call_at(call, word);
        MK_TRY(mk_value_parse(attribute, word->text + n_name + 1, &made.allowed, err));
        if (made.allowed.kind == MK_VALUE_POINT && mk_type_is_number(attribute->type)) {
            return mk_fail(err, MK_EINVAL,
                           "%s: one value is nothing to choose from; write %s=LOW..HIGH",
                           attribute->name, attribute->name);
        }
    }
    *out = made;
    return MK_OK;
}

/* A shell's word with blanks may be a category; else it is a list. */
static MkStatus read_over(const MkCall *call, const MkQuery *query, MkOptimize *out, MkError *err)
{
    const MkSchema *schema = mk_model_schema(query->model);
    const MkWords words = call->lists[MK_LIST_OVER];
    MkFree *list = mk_arena_array(call->arena, MK_OPTIMIZE_FREE, sizeof *list);
    if (list == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    if (words.n == 0) {
        return mk_fail(err, MK_EINVAL,
                       "nothing to change: inputs follow 'over', such as 'over bmi, fibre'; "
                       "'attributes modifiable' lists what can be");
    }
    for (size_t w = 0; w < words.n; w++) {
        MkCall one = *call;
        MkWords names = {0};
        bool is_category = false;
        one.lists[MK_LIST_OVER] = (MkWords){1, &words.items[w]};
        MK_TRY(add_category(call, query, &words.items[w], list, &n, &is_category, err));
        MK_TRY(mk_call_names(&one, MK_LIST_OVER, &names, err));
        for (size_t i = 0; i < names.n && !is_category; i++) {
            MkFree free = {0};
            bool is_one = false;
            MK_TRY(add_category(call, query, &names.items[i], list, &n, &is_one, err));
            if (!is_one) {
                MK_TRY(read_free(call, schema, &names.items[i], &free, err));
                MK_TRY(add_free(list, &n, &free, err));
            }
        }
    }
    out->free = list;
    out->n_free = n;
    return MK_OK;
}

/* ---- subject to C ---- */

static MkStatus read_constraints(const MkCall *call, const MkSchema *schema, MkOptimize *out,
                                 MkError *err)
{
    MkTerms terms = {0};
    const MkWords stray = call->lists[MK_LIST_SUBJECT];
    if (stray.n > 0) {
        mk_call_at(call, &stray.items[0]);
        return mk_fail(err, MK_EINVAL, "'%.60s' after 'subject': write 'subject to'",
                       stray.items[0].text);
    }
    MK_TRY(mk_terms(call, MK_LIST_TO, &terms, err));
    MkConstraint *made = mk_arena_array(call->arena, terms.n / 3 + 1, sizeof *made);
    if (made == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    for (size_t i = 0; i < terms.n; i += 3, n++) {
        const MkTerm *term = &terms.items[i];
        mk_call_at(call, &term->word);
        if (terms.n - i < 3 || term[0].is_sign || !term[1].is_sign || term[2].is_sign) {
            return mk_fail(err, MK_EINVAL,
                           "'%.60s': expected a constraint such as bmi<=30 or P(hba1c>=6.5)<=0.1",
                           term->word.text);
        }
        MK_TRY(mk_measure_parse(call, schema, &term[0].word, &made[n].measure, err));
        made[n].sign = term[1].sign;
        MK_TRY(
            mk_measure_bound(call, schema, &made[n].measure, &term[2].word, &made[n].bound, err));
    }
    out->constraints = made;
    out->n_constraints = n;
    return MK_OK;
}

/* ---- the verb ---- */

MkStatus mk_verb_optimize(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MkOptimize ask = {.floor = 0.05,
                      .n_solutions = 5,
                      .seconds = 5,
                      .takes_any = mk_call_option(call, "any") != NULL,
                      .clock = session->config.clock};
    MK_TRY(mk_call_query(session, call, &query, err));
    const MkSchema *schema = mk_model_schema(query.model);
    MK_TRY(mk_call_size(call, "solutions", 1, 50, &ask.n_solutions, err));
    MK_TRY(mk_call_double(call, "support", 0, 1, &ask.floor, err));
    MK_TRY(mk_call_double(call, "seconds", 0.1, 3600, &ask.seconds, err));
    MK_TRY(read_goal(call, schema, &ask, err));
    MK_TRY(read_over(call, &query, &ask, err));
    MK_TRY(read_constraints(call, schema, &ask, err));
    *call->column = 0;
    return mk_query_optimize(&query, &ask, result, err);
}

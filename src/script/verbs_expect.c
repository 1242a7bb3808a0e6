/* verbs_expect.c - expect: a line that says what must hold, so that a script is also a test of a
 * model. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/query/show.h"
#include "src/script/inner.h"
#include "src/script/measure.h"

/* One side of the relation. */
typedef struct Side {
    const char *name; /* of the scenario or person; "" for what is given, NULL for a number */
    MkEvidence evidence;
    double value;
    const char *text; /* the value as it is said */
} Side;

typedef struct Expect {
    MkQuery query;
    MkMeasure measure;
    MkRelationSign sign;
    Side left, right;
    bool holds;
} Expect;

/* ---- reading ---- */

static MkStatus fail_shape(const MkCall *call, const MkTerm *term, const char *what, MkError *err)
{
    if (term != NULL) {
        mk_call_at(call, &term->word);
    }
    return mk_fail(err, MK_EINVAL, "%s%.60s%s%s: %s", term != NULL ? "'" : "",
                   term != NULL ? term->word.text : "", term != NULL ? "': " : "", what,
                   call->verb->usage);
}

static MkStatus read_name(MkSession *session, const MkCall *call, const MkTerm *term,
                          const MkQuery *query, Side *side, MkError *err)
{
    MkNamed who = {0};
    MkScenario named = {0};
    MK_TRY(mk_named_read(call, session->state, &term->word, false, &who, err));
    MK_TRY(mk_call_named(session, call, query, who, &named, err));
    side->name = named.name;
    side->evidence = named.evidence;
    return MK_OK;
}

static bool begins_like_number(const char *text)
{
    return text[0] != '\0' && strchr("0123456789.+-", text[0]) != NULL;
}

static MkStatus read_right(MkSession *session, const MkCall *call, const MkTerm *term, Expect *e,
                           MkError *err)
{
    const MkSchema *schema = mk_model_schema(e->query.model);
    MkNamed who = {0};
    if (!mk_named_find(session->state, term->word.text, &who) &&
        begins_like_number(term->word.text)) {
        e->right.name = NULL;
        return mk_measure_bound(call, schema, &e->measure, &term->word, &e->right.value, err);
    }
    return read_name(session, call, term, &e->query, &e->right, err);
}

/* MEASURE [NAME] SIGN NAME|NUMBER */
static MkStatus read_terms(MkSession *session, const MkCall *call, Expect *e, MkError *err)
{
    MkTerms terms = {0};
    MK_TRY(mk_terms(call, MK_LIST_WORDS, &terms, err));
    if (terms.n == 0 || terms.items[0].is_sign) {
        return fail_shape(call, terms.n > 0 ? &terms.items[0] : NULL, "a measure is expected first",
                          err);
    }
    const MkSchema *schema = mk_model_schema(e->query.model);
    MK_TRY(mk_measure_parse(call, schema, &terms.items[0].word, &e->measure, err));
    size_t at = 1;
    e->left.name = "";
    e->left.evidence = e->query.evidence;
    if (at < terms.n && !terms.items[at].is_sign) {
        MK_TRY(read_name(session, call, &terms.items[at], &e->query, &e->left, err));
        at++;
    }
    if (at >= terms.n || !terms.items[at].is_sign) {
        return fail_shape(
            call, &terms.items[at < terms.n ? at : at - 1],
            at < terms.n ? "expected < <= > or >= here" : "expected < <= > or >= after it", err);
    }
    e->sign = terms.items[at].sign;
    if (at + 1 >= terms.n || terms.items[at + 1].is_sign) {
        return fail_shape(call, &terms.items[at], "compared with which scenario, person or number?",
                          err);
    }
    MK_TRY(read_right(session, call, &terms.items[at + 1], e, err));
    if (at + 2 < terms.n) {
        return fail_shape(call, &terms.items[at + 2], "one word too many", err);
    }
    mk_call_at(call, &terms.items[0].word);
    return MK_OK;
}

/* ---- asking ---- */

static MkStatus ask(const Expect *e, MkArena *arena, Side *side, MkError *err)
{
    if (side->name == NULL) {
        return MK_OK;
    }
    MkQuery query = e->query;
    MkDistribution d = {0};
    query.evidence = side->evidence;
    query.targets = &e->measure.attribute;
    query.n_targets = 1;
    MK_TRY(mk_query_posterior(&query, arena, &d, err));
    side->value = mk_measure_of(&e->measure, &d);
    return MK_OK;
}

/* Values that look alike where they are not the same are said in more digits. */
static void say_values(Expect *e, MkArena *arena)
{
    const MkModel *model = e->query.model;
    e->left.text = mk_measure_value(arena, model, &e->measure, e->left.value);
    e->right.text = mk_measure_value(arena, model, &e->measure, e->right.value);
    if (strcmp(e->left.text, e->right.text) == 0 && e->left.value != e->right.value) {
        e->left.text = mk_show_exact(arena, e->left.value);
        e->right.text = mk_show_exact(arena, e->right.value);
    }
}

/* ---- telling ---- */

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* "12.1 g (unhealthy)" */
static const char *side_text(MkArena *arena, const Side *side)
{
    const bool has_name = side->name != NULL && side->name[0] != '\0';
    return has_name ? or_empty(mk_arena_printf(arena, "%s (%s)", side->text, side->name))
                    : side->text;
}

static const char *measure_name(const Expect *e, MkArena *arena)
{
    const char *text = mk_measure_text(arena, e->query.model, &e->measure);
    return e->measure.is_probability
               ? text
               : mk_model_schema(e->query.model)->attributes[e->measure.attribute].name;
}

/* "expected median of fibre in unhealthy < normal: found 15.1 g and 14.2 g" */
static const char *failure(const Expect *e, MkArena *arena)
{
    const char *measure = mk_measure_text(arena, e->query.model, &e->measure);
    const char *sign = mk_relation_print(e->sign);
    const bool has_left = e->left.name[0] != '\0';
    const char *head = mk_arena_printf(arena, "expected %s%s%s %s", measure, has_left ? " in " : "",
                                       e->left.name, sign);
    return e->right.name == NULL ? mk_arena_printf(arena, "%s %s: found %s", or_empty(head),
                                                   e->right.text, e->left.text)
                                 : mk_arena_printf(arena, "%s %s: found %s and %s", or_empty(head),
                                                   e->right.name, e->left.text, e->right.text);
}

static void put_side(MkResult *result, MkNode *root, const char *key, const Side *side)
{
    MkNode *node = mk_node_object(result, root, key);
    if (side->name != NULL && side->name[0] != '\0') {
        (void)mk_node_string(result, node, "name", side->name);
    }
    (void)mk_node_number(result, node, "value", side->value);
}

static void put_data(const Expect *e, const char *check, MkResult *result)
{
    static const char *const keys[] = {"check", "holds", "left", "relation", "right"};
    enum { COLUMNS = sizeof keys / sizeof *keys };
    MkArena *arena = result->arena;
    MkResultTable *table = mk_result_add_table(result, "", COLUMNS, 1);
    if (table == NULL) {
        return;
    }
    const char *const cells[COLUMNS] = {
        check, e->holds ? "yes" : "no", mk_show_exact(arena, e->left.value),
        mk_relation_print(e->sign), mk_show_exact(arena, e->right.value)};
    table->use = MK_TABLE_DATA;
    for (size_t c = 0; c < COLUMNS; c++) {
        mk_result_table_header(result, table, c, keys[c], keys[c],
                               c == 2 || c == 4 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
        mk_result_table_cell(result, table, 0, c, cells[c], NULL);
    }
}

static void tell(const Expect *e, const MkCall *call, MkResult *result)
{
    MkArena *arena = result->arena;
    const char *sign = mk_relation_print(e->sign);
    const char *line = mk_arena_printf(arena, "%s: %s %s %s %s", e->holds ? "holds" : "fails",
                                       measure_name(e, arena), side_text(arena, &e->left), sign,
                                       side_text(arena, &e->right));
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(e->query.model)->name);
    (void)mk_node_string(result, root, "expect", call->text);
    (void)mk_node_string(result, root, "attribute",
                         mk_model_schema(e->query.model)->attributes[e->measure.attribute].name);
    (void)mk_node_string(result, root, "measure",
                         mk_measure_text(arena, e->query.model, &e->measure));
    (void)mk_node_bool(result, root, "holds", e->holds);
    (void)mk_node_string(result, root, "relation", sign);
    put_side(result, root, "left", &e->left);
    put_side(result, root, "right", &e->right);
    (void)mk_result_add_table(result, or_empty(line), 0, 0);
    put_data(e, call->text, result);
    if (!e->holds) {
        result->failed_check = or_empty(failure(e, arena));
    }
}

MkStatus mk_verb_expect(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    Expect e = {0};
    MK_TRY(mk_call_query(session, call, &e.query, err));
    MK_TRY(read_terms(session, call, &e, err));
    MK_TRY(ask(&e, call->arena, &e.left, err));
    MK_TRY(ask(&e, call->arena, &e.right, err));
    e.holds = mk_relation_holds(e.left.value, e.sign, e.right.value);
    say_values(&e, result->arena);
    tell(&e, call, result);
    return mk_result_status(result, err);
}

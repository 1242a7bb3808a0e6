/* pairs.c - mk_query_pairs: every two of some attributes against each other. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/text.h"
#include "src/query/bivariate.h"
#include "src/query/figure_data.h"
#include "src/query/query.h"
#include "src/query/show.h"

enum { MOST = 12, MOST_PAIRS = MOST * (MOST - 1) / 2 }; /* attributes */

typedef struct Pairs {
    const MkQuery *query;
    MkEvidence evidence; /* without the attributes that are looked at */
    size_t n;            /* attributes */
    MkJoint *joints;     /* (n) each begins with one, and has the others as targets in order */
    size_t n_pairs;
    MkBivariate *pairs; /* strongest first */
    MkArena **arenas;   /* what the pairs live in */
} Pairs;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for pairs of attributes");
}

static void tell(const Pairs *p, size_t done)
{
    char line[96];
    if (p->query->progress != NULL) {
        (void)snprintf(line, sizeof line, "pairs: attribute %zu of %zu", done, p->n);
        p->query->progress(p->query->ctx, line);
    }
}

/* Place of attribute k among the targets of attribute i's joint. */
static size_t place_of(size_t i, size_t k)
{
    return k < i ? k : k - 1;
}

static MkStatus ask_joints(Pairs *p, MkArena *arena, MkError *err)
{
    const MkQuery *query = p->query;
    size_t *others = mk_arena_array(arena, p->n, sizeof *others);
    if (others == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->n; k++) {
            if (k != i) {
                others[place_of(i, k)] = query->targets[k];
            }
        }
        tell(p, i + 1);
        MK_TRY(mk_joint_make(query, p->evidence, query->targets[i], others, p->n - 1, &p->joints[i],
                             err));
    }
    return MK_OK;
}

static bool is_number(const Pairs *p, size_t i)
{
    return mk_show_is_number(p->query->model, p->query->targets[i]);
}

static int stronger_first(const void *a, const void *b)
{
    const MkBivariate *p = a, *q = b;
    return p->model.information < q->model.information
               ? 1
               : (p->model.information > q->model.information ? -1 : 0);
}

/* ---- pairs, each a task of the pool with an arena of its own ---- */

typedef struct Making {
    Pairs *p;
    size_t (*who)[2];
    MkStatus *status;
    MkError *errors;
} Making;

static MkStatus make_pair(const Making *m, size_t i, MkError *err)
{
    Pairs *p = m->p;
    const size_t a = m->who[i][0], b = m->who[i][1];
    if (mk_cancelled(p->query->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    p->arenas[i] = mk_arena_new(0);
    if (p->arenas[i] == NULL) {
        return no_memory(err);
    }
    return mk_bivariate_make(p->query, p->evidence, &p->joints[a], place_of(a, b),
                             p->query->targets[b], &p->joints[b], place_of(b, a), p->arenas[i],
                             &p->pairs[i], err);
}

static void pair_task(void *ctx, size_t i, size_t worker)
{
    const Making *m = ctx;
    (void)worker;
    m->status[i] = make_pair(m, i, &m->errors[i]);
}

static MkStatus make_pairs(Pairs *p, MkArena *arena, MkError *err)
{
    const size_t total = p->n * (p->n - 1) / 2;
    Making m = {.p = p};
    p->pairs = mk_arena_zeros(arena, total, sizeof *p->pairs);
    m.who = mk_arena_zeros(arena, total, sizeof *m.who);
    m.status = mk_arena_zeros(arena, total, sizeof *m.status);
    m.errors = mk_arena_zeros(arena, total, sizeof *m.errors);
    if (p->pairs == NULL || m.who == NULL || m.status == NULL || m.errors == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = i + 1; k < p->n; k++) {
            /* Levels make the curves, so they come first. */
            const bool swap = is_number(p, i) && !is_number(p, k);
            m.who[p->n_pairs][0] = swap ? k : i;
            m.who[p->n_pairs++][1] = swap ? i : k;
        }
    }
    mk_pool_run(p->query->pool, total, pair_task, &m);
    for (size_t i = 0; i < total; i++) {
        if (m.status[i] != MK_OK) {
            return mk_fail(err, m.status[i], "%s", m.errors[i].text);
        }
    }
    qsort(p->pairs, p->n_pairs, sizeof *p->pairs, stronger_first);
    return MK_OK;
}

/* ---- answers ---- */

static const char *name_of(const Pairs *p, size_t attribute)
{
    return mk_show_attribute(p->query->model, attribute)->name;
}

static void nodes(const Pairs *p, MkNode *root, MkResult *result)
{
    MkNode *list = mk_node_array(result, root, "pairs");
    for (size_t i = 0; i < p->n_pairs; i++) {
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "a", name_of(p, p->pairs[i].a));
        (void)mk_node_string(result, node, "b", name_of(p, p->pairs[i].b));
        mk_bivariate_node(&p->pairs[i], node, result);
    }
}

/* Beside the training people, what the model has in the same cells. */
static bool is_beside(const MkBivariate *pair)
{
    return pair->has_survey && pair->evidence.n == 0;
}

static const char *rank_text(const MkAssociation *a, MkArena *arena)
{
    if (!a->has_rank) {
        return "–";
    }
    const double rank = mk_show_clean(a->rank);
    return mk_text_or_empty(mk_arena_printf(arena, "%s%.2f", rank < -0.005 ? "−" : "", fabs(rank)));
}

static const char *number_text(double x, MkArena *arena)
{
    return mk_text_or_empty(mk_arena_printf(arena, "%.2f", x));
}

static void people_row(const Pairs *p, size_t row, MkResultTable *table, MkResult *result)
{
    MkArena *arena = result->arena;
    const MkBivariate *pair = &p->pairs[row];
    const bool beside = is_beside(pair);
    const MkAssociation *model = beside ? &pair->in_cells : &pair->model;
    const size_t seen = mk_model_co_observed(p->query->model, pair->a, pair->b);
    const char *const cells[] = {
        name_of(p, pair->a),
        name_of(p, pair->b),
        rank_text(model, arena),
        beside ? rank_text(&pair->in_survey, arena) : "",
        number_text(model->information, arena),
        beside ? number_text(pair->in_survey.information, arena) : "",
        beside ? mk_show_share(arena, pair->overlap) : "",
        mk_text_or_empty(mk_arena_printf(arena, "%zu", seen)),
    };
    for (size_t c = 0; c < sizeof cells / sizeof cells[0]; c++) {
        mk_result_table_cell(result, table, row, c, cells[c], NULL);
    }
}

static void people_table(const Pairs *p, MkResult *result)
{
    static const struct {
        const char *text;
        MkAlign align;
    } headers[] = {{"Attribute", MK_ALIGN_LEFT}, {"With", MK_ALIGN_LEFT},
                   {"Rank", MK_ALIGN_RIGHT},     {"(people)", MK_ALIGN_RIGHT},
                   {"Nats", MK_ALIGN_RIGHT},     {"(people)", MK_ALIGN_RIGHT},
                   {"Overlap", MK_ALIGN_RIGHT},  {"Seen", MK_ALIGN_RIGHT}};
    enum { COLUMNS = sizeof headers / sizeof headers[0] };
    MkResultTable *head = mk_result_add_table(
        result, mk_show_title(result->arena, p->query->model, p->evidence), 0, 0);
    if (head != NULL) {
        head->use = MK_TABLE_PEOPLE;
    }
    MkResultTable *table =
        mk_result_add_table(result,
                            "Rank correlation and mutual information of the model (and of the "
                            "training people), their overlap, people seen with both",
                            COLUMNS, p->n_pairs);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_PEOPLE;
    for (size_t c = 0; c < COLUMNS; c++) {
        mk_result_table_header(result, table, c, headers[c].text, headers[c].text,
                               headers[c].align);
    }
    for (size_t i = 0; i < p->n_pairs; i++) {
        people_row(p, i, table, result);
    }
}

static const char *const data_keys[] = {
    "a",       "b",           "rank_correlation", "information",       "co_observed",
    "overlap", "people_rank", "people_nats",      "in_the_cells_rank", "in_the_cells_nats"};
enum { DATA_COLUMNS = sizeof data_keys / sizeof data_keys[0] };

static const char *exact_rank(const MkAssociation *a, MkArena *arena)
{
    return a->has_rank ? mk_show_exact(arena, mk_show_clean(a->rank)) : "";
}

static void data_table(const Pairs *p, MkResult *result)
{
    MkArena *arena = result->arena;
    MkResultTable *table = mk_result_add_table(result, "", DATA_COLUMNS, p->n_pairs);
    if (table == NULL) {
        return;
    }
    table->use = MK_TABLE_DATA;
    for (size_t c = 0; c < DATA_COLUMNS; c++) {
        mk_result_table_header(result, table, c, data_keys[c], data_keys[c],
                               c < 2 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i < p->n_pairs; i++) {
        const MkBivariate *pair = &p->pairs[i];
        const size_t seen = mk_model_co_observed(p->query->model, pair->a, pair->b);
        const char *cells[DATA_COLUMNS] = {
            name_of(p, pair->a),
            name_of(p, pair->b),
            exact_rank(&pair->model, arena),
            mk_show_exact(arena, mk_show_clean(pair->model.information)),
            mk_show_exact(arena, (double)seen),
            "",
            "",
            "",
            "",
            ""};
        if (pair->has_survey) {
            cells[6] = exact_rank(&pair->in_survey, arena);
            cells[7] = mk_show_exact(arena, pair->in_survey.information);
        }
        if (is_beside(pair)) {
            cells[5] = mk_show_exact(arena, pair->overlap);
            cells[8] = exact_rank(&pair->in_cells, arena);
            cells[9] = mk_show_exact(arena, pair->in_cells.information);
        }
        for (size_t c = 0; c < DATA_COLUMNS; c++) {
            mk_result_table_cell(result, table, i, c, cells[c], NULL);
        }
    }
}

static void notes(const Pairs *p, MkResult *result)
{
    const MkQuery *query = p->query;
    bool has_survey = false;
    mk_note_left_free(result, query->model, query->evidence, query->targets, p->n);
    MkLink linked[MOST_PAIRS];
    MkLinks links = {.items = linked};
    for (size_t i = 0; i < p->n_pairs; i++) {
        if (p->pairs[i].is_linked) {
            linked[links.n] = p->pairs[i].link;
            linked[links.n].target = p->pairs[i].b;
            linked[links.n++].other = p->pairs[i].a;
        }
        has_survey = has_survey || p->pairs[i].has_survey;
    }
    mk_note_links(result, query->model, &links);
    if (has_survey && p->evidence.n > 0) {
        mk_result_note(result, "The training people in the figures are all of them, not only those "
                               "like what is given.");
    }
    mk_note_association(result);
}

static MkStatus answer(Pairs *p, MkResult *result, MkError *err)
{
    MK_TRY(ask_joints(p, result->arena, err));
    MK_TRY(make_pairs(p, result->arena, err));
    MkNode *root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", mk_model_card(p->query->model)->name);
    mk_show_given(result, root, "given", p->query->model, p->evidence);
    nodes(p, root, result);
    people_table(p, result);
    data_table(p, result);
    for (size_t i = 0; i < p->n_pairs; i++) {
        MK_TRY(mk_bivariate_figure(&p->pairs[i], result, err));
    }
    mk_figure_nodes(result, root, "figures");
    notes(p, result);
    return mk_result_status(result, err);
}

MkStatus mk_query_pairs(const MkQuery *query, MkResult *result, MkError *err)
{
    if (query->n_targets < 2 || query->n_targets > MOST) {
        return mk_fail(err, MK_EINVAL, "pairs needs 2 to %d attributes, found %zu", MOST,
                       query->n_targets);
    }
    MkJoint joints[MOST] = {{0}};
    MkArena *arenas[MOST_PAIRS] = {NULL};
    Pairs p = {.query = query, .n = query->n_targets, .joints = joints, .arenas = arenas};
    MkStatus st = mk_evidence_without(result->arena, query->evidence, query->targets,
                                      query->n_targets, &p.evidence, err);
    if (st == MK_OK) {
        st = answer(&p, result, err);
    }
    for (size_t i = 0; i < p.n; i++) {
        mk_joint_release(&joints[i]);
    }
    for (size_t i = 0; i < MOST_PAIRS; i++) {
        mk_arena_free(arenas[i]);
    }
    return st;
}

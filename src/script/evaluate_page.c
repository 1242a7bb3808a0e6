/* evaluate_page.c - scoreboard and sections as one result: tables, JSON, page. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/eval/put.h"
#include "src/query/show.h"
#include "src/result/page.h"
#include "src/script/evaluation.h"

static const char *or_empty(MkResult *result, const char *text)
{
    result->failed = result->failed || text == NULL;
    return text != NULL ? text : "";
}

/* ---- JSON ---- */

static void adopt(MkNode *root, MkNode *child)
{
    if (root->last != NULL) {
        root->last->next = child;
    } else {
        root->first = child;
    }
    root->last = child;
}

/* A section's object becomes a member, or its members do. */
static void take_node(MkNode *root, const MkSectionRun *run, bool is_root)
{
    MkNode *const node = run->section.node;
    if (!is_root) {
        node->key = run->kind->name;
        adopt(root, node);
        return;
    }
    for (MkNode *child = node->first, *next = NULL; child != NULL; child = next) {
        next = child->next;
        child->next = NULL;
        adopt(root, child);
    }
    node->first = NULL;
    node->last = NULL;
}

static bool is_done(const MkEvaluated *done, const char *name)
{
    for (size_t i = 0; i < done->n; i++) {
        if (strcmp(done->runs[i].kind->name, name) == 0) {
            return done->runs[i].is_done;
        }
    }
    return false;
}

static size_t count_done(const MkEvaluated *done)
{
    size_t n = 0;
    for (size_t i = 0; i < done->n; i++) {
        n += done->runs[i].is_done ? 1U : 0U;
    }
    return n;
}

/* Another survey alone is the report. */
static bool is_survey_alone(const MkEvaluated *done)
{
    return count_done(done) == 1 && is_done(done, "external");
}

static const char *protocol(const MkEvaluated *done)
{
    if (is_survey_alone(done)) {
        return "external";
    }
    return count_done(done) == 1 && is_done(done, "masks") ? "masks" : "ten_most_related";
}

static void put_sections(const MkEvaluated *done, MkResult *result, MkNode *root)
{
    MkNode *const list = mk_node_array(result, root, "sections");
    for (size_t i = 0; i < done->n; i++) {
        if (done->runs[i].is_done) {
            (void)mk_node_string(result, list, NULL, done->runs[i].kind->name);
        }
    }
    MkNode *const missing = mk_node_array(result, root, "not_run");
    for (size_t i = 0; i < done->n; i++) {
        if (!done->runs[i].is_done) {
            MkNode *const node = mk_node_object(result, missing, NULL);
            (void)mk_node_string(result, node, "section", done->runs[i].kind->name);
            (void)mk_node_string(result, node, "why", done->runs[i].why_not);
        }
    }
}

static MkNode *begin_node(const MkEvaluation *e, const MkEvaluated *done, MkResult *result)
{
    const MkCard *const card = mk_model_card(e->model);
    MkNode *const root = mk_node_object(result, NULL, NULL);
    (void)mk_node_string(result, root, "model", card->name);
    (void)mk_node_string(result, root, "kind", card->kind);
    (void)mk_node_string(result, root, "protocol", protocol(done));
    if (!is_survey_alone(done)) {
        (void)mk_node_number(result, root, "people", (double)e->people.n_judged);
    }
    (void)mk_node_number(result, root, "level", e->session->line.level);
    (void)mk_node_bool(result, root, "quick", e->is_quick);
    (void)mk_node_bool(result, root, "partial", done->is_cut || done->is_chosen);
    put_sections(done, result, root);
    return root;
}

static void put_figures(const MkEvaluated *done, MkResult *result, MkNode *root)
{
    MkNode *const all = mk_node_object(result, root, "figures");
    for (size_t i = 0; i < done->n_figures; i++) {
        const MkFigureOfMerit *const f = &done->figures[i];
        MkNode *const node = mk_node_object(result, all, f->name);
        (void)mk_node_string(result, node, "label", f->label);
        (void)mk_node_number(result, node, "value", f->value);
        mk_put_node(result, node, "standard_error", f->error);
    }
}

/* ---- text ---- */

/* What a section shows is shown by the whole too; its text stays where it is. */
static void show_too(MkResult *result, const MkResult *part, const char *heading)
{
    if (heading[0] != '\0') {
        (void)mk_result_add_table(result, heading, 0, 0);
    }
    for (size_t i = 0; i < part->n_tables; i++) {
        MkResultTable *const table = mk_result_add_table(result, "", 0, 0);
        if (table != NULL) {
            *table = part->tables[i];
        }
    }
    for (size_t i = 0; i < part->n_figures; i++) {
        MkFigure *const figure = mk_result_add_figure(result, "");
        if (figure != NULL) {
            *figure = part->figures[i];
        }
    }
    for (size_t i = 0; i < part->n_notes; i++) {
        mk_result_note(result, "%s", part->notes[i]);
    }
}

/* "masks (not chosen), privacy (interrupted)" */
static const char *missing_words(const MkEvaluated *done, MkResult *result)
{
    const char *text = "";
    for (size_t i = 0; i < done->n; i++) {
        const MkSectionRun *const run = &done->runs[i];
        if (!run->is_done) {
            text = or_empty(result, mk_arena_printf(result->arena, "%s%s%s (%s)", text,
                                                    text[0] != '\0' ? ", " : "", run->kind->name,
                                                    run->why_not));
        }
    }
    return text;
}

/* The line on top of a report that is not whole; "" when it is. */
static const char *partial_words(const MkEvaluated *done, MkResult *result)
{
    if (!done->is_cut && !done->is_chosen) {
        return "";
    }
    return or_empty(result,
                    mk_arena_printf(result->arena, "A part of an evaluation%s. Not run: %s.",
                                    done->is_cut ? ", interrupted" : ", as chosen",
                                    missing_words(done, result)));
}

/* ---- the page ---- */

static void fill_page(const MkEvaluation *e, const MkEvaluated *done, MkResult *result)
{
    const MkCard *const card = mk_model_card(e->model);
    MkPage *const page = mk_result_page(result);
    if (page == NULL) {
        return;
    }
    page->title = or_empty(result, mk_arena_printf(result->arena, "How good is %s?", card->name));
    page->prose = partial_words(done, result);
    if (page->prose[0] == '\0') {
        page->prose = "What the model knows of people it has not seen, against what it must reach.";
    }
    page->model =
        or_empty(result, mk_arena_printf(result->arena,
                                         "%s %s · kind %s · %zu attributes · trained on %zu "
                                         "people%s",
                                         card->name, card->version, card->kind,
                                         mk_model_schema(e->model)->n, card->n_people,
                                         e->is_quick ? " · quick: fewer people judged" : ""));
    page->made_by = or_empty(
        result,
        mk_arena_printf(result->arena,
                        "Made by manikin %s, seed %llu, intervals of %s; not run: "
                        "%s.",
                        PACKAGE_VERSION, (unsigned long long)e->session->line.seed,
                        mk_show_level(result->arena, e->session->line.level),
                        count_done(done) == done->n ? "nothing" : missing_words(done, result)));
    page->script = or_empty(result, mk_arena_printf(result->arena, "%s\n", e->call->text));
}

static void add_part(MkResult *result, MkResult *answer, const char *heading, const char *prose)
{
    MkPagePart *const part = mk_page_add_part(result, answer, heading, "");
    if (part != NULL) {
        part->prose = prose;
    }
}

MkStatus mk_evaluate_compose(MkEvaluation *e, MkEvaluated *done, MkResult *result, MkError *err)
{
    MkResult *const score = mk_result_new("evaluate");
    if (score == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MkNode *const root = begin_node(e, done, result);
    const char *const partial = partial_words(done, result);
    const MkScoreboard board = {.model = e->model,
                                .thresholds = &done->thresholds,
                                .n_bars = done->n_bars,
                                .bars = done->bars};
    const MkStatus st = mk_scoreboard_make(&board, score, root, err);
    if (st != MK_OK || root == NULL) {
        mk_result_free(score);
        return st;
    }
    put_figures(done, result, root);
    fill_page(e, done, result);
    show_too(result, score, partial);
    result->failed_check =
        score->failed_check != NULL ? mk_arena_strdup(result->arena, score->failed_check) : NULL;
    score->failed_check = NULL; /* its table says it */
    add_part(result, score, "Scoreboard", "");
    for (size_t i = 0; i < done->n; i++) {
        MkSectionRun *const run = &done->runs[i];
        if (run->is_done) {
            take_node(root, run, run->kind->is_root || is_survey_alone(done));
            show_too(result, run->section.result, run->kind->title);
            add_part(result, run->section.result, run->kind->title, run->kind->prose);
            run->section.result = NULL;
        }
    }
    mk_note_association(result);
    result->is_cut = done->is_cut;
    return mk_result_status(result, err);
}

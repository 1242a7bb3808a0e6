/* bivariate_table.c - the training people of two attributes, cell by cell, with the model's people
 * counted in the same cells. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/base/text.h"
#include "src/query/bivariate.h"
#include "src/query/show.h"

typedef struct Table {
    const MkBivariate *pair;
    const MkAttribute *a, *b;
    MkResult *result;
    MkResultTable *table;
} Table;

/* "28 – 35", "≤ 27" and "≥ 71" at the ends, where all who are beyond are; edges lie between
 * recorded values. */
static const char *cell_name(const Table *t, size_t i)
{
    const MkPairCells *s = &t->pair->survey;
    if (s->edges_a == NULL) {
        return t->a->levels[i].name;
    }
    MkArena *arena = t->result->arena;
    const MkShowStep shown = mk_show_step(t->pair->query->model, t->pair->a);
    const double step = t->a->resolution > 0 ? t->a->resolution : t->a->type == MK_COUNT ? 1 : 0;
    double low = s->edges_a[i], high = s->edges_a[i + 1];
    if (step > 0) {
        low = ceil(low / step - 1e-6) * step;
        high = floor(high / step + 1e-6) * step;
    }
    if (i == 0 && s->n_a > 1) {
        return mk_text_or_empty(mk_arena_printf(arena, "≤ %s", mk_show_number(arena, high, shown)));
    }
    if (i + 1 == s->n_a && i > 0) {
        return mk_text_or_empty(mk_arena_printf(arena, "≥ %s", mk_show_number(arena, low, shown)));
    }
    return low < high ? mk_show_interval(arena, low, high, shown)
                      : mk_show_number(arena, low, shown);
}

static const char *number_or_dash(double x, MkShowStep step, MkArena *arena)
{
    return isfinite(x) ? mk_show_number(arena, x, step) : "–";
}

static const char *share_or_dash(double p, MkArena *arena)
{
    return isfinite(p) ? mk_show_share(arena, p) : "–";
}

/* "5.4 (5.5)": the training people's, and the model's. */
static void put(const Table *t, size_t row, size_t column, const char *counted, const char *model)
{
    const char *text = mk_arena_printf(t->result->arena, "%s (%s)", counted, model);
    mk_result_table_cell(t->result, t->table, row, column, mk_text_or_empty(text), NULL);
}

static void fill_row(const Table *t, size_t i)
{
    MkArena *arena = t->result->arena;
    const MkBivariate *pair = t->pair;
    const MkPairCells *s = &pair->survey;
    mk_result_table_cell(t->result, t->table, i, 0, cell_name(t, i), NULL);
    if (s->edges_b != NULL) {
        const MkShowStep step = mk_show_step(pair->query->model, pair->b);
        put(t, i, 1, number_or_dash(mk_bivariate_row_median(pair, s->share, i), step, arena),
            number_or_dash(mk_bivariate_row_median(pair, pair->cells, i), step, arena));
        return;
    }
    for (size_t k = 0; k < s->n_b; k++) {
        put(t, i, 1 + k, share_or_dash(mk_bivariate_row_share(s->share, s->n_b, i, k), arena),
            share_or_dash(mk_bivariate_row_share(pair->cells, s->n_b, i, k), arena));
    }
}

void mk_bivariate_table(const MkBivariate *pair, MkResult *result)
{
    const MkPairCells *s = &pair->survey;
    if (!pair->has_survey || pair->evidence.n > 0) {
        return;
    }
    Table t = {.pair = pair,
               .a = mk_show_attribute(pair->query->model, pair->a),
               .b = mk_show_attribute(pair->query->model, pair->b),
               .result = result};
    const size_t n_columns = s->edges_b != NULL ? 2 : 1 + s->n_b;
    const char *what = s->edges_b != NULL ? "median" : "share";
    const char *title = mk_arena_printf(
        result->arena, "Training people, %s (of the model in the same cells)", what);
    t.table = mk_result_add_table(result, mk_text_or_empty(title), n_columns, s->n_a);
    if (t.table == NULL) {
        return;
    }
    t.table->use = MK_TABLE_PEOPLE;
    mk_result_table_header(result, t.table, 0, t.a->name, t.a->name, MK_ALIGN_RIGHT);
    for (size_t k = 1; k < n_columns; k++) {
        const char *name = s->edges_b != NULL ? t.b->name : t.b->levels[k - 1].name;
        mk_result_table_header(result, t.table, k, name, name, MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i < s->n_a; i++) {
        fill_row(&t, i);
    }
}

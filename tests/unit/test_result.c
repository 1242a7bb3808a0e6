#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include "src/result/result.h"

static void test_a_table_keeps_what_is_put_into_it(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("estimate");
    MkResultTable *t = mk_result_add_table(r, "title", 2, 3);
    char key[] = "median";
    mk_result_table_header(r, t, 1, key, "Median", MK_ALIGN_RIGHT);
    key[0] = 'x';
    mk_result_table_cell(r, t, 2, 1, "5.6", "5.61234");
    mk_result_table_cell(r, t, 9, 1, "outside", NULL);
    assert_string_equal(t->keys[1], "median");
    assert_string_equal(t->keys[0], "");
    assert_int_equal(t->aligns[1], MK_ALIGN_RIGHT);
    assert_string_equal(t->cells[5], "5.6");
    assert_string_equal(t->raw[5], "5.61234");
    assert_string_equal(t->cells[0], "");
    assert_null(t->raw[0]);
    assert_int_equal(mk_result_status(r, NULL), MK_OK);
    mk_result_free(r);
}

static void test_many_tables_figures_series_and_effects_are_kept_in_order(void **state)
{
    (void)state;
    enum { N = 37 };
    MkResult *r = mk_result_new("plot");
    for (size_t i = 0; i < N; i++) {
        char title[16];
        (void)snprintf(title, sizeof title, "t%zu", i);
        (void)mk_result_add_table(r, title, 1, 1);
        MkFigure *f = mk_result_add_figure(r, title);
        for (size_t s = 0; s < i; s++) {
            MkSeries *series =
                mk_figure_add_series(r, f, MK_SERIES_LINE, MK_ROLE_SCENARIO, title, 2);
            series->index = s;
            mk_series_point(series, 1, 1.5, (double)s);
        }
        (void)mk_result_add_effect(r, MK_EFFECT_DRAW, i % 2 == 0 ? title : NULL);
    }
    assert_int_equal(r->n_tables, N);
    assert_int_equal(r->n_figures, N);
    assert_int_equal(r->n_effects, N);
    assert_string_equal(r->tables[33].title, "t33");
    assert_string_equal(r->figures[20].title, "t20");
    assert_int_equal(r->figures[20].n_series, 20);
    assert_int_equal(r->figures[20].series[17].index, 17);
    assert_close(r->figures[20].series[17].y[1], 17, 0, 0);
    assert_true(isnan(r->figures[20].series[17].y[0]));
    assert_string_equal(r->effects[4].path, "t4");
    assert_null(r->effects[5].path);
    mk_result_free(r);
}

static void test_a_series_has_the_arrays_of_its_kind(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("plot");
    MkFigure *f = mk_result_add_figure(r, "f");
    assert_true(isnan(f->x_min) && isnan(f->x_max));
    MkSeries *band = mk_figure_add_series(r, f, MK_SERIES_BAND, MK_ROLE_BAND90, "", 1);
    assert_true(band->x != NULL && band->low != NULL && band->high != NULL && band->y == NULL);
    mk_series_point(band, 0, 3, 4);
    mk_series_span(band, 0, 1, 2);
    assert_close(band->x[0], 3, 0, 0);
    assert_close(band->high[0], 2, 0, 0);
    MkSeries *bars = mk_figure_add_series(r, f, MK_SERIES_BARS, MK_ROLE_POSTERIOR, "", 2);
    assert_true(bars->x == NULL && bars->y != NULL && bars->labels != NULL);
    mk_series_label(r, bars, 1, "never");
    assert_string_equal(bars->labels[0], "");
    assert_string_equal(bars->labels[1], "never");
    MkSeries *mark = mk_figure_add_series(r, f, MK_SERIES_MARK, MK_ROLE_MEDIAN, "m", 1);
    assert_true(mark->x != NULL && mark->y == NULL);
    mk_result_free(r);
}

static void test_a_note_said_twice_is_kept_once(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("x");
    for (int i = 0; i < 40; i++) {
        mk_result_note(r, "note %d", i % 20);
    }
    assert_int_equal(r->n_notes, 20);
    assert_string_equal(r->notes[19], "note 19");
    mk_result_free(r);
}

static void test_a_tree_keeps_order_and_holds_no_infinity(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("x");
    MkNode *root = mk_node_object(r, NULL, NULL);
    assert_ptr_equal(root, r->data);
    MkNode *list = mk_node_array(r, root, "list");
    (void)mk_node_number(r, list, NULL, 1.5);
    (void)mk_node_number(r, list, NULL, INFINITY);
    (void)mk_node_bool(r, list, NULL, true);
    (void)mk_node_string(r, root, "name", "altair");
    assert_int_equal(list->first->kind, MK_NODE_NUMBER);
    assert_int_equal(list->first->next->kind, MK_NODE_NULL);
    assert_int_equal(list->last->kind, MK_NODE_BOOL);
    assert_string_equal(root->first->key, "list");
    assert_string_equal(root->first->next->string, "altair");
    mk_result_free(r);
}

static void test_builders_bear_null(void **state)
{
    (void)state;
    MkResult *r = mk_result_new("x");
    mk_result_table_cell(r, NULL, 0, 0, "a", NULL);
    mk_series_point(NULL, 0, 0, 0);
    assert_null(mk_figure_add_series(r, NULL, MK_SERIES_LINE, MK_ROLE_MEDIAN, "", 1));
    assert_null(mk_node_number(r, NULL, "k", 1));
    assert_int_equal(mk_result_status(NULL, NULL), MK_ENOMEM);
    mk_result_free(r);
    mk_result_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_keeps_what_is_put_into_it),
        cmocka_unit_test(test_many_tables_figures_series_and_effects_are_kept_in_order),
        cmocka_unit_test(test_a_series_has_the_arrays_of_its_kind),
        cmocka_unit_test(test_a_note_said_twice_is_kept_once),
        cmocka_unit_test(test_a_tree_keeps_order_and_holds_no_infinity),
        cmocka_unit_test(test_builders_bear_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

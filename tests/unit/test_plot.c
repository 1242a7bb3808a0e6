#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/unit/figures.h"

#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/plot/plot_priv.h"

/* ---- quoting ---- */

static void check_quote(const char *text, const char *want)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_plot_quote(text, &buf);
    assert_string_equal(buf.data, want);
    mk_buf_release(&buf);
}

static void test_text_goes_into_single_quotes_only(void **state)
{
    (void)state;
    check_quote("", "''");
    check_quote("HbA1c (%)", "'HbA1c (%)'");
    check_quote("it's", "'it''s'");
    check_quote("'; system('id'); '", "'''; system(''id''); '''");
    check_quote("`touch pwned` @macro \"x\" \\", "'`touch pwned` @macro \"x\" \\'");
    check_quote("a\nb\r\tc\x7f\x1b[31m", "'a b c[31m'");
    check_quote("g\xc2\x9b"
                "1mx",
                "'g1mx'"); /* C1 control */
    check_quote("a\xe2\x80\xa8"
                "b",
                "'ab'"); /* line separator */
    check_quote("a\xe2\x80\xae"
                "b",
                "'ab'");                                   /* turns the direction of text */
    check_quote("\xff\xc3", "'\xef\xbf\xbd\xef\xbf\xbd'"); /* not UTF-8 */
    check_quote("\xe2\x89\xa5 6.5", "'\xe2\x89\xa5 6.5'");
}

/* ---- scripts ---- */

static void test_script_holds_data_in_blocks_and_names_in_quotes(void **state)
{
    (void)state;
    Fixture f;
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(density(&f), false, false, &script);
    assert_int_equal(mk_buf_status(&script, NULL), MK_OK);
    assert_non_null(strstr(script.data, "set xlabel 'HbA1c (%)'\n"));
    assert_non_null(strstr(script.data, "set ylabel 'density'\n"));
    assert_non_null(strstr(script.data, "$d0 << EOD\n4 "));
    assert_non_null(strstr(script.data, "title 'population'"));
    assert_non_null(strstr(script.data, "set label 'median 6.0' at 6,"));
    assert_null(strstr(script.data, "set terminal"));
    assert_null(strstr(script.data, "set output"));
    assert_null(strstr(script.data, "nan"));
    /* The curve lies on the areas, the median on all. */
    const char *area = strstr(script.data, "$d2 using 1:2:3 with filledcurves");
    const char *line = strstr(script.data, "$d0 using 1:2 with lines");
    const char *mark = strstr(script.data, "$d3 using 1:2 with lines");
    assert_true(area != NULL && line != NULL && mark != NULL && area < line && line < mark);
    mk_buf_release(&script);
}

/* The legend's rows are what the upper margin has room for. */
static void test_a_legend_of_long_names_has_rows_of_its_own(void **state)
{
    (void)state;
    Fixture f;
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(density(&f), false, false, &script);
    assert_non_null(strstr(script.data, "maxrows 1 "));
    assert_non_null(strstr(script.data, "set tmargin 4\n"));
    f.series[0].name = "a scenario of many words, median 25.3";
    mk_buf_clear(&script);
    mk_plot_script(&f.figure, false, false, &script);
    assert_non_null(strstr(script.data, "maxrows 3 "));
    assert_non_null(strstr(script.data, "set tmargin 6\n"));
    mk_buf_release(&script);
}

static void test_script_of_bars_names_levels_and_values(void **state)
{
    (void)state;
    Fixture f;
    MkFigure *figure = bars(&f);
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(figure, false, false, &script);
    /* A tic label is a format to gnuplot. */
    assert_non_null(strstr(script.data, "'never' 0, '50 %% or more' 1, '体重' 2)"));
    assert_non_null(strstr(script.data, "set label '0.58' at 0.58,0 left"));
    assert_null(strstr(script.data, "xerrorbars"));
    f.series[0].low = f.low;
    f.series[0].high = f.high;
    mk_buf_clear(&script);
    mk_plot_script(figure, false, false, &script);
    assert_non_null(strstr(script.data, "$i0 << EOD\n0.58 0 0.5 0.7\n\n0.13 2 0.1 0.2\nEOD\n"));
    assert_non_null(strstr(script.data, "xerrorbars"));
    mk_buf_release(&script);
}

static void test_medians_have_their_interval_and_an_axis_without_zero(void **state)
{
    (void)state;
    static const char *labels[] = {"a", "b"};
    static const double y[] = {5.5, 5.75}, low[] = {5, 5.25}, high[] = {7, 8};
    MkSeries s = {.kind = MK_SERIES_BARS,
                  .role = MK_ROLE_MEDIAN,
                  .name = "median and 90 %",
                  .n = 2,
                  .labels = labels,
                  .y = y,
                  .low = low,
                  .high = high};
    MkFigure figure = {.title = "",
                       .x_label = "",
                       .y_label = "",
                       .caption = "",
                       .x_min = NAN,
                       .x_max = NAN,
                       .n_series = 1,
                       .series = &s};
    MkPlotBounds bounds;
    assert_true(mk_plot_bounds(&figure, &bounds));
    assert_true(bounds.x_lo > 4.5 && bounds.x_lo < 5 && bounds.x_hi > 8 && bounds.x_hi < 8.5);
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(&figure, false, false, &script);
    assert_non_null(strstr(script.data, "$d0 << EOD\n5.5 0 5 7 ")); /* from low to high */
    assert_non_null(strstr(script.data, "set label '5.5' at 5.5,0 left"));
    assert_null(strstr(script.data, "set arrow from 0,"));
    assert_null(strstr(script.data, "xerrorbars"));
    s.role = MK_ROLE_POSTERIOR;
    assert_true(mk_plot_bounds(&figure, &bounds));
    assert_close(bounds.x_lo, 0, 0, 0); /* a bar begins at zero */
    mk_buf_release(&script);
}

static void test_mono_script_has_greys_and_dashes(void **state)
{
    (void)state;
    Fixture f;
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(density(&f), true, true, &script);
    for (const char *p = strstr(script.data, "rgb '#"); p != NULL; p = strstr(p + 1, "rgb '#")) {
        assert_memory_equal(p + 6, p + 8, 2); /* red is green is blue */
        assert_memory_equal(p + 6, p + 10, 2);
    }
    assert_non_null(strstr(script.data, "dt (9,5)"));
    for (const char *p = script.data; *p != '\0'; p++) {
        assert_true((unsigned char)*p < 0x80);
    }
    mk_buf_release(&script);
}

/* Values from 0.01 to 1000 in even steps of the logarithm; the first is a zero, which is a gap. */
static MkFigure *skewed(Fixture *f)
{
    MkFigure *figure = density(f);
    for (size_t i = 0; i < N; i++) {
        f->x[i] = pow(10, -2 + 5 * (double)i / (N - 1));
    }
    f->x[0] = 0;
    f->median[0] = 1;
    figure->x_min = 0.01;
    figure->x_max = 1000;
    figure->x_is_log = true;
    return figure;
}

static void test_script_shades_cells_and_closes_contours(void **state)
{
    (void)state;
    Fixture f;
    MkBuf out;
    mk_buf_init(&out);
    mk_plot_script(relation(&f), false, false, &out);
    /* shade by the root of the density: the densest, a quarter, 1/sqrt(2); the untold not at all */
    assert_non_null(strstr(out.data, "0xe4872e\n"));
    assert_non_null(strstr(out.data, "0xfbdfc1\n"));
    assert_non_null(strstr(out.data, "0xee9e4d\n"));
    assert_non_null(strstr(out.data, "keyentry with boxes"));
    assert_non_null(strstr(out.data, "title 'training people'"));
    size_t n = 0;
    for (const char *p = out.data; (p = strstr(p, " 0x")) != NULL; p++) {
        n++;
    }
    assert_int_equal(n, 3);
    assert_non_null(strstr(out.data, "$d2 << EOD\n0.5 0.5\n3.5 0.5\n3.5 1.5\n0.5 1.5\n0.5 0.5\n"));
    const char *cells = strstr(out.data, "$d0 using"), *drawn = strstr(out.data, "$d1 using"),
               *half = strstr(out.data, "$d2 using");
    assert_true(cells != NULL && cells < drawn && drawn < half);
    mk_buf_clear(&out);
    mk_plot_script(relation(&f), true, false, &out);
    assert_non_null(strstr(out.data, "0x9c9c9c\n"));
    assert_null(strstr(out.data, "0xe4872e"));
    mk_buf_release(&out);
}

static void test_cells_on_logarithmic_axes_are_shaded_by_their_area_there(void **state)
{
    (void)state;
    static const double x[] = {1, 10}, x_end[] = {10, 100}, low[] = {0, 0}, high[] = {1, 1},
                        share[] = {0.5, 0.5};
    MkSeries cells = {.kind = MK_SERIES_CELLS,
                      .role = MK_ROLE_SURVEY,
                      .name = "",
                      .n = 2,
                      .x = x,
                      .x_end = x_end,
                      .low = low,
                      .high = high,
                      .y = share};
    const MkFigure figure = {.title = "",
                             .x_label = "",
                             .y_label = "",
                             .caption = "",
                             .x_min = NAN,
                             .x_max = NAN,
                             .n_series = 1,
                             .series = &cells,
                             .x_is_log = true};
    MkBuf out;
    mk_buf_init(&out);
    mk_plot_script(&figure, false, false, &out);
    const char *first = strstr(out.data, "0xe4872e\n");
    assert_non_null(first); /* a decade each: both are the densest */
    assert_non_null(strstr(first + 1, "0xe4872e\n"));
    mk_buf_release(&out);
}

static void test_a_logarithmic_axis_has_powers_of_ten(void **state)
{
    (void)state;
    Fixture f;
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(skewed(&f), false, false, &script);
    assert_int_equal(mk_buf_status(&script, NULL), MK_OK);
    assert_non_null(strstr(script.data, "set xrange [-2:3]\n"));
    assert_non_null(
        strstr(script.data, "set xtics ('0.01' -2, '0.1' -1, '1' 0, '10' 1, '100' 2, '1000' 3)\n"));
    assert_non_null(strstr(script.data, "$d0 << EOD\n\n-1.875 "));
    assert_non_null(strstr(script.data, "set label 'median 6.0' at 0,"));
    f.figure.x_max = 1;
    mk_buf_clear(&script);
    mk_plot_script(&f.figure, false, false, &script);
    assert_non_null(strstr(script.data, "'0.01' -2, '0.02' -1.69897"));
    mk_buf_release(&script);
}

static void test_a_figure_without_numbers_is_refused(void **state)
{
    (void)state;
    Fixture f;
    MkFigure *figure = density(&f);
    for (size_t i = 0; i < N; i++) {
        f.population[i] = f.posterior[i] = NAN;
    }
    MkError err;
    MkBuf script;
    mk_buf_init(&script);
    mk_plot_script(figure, false, false, &script);
    assert_int_equal(script.len, 0);
    mk_buf_release(&script);
    assert_int_equal(mk_plot_draw_file(NULL, figure, "/nowhere/a.gp", &err), MK_EINVAL);
    figure->n_series = 0;
    assert_int_equal(mk_plot_draw_file(NULL, figure, "/nowhere/a.gp", &err), MK_EINVAL);
    assert_int_equal(mk_plot_draw_file(NULL, density(&f), "a.jpeg", &err), MK_EINVAL);
    assert_string_equal(err.text, "a.jpeg: figures are written as .svg, .png, .pdf or .gp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_goes_into_single_quotes_only),
        cmocka_unit_test(test_script_holds_data_in_blocks_and_names_in_quotes),
        cmocka_unit_test(test_a_legend_of_long_names_has_rows_of_its_own),
        cmocka_unit_test(test_script_of_bars_names_levels_and_values),
        cmocka_unit_test(test_medians_have_their_interval_and_an_axis_without_zero),
        cmocka_unit_test(test_mono_script_has_greys_and_dashes),
        cmocka_unit_test(test_script_shades_cells_and_closes_contours),
        cmocka_unit_test(test_cells_on_logarithmic_axes_are_shaded_by_their_area_there),
        cmocka_unit_test(test_a_logarithmic_axis_has_powers_of_ten),
        cmocka_unit_test(test_a_figure_without_numbers_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

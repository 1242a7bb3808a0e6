#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/unit/figures.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"

/* ---- programs that are not quite gnuplot ---- */

typedef struct Fake {
    char folder[128];
    char path[160];
} Fake;

static const char *in_folder(const Fake *fake, const char *name, char out[200])
{
    (void)snprintf(out, 200, "%s/%s", fake->folder, name);
    return out;
}

static void make_folder(Fake *fake)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(fake->folder, sizeof fake->folder, "%.90s/mk-plot.XXXXXX",
                   tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(fake->folder));
}

static void make_fake(Fake *fake, const char *body)
{
    make_folder(fake);
    (void)snprintf(fake->path, sizeof fake->path, "%s/fake", fake->folder);
    FILE *out = fopen(fake->path, "w");
    assert_non_null(out);
    (void)fprintf(out, "#!/bin/sh\ncd '%s' || exit 1\n%s\n", fake->folder, body);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(fake->path, 0700), 0);
}

static void drop_folder(const Fake *fake)
{
    static const char *const names[] = {"fake",  "once", "a.svg", "a.png",
                                        "a.pdf", "a.gp", "pwned", "it's \"a\" `b`\n.svg"};
    char path[200];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(in_folder(fake, names[i], path));
    }
    assert_int_equal(rmdir(fake->folder), 0);
}

static MkStatus open_fake(const Fake *fake, int timeout_ms, MkPlot **plot, MkError *err)
{
    return mk_plot_open(&(MkPlotConfig){.program = fake->path, .timeout_ms = timeout_ms}, plot,
                        err);
}

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The real one; tests that need it are skipped where it is not installed. */
static MkPlot *real_plot(bool ascii)
{
    MkPlot *plot = NULL;
    MkError err;
    if (mk_plot_open(&(MkPlotConfig){.timeout_ms = 20000, .ascii = ascii}, &plot, &err) != MK_OK) {
        print_message("# %s\n", err.text);
        skip();
    }
    return plot;
}

/* ---- children that misbehave ---- */

static void test_a_missing_program_says_how_to_get_it(void **state)
{
    (void)state;
    MkPlot *plot = NULL;
    MkError err;
    assert_int_equal(mk_plot_open(&(MkPlotConfig){.program = "mk-no-such-gnuplot"}, &plot, &err),
                     MK_EIO);
    assert_null(plot);
    assert_non_null(strstr(err.text, "gnuplot was not found"));
    assert_non_null(strstr(err.text, "apt install gnuplot-nox"));
}

static void test_a_hanging_program_is_given_up(void **state)
{
    (void)state;
    Fake fake;
    make_fake(&fake, "exec sleep 100");
    MkPlot *plot = NULL;
    MkError err;
    const double start = seconds();
    assert_int_equal(open_fake(&fake, 100, &plot, &err), MK_EIO);
    assert_true(seconds() - start < 5);
    assert_non_null(strstr(err.text, "did not answer within 100 ms"));
    drop_folder(&fake);
}

static void test_a_dying_program_is_an_error_and_no_signal(void **state)
{
    (void)state;
    Fake fake;
    make_fake(&fake, "exit 3");
    MkPlot *plot = NULL;
    MkError err;
    assert_int_equal(open_fake(&fake, 2000, &plot, &err), MK_EIO);
    assert_non_null(strstr(err.text, "ended unexpectedly"));
    drop_folder(&fake);
    make_fake(&fake, "exec <&-; sleep 0.05"); /* closes its input first */
    assert_int_equal(open_fake(&fake, 2000, &plot, &err), MK_EIO);
    drop_folder(&fake);
}

static void test_a_program_that_prints_nonsense_is_given_up(void **state)
{
    (void)state;
    Fake fake;
    make_fake(&fake, "while :; do echo 'mk-0000000000000000-1 0'; echo mk- >&2; done");
    MkPlot *plot = NULL;
    MkError err;
    const double start = seconds();
    assert_int_equal(open_fake(&fake, 100, &plot, &err), MK_EIO);
    assert_true(seconds() - start < 10);
    drop_folder(&fake);
}

static void test_an_echo_is_not_gnuplot(void **state)
{
    (void)state;
    Fake fake;
    make_fake(&fake, "exec cat");
    MkPlot *plot = NULL;
    MkError err;
    assert_int_equal(open_fake(&fake, 200, &plot, &err), MK_EIO);
    drop_folder(&fake);
}

static void test_a_program_that_hangs_once_is_started_again(void **state)
{
    (void)state;
    mk_plot_close(real_plot(false));
    Fake fake;
    make_fake(&fake, "if test -e once; then exec gnuplot \"$@\"; fi; : > once; exec sleep 100");
    MkPlot *plot = NULL;
    MkError err;
    assert_int_equal(open_fake(&fake, 1500, &plot, &err), MK_OK);
    mk_plot_close(plot);
    drop_folder(&fake);
}

static void test_a_program_that_hangs_later_is_given_up_at_once(void **state)
{
    (void)state;
    mk_plot_close(real_plot(false));
    Fake fake;
    /* Good enough for the probe; afterwards every start hangs. */
    make_fake(&fake, "if test -e once; then exec sleep 100; fi; : > once\n"
                     "head -n 6 | gnuplot \"$@\"; exec sleep 100");
    MkPlot *plot = NULL;
    MkError err;
    Fixture f;
    MkBuf out;
    mk_buf_init(&out);
    assert_int_equal(open_fake(&fake, 1500, &plot, &err), MK_OK);
    assert_int_equal(mk_plot_draw_text(plot, density(&f), 60, 14, MK_TEXT_MONO, &out, &err),
                     MK_EIO);
    assert_non_null(strstr(err.text, "did not answer"));
    const double start = seconds();
    assert_int_equal(mk_plot_draw_text(plot, density(&f), 60, 14, MK_TEXT_MONO, &out, &err),
                     MK_EIO);
    assert_true(seconds() - start < 0.5);
    assert_non_null(strstr(err.text, "did not answer"));
    mk_plot_close(plot);
    mk_buf_release(&out);
    drop_folder(&fake);
}

/* ---- the real one ---- */

/* Rows of the right number, none wider than the columns; fills in no control but newlines and SGR.
 */
static void check_rows(const char *text, size_t columns, size_t rows)
{
    size_t n = 0;
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        assert_non_null(end);
        char row[4096];
        size_t len = 0;
        for (const char *p = text; p < end; p++) {
            if (*p == '\033') {
                assert_int_equal(p[1], '[');
                p += 2 + strspn(p + 2, "0123456789;");
                assert_int_equal(*p, 'm');
            } else {
                assert_true((unsigned char)*p >= 0x20);
                row[len++] = *p;
            }
        }
        row[len] = '\0';
        assert_true(mk_utf8_valid(row, len));
        assert_true(mk_utf8_width(row) <= columns);
        text = end + 1;
        n++;
    }
    assert_int_equal(n, rows);
}

static void test_text_plots_keep_their_size(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{24, 7}, {40, 9}, {60, 14}, {78, 20}, {110, 30}, {120, 40}};
    Fixture f;
    for (int ascii = 0; ascii < 2; ascii++) {
        MkPlot *plot = real_plot(ascii != 0);
        for (size_t i = 0; i < 3 * (sizeof sizes / sizeof sizes[0]); i++) {
            const size_t *size = sizes[i / 3];
            MkFigure *figure = i % 3 == 0 ? density(&f) : i % 3 == 1 ? bars(&f) : relation(&f);
            MkError err;
            MkBuf out;
            mk_buf_init(&out);
            const MkTextPlot mode = size[0] == 78 ? MK_TEXT_ANSI256 : MK_TEXT_MONO;
            assert_int_equal(mk_plot_draw_text(plot, figure, size[0], size[1], mode, &out, &err),
                             MK_OK);
            check_rows(out.data, size[0], size[1]);
            assert_true((strchr(out.data, '\033') != NULL) == (mode == MK_TEXT_ANSI256));
            mk_buf_release(&out);
        }
        mk_plot_close(plot);
    }
}

static void test_text_plot_shows_each_element_by_its_character(void **state)
{
    (void)state;
    Fixture f;
    MkPlot *plot = real_plot(true);
    MkBuf out;
    mk_buf_init(&out);
    assert_int_equal(mk_plot_draw_text(plot, density(&f), 60, 16, MK_TEXT_MONO, &out, NULL), MK_OK);
    assert_non_null(strstr(out.data, "o population"));
    assert_non_null(strstr(out.data, "% 50 %"));
    assert_non_null(strstr(out.data, "| median 6.0"));
    assert_non_null(strstr(out.data, "HbA1c (%)"));
    assert_non_null(strstr(out.data, "oo"));
    assert_non_null(strstr(out.data, "%%%|"));
    mk_buf_clear(&out);
    assert_int_equal(mk_plot_draw_text(plot, bars(&f), 60, 16, MK_TEXT_MONO, &out, NULL), MK_OK);
    assert_non_null(strstr(out.data, "never |####"));
    assert_non_null(strstr(out.data, "# 0.58\n"));
    mk_buf_release(&out);
    mk_plot_close(plot);
}

static void test_text_plot_shades_cells_behind_contours(void **state)
{
    (void)state;
    Fixture f;
    MkBuf out;
    mk_buf_init(&out);
    for (int ascii = 0; ascii < 2; ascii++) {
        MkPlot *plot = real_plot(ascii != 0);
        mk_buf_clear(&out);
        assert_int_equal(mk_plot_draw_text(plot, relation(&f), 60, 20, MK_TEXT_MONO, &out, NULL),
                         MK_OK);
        check_rows(out.data, 60, 20);
        assert_non_null(strstr(out.data, ascii ? "= training people" : "\u2592 training people"));
        assert_non_null(strstr(out.data, ascii ? "o model, 90 %" : "\u25cb model, 90 %"));
        assert_non_null(strstr(out.data, ascii ? "OOO" : "\u25cf\u25cf\u25cf"));
        assert_non_null(strstr(out.data, ascii ? "%%%" : "\u2593\u2593\u2593"));
        assert_non_null(strstr(out.data, ascii ? ".   ." : "\u00b7   \u00b7")); /* few people */
        assert_null(strstr(out.data, "drawn")); /* they would hide the cells */
        /* the cell that is not told is empty: the upper left inside the wide contour */
        assert_non_null(strstr(out.data, ascii ? "o      " : "\u25cb      "));
        mk_plot_close(plot);
    }
    mk_buf_release(&out);
}

static void test_too_few_cells_are_refused(void **state)
{
    (void)state;
    Fixture f;
    MkPlot *plot = real_plot(false);
    MkBuf out;
    MkError err;
    mk_buf_init(&out);
    assert_int_equal(mk_plot_draw_text(plot, density(&f), 10, 3, MK_TEXT_MONO, &out, &err),
                     MK_EINVAL);
    assert_string_equal(err.text, "a plot needs 24x7 cells at least, here are 10x3");
    mk_buf_release(&out);
    mk_plot_close(plot);
}

static void test_hostile_words_reach_no_shell(void **state)
{
    (void)state;
    static const char hostile[] = "`touch pwned` $(touch pwned) '; system('touch pwned'); '\n"
                                  "system('touch pwned') @m \"%s%n\" \\";
    Fake fake;
    make_folder(&fake);
    char before[512], path[200];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(fake.folder), 0);
    MkPlot *plot = real_plot(false);
    Fixture f;
    for (int i = 0; i < 2; i++) {
        MkFigure *figure = i == 0 ? density(&f) : bars(&f);
        figure->title = figure->x_label = figure->y_label = figure->caption = hostile;
        for (size_t k = 0; k < figure->n_series; k++) {
            f.series[k].name = hostile;
        }
        f.labels[0] = hostile;
        MkError err = {MK_OK, ""};
        MkBuf svg, out;
        mk_buf_init(&svg);
        mk_buf_init(&out);
        const MkStatus st = mk_plot_draw_file(plot, figure, "it's \"a\" `b`\n.svg", &err);
        assert_string_equal(err.text, "");
        assert_int_equal(st, MK_OK);
        assert_int_equal(mk_file_read("it's \"a\" `b`\n.svg", 0, &svg, NULL), MK_OK);
        assert_non_null(strstr(svg.data, "`touch pwned` $(touch pwned)"));
        assert_non_null(strstr(svg.data, "</svg>"));
        assert_int_equal(mk_plot_draw_text(plot, figure, 80, 20, MK_TEXT_MONO, &out, NULL), MK_OK);
        check_rows(out.data, 80, 20);
        mk_buf_release(&svg);
        mk_buf_release(&out);
    }
    mk_plot_close(plot);
    assert_false(mk_file_exists(in_folder(&fake, "pwned", path)));
    assert_int_equal(chdir(before), 0);
    drop_folder(&fake);
}

static void test_files_are_complete_and_of_their_kind(void **state)
{
    (void)state;
    static const struct {
        const char *name, *start, *end;
    } kinds[] = {
        {"a.png", "\x89PNG\r\n\x1a\n",
         "IEND\xae"
         "B`\x82"},
        {"a.svg", "<?xml ", "</svg>"},
        {"a.pdf", "%PDF-", "%%EOF"},
        {"a.gp", "# A figure with its data", "title 'given'\n"},
    };
    Fake fake;
    make_folder(&fake);
    MkPlot *plot = real_plot(false);
    Fixture f;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char path[200];
        MkBuf bytes;
        mk_buf_init(&bytes);
        (void)in_folder(&fake, kinds[i].name, path);
        assert_int_equal(mk_plot_draw_file(plot, bars(&f), path, NULL), MK_OK);
        assert_int_equal(mk_file_read(path, 0, &bytes, NULL), MK_OK);
        const size_t n = strlen(kinds[i].end);
        assert_memory_equal(bytes.data, kinds[i].start, strlen(kinds[i].start));
        while (bytes.len > n && bytes.data[bytes.len - 1] == '\n' && kinds[i].end[n - 1] != '\n') {
            bytes.len--;
        }
        assert_memory_equal(bytes.data + bytes.len - n, kinds[i].end, n);
        mk_buf_release(&bytes);
    }
    char path[200];
    MkError err;
    assert_int_equal(mk_plot_draw_file(plot, bars(&f), in_folder(&fake, "no/a.svg", path), &err),
                     MK_EIO);
    mk_plot_close(plot);
    drop_folder(&fake);
}

static void test_braille_is_used_where_gnuplot_offers_it(void **state)
{
    (void)state;
    Fake fake;
    /* Speaks the protocol; answers each plot with a line of braille. */
    make_fake(&fake, "while IFS= read -r line; do case $line in\n"
                     "'print GPVAL_TERMINALS') echo ' block dumb unknown ' ;;\n"
                     "*sprintf*) t=${line#*mk-}; printf '\\nmk-%s0\\n' \"${t%%%d*}\" ;;\n"
                     "print*picture*) n=${line#*picture }; echo \"mk-picture ${n%?}\" ;;\n"
                     "plot*) echo '\u28ff\u2801' ;;\n"
                     "esac; done");
    MkPlot *plot = NULL;
    MkError err = {MK_OK, ""};
    Fixture f;
    MkBuf out;
    mk_buf_init(&out);
    const MkStatus opened = open_fake(&fake, 5000, &plot, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(opened, MK_OK);
    assert_int_equal(mk_plot_draw_text(plot, density(&f), 60, 14, MK_TEXT_ANSI256, &out, &err),
                     MK_OK);
    check_rows(out.data, 60, 14);
    assert_non_null(strstr(out.data, "\u28ff\u2801"));
    mk_buf_clear(&out); /* without colour all lines of braille are alike */
    assert_int_equal(mk_plot_draw_text(plot, density(&f), 60, 14, MK_TEXT_MONO, &out, &err), MK_OK);
    assert_null(strstr(out.data, "\u2801"));
    mk_plot_close(plot);
    mk_buf_release(&out);
    drop_folder(&fake);
}

static void test_a_killed_child_is_replaced(void **state)
{
    (void)state;
    Fake fake;
    mk_plot_close(real_plot(false));
    /* Ends after a number of lines: in the middle of one of the requests, again and again. */
    make_fake(&fake, "i=0; while test $i -lt 70 && IFS= read -r line; do printf '%s\\n' \"$line\"\n"
                     "i=$((i + 1)); done | gnuplot \"$@\"");
    MkPlot *plot = NULL;
    MkError err = {MK_OK, ""};
    Fixture f;
    MkBuf out;
    mk_buf_init(&out);
    const MkStatus opened = open_fake(&fake, 20000, &plot, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(opened, MK_OK);
    for (int i = 0; i < 6; i++) {
        mk_buf_clear(&out);
        assert_int_equal(mk_plot_draw_text(plot, bars(&f), 60, 12, MK_TEXT_MONO, &out, &err),
                         MK_OK);
        check_rows(out.data, 60, 12);
    }
    mk_plot_close(plot);
    mk_buf_release(&out);
    drop_folder(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_missing_program_says_how_to_get_it),
        cmocka_unit_test(test_a_hanging_program_is_given_up),
        cmocka_unit_test(test_a_dying_program_is_an_error_and_no_signal),
        cmocka_unit_test(test_a_program_that_prints_nonsense_is_given_up),
        cmocka_unit_test(test_an_echo_is_not_gnuplot),
        cmocka_unit_test(test_a_program_that_hangs_once_is_started_again),
        cmocka_unit_test(test_a_program_that_hangs_later_is_given_up_at_once),
        cmocka_unit_test(test_text_plots_keep_their_size),
        cmocka_unit_test(test_text_plot_shows_each_element_by_its_character),
        cmocka_unit_test(test_text_plot_shades_cells_behind_contours),
        cmocka_unit_test(test_too_few_cells_are_refused),
        cmocka_unit_test(test_hostile_words_reach_no_shell),
        cmocka_unit_test(test_files_are_complete_and_of_their_kind),
        cmocka_unit_test(test_braille_is_used_where_gnuplot_offers_it),
        cmocka_unit_test(test_a_killed_child_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/plot/plot.h"

enum { N = 41 };

typedef struct Fixture {
    double x[N], y[N];
    MkSeries series;
    MkFigure figure;
} Fixture;

static MkFigure *density(Fixture *f)
{
    for (size_t i = 0; i < N; i++) {
        const double z = ((double)i - 20) / 8;
        f->x[i] = 4 + 0.1 * (double)i;
        f->y[i] = exp(-z * z / 2);
    }
    f->series = (MkSeries){.kind = MK_SERIES_LINE,
                           .role = MK_ROLE_POSTERIOR,
                           .name = "given",
                           .n = N,
                           .x = f->x,
                           .y = f->y};
    f->figure = (MkFigure){.title = "HbA1c",
                           .x_label = "HbA1c (%)",
                           .y_label = "density",
                           .caption = "",
                           .x_min = 4,
                           .x_max = 8,
                           .n_series = 1,
                           .series = &f->series};
    return &f->figure;
}

static MkPlot *real_plot(void)
{
    MkPlot *plot = NULL;
    MkError err = {MK_OK, ""};
    if (mk_plot_open(&(MkPlotConfig){.program = "gnuplot"}, &plot, &err) != MK_OK) {
        skip();
    }
    return plot;
}

/* Width and height of a sixel image as its bands say: "$" goes back, "-" is a new band. */
static void measure_sixel(const char *text, size_t *width, size_t *height)
{
    size_t x = 0, bands = 1;
    *width = 0;
    for (const char *c = strchr(text, '#'); *c != '\033' && *c != '\0'; c++) {
        size_t times = 1;
        if (*c == '!') {
            times = strtoul(c + 1, (char **)(uintptr_t)&c, 10);
        } else if (*c == '#') {
            c += 1 + strspn(c + 1, "0123456789;");
            c--;
            continue;
        }
        if (*c >= '?' && *c <= '~') {
            x += times;
            *width = x > *width ? x : *width;
        } else if (*c == '$' || *c == '-') {
            x = 0;
            bands += *c == '-';
        }
    }
    *height = 6 * bands;
}

static void test_images_are_whole_and_of_the_size_asked_for(void **state)
{
    (void)state;
    MkPlot *plot = real_plot();
    Fixture f;
    MkBuf out;
    MkError err = {MK_OK, ""};
    mk_buf_init(&out);
    if (mk_plot_has_image(plot, MK_IMAGE_PNG)) {
        static const char start[] = "\x89PNG\r\n\x1a\n";
        assert_int_equal(
            mk_plot_draw_image(plot, density(&f), MK_IMAGE_PNG, 320, 210, 1, &out, &err), MK_OK);
        assert_memory_equal(out.data, start, 8);
        const unsigned char *size = (const unsigned char *)out.data + 16;
        assert_int_equal(size[2] * 256 + size[3], 320);
        assert_int_equal(size[6] * 256 + size[7], 210);
    }
    mk_buf_clear(&out);
    if (mk_plot_has_image(plot, MK_IMAGE_SIXEL)) {
        size_t width = 0, height = 0;
        assert_int_equal(
            mk_plot_draw_image(plot, density(&f), MK_IMAGE_SIXEL, 320, 210, 1, &out, &err), MK_OK);
        assert_memory_equal(out.data, "\033P", 2);
        assert_memory_equal(out.data + out.len - 2, "\033\\", 2);
        measure_sixel(out.data, &width, &height);
        assert_int_equal(width, 320);
        assert_in_range(height, 210, 216);
    }
    mk_buf_clear(&out);
    f.figure.n_series = 0;
    assert_int_equal(mk_plot_draw_image(plot, &f.figure, MK_IMAGE_PNG, 320, 210, 1, &out, &err),
                     MK_EINVAL);
    mk_buf_release(&out);
    mk_plot_close(plot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images_are_whole_and_of_the_size_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

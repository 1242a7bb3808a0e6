/* figures.h - figures of every kind: a density, bars, two attributes together. */
#ifndef MK_TESTS_UNIT_FIGURES_H
#define MK_TESTS_UNIT_FIGURES_H

#include "tests/check.h"

#include <string.h>

#include "src/plot/plot.h"

enum { N = 41 };

typedef struct Fixture {
    double x[N], population[N], posterior[N], zero[N], median[1], probability[3], change[3], low[3],
        high[3];
    const char *labels[3];
    MkSeries series[4];
    MkFigure figure;
} Fixture;

static inline void fill_curves(Fixture *f)
{
    for (size_t i = 0; i < N; i++) {
        f->x[i] = 4 + 0.1 * (double)i;
        const double a = (f->x[i] - 5.5) / 0.5, b = (f->x[i] - 6) / 0.7;
        f->population[i] = exp(-a * a / 2);
        f->posterior[i] = 0.7 * exp(-b * b / 2);
        f->zero[i] = 0;
    }
    f->median[0] = 6;
}

static inline MkFigure *density(Fixture *f)
{
    fill_curves(f);
    f->series[0] = (MkSeries){.kind = MK_SERIES_LINE,
                              .role = MK_ROLE_POPULATION,
                              .name = "population",
                              .n = N,
                              .x = f->x,
                              .y = f->population};
    f->series[1] = (MkSeries){.kind = MK_SERIES_FILL,
                              .role = MK_ROLE_POSTERIOR,
                              .name = "given 5 known",
                              .n = N,
                              .x = f->x,
                              .y = f->posterior};
    f->series[2] = (MkSeries){.kind = MK_SERIES_BAND,
                              .role = MK_ROLE_BAND50,
                              .name = "50 %",
                              .n = 10,
                              .x = f->x + 16,
                              .low = f->zero,
                              .high = f->posterior + 16};
    f->series[3] = (MkSeries){.kind = MK_SERIES_MARK,
                              .role = MK_ROLE_MEDIAN,
                              .name = "median 6.0",
                              .n = 1,
                              .x = f->median};
    f->figure = (MkFigure){.title = "HbA1c",
                           .x_label = "HbA1c (%)",
                           .y_label = "density",
                           .caption = "given age=45",
                           .x_min = 4,
                           .x_max = 8,
                           .n_series = 4,
                           .series = f->series};
    return &f->figure;
}

static inline MkFigure *bars(Fixture *f)
{
    static const double p[] = {0.58, 0.29, 0.13}, low[] = {0.5, NAN, 0.1}, high[] = {0.7, NAN, 0.2};
    memcpy(f->probability, p, sizeof p);
    memcpy(f->low, low, sizeof low);
    memcpy(f->high, high, sizeof high);
    f->labels[0] = "never";
    f->labels[1] = "50 % or more";
    f->labels[2] = "体重";
    f->series[0] = (MkSeries){.kind = MK_SERIES_BARS,
                              .role = MK_ROLE_POSTERIOR,
                              .name = "given",
                              .n = 3,
                              .y = f->probability,
                              .labels = f->labels};
    f->figure = (MkFigure){.title = "Smoking",
                           .x_label = "",
                           .y_label = "probability",
                           .caption = "",
                           .x_is_label = true,
                           .x_min = NAN,
                           .x_max = NAN,
                           .n_series = 1,
                           .series = f->series};
    return &f->figure;
}

/* Four cells of 8 x 4, one of them not told; a square contour around the densest; people drawn. */
static inline MkFigure *relation(Fixture *f)
{
    static const double x[] = {0, 0, 4, 4}, x_end[] = {4, 4, 8, 8}, low[] = {0, 2, 0, 2},
                        high[] = {2, 4, 2, 4}, share[] = {0.64, NAN, 0.04, 0.32};
    static const double around_x[] = {0.5, 3.5, 3.5, 0.5}, around_y[] = {0.5, 0.5, 1.5, 1.5};
    static const double wide_x[] = {0.1, 7.9, 7.9, 0.1}, wide_y[] = {0.1, 0.1, 3.9, 3.9};
    static const double drawn_x[] = {1, 2, 7}, drawn_y[] = {1, 1.2, 3};
    f->series[0] = (MkSeries){.kind = MK_SERIES_CELLS,
                              .role = MK_ROLE_SURVEY,
                              .name = "training people",
                              .n = 4,
                              .x = x,
                              .x_end = x_end,
                              .low = low,
                              .high = high,
                              .y = share};
    f->series[1] = (MkSeries){.kind = MK_SERIES_POINTS,
                              .role = MK_ROLE_DRAWS,
                              .name = "drawn",
                              .n = 3,
                              .x = drawn_x,
                              .y = drawn_y};
    f->series[2] = (MkSeries){.kind = MK_SERIES_CONTOUR,
                              .role = MK_ROLE_BAND50,
                              .name = "model, 50 %",
                              .n = 4,
                              .x = around_x,
                              .y = around_y};
    f->series[3] = (MkSeries){.kind = MK_SERIES_CONTOUR,
                              .role = MK_ROLE_BAND90,
                              .name = "model, 90 %",
                              .n = 4,
                              .x = wide_x,
                              .y = wide_y};
    f->figure = (MkFigure){.title = "Age and BMI",
                           .x_label = "Age",
                           .y_label = "BMI",
                           .caption = "altair",
                           .x_min = NAN,
                           .x_max = NAN,
                           .n_series = 4,
                           .series = f->series};
    return &f->figure;
}

#endif

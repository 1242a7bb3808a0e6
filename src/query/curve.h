/* curve.h - the density of a distribution as a smooth curve for a figure.
 *
 * Mass in equal bins is smoothed with a Gaussian of 0.15 robust standard deviations (Silverman's
 * width for some thousand people), reflected at the lower end of the domain and at a highest value
 * that many share. An atom at the lower end (exactly zero) is left out of the curve when it holds
 * more than 5 %; `atom` tells how much it is. */
#ifndef MK_QUERY_CURVE_H
#define MK_QUERY_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/result/result.h"

enum { MK_CURVE_POINTS = 200 };

typedef struct MkCurve {
    double low, high; /* of the axis */
    double x[MK_CURVE_POINTS];
    double y[MK_CURVE_POINTS]; /* per unit of x; of its decimal logarithm when is_log */
    bool is_log;
    double sigma; /* of the smoothing, in units of x or of its logarithm */
    double atom;  /* mass at the domain's lower end that the curve leaves out */
} MkCurve;

/* Whether an axis of attribute j counts factors of ten: positive, hardly ever zero, and so skewed
 * that on an even axis all but a few people would stand at its beginning. */
bool mk_curve_is_log(const MkModel *model, size_t j);
/* Where such an axis begins at the lowest: half a recorded step. */
double mk_curve_log_floor(const MkModel *model, size_t j);
/* The axis of attribute j that shows the population and n distributions: their 0.5 - 99.5 %, less
 * of a long tail. */
void mk_curve_axis(const MkModel *model, size_t j, const MkDistribution *d, size_t n, double *low,
                   double *high);
/* Width of smoothing under which values that people round to do not show as peaks; 0 when they do
 * not round. */
double mk_curve_heaps(const MkMarginal *marginal);
void mk_curve_make(const MkModel *model, size_t j, const MkDistribution *d, double low, double high,
                   MkCurve *out);
/* The curve as a series; only between `from` and `to` (infinite: all of it). */
MkSeries *mk_curve_series(MkResult *result, MkFigure *figure, const MkCurve *curve,
                          MkSeriesKind kind, MkSeriesRole role, const char *name, double from,
                          double to);

/* Numbers of few recorded values (a household's size) are drawn as bars, one a value. */
enum { MK_CURVE_VALUES_MAX = 16 };
/* How many values the axis low .. high has, 0 when it is to be a curve. */
size_t mk_curve_values(const MkModel *model, size_t j, double low, double high);
/* Bars of n values from `low`; the last one takes all mass above it. */
MkSeries *mk_curve_bars(MkResult *result, MkFigure *figure, const MkDistribution *d, double low,
                        size_t n, MkSeriesRole role, const char *name);
/* Bars of the levels. */
MkSeries *mk_curve_levels(MkResult *result, MkFigure *figure, const MkDistribution *d,
                          MkSeriesRole role, const char *name);

#endif

/* look.h - colours, dashes and hatching of a figure's series in files.
 *
 * Colours from a palette that colour-blind people can tell apart (Okabe and Ito), chosen so that
 * their darkness differs too: on paper without colour the order stays, and dashes and hatching do
 * the rest. */
#ifndef MK_PLOT_LOOK_H
#define MK_PLOT_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "src/result/result.h"

enum { MK_LOOK_SCENARIOS = 6 };

typedef struct MkLook {
    const char *line; /* colour of strokes */
    const char *area; /* colour of areas and bars */
    const char *dash; /* gnuplot dash type */
    double width;
    int pattern;    /* -1: solid */
    double opacity; /* of areas */
} MkLook;

/* mono: greys instead of colours. */
MkLook mk_look_scenario(size_t index, bool mono);
MkLook mk_look_role(const MkSeries *s, bool mono);
MkLook mk_look_contour(const MkSeries *s, bool mono);
MkLook mk_look_bar(const MkSeries *s, bool mono);

#endif

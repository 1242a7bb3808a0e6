#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/figure_data.h"

#include <math.h>

static const char *const kinds[] = {
    [MK_SERIES_LINE] = "line",     [MK_SERIES_FILL] = "fill",      [MK_SERIES_BAND] = "band",
    [MK_SERIES_POINTS] = "points", [MK_SERIES_BARS] = "bars",      [MK_SERIES_MARK] = "mark",
    [MK_SERIES_CELLS] = "cells",   [MK_SERIES_CONTOUR] = "contour"};
static const char *const roles[] = {
    [MK_ROLE_POSTERIOR] = "posterior", [MK_ROLE_POPULATION] = "population",
    [MK_ROLE_BAND50] = "band50",       [MK_ROLE_BAND90] = "band90",
    [MK_ROLE_MEDIAN] = "median",       [MK_ROLE_KNOWN] = "known",
    [MK_ROLE_SCENARIO] = "scenario",   [MK_ROLE_SURVEY] = "survey",
    [MK_ROLE_DRAWS] = "draws"};

/* A series is a gap at i when any of its numbers is; bars may lack low and high everywhere. */
static bool is_gap(const MkSeries *s, size_t i)
{
    const bool needs_y = s->kind != MK_SERIES_BAND && s->kind != MK_SERIES_MARK;
    const bool needs_x = s->kind != MK_SERIES_BARS;
    const bool needs_span = s->kind == MK_SERIES_BAND || s->kind == MK_SERIES_CELLS;
    return (needs_x && !isfinite(s->x[i])) || (needs_y && !isfinite(s->y[i])) ||
           (needs_span && (!isfinite(s->low[i]) || !isfinite(s->high[i])));
}

static void numbers(MkResult *result, MkNode *node, const char *key, const MkSeries *s,
                    const double *values)
{
    if (values == NULL) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!is_gap(s, i) && !isfinite(values[i])) {
            return; /* an optional part that is not there */
        }
    }
    MkNode *list = mk_node_array(result, node, key);
    for (size_t i = 0; i < s->n; i++) {
        if (!is_gap(s, i)) {
            (void)mk_node_number(result, list, NULL, values[i]);
        }
    }
}

static void series_node(MkResult *result, MkNode *list, const MkSeries *s)
{
    MkNode *node = mk_node_object(result, list, NULL);
    (void)mk_node_string(result, node, "kind", kinds[s->kind]);
    (void)mk_node_string(result, node, "role", roles[s->role]);
    (void)mk_node_string(result, node, "name", s->name);
    if (s->labels != NULL) {
        MkNode *labels = mk_node_array(result, node, "labels");
        for (size_t i = 0; i < s->n; i++) {
            if (!is_gap(s, i)) {
                (void)mk_node_string(result, labels, NULL, s->labels[i]);
            }
        }
    }
    numbers(result, node, "x", s, s->x);
    numbers(result, node, "x_end", s, s->x_end);
    numbers(result, node, "y", s, s->y);
    numbers(result, node, "low", s, s->low);
    numbers(result, node, "high", s, s->high);
}

void mk_figure_nodes(MkResult *result, MkNode *parent, const char *key)
{
    MkNode *list = mk_node_array(result, parent, key);
    const size_t n = mk_result_n_pictures(result);
    for (size_t f = 0; f < n; f++) {
        const MkFigure *figure = &result->figures[f];
        MkNode *node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "title", figure->title);
        (void)mk_node_string(result, node, "x_label", figure->x_label);
        (void)mk_node_string(result, node, "y_label", figure->y_label);
        (void)mk_node_string(result, node, "caption", figure->caption);
        if (figure->x_is_log) {
            (void)mk_node_string(result, node, "x_scale", "log");
        }
        if (figure->y_is_log) {
            (void)mk_node_string(result, node, "y_scale", "log");
        }
        MkNode *all = mk_node_array(result, node, "series");
        for (size_t s = 0; s < figure->n_series; s++) {
            series_node(result, all, &figure->series[s]);
        }
    }
}

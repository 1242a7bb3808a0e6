/* result.h - what a verb gives back: tables, figures, notes, and the data of the JSON contract.
 *
 * A verb never prints. Renderers (src/render) turn a result into text, JSON, CSV, Markdown, HTML;
 * the plot driver draws its figures. Everything lives in the result's arena. */
#ifndef MK_RESULT_RESULT_H
#define MK_RESULT_RESULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"

/* ---- tables: for text, CSV and Markdown ---- */
typedef enum MkAlign { MK_ALIGN_LEFT, MK_ALIGN_RIGHT } MkAlign;

/* Who reads a table: the same columns do not always serve people and programs. */
typedef enum MkTableUse {
    MK_TABLE_BOTH = 0,
    MK_TABLE_PEOPLE, /* text and Markdown only */
    MK_TABLE_DATA    /* CSV only */
} MkTableUse;

typedef struct MkResultTable {
    const char *title; /* "" when none */
    MkTableUse use;
    size_t n_columns;
    const char **headers; /* for people */
    const char **keys;    /* for CSV: stable names */
    MkAlign *aligns;
    size_t n_rows;
    const char **cells; /* (n_rows, n_columns) text for people; never NULL */
    const char **raw;   /* (n_rows, n_columns) full-precision text for CSV; NULL = same as cells */
} MkResultTable;

/* ---- data: the tree that becomes JSON ---- */
typedef enum MkNodeKind {
    MK_NODE_OBJECT,
    MK_NODE_ARRAY,
    MK_NODE_STRING,
    MK_NODE_NUMBER,
    MK_NODE_BOOL,
    MK_NODE_NULL
} MkNodeKind;

typedef struct MkNode {
    MkNodeKind kind;
    const char *key; /* member name inside an object, else NULL */
    const char *string;
    double number;        /* finite; booleans 0 or 1 */
    struct MkNode *first; /* children of objects and arrays, in order */
    struct MkNode *last;
    struct MkNode *next;
} MkNode;

/* ---- figures: a description; no plot is drawn here ---- */
typedef enum MkSeriesKind {
    MK_SERIES_LINE,   /* x, y */
    MK_SERIES_FILL,   /* x, y down to zero (a density) */
    MK_SERIES_BAND,   /* x, low, high */
    MK_SERIES_POINTS, /* x, y */
    MK_SERIES_BARS, /* labels, y (and low, high when given): one bar a label; several bar series are
                       grouped; MK_ROLE_MEDIAN: from low to high with a dot at y */
    MK_SERIES_MARK, /* vertical line at x[0] with a name: a median, a threshold */
    MK_SERIES_CELLS,  /* rectangles x .. x_end, low .. high that hold a share y of all: shaded by
                         their density, behind everything */
    MK_SERIES_CONTOUR /* x, y: one closed line (the last point joins the first); the pieces of one
                         contour follow each other, the first has the name */
} MkSeriesKind;

/* What a series stands for; the plot's theme gives it line type, grey value and colour. */
typedef enum MkSeriesRole {
    MK_ROLE_POSTERIOR,
    MK_ROLE_POPULATION,
    MK_ROLE_BAND50,
    MK_ROLE_BAND90,
    MK_ROLE_MEDIAN,
    MK_ROLE_KNOWN,
    MK_ROLE_SCENARIO,
    MK_ROLE_SURVEY, /* the people a model was trained on, counted */
    MK_ROLE_DRAWS   /* people drawn from the model; left out where cells are coarse */
} MkSeriesRole;

typedef struct MkSeries {
    MkSeriesKind kind;
    MkSeriesRole role;
    const char *name; /* legend; "" = not in the legend */
    size_t index;     /* which scenario, for MK_ROLE_SCENARIO */
    size_t n;
    const double *x, *y, *low, *high; /* NULL where the kind does not use them; NaN = gap */
    const char **labels;              /* MK_SERIES_BARS: n labels */
    const double *x_end;              /* MK_SERIES_CELLS: right edges */
} MkSeries;

typedef struct MkFigure {
    const char *title;
    const char *x_label; /* with unit */
    const char *y_label;
    const char *caption; /* one line under the plot: evidence, model; "" when none */
    bool x_is_label;     /* the x axis has labels (bars) */
    double x_min, x_max; /* NaN = automatic */
    size_t n_series;
    MkSeries *series;        /* drawn in order */
    bool x_is_log, y_is_log; /* that axis counts factors of ten; what is not above 0 is a gap */
    bool is_for_screen; /* one of many alike, looked at one by one in the workbench: files, pages
                           and data have it not; such figures come last */
} MkFigure;

/* ---- effects: what the shell around the verb must do ---- */
typedef enum MkEffectKind {
    MK_EFFECT_WRITE, /* bytes to path, atomically; NULL: the result itself (mk_render_file) */
    MK_EFFECT_DRAW,  /* draw figures[figure]: to path (.svg .png .pdf .gp), or to the screen when
                        path is NULL */
    MK_EFFECT_QUIT
} MkEffectKind;

typedef struct MkEffect {
    MkEffectKind kind;
    const char *path;
    size_t figure;
    const void *bytes;
    size_t n_bytes;
} MkEffect;

struct MkPage; /* page.h */

typedef struct MkResult {
    MkArena *arena; /* owned */
    const char *verb;
    size_t n_tables;
    MkResultTable *tables;
    size_t n_figures;
    MkFigure *figures;
    size_t n_notes;
    const char **notes; /* one line each; the "association, not causation" line is one of them */
    MkNode *data;       /* root object of the JSON contract, or NULL when there is none */
    size_t n_effects;
    MkEffect *effects;
    bool table_is_data; /* CSV results (impute): bytes are streamed from `stream` as they are */
    const char *stream; /* ready text for standard output (CSV of impute, sample); NULL otherwise */
    size_t n_stream;
    const char
        *stream_kinds; /* a letter a column of the stream: 'n' numbers, 't' text; NULL: all text */
    char stream_separator;    /* ',' (0 too), or ';' with decimal commas */
    const char *failed_check; /* a threshold that did not hold, in words: the result is shown, then
                                 the program ends with exit code 4; NULL: all held */
    const char *bad_contents; /* what is wrong with a file, in words: the result is shown, then the
                                 program ends with exit code 3; NULL: nothing */
    bool is_cut;         /* the work was interrupted and this is what there is: it is shown, then
                            the program ends with exit code 130 */
    struct MkPage *page; /* what a report says around the answer; NULL: nothing */
    bool is_shown_too;   /* effects that write files do not replace what is shown */
    bool failed;         /* a builder ran out of memory; mk_result_status tells */
    atomic_uint owners;  /* who has it: mk_result_keep, mk_result_free */
} MkResult;

MkResult *mk_result_new(const char *verb); /* NULL when out of memory */
/* One more owner, from any thread; returns the result. Once there are several nobody writes. */
MkResult *mk_result_keep(MkResult *result);
void mk_result_free(MkResult *result); /* one owner less; the last one frees. NULL is allowed */

/* Builders; all text is copied. They return NULL only when out of memory, which mk_result_status
 * tells; all of them accept NULL where such a pointer would be and do nothing. A table, figure,
 * series or effect pointer is valid until the next one of its sort is added. Cells start empty, x,
 * y, low, high as NaN. */
MkResultTable *mk_result_add_table(MkResult *result, const char *title, size_t n_columns,
                                   size_t n_rows);
void mk_result_table_header(MkResult *result, MkResultTable *table, size_t column, const char *key,
                            const char *header, MkAlign align);
void mk_result_table_cell(MkResult *result, MkResultTable *table, size_t row, size_t column,
                          const char *text, const char *raw);
MkFigure *mk_result_add_figure(MkResult *result, const char *title);
MkSeries *mk_figure_add_series(MkResult *result, MkFigure *figure, MkSeriesKind kind,
                               MkSeriesRole role, const char *name, size_t n);
/* How many are for everybody: the first ones. */
size_t mk_result_n_pictures(const MkResult *result);
/* Fill item i of a series; NULL series and arrays the kind has not are skipped. */
void mk_series_point(MkSeries *series, size_t i, double x, double y);
void mk_series_span(MkSeries *series, size_t i, double low, double high);
/* Rectangle i of MK_SERIES_CELLS. */
void mk_series_cell(MkSeries *series, size_t i, double x, double x_end, double low, double high,
                    double share);
void mk_series_label(MkResult *result, MkSeries *series, size_t i, const char *label);
void mk_result_note(MkResult *result, const char *fmt, ...)
    MK_PRINTF(2, 3); /* a note said twice is kept once */
MkEffect *mk_result_add_effect(MkResult *result, MkEffectKind kind, const char *path);
MK_NODISCARD MkStatus mk_result_status(const MkResult *result, MkError *err);

/* Tree builders: parent is an object (key given) or an array (key NULL). A parent of NULL makes the
 * root (object and array) or nothing. A number that is not finite becomes null; say nothing instead
 * where a reader expects a number. */
MkNode *mk_node_object(MkResult *result, MkNode *parent, const char *key);
MkNode *mk_node_array(MkResult *result, MkNode *parent, const char *key);
MkNode *mk_node_string(MkResult *result, MkNode *parent, const char *key, const char *text);
MkNode *mk_node_number(MkResult *result, MkNode *parent, const char *key, double x);
MkNode *mk_node_bool(MkResult *result, MkNode *parent, const char *key, bool x);

#endif

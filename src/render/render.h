/* render.h - a result as text, JSON, CSV, Markdown or HTML. Pure: bytes into a buffer. */
#ifndef MK_RENDER_RENDER_H
#define MK_RENDER_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/result/result.h"

typedef enum MkFormat {
    MK_FORMAT_TEXT,
    MK_FORMAT_JSON,
    MK_FORMAT_CSV,
    MK_FORMAT_MARKDOWN,
    MK_FORMAT_HTML
} MkFormat;

typedef struct MkRenderOptions {
    MkFormat format;
    size_t width; /* cells of the terminal for text; 0 = 80 */
    bool color;   /* SGR in text */
    bool ascii;   /* no box or block characters */
    bool linear;  /* for ears and fingers: a row of a table is a line that names what it says */
    /* HTML: a figure as SVG text. NULL, or where it fails: the page says so. */
    MkStatus (*draw)(void *ctx, const MkFigure *figure, MkBuf *svg, MkError *err);
    void *draw_ctx;
} MkRenderOptions;

MK_NODISCARD MkStatus mk_render(const MkResult *result, const MkRenderOptions *options, MkBuf *out,
                                MkError *err);
/* Writes a result to a file, atomically, in the format of its suffix, else in that of the options:
 * what an MK_EFFECT_WRITE without bytes asks for. */
MK_NODISCARD MkStatus mk_render_file(const MkResult *result, const char *path,
                                     const MkRenderOptions *options, MkError *err);
bool mk_format_of_name(const char *name, MkFormat *out); /* "json" */
/* ".json" ".csv" ".csv.gz" ".md" ".txt" ".html" */
bool mk_format_of_suffix(const char *path, MkFormat *out);

#endif

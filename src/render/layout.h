/* layout.h - tables and notes as text for a person at a terminal of a given width.
 *
 * Columns are aligned by cells; when a table is too wide its text columns are cut, then it is
 * broken into blocks that repeat the first column. Control characters never reach the terminal. */
#ifndef MK_RENDER_LAYOUT_H
#define MK_RENDER_LAYOUT_H

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/render/render.h"
#include "src/result/result.h"

/* Scratch memory comes from `arena`. */
MK_NODISCARD MkStatus mk_layout_table(const MkResultTable *table, const MkRenderOptions *options,
                                      MkArena *arena, MkBuf *out, MkError *err);
/* One note, wrapped at the width. */
void mk_layout_note(const char *note, const MkRenderOptions *options, MkBuf *out);
/* Text without control characters; with `ascii`, stand-ins for everything beyond ASCII. */
void mk_layout_clean(const char *text, bool ascii, MkBuf *out);
/* The same of a text that keeps its lines and tabs. */
void mk_layout_clean_lines(const char *text, bool ascii, MkBuf *out);

#endif

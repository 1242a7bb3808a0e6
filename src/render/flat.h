/* flat.h - tables as CSV and as Markdown. */
#ifndef MK_RENDER_FLAT_H
#define MK_RENDER_FLAT_H

#include "src/base/buf.h"
#include "src/result/result.h"

/* Header of keys, full-precision cells, quoted where needed, "\n" line ends. */
void mk_flat_csv(const MkResultTable *table, MkBuf *out);
/* A pipe table under its title in bold. */
void mk_flat_markdown(const MkResultTable *table, MkBuf *out);
/* Text inside Markdown: pipes escaped, no line breaks or control characters. */
void mk_flat_markdown_text(const char *text, MkBuf *out);

#endif

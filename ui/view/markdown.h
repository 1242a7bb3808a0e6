/* markdown.h - a card into lines for reading: headings, lists, tables, and bars beside shares.
 *
 * What cards use of Markdown: # and ## headings, paragraphs, - lists, | tables. Other text stays.
 */
#ifndef MK_UI_VIEW_MARKDOWN_H
#define MK_UI_VIEW_MARKDOWN_H

#include <stddef.h>

#include "src/base/buf.h"

/* Lines of at most `width` cells to `text`, a role of each (a byte of MkCellRole) to `roles`. */
void mk_markdown_lines(const char *markdown, size_t width, MkBuf *text, MkBuf *roles);

#endif

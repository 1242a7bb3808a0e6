/* svg.h - a picture that gnuplot drew, put into a page among others.
 *
 *   mk_svg_embed(bytes, len, "p3-", "HbA1c. altair, given age 45", &out)
 *
 * Names inside the picture get the prefix, because a page must not have the same name twice. What a
 * picture does not need - scripts, links to other files, its own title - does not come along. */
#ifndef MK_RENDER_SVG_H
#define MK_RENDER_SVG_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"

/* Appends one <svg> element, described by `words` for those who cannot see it. False, and nothing
 * appended, when the bytes are no well-formed SVG. */
bool mk_svg_embed(const char *svg, size_t len, const char *prefix, const char *words, MkBuf *out);
/* Text for HTML and XML, in elements and in quoted attributes: marks escaped, control characters
 * dropped, line breaks as blanks. */
void mk_html_text(const char *text, MkBuf *out);

#endif

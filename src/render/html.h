/* html.h - a result as one HTML file that opens in any browser without a network: its tables, its
 * figures inside it, and what the result's page (page.h) says around them.
 *
 * The file is also well-formed XML, is readable in light and dark and on paper, and needs no
 * script. */
#ifndef MK_RENDER_HTML_H
#define MK_RENDER_HTML_H

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/render/render.h"
#include "src/result/result.h"

MK_NODISCARD MkStatus mk_html_page(const MkResult *result, const MkRenderOptions *options,
                                   MkBuf *out, MkError *err);

#endif

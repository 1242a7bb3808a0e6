/* html_priv.h - what the files of the HTML renderer share. */
#ifndef MK_RENDER_HTML_PRIV_H
#define MK_RENDER_HTML_PRIV_H

#include "src/base/buf.h"
#include "src/result/result.h"

/* The style sheet in pieces, NULL at the end; there is no & and no < in it. */
extern const char *const mk_html_style[];

/* ---- html_table.c ---- */
/* A table with its caption; a table without columns is a paragraph. */
void mk_html_table(const MkResultTable *table, MkBuf *out);
/* Paragraphs as page.h has them: `words` in marks become code, lines with two blanks examples. */
void mk_html_prose(const char *text, MkBuf *out);
/* Text in an element of one name, with a class or "". */
void mk_html_element(const char *name, const char *class_name, const char *text, MkBuf *out);

#endif

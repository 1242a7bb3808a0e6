/* html_table.c - tables and paragraphs of a report. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/html_priv.h"

#include <stdint.h>
#include <string.h>

#include "src/base/text.h"
#include "src/render/svg.h"

enum { LONG_TEXT = 36, CP_BLOCK_FIRST = 0x2581, CP_BLOCK_LAST = 0x2593 };

void mk_html_element(const char *name, const char *class_name, const char *text, MkBuf *out)
{
    mk_buf_printf(out, class_name[0] != '\0' ? "<%s class=\"%s\">" : "<%s>", name, class_name);
    mk_html_text(text, out);
    mk_buf_printf(out, "</%s>", name);
}

/* ---- tables ---- */

/* A picture made of blocks: nothing to read aloud. */
static bool is_bar(const char *text)
{
    uint32_t cp = 0;
    bool has_block = false;
    for (size_t len = mk_utf8_next(text, &cp); len > 0; len = mk_utf8_next(text, &cp)) {
        if (cp != ' ' && (cp < CP_BLOCK_FIRST || cp > CP_BLOCK_LAST)) {
            return false;
        }
        has_block = has_block || cp != ' ';
        text += len;
    }
    return has_block;
}

static const char *trimmed(const char *text)
{
    return text + strspn(text, " ");
}

static void put_data(const MkResultTable *t, const char *text, size_t column, MkBuf *out)
{
    if (is_bar(text)) {
        mk_buf_puts(out, "<td class=\"bar\" aria-hidden=\"true\">");
        mk_html_text(text, out);
        mk_buf_puts(out, "</td>");
    } else if (t->aligns[column] == MK_ALIGN_RIGHT) {
        mk_html_element("td", "n", text, out);
    } else {
        mk_html_element("td", mk_utf8_width(text) > LONG_TEXT ? "text" : "", text, out);
    }
}

static bool stands_alone(const MkResultTable *t, const char **cells)
{
    for (size_t c = 1; c < t->n_columns; c++) {
        if (cells[c][0] != '\0') {
            return false;
        }
    }
    return t->n_columns > 1 && cells[0][0] != '\0';
}

static void put_row(const MkResultTable *t, size_t row, MkBuf *out)
{
    const char **cells = t->cells + row * t->n_columns;
    mk_buf_puts(out, "<tr>");
    if (stands_alone(t, cells)) {
        mk_buf_printf(out, "<th class=\"group\" scope=\"colgroup\" colspan=\"%zu\">", t->n_columns);
        mk_html_text(cells[0], out);
        mk_buf_puts(out, "</th></tr>\n");
        return;
    }
    const bool has_failed = strcmp(cells[0], "FAILS") == 0; /* a verdict must not be overlooked */
    mk_buf_puts(out, has_failed                       ? "<th scope=\"row\" class=\"fails\">"
                     : t->aligns[0] == MK_ALIGN_RIGHT ? "<th scope=\"row\" class=\"n\">"
                                                      : "<th scope=\"row\">");
    mk_html_text(trimmed(cells[0]), out);
    mk_buf_puts(out, "</th>");
    for (size_t c = 1; c < t->n_columns; c++) {
        put_data(t, cells[c], c, out);
    }
    mk_buf_puts(out, "</tr>\n");
}

static void put_head(const MkResultTable *t, MkBuf *out)
{
    bool has_words = false;
    for (size_t c = 0; c < t->n_columns; c++) {
        has_words = has_words || t->headers[c][0] != '\0';
    }
    if (!has_words) {
        return;
    }
    mk_buf_puts(out, "<thead><tr>");
    for (size_t c = 0; c < t->n_columns; c++) {
        const bool is_right = t->aligns[c] == MK_ALIGN_RIGHT;
        if (t->headers[c][0] == '\0') {
            mk_buf_puts(out, "<td></td>");
            continue;
        }
        mk_buf_puts(out, is_right ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        mk_html_text(t->headers[c], out);
        mk_buf_puts(out, "</th>");
    }
    mk_buf_puts(out, "</tr></thead>\n");
}

void mk_html_table(const MkResultTable *table, MkBuf *out)
{
    if (table->n_columns == 0) {
        mk_html_element("p", "soft", table->title, out);
        mk_buf_putc(out, '\n');
        return;
    }
    /* What scrolls sideways can be reached with the keyboard. */
    mk_buf_puts(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"");
    mk_html_text(table->title[0] != '\0' ? table->title : "Table", out);
    mk_buf_puts(out, "\"><table>\n");
    if (table->title[0] != '\0') {
        mk_html_element("caption", "", table->title, out);
        mk_buf_putc(out, '\n');
    }
    put_head(table, out);
    mk_buf_puts(out, "<tbody>\n");
    for (size_t r = 0; r < table->n_rows; r++) {
        put_row(table, r, out);
    }
    mk_buf_puts(out, "</tbody></table></div>\n");
}

/* ---- paragraphs ---- */

typedef enum Block { BLOCK_NONE, BLOCK_TEXT, BLOCK_CODE } Block;

static void change_block(Block *now, Block next, MkBuf *out)
{
    if (*now == next) {
        mk_buf_puts(out, next == BLOCK_NONE ? "" : "\n");
        return;
    }
    static const char *const ends[] = {"", "</p>\n", "</pre>\n"};
    static const char *const begins[] = {"", "<p>", "<pre>"};
    mk_buf_puts(out, ends[*now]);
    mk_buf_puts(out, begins[next]);
    *now = next;
}

/* Words between two grave accents are code. */
static void put_line(const char *line, size_t len, MkBuf *out)
{
    MkBuf piece;
    mk_buf_init(&piece);
    for (size_t i = 0; i < len;) {
        const char *const end = line[i] == '`' ? memchr(line + i + 1, '`', len - i - 1)
                                               : memchr(line + i, '`', len - i);
        const bool is_code = line[i] == '`' && end != NULL;
        const size_t first = is_code ? i + 1 : i;
        size_t stop = end != NULL ? (size_t)(end - line) : len;
        stop = stop == i ? len : stop;
        mk_buf_clear(&piece);
        mk_buf_add(&piece, line + first, stop - first);
        if (is_code) {
            mk_html_element("code", "", piece.data, out);
        } else {
            mk_html_text(piece.data, out);
        }
        i = is_code ? stop + 1 : stop;
    }
    out->failed = out->failed || piece.failed;
    mk_buf_release(&piece);
}

void mk_html_prose(const char *text, MkBuf *out)
{
    Block block = BLOCK_NONE;
    while (*text != '\0') {
        const size_t len = strcspn(text, "\n");
        const size_t indent = strspn(text, " ");
        if (indent >= len) {
            change_block(&block, BLOCK_NONE, out);
        } else if (indent >= 2) {
            change_block(&block, BLOCK_CODE, out);
            MkBuf line;
            mk_buf_init(&line);
            mk_buf_add(&line, text + 2, len - 2);
            mk_html_text(line.data, out);
            out->failed = out->failed || line.failed;
            mk_buf_release(&line);
        } else {
            change_block(&block, BLOCK_TEXT, out);
            put_line(text + indent, len - indent, out);
        }
        text += len + (text[len] == '\n');
    }
    change_block(&block, BLOCK_NONE, out);
}

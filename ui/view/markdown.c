#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/markdown.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/view/grid.h"

enum { COLUMNS_MAX = 6, CELL_BYTES = 256, BAR_CELLS = 10 };

typedef struct Out {
    MkBuf *text, *roles;
    size_t width;
} Out;

static void put_line(const Out *out, MkCellRole role, const char *indent, const char *line,
                     size_t len)
{
    mk_buf_puts(out->text, indent);
    mk_buf_add(out->text, line, len);
    mk_buf_putc(out->text, '\n');
    mk_buf_putc(out->roles, (char)role);
}

/* Text broken at blanks; `first` begins the first line, `rest` the others. */
static void put_wrapped(const Out *out, MkCellRole role, const char *first, const char *rest,
                        const char *text)
{
    const char *indent = first;
    do {
        text += strspn(text, " ");
        const size_t used = mk_utf8_width(indent);
        const size_t room = out->width > used + 8 ? out->width - used : 8;
        size_t len = mk_utf8_clip(text, room, NULL);
        if (text[len] != '\0' && text[len] != ' ') {
            size_t at = len;
            while (at > 0 && text[at] != ' ') {
                at--;
            }
            len = at > 0 ? at : len;
        }
        put_line(out, role, indent, text, len);
        text += len;
        indent = rest;
    } while (text[strspn(text, " ")] != '\0');
}

/* ---- tables ---- */

typedef struct Row {
    size_t n;
    char cells[COLUMNS_MAX][CELL_BYTES];
} Row;

/* "| a | b |"; \| is a bar of its own. */
static void read_row(const char *line, size_t len, Row *row)
{
    *row = (Row){0};
    size_t used = 0;
    for (size_t i = 1; i < len && row->n < COLUMNS_MAX; i++) {
        char *cell = row->cells[row->n];
        if (line[i] == '|') {
            while (used > 0 && cell[used - 1] == ' ') {
                used--;
            }
            cell[used] = '\0';
            row->n++;
            used = 0;
        } else if (used + 1 < CELL_BYTES && (used > 0 || line[i] != ' ')) {
            i += line[i] == '\\' && i + 1 < len ? 1 : 0;
            cell[used++] = line[i];
        }
    }
}

static bool is_rule(const Row *row)
{
    return row->n > 0 && strncmp(row->cells[0], "---", 3) == 0;
}

/* A share with its error, "0.98 ± 0.01": it gets a bar. */
static bool is_share(const char *cell, double *share)
{
    char *end = NULL;
    *share = strtod(cell, &end);
    return end != cell && strstr(cell, "±") != NULL && *share >= 0 && *share <= 1;
}

static void put_bar(const Row *row, char *line, size_t size)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    for (size_t c = 0; c < row->n; c++) {
        double share = 0;
        if (!is_share(row->cells[c], &share)) {
            continue;
        }
        const size_t parts = (size_t)(share * BAR_CELLS * 8 + 0.5);
        strncat(line, "  ", size - strlen(line) - 1);
        for (size_t i = 0; i < parts / 8; i++) {
            strncat(line, "█", size - strlen(line) - 1);
        }
        strncat(line, eighths[parts % 8], size - strlen(line) - 1);
        return;
    }
}

static void pad(char *line, size_t size, size_t cells)
{
    while (mk_utf8_width(line) < cells && strlen(line) + 1 < size) {
        strcat(line, " ");
    }
}

/* The first column gives way: what of it does not fit goes on below. */
static void put_row(const Out *out, const Row *row, const size_t *widths, MkCellRole role,
                    bool with_bar)
{
    char line[1024] = "", tail[1024] = "";
    const char *name = row->cells[0];
    size_t len = mk_utf8_clip(name, widths[0], NULL);
    while (name[len] != '\0' && len > 0 && name[len] != ' ') {
        len--;
    }
    len = len == 0 ? mk_utf8_clip(name, widths[0], NULL) : len;
    snprintf(line, sizeof line, "  %.*s", (int)len, name);
    size_t at = 2 + widths[0] + 2;
    for (size_t c = 1; c < row->n; c++) {
        pad(line, sizeof line, at);
        snprintf(tail, sizeof tail, "%s%s", line, row->cells[c]);
        snprintf(line, sizeof line, "%s", tail);
        at += widths[c] + 2;
    }
    pad(line, sizeof line, at - 2);
    if (with_bar) {
        put_bar(row, line, sizeof line);
    }
    size_t end = strlen(line);
    while (end > 0 && line[end - 1] == ' ') {
        end--;
    }
    put_line(out, role, "", line, end);
    if (name[len] != '\0') {
        put_wrapped(out, role, "    ", "    ", name + len);
    }
}

static MkCellRole row_role(const Row *row)
{
    const char *last = row->n > 0 ? row->cells[row->n - 1] : "";
    return strcmp(last, "no") == 0 ? MK_CELL_WARN : MK_CELL_TEXT;
}

/* Lines of a table from `text` on; returns what follows it. */
static const char *put_table(const Out *out, const char *text)
{
    size_t widths[COLUMNS_MAX] = {0};
    const char *end = text;
    bool has_bar = false;
    Row row;
    for (; *end == '|'; end += strcspn(end, "\n"), end += *end == '\n' ? 1 : 0) {
        read_row(end, strcspn(end, "\n"), &row);
        for (size_t c = 0; c < row.n && !is_rule(&row); c++) {
            double share = 0;
            const size_t w = mk_utf8_width(row.cells[c]);
            widths[c] = w > widths[c] ? w : widths[c];
            has_bar = has_bar || is_share(row.cells[c], &share);
        }
    }
    size_t others = 2;
    for (size_t c = 1; c < COLUMNS_MAX; c++) {
        others += widths[c] > 0 ? widths[c] + 2 : 0;
    }
    has_bar = has_bar && others + BAR_CELLS + 2 + 24 <= out->width; /* words come first */
    others += has_bar ? BAR_CELLS + 2 : 0;
    const size_t room = out->width > others + 16 ? out->width - others : 16;
    widths[0] = widths[0] < room ? widths[0] : room;
    bool is_head = true;
    for (; text < end; text += strcspn(text, "\n"), text += *text == '\n' ? 1 : 0) {
        read_row(text, strcspn(text, "\n"), &row);
        if (!is_rule(&row)) {
            put_row(out, &row, widths, is_head ? MK_CELL_PANE : row_role(&row), has_bar);
            is_head = false;
        }
    }
    return end;
}

/* ---- paragraphs ---- */

static bool begins_block(const char *line)
{
    return *line == '\0' || *line == '\n' || *line == '#' || *line == '|' ||
           strncmp(line, "- ", 2) == 0;
}

/* The lines of a paragraph or of an item of a list become one. */
static const char *read_paragraph(const char *text, char *out, size_t size)
{
    size_t used = 0;
    do {
        const size_t len = strcspn(text, "\n");
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", used > 0 ? " " : "", (int)len,
                                 text);
        used = used < size ? used : size - 1;
        text += len + (text[len] == '\n' ? 1 : 0);
    } while (!begins_block(text));
    return text;
}

static const char *put_heading(const Out *out, const char *text)
{
    const size_t depth = strspn(text, "#");
    const char *from = text + depth + strspn(text + depth, " ");
    const size_t len = strcspn(from, "\n");
    put_line(out, depth == 1 ? MK_CELL_TITLE : MK_CELL_CATEGORY, "", from, len);
    return from + len + (from[len] == '\n' ? 1 : 0);
}

void mk_markdown_lines(const char *markdown, size_t width, MkBuf *text, MkBuf *roles)
{
    const Out out = {text, roles, width};
    char paragraph[4096];
    while (*markdown != '\0') {
        if (*markdown == '\n') {
            put_line(&out, MK_CELL_TEXT, "", "", 0);
            markdown++;
        } else if (*markdown == '#') {
            markdown = put_heading(&out, markdown);
        } else if (*markdown == '|') {
            markdown = put_table(&out, markdown);
        } else {
            const bool is_item = strncmp(markdown, "- ", 2) == 0;
            markdown = read_paragraph(markdown + (is_item ? 2 : 0), paragraph, sizeof paragraph);
            put_wrapped(&out, MK_CELL_TEXT, is_item ? "  · " : "", is_item ? "    " : "",
                        paragraph);
        }
    }
}

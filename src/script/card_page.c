/* card_page.c - Markdown of a card as the parts of a page: prose and tables. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/result/page.h"
#include "src/script/card.h"

enum { COLUMNS = 16 };

typedef struct Line {
    const char *text;
    size_t len;
} Line;

static bool next_line(const char **at, Line *line)
{
    if (**at == '\0') {
        return false;
    }
    *line = (Line){*at, strcspn(*at, "\n")};
    *at += line->len + ((*at)[line->len] == '\n');
    return true;
}

/* Cells of a row of a table, without blanks and escapes; gives their number. */
static size_t split_row(Line line, MkArena *arena, const char **cells)
{
    size_t n = 0, i = 1;
    while (i < line.len && n < COLUMNS) {
        char *const cell = mk_arena_array(arena, line.len + 1, 1);
        size_t len = 0;
        i += strspn(line.text + i, " ");
        for (; cell != NULL && i < line.len && line.text[i] != '|'; i++) {
            i += line.text[i] == '\\' && i + 1 < line.len ? 1 : 0;
            cell[len++] = line.text[i];
        }
        while (len > 0 && cell[len - 1] == ' ') {
            len--;
        }
        if (cell == NULL) {
            return 0;
        }
        cell[len] = '\0';
        if (i < line.len) { /* what is behind the last bar is none */
            cells[n++] = cell;
        }
        i++;
    }
    return n;
}

static size_t count_rows(const char *at)
{
    Line line;
    size_t n = 0;
    while (next_line(&at, &line) && line.len > 0 && line.text[0] == '|') {
        n++;
    }
    return n;
}

/* A table that begins at `head`, whose rows are at *at. */
static void add_table(MkResult *answer, Line head, const char **at)
{
    const char *cells[COLUMNS];
    const size_t rows = count_rows(*at);
    const size_t n = split_row(head, answer->arena, cells);
    MkResultTable *const table =
        mk_result_add_table(answer, "", n, rows > 0 ? rows - 1 : 0); /* one is the rule */
    for (size_t c = 0; c < n; c++) {
        mk_result_table_header(answer, table, c, cells[c], cells[c],
                               c == 0 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    for (size_t r = 0; r < rows; r++) {
        Line line;
        (void)next_line(at, &line);
        const size_t own = r > 0 ? split_row(line, answer->arena, cells) : 0;
        for (size_t c = 0; c < own && c < n; c++) {
            mk_result_table_cell(answer, table, r - 1, c, cells[c], NULL);
        }
    }
}

static MkStatus add_part(MkResult *result, Line title, const char **at, MkError *err)
{
    Line line;
    MkBuf prose;
    MkResult *const answer = mk_result_new("card");
    const char *const heading = mk_arena_strndup(result->arena, title.text, title.len);
    if (answer == NULL || heading == NULL) {
        mk_result_free(answer);
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    mk_buf_init(&prose);
    while (strncmp(*at, "## ", 3) != 0 && next_line(at, &line)) {
        if (line.len > 0 && line.text[0] == '|') {
            add_table(answer, line, at);
        } else { /* points of a list are lines of their own */
            mk_buf_printf(&prose, "%s%.*s\n", line.len > 1 && line.text[0] == '-' ? "  " : "",
                          (int)line.len, line.text);
        }
    }
    MkPagePart *const part = mk_page_add_part(result, answer, heading, "");
    if (part != NULL) {
        part->prose = mk_page_text(result, prose.len > 0 ? prose.data : "");
    }
    const MkStatus st = mk_buf_status(&prose, err);
    mk_buf_release(&prose);
    return st == MK_OK ? mk_result_status(result, err) : st;
}

MkStatus mk_card_page(const char *markdown, MkResult *result, MkError *err)
{
    MkPage *const page = mk_result_page(result);
    const char *at = markdown;
    Line line;
    if (page == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    while (next_line(&at, &line)) {
        if (line.len > 2 && strncmp(line.text, "# ", 2) == 0) {
            char *const title = mk_arena_strndup(result->arena, line.text + 2, line.len - 2);
            page->title = mk_page_text(result, title != NULL ? title : "");
        } else if (line.len > 3 && strncmp(line.text, "## ", 3) == 0) {
            MK_TRY(add_part(result, (Line){line.text + 3, line.len - 3}, &at, err));
        }
    }
    return mk_result_status(result, err);
}

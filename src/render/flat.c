#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/flat.h"

#include <string.h>

#include "src/render/layout.h"

static void csv_cell(const char *text, MkBuf *out)
{
    const size_t len = strlen(text);
    const bool has_edge_blank = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
    if (!has_edge_blank && strpbrk(text, ",;\"\r\n\t") == NULL) {
        mk_buf_add(out, text, len);
        return;
    }
    mk_buf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"') {
            mk_buf_putc(out, '"');
        }
        mk_buf_putc(out, text[i]);
    }
    mk_buf_putc(out, '"');
}

void mk_flat_csv(const MkResultTable *table, MkBuf *out)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        const char *key = table->keys[c];
        mk_buf_puts(out, c > 0 ? "," : "");
        csv_cell(key[0] != '\0' ? key : table->headers[c], out);
    }
    mk_buf_putc(out, '\n');
    for (size_t r = 0; r < table->n_rows; r++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            const size_t at = r * table->n_columns + c;
            const bool is_raw = table->raw != NULL && table->raw[at] != NULL;
            mk_buf_puts(out, c > 0 ? "," : "");
            csv_cell(is_raw ? table->raw[at] : table->cells[at], out);
        }
        mk_buf_putc(out, '\n');
    }
}

void mk_flat_markdown_text(const char *text, MkBuf *out)
{
    MkBuf clean;
    mk_buf_init(&clean);
    mk_layout_clean(text, false, &clean);
    for (size_t i = 0; i < clean.len; i++) {
        if (strchr("|\\*_`<>[]", clean.data[i]) != NULL) {
            mk_buf_putc(out, '\\');
        }
        mk_buf_putc(out, clean.data[i]);
    }
    out->failed = out->failed || clean.failed;
    mk_buf_release(&clean);
}

void mk_flat_markdown(const MkResultTable *table, MkBuf *out)
{
    if (table->title[0] != '\0') {
        mk_buf_puts(out, "**");
        mk_flat_markdown_text(table->title, out);
        mk_buf_puts(out, table->n_columns > 0 ? "**\n\n" : "**\n");
    }
    if (table->n_columns == 0) {
        return;
    }
    for (size_t c = 0; c < table->n_columns; c++) {
        mk_buf_puts(out, c > 0 ? " | " : "| ");
        mk_flat_markdown_text(table->headers[c], out);
    }
    mk_buf_puts(out, " |\n");
    for (size_t c = 0; c < table->n_columns; c++) {
        mk_buf_puts(out, table->aligns[c] == MK_ALIGN_RIGHT ? "| ---: " : "| --- ");
    }
    mk_buf_puts(out, "|\n");
    for (size_t r = 0; r < table->n_rows; r++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            mk_buf_puts(out, c > 0 ? " | " : "| ");
            mk_flat_markdown_text(table->cells[r * table->n_columns + c], out);
        }
        mk_buf_puts(out, " |\n");
    }
}

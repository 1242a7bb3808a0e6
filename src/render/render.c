#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/render.h"

#include <math.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/text.h"
#include "src/render/flat.h"
#include "src/render/html.h"
#include "src/render/layout.h"
#include "src/render/stream.h"

enum { DEPTH_MAX = MK_JSON_DEPTH - 2 };

/* Whole numbers are counts and stay exact; others have six significant digits. */
static void json_number(MkJson *json, double x)
{
    if (x == floor(x) && fabs(x) < 9e15) {
        mk_json_double(json, x == 0 ? 0 : x);
    } else {
        mk_json_number6(json, x);
    }
}

static void json_notes(const MkResult *result, MkJson *json)
{
    mk_json_key(json, "notes");
    mk_json_array_begin(json);
    for (size_t i = 0; i < result->n_notes; i++) {
        mk_json_string(json, result->notes[i]);
    }
    mk_json_array_end(json);
}

static void json_children(const MkNode *node, MkJson *json, size_t depth);

static void json_node(const MkNode *node, MkJson *json, size_t depth)
{
    switch (node->kind) {
    case MK_NODE_OBJECT:
        mk_json_object_begin(json);
        json_children(node, json, depth);
        mk_json_object_end(json);
        break;
    case MK_NODE_ARRAY:
        mk_json_array_begin(json);
        json_children(node, json, depth);
        mk_json_array_end(json);
        break;
    case MK_NODE_STRING:
        mk_json_string(json, node->string);
        break;
    case MK_NODE_NUMBER:
        json_number(json, node->number);
        break;
    case MK_NODE_BOOL:
        mk_json_bool(json, node->number != 0);
        break;
    case MK_NODE_NULL:
        mk_json_null(json);
        break;
    }
}

static void json_children(const MkNode *node, MkJson *json, size_t depth)
{
    if (depth >= DEPTH_MAX) {
        return;
    }
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        if (node->kind == MK_NODE_OBJECT) {
            mk_json_key(json, child->key == NULL ? "" : child->key);
        }
        json_node(child, json, depth + 1);
    }
}

/* A result without data of its own: its tables, row by row. */
static void json_tables(const MkResult *result, MkJson *json)
{
    mk_json_key(json, "tables");
    mk_json_array_begin(json);
    for (size_t i = 0; i < result->n_tables; i++) {
        const MkResultTable *t = &result->tables[i];
        mk_json_object_begin(json);
        mk_json_kstring(json, "title", t->title);
        mk_json_key(json, "rows");
        mk_json_array_begin(json);
        for (size_t r = 0; r < t->n_rows; r++) {
            mk_json_object_begin(json);
            for (size_t c = 0; c < t->n_columns; c++) {
                const size_t at = r * t->n_columns + c;
                const char *raw = t->raw[at] != NULL ? t->raw[at] : t->cells[at];
                mk_json_kstring(json, t->keys[c], raw);
            }
            mk_json_object_end(json);
        }
        mk_json_array_end(json);
        mk_json_object_end(json);
    }
    mk_json_array_end(json);
}

static MkStatus render_json(const MkResult *result, MkBuf *out, MkError *err)
{
    MkJson json;
    if (result->data == NULL && result->n_tables == 0 && result->n_notes == 0 &&
        result->stream == NULL) {
        return MK_OK;
    }
    mk_json_init(&json, out);
    if (result->data != NULL && result->data->kind != MK_NODE_OBJECT) {
        json_node(result->data, &json, 0);
        mk_buf_putc(out, '\n');
        return MK_OK;
    }
    mk_json_object_begin(&json);
    if (result->data != NULL) {
        json_children(result->data, &json, 0);
    } else if (result->n_tables > 0) {
        json_tables(result, &json);
    }
    if (result->stream != NULL && result->table_is_data) {
        mk_json_key(&json, "table");
        MK_TRY(mk_stream_json(result, &json, err));
    }
    json_notes(result, &json);
    mk_json_object_end(&json);
    mk_buf_putc(out, '\n');
    return MK_OK;
}

static MkStatus render_text(const MkResult *result, const MkRenderOptions *options, MkBuf *out,
                            MkError *err)
{
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for text");
    }
    MkStatus st = MK_OK;
    size_t n_shown = 0;
    bool was_line = false; /* tables without columns are lines of text and stand together */
    for (size_t i = 0; i < result->n_tables && st == MK_OK; i++) {
        const MkResultTable *table = &result->tables[i];
        if (table->use != MK_TABLE_DATA) {
            const bool is_line = table->n_columns == 0;
            mk_buf_puts(out, n_shown++ > 0 && !(is_line && was_line) ? "\n" : "");
            st = mk_layout_table(table, options, arena, out, err);
            was_line = is_line;
        }
    }
    if (n_shown == 0 && result->stream != NULL) {
        mk_buf_add(out, result->stream, result->n_stream);
    }
    for (size_t i = 0; i < result->n_notes && st == MK_OK; i++) {
        mk_buf_puts(out, i == 0 && n_shown > 0 ? "\n" : "");
        mk_layout_note(result->notes[i], options, out);
    }
    mk_arena_free(arena);
    return st;
}

static void render_csv(const MkResult *result, MkBuf *out)
{
    if (result->stream != NULL) {
        mk_buf_add(out, result->stream, result->n_stream);
        return;
    }
    size_t n_shown = 0;
    for (size_t i = 0; i < result->n_tables; i++) {
        const MkResultTable *table = &result->tables[i];
        if (table->use != MK_TABLE_PEOPLE && table->n_columns > 0) { /* without columns: a title */
            mk_buf_puts(out, n_shown++ > 0 ? "\n" : "");
            mk_flat_csv(table, out);
        }
    }
}

static void render_markdown(const MkResult *result, MkBuf *out)
{
    size_t n_shown = 0;
    for (size_t i = 0; i < result->n_tables; i++) {
        if (result->tables[i].use != MK_TABLE_DATA) {
            mk_buf_puts(out, n_shown++ > 0 ? "\n" : "");
            mk_flat_markdown(&result->tables[i], out);
        }
    }
    if (n_shown == 0 && result->stream != NULL && !result->table_is_data) {
        mk_buf_add(out, result->stream, result->n_stream);
        n_shown++;
    }
    for (size_t i = 0; i < result->n_notes; i++) {
        mk_buf_puts(out, n_shown++ > 0 ? "\n> " : "> ");
        mk_flat_markdown_text(result->notes[i], out);
        mk_buf_putc(out, '\n');
    }
}

MkStatus mk_render(const MkResult *result, const MkRenderOptions *options, MkBuf *out, MkError *err)
{
    MK_TRY(mk_result_status(result, err));
    switch (options->format) {
    case MK_FORMAT_TEXT:
        MK_TRY(render_text(result, options, out, err));
        break;
    case MK_FORMAT_JSON:
        MK_TRY(render_json(result, out, err));
        break;
    case MK_FORMAT_CSV:
        render_csv(result, out);
        break;
    case MK_FORMAT_MARKDOWN:
        render_markdown(result, out);
        break;
    case MK_FORMAT_HTML:
        MK_TRY(mk_html_page(result, options, out, err));
        break;
    }
    return mk_buf_status(out, err);
}

static const struct {
    const char *name;
    MkFormat format;
} names[] = {{"text", MK_FORMAT_TEXT}, {"txt", MK_FORMAT_TEXT},          {"json", MK_FORMAT_JSON},
             {"csv", MK_FORMAT_CSV},   {"markdown", MK_FORMAT_MARKDOWN}, {"md", MK_FORMAT_MARKDOWN},
             {"html", MK_FORMAT_HTML}};

static bool find_format(const char *name, size_t len, MkFormat *out)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0) {
            *out = names[i].format;
            return true;
        }
    }
    return false;
}

bool mk_format_of_name(const char *name, MkFormat *out)
{
    return find_format(name, strlen(name), out);
}

bool mk_format_of_suffix(const char *path, MkFormat *out)
{
    size_t len = strlen(path);
    if (mk_text_has_suffix(path, len, ".gz") || mk_text_has_suffix(path, len, ".xz")) {
        len -= 3;
    }
    size_t dot = len;
    while (dot > 0 && path[dot - 1] != '.' && path[dot - 1] != '/') {
        dot--;
    }
    return dot > 0 && path[dot - 1] == '.' && find_format(path + dot, len - dot, out);
}

MkStatus mk_render_file(const MkResult *result, const char *path, const MkRenderOptions *options,
                        MkError *err)
{
    enum { FILE_WIDTH = 100 };
    MkRenderOptions mine = {.format = options->format,
                            .width = FILE_WIDTH,
                            .draw = options->draw,
                            .draw_ctx = options->draw_ctx};
    (void)mk_format_of_suffix(path, &mine.format);
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_render(result, &mine, &buf, err);
    if (st == MK_OK) {
        st = mk_file_write(path, buf.data, buf.len, err);
    }
    mk_buf_release(&buf);
    return st;
}

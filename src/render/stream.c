#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/stream.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"

typedef struct Reader {
    const char *at;
    const char *end;
    char separator;
    MkBuf cell; /* the last cell, without quotes */
} Reader;

/* Reads one cell; false after the last one of a line. */
static bool next_cell(Reader *r)
{
    mk_buf_clear(&r->cell);
    bool is_quoted = false;
    for (; r->at < r->end; r->at++) {
        const char c = *r->at;
        if (c == '"' && is_quoted && r->at + 1 < r->end && r->at[1] == '"') {
            mk_buf_putc(&r->cell, '"');
            r->at++;
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == r->separator || c == '\n')) {
            break;
        } else {
            mk_buf_putc(&r->cell, c);
        }
    }
    const bool has_more = r->at < r->end && *r->at == r->separator;
    r->at += r->at < r->end ? 1 : 0;
    return has_more;
}

static void put_cell(const Reader *r, bool is_number, MkJson *json)
{
    double x = 0;
    const char mark = r->separator == ';' ? ',' : '.';
    if (r->cell.len == 0) {
        mk_json_null(json);
    } else if (is_number && mk_text_double(r->cell.data, r->cell.len, mark, &x)) {
        mk_json_double(json, x);
    } else {
        mk_json_string(json, r->cell.data);
    }
}

static void put_line(Reader *r, const char *kinds, MkJson *json)
{
    bool has_more = true;
    mk_json_array_begin(json);
    for (size_t c = 0; has_more; c++) {
        has_more = next_cell(r);
        put_cell(r, kinds != NULL && kinds[c] == 'n', json);
        kinds = kinds != NULL && kinds[c] == '\0' ? NULL : kinds;
    }
    mk_json_array_end(json);
}

MkStatus mk_stream_json(const MkResult *result, MkJson *json, MkError *err)
{
    Reader r = {.at = result->stream,
                .end = result->stream + result->n_stream,
                .separator = result->stream_separator == 0 ? ',' : result->stream_separator};
    mk_buf_init(&r.cell);
    mk_json_object_begin(json);
    mk_json_key(json, "columns");
    put_line(&r, NULL, json);
    mk_json_key(json, "rows");
    mk_json_array_begin(json);
    while (r.at < r.end) {
        put_line(&r, result->stream_kinds, json);
    }
    mk_json_array_end(json);
    mk_json_object_end(json);
    const MkStatus st = mk_buf_status(&r.cell, err);
    mk_buf_release(&r.cell);
    return st;
}

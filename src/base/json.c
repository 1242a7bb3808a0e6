#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/json.h"

#include <math.h>
#include <string.h>

#include "src/base/text.h"

/* Per level: whether a value came before (a comma is due) and whether a key waits for its value.
 * Levels deeper than MK_JSON_DEPTH make the buffer fail rather than the text wrong. */
enum { STATE_COMMA = 1, STATE_KEY = 2 };

void mk_json_init(MkJson *json, MkBuf *buf)
{
    *json = (MkJson){.buf = buf};
}

/* Before any value or key: the comma that separates it from the one before. */
static void json_separate(MkJson *json)
{
    unsigned char *state = &json->state[json->depth];
    if ((*state & STATE_KEY) != 0) {
        *state = (unsigned char)(*state & ~(unsigned)STATE_KEY);
        return;
    }
    if ((*state & STATE_COMMA) != 0 && json->depth > 0) {
        mk_buf_puts(json->buf, ", ");
    }
    *state |= STATE_COMMA;
}

static void json_begin(MkJson *json, char bracket)
{
    json_separate(json);
    mk_buf_putc(json->buf, bracket);
    if (json->depth + 1 >= MK_JSON_DEPTH) {
        json->buf->failed = true;
        return;
    }
    json->depth++;
    json->state[json->depth] = 0;
}

static void json_end(MkJson *json, char bracket)
{
    mk_buf_putc(json->buf, bracket);
    if (json->depth > 0) {
        json->depth--;
    }
}

void mk_json_object_begin(MkJson *json)
{
    json_begin(json, '{');
}

void mk_json_object_end(MkJson *json)
{
    json_end(json, '}');
}

void mk_json_array_begin(MkJson *json)
{
    json_begin(json, '[');
}

void mk_json_array_end(MkJson *json)
{
    json_end(json, ']');
}

static void json_escape(MkBuf *buf, uint32_t cp)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *known = cp < 0x80 ? strchr(from, (int)cp) : NULL;
    mk_buf_putc(buf, '\\');
    if (known != NULL) {
        mk_buf_putc(buf, to[known - from]);
        return;
    }
    mk_buf_printf(buf, "u%04x", (unsigned)cp);
}

static void json_quote(MkBuf *buf, const char *text)
{
    mk_buf_putc(buf, '"');
    while (*text != '\0') {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(text, &cp);
        if (cp == 0xFFFD && n == 1) {
            mk_buf_puts(buf, "\xEF\xBF\xBD");
        } else if (mk_utf8_is_control(cp) || cp == '"' || cp == '\\') {
            json_escape(buf, cp);
        } else {
            mk_buf_add(buf, text, n);
        }
        text += n;
    }
    mk_buf_putc(buf, '"');
}

void mk_json_key(MkJson *json, const char *key)
{
    json_separate(json);
    json_quote(json->buf, key);
    mk_buf_puts(json->buf, ": ");
    json->state[json->depth] |= STATE_KEY;
}

void mk_json_string(MkJson *json, const char *text)
{
    if (text == NULL) {
        mk_json_null(json);
        return;
    }
    json_separate(json);
    json_quote(json->buf, text);
}

void mk_json_double(MkJson *json, double x)
{
    if (!isfinite(x)) {
        json->n_nonfinite++;
        mk_json_null(json);
        return;
    }
    json_separate(json);
    mk_buf_double(json->buf, x);
}

void mk_json_number6(MkJson *json, double x)
{
    char text[24];
    double rounded = x;
    if (isfinite(x)) {
        (void)mk_text_number(x, 6, text);
        if (!mk_text_double(text, strlen(text), '.', &rounded)) {
            rounded = x; /* the rounding left the range of double */
        }
    }
    mk_json_double(json, rounded);
}

void mk_json_size(MkJson *json, size_t x)
{
    json_separate(json);
    mk_buf_printf(json->buf, "%zu", x);
}

void mk_json_bool(MkJson *json, bool x)
{
    json_separate(json);
    mk_buf_puts(json->buf, x ? "true" : "false");
}

void mk_json_null(MkJson *json)
{
    json_separate(json);
    mk_buf_puts(json->buf, "null");
}

void mk_json_kstring(MkJson *json, const char *key, const char *text)
{
    mk_json_key(json, key);
    mk_json_string(json, text);
}

void mk_json_kdouble(MkJson *json, const char *key, double x)
{
    mk_json_key(json, key);
    mk_json_double(json, x);
}

void mk_json_ksize(MkJson *json, const char *key, size_t x)
{
    mk_json_key(json, key);
    mk_json_size(json, x);
}

void mk_json_kbool(MkJson *json, const char *key, bool x)
{
    mk_json_key(json, key);
    mk_json_bool(json, x);
}

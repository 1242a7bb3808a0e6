#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/svg.h"

#include <ctype.h>
#include <string.h>

#include "src/base/text.h"
#include "src/render/layout.h"

enum { DEPTH_MOST = 64 };

/* ---- text ---- */

static void put_escaped(char c, MkBuf *out)
{
    switch (c) {
    case '&':
        mk_buf_puts(out, "&amp;");
        break;
    case '<':
        mk_buf_puts(out, "&lt;");
        break;
    case '>':
        mk_buf_puts(out, "&gt;");
        break;
    case '"':
        mk_buf_puts(out, "&quot;");
        break;
    case '\'':
        mk_buf_puts(out, "&#39;");
        break;
    default:
        mk_buf_putc(out, c);
    }
}

void mk_html_text(const char *text, MkBuf *out)
{
    MkBuf clean;
    mk_buf_init(&clean);
    mk_layout_clean(text, false, &clean);
    for (size_t i = 0; i < clean.len; i++) {
        /* U+FFFE and U+FFFF are no characters of XML. */
        if (clean.len - i >= 3 && memcmp(clean.data + i, "\xEF\xBF", 2) == 0 &&
            (unsigned char)clean.data[i + 2] >= 0xBE) {
            mk_buf_putc(out, '?');
            i += 2;
        } else {
            put_escaped(clean.data[i], out);
        }
    }
    out->failed = out->failed || clean.failed;
    mk_buf_release(&clean);
}

/* ---- pieces of SVG ---- */

typedef struct Span {
    const char *at;
    size_t len;
} Span;

typedef struct Reader {
    const char *at, *end;
    const char *prefix;
    MkBuf *out;
    size_t depth;
    Span open[DEPTH_MOST];
    size_t muted; /* depth of the element that is left out; 0: none */
    bool is_first;
    const char *words;
} Reader;

static bool is(Span span, const char *word)
{
    return span.len == strlen(word) && memcmp(span.at, word, span.len) == 0;
}

static bool begins(const Reader *r, const char *word)
{
    const size_t n = strlen(word);
    return (size_t)(r->end - r->at) >= n && memcmp(r->at, word, n) == 0;
}

static bool skip_past(Reader *r, const char *word)
{
    const size_t n = strlen(word);
    while (r->at < r->end && !begins(r, word)) {
        r->at++;
    }
    if (r->at == r->end) {
        return false;
    }
    r->at += n;
    return true;
}

static void skip_blanks(Reader *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at)) {
        r->at++;
    }
}

static Span read_name(Reader *r)
{
    const char *start = r->at;
    while (r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("_:.-", *r->at) != NULL) &&
           *r->at != '\0') {
        r->at++;
    }
    return (Span){start, (size_t)(r->at - start)};
}

static void put(const Reader *r, const char *bytes, size_t len)
{
    if (r->muted == 0) {
        mk_buf_add(r->out, bytes, len);
    }
}

/* One of the five names, or a number. */
static bool is_entity(const char *at, size_t left)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const size_t n = strlen(known[i]);
        if (left >= n && memcmp(at, known[i], n) == 0) {
            return true;
        }
    }
    return false;
}

static void put_text(const Reader *r, Span text)
{
    for (size_t i = 0; i < text.len && r->muted == 0; i++) {
        const char c = text.at[i];
        if (c == '&' && !is_entity(text.at + i, text.len - i)) {
            mk_buf_puts(r->out, "&amp;");
        } else if ((unsigned char)c >= 0x20 || c == '\n') {
            mk_buf_putc(r->out, c == '<' ? ' ' : c);
        }
    }
}

/* A value with the names that it mentions prefixed. */
static void put_value(const Reader *r, Span name, Span value)
{
    const bool is_link = is(name, "xlink:href") || is(name, "href");
    size_t i = 0;
    if (is(name, "id")) {
        mk_buf_puts(r->out, r->prefix);
    } else if (is_link) {
        mk_buf_putc(r->out, '#');
        mk_buf_puts(r->out, r->prefix);
        i = 1;
    }
    for (; i < value.len; i++) {
        const Span rest = {value.at + i, value.len - i};
        if (rest.len > 5 && memcmp(rest.at, "url(#", 5) == 0) {
            mk_buf_puts(r->out, "url(#");
            mk_buf_puts(r->out, r->prefix);
            i += 4;
        } else if (value.at[i] == '"') {
            mk_buf_puts(r->out, "&quot;");
        } else {
            put_text(r, (Span){rest.at, 1});
        }
    }
}

/* Handlers, styles that load something, and links that leave the picture stay out. */
static bool is_wanted(Span name, Span value)
{
    const bool is_link = is(name, "xlink:href") || is(name, "href");
    if (is_link) {
        return value.len > 1 && value.at[0] == '#';
    }
    for (size_t i = 0; i + 4 < value.len; i++) {
        if (memcmp(value.at + i, "url(", 4) == 0 && value.at[i + 4] != '#') {
            return false;
        }
    }
    const bool is_ours = is(name, "role") || is(name, "aria-label");
    return !is_ours && (name.len < 3 || memcmp(name.at, "on", 2) != 0);
}

static bool read_attribute(Reader *r)
{
    const Span name = read_name(r);
    skip_blanks(r);
    if (name.len == 0 || r->at == r->end || *r->at++ != '=') {
        return false;
    }
    skip_blanks(r);
    const char quote = r->at < r->end ? *r->at++ : '\0';
    if (quote != '"' && quote != '\'') {
        return false;
    }
    const char *const end = memchr(r->at, quote, (size_t)(r->end - r->at));
    if (end == NULL) {
        return false;
    }
    const Span value = {r->at, (size_t)(end - r->at)};
    r->at = end + 1;
    if (r->muted == 0 && is_wanted(name, value)) {
        mk_buf_putc(r->out, ' ');
        mk_buf_add(r->out, name.at, name.len);
        mk_buf_puts(r->out, "=\"");
        put_value(r, name, value);
        mk_buf_putc(r->out, '"');
    }
    return true;
}

static bool is_left_out(Span name)
{
    return is(name, "title") || is(name, "desc") || is(name, "script") || is(name, "style") ||
           is(name, "foreignObject") || is(name, "image") || is(name, "a");
}

static bool read_open(Reader *r)
{
    const Span name = read_name(r);
    if (name.len == 0 || r->depth == DEPTH_MOST || (r->depth == 0 && !r->is_first)) {
        return false;
    }
    r->open[r->depth++] = name;
    if (r->muted == 0 && is_left_out(name)) {
        r->muted = r->depth;
    }
    put(r, "<", 1);
    put(r, name.at, name.len);
    if (r->is_first) {
        mk_buf_puts(r->out, " role=\"img\" aria-label=\"");
        mk_html_text(r->words, r->out);
        mk_buf_putc(r->out, '"');
        r->is_first = false;
    }
    for (skip_blanks(r); r->at < r->end && *r->at != '>' && *r->at != '/'; skip_blanks(r)) {
        if (!read_attribute(r)) {
            return false;
        }
    }
    const bool is_empty = begins(r, "/>");
    if (!is_empty && !begins(r, ">")) {
        return false;
    }
    r->at += is_empty ? 2 : 1;
    put(r, "/>", is_empty ? 2 : 0);
    put(r, ">", is_empty ? 0 : 1);
    if (is_empty) {
        r->muted = r->muted == r->depth ? 0 : r->muted;
        r->depth--;
    }
    return true;
}

static bool read_close(Reader *r)
{
    const Span name = read_name(r);
    skip_blanks(r);
    if (r->depth == 0 || r->at == r->end || *r->at++ != '>') {
        return false;
    }
    const Span wanted = r->open[r->depth - 1];
    if (name.len != wanted.len || memcmp(name.at, wanted.at, name.len) != 0) {
        return false;
    }
    put(r, "</", 2);
    put(r, name.at, name.len);
    put(r, ">", 1);
    r->muted = r->muted == r->depth ? 0 : r->muted;
    r->depth--;
    return true;
}

static bool read_piece(Reader *r)
{
    if (*r->at != '<') {
        const char *next = memchr(r->at, '<', (size_t)(r->end - r->at));
        next = next != NULL ? next : r->end;
        put_text(r, (Span){r->at, (size_t)(next - r->at)});
        r->at = next;
        return true;
    }
    if (begins(r, "<!--")) {
        return skip_past(r, "-->");
    }
    if (begins(r, "</")) {
        r->at += 2;
        return read_close(r);
    }
    r->at++;
    return read_open(r);
}

bool mk_svg_embed(const char *svg, size_t len, const char *prefix, const char *words, MkBuf *out)
{
    Reader r = {.at = svg,
                .end = svg + len,
                .prefix = prefix,
                .out = out,
                .is_first = true,
                .words = words};
    const size_t before = out->len;
    if (!skip_past(&r, "<svg") || !mk_utf8_valid(svg, len)) {
        return false;
    }
    r.at -= 4;
    bool is_good = true;
    while (is_good && (r.depth > 0 || r.is_first) && r.at < r.end) {
        is_good = read_piece(&r);
    }
    if (!is_good || r.depth > 0) {
        out->len = before;
        out->data[before] = '\0';
        return false;
    }
    return true;
}

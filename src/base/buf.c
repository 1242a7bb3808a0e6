#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

void mk_buf_init(MkBuf *buf)
{
    *buf = (MkBuf){.data = ""};
}

void mk_buf_release(MkBuf *buf)
{
    if (buf->cap > 0) {
        free(buf->data);
    }
    mk_buf_init(buf);
}

void mk_buf_clear(MkBuf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->cap > 0) {
        buf->data[0] = '\0';
    }
}

/* Room for `more` bytes and the NUL. */
static bool buf_reserve(MkBuf *buf, size_t more)
{
    if (buf->failed) {
        return false;
    }
    if (buf->cap > buf->len && buf->cap - buf->len > more) {
        return true;
    }
    if (more > SIZE_MAX / 2 - buf->len - 1) {
        buf->failed = true;
        return false;
    }
    const size_t need = buf->len + more + 1;
    size_t cap = buf->cap + buf->cap / 2;
    if (cap < 64) {
        cap = 64;
    }
    if (cap < need) {
        cap = need;
    }
    char *data = realloc(buf->cap > 0 ? buf->data : NULL, cap);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    if (buf->cap == 0) {
        data[0] = '\0';
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void mk_buf_add(MkBuf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !buf_reserve(buf, len)) {
        return;
    }
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void mk_buf_puts(MkBuf *buf, const char *text)
{
    mk_buf_add(buf, text, strlen(text));
}

void mk_buf_putc(MkBuf *buf, char c)
{
    mk_buf_add(buf, &c, 1);
}

void mk_buf_vprintf(MkBuf *buf, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, fmt, args);
    if (n < 0) {
        buf->failed = true;
    } else if (buf_reserve(buf, (size_t)n)) {
        (void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

void mk_buf_printf(MkBuf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    mk_buf_vprintf(buf, fmt, args);
    va_end(args);
}

void mk_buf_double(MkBuf *buf, double x)
{
    char text[32];
    mk_buf_add(buf, text, mk_text_shortest(x, text));
}

void mk_buf_word(MkBuf *buf, const char *text)
{
    const size_t plain = strcspn(text, " \t'#");
    if (text[0] != '\0' && text[plain] == '\0') {
        mk_buf_puts(buf, text);
        return;
    }
    const size_t name = strcspn(text, "=");
    const size_t head = name < plain ? name + 1 : 0;
    mk_buf_add(buf, text, head);
    mk_buf_putc(buf, '\'');
    for (const char *p = text + head; *p != '\0'; p++) {
        mk_buf_putc(buf, *p);
        if (*p == '\'') {
            mk_buf_putc(buf, *p);
        }
    }
    mk_buf_putc(buf, '\'');
}

char *mk_buf_take(MkBuf *buf)
{
    if (!buf_reserve(buf, 0)) {
        mk_buf_release(buf);
        return NULL;
    }
    char *text = buf->data;
    mk_buf_init(buf);
    return text;
}

MkStatus mk_buf_status(const MkBuf *buf, MkError *err)
{
    if (buf->failed) {
        return mk_fail(err, MK_ENOMEM, "out of memory after %zu bytes of text", buf->len);
    }
    return MK_OK;
}

/* buf.h - a growing byte string, always NUL-terminated.
 *
 * A failed growth sets `failed` and drops further writes, so that a writer checks once at the end.
 */
#ifndef MK_BASE_BUF_H
#define MK_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"

typedef struct MkBuf {
    char *data; /* "" when empty, never NULL after init */
    size_t len;
    size_t cap;
    bool failed;
} MkBuf;

void mk_buf_init(MkBuf *buf);
void mk_buf_release(MkBuf *buf);
void mk_buf_clear(MkBuf *buf);
void mk_buf_add(MkBuf *buf, const void *bytes, size_t len);
void mk_buf_puts(MkBuf *buf, const char *text);
void mk_buf_putc(MkBuf *buf, char c);
void mk_buf_printf(MkBuf *buf, const char *fmt, ...) MK_PRINTF(2, 3);
void mk_buf_vprintf(MkBuf *buf, const char *fmt, va_list args) MK_PRINTF(2, 0);
/* Shortest decimal text that reads back as the same double, C locale; NaN and infinity as "nan",
 * "inf", "-inf". */
void mk_buf_double(MkBuf *buf, double x);
/* `text` as one word of the program's language: as it is, or in single quotes, doubled inside, when
 * it is empty or has blanks, quotes or #. The name of A=V stays outside, so that it reads well. */
void mk_buf_word(MkBuf *buf, const char *text);
/* Gives the string to the caller (free()); the buffer is empty afterwards. NULL when failed. */
char *mk_buf_take(MkBuf *buf);
MK_NODISCARD MkStatus mk_buf_status(const MkBuf *buf, MkError *err); /* MK_ENOMEM when failed */

#endif

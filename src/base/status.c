#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts text[0..len) back to the last whole UTF-8 character when it was cut at the buffer's end. */
static void status_trim(char *text)
{
    size_t len = strlen(text);
    size_t back = 0;
    while (back < len && back < 4 && ((unsigned char)text[len - 1 - back] & 0xC0U) == 0x80U) {
        back++;
    }
    if (back == len || back == 4) {
        return;
    }
    const unsigned char lead = (unsigned char)text[len - 1 - back];
    size_t want = 1;
    if (lead >= 0xF0U) {
        want = 4;
    } else if (lead >= 0xE0U) {
        want = 3;
    } else if (lead >= 0xC0U) {
        want = 2;
    }
    if (want > back + 1) {
        text[len - 1 - back] = '\0';
    }
}

MkStatus mk_fail(MkError *err, MkStatus status, const char *fmt, ...)
{
    if (err == NULL) {
        return status;
    }
    char text[MK_ERROR_TEXT]; /* the arguments may point into *err */
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0) {
        text[0] = '\0';
    } else if ((size_t)n >= sizeof text) {
        status_trim(text);
    }
    err->status = status;
    memcpy(err->text, text, strlen(text) + 1);
    return status;
}

void mk_error_prefix(MkError *err, const char *fmt, ...)
{
    if (err == NULL) {
        return;
    }
    char text[MK_ERROR_TEXT];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0) {
        return;
    }
    if ((size_t)n < sizeof text) {
        const size_t room = sizeof text - (size_t)n;
        n = snprintf(text + n, room, ": %s", err->text);
        if (n >= 0 && (size_t)n >= room) {
            status_trim(text);
        }
    } else {
        status_trim(text);
    }
    memcpy(err->text, text, strlen(text) + 1);
}

int mk_status_exit_code(MkStatus status)
{
    switch (status) {
    case MK_OK:
        return 0;
    case MK_EINVAL:
    case MK_ENOTFOUND:
    case MK_EUNSUPPORTED:
        return 2;
    case MK_EFORMAT:
    case MK_ESHAPE:
        return 3;
    case MK_ECHECK:
        return 4;
    case MK_ECANCEL:
        return 130;
    case MK_ENOMEM:
    case MK_EIO:
    case MK_ENUMERIC:
        break;
    }
    return 1;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/text.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool mk_text_u64(const char *text, uint64_t *out)
{
    uint64_t x = 0;
    if (*text == '\0') {
        return false;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (!is_digit(*p)) {
            return false;
        }
        const uint64_t digit = (uint64_t)(*p - '0');
        if (x > (UINT64_MAX - digit) / 10) {
            return false;
        }
        x = x * 10 + digit;
    }
    *out = x;
    return true;
}

bool mk_text_size(const char *text, size_t *out)
{
    uint64_t x = 0;
    if (!mk_text_u64(text, &x) || x > SIZE_MAX) {
        return false;
    }
    *out = (size_t)x;
    return true;
}

void mk_text_trim(const char **text, size_t *len)
{
    while (*len > 0 && **text == ' ') {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && (*text)[*len - 1] == ' ') {
        (*len)--;
    }
}

bool mk_text_has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool mk_text_has_suffix(const char *text, size_t len, const char *suffix)
{
    const size_t tail = strlen(suffix);
    return len > tail && memcmp(text + len - tail, suffix, tail) == 0;
}

bool mk_text_same_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

bool mk_text_find_nocase(const char *haystack, const char *needle)
{
    for (const char *start = haystack;; start++) {
        size_t i = 0;
        while (needle[i] != '\0' && lower(start[i]) == lower(needle[i])) {
            i++;
        }
        if (needle[i] == '\0') {
            return true;
        }
        if (*start == '\0') {
            return false;
        }
    }
}

/* Length of the well-formed character at text[0..len), 0 when there is none (RFC 3629: no overlong
 * forms, no surrogates, nothing above U+10FFFF). len > 0. */
static size_t utf8_decode(const unsigned char *text, size_t len, uint32_t *cp)
{
    const unsigned char lead = text[0];
    if (lead < 0x80) {
        *cp = lead;
        return 1;
    }
    size_t n = 0;
    uint32_t x = 0;
    uint32_t least = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        n = 2, x = lead & 0x1FU, least = 0x80;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        n = 3, x = lead & 0x0FU, least = 0x800;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        n = 4, x = lead & 0x07U, least = 0x10000;
    }
    if (n == 0 || n > len) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xC0U) != 0x80U) {
            return 0;
        }
        x = (x << 6) | (text[i] & 0x3FU);
    }
    if (x < least || x > 0x10FFFF || (x >= 0xD800 && x <= 0xDFFF)) {
        return 0;
    }
    *cp = x;
    return n;
}

size_t mk_utf8_encode(uint32_t cp, char out[5])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        out[1] = '\0';
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | (cp >> 6));
        out[1] = (char)(0x80 | (cp & 63));
        out[2] = '\0';
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | (cp >> 12));
        out[1] = (char)(0x80 | ((cp >> 6) & 63));
        out[2] = (char)(0x80 | (cp & 63));
        out[3] = '\0';
        return 3;
    }
    out[0] = (char)(0xF0 | (cp >> 18));
    out[1] = (char)(0x80 | ((cp >> 12) & 63));
    out[2] = (char)(0x80 | ((cp >> 6) & 63));
    out[3] = (char)(0x80 | (cp & 63));
    out[4] = '\0';
    return 4;
}

size_t mk_utf8_next(const char *text, uint32_t *cp)
{
    if (text[0] == '\0') {
        *cp = 0;
        return 0;
    }
    /* The NUL at the end is no continuation byte, so a cut character stops there. */
    const size_t n = utf8_decode((const unsigned char *)text, 4, cp);
    if (n == 0) {
        *cp = 0xFFFD;
        return 1;
    }
    return n;
}

size_t mk_utf8_width(const char *text)
{
    size_t used = 0;
    (void)mk_utf8_clip(text, SIZE_MAX, &used);
    return used;
}

size_t mk_utf8_clip(const char *text, size_t cells, size_t *used)
{
    size_t bytes = 0;
    size_t width = 0;
    uint32_t cp = 0;
    for (size_t n = mk_utf8_next(text, &cp); n > 0; n = mk_utf8_next(text + bytes, &cp)) {
        const size_t w = (size_t)mk_utf8_width_cp(cp);
        if (w > cells - width) {
            break;
        }
        width += w;
        bytes += n;
    }
    if (used != NULL) {
        *used = width;
    }
    return bytes;
}

bool mk_utf8_valid(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    while (len > 0) {
        uint32_t cp = 0;
        const size_t n = utf8_decode(p, len, &cp);
        if (n == 0) {
            return false;
        }
        p += n;
        len -= n;
    }
    return true;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum { DISTANCE_LONGEST = 255 };

/* Optimal string alignment: insert, delete, replace, swap of neighbours cost 1 each. */
size_t mk_text_distance(const char *a, const char *b, size_t limit)
{
    const size_t la = strlen(a);
    const size_t lb = strlen(b);
    const size_t apart = la > lb ? la - lb : lb - la;
    if (strcmp(a, b) == 0) {
        return 0;
    }
    if (apart > limit || la > DISTANCE_LONGEST || lb > DISTANCE_LONGEST) {
        return limit + 1;
    }
    size_t rows[3][DISTANCE_LONGEST + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= lb; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= la; i++) {
        row[0] = i;
        size_t best = i;
        for (size_t j = 1; j <= lb; j++) {
            const size_t swap = last[j - 1] + (a[i - 1] != b[j - 1]);
            size_t d = least_of(least_of(row[j - 1], last[j]) + 1, swap);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d = least_of(d, before[j - 2] + 1);
            }
            row[j] = d;
            best = least_of(best, d);
        }
        if (best > limit) {
            return limit + 1;
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return least_of(last[lb], limit + 1);
}

/* xport.h - writes tiny SAS transport files (version 5) for tests, from numbers and texts that are
 * invented.
 *
 *   Xport x = xport_begin("DEMO");
 *   xport_variable(&x, "SEQN", 0, "Person");           (0: a number, else the width of a text)
 *   xport_rows(&x);
 *   xport_number(&x, 1);                               (in the order of the variables; NAN:
 * missing) xport_end(&x, path);
 */
#ifndef MK_TESTS_XPORT_H
#define MK_TESTS_XPORT_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Xport {
    unsigned char bytes[1 << 16];
    size_t len;
    size_t names_at; /* where the number of variables stands */
    size_t n_variables, row_len;
} Xport;

static inline void xport_put(Xport *x, const void *bytes, size_t len)
{
    if (x->len + len > sizeof x->bytes) {
        abort();
    }
    memcpy(x->bytes + x->len, bytes, len);
    x->len += len;
}

/* A text padded with blanks. */
static inline void xport_text(Xport *x, const char *text, size_t width)
{
    const size_t n = strlen(text) < width ? strlen(text) : width;
    xport_put(x, text, n);
    for (size_t i = n; i < width; i++) {
        xport_put(x, " ", 1);
    }
}

static inline void xport_short(Xport *x, size_t value)
{
    const unsigned char bytes[2] = {(unsigned char)(value >> 8), (unsigned char)value};
    xport_put(x, bytes, 2);
}

static inline void xport_pad(Xport *x)
{
    while (x->len % 80 != 0) {
        xport_put(x, " ", 1);
    }
}

static inline void xport_header(Xport *x, const char *kind, const char *digits)
{
    char line[81];
    snprintf(line, sizeof line, "HEADER RECORD*******%-8sHEADER RECORD!!!!!!!%-30s  ", kind,
             digits);
    xport_put(x, line, 80);
}

static inline Xport xport_begin(const char *table)
{
    static const char zeros[] = "000000000000000000000000000000", date[] = "01JAN20:00:00:00";
    Xport x;
    memset(&x, 0, sizeof x);
    xport_header(&x, "LIBRARY", zeros);
    xport_text(&x, "SAS     SAS     SASLIB  9.4     LINUX", 64);
    xport_text(&x, date, 16);
    xport_text(&x, date, 80);
    xport_header(&x, "MEMBER", "000000000000000001600000000140");
    xport_header(&x, "DSCRPTR", zeros);
    xport_text(&x, "SAS", 8);
    xport_text(&x, table, 8);
    xport_text(&x, "SASDATA 9.4     LINUX", 48);
    xport_text(&x, date, 16);
    xport_text(&x, date, 80);
    x.names_at = x.len;
    xport_header(&x, "NAMESTR", zeros);
    return x;
}

static inline void xport_variable(Xport *x, const char *name, size_t width, const char *label)
{
    const size_t bytes = width == 0 ? 8 : width;
    const unsigned char rest[52] = {0};
    xport_short(x, width == 0 ? 1 : 2);
    xport_short(x, 0);
    xport_short(x, bytes);
    xport_short(x, ++x->n_variables);
    xport_text(x, name, 8);
    xport_text(x, label, 40);
    xport_text(x, "", 8);
    xport_put(x, rest, 8); /* lengths, justification, fill */
    xport_text(x, "", 8);
    xport_put(x, rest, 6); /* informat, upper half of the position */
    xport_short(x, x->row_len);
    xport_put(x, rest, 52);
    x->row_len += bytes;
}

static inline void xport_rows(Xport *x)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%04zu", x->n_variables % 10000);
    memcpy(x->bytes + x->names_at + 54, digits, 4);
    xport_pad(x);
    xport_header(x, "OBS", "000000000000000000000000000000");
}

/* IBM base-16 floating point; a full stop for what is missing. */
static inline void xport_number(Xport *x, double value)
{
    unsigned char bytes[8] = {0};
    if (isnan(value)) {
        bytes[0] = '.';
    } else if (value != 0) {
        int exponent;
        double fraction = frexp(fabs(value), &exponent);
        while (exponent % 4 != 0) {
            fraction /= 2;
            exponent++;
        }
        uint64_t bits = (uint64_t)ldexp(fraction, 56);
        bits |= (uint64_t)(exponent / 4 + 64) << 56;
        bits |= value < 0 ? (uint64_t)1 << 63 : 0;
        for (int i = 0; i < 8; i++) {
            bytes[i] = (unsigned char)(bits >> (56 - 8 * i));
        }
    }
    xport_put(x, bytes, 8);
}

static inline int xport_end(Xport *x, const char *path)
{
    xport_pad(x);
    FILE *f = fopen(path, "wb");
    if (f == NULL) {
        return -1;
    }
    const size_t n = fwrite(x->bytes, 1, x->len, f);
    return fclose(f) == 0 && n == x->len ? 0 : -1;
}

#endif

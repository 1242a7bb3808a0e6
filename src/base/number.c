/* Numbers to and from text, whatever locale the process has (declared in text.h).
 *
 * Reading: at most 19 digits and a small power of ten are exact in one multiplication or division
 * (Clinger 1990); everything else goes through strtod in the C locale. Printing takes the digits of
 * "%.*e", which holds no locale's mark once all but digits are skipped, and lays them out itself.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { POWERS_EXACT = 22, MANTISSA_DIGITS = 19, DIGITS_KEPT = 780, EXPONENT_LIMIT = 100000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* strtod in the C locale, of text built here. */
static double parse_in_c_locale(const char *text)
{
    const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) {
        return NAN;
    }
    const locale_t previous = uselocale(c_locale);
    const int saved_errno = errno;
    const double x = strtod(text, NULL);
    errno = saved_errno;
    (void)uselocale(previous);
    freelocale(c_locale);
    return x;
}

/* A decimal number as read: value = 0.d1d2d3... without leading zeros, times a power of ten. */
typedef struct Decimal {
    char digits[DIGITS_KEPT + 2]; /* significant digits; one more '1' stands for all further ones */
    size_t n_digits;
    long exponent; /* value = digits (as an integer) * 10^exponent */
    bool is_negative;
} Decimal;

static void decimal_add(Decimal *d, char c, bool is_fraction)
{
    if (d->n_digits == 0 && c == '0') {
        d->exponent -= is_fraction;
    } else if (d->n_digits < DIGITS_KEPT) {
        d->digits[d->n_digits++] = c;
        d->exponent -= is_fraction;
    } else {
        if (c != '0' && d->n_digits == DIGITS_KEPT) {
            d->digits[d->n_digits++] = '1'; /* sticky: only that something follows matters */
            d->exponent--;
        }
        d->exponent += !is_fraction;
    }
}

/* The exponent after 'e': [+-]digits up to the end. */
static bool decimal_exponent(Decimal *d, const char *p, const char *end)
{
    bool is_negative = false;
    if (p < end && (*p == '+' || *p == '-')) {
        is_negative = *p == '-';
        p++;
    }
    if (p == end) {
        return false;
    }
    long x = 0;
    for (; p < end; p++) {
        if (!is_digit(*p)) {
            return false;
        }
        x = x < EXPONENT_LIMIT ? x * 10 + (*p - '0') : x;
    }
    d->exponent += is_negative ? -x : x;
    return true;
}

static bool decimal_read(Decimal *d, const char *text, size_t len, char mark)
{
    const char *p = text;
    const char *end = text + len;
    d->n_digits = 0;
    d->exponent = 0;
    d->is_negative = false;
    if (p < end && (*p == '+' || *p == '-')) {
        d->is_negative = *p == '-';
        p++;
    }
    size_t n_seen = 0;
    bool is_fraction = false;
    for (; p < end && (is_digit(*p) || (*p == mark && !is_fraction)); p++) {
        if (*p == mark) {
            is_fraction = true;
            continue;
        }
        n_seen++;
        decimal_add(d, *p, is_fraction);
    }
    if (n_seen == 0) {
        return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        return decimal_exponent(d, p + 1, end);
    }
    return p == end;
}

/* True when the value is exact in one operation. */
static bool decimal_fast(const Decimal *d, double *out)
{
    if (d->n_digits > MANTISSA_DIGITS || d->exponent < -POWERS_EXACT ||
        d->exponent > POWERS_EXACT) {
        return false;
    }
    uint64_t mantissa = 0;
    for (size_t i = 0; i < d->n_digits; i++) {
        mantissa = mantissa * 10 + (uint64_t)(d->digits[i] - '0');
    }
    if (mantissa > UINT64_C(1) << 53) {
        return false;
    }
    const double x = (double)mantissa;
    *out = d->exponent < 0 ? x / powers_of_ten[-d->exponent] : x * powers_of_ten[d->exponent];
    return true;
}

bool mk_text_double(const char *text, size_t len, char decimal, double *out)
{
    Decimal d;
    if (len == 0 || !decimal_read(&d, text, len, decimal)) {
        return false;
    }
    double x = 0;
    if (d.n_digits > 0 && !decimal_fast(&d, &x)) {
        if (d.exponent > EXPONENT_LIMIT || d.exponent < -EXPONENT_LIMIT) {
            d.exponent = d.exponent > 0 ? EXPONENT_LIMIT : -EXPONENT_LIMIT;
        }
        char plain[DIGITS_KEPT + 16];
        memcpy(plain, d.digits, d.n_digits);
        (void)snprintf(plain + d.n_digits, sizeof plain - d.n_digits, "e%ld", d.exponent);
        x = parse_in_c_locale(plain);
        if (!isfinite(x)) {
            return false;
        }
    }
    *out = d.is_negative ? -x : x;
    return true;
}

/* The n digits of |x| (x finite, n in 1..17) and the exponent of the first, without trailing zeros.
 * Returns the number of digits left, at least one. */
static int digits_of(double x, int n, char digits[20], int *exponent)
{
    char text[48];
    (void)snprintf(text, sizeof text, "%.*e", n - 1, fabs(x));
    int count = 0;
    const char *p = text;
    for (; *p != 'e' && *p != '\0'; p++) {
        if (is_digit(*p) && count < n) {
            digits[count++] = *p;
        }
    }
    *exponent = *p == 'e' ? (int)strtol(p + 1, NULL, 10) : 0;
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    return count;
}

/* Writes digits with the first at 10^exponent; plain notation for plain_low <= exponent <
 * plain_high. Returns the length. */
static size_t lay_out(bool is_negative, const char *digits, int n, int exponent, int plain_low,
                      int plain_high, char *out)
{
    char *p = out;
    if (is_negative) {
        *p++ = '-';
    }
    const bool is_plain = exponent >= plain_low && exponent < plain_high;
    const int n_whole = is_plain ? exponent + 1 : 1; /* digits before the mark; <= 0: "0.000ddd" */
    if (n_whole <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = n_whole; i < 0; i++) {
            *p++ = '0';
        }
    }
    for (int i = 0; i < n || i < n_whole; i++) {
        if (i == n_whole && n_whole > 0) {
            *p++ = '.';
        }
        *p++ = i < n ? digits[i] : '0';
    }
    if (!is_plain) {
        p += snprintf(p, 8, "e%d", exponent);
    }
    *p = '\0';
    return (size_t)(p - out);
}

static size_t put_word(char *out, const char *word)
{
    const size_t len = strlen(word);
    memcpy(out, word, len + 1);
    return len;
}

/* nan, inf, -inf; 0 for a finite number. */
static size_t put_special(double x, char *out)
{
    if (isnan(x)) {
        return put_word(out, "nan");
    }
    if (isinf(x)) {
        return put_word(out, x > 0 ? "inf" : "-inf");
    }
    return 0;
}

/* The decimal digits of a positive integer; returns how many. */
static int digits_of_whole(uint64_t whole, char digits[20])
{
    char reversed[20];
    int n = 0;
    for (uint64_t rest = whole; rest > 0; rest /= 10) {
        reversed[n++] = (char)('0' + (int)(rest % 10));
    }
    for (int i = 0; i < n; i++) {
        digits[i] = reversed[n - 1 - i];
    }
    return n;
}

/* Numbers of few decimals, the common case: x = n / 10^k with n < 2^53 and n of at most 15 digits
 * reads back exactly, and with the smallest such k no shorter text does. Returns 0 for others. */
static int digits_short(double x, char digits[20], int *exponent)
{
    const double size = fabs(x);
    for (int k = 0; k <= 6; k++) {
        const double scaled = size * powers_of_ten[k];
        if (scaled >= 1e15) {
            return 0;
        }
        const uint64_t whole = (uint64_t)(scaled + 0.5);
        if (whole > 0 && (double)whole / powers_of_ten[k] == size) {
            int n = digits_of_whole(whole, digits);
            *exponent = n - 1 - k;
            while (n > 1 && digits[n - 1] == '0') {
                n--;
            }
            return n;
        }
    }
    return 0;
}

size_t mk_text_shortest(double x, char out[32])
{
    const size_t special = put_special(x, out);
    if (special > 0) {
        return special;
    }
    if (x == 0) {
        return put_word(out, signbit(x) ? "-0" : "0");
    }
    char digits[24];
    int exponent = 0;
    int n = digits_short(x, digits, &exponent);
    if (n > 0) {
        return lay_out(x < 0, digits, n, exponent, -5, 17, out);
    }
    /* 15 digits always suffice for what was written with 15; subnormals need fewer. */
    for (int want = fabs(x) < 1e-300 ? 1 : 15; want <= 17; want++) {
        n = digits_of(x, want, digits, &exponent);
        const size_t len = lay_out(x < 0, digits, n, exponent, -5, 17, out);
        double back = 0;
        if (want == 17 || (mk_text_double(out, len, '.', &back) && back == x)) {
            break;
        }
    }
    return lay_out(x < 0, digits, n, exponent, -5, 17, out);
}

char *mk_text_number(double x, int digits, char out[24])
{
    if (put_special(x, out) > 0) {
        return out;
    }
    if (x == 0) {
        (void)put_word(out, "0");
        return out;
    }
    const int at_least = digits < 1 ? 1 : digits;
    const int want = at_least > 15 ? 15 : at_least;
    char text[20];
    int exponent = 0;
    const int n = digits_of(x, want, text, &exponent);
    (void)lay_out(x < 0, text, n, exponent, -4, 9, out);
    return out;
}

/* Decimals that a step needs: 0.1 -> 1, 0.25 -> 2, 5 -> 0; at most 9. */
static int decimals_of(double resolution)
{
    int n = 0;
    for (double step = resolution; n < 9 && fabs(step - nearbyint(step)) > 1e-6 * step; n++) {
        step = resolution * powers_of_ten[n + 1];
    }
    return n;
}

char *mk_text_count(size_t n, char out[32])
{
    char digits[24];
    const size_t len = (size_t)snprintf(digits, sizeof digits, "%zu", n);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[used++] = ',';
        }
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

char *mk_text_at(double x, double resolution, char out[24])
{
    if (put_special(x, out) > 0) {
        return out;
    }
    if (!(resolution > 0) || !isfinite(resolution)) {
        return mk_text_number(x, 3, out);
    }
    const int decimals = decimals_of(resolution);
    const double rounded = round(x / resolution) * resolution;
    const double scaled = nearbyint(fabs(rounded) * powers_of_ten[decimals]);
    if (!(scaled < 1e15) || (decimals == 9 && resolution < 1e-9)) {
        return mk_text_number(x, 3, out);
    }
    const uint64_t step = (uint64_t)powers_of_ten[decimals];
    const uint64_t all = (uint64_t)scaled;
    const char *sign = x < 0 && all > 0 ? "-" : "";
    if (decimals == 0) {
        (void)snprintf(out, 24, "%s%llu", sign, (unsigned long long)all);
    } else {
        (void)snprintf(out, 24, "%s%llu.%0*llu", sign, (unsigned long long)(all / step), decimals,
                       (unsigned long long)(all % step));
    }
    return out;
}

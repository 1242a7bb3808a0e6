#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/value.h"

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/tsv.h"

enum { WORD = 256, DIGITS = 6 };

static void append_expected(const MkAttribute *a, MkBuf *buf)
{
    char low[24], high[24];
    if (!mk_type_is_number(a->type)) {
        for (size_t i = 0; i < a->n_levels && i < 12; i++) {
            mk_buf_printf(buf, "%s%s", i > 0 ? ", " : "", a->levels[i].name);
        }
        mk_buf_puts(buf, a->n_levels > 12 ? ", ..." : "");
        return;
    }
    mk_buf_puts(buf, a->type == MK_COUNT ? "a whole number" : "a number");
    if (isfinite(a->min) && isfinite(a->max)) {
        mk_buf_printf(buf, " from %s to %s", mk_text_number(a->min, DIGITS, low),
                      mk_text_number(a->max, DIGITS, high));
    } else if (isfinite(a->min)) {
        mk_buf_printf(buf, " from %s", mk_text_number(a->min, DIGITS, low));
    } else if (isfinite(a->max)) {
        mk_buf_printf(buf, " to %s", mk_text_number(a->max, DIGITS, high));
    }
    if (a->unit[0] != '\0') {
        mk_buf_printf(buf, " (%s)", a->unit);
    }
}

static MkStatus fail_value(const MkAttribute *a, const char *text, size_t len, MkError *err)
{
    char shown[MK_SHOWN];
    MkBuf expected;
    mk_buf_init(&expected);
    append_expected(a, &expected);
    mk_fail(err, MK_EINVAL, "%s: found '%s', expected %s", a->name, mk_shown(text, len, shown),
            expected.data);
    mk_buf_release(&expected);
    return MK_EINVAL;
}

static size_t count_digits(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] >= '0' && text[n] <= '9') {
        n++;
    }
    return n;
}

/* Length of the number at the start of text; the rest is a unit. */
static size_t number_length(const char *text, size_t len)
{
    size_t n = len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    n += count_digits(text + n, len - n);
    if (n < len && text[n] == '.') {
        n++;
        n += count_digits(text + n, len - n);
    }
    if (n < len && (text[n] == 'e' || text[n] == 'E')) {
        const size_t sign = n + 1 < len && (text[n + 1] == '-' || text[n + 1] == '+') ? 1 : 0;
        const size_t digits = count_digits(text + n + 1 + sign, len - n - 1 - sign);
        n += digits > 0 ? 1 + sign + digits : 0;
    }
    return n;
}

/* Nine significant digits: a converted number carries no noise of the conversion. */
static double round_digits(double x)
{
    if (x == 0.0 || !isfinite(x)) {
        return x;
    }
    const double scale = pow(10.0, 8.0 - floor(log10(fabs(x))));
    const double rounded = round(x * scale) / scale;
    return isfinite(rounded) ? rounded : x;
}

/* One number with a unit, such as 5 and ft; moves text and len behind it. */
static bool take_quantity(const MkAttribute *a, const char **text, size_t *len, double *out,
                          bool *is_converted)
{
    const size_t n = number_length(*text, *len);
    double x;
    if (!mk_text_double(*text, n, '.', &x)) {
        return false;
    }
    const char *unit = *text + n;
    size_t rest = *len - n;
    mk_text_trim(&unit, &rest);
    /* 5ft11in: a unit ends where the next digit stands, but m2 and B12 are units */
    size_t n_unit = rest;
    if (rest > 2 && unit[0] == 'f' && unit[1] == 't') {
        n_unit = 2;
    } else if (rest > 2 && unit[0] == 's' && unit[1] == 't' && unit[2] != 'o') {
        n_unit = 2;
    }
    char word[WORD];
    if (n_unit >= sizeof word) {
        return false;
    }
    memcpy(word, unit, n_unit);
    word[n_unit] = '\0';
    *text = unit + n_unit;
    *len = rest - n_unit;
    if (n_unit == 0) {
        *out = x;
        return true;
    }
    *is_converted = true;
    return mk_unit_convert(word, a, x, out);
}

static bool parse_quantity(const MkAttribute *a, const char *text, size_t len, double *out)
{
    double first, second = 0.0;
    bool is_converted = false;
    mk_text_trim(&text, &len);
    if (!take_quantity(a, &text, &len, &first, &is_converted)) {
        return false;
    }
    mk_text_trim(&text, &len);
    if (len > 0) { /* 5ft 11in, 11st 4lb */
        const char c = text[len - 1];
        const bool has_unit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!has_unit || !take_quantity(a, &text, &len, &second, &is_converted) || len > 0 ||
            second < 0.0) {
            return false;
        }
    }
    *out = is_converted ? round_digits(first + second) : first + second;
    return isfinite(*out);
}

/* A number of the domain; the ends of the domain forgive the last bits of a conversion. */
static MkStatus parse_number(const MkAttribute *a, const char *text, size_t len, double *out,
                             MkError *err)
{
    double x;
    if (!parse_quantity(a, text, len, &x)) {
        return fail_value(a, text, len, err);
    }
    const double slack = 1e-9 * fabs(x);
    if (x < a->min && x >= a->min - slack) {
        x = a->min;
    }
    if (x > a->max && x <= a->max + slack) {
        x = a->max;
    }
    if (x < a->min || x > a->max) {
        return fail_value(a, text, len, err);
    }
    *out = x;
    return MK_OK;
}

static MkStatus parse_level(const MkAttribute *a, const char *text, size_t len, size_t *out,
                            MkError *err)
{
    mk_text_trim(&text, &len);
    if (len == 0 || !mk_attribute_level(a, text, len, out)) {
        return fail_value(a, text, len, err);
    }
    return MK_OK;
}

static size_t bit_count(uint64_t bits, size_t *first)
{
    size_t n = 0;
    for (size_t i = 0; i < MK_MAX_LEVELS; i++) {
        if ((bits >> i & 1U) != 0) {
            if (n == 0) {
                *first = i;
            }
            n++;
        }
    }
    return n;
}

/* A set of one level is a point. */
static void set_levels(MkValue *out, uint64_t bits)
{
    size_t first = 0;
    *out = (MkValue){.kind = MK_VALUE_SET, .levels = bits};
    if (bit_count(bits, &first) == 1) {
        *out = (MkValue){.kind = MK_VALUE_POINT, .point = (double)first};
    }
}

/* text is what stands between the braces. */
static MkStatus parse_set(const MkAttribute *a, const char *text, size_t len, MkValue *out,
                          MkError *err)
{
    uint64_t bits = 0;
    for (;;) {
        const char *comma = memchr(text, ',', len);
        const size_t n = comma == NULL ? len : (size_t)(comma - text);
        size_t level;
        MK_TRY(parse_level(a, text, n, &level, err));
        bits |= UINT64_C(1) << level;
        if (comma == NULL) {
            break;
        }
        len -= n + 1;
        text = comma + 1;
    }
    set_levels(out, bits);
    return MK_OK;
}

static const char *find_dots(const char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (text[i] == '.' && text[i + 1] == '.') {
            return text + i;
        }
    }
    return NULL;
}

static bool is_blank(const char *text, size_t len)
{
    mk_text_trim(&text, &len);
    return len == 0;
}

/* 150..200lb: the unit at the end is that of both. Writes "150lb" for a low end without a unit. */
static bool borrow_unit(const char *low, size_t n_low, const char *high, size_t n_high,
                        char out[WORD])
{
    mk_text_trim(&low, &n_low);
    mk_text_trim(&high, &n_high);
    const size_t digits = number_length(high, n_high);
    const size_t n_unit = n_high - digits;
    if (n_unit == 0 || number_length(low, n_low) != n_low || n_low + n_unit >= WORD) {
        return false;
    }
    memcpy(out, low, n_low);
    memcpy(out + n_low, high + digits, n_unit);
    out[n_low + n_unit] = '\0';
    return true;
}

static MkStatus parse_range(const MkAttribute *a, const char *text, size_t len, const char *dots,
                            MkValue *out, MkError *err)
{
    const size_t n_low = (size_t)(dots - text);
    const char *high_text = dots + 2;
    const size_t n_high = len - n_low - 2;
    double low = -INFINITY, high = INFINITY;
    const bool has_low = !is_blank(text, n_low), has_high = !is_blank(high_text, n_high);
    char borrowed[WORD];
    if (has_low && has_high && borrow_unit(text, n_low, high_text, n_high, borrowed)) {
        if (parse_number(a, borrowed, strlen(borrowed), &low, NULL) != MK_OK) {
            return fail_value(a, text, len, err);
        }
    } else if (has_low) {
        MK_TRY(parse_number(a, text, n_low, &low, err));
    }
    if (has_high) {
        MK_TRY(parse_number(a, high_text, n_high, &high, err));
    }
    if ((!has_low && !has_high) || low > high) {
        char shown[MK_SHOWN];
        return mk_fail(err, MK_EINVAL, "%s: found '%s', expected a range such as LOW..HIGH",
                       a->name, mk_shown(text, len, shown));
    }
    *out = low == high ? (MkValue){.kind = MK_VALUE_POINT, .point = low}
                       : (MkValue){.kind = MK_VALUE_RANGE, .low = low, .high = high};
    return MK_OK;
}

/* LOW..HIGH over the order of an ordinal: the set of the levels between. */
static MkStatus parse_level_range(const MkAttribute *a, const char *text, size_t len,
                                  const char *dots, MkValue *out, MkError *err)
{
    const size_t n_low = (size_t)(dots - text), n_high = len - n_low - 2;
    size_t low = 0, high = a->n_levels - 1;
    if (!is_blank(text, n_low)) {
        MK_TRY(parse_level(a, text, n_low, &low, err));
    }
    if (!is_blank(dots + 2, n_high)) {
        MK_TRY(parse_level(a, dots + 2, n_high, &high, err));
    }
    if (low > high || len == 2) {
        return fail_value(a, text, len, err);
    }
    uint64_t bits = 0;
    for (size_t i = low; i <= high; i++) {
        bits |= UINT64_C(1) << i;
    }
    set_levels(out, bits);
    return MK_OK;
}

static MkStatus parse_levels(const MkAttribute *a, const char *text, size_t len, MkValue *out,
                             MkError *err)
{
    size_t level;
    const char *dots = find_dots(text, len);
    if (mk_attribute_level(a, text, len, &level)) {
        *out = (MkValue){.kind = MK_VALUE_POINT, .point = (double)level};
        return MK_OK;
    }
    if (len >= 2 && text[0] == '{' && text[len - 1] == '}') {
        return parse_set(a, text + 1, len - 2, out, err);
    }
    if (dots != NULL && a->type == MK_ORDINAL) {
        return parse_level_range(a, text, len, dots, out, err);
    }
    return fail_value(a, text, len, err);
}

MkStatus mk_value_parse(const MkAttribute *attribute, const char *text, MkValue *out, MkError *err)
{
    size_t len = strlen(text);
    mk_text_trim(&text, &len);
    if (!mk_type_is_number(attribute->type)) {
        return parse_levels(attribute, text, len, out, err);
    }
    const char *dots = find_dots(text, len);
    if (dots != NULL) {
        return parse_range(attribute, text, len, dots, out, err);
    }
    double x;
    MK_TRY(parse_number(attribute, text, len, &x, err));
    if (attribute->type == MK_COUNT && x != floor(x)) {
        return fail_value(attribute, text, len, err);
    }
    *out = (MkValue){.kind = MK_VALUE_POINT, .point = x};
    return MK_OK;
}

/* Names that would not come back from the list are written as their code. */
static const char *safe_name(const MkLevel *level)
{
    const bool is_safe = strpbrk(level->name, ",{}") == NULL && level->name[0] != ' ';
    return is_safe ? level->name : level->code;
}

void mk_value_print(const MkAttribute *attribute, const MkValue *value, MkBuf *buf)
{
    if (value->kind == MK_VALUE_POINT) {
        if (mk_type_is_number(attribute->type)) {
            mk_buf_double(buf, value->point);
        } else {
            mk_buf_puts(buf, attribute->levels[(size_t)value->point].name);
        }
    } else if (value->kind == MK_VALUE_RANGE) {
        if (isfinite(value->low)) {
            mk_buf_double(buf, value->low);
        }
        mk_buf_puts(buf, "..");
        if (isfinite(value->high)) {
            mk_buf_double(buf, value->high);
        }
    } else {
        const char *sep = "{";
        for (size_t i = 0; i < attribute->n_levels; i++) {
            if ((value->levels >> i & 1U) != 0) {
                mk_buf_printf(buf, "%s%s", sep, safe_name(&attribute->levels[i]));
                sep = ",";
            }
        }
        mk_buf_putc(buf, '}');
    }
}

static void show_range(const MkValue *value, MkBuf *buf)
{
    char low[24], high[24];
    mk_text_number(value->low, DIGITS, low);
    mk_text_number(value->high, DIGITS, high);
    if (isfinite(value->low) && isfinite(value->high)) {
        mk_buf_printf(buf, "%s–%s", low, high);
    } else if (isfinite(value->low)) {
        mk_buf_printf(buf, "at least %s", low);
    } else {
        mk_buf_printf(buf, "at most %s", high);
    }
}

static void show_set(const MkAttribute *a, uint64_t levels, MkBuf *buf)
{
    size_t first, left = bit_count(levels, &first);
    const size_t n = left;
    for (size_t i = 0; i < a->n_levels; i++) {
        if ((levels >> i & 1U) != 0) {
            const char *sep = left == 1 ? " or " : ", ";
            mk_buf_printf(buf, "%s%s", left == n ? "" : sep, a->levels[i].name);
            left--;
        }
    }
}

void mk_value_show(const MkAttribute *attribute, const MkValue *value, MkBuf *buf)
{
    char text[24];
    if (value->kind == MK_VALUE_SET) {
        show_set(attribute, value->levels, buf);
        return;
    }
    if (!mk_type_is_number(attribute->type)) {
        mk_buf_puts(buf, attribute->levels[(size_t)value->point].name);
        return;
    }
    if (value->kind == MK_VALUE_RANGE) {
        show_range(value, buf);
    } else {
        mk_buf_puts(buf, mk_text_number(value->point, DIGITS, text));
    }
    if (attribute->unit[0] != '\0') {
        mk_buf_printf(buf, " %s", attribute->unit);
    }
}

bool mk_value_equal(const MkValue *a, const MkValue *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    if (a->kind == MK_VALUE_POINT) {
        return a->point == b->point;
    }
    if (a->kind == MK_VALUE_RANGE) {
        return a->low == b->low && a->high == b->high;
    }
    return a->levels == b->levels;
}

void mk_evidence_print(const MkSchema *schema, MkEvidence evidence, MkBuf *buf)
{
    MkBuf word;
    mk_buf_init(&word);
    for (size_t i = 0; i < evidence.n; i++) {
        const MkAttribute *attribute = &schema->attributes[evidence.known[i].attribute];
        mk_buf_clear(&word);
        mk_buf_printf(&word, "%s=", attribute->name);
        mk_value_print(attribute, &evidence.known[i].value, &word);
        mk_buf_puts(buf, i > 0 ? " " : "");
        mk_buf_word(buf, word.data);
    }
    buf->failed = buf->failed || word.failed;
    mk_buf_release(&word);
}

const MkValue *mk_evidence_find(MkEvidence evidence, size_t attribute)
{
    for (size_t i = 0; i < evidence.n; i++) {
        if (evidence.known[i].attribute == attribute) {
            return &evidence.known[i].value;
        }
    }
    return NULL;
}

MkStatus mk_evidence_merge(MkArena *arena, MkEvidence under, MkEvidence over, MkEvidence *out,
                           MkError *err)
{
    MkKnown *known = mk_arena_array(arena, under.n + over.n, sizeof *known);
    if (known == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t n = 0;
    for (size_t i = 0; i < under.n; i++) {
        known[n++] = under.known[i];
    }
    for (size_t i = 0; i < over.n; i++) {
        size_t at = 0;
        while (at < under.n && known[at].attribute != over.known[i].attribute) {
            at++;
        }
        if (at < under.n) {
            known[at] = over.known[i];
        } else {
            known[n++] = over.known[i];
        }
    }
    *out = (MkEvidence){n, known};
    return MK_OK;
}

MkStatus mk_evidence_without(MkArena *arena, MkEvidence all, const size_t *attributes, size_t n,
                             MkEvidence *out, MkError *err)
{
    MkKnown *kept = mk_arena_array(arena, all.n, sizeof *kept);
    if (kept == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t n_kept = 0;
    for (size_t i = 0; i < all.n; i++) {
        bool is_left_out = false;
        for (size_t k = 0; k < n; k++) {
            is_left_out = is_left_out || all.known[i].attribute == attributes[k];
        }
        if (!is_left_out) {
            kept[n_kept++] = all.known[i];
        }
    }
    *out = (MkEvidence){n_kept, kept};
    return MK_OK;
}

double mk_value_recorded(const MkAttribute *attribute, double step, double x)
{
    if (!(step > 0) && x != 0 && isfinite(x)) {
        step = pow(10, floor(log10(fabs(x))) - 5);
    }
    if (step > 0) { /* 0.1 is no exact step */
        const double places = round(1 / step);
        x = fabs(places * step - 1) < 1e-9 ? round(x * places) / places : round(x / step) * step;
    }
    return fmin(fmax(x, attribute->min), attribute->max);
}

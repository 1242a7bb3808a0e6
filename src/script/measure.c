/* measure.c - words into measures and relations. Grammar: manikin-scenario(5). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/measure.h"

#include <math.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* ---- signs ---- */

static const struct {
    const char *text;
    MkRelationSign sign;
} SIGNS[] = {{"<=", MK_AT_MOST}, {">=", MK_AT_LEAST}, {"≤", MK_AT_MOST},
             {"≥", MK_AT_LEAST}, {"<", MK_BELOW},     {">", MK_ABOVE}};

/* Bytes of the sign at the start of text; 0 when there is none. */
static size_t sign_at(const char *text, MkRelationSign *sign)
{
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (mk_text_has_prefix(text, SIGNS[i].text)) {
            *sign = SIGNS[i].sign;
            return strlen(SIGNS[i].text);
        }
    }
    return 0;
}

const char *mk_relation_print(MkRelationSign sign)
{
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (SIGNS[i].sign == sign) {
            return strlen(SIGNS[i].text) <= 2 ? SIGNS[i].text : ""; /* the ASCII one comes first */
        }
    }
    return "";
}

/* ---- terms ---- */

typedef struct Cutter {
    MkTerm *terms;
    size_t n;
    char *text; /* room for all words */
    char *plain;
    size_t used;
    size_t start;  /* of the term being read */
    size_t column; /* of it */
    size_t parens, braces;
} Cutter;

static void put(Cutter *c, char byte, char plain)
{
    c->text[c->used] = byte;
    c->plain[c->used++] = plain;
}

static void end_term(Cutter *c)
{
    if (c->used > c->start) {
        put(c, '\0', '\0');
        c->terms[c->n++] = (MkTerm){.word = {.text = c->text + c->start,
                                             .plain = c->plain + c->start,
                                             .column = c->column}};
    }
    c->start = c->used;
    c->parens = c->braces = 0;
}

/* P( at the start of a term. */
static bool opens_probability(const Cutter *c)
{
    return c->used == c->start + 1 && (c->text[c->start] == 'P' || c->text[c->start] == 'p');
}

/* One byte outside quotes; `at` is its text. Gives how many bytes were read. */
static size_t cut_plain(Cutter *c, const char *at, size_t column)
{
    MkRelationSign sign = MK_BELOW;
    const bool is_inside = c->parens + c->braces > 0;
    const size_t n_sign = is_inside ? 0 : sign_at(at, &sign);
    if (n_sign > 0) {
        end_term(c);
        c->column = column;
        for (size_t i = 0; i < n_sign; i++) {
            put(c, at[i], '1');
        }
        end_term(c);
        c->terms[c->n - 1].is_sign = true;
        c->terms[c->n - 1].sign = sign;
        return n_sign;
    }
    if (!is_inside && (*at == ',' || is_blank(*at))) {
        end_term(c);
        return 1;
    }
    if (*at == '(' && (c->parens > 0 || opens_probability(c))) {
        c->parens++;
    }
    c->braces += *at == '{' ? 1 : 0;
    c->braces -= *at == '}' && c->braces > 0 ? 1 : 0;
    if (c->used == c->start) {
        c->column = column;
    }
    put(c, *at, '1');
    if (*at == ')' && c->parens > 0 && --c->parens == 0) {
        end_term(c);
    }
    return 1;
}

static void cut_word(Cutter *c, const MkWord *word)
{
    size_t column = word->column;
    for (size_t i = 0; word->text[i] != '\0';) {
        size_t n = 1;
        if (word->plain[i] == '1') {
            n = cut_plain(c, word->text + i, column);
        } else {
            c->column = c->used == c->start ? column : c->column;
            put(c, word->text[i], '0');
        }
        for (size_t k = i; k < i + n; k++) { /* columns count characters */
            column += word->column > 0 && ((unsigned char)word->text[k] & 0xC0U) != 0x80 ? 1 : 0;
        }
        i += n;
    }
    if (c->parens + c->braces > 0) {
        put(c, ' ', '1');
    } else {
        end_term(c);
    }
}

MkStatus mk_terms(const MkCall *call, MkList list, MkTerms *out, MkError *err)
{
    const MkWords words = call->lists[list];
    size_t bytes = 1;
    for (size_t i = 0; i < words.n; i++) {
        bytes += 2 * strlen(words.items[i].text) + 2; /* a byte may be a term, with its end */
    }
    Cutter c = {.terms = mk_arena_zeros(call->arena, bytes, sizeof *c.terms),
                .text = mk_arena_alloc(call->arena, bytes),
                .plain = mk_arena_alloc(call->arena, bytes)};
    if (c.terms == NULL || c.text == NULL || c.plain == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < words.n; i++) {
        cut_word(&c, &words.items[i]);
    }
    if (c.parens + c.braces > 0) {
        const char what = c.parens > 0 ? '(' : '{';
        *call->column = c.column;
        return mk_fail(err, MK_EINVAL, "a %c is opened and not closed", what);
    }
    *out = (MkTerms){c.n, c.terms};
    return MK_OK;
}

/* ---- measures ---- */

static bool is_probability(const MkWord *word)
{
    return (word->text[0] == 'P' || word->text[0] == 'p') && word->text[1] == '(' &&
           word->plain[0] == '1' && word->plain[1] == '1';
}

/* NAME, a sign or =, VALUE: cut out of text [from, to), blanks trimmed. */
typedef struct Parts {
    MkWord name;
    const char *value; /* NULL: there is none */
    MkWord value_word;
    bool is_relation;
    MkRelationSign sign;
} Parts;

static size_t columns_of(const char *text, size_t bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes; i++) {
        n += ((unsigned char)text[i] & 0xC0U) != 0x80 ? 1 : 0;
    }
    return n;
}

static MkStatus trimmed(const MkCall *call, const MkWord *word, size_t from, size_t to, MkWord *out,
                        MkError *err)
{
    while (from < to && is_blank(word->text[from])) {
        from++;
    }
    while (to > from && is_blank(word->text[to - 1])) {
        to--;
    }
    const char *text = mk_arena_strndup(call->arena, word->text + from, to - from);
    const char *plain = mk_arena_strndup(call->arena, word->plain + from, to - from);
    if (text == NULL || plain == NULL) {
        return no_memory(err);
    }
    const size_t shift = word->column > 0 ? columns_of(word->text, from) : 0;
    *out = (MkWord){.text = text, .plain = plain, .column = word->column + shift};
    return MK_OK;
}

static MkStatus cut_parts(const MkCall *call, const MkWord *word, size_t from, size_t to,
                          Parts *out, MkError *err)
{
    size_t at = from, n = 0;
    Parts made = {.value = NULL};
    for (; at < to && n == 0; at++) {
        const bool is_plain = word->plain[at] == '1';
        n = is_plain ? sign_at(word->text + at, &made.sign) : 0;
        made.is_relation = n > 0;
        n = is_plain && n == 0 && word->text[at] == '=' ? 1 : n;
    }
    const size_t end = n > 0 ? at - 1 : to;
    MK_TRY(trimmed(call, word, from, end, &made.name, err));
    if (n > 0) {
        MK_TRY(trimmed(call, word, end + n, to, &made.value_word, err));
        made.value = made.value_word.text;
    }
    *out = made;
    return MK_OK;
}

static void level_names(const MkAttribute *attribute, MkBuf *buf)
{
    enum { SHOWN = 6 };
    for (size_t k = 0; k < attribute->n_levels && k < SHOWN; k++) {
        mk_buf_printf(buf, "%s%s", k > 0 ? ", " : "", attribute->levels[k].name);
    }
    mk_buf_puts(buf, attribute->n_levels > SHOWN ? ", ..." : "");
}

static MkStatus fail_levels(const MkAttribute *attribute, MkError *err)
{
    MkBuf names;
    mk_buf_init(&names);
    level_names(attribute, &names);
    mk_fail(err, MK_EINVAL, "%s has levels, not a median: write %s=LEVEL, one of %s",
            attribute->name, attribute->name, names.data);
    mk_buf_release(&names);
    return MK_EINVAL;
}

/* The levels of an ordinal on one side of a level. */
static MkStatus levels_event(const MkAttribute *attribute, size_t level, MkRelationSign sign,
                             MkMeasure *out, MkError *err)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < attribute->n_levels; k++) {
        bits |= mk_relation_holds((double)k, sign, (double)level) ? UINT64_C(1) << k : 0;
    }
    if (bits == 0) {
        return mk_fail(err, MK_EINVAL, "%s has no level %s %s", attribute->name,
                       mk_relation_print(sign), attribute->levels[level].name);
    }
    out->event = (MkValue){.kind = MK_VALUE_SET, .levels = bits};
    return MK_OK;
}

static MkStatus relation_event(const MkAttribute *attribute, const Parts *parts, MkMeasure *out,
                               MkError *err)
{
    MkValue bound;
    if (attribute->type == MK_CATEGORICAL) {
        return mk_fail(err, MK_EINVAL, "the levels of %s have no order: write %s={LEVEL,LEVEL}",
                       attribute->name, attribute->name);
    }
    MK_TRY(mk_value_parse(attribute, parts->value, &bound, err));
    if (bound.kind != MK_VALUE_POINT) {
        return mk_fail(err, MK_EINVAL, "%s %s '%.60s': expected one value", attribute->name,
                       mk_relation_print(parts->sign), parts->value);
    }
    if (attribute->type == MK_ORDINAL) {
        return levels_event(attribute, (size_t)bound.point, parts->sign, out, err);
    }
    const bool is_low = parts->sign == MK_ABOVE || parts->sign == MK_AT_LEAST;
    out->event = (MkValue){.kind = MK_VALUE_RANGE,
                           .low = is_low ? bound.point : -INFINITY,
                           .high = is_low ? INFINITY : bound.point};
    out->low_is_open = parts->sign == MK_ABOVE;
    out->high_is_open = parts->sign == MK_BELOW;
    return MK_OK;
}

static MkStatus make_event(const MkAttribute *attribute, const Parts *parts, MkMeasure *out,
                           MkError *err)
{
    out->is_probability = true;
    if (parts->is_relation) {
        return relation_event(attribute, parts, out, err);
    }
    MK_TRY(mk_value_parse(attribute, parts->value, &out->event, err));
    const bool is_point = out->event.kind == MK_VALUE_POINT;
    if (is_point && (attribute->type == MK_REAL || attribute->type == MK_POSITIVE)) {
        return mk_fail(err, MK_EINVAL,
                       "one point of %s has no probability: write P(%s>=%.40s) or %s=LOW..HIGH",
                       attribute->name, attribute->name, parts->value, attribute->name);
    }
    return MK_OK;
}

static MkStatus fail_shape(const MkWord *word, MkError *err)
{
    return mk_fail(err, MK_EINVAL,
                   "'%.60s': expected NAME, NAME=LEVEL, P(NAME>=VALUE) or P(NAME=VALUE)",
                   word->text);
}

MkStatus mk_measure_parse(const MkCall *call, const MkSchema *schema, const MkWord *word,
                          MkMeasure *out, MkError *err)
{
    const size_t len = strlen(word->text);
    const bool has_p = is_probability(word);
    Parts parts;
    MkMeasure made = {0};
    mk_call_at(call, word);
    if (len == 0 || (has_p && (len < 4 || word->text[len - 1] != ')'))) {
        return fail_shape(word, err);
    }
    MK_TRY(cut_parts(call, word, has_p ? 2 : 0, has_p ? len - 1 : len, &parts, err));
    const bool is_bare = parts.value == NULL;
    if (parts.name.text[0] == '\0' || (!is_bare && parts.value[0] == '\0') || (has_p && is_bare)) {
        return fail_shape(word, err);
    }
    MK_TRY(mk_name_attribute(call, schema, &parts.name, &made.attribute, err));
    const MkAttribute *attribute = &schema->attributes[made.attribute];
    if (!has_p && parts.is_relation) {
        return mk_fail(err, MK_EINVAL, "'%.60s': a probability is written P(%s%s%.40s)", word->text,
                       attribute->name, mk_relation_print(parts.sign), parts.value);
    }
    if (is_bare && !mk_type_is_number(attribute->type)) {
        return fail_levels(attribute, err);
    }
    if (!is_bare) {
        mk_call_at(call, &parts.value_word);
        MK_TRY(make_event(attribute, &parts, &made, err));
    }
    *out = made;
    return MK_OK;
}

/* ---- bounds ---- */

static MkStatus read_probability(const MkWord *word, double *out, MkError *err)
{
    size_t len = strlen(word->text);
    const bool is_percent = len > 0 && word->text[len - 1] == '%';
    double x = 0;
    len -= is_percent ? 1 : 0;
    while (len > 0 && is_blank(word->text[len - 1])) {
        len--;
    }
    const bool is_number = mk_text_double(word->text, len, '.', &x);
    x = is_percent ? x / 100 : x;
    if (!is_number || x < 0 || x > 1) {
        return mk_fail(err, MK_EINVAL,
                       "'%.60s': expected a probability from 0 to 1, or with %% from 0 to 100",
                       word->text);
    }
    *out = x;
    return MK_OK;
}

MkStatus mk_measure_bound(const MkCall *call, const MkSchema *schema, const MkMeasure *measure,
                          const MkWord *word, double *out, MkError *err)
{
    MkValue value;
    const MkAttribute *attribute = &schema->attributes[measure->attribute];
    mk_call_at(call, word);
    if (measure->is_probability) {
        return read_probability(word, out, err);
    }
    /* A median of a count may be compared with 2.5. */
    double x = 0;
    if (attribute->type == MK_COUNT && mk_text_double(word->text, strlen(word->text), '.', &x) &&
        x >= attribute->min && x <= attribute->max) {
        *out = x;
        return MK_OK;
    }
    MK_TRY(mk_value_parse(attribute, word->text, &value, err));
    if (value.kind != MK_VALUE_POINT) {
        return mk_fail(err, MK_EINVAL, "%s: found '%.60s', expected one number", attribute->name,
                       word->text);
    }
    *out = value.point;
    return MK_OK;
}

/* ---- back to words ---- */

const char *mk_measure_print(MkArena *arena, const MkSchema *schema, const MkMeasure *measure)
{
    const MkAttribute *attribute = &schema->attributes[measure->attribute];
    const MkValue *event = &measure->event;
    if (!measure->is_probability) {
        return attribute->name;
    }
    MkBuf buf;
    mk_buf_init(&buf);
    const bool has_low = event->kind == MK_VALUE_RANGE && isfinite(event->low);
    const bool has_high = event->kind == MK_VALUE_RANGE && isfinite(event->high);
    mk_buf_printf(&buf, "P(%s", attribute->name);
    if (has_low != has_high) {
        mk_buf_puts(&buf, has_low ? (measure->low_is_open ? ">" : ">=")
                                  : (measure->high_is_open ? "<" : "<="));
        mk_buf_double(&buf, has_low ? event->low : event->high);
    } else {
        mk_buf_puts(&buf, "=");
        mk_value_print(attribute, event, &buf);
    }
    mk_buf_puts(&buf, ")");
    const char *out = buf.failed ? NULL : mk_arena_strdup(arena, buf.data);
    mk_buf_release(&buf);
    return out;
}

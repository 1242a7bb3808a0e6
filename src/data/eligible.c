#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/eligible.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"

enum { TERM_BYTES = 256 };

typedef enum Sign { SIGN_NOT, SIGN_AT_LEAST, SIGN_AT_MOST, SIGN_IS, SIGN_ABOVE, SIGN_BELOW } Sign;

/* The two-letter ones first. */
static const struct {
    const char *text;
    Sign sign;
} SIGNS[] = {{"!=", SIGN_NOT}, {">=", SIGN_AT_LEAST}, {"<=", SIGN_AT_MOST},
             {"=", SIGN_IS},   {">", SIGN_ABOVE},     {"<", SIGN_BELOW}};

typedef struct Need {
    size_t attribute;
    Sign sign;
    double value; /* number or level index */
} Need;

static bool holds(double x, const Need *need)
{
    switch (need->sign) {
    case SIGN_NOT:
        return x != need->value;
    case SIGN_AT_LEAST:
        return x >= need->value;
    case SIGN_AT_MOST:
        return x <= need->value;
    case SIGN_IS:
        return x == need->value;
    case SIGN_ABOVE:
        return x > need->value;
    case SIGN_BELOW:
        break;
    }
    return x < need->value;
}

static bool is_level_of(const MkValue *value, size_t k)
{
    if (value->kind == MK_VALUE_SET) {
        return ((value->levels >> k) & 1U) != 0;
    }
    return value->kind == MK_VALUE_POINT ? (double)k == value->point
                                         : (double)k >= value->low && (double)k <= value->high;
}

/* Whether any of the values fits. */
static bool may_hold(const MkAttribute *attribute, const MkValue *value, const Need *need)
{
    if (!mk_type_is_number(attribute->type)) {
        for (size_t k = 0; k < attribute->n_levels; k++) {
            if (is_level_of(value, k) && holds((double)k, need)) {
                return true;
            }
        }
        return false;
    }
    if (value->kind != MK_VALUE_RANGE) {
        return holds(value->point, need);
    }
    const bool is_inside = need->value >= value->low && need->value <= value->high;
    return need->sign == SIGN_IS ? is_inside : holds(value->low, need) || holds(value->high, need);
}

/* One term; false when it is none that can be checked. */
static bool read_need(const MkSchema *schema, const char *term, Need *out)
{
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++) {
        const char *at = strstr(term, SIGNS[i].text);
        if (at == NULL) {
            continue;
        }
        char name[TERM_BYTES];
        snprintf(name, sizeof name, "%.*s", (int)(at - term), term);
        const char *value = at + strlen(SIGNS[i].text);
        if (!mk_schema_find(schema, name, &out->attribute)) {
            return false;
        }
        const MkAttribute *attribute = &schema->attributes[out->attribute];
        out->sign = SIGNS[i].sign;
        for (size_t k = 0; k < attribute->n_levels; k++) {
            if (strcmp(attribute->levels[k].name, value) == 0) {
                out->value = (double)k;
                return true;
            }
        }
        return attribute->n_levels == 0 && mk_text_double(value, strlen(value), '.', &out->value);
    }
    return false;
}

/* The next term of *text that can be checked; false at the end. */
static bool next_need(const MkSchema *schema, const char **text, Need *out)
{
    while (**text != '\0') {
        char term[TERM_BYTES];
        const size_t n = strcspn(*text, ",");
        snprintf(term, sizeof term, "%.*s", (int)(n < TERM_BYTES ? n : 0), *text);
        *text += n;
        *text += **text == ',' ? 1 : 0;
        if (read_need(schema, term, out)) {
            return true;
        }
    }
    return false;
}

bool mk_eligible(const MkSchema *schema, size_t j, MkEvidence evidence)
{
    const char *text = schema->attributes[j].eligible;
    Need need;
    while (next_need(schema, &text, &need)) {
        const MkValue *const known = mk_evidence_find(evidence, need.attribute);
        if (known != NULL && !may_hold(&schema->attributes[need.attribute], known, &need)) {
            return false;
        }
    }
    return true;
}

/* ---- whole persons ---- */

struct MkEligibility {
    size_t n;
    size_t *begin; /* (n + 1) needs of an attribute */
    Need *needs;
};

/* Needs of one attribute into out (NULL: they are counted). */
static size_t list_needs(const MkSchema *schema, size_t j, Need *out)
{
    const char *text = schema->attributes[j].eligible;
    Need need;
    size_t n = 0;
    for (; next_need(schema, &text, &need); n++) {
        if (out != NULL) {
            out[n] = need;
        }
    }
    return n;
}

MkStatus mk_eligibility_new(const MkSchema *schema, MkArena *arena, MkEligibility **out,
                            MkError *err)
{
    MkEligibility *const e = mk_arena_zeros(arena, 1, sizeof *e);
    size_t *const begin = mk_arena_zeros(arena, schema->n + 1, sizeof *begin);
    for (size_t j = 0; begin != NULL && j < schema->n; j++) {
        begin[j + 1] = begin[j] + list_needs(schema, j, NULL);
    }
    Need *const needs =
        begin != NULL ? mk_arena_array(arena, begin[schema->n] + 1, sizeof *needs) : NULL;
    if (e == NULL || needs == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < schema->n; j++) {
        (void)list_needs(schema, j, needs + begin[j]);
    }
    *e = (MkEligibility){schema->n, begin, needs};
    *out = e;
    return MK_OK;
}

void mk_eligibility_close(const MkEligibility *e, bool *member)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t j = 0; j < e->n; j++) {
            for (size_t k = e->begin[j]; member[j] && k < e->begin[j + 1]; k++) {
                more = more || !member[e->needs[k].attribute];
                member[e->needs[k].attribute] = true;
            }
        }
    }
}

bool mk_eligibility_need(const MkEligibility *e, size_t j, size_t i, size_t *attribute)
{
    const bool is_there = e->begin[j] + i < e->begin[j + 1];
    *attribute = is_there ? e->needs[e->begin[j] + i].attribute : e->n;
    return is_there;
}

/* ---- what being asked tells ---- */

/* Levels that a value leaves. */
static uint64_t levels_of(const MkAttribute *a, const MkValue *value)
{
    uint64_t levels = 0;
    for (size_t k = 0; k < a->n_levels; k++) {
        levels |= is_level_of(value, k) ? UINT64_C(1) << k : 0;
    }
    return levels;
}

/* What a condition leaves of a value that is no point; false when that is nothing. */
static bool narrow(const MkAttribute *a, const Need *need, MkValue *value)
{
    if (!mk_type_is_number(a->type)) {
        uint64_t levels = levels_of(a, value);
        for (size_t k = 0; k < a->n_levels; k++) {
            levels &= holds((double)k, need) ? UINT64_MAX : ~(UINT64_C(1) << k);
        }
        *value = (MkValue){.kind = MK_VALUE_SET, .levels = levels};
        return levels != 0;
    }
    const double step = a->type == MK_COUNT ? 1.0 : a->resolution;
    switch (need->sign) {
    case SIGN_AT_LEAST:
    case SIGN_ABOVE:
        value->low = fmax(value->low, need->value + (need->sign == SIGN_ABOVE ? step : 0.0));
        break;
    case SIGN_AT_MOST:
    case SIGN_BELOW:
        value->high = fmin(value->high, need->value - (need->sign == SIGN_BELOW ? step : 0.0));
        break;
    case SIGN_IS:
        value->low = value->high = need->value;
        break;
    case SIGN_NOT:
        break;
    }
    return value->low <= value->high;
}

static MkValue anything(const MkAttribute *a)
{
    const uint64_t all = a->n_levels >= 64 ? UINT64_MAX : (UINT64_C(1) << a->n_levels) - 1;
    return mk_type_is_number(a->type)
               ? (MkValue){.kind = MK_VALUE_RANGE, .low = -INFINITY, .high = INFINITY}
               : (MkValue){.kind = MK_VALUE_SET, .levels = all};
}

MkStatus mk_eligibility_imply(const MkEligibility *e, const MkSchema *schema, MkEvidence evidence,
                              MkArena *arena, MkEvidence *out, MkError *err)
{
    MkKnown *const known = mk_arena_array(arena, schema->n + evidence.n + 1, sizeof *known);
    size_t *const place = mk_arena_zeros(arena, schema->n + 1, sizeof *place); /* 1 + in known */
    if (known == NULL || place == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    size_t n = 0;
    for (; n < evidence.n; n++) {
        known[n] = evidence.known[n];
        place[known[n].attribute] = n + 1;
    }
    for (size_t i = 0; i < n; i++) { /* grows */
        const size_t j = known[i].attribute;
        for (size_t k = e->begin[j]; k < e->begin[j + 1]; k++) {
            const Need *const need = &e->needs[k];
            const MkAttribute *const a = &schema->attributes[need->attribute];
            const bool is_new = place[need->attribute] == 0;
            MkKnown *const at = &known[is_new ? n : place[need->attribute] - 1];
            MkValue value = is_new ? anything(a) : at->value;
            if (value.kind == MK_VALUE_POINT || !narrow(a, need, &value)) {
                continue; /* what is given contradicts itself: it stays */
            }
            *at = (MkKnown){need->attribute, value};
            n += is_new ? 1 : 0;
            place[need->attribute] = (size_t)(at - known) + 1;
        }
    }
    *out = (MkEvidence){n, known};
    return MK_OK;
}

size_t mk_eligibility_apply(const MkEligibility *e, double *values)
{
    size_t emptied = 0;
    for (bool more = true; more;) {
        more = false;
        for (size_t j = 0; j < e->n; j++) {
            bool fits = true;
            for (size_t k = e->begin[j]; !isnan(values[j]) && k < e->begin[j + 1]; k++) {
                const double x = values[e->needs[k].attribute];
                fits = fits && !isnan(x) && holds(x, &e->needs[k]);
            }
            if (!fits) {
                values[j] = NAN;
                emptied++;
                more = true;
            }
        }
    }
    return emptied;
}

bool mk_eligibility_rules_out(const MkEligibility *e, size_t j, const double *values,
                              const bool *asked)
{
    for (size_t k = e->begin[j]; k < e->begin[j + 1]; k++) {
        const size_t i = e->needs[k].attribute;
        if (isnan(values[i]) ? asked[i] : !holds(values[i], &e->needs[k])) {
            return true;
        }
    }
    return false;
}

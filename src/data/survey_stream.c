/* survey_stream.c - the helper's stream into columns. Nothing in it is trusted.
 *
 * Little-endian: "MKSURV1\n", V, u32 number of variables; per variable a type byte (N number, T
 * text), u8 length and name, u16 length and label; then records: R and one value a variable
 * (number: IEEE double, text: u16 length and bytes), X u16 length and text (an error, ends the
 * stream), E u64 number of rows (the end). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/survey.h"
#include "src/data/tsv.h"

enum { MAX_VARIABLES = 10000 };

typedef struct Stream {
    const unsigned char *at, *end;
    const char *origin;
    MkArena *arena;
    bool *is_text; /* per variable */
} Stream;

static MkStatus broken(const Stream *s, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: the survey reader's answer is damaged: %s", s->origin,
                   what);
}

static size_t left(const Stream *s)
{
    return (size_t)(s->end - s->at);
}

/* An unsigned number of n bytes; false when the stream ends before. */
static bool take_number(Stream *s, size_t n, uint64_t *out)
{
    if (left(s) < n) {
        return false;
    }
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++) {
        x |= (uint64_t)s->at[i] << (8 * i);
    }
    s->at += n;
    *out = x;
    return true;
}

/* A text behind its length of n_size bytes; bytes that are no UTF-8 or control characters become ?.
 */
static bool take_text(Stream *s, size_t n_size, const char **out, bool *no_memory)
{
    uint64_t len;
    if (!take_number(s, n_size, &len) || left(s) < len) {
        return false;
    }
    char *text = len == 0 ? NULL : mk_arena_strndup(s->arena, (const char *)s->at, (size_t)len);
    *no_memory = len > 0 && text == NULL;
    const bool is_utf8 = mk_utf8_valid((const char *)s->at, (size_t)len);
    for (size_t i = 0; text != NULL && i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7F || (c >= 0x80 && !is_utf8)) {
            text[i] = '?';
        }
    }
    s->at += len;
    *out = len == 0 ? "" : text;
    return !*no_memory;
}

static bool is_variable_name(const char *name)
{
    for (size_t i = 0; name[i] != '\0'; i++) {
        const char c = name[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return name[0] != '\0';
}

static MkStatus take_error(Stream *s, MkError *err)
{
    const char *text = "";
    bool no_memory = false;
    if (!take_text(s, 2, &text, &no_memory)) {
        return broken(s, "an error without its text", err);
    }
    return mk_fail(err, MK_EFORMAT, "%s: %s", s->origin, text);
}

static MkStatus take_variable(Stream *s, MkSurvey *out, size_t v, MkError *err)
{
    uint64_t type;
    bool no_memory = false;
    MkSurveyVariable *variable = &out->variables[v];
    if (!take_number(s, 1, &type) || (type != 'N' && type != 'T') ||
        !take_text(s, 1, &variable->name, &no_memory) ||
        !take_text(s, 2, &variable->label, &no_memory)) {
        return no_memory ? mk_fail(err, MK_ENOMEM, "%s: out of memory", s->origin)
                         : broken(s, "a variable is cut off", err);
    }
    s->is_text[v] = type == 'T';
    if (!is_variable_name(variable->name)) {
        char shown[MK_SHOWN];
        return mk_fail(err, MK_EFORMAT,
                       "%s: found a variable named '%s', expected letters and digits", s->origin,
                       mk_shown(variable->name, strlen(variable->name), shown));
    }
    for (size_t i = 0; i < v; i++) {
        if (strcmp(out->variables[i].name, variable->name) == 0) {
            return mk_fail(err, MK_EFORMAT, "%s: found the variable %s twice", s->origin,
                           variable->name);
        }
    }
    return MK_OK;
}

static MkStatus take_header(Stream *s, MkSurvey *out, MkError *err)
{
    static const char magic[] = "MKSURV1\n";
    uint64_t n;
    if (left(s) < 8 || memcmp(s->at, magic, 8) != 0) {
        return broken(s, "no beginning", err);
    }
    s->at += 8;
    if (left(s) > 0 && *s->at == 'X') {
        s->at++;
        return take_error(s, err);
    }
    if (!take_number(s, 1, &n) || n != 'V' || !take_number(s, 4, &n) || n > MAX_VARIABLES ||
        n > left(s)) {
        return broken(s, "no list of variables", err);
    }
    out->n_variables = (size_t)n;
    out->variables = mk_arena_zeros(s->arena, out->n_variables, sizeof *out->variables);
    s->is_text = mk_arena_zeros(s->arena, out->n_variables, sizeof *s->is_text);
    if (out->variables == NULL || s->is_text == NULL) {
        return mk_fail(err, MK_ENOMEM, "%s: out of memory", s->origin);
    }
    for (size_t v = 0; v < out->n_variables; v++) {
        MK_TRY(take_variable(s, out, v, err));
    }
    return MK_OK;
}

/* Walks over one row; false when it is cut off. */
static bool skip_row(Stream *s, size_t n_variables)
{
    for (size_t v = 0; v < n_variables; v++) {
        uint64_t len = 8;
        if ((s->is_text[v] && !take_number(s, 2, &len)) || left(s) < len) {
            return false;
        }
        s->at += len;
    }
    return true;
}

/* Counts the rows and checks the frame up to the end mark. */
static MkStatus count_rows(Stream *s, MkSurvey *out, MkError *err)
{
    for (;;) {
        uint64_t tag, n_said;
        if (!take_number(s, 1, &tag)) {
            return broken(s, "it ends too early", err);
        }
        if (tag == 'X') {
            return take_error(s, err);
        }
        if (tag == 'E') {
            if (!take_number(s, 8, &n_said) || n_said != out->n_rows || left(s) > 0) {
                return broken(s, "the number of rows does not agree", err);
            }
            return MK_OK;
        }
        if (tag != 'R' || out->n_variables == 0 || !skip_row(s, out->n_variables)) {
            return broken(s, "a row is cut off", err);
        }
        out->n_rows++;
    }
}

static double take_double(Stream *s)
{
    uint64_t bits = 0;
    double x;
    (void)take_number(s, 8, &bits);
    memcpy(&x, &bits, sizeof x);
    return isfinite(x) ? x : (double)NAN;
}

static MkStatus fill_rows(Stream *s, MkSurvey *out, MkError *err)
{
    bool no_memory = false;
    for (size_t v = 0; v < out->n_variables; v++) {
        MkSurveyVariable *variable = &out->variables[v];
        if (s->is_text[v]) {
            variable->text = mk_arena_array(s->arena, out->n_rows, sizeof *variable->text);
        } else {
            variable->number = mk_arena_array(s->arena, out->n_rows, sizeof *variable->number);
        }
        no_memory = no_memory || (variable->text == NULL && variable->number == NULL);
    }
    for (size_t row = 0; row < out->n_rows && !no_memory; row++) {
        s->at++; /* R */
        for (size_t v = 0; v < out->n_variables && !no_memory; v++) {
            MkSurveyVariable *variable = &out->variables[v];
            if (s->is_text[v]) {
                (void)take_text(s, 2, &variable->text[row], &no_memory);
            } else {
                variable->number[row] = take_double(s);
            }
        }
    }
    return no_memory ? mk_fail(err, MK_ENOMEM, "%s: out of memory", s->origin) : MK_OK;
}

MkStatus mk_survey_parse(const void *bytes, size_t len, const char *origin, MkArena *arena,
                         MkSurvey *out, MkError *err)
{
    const unsigned char *start = bytes;
    Stream s = {.at = start, .end = start + len, .origin = origin, .arena = arena};
    MkSurvey survey = {.table = out->table};
    MK_TRY(take_header(&s, &survey, err));
    const unsigned char *rows = s.at;
    MK_TRY(count_rows(&s, &survey, err));
    s.at = rows;
    MK_TRY(fill_rows(&s, &survey, err));
    *out = survey;
    return MK_OK;
}

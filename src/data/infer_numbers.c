/* infer_numbers.c - numbers: of which type, in which domain, and whether they are codes. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer_priv.h"

/* Words of a name or label that say that something is counted or measured, not coded. */
static const char measure_words[] =
    "age number num count counts times days day hours hour minutes min years months weeks visits "
    "score total how_many how_often_per n cigarettes drinks pregnancies births children people "
    "persons weight height bmi pressure rate mg kg cm ml level temperature volume dose duration "
    "points steps";
static const char count_words[] =
    "number num count counts times visits how_many pregnancies births children people persons "
    "days cigarettes drinks steps cases episodes rooms";
/* Words that say that codes have an order. */
static const char order_words[] =
    "health genhlth hlth genhealth education educ educa educag income inc incomg grade level stage "
    "severity class category cat agecat often frequency rating scale satisfaction agree degree "
    "group agegroup quintile quartile tertile decile rank age slope ageg5yr much";

const char *mk_infer_number(MkInfer *in, double x)
{
    char text[32];
    (void)mk_text_shortest(x, text);
    return mk_infer_copy(in, text);
}

const char *mk_infer_missing(MkInfer *in, const MkProfile *p)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < p->n_missing; i++) {
        mk_buf_puts(&buf, buf.len > 0 ? "|" : "");
        mk_buf_double(&buf, p->missing[i]);
    }
    for (size_t i = 0; i < p->n_missing_words; i++) {
        mk_buf_printf(&buf, "%s%s", buf.len > 0 ? "|" : "", p->missing_words[i]);
    }
    const char *const text = mk_infer_copy(in, buf.data);
    mk_buf_release(&buf);
    return text;
}

/* Name and label in one, as words without the digits at their ends: income2, educa1. */
static void say_all(const MkProfile *p, char *out, size_t cap)
{
    mk_plain_name(p->variable->label, out, cap);
    size_t n = strlen(out);
    if (n + strlen(p->plain) + 2 < cap) {
        out[n] = '_';
        memcpy(out + n + 1, p->plain, strlen(p->plain) + 1);
    }
    n = 0;
    for (const char *at = out; *at != '\0'; at++) {
        const size_t digits = strspn(at, "0123456789");
        const bool ends = digits > 0 && (at[digits] == '_' || at[digits] == '\0');
        if (ends && n > 0 && out[n - 1] != '_') {
            at += digits - 1;
        } else {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
}

bool mk_profile_is_ordered(const MkProfile *p)
{
    char said[512];
    say_all(p, said, sizeof said);
    return mk_name_has_any(said, order_words);
}

bool mk_numbers_are_codes(const MkProfile *p)
{
    char said[512];
    const size_t n = p->n_values;
    if (p->is_hours || n < 2 || n > 20 || !mk_profile_is_whole(p)) {
        return false;
    }
    const double low = p->values[0], high = p->values[n - 1];
    const bool has_unit = p->unit[0] != '\0' && p->unit_is_sure;
    size_t n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        n_rows += p->counts[i];
    }
    if (n == 2 || (n <= 5 && n_rows >= 50 * n && !has_unit && high > 30.0)) {
        return !has_unit && low >= 0.0;
    }
    say_all(p, said, sizeof said);
    const double width = high - low + 1.0;
    if (has_unit || low < 0.0 || high > 30.0 || n_rows < 4 * n) {
        return false;
    }
    const bool is_dense = (double)n >= 0.6 * width;
    const bool is_said = strchr(said, '_') != NULL && (mk_name_has_any(said, count_words) ||
                                                       mk_name_has_any(said, measure_words));
    if (is_said && !mk_name_has_any(said, order_words)) {
        return false;
    }
    const bool starts = low <= 1.0;
    return starts && ((is_dense && n <= 13) || n <= 6);
}

/* ---- domain ---- */

/* The next number of one or two digits away from zero (up) or towards minus infinity (down). */
static double round_out(double x, bool up)
{
    if (x == 0.0 || !isfinite(x)) {
        return x;
    }
    const double scale = pow(10.0, floor(log10(fabs(x))) - 1.0);
    const double steps = x / (5.0 * scale);
    const double rounded = (up ? ceil(steps - 1e-9) : floor(steps + 1e-9)) * 5.0 * scale;
    return scale < 1.0 ? nearbyint(rounded / scale) / nearbyint(1.0 / scale) : rounded;
}

/* Ends that the unit or the question sets. */
static bool natural_end(const MkDraftColumn *c, double high, double *end)
{
    static const struct {
        const char *unit;
        double end;
    } ends[] = {{"%", 100.0},    {"days/month", 31.0}, {"days/week", 7.0},
                {"h/day", 24.0}, {"h", 24.0},          {"min/day", 1440.0}};
    if (strcmp(c->attribute.name, "age") == 0) {
        *end = 120.0;
        return high <= 120.0;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (strcmp(c->attribute.unit, ends[i].unit) == 0 && high <= ends[i].end) {
            *end = ends[i].end;
            return true;
        }
    }
    *end = high;
    return high == 30.0 || high == 31.0; /* days of a month */
}

/* A domain that holds the numbers with room on both sides. */
static void set_domain(MkDraftColumn *c, double low, double high)
{
    MkAttribute *const a = &c->attribute;
    const double room = 0.5 * (high - low) > 0.0 ? 0.5 * (high - low) : 1.0;
    const bool is_real = a->type == MK_REAL;
    double end = high;
    a->min = round_out(low - room, false);
    if (!is_real && (a->min < 0.0 || low < 0.3 * high)) {
        a->min = 0.0;
    }
    a->max = natural_end(c, high, &end) && low >= 0.0 ? end : round_out(high + room, true);
    if (a->type == MK_COUNT) {
        a->min = floor(a->min);
        a->max = ceil(a->max);
    }
}

/* Zeros under numbers that are all far from zero: pressures, cholesterol. */
static void find_zero(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    if (p->n_values < 12 || p->values[0] != 0.0 || p->values[1] < 20.0) {
        return;
    }
    const MkProfile rest = {
        .n_values = p->n_values - 1, .values = p->values + 1, .counts = p->counts + 1};
    const double middle = mk_profile_quantile(&rest, 0.5);
    if (rest.values[0] < 0.3 * middle) {
        return;
    }
    const size_t n = p->counts[0];
    char low[24];
    mk_text_number(rest.values[0], 6, low);
    mk_profile_drop(p, 0.0);
    mk_infer_decide(in, c, 50, "missing", "0 means that it is not known",
                    mk_infer_text(in, "%zu %s 0, all others %s or more", n,
                                  n == 1 ? "person has" : "people have", low),
                    mk_infer_text(in,
                                  "take 0 out of the column missing of %s in mapping.tsv, and "
                                  "let min in schema.tsv be 0",
                                  c->attribute.name));
}

static void choose_type(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    MkAttribute *const a = &c->attribute;
    char said[512];
    const bool is_whole = mk_profile_is_whole(p);
    const double low = p->values[0], high = p->values[p->n_values - 1];
    say_all(p, said, sizeof said);
    a->type = low < 0.0 ? MK_REAL : MK_POSITIVE;
    const bool is_measured = a->unit[0] != '\0' && strstr(a->unit, "days") == NULL &&
                             strstr(a->unit, "times") == NULL && strchr(a->unit, '/') == NULL;
    if (low < 0.0 || !is_whole || p->is_repeated || is_measured) {
        return;
    }
    const bool is_counted = mk_name_has_any(said, count_words);
    if (is_counted || (low <= 3.0 && mk_profile_quantile(p, 0.5) <= 30.0 && high <= 500.0)) {
        a->type = MK_COUNT;
        if (!is_counted && a->unit[0] == '\0' && p->n_values <= 20) {
            mk_infer_decide(in, c, 35, "type", "a count",
                            "whole numbers from near 0, and nothing says that they are codes",
                            mk_infer_text(in,
                                          "if they are codes, let the type of %s in schema.tsv "
                                          "be categorical or ordinal and name the levels "
                                          "(1=low|2=high), with min, max and resolution empty",
                                          a->name));
        }
    }
}

/* 88 as none among days. */
static void tell_zero_code(MkInfer *in, const MkProfile *p, MkDraftColumn *c)
{
    if (isnan(p->zero_code)) {
        return;
    }
    const char *const code = mk_infer_number(in, p->zero_code);
    c->codes = mk_infer_text(in, "%s=0", code);
    mk_infer_decide(in, c, 65, "codes", mk_infer_text(in, "%s means none: 0", code),
                    "the other values begin at 1, and surveys write none that way",
                    mk_infer_text(in,
                                  "if it means not known, move %s from the column codes to the "
                                  "column missing of mapping.tsv",
                                  code));
}

void mk_infer_numbers(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    MkAttribute *const a = &c->attribute;
    find_zero(in, p, c);
    choose_type(in, p, c);
    double low = p->values[0];
    const double high = p->values[p->n_values - 1];
    tell_zero_code(in, p, c);
    if (!isnan(p->zero_code)) {
        low = 0.0;
    }
    set_domain(c, low, high);
    const double step = p->is_repeated || p->is_hours ? 0.0 : mk_profile_step(p);
    a->resolution = a->type == MK_COUNT && step < 1.0 ? 1.0 : step;
    c->low = low;
    c->high = high;
    if (a->unit[0] == '\0' && a->type != MK_COUNT) {
        mk_infer_decide(
            in, c, 30, "unit", "no unit", "neither name nor label says one",
            mk_infer_text(in, "write it into the column unit of %s in schema.tsv", a->name));
    } else if (a->unit[0] != '\0' && !p->unit_is_sure) {
        mk_infer_decide(in, c, 40, "unit", mk_infer_text(in, "the unit is %s", a->unit),
                        "the name of the variable ends that way",
                        "correct the column unit in schema.tsv");
    }
}

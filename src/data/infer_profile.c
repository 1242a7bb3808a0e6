/* infer_profile.c - what one variable holds: its numbers or words, counted, and the codes that mean
 * a gap. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer_priv.h"

static MkStatus no_memory(const MkProfile *p, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", p->file);
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_words(const void *a, const void *b)
{
    const MkWordCount *const x = a, *const y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->text, y->text);
}

/* ---- numbers ---- */

/* Sorts n numbers and counts the equal ones; takes the array. */
static MkStatus count_numbers(MkInfer *in, MkProfile *p, double *x, size_t n, MkError *err)
{
    qsort(x, n, sizeof *x, compare_numbers);
    p->counts = mk_arena_array(in->scratch, n, sizeof *p->counts);
    if (p->counts == NULL) {
        return no_memory(p, err);
    }
    p->values = x;
    for (size_t i = 0; i < n; i++) {
        if (p->n_values > 0 && x[i] == x[p->n_values - 1]) {
            p->counts[p->n_values - 1]++;
        } else {
            p->counts[p->n_values] = 1;
            x[p->n_values++] = x[i];
        }
    }
    return MK_OK;
}

static MkStatus profile_numbers(MkInfer *in, MkProfile *p, MkError *err)
{
    double *const x = mk_arena_array(in->scratch, p->n_rows, sizeof *x);
    size_t n = 0;
    if (x == NULL) {
        return no_memory(p, err);
    }
    for (size_t i = 0; i < p->n_rows; i++) {
        if (!isnan(p->variable->number[i])) {
            x[n++] = p->variable->number[i];
        }
    }
    p->n_filled = n;
    return count_numbers(in, p, x, n, err);
}

/* ---- texts ---- */

static MkStatus count_words(MkInfer *in, MkProfile *p, MkError *err)
{
    MkMap *const map = mk_map_new();
    size_t cap = 64;
    MkStatus st = MK_OK;
    p->words = mk_arena_array(in->scratch, cap, sizeof *p->words);
    if (map == NULL || p->words == NULL) {
        st = no_memory(p, err);
    }
    for (size_t i = 0; i < p->n_rows && st == MK_OK; i++) {
        const char *const text = p->variable->text[i];
        size_t at;
        if (text[0] == '\0') {
            continue;
        }
        p->n_filled++;
        if (mk_map_get(map, text, &at)) {
            p->words[at].n++;
            continue;
        }
        if (p->n_words == cap) {
            MkWordCount *const grown = mk_arena_array(in->scratch, 2 * cap, sizeof *grown);
            if (grown == NULL) {
                st = no_memory(p, err);
                break;
            }
            memcpy(grown, p->words, cap * sizeof *grown);
            p->words = grown;
            cap *= 2;
        }
        st = mk_map_put(map, text, p->n_words) == MK_OK ? MK_OK : no_memory(p, err);
        p->words[p->n_words++] = (MkWordCount){.text = text, .n = 1};
    }
    mk_map_free(map);
    if (st == MK_OK) {
        qsort(p->words, p->n_words, sizeof *p->words, compare_words);
    }
    return st;
}

static bool digits_at(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

/* 2020-01-31, 31/01/2020, 31.1.20, 01JAN2020, with or without a time behind. */
static bool is_date(const char *text)
{
    int a = 0, b = 0, c = 0, n = 0;
    char month[4] = "";
    if (sscanf(text, "%4d-%2d-%2d%n", &a, &b, &c, &n) == 3 && digits_at(text, 4)) {
        return n >= 8;
    }
    if (sscanf(text, "%2d%3[A-Za-z]%4d", &a, month, &c) == 3 && strlen(month) == 3) {
        return c > 31 || strlen(text) >= 8;
    }
    n = 0;
    if (sscanf(text, "%4d/%2d/%4d%n", &a, &b, &c, &n) == 3 ||
        sscanf(text, "%2d.%2d.%4d%n", &a, &b, &c, &n) == 3) {
        return n >= 6 && (text[n] == '\0' || text[n] == ' ');
    }
    return false;
}

static bool is_hours(const char *text)
{
    const size_t len = strlen(text);
    const char *const colon = strchr(text, ':');
    const size_t head = colon == NULL ? 0 : (size_t)(colon - text);
    return (head == 1 || head == 2) && len == head + 3 && digits_at(text, head) &&
           digits_at(colon + 1, 2) && atoi(text) <= 24 && atoi(colon + 1) < 60;
}

static void note_missing_word(MkProfile *p, MkWordCount *word)
{
    word->is_missing = true;
    if (p->n_missing_words < MK_MISSING_MOST) {
        p->missing_words[p->n_missing_words++] = word->text;
    }
}

/* Can a mapping name the word? */
static bool is_nameable(const char *text)
{
    return text[strcspn(text, "|;:=")] == '\0';
}

/* Words that are all numbers but for a few: the variable is numeric, the few are gaps. */
static MkStatus parse_numbers(MkInfer *in, MkProfile *p, MkError *err)
{
    double x;
    size_t n = 0, n_numbers = 0, n_other = 0, n_other_rows = 0;
    for (size_t i = 0; i < p->n_words; i++) {
        const MkWordCount *const w = &p->words[i];
        const bool is_number = mk_text_double(w->text, strlen(w->text), '.', &x);
        if (is_number) {
            n += w->n;
            n_numbers++;
        } else if (!w->is_missing) {
            n_other++;
            n_other_rows += w->n;
            n_other += is_nameable(w->text) ? 0 : MK_MISSING_MOST;
        }
    }
    const bool is_mixed = n_other > 5 || 20 * n_other_rows > n || n_numbers < 10;
    if (n == 0 || p->n_missing_words + n_other > MK_MISSING_MOST || (n_other > 0 && is_mixed)) {
        return MK_OK;
    }
    double *const all = mk_arena_array(in->scratch, n, sizeof *all);
    if (all == NULL) {
        return no_memory(p, err);
    }
    n = 0;
    for (size_t i = 0; i < p->n_words; i++) {
        MkWordCount *const w = &p->words[i];
        if (mk_text_double(w->text, strlen(w->text), '.', &x)) {
            for (size_t k = 0; k < w->n; k++) {
                all[n++] = x;
            }
        } else if (!w->is_missing) {
            note_missing_word(p, w);
        }
    }
    p->is_parsed = true;
    p->is_text = false;
    return count_numbers(in, p, all, n, err);
}

/* HH:MM as numbers of hours. */
static MkStatus parse_hours(MkInfer *in, MkProfile *p, MkError *err)
{
    size_t n = 0;
    double *const all = mk_arena_array(in->scratch, p->n_filled, sizeof *all);
    if (all == NULL) {
        return no_memory(p, err);
    }
    for (size_t i = 0; i < p->n_words; i++) {
        const MkWordCount *const w = &p->words[i];
        for (size_t k = 0; k < w->n && !w->is_missing; k++) {
            all[n++] = atof(w->text) + atof(strchr(w->text, ':') + 1) / 60.0;
        }
    }
    p->is_text = false;
    return count_numbers(in, p, all, n, err);
}

static MkStatus profile_texts(MkInfer *in, MkProfile *p, MkError *err)
{
    size_t n_dates = 0, n_hours = 0, n_words = 0;
    MK_TRY(count_words(in, p, err));
    p->is_text = true;
    for (size_t i = 0; i < p->n_words; i++) {
        MkWordCount *const w = &p->words[i];
        if (mk_word_is_missing(w->text) && is_nameable(w->text)) {
            note_missing_word(p, w);
            continue;
        }
        n_words++;
        n_dates += is_date(w->text);
        n_hours += is_hours(w->text);
    }
    p->is_date = n_words > 0 && n_dates * 10 >= n_words * 9;
    p->is_hours = n_words > 0 && n_hours == n_words;
    if (p->is_date || n_words == 0) {
        return MK_OK;
    }
    return p->is_hours ? parse_hours(in, p, err) : parse_numbers(in, p, err);
}

MkStatus mk_profile_make(MkInfer *in, MkProfile *p, MkError *err)
{
    p->n_rows = p->survey->n_rows;
    p->zero_code = (double)NAN;
    return p->variable->text != NULL ? profile_texts(in, p, err) : profile_numbers(in, p, err);
}

/* ---- questions ---- */

double mk_profile_quantile(const MkProfile *p, double share)
{
    size_t n = 0, seen = 0;
    for (size_t i = 0; i < p->n_values; i++) {
        n += p->counts[i];
    }
    for (size_t i = 0; i < p->n_values; i++) {
        seen += p->counts[i];
        if ((double)seen >= share * (double)n) {
            return p->values[i];
        }
    }
    return (double)NAN;
}

bool mk_profile_is_whole(const MkProfile *p)
{
    for (size_t i = 0; i < p->n_values; i++) {
        if (p->values[i] != floor(p->values[i])) {
            return false;
        }
    }
    return p->n_values > 0;
}

double mk_profile_step(const MkProfile *p)
{
    static const double parts[] = {5.0, 2.5, 2.0, 1.0};
    const size_t n = p->n_values;
    if (n < 5) {
        return 0.0;
    }
    for (int e = 2; e >= -6; e--) {
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            const double step = parts[k] * pow(10.0, e);
            size_t n_on = 0;
            for (size_t i = 0; i < n; i++) {
                const double ratio = p->values[i] / step;
                n_on += fabs(ratio - nearbyint(ratio)) < 1e-6 * (1.0 + 1e-6 * fabs(ratio));
            }
            if (n_on == n && fabs(p->values[n - 1] / step) < 1e7) {
                return e < 0 ? parts[k] / pow(10.0, -e) : step;
            }
        }
    }
    return 0.0;
}

void mk_profile_drop(MkProfile *p, double code)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_values; i++) {
        if (p->values[i] != code) {
            p->values[n] = p->values[i];
            p->counts[n++] = p->counts[i];
        }
    }
    if (n < p->n_values && p->n_missing < MK_MISSING_MOST) {
        p->missing[p->n_missing++] = code;
    }
    p->n_values = n;
}

/* ---- missing codes ---- */

/* 7, 8, 9, 77, 88, 99, 777, ...: a code of so many equal digits; 0 when it is none. */
static int code_digits(double x)
{
    const double size = fabs(x);
    for (int digits = 1; digits <= 6; digits++) {
        const double ones = (pow(10.0, digits) - 1.0) / 9.0;
        for (double d = 7.0; d <= 9.0; d++) {
            if (size == d * nearbyint(ones)) {
                return digits;
            }
        }
    }
    return 0;
}

/* Has the last value, a code, many more people than any of those before it? */
static bool is_spike(const MkProfile *p, size_t at, int digits)
{
    size_t most = 0;
    if (digits < 2 || at + 1 != p->n_values || at < 20 || p->counts[at] < 8) {
        return false;
    }
    for (size_t i = at - at / 5; i < at; i++) {
        most = p->counts[i] > most ? p->counts[i] : most;
    }
    return p->counts[at] >= 6 * most;
}

/* How many of the largest values are codes that stand apart from what is below them. */
static size_t count_high(const MkProfile *p)
{
    char label[256];
    size_t n = p->n_values;
    mk_plain_name(p->label, label, sizeof label);
    const bool is_counted = mk_name_has_any(label, "times number many count days drinks") ||
                            mk_name_has_any(p->plain, "times number count days");
    while (n > 0 && code_digits(p->values[n - 1]) > 0) {
        n--;
    }
    /* the rest must lie apart: codes too near to it belong to it */
    while (n < p->n_values && n > 0) {
        const double last = p->values[n - 1], code = p->values[n];
        const int digits = code_digits(code);
        const MkProfile rest = {.n_values = n, .values = p->values, .counts = p->counts};
        const double middle = mk_profile_quantile(&rest, 0.5);
        const double top = mk_profile_quantile(&rest, 0.995);
        const double gap = code - last;
        const bool is_first = p->values[0] >= 1.0 && !is_counted;
        const bool is_small = digits == 1 && mk_profile_is_whole(&rest) && gap >= 2.0 &&
                              p->values[0] >= 0.0 &&
                              (is_first || gap >= 3.0 || p->counts[n] > p->counts[n - 1]);
        const bool is_apart = digits > 1 && last < code && p->values[0] > -code &&
                              gap >= (p->counts[n] > 1 ? 0.3 : 1.0) * (last - middle) &&
                              gap >= 2.0 && (gap >= 0.04 * code || gap >= 3.0 * (last - top)) &&
                              code > 1.15 * last;
        if (is_small || is_apart || is_spike(p, n, digits)) {
            break;
        }
        n++;
    }
    return n == 0 ? 0 : p->n_values - n;
}

/* How many of the smallest values are negative codes under numbers that are not negative. */
static size_t count_low(const MkProfile *p)
{
    size_t n = 0;
    while (n < p->n_values && p->values[n] < 0.0) {
        const bool is_code =
            p->values[n] == -1.0 || p->values[n] == -2.0 || code_digits(p->values[n]) > 0;
        if (!is_code) {
            return 0;
        }
        n++;
    }
    return n < p->n_values && n <= 4 ? n : 0;
}

static const char *list_codes(MkInfer *in, const double *codes, size_t n)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < n; i++) {
        mk_buf_puts(&buf, i == 0 ? "" : ", ");
        mk_buf_double(&buf, codes[i]);
    }
    const char *const text = mk_infer_copy(in, buf.data);
    mk_buf_release(&buf);
    return text;
}

/* 88 in a question about days or times that nobody answers with 0. */
static void find_zero_code(MkProfile *p)
{
    if (p->n_values < 8 || p->values[0] != 1.0 || p->values[p->n_values - 1] > 31.0) {
        return;
    }
    for (size_t i = 0; i < p->n_missing; i++) {
        if (p->missing[i] == 88.0 || p->missing[i] == 888.0) {
            p->zero_code = p->missing[i];
            p->missing[i] = p->missing[--p->n_missing];
            return;
        }
    }
}

void mk_profile_find_missing(MkInfer *in, MkProfile *p, const char **why)
{
    double codes[MK_MISSING_MOST];
    size_t n = 0;
    *why = NULL;
    const size_t n_low = count_low(p), n_high = count_high(p);
    for (size_t i = 0; i < n_low && n < MK_MISSING_MOST; i++) {
        codes[n++] = p->values[i];
    }
    for (size_t i = p->n_values - n_high; i < p->n_values && n < MK_MISSING_MOST; i++) {
        codes[n++] = p->values[i];
    }
    if (n == 0 || n >= p->n_values || n == MK_MISSING_MOST) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        mk_profile_drop(p, codes[i]);
    }
    char low[24], high[24];
    mk_text_number(p->values[0], 6, low);
    mk_text_number(p->values[p->n_values - 1], 6, high);
    *why = p->n_values == 1
               ? mk_infer_text(in, "%s stand%s apart from %s, all other people",
                               list_codes(in, codes, n), n == 1 ? "s" : "", low)
               : mk_infer_text(in, "%s stand%s out from all others, which run from %s to %s",
                               list_codes(in, codes, n), n == 1 ? "s" : "", low, high);
    find_zero_code(p);
}

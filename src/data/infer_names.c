/* infer_names.c - names, labels and units of attributes, from names and labels of variables. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer_priv.h"
#include "src/data/value.h"

enum { LABEL_BYTES = 160, NAME_WORDS = 5 };

bool mk_name_has_word(const char *plain, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = strstr(plain, word); p != NULL; p = strstr(p + 1, word)) {
        if ((p == plain || p[-1] == '_') && (p[n] == '\0' || p[n] == '_')) {
            return true;
        }
    }
    return false;
}

bool mk_name_has_any(const char *plain, const char *words)
{
    char word[MK_NAME_MOST];
    while (*words != '\0') {
        const size_t n = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, words);
        if (mk_name_has_word(plain, word)) {
            return true;
        }
        words += n + (words[n] == ' ');
    }
    return false;
}

/* ---- units ---- */

/* Ways to write a unit (small letters, no blanks) and how it is written here. */
static const char *const spellings[][2] = {{"kg/m2", "kg/m²"},
                                           {"kg/m^2", "kg/m²"},
                                           {"kg/m**2", "kg/m²"},
                                           {"kg/m²", "kg/m²"},
                                           {"kgm2", "kg/m²"},
                                           {"mm2", "mm²"},
                                           {"cm2", "cm²"},
                                           {"g/cm2", "g/cm²"},
                                           {"g/cm^2", "g/cm²"},
                                           {"mm/hg", "mmHg"},
                                           {"mmhg", "mmHg"},
                                           {"torr", "mmHg"},
                                           {"years", "years"},
                                           {"year", "years"},
                                           {"yrs", "years"},
                                           {"yr", "years"},
                                           {"y", "years"},
                                           {"months", "months"},
                                           {"month", "months"},
                                           {"weeks", "weeks"},
                                           {"week", "weeks"},
                                           {"days", "days"},
                                           {"day", "days"},
                                           {"hours", "h"},
                                           {"hour", "h"},
                                           {"hrs", "h"},
                                           {"hr", "h"},
                                           {"minutes", "min"},
                                           {"minute", "min"},
                                           {"mins", "min"},
                                           {"seconds", "s"},
                                           {"sec", "s"},
                                           {"hours/day", "h/day"},
                                           {"h/day", "h/day"},
                                           {"hours/week", "h/week"},
                                           {"hours/night", "h"},
                                           {"days/week", "days/week"},
                                           {"days/month", "days/month"},
                                           {"times/week", "times/week"},
                                           {"times/day", "times/day"},
                                           {"min/day", "min/day"},
                                           {"minutes/day", "min/day"},
                                           {"minutes/week", "min/week"},
                                           {"min/week", "min/week"},
                                           {"percent", "%"},
                                           {"pct", "%"},
                                           {"perc", "%"},
                                           {"beats/min", "beats/min"},
                                           {"bpm", "beats/min"},
                                           {"beats/minute", "beats/min"},
                                           {"1/min", "beats/min"},
                                           {"pounds", "lb"},
                                           {"pound", "lb"},
                                           {"lbs", "lb"},
                                           {"lb", "lb"},
                                           {"inches", "in"},
                                           {"inch", "in"},
                                           {"feet", "ft"},
                                           {"foot", "ft"},
                                           {"kilograms", "kg"},
                                           {"kilogram", "kg"},
                                           {"grams", "g"},
                                           {"gram", "g"},
                                           {"gm", "g"},
                                           {"gms", "g"},
                                           {"centimeters", "cm"},
                                           {"centimetres", "cm"},
                                           {"cms", "cm"},
                                           {"millimeters", "mm"},
                                           {"meters", "m"},
                                           {"metres", "m"},
                                           {"liters", "L"},
                                           {"litres", "L"},
                                           {"kcals", "kcal"},
                                           {"calories", "kcal"},
                                           {"ratio", "ratio"},
                                           {"score", "points"},
                                           {"points", "points"},
                                           {"dollars", "USD"},
                                           {"usd", "USD"},
                                           {"$", "USD"},
                                           {"cells/ul", "cells/µL"},
                                           {"1000cells/ul", "1000/µL"},
                                           {"1000/ul", "1000/µL"},
                                           {"x10^3/ul", "1000/µL"},
                                           {"10^3/ul", "1000/µL"},
                                           {"k/ul", "1000/µL"},
                                           {"10^9/l", "1000/µL"},
                                           {"x10^9/l", "1000/µL"},
                                           {"10^12/l", "million/µL"},
                                           {"millioncells/ul", "million/µL"},
                                           {"million/ul", "million/µL"},
                                           {"10^6/ul", "million/µL"},
                                           {"meq/l", "mEq/L"},
                                           {"mosm/kg", "mOsm/kg"},
                                           {"mmol/kg", "mmol/kg"},
                                           {"degc", "°C"},
                                           {"°c", "°C"},
                                           {"celsius", "°C"},
                                           {"degf", "°F"},
                                           {"°f", "°F"},
                                           {"fahrenheit", "°F"},
                                           {"bmi", "kg/m²"},
                                           {"mets", "MET"},
                                           {"met", "MET"},
                                           {"steps", "steps"},
                                           {"steps/day", "steps/day"},
                                           {"cigarettes/day", "cigarettes/day"},
                                           {"cigs/day", "cigarettes/day"},
                                           {"drinks/week", "drinks/week"},
                                           {"drinks/day", "drinks/day"},
                                           {"db", "dB"},
                                           {"hz", "Hz"},
                                           {"cmh2o", "cmH2O"},
                                           {"ml/min/1.73m2", "mL/min/1.73 m²"},
                                           {"ml/min/1.73m^2", "mL/min/1.73 m²"}};

/* Parts of compound units in their usual letters. */
static const char *const parts[] = {"kg",  "g",    "mg",   "µg",   "ng",   "pg",    "fg",   "m",
                                    "cm",  "mm",   "km",   "L",    "dL",   "mL",    "µL",   "fL",
                                    "mol", "mmol", "µmol", "nmol", "pmol", "kcal",  "kJ",   "mmHg",
                                    "kPa", "U",    "IU",   "mU",   "µU",   "mIU",   "µIU",  "%",
                                    "h",   "min",  "s",    "day",  "week", "month", "year", "kU"};

/* Small letters without blanks; mu as u. */
static bool fold_unit(const char *text, size_t len, char out[MK_UNIT_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == ' ') {
            continue;
        }
        if (n + 2 >= MK_UNIT_BYTES) {
            return false;
        }
        if ((c == 0xC2 && (unsigned char)text[i + 1] == 0xB5) ||
            (c == 0xCE && (unsigned char)text[i + 1] == 0xBC)) {
            out[n++] = 'u';
            i++;
        } else {
            out[n++] = (char)tolower(c);
        }
    }
    out[n] = '\0';
    return n > 0;
}

/* One part of a unit in its usual letters. */
static const char *find_part(const char *text, size_t len)
{
    char folded[MK_UNIT_BYTES];
    if (len > 0 && len < 8 && strncmp(text, "mcg", len) == 0 && len == 3) {
        return "µg";
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (fold_unit(parts[i], strlen(parts[i]), folded) && strlen(folded) == len &&
            strncmp(folded, text, len) == 0) {
            return parts[i];
        }
    }
    return NULL;
}

bool mk_unit_write(const char *text, size_t len, char out[MK_UNIT_BYTES])
{
    char folded[MK_UNIT_BYTES];
    if (!fold_unit(text, len, folded)) {
        return false;
    }
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        if (strcmp(spellings[i][0], folded) == 0) {
            snprintf(out, MK_UNIT_BYTES, "%s", spellings[i][1]);
            return true;
        }
    }
    const size_t n_over = strcspn(folded, "/");
    const char *const over = find_part(folded, n_over);
    if (over == NULL) {
        return false;
    }
    if (folded[n_over] == '\0') {
        snprintf(out, MK_UNIT_BYTES, "%s", over);
        return true;
    }
    const char *const under = find_part(folded + n_over + 1, strlen(folded + n_over + 1));
    if (under == NULL) {
        return false;
    }
    snprintf(out, MK_UNIT_BYTES, "%s/%s", over, under);
    return true;
}

/* What ends a name and is a unit: weight_kg, glucose_mmol_l. Longer ones first. */
static const char *const endings[][2] = {{"mg_per_dl", "mg/dL"},
                                         {"mmol_per_l", "mmol/L"},
                                         {"g_per_dl", "g/dL"},
                                         {"mg_dl", "mg/dL"},
                                         {"mgdl", "mg/dL"},
                                         {"mmol_l", "mmol/L"},
                                         {"mmoll", "mmol/L"},
                                         {"mmol", "mmol/L"},
                                         {"umol_l", "µmol/L"},
                                         {"umoll", "µmol/L"},
                                         {"umol", "µmol/L"},
                                         {"g_dl", "g/dL"},
                                         {"gdl", "g/dL"},
                                         {"g_l", "g/L"},
                                         {"mg_l", "mg/L"},
                                         {"ng_ml", "ng/mL"},
                                         {"ngml", "ng/mL"},
                                         {"ug_l", "µg/L"},
                                         {"ug_dl", "µg/dL"},
                                         {"iu_l", "IU/L"},
                                         {"u_l", "U/L"},
                                         {"nmol_l", "nmol/L"},
                                         {"pmol_l", "pmol/L"},
                                         {"kg_m2", "kg/m²"},
                                         {"mm_hg", "mmHg"},
                                         {"mmhg", "mmHg"},
                                         {"kg", "kg"},
                                         {"lbs", "lb"},
                                         {"lb", "lb"},
                                         {"cm", "cm"},
                                         {"mm", "mm"},
                                         {"inches", "in"},
                                         {"inch", "in"},
                                         {"in", "in"},
                                         {"ft", "ft"},
                                         {"feet", "ft"},
                                         {"percent", "%"},
                                         {"pct", "%"},
                                         {"perc", "%"},
                                         {"years", "years"},
                                         {"yrs", "years"},
                                         {"yr", "years"},
                                         {"year", "years"},
                                         {"months", "months"},
                                         {"days", "days"},
                                         {"hours", "h"},
                                         {"hrs", "h"},
                                         {"hr", "h"},
                                         {"minutes", "min"},
                                         {"mins", "min"},
                                         {"min", "min"},
                                         {"seconds", "s"},
                                         {"kcal", "kcal"},
                                         {"kj", "kJ"},
                                         {"grams", "g"},
                                         {"mg", "mg"},
                                         {"ug", "µg"},
                                         {"mcg", "µg"},
                                         {"bpm", "beats/min"},
                                         {"ml", "mL"},
                                         {"kpa", "kPa"},
                                         {"m", "m"},
                                         {"g", "g"},
                                         {"l", "L"},
                                         {"pounds", "lb"},
                                         {"kilograms", "kg"},
                                         {"usd", "USD"},
                                         {"dollars", "USD"}};

/* Cuts the unit off the end of a plain name. */
static void unit_of_name(MkInfer *in, MkProfile *p)
{
    const size_t len = strlen(p->plain);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(endings[i][0]);
        if (len > n + 1 && p->plain[len - n - 1] == '_' &&
            strcmp(p->plain + len - n, endings[i][0]) == 0) {
            char *const base = mk_arena_strndup(in->scratch, p->plain, len - n - 1);
            p->base = base == NULL ? p->plain : base;
            if (p->unit[0] == '\0') {
                snprintf(p->unit, sizeof p->unit, "%s", endings[i][1]);
                p->unit_is_sure =
                    n > 2 || strcmp(endings[i][0], "kg") == 0 || strcmp(endings[i][0], "cm") == 0;
            }
            return;
        }
    }
}

/* Takes the unit out of the brackets of a label: "Weight (kg)", "Glucose [mg/dL]". */
static bool unit_in_brackets(char *label, char out[MK_UNIT_BYTES])
{
    for (char *open = strpbrk(label, "(["); open != NULL; open = strpbrk(open + 1, "([")) {
        char *const close = strchr(open, *open == '(' ? ')' : ']');
        if (close == NULL) {
            return false;
        }
        const bool is_plural = close == open + 2 && open > label && open[-1] != ' '; /* day(s) */
        if (!is_plural && mk_unit_write(open + 1, (size_t)(close - open) - 1, out)) {
            memmove(open, close + 1, strlen(close + 1) + 1);
            return true;
        }
    }
    return false;
}

/* "... in years", "..., kg", "... - mg/dL" at the end of a label. */
static bool unit_at_end(char *label, char out[MK_UNIT_BYTES])
{
    static const char *const marks[] = {" in ", ", ", " - ", ": "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char *at = NULL;
        for (char *p = strstr(label, marks[i]); p != NULL; p = strstr(p + 1, marks[i])) {
            at = p;
        }
        if (at == NULL || at == label) {
            continue;
        }
        const char *const unit = at + strlen(marks[i]);
        if (mk_unit_write(unit, strlen(unit), out)) {
            *at = '\0';
            return true;
        }
    }
    return false;
}

/* Blanks that were left around a cut; a sign at the end. */
static void tidy(char *text)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        const char c = *p == '\t' || *p == '\n' || *p == '\r' ? ' ' : *p;
        if (c != ' ' || (n > 0 && text[n - 1] != ' ')) {
            text[n++] = c;
        }
    }
    while (n > 0 && strchr(" ,;:-", text[n - 1]) != NULL) {
        n--;
    }
    text[n] = '\0';
}

/* As much of the text as fits, whole characters. */
static void copy_clipped(char out[LABEL_BYTES], const char *text)
{
    size_t n = strlen(text);
    if (n >= LABEL_BYTES) {
        for (n = LABEL_BYTES - 1; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80; n--) {
        }
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

void mk_profile_name(MkInfer *in, MkProfile *p)
{
    char plain[LABEL_BYTES], label[LABEL_BYTES];
    mk_plain_name(p->variable->name, plain, sizeof plain);
    copy_clipped(label, p->variable->label);
    p->plain = mk_text_or_empty(mk_arena_strdup(in->scratch, plain));
    p->base = p->plain;
    /* a header as "Weight (kg)" is a label too */
    char header[LABEL_BYTES];
    copy_clipped(header, p->variable->name);
    if (label[0] == '\0' && strpbrk(header, " ([") != NULL) {
        memcpy(label, header, sizeof label);
    }
    p->unit_is_sure = unit_in_brackets(label, p->unit) || unit_at_end(label, p->unit);
    if (p->unit_is_sure && p->variable->label[0] == '\0') {
        tidy(label);
        mk_plain_name(label, plain, sizeof plain);
        p->plain = mk_text_or_empty(mk_arena_strdup(in->scratch, plain));
        p->base = p->plain;
    }
    unit_of_name(in, p);
    tidy(label);
    p->label = mk_text_or_empty(mk_arena_strdup(in->scratch, label));
}

/* ---- the attribute's own name and label ---- */

/* A name that says nothing beside a label that does: LBXTC, DMDEDUC2. */
static bool is_code_name(const MkProfile *p)
{
    char label[LABEL_BYTES];
    if (p->variable->label[0] == '\0') {
        return false;
    }
    mk_plain_name(p->variable->label, label, sizeof label);
    return label[0] != '\0' && !mk_name_has_word(label, p->plain);
}

/* Words that a name can do without. */
static bool is_filler(const char *word)
{
    static const char *const words[] = {"the", "of",   "a",    "an",   "in",   "to",   "for",  "do",
                                        "you", "your", "does", "did",  "is",   "are",  "and",  "or",
                                        "at",  "on",   "with", "that", "this", "was",  "were", "be",
                                        "sp",  "by",   "any",  "s",    "how",  "what", "which"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* The first words of a plain label that mean something. */
static void short_name(const char *plain, char *out, size_t cap)
{
    size_t n = 0, n_words = 0;
    out[0] = '\0';
    while (*plain != '\0' && n_words < NAME_WORDS) {
        char word[LABEL_BYTES];
        const size_t len = strcspn(plain, "_");
        snprintf(word, sizeof word, "%.*s", (int)len, plain);
        plain += len + (plain[len] == '_');
        if (is_filler(word)) {
            continue;
        }
        if (n + len + 1 >= cap || (n_words > 0 && n + len + 1 > MK_NAME_MOST)) {
            return;
        }
        n += (size_t)snprintf(out + n, cap - n, "%s%s", n_words > 0 ? "_" : "", word);
        n_words++;
    }
}

const char *mk_profile_attribute_name(MkInfer *in, const MkProfile *p)
{
    char name[LABEL_BYTES], plain[LABEL_BYTES];
    snprintf(name, sizeof name, "%s", p->plain);
    if (is_code_name(p)) {
        mk_plain_name(p->label, plain, sizeof plain);
        short_name(plain, name, sizeof name);
    } else if (strlen(name) > MK_NAME_MOST) {
        snprintf(plain, sizeof plain, "%s", name);
        short_name(plain, name, sizeof name);
    }
    if (name[0] == '\0') {
        snprintf(name, sizeof name, "variable");
    }
    size_t id = 0, file = 0;
    const bool is_known = in->job->known != NULL && mk_schema_find(in->job->known, name, &id);
    const bool is_taken = mk_map_get(in->names, name, &file) && file != in->file;
    const char *const start = name[0] >= '0' && name[0] <= '9' ? "v_" : "";
    if (is_taken) { /* the same of another file */
        mk_plain_name(p->file, plain, sizeof plain);
        return mk_infer_name(in, mk_infer_text(in, "%s%s_%s", start, name, plain));
    }
    return mk_infer_name(in, mk_infer_text(in, "%s%s%s", start, name, is_known ? "_own" : ""));
}

/* Words of a plain name as a label: "physical_health" -> "Physical health". */
static const char *label_of_name(MkInfer *in, const char *name)
{
    char label[LABEL_BYTES];
    size_t n = 0;
    const char *p = name;
    while (*p == '_') {
        p++;
    }
    for (; *p != '\0' && n + 2 < sizeof label; p++) {
        const bool is_inside = p > name && p[-1] >= 'a' && p[-1] <= 'z' && *p >= 'A' && *p <= 'Z';
        const bool is_small_word = p[0] != '\0' && p[1] >= 'a' && p[1] <= 'z';
        if (is_inside) {
            label[n++] = ' ';
        }
        label[n++] = *p == '_' || *p == '.' ? ' ' : *p;
        if (is_inside && is_small_word) {
            label[n - 1] = (char)tolower((unsigned char)*p);
        }
    }
    label[n] = '\0';
    tidy(label);
    return mk_infer_copy(in, label);
}

const char *mk_profile_label(MkInfer *in, const MkProfile *p)
{
    const bool has_label = p->label[0] != '\0';
    const char *const text =
        has_label ? mk_infer_copy(in, p->label) : label_of_name(in, p->variable->name);
    if (text[0] == '\0') {
        return mk_infer_copy(in, p->variable->name[0] != '\0' ? p->variable->name : "variable");
    }
    if (text[0] >= 'a' && text[0] <= 'z') {
        return mk_infer_text(in, "%c%s", text[0] - 'a' + 'A', text + 1);
    }
    return text;
}

const char *mk_infer_variable(MkInfer *in, const char *name)
{
    bool is_plain = name[0] != '\0' && !isdigit((unsigned char)name[0]) && strcmp(name, "na") != 0;
    for (const char *p = name; *p != '\0' && is_plain; p++) {
        is_plain = *p == '_' || isdigit((unsigned char)*p) || (*p >= 'a' && *p <= 'z') ||
                   (*p >= 'A' && *p <= 'Z');
    }
    return is_plain ? mk_infer_copy(in, name) : mk_infer_text(in, "`%s`", name);
}

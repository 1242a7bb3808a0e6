/* unit.c - units people type, turned into the unit of an attribute.
 *
 * A unit is one word, or two with / between them. Words of one dimension convert by their factors;
 * between mass and amount of substance the molar mass is needed, which only the name of the
 * attribute can give. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/text.h"
#include "src/data/value.h"

typedef enum Dimension {
    D_NONE,
    D_MASS,
    D_LENGTH,
    D_TIME,
    D_VOLUME,
    D_ENERGY,
    D_PRESSURE,
    D_AMOUNT,
    D_SHARE,
    D_COUNT,
    D_ACTIVITY,
    D_BEATS
} Dimension;

typedef struct Unit {
    const char *name;
    Dimension dimension;
    double factor; /* to kg, m, h, L, kcal, mmHg, mol, 1, 1, U */
} Unit;

static const Unit units[] = {
    {"kg", D_MASS, 1.0},
    {"g", D_MASS, 1e-3},
    {"mg", D_MASS, 1e-6},
    {"ug", D_MASS, 1e-9},
    {"mcg", D_MASS, 1e-9},
    {"ng", D_MASS, 1e-12},
    {"pg", D_MASS, 1e-15},
    {"fg", D_MASS, 1e-18},
    {"lb", D_MASS, 0.45359237},
    {"lbs", D_MASS, 0.45359237},
    {"pound", D_MASS, 0.45359237},
    {"pounds", D_MASS, 0.45359237},
    {"oz", D_MASS, 0.45359237 / 16.0},
    {"st", D_MASS, 6.35029318},
    {"stone", D_MASS, 6.35029318},
    {"m", D_LENGTH, 1.0},
    {"cm", D_LENGTH, 0.01},
    {"mm", D_LENGTH, 1e-3},
    {"km", D_LENGTH, 1000.0},
    {"in", D_LENGTH, 0.0254},
    {"inch", D_LENGTH, 0.0254},
    {"inches", D_LENGTH, 0.0254},
    {"ft", D_LENGTH, 0.3048},
    {"foot", D_LENGTH, 0.3048},
    {"feet", D_LENGTH, 0.3048},
    {"yd", D_LENGTH, 0.9144},
    {"mi", D_LENGTH, 1609.344},
    {"mile", D_LENGTH, 1609.344},
    {"miles", D_LENGTH, 1609.344},
    {"s", D_TIME, 1.0 / 3600.0},
    {"sec", D_TIME, 1.0 / 3600.0},
    {"min", D_TIME, 1.0 / 60.0},
    {"minute", D_TIME, 1.0 / 60.0},
    {"minutes", D_TIME, 1.0 / 60.0},
    {"h", D_TIME, 1.0},
    {"hr", D_TIME, 1.0},
    {"hour", D_TIME, 1.0},
    {"hours", D_TIME, 1.0},
    {"d", D_TIME, 24.0},
    {"day", D_TIME, 24.0},
    {"days", D_TIME, 24.0},
    {"week", D_TIME, 168.0},
    {"weeks", D_TIME, 168.0},
    {"month", D_TIME, 730.5},
    {"months", D_TIME, 730.5},
    {"y", D_TIME, 8766.0},
    {"yr", D_TIME, 8766.0},
    {"year", D_TIME, 8766.0},
    {"years", D_TIME, 8766.0},
    {"L", D_VOLUME, 1.0},
    {"dL", D_VOLUME, 0.1},
    {"mL", D_VOLUME, 1e-3},
    {"uL", D_VOLUME, 1e-6},
    {"fL", D_VOLUME, 1e-15},
    {"kcal", D_ENERGY, 1.0},
    {"kJ", D_ENERGY, 1.0 / 4.184},
    {"mmHg", D_PRESSURE, 1.0},
    {"kPa", D_PRESSURE, 7.500615758456564},
    {"mol", D_AMOUNT, 1.0},
    {"mmol", D_AMOUNT, 1e-3},
    {"umol", D_AMOUNT, 1e-6},
    {"nmol", D_AMOUNT, 1e-9},
    {"pmol", D_AMOUNT, 1e-12},
    {"%", D_SHARE, 0.01},
    {"percent", D_SHARE, 0.01},
    {"cells", D_COUNT, 1.0},
    {"U", D_ACTIVITY, 1.0},
    {"IU", D_ACTIVITY, 1.0},
    {"mU", D_ACTIVITY, 1e-3},
    {"uU", D_ACTIVITY, 1e-6},
    {"mIU", D_ACTIVITY, 1e-3},
    {"uIU", D_ACTIVITY, 1e-6},
    {"bpm", D_BEATS, 1.0},
};

/* Grams in a mole of what laboratories report under this name (urea nitrogen: its two N;
 * haemoglobin: one chain). */
typedef struct Substance {
    const char *word; /* part of an attribute's name between underscores */
    double grams;
} Substance;

static const Substance substances[] = {
    {"glucose", 180.156},
    {"cholesterol", 386.65},
    {"triglycerides", 885.4},
    {"triglyceride", 885.4},
    {"creatinine", 113.118},
    {"uric_acid", 168.11},
    {"urea_nitrogen", 28.0134},
    {"bun", 28.0134},
    {"bilirubin", 584.66},
    {"calcium", 40.078},
    {"phosphorus", 30.974},
    {"magnesium", 24.305},
    {"iron", 55.845},
    {"zinc", 65.38},
    {"copper", 63.546},
    {"selenium", 78.971},
    {"sodium", 22.99},
    {"potassium", 39.098},
    {"lead", 207.2},
    {"mercury", 200.59},
    {"cadmium", 112.41},
    {"manganese", 54.938},
    {"iodine", 126.904},
    {"hemoglobin", 16114.0},
    {"vitamin_c", 176.12},
    {"vitamin_d", 400.64},
    {"vitamin_b12", 1355.37},
    {"folate", 441.4},
    {"cotinine", 176.22},
    {"caffeine", 194.19},
};

typedef struct Compound {
    const Unit *over, *under; /* under NULL: one word */
} Compound;

/* µ (both code points) as u, superscript 2 as 2, everything else as it is. False when it does not
 * fit. */
static bool plain_unit(const char *text, char *out, size_t cap)
{
    size_t n = 0;
    while (*text != '\0') {
        uint32_t cp;
        const size_t len = mk_utf8_next(text, &cp);
        char c = cp < 0x80 ? (char)cp : '?';
        if (cp == 0xB5 || cp == 0x3BC) {
            c = 'u';
        } else if (cp == 0xB2) {
            c = '2';
        }
        if (c != ' ' && c != '^') {
            if (n + 1 >= cap) {
                return false;
            }
            out[n++] = c;
        }
        text += len;
    }
    out[n] = '\0';
    return true;
}

/* Exactly as written first: m is a metre and M nothing. */
static const Unit *find_unit(const char *word)
{
    const size_t n = sizeof units / sizeof *units;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(units[i].name, word) == 0) {
            return &units[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (mk_text_same_nocase(units[i].name, word)) {
            return &units[i];
        }
    }
    return NULL;
}

static bool find_compound(char *text, Compound *out)
{
    char *slash = strchr(text, '/');
    *out = (Compound){NULL, NULL};
    if (slash != NULL) {
        *slash = '\0';
        out->under = find_unit(slash + 1);
    }
    out->over = find_unit(text);
    if (slash != NULL) {
        *slash = '/';
    }
    return out->over != NULL && (slash == NULL || out->under != NULL);
}

static bool has_word(const char *name, const char *word)
{
    const size_t len = strlen(word);
    for (const char *p = strstr(name, word); p != NULL; p = strstr(p + 1, word)) {
        const bool starts = p == name || p[-1] == '_';
        if (starts && (p[len] == '\0' || p[len] == '_')) {
            return true;
        }
    }
    return false;
}

/* kg in a mole; 0 when the name says no substance or more than one. */
static double molar_mass(const char *name)
{
    double mass = 0.0;
    for (size_t i = 0; i < sizeof substances / sizeof *substances; i++) {
        if (has_word(name, substances[i].word)) {
            if (mass > 0.0) {
                return 0.0;
            }
            mass = substances[i].grams * 1e-3;
        }
    }
    return mass;
}

/* What `from` must be multiplied by to be `to`; 0 when they do not convert. */
static double word_factor(const Unit *from, const Unit *to, double mass)
{
    if (from->dimension == to->dimension) {
        return from->factor / to->factor;
    }
    if (from->dimension == D_AMOUNT && to->dimension == D_MASS) {
        return from->factor * mass / to->factor;
    }
    if (from->dimension == D_MASS && to->dimension == D_AMOUNT && mass > 0.0) {
        return from->factor / (mass * to->factor);
    }
    return 0.0;
}

static bool convert_compound(const Compound *from, const Compound *to, const char *name, double x,
                             double *out)
{
    /* `2h` of something counted in minutes a day means 2 h a day */
    const bool is_a_day =
        from->under == NULL && to->under != NULL && to->under->dimension == D_TIME;
    if ((from->under == NULL) != (to->under == NULL) && !is_a_day) {
        return false;
    }
    const double mass = molar_mass(name);
    double factor = word_factor(from->over, to->over, mass);
    if (from->under != NULL) {
        /* in a ratio to creatinine the amount below the line is creatinine's */
        const double below = has_word(name, "creatinine") ? 113.118e-3 : 0.0;
        const double under = word_factor(from->under, to->under, below);
        if (under <= 0.0) {
            return false;
        }
        factor /= under;
    }
    if (factor <= 0.0) {
        return false;
    }
    *out = x * factor;
    return true;
}

/* Conversions that are no factor: temperatures, and HbA1c by the IFCC (mmol/mol to %). */
static bool convert_affine(const char *from, const char *to, const char *name, double x,
                           double *out)
{
    if (strcmp(from, "mmol/mol") == 0 && strcmp(to, "%") == 0 &&
        (has_word(name, "hba1c") || has_word(name, "glycohemoglobin"))) {
        *out = 0.09148 * x + 2.152;
        return true;
    }
    const bool from_f = strcmp(from, "?F") == 0 || mk_text_same_nocase(from, "f");
    const bool from_c = strcmp(from, "?C") == 0 || mk_text_same_nocase(from, "c");
    if (from_f && strcmp(to, "?C") == 0) {
        *out = (x - 32.0) / 1.8;
        return true;
    }
    if (from_c && strcmp(to, "?F") == 0) {
        *out = x * 1.8 + 32.0;
        return true;
    }
    if ((from_c && strcmp(to, "?C") == 0) || (from_f && strcmp(to, "?F") == 0)) {
        *out = x;
        return true;
    }
    return false;
}

/* Insulin 1 uU is 6 pmol; one mEq of these ions is one mmol. */
static void replace_special(char *from, const char *to, const char *name, double *x)
{
    if (has_word(name, "insulin") && strcmp(from, "pmol/L") == 0 && strcmp(to, "uU/mL") == 0) {
        *x /= 6.0;
        strcpy(from, "uU/mL");
    }
    const bool is_ion = has_word(name, "sodium") || has_word(name, "potassium") ||
                        has_word(name, "chloride") || has_word(name, "bicarbonate");
    if (is_ion && mk_text_same_nocase(from, "mEq/L")) {
        strcpy(from, "mmol/L");
    }
}

bool mk_unit_convert(const char *from, const MkAttribute *attribute, double x, double *out)
{
    char plain_from[32], plain_to[64];
    if (!plain_unit(from, plain_from, sizeof plain_from - 8) ||
        !plain_unit(attribute->unit, plain_to, sizeof plain_to) || plain_to[0] == '\0') {
        return false;
    }
    replace_special(plain_from, plain_to, attribute->name, &x);
    if (mk_text_same_nocase(plain_from, plain_to)) {
        *out = x;
        return true;
    }
    if (convert_affine(plain_from, plain_to, attribute->name, x, out)) {
        return true;
    }
    Compound a, b;
    return find_compound(plain_from, &a) && find_compound(plain_to, &b) &&
           convert_compound(&a, &b, attribute->name, x, out);
}

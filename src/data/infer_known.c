/* infer_known.c - variables that are attributes of the known schema: found by name, synonym or
 * label, held against its levels and units, and converted where the numbers say that they are in
 * another unit. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer_priv.h"
#include "src/data/value.h"

enum { KEY_BYTES = 160, MOST_ALTERNATIVES = 3 };

/* Other names (without _) and how sure it is that they mean this attribute. */
static const struct {
    const char *attribute, *names;
    int doubt;
} synonyms[] = {
    {"age", "ageyears ageyear ageyr ageyrs agey ridageyr ageatscreening ageatinterview alter edad",
     10},
    {"sex", "gender riagendr sexe geschlecht sexo sexatbirth birthsex", 10},
    {"height", "ht stature bodyheight standingheight bmxht groesse", 15},
    {"weight", "wt wgt bodyweight bmxwt gewicht wtkg3", 15},
    {"bmi", "bodymassindex bmxbmi quetelet bmi5", 10},
    {"waist", "waistcircumference waistcirc wc bmxwaist abdominalcircumference", 15},
    {"systolic_bp",
     "sbp systolic systolicbloodpressure systolicpressure sysbp bpsys trestbps aphi restingbp", 15},
    {"diastolic_bp", "dbp diastolic diastolicbloodpressure diastolicpressure diabp bpdia aplo", 15},
    {"pulse", "heartrate hr restinghr restingheartrate pulserate restingpulse", 20},
    {"hba1c",
     "a1c hgba1c hba1cpercent glycohemoglobin glycatedhemoglobin hemoglobina1c hba1clevel lbxgh "
     "glycatedhaemoglobin",
     10},
    {"glucose_fasting",
     "fastingglucose fbg fpg fastingplasmaglucose fastingbloodglucose glucosefasting lbxglu", 15},
    {"glucose_fasting", "glucose bloodglucose plasmaglucose glucoselevel avgglucoselevel", 75},
    {"hdl_cholesterol", "hdl hdlc hdlcholesterol hdlchol lbdhdd", 10},
    {"ldl_cholesterol", "ldl ldlc ldlcholesterol ldlchol lbdldl", 10},
    {"total_cholesterol", "cholesterol chol totchol totalchol tchol lbxtc serumcholesterol", 20},
    {"triglycerides", "tg trig trigs triglyceride lbxtr", 30},
    {"creatinine", "scr serumcreatinine creat crea lbxscr", 20},
    {"hemoglobin", "hb hgb haemoglobin lbxhgb", 15},
    {"hematocrit", "hct haematocrit lbxhct", 15},
    {"white_blood_cells", "wbc leukocytes leucocytes whitebloodcellcount", 20},
    {"red_blood_cells", "rbc erythrocytes redbloodcellcount", 20},
    {"platelets", "plt plateletcount thrombocytes", 15},
    {"c_reactive_protein", "crp hscrp hsbcrp", 30},
    {"blood_urea_nitrogen", "bun", 15},
    {"uric_acid", "urate serumuricacid", 15},
    {"serum_albumin", "albumin", 40},
    {"alt", "sgpt alanineaminotransferase", 15},
    {"ast", "sgot aspartateaminotransferase", 15},
    {"insulin_fasting", "insulin fastinginsulin", 50},
    {"smoking", "smoker smokes smoke smokingstatus smokestatus cigarettesmoking tobacco", 25},
    {"sleep_hours", "sleep sleeptime sleepduration hoursofsleep hourssleep sleephrs sld012", 20},
    {"general_health",
     "genhealth genhlth selfratedhealth srh healthstatus huq010 selfreportedhealth", 20},
    {"education", "educ educa educationlevel dmdeduc2 schooling", 30},
    {"marital_status", "marital maritalstatus", 30},
    {"race_ethnicity", "race ethnicity raceethnicity", 40},
    {"income_to_poverty", "indfmpir povertyratio pir", 15},
    {"ever_told_stroke", "stroke hadstroke", 35},
    {"ever_told_asthma", "asthma hadasthma", 35},
    {"ever_told_arthritis", "arthritis hadarthritis", 35},
    {"ever_told_diabetes", "diabetes diabetic haddiabetes", 40},
    {"ever_told_hypertension", "hypertension highbp highbloodpressure", 40},
    {"ever_told_high_cholesterol", "highchol highcholesterol", 40},
    {"ever_told_heart_attack", "heartattack mi hadheartattack myocardialinfarction", 40},
    {"ever_told_heart_failure", "heartfailure chf congestiveheartfailure", 40},
    {"ever_told_angina", "hadangina", 40},
    {"ever_told_copd", "copd hadcopd", 40},
    {"ever_told_cancer", "cancer hadcancer", 40},
};

/* Where the middle of adults lies, and units that others use. */
typedef struct Usual {
    const char *attribute;
    double low, high;
    struct {
        const char *unit;
        double factor; /* 0: as units convert */
    } others[MOST_ALTERNATIVES];
} Usual;

static const Usual usual[] = {
    {"age", 15, 85, {{"months", 1.0 / 12.0}, {"days", 1.0 / 365.25}}},
    {"height", 140, 190, {{"in", 0}, {"m", 0}, {"mm", 0}}},
    {"weight", 45, 115, {{"lb", 0}, {"hundredths of kg", 0.01}, {"g", 0}}},
    {"bmi", 17, 40, {{"hundredths of kg/m²", 0.01}}},
    {"waist", 60, 125, {{"in", 0}, {"m", 0}, {"mm", 0}}},
    {"systolic_bp", 95, 165, {{"kPa", 0}, {"cmHg", 10}}},
    {"diastolic_bp", 55, 105, {{"kPa", 0}, {"cmHg", 10}}},
    {"pulse", 45, 110, {{NULL, 0}}},
    {"hba1c", 4, 11, {{"mmol/mol", 0}, {"fractions of 1", 100}}},
    {"glucose_fasting", 60, 220, {{"mmol/L", 0}, {"g/L", 0}}},
    {"hdl_cholesterol", 25, 90, {{"mmol/L", 0}, {"g/L", 0}}},
    {"ldl_cholesterol", 50, 220, {{"mmol/L", 0}, {"g/L", 0}}},
    {"total_cholesterol", 100, 320, {{"mmol/L", 0}, {"g/L", 0}}},
    {"triglycerides", 40, 400, {{"mmol/L", 0}, {"g/L", 0}}},
    {"creatinine", 0.4, 2.5, {{"µmol/L", 0}, {"mg/L", 0}}},
    {"uric_acid", 2.5, 9.5, {{"µmol/L", 0}, {"mg/L", 0}}},
    {"hemoglobin", 8, 19, {{"g/L", 0}}},
    {"hematocrit", 25, 58, {{"fractions of 1", 100}}},
    {"sleep_hours", 4, 11, {{"min", 0}}},
};

static const Usual *find_usual(const char *attribute)
{
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (strcmp(usual[i].attribute, attribute) == 0) {
            return &usual[i];
        }
    }
    return NULL;
}

/* ---- which attribute ---- */

typedef struct Candidate {
    size_t id;
    int doubt;
    const char *why;
} Candidate;

typedef struct Candidates {
    size_t n;
    Candidate items[6];
} Candidates;

static void add_candidate(MkInfer *in, Candidates *list, const char *name, int doubt,
                          const char *why)
{
    size_t id;
    if (list->n == sizeof list->items / sizeof *list->items ||
        !mk_schema_find(in->job->known, name, &id)) {
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].id == id) {
            return;
        }
    }
    list->items[list->n++] = (Candidate){id, doubt, why};
}

static void squeeze(const char *plain, char out[KEY_BYTES])
{
    size_t n = 0;
    for (; *plain != '\0' && n + 1 < KEY_BYTES; plain++) {
        if (*plain != '_') {
            out[n++] = *plain;
        }
    }
    out[n] = '\0';
}

static bool has_name(const char *names, const char *key)
{
    const size_t len = strlen(key);
    while (*names != '\0') {
        const size_t n = strcspn(names, " ");
        if (n == len && strncmp(names, key, n) == 0) {
            return true;
        }
        names += n + (names[n] == ' ');
    }
    return false;
}

static void add_synonyms(MkInfer *in, Candidates *list, const char *plain, const char *why)
{
    char key[KEY_BYTES], own[KEY_BYTES];
    squeeze(plain, key);
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms && key[0] != '\0'; i++) {
        squeeze(synonyms[i].attribute, own);
        if (has_name(synonyms[i].names, key)) {
            add_candidate(in, list, synonyms[i].attribute, synonyms[i].doubt, why);
        } else if (strcmp(own, key) == 0) {
            add_candidate(in, list, synonyms[i].attribute, 5, why);
        }
    }
}

/* A label that is that of an attribute, word by word. */
static void add_labelled(MkInfer *in, Candidates *list, const char *plain)
{
    char other[KEY_BYTES];
    for (size_t j = 0; j < in->job->known->n && plain[0] != '\0'; j++) {
        const MkAttribute *const a = &in->job->known->attributes[j];
        mk_plain_name(a->label, other, sizeof other);
        if (strcmp(other, plain) == 0) {
            add_candidate(in, list, a->name, 15, "it has the label of that attribute");
        }
    }
}

static void find_candidates(MkInfer *in, const MkProfile *p, Candidates *list)
{
    char label[KEY_BYTES];
    mk_plain_name(p->label, label, sizeof label);
    add_candidate(in, list, p->plain, 5, "it has the name of that attribute");
    add_candidate(in, list, p->base, 5, "it has the name of that attribute, with a unit");
    add_synonyms(in, list, p->plain, "its name is another word for that attribute");
    add_synonyms(in, list, p->base, "its name is another word for that attribute");
    if (p->variable->label[0] != '\0') {
        add_candidate(in, list, label, 10, "its label is the name of that attribute");
        add_synonyms(in, list, label, "its label is another word for that attribute");
        add_labelled(in, list, label);
    }
}

/* ---- levels ---- */

/* All words as levels of the attribute; false when one is none. */
static bool link_words(MkInfer *in, const MkProfile *p, const MkAttribute *known, MkDraftColumn *c)
{
    MkBuf buf;
    size_t n = 0;
    bool is_all = true;
    mk_buf_init(&buf);
    for (size_t i = 0; i < p->n_words && is_all; i++) {
        size_t level;
        if (p->words[i].is_missing) {
            continue;
        }
        is_all = mk_word_level(known, p->words[i].text, &level);
        if (is_all) {
            mk_buf_printf(&buf, "%s%s=%s", n > 0 ? "|" : "", p->words[i].text,
                          known->levels[level].name);
            n++;
        }
    }
    c->codes = is_all ? mk_infer_copy(in, buf.data) : "";
    mk_buf_release(&buf);
    return is_all && n > 0;
}

/* 0 and 1 for an attribute of no and yes, or for sex. */
static bool link_01(MkInfer *in, const MkProfile *p, const MkAttribute *known, MkDraftColumn *c)
{
    if (p->n_values != 2 || p->values[0] != 0.0 || p->values[1] != 1.0 || known->n_levels != 2) {
        return false;
    }
    const char *const first = known->levels[0].name, *const second = known->levels[1].name;
    if (strcmp(first, "no") == 0 && strcmp(second, "yes") == 0) {
        c->codes = "0=no|1=yes";
        return true;
    }
    if (strcmp(known->name, "sex") != 0) {
        return false;
    }
    c->codes = "0=female|1=male";
    mk_infer_decide(in, c, 85, "levels", "0 = female, 1 = male",
                    "nothing in the file says which is which",
                    "exchange female and male in the column codes of mapping.tsv");
    return true;
}

/* The codes of the file are those of the schema. */
static bool link_same_codes(MkInfer *in, const MkProfile *p, const MkAttribute *known,
                            MkDraftColumn *c)
{
    MkBuf buf;
    bool is_all = true;
    size_t n = 0;
    mk_buf_init(&buf);
    for (size_t k = 0; k < known->n_levels; k++) {
        double code;
        const char *const text = known->levels[k].code;
        if (!mk_text_double(text, strlen(text), '.', &code)) {
            is_all = false;
            break;
        }
        for (size_t i = 0; i < p->n_values; i++) {
            n += p->values[i] == code;
        }
        mk_buf_printf(&buf, "%s%s=%s", k > 0 ? "|" : "", text, known->levels[k].name);
    }
    is_all = is_all && n == p->n_values && p->n_values == known->n_levels;
    if (is_all) {
        c->codes = mk_infer_copy(in, buf.data);
        mk_infer_decide(in, c, strcmp(known->name, "sex") == 0 ? 40 : 55, "levels",
                        mk_infer_text(in, "the codes mean %s", c->codes),
                        "they are the codes of the schema that the data are linked with",
                        "correct the column codes of mapping.tsv");
    }
    mk_buf_release(&buf);
    return is_all;
}

static bool link_levels(MkInfer *in, const MkProfile *p, const MkAttribute *known, MkDraftColumn *c)
{
    if (p->is_text) {
        return link_words(in, p, known, c);
    }
    return p->n_values > 1 && p->n_values <= MK_MAX_LEVELS && !p->is_repeated &&
           (link_01(in, p, known, c) || link_same_codes(in, p, known, c));
}

/* ---- numbers ---- */

/* value = shift + factor * variable */
typedef struct Conversion {
    double factor, shift;
    const char *unit; /* NULL: none is needed */
} Conversion;

static bool conversion_of(const MkAttribute *known, const char *unit, double factor,
                          Conversion *out)
{
    double at_0, at_1;
    if (factor > 0.0) {
        *out = (Conversion){factor, 0.0, unit};
        return true;
    }
    if (!mk_unit_convert(unit, known, 0.0, &at_0) || !mk_unit_convert(unit, known, 1.0, &at_1)) {
        return false;
    }
    *out = (Conversion){at_1 - at_0, at_0, unit};
    return true;
}

static bool is_usual(const Usual *u, const Conversion *conversion, double middle)
{
    const double x = conversion->shift + conversion->factor * middle;
    return x >= u->low && x <= u->high;
}

/* The only other unit in which the middle of the people is usual. */
static bool guess_unit(const MkAttribute *known, const Usual *u, double middle, Conversion *out)
{
    for (size_t i = 0; i < MOST_ALTERNATIVES && u->others[i].unit != NULL; i++) {
        if (conversion_of(known, u->others[i].unit, u->others[i].factor, out) &&
            is_usual(u, out, middle)) {
            return true;
        }
    }
    return false;
}

static bool same_unit(const MkProfile *p, const MkAttribute *known)
{
    char written[MK_UNIT_BYTES];
    return p->unit[0] == '\0' || strcmp(p->unit, known->unit) == 0 ||
           (mk_unit_write(known->unit, strlen(known->unit), written) &&
            strcmp(written, p->unit) == 0);
}

static void tell_guess(MkInfer *in, MkDraftColumn *c, const MkAttribute *known, const char *unit,
                       double middle)
{
    char text[24];
    mk_text_number(middle, 4, text);
    mk_infer_decide(in, c, 70, "unit",
                    mk_infer_text(in, "in %s, converted to %s", unit, known->unit),
                    mk_infer_text(in, "the median is %s: unusual for %s in %s, usual in %s", text,
                                  known->name, known->unit, unit),
                    mk_infer_text(in,
                                  "write the variable alone into the column value of %s in "
                                  "mapping.tsv",
                                  known->name));
}

/* The unit of the numbers: as said, or as their median says. False: it cannot be that attribute. */
static bool find_conversion(MkInfer *in, const MkProfile *p, const MkAttribute *known,
                            MkDraftColumn *c, Conversion *out)
{
    const Usual *const u = find_usual(known->name);
    const double middle = mk_profile_quantile(p, 0.5);
    *out = (Conversion){1.0, 0.0, NULL};
    const bool is_said = p->unit[0] != '\0' && !same_unit(p, known);
    if (is_said && !conversion_of(known, p->unit, 0.0, out)) {
        return false;
    }
    if (u == NULL || p->n_values < 5 || is_usual(u, out, middle)) {
        if (is_said) {
            mk_infer_decide(in, c, 20, "unit",
                            mk_infer_text(in, "converted from %s to %s", p->unit, known->unit),
                            "name or label says that unit",
                            "correct the column value in mapping.tsv");
        }
        return true;
    }
    Conversion guess;
    if (guess_unit(known, u, middle, &guess)) {
        *out = guess;
        tell_guess(in, c, known, guess.unit, middle);
        return true;
    }
    if (mk_numbers_are_codes(p) || middle > 3.0 * u->high || middle < u->low / 3.0) {
        return false; /* 1 to 13 for groups of ages */
    }
    char text[24];
    mk_infer_decide(in, c, 65, "unit", mk_infer_text(in, "in %s", known->unit),
                    mk_infer_text(in, "but the median, %s, is unusual for %s",
                                  mk_text_number(middle, 4, text), known->name),
                    "see in which unit it is, and convert it in the column value of mapping.tsv");
    return true;
}

/* 2.54 of 2.5400000000000005. */
static double round_factor(double x)
{
    char text[24];
    double rounded = x;
    (void)mk_text_number(x, 9, text);
    return mk_text_double(text, strlen(text), '.', &rounded) && rounded != 0.0 ? rounded : x;
}

static const char *convert(MkInfer *in, const Conversion *conversion, const char *value)
{
    const double inverse = round_factor(1.0 / conversion->factor);
    const bool divides = conversion->factor < 1.0 && inverse == floor(inverse);
    const char *const scaled =
        mk_infer_text(in, "%s%s%s", value, divides ? "/" : "*",
                      mk_infer_number(in, divides ? inverse : round_factor(conversion->factor)));
    if (conversion->shift == 0.0) {
        return scaled;
    }
    return mk_infer_text(in, "%s%s%s", scaled, conversion->shift < 0.0 ? "-" : "+",
                         mk_infer_number(in, fabs(round_factor(conversion->shift))));
}

/* Values that the known domain forbids: 0 and codes are gaps, others widen it. */
static void fit_domain(MkInfer *in, MkProfile *p, const Conversion *conversion, MkDraftColumn *c)
{
    MkAttribute *const a = &c->attribute;
    const bool is_apart =
        p->n_values > 2 && p->values[0] == 0.0 && p->values[1] >= 0.2 * mk_profile_quantile(p, 0.5);
    if (is_apart && conversion->shift < a->min) {
        const size_t n = p->counts[0];
        mk_profile_drop(p, 0.0);
        mk_infer_decide(in, c, 25, "missing", "0 means that it is not known",
                        mk_infer_text(in, "%zu %s 0, which %s cannot be", n,
                                      n == 1 ? "person has" : "people have", a->name),
                        "take 0 out of the column missing in mapping.tsv and let min be 0");
    }
    c->low = conversion->shift + conversion->factor * p->values[0];
    c->high = conversion->shift + conversion->factor * p->values[p->n_values - 1];
    if (c->low >= a->min && c->high <= a->max) {
        return;
    }
    const double low = a->min, high = a->max;
    char found[2][24], was[2][24];
    a->min = c->low < a->min ? floor(c->low - fabs(c->low) * 0.1) : a->min;
    a->max = c->high > a->max ? ceil(c->high + fabs(c->high) * 0.1) : a->max;
    a->min = a->type != MK_REAL && a->min < 0.0 ? 0.0 : a->min;
    mk_infer_decide(
        in, c, 75, "domain", "the domain is wider than the program's own, to hold all values",
        mk_infer_text(in, "found %s to %s, the schema has %s to %s",
                      mk_text_number(c->low, 6, found[0]), mk_text_number(c->high, 6, found[1]),
                      mk_text_number(low, 6, was[0]), mk_text_number(high, 6, was[1])),
        "if the far values are codes or errors, name them in the column missing of mapping.tsv and "
        "set min and max back");
    if (strcmp(a->name, "age") == 0 && c->low < low) {
        mk_infer_decide(
            in, c, 45, "include", "children are in",
            mk_infer_text(in, "the youngest is %s; the program's own model is of adults", found[0]),
            mk_infer_text(in, "write %s>=%s behind the key include in source.tsv", c->value,
                          was[0]));
    }
}

static bool link_numbers(MkInfer *in, MkProfile *p, const MkAttribute *known, MkDraftColumn *c)
{
    Conversion conversion;
    if (p->is_text || p->n_values < 3 || (p->is_repeated && known->type == MK_COUNT)) {
        return false;
    }
    if (known->type != MK_REAL && p->values[0] < 0.0) {
        return false;
    }
    if (!find_conversion(in, p, known, c, &conversion)) {
        return false;
    }
    if (known->type == MK_COUNT && (!mk_profile_is_whole(p) || conversion.unit != NULL)) {
        return false;
    }
    if (conversion.unit != NULL) {
        c->value = convert(in, &conversion, c->value);
    }
    fit_domain(in, p, &conversion, c);
    const double step = mk_profile_step(p);
    const bool is_kept = conversion.unit == NULL && !p->is_repeated && !p->is_hours;
    c->attribute.resolution = is_kept ? step : 0.0;
    return true;
}

/* ---- the whole ---- */

static void use_known(MkInfer *in, const MkAttribute *known, MkDraftColumn *c)
{
    const char *const description = c->attribute.description;
    c->attribute = *known; /* its texts live as long as the schema: copied below */
    MkAttribute *const a = &c->attribute;
    MkLevel *const levels = mk_arena_array(in->arena, known->n_levels, sizeof *levels);
    in->has_failed = in->has_failed || levels == NULL;
    for (size_t k = 0; levels != NULL && k < known->n_levels; k++) {
        levels[k] = (MkLevel){mk_infer_copy(in, known->levels[k].code),
                              mk_infer_copy(in, known->levels[k].name)};
    }
    a->levels = levels;
    a->n_levels = levels == NULL ? 0 : known->n_levels;
    a->name = mk_infer_copy(in, known->name);
    a->label = mk_infer_copy(in, known->label);
    a->unit = mk_infer_copy(in, known->unit);
    a->category = mk_infer_copy(in, known->category);
    a->description = description;
    a->eligible = a->rule = "";
    a->class_name = mk_infer_copy(in, known->class_name);
    c->low = c->high = (double)NAN;
}

static const char *why_no_number(MkInfer *in, const MkProfile *p, const MkAttribute *known)
{
    double x;
    if (p->is_text) {
        return mk_infer_text(in, "that is a number%s%s", known->unit[0] != '\0' ? " in " : "",
                             known->unit);
    }
    if (p->unit[0] != '\0' && !same_unit(p, known) && !mk_unit_convert(p->unit, known, 1.0, &x)) {
        return mk_infer_text(in, "its unit %s does not convert to %s", p->unit,
                             known->unit[0] != '\0' ? known->unit : "none");
    }
    return mk_infer_text(in, "the numbers are no usual ones%s%s",
                         known->unit[0] != '\0' ? " in " : "", known->unit);
}

static void tell_misfit(MkInfer *in, const MkProfile *p, const MkAttribute *known, MkDraftColumn *c)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t k = 0; k < known->n_levels && k < 6; k++) {
        mk_buf_printf(&buf, "%s%s", k > 0 ? ", " : "", known->levels[k].name);
    }
    const char *const fits =
        known->n_levels > 0
            ? mk_infer_text(in, "its levels are %s%s", buf.data, known->n_levels > 6 ? " ..." : "")
            : why_no_number(in, p, known);
    mk_infer_decide(
        in, c, 55, "link", mk_infer_text(in, "not linked with %s", known->name),
        mk_infer_text(in, "%s could be %s, but does not fit: %s", p->variable->name, known->name,
                      fits),
        mk_infer_text(in, "if it is the same, give it that name, type and levels in schema.tsv and "
                          "say in the column codes of mapping.tsv which value is which"));
    mk_buf_release(&buf);
}

bool mk_infer_link(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    Candidates list = {0};
    size_t taken;
    if (in->job->known == NULL || p->is_date) {
        return false;
    }
    find_candidates(in, p, &list);
    const MkDraftColumn plain = *c;
    const size_t n_decisions = in->draft->n_decisions;
    const MkProfile before = *p;
    for (size_t i = 0; i < list.n; i++) {
        const MkAttribute *const known = &in->job->known->attributes[list.items[i].id];
        if (mk_map_get(in->names, known->name, &taken)) {
            continue;
        }
        use_known(in, known, c);
        if (known->n_levels > 0 ? link_levels(in, p, known, c) : link_numbers(in, p, known, c)) {
            c->is_linked = true;
            c->attribute.name = mk_infer_name(in, c->attribute.name);
            mk_infer_decide(
                in, c, list.items[i].doubt, "link",
                mk_infer_text(in, "the attribute %s of the program's own schema", known->name),
                list.items[i].why, "give it another name in schema.tsv and mapping.tsv");
            return true;
        }
        *c = plain;
        *p = before;
        in->draft->n_decisions = n_decisions;
    }
    if (list.n > 0 &&
        !mk_map_get(in->names, in->job->known->attributes[list.items[0].id].name, &taken)) {
        tell_misfit(in, p, &in->job->known->attributes[list.items[0].id], c);
    }
    return false;
}

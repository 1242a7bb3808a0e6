/* infer_words.c - words that mean something by themselves: gaps, yes and no, orders, numbers. */
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
#include "src/data/value.h"

enum { WORD_BYTES = 96, MOST_RANKS = 12 };

/* In small letters, blanks at the ends cut; false when it is longer. */
static bool fold(const char *text, char *out, size_t cap)
{
    size_t len = strlen(text);
    mk_text_trim(&text, &len);
    if (len >= cap) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    out[len] = '\0';
    return true;
}

bool mk_word_is_missing(const char *text)
{
    static const char *const words[] = {"na",
                                        "n/a",
                                        "n.a.",
                                        "nan",
                                        "null",
                                        "#n/a",
                                        "#null!",
                                        "nil",
                                        "unknown",
                                        "unk",
                                        "not known",
                                        "don't know",
                                        "dont know",
                                        "do not know",
                                        "dk",
                                        "refused",
                                        "refuse",
                                        "declined",
                                        "missing",
                                        "not available",
                                        "not stated",
                                        "not reported",
                                        "not asked",
                                        "no answer",
                                        "no response",
                                        "not recorded",
                                        "not done",
                                        "not applicable",
                                        "not ascertained",
                                        "undetermined",
                                        "invalid",
                                        ".",
                                        "-",
                                        "--",
                                        "?"};
    static const char *const beginnings[] = {"don't know", "dont know",  "do not know", "refused",
                                             "not sure",   "prefer not", "unknown ",    "unknown/"};
    char word[WORD_BYTES];
    if (!fold(text, word, sizeof word)) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (mk_text_has_prefix(word, beginnings[i])) {
            return true;
        }
    }
    return word[0] == '\0';
}

/* ---- the name of a level ---- */

/* A number at the beginning of *text, which moves behind it; false when there is none. */
static bool take_number(const char **text, char out[24])
{
    size_t n = 0;
    const char *p = *text + strspn(*text, " ");
    while (n < 22 && ((*p >= '0' && *p <= '9') || *p == '.' || *p == ',')) {
        if (*p != ',') { /* 10,000 */
            out[n++] = *p == '.' ? '_' : *p;
        }
        p++;
    }
    while (n > 0 && out[n - 1] == '_') {
        n--;
        p--;
    }
    out[n] = '\0';
    *text = p;
    return n > 0;
}

/* Takes one of the words ("a|b") at the beginning. */
static bool take_word(const char **text, const char *words)
{
    const char *p = *text + strspn(*text, " ");
    while (*words != '\0') {
        const size_t n = strcspn(words, "|");
        if (strncmp(p, words, n) == 0) {
            *text = p + n;
            return true;
        }
        words += n + (words[n] == '|');
    }
    return false;
}

/* What may stand behind numbers: units of money and time, blanks. */
static bool is_rest(const char *text)
{
    (void)take_word(&text, "years old|years|year|yrs|days|day|hours|hour|times|time|kg|cm|usd|%|$");
    return text[strspn(text, " ).")] == '\0';
}

/* "55-59", "80 or older", "<18", "$10,000 to $15,000" as from_55_to_59, at_least_80, under_18. */
static bool range_name(const char *folded, char *out, size_t cap)
{
    char low[24], high[24];
    const char *p = folded;
    const char *kind = NULL;
    (void)take_word(&p, "age |aged |ages |$");
    if (take_word(&p, "<=|≤|up to |at most ")) {
        kind = "at_most";
    } else if (take_word(&p, ">=|≥|at least ")) {
        kind = "at_least";
    } else if (take_word(&p, "<|under |less than |below |younger than |fewer than ")) {
        kind = "under";
    } else if (take_word(&p, ">|over |more than |above |older than |greater than ")) {
        kind = "over";
    }
    (void)take_word(&p, "$");
    if (!take_number(&p, low)) {
        return false;
    }
    if (kind != NULL && is_rest(p)) {
        snprintf(out, cap, "%s_%s", kind, low);
        return true;
    }
    if (kind != NULL) {
        return false;
    }
    if (take_word(&p, "+|or older|or more|or over|or above|or higher|and older|and over|and above|"
                      "and more|years or older|years and older|years or more|years and over") &&
        is_rest(p)) {
        snprintf(out, cap, "at_least_%s", low);
        return true;
    }
    if (take_word(&p, "or less|or younger|or under|or fewer|and under|and younger|or below") &&
        is_rest(p)) {
        snprintf(out, cap, "at_most_%s", low);
        return true;
    }
    if (take_word(&p, "-|–|—|to |through ") && (take_word(&p, "$"), take_number(&p, high)) &&
        is_rest(p)) {
        snprintf(out, cap, "from_%s_to_%s", low, high);
        return true;
    }
    return false;
}

/* Letters of western Europe without their marks; "" for what has no such form. */
static const char *ascii_of(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
        const char *text;
    } letters[] = {{0xC0, 0xC3, "a"},  {0xC4, 0xC4, "ae"}, {0xC5, 0xC5, "a"}, {0xC6, 0xC6, "ae"},
                   {0xC7, 0xC7, "c"},  {0xC8, 0xCB, "e"},  {0xCC, 0xCF, "i"}, {0xD1, 0xD1, "n"},
                   {0xD2, 0xD5, "o"},  {0xD6, 0xD6, "oe"}, {0xD8, 0xD8, "o"}, {0xD9, 0xDB, "u"},
                   {0xDC, 0xDC, "ue"}, {0xDF, 0xDF, "ss"}, {0xE0, 0xE3, "a"}, {0xE4, 0xE4, "ae"},
                   {0xE5, 0xE5, "a"},  {0xE6, 0xE6, "ae"}, {0xE7, 0xE7, "c"}, {0xE8, 0xEB, "e"},
                   {0xEC, 0xEF, "i"},  {0xF1, 0xF1, "n"},  {0xF2, 0xF5, "o"}, {0xF6, 0xF6, "oe"},
                   {0xF8, 0xF8, "o"},  {0xF9, 0xFB, "u"},  {0xFC, 0xFC, "ue"}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (cp >= letters[i].first && cp <= letters[i].last) {
            return letters[i].text;
        }
    }
    return "";
}

/* One character as part of a plain name; parts stand for blanks and signs. */
static void add_plain(char *out, size_t *n, size_t cap, uint32_t cp)
{
    char one[2] = {0};
    const char *text = one;
    if (cp < 0x80) {
        const char c = (char)cp;
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (c == '\'') {
            return;
        }
        one[0] = is_upper ? (char)(c - 'A' + 'a') : '_';
        one[0] = is_kept ? c : one[0];
        text = c == '%' ? "_percent" : one;
    } else {
        text = ascii_of(cp);
    }
    for (; *text != '\0' && *n + 1 < cap; text++) {
        if (*text != '_' || (*n > 0 && out[*n - 1] != '_')) {
            out[(*n)++] = *text;
        }
    }
}

/* Is this the beginning of a word inside a name: BodyWeight, HDLCholesterol? */
static bool begins_word(const char *text, const char *at)
{
    if (at == text || *at < 'A' || *at > 'Z') {
        return false;
    }
    const bool after_small = at[-1] >= 'a' && at[-1] <= 'z';
    const bool before_small = at[1] >= 'a' && at[1] <= 'z' && at[2] >= 'a' && at[2] <= 'z';
    const bool after_big = at[-1] >= 'A' && at[-1] <= 'Z';
    return after_small || (after_big && before_small);
}

void mk_plain_name(const char *text, char *out, size_t cap)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0';) {
        uint32_t cp;
        if (begins_word(text, p)) {
            add_plain(out, &n, cap, '_');
        }
        p += mk_utf8_next(p, &cp);
        add_plain(out, &n, cap, cp);
    }
    while (n > 0 && out[n - 1] == '_') {
        n--;
    }
    out[n] = '\0';
}

void mk_level_name(const char *text, char *out, size_t cap)
{
    char folded[WORD_BYTES];
    if (fold(text, folded, sizeof folded) && range_name(folded, out, cap)) {
        return;
    }
    char plain[WORD_BYTES];
    mk_plain_name(text, plain, sizeof plain);
    if (strlen(plain) > MK_NAME_MOST) {
        size_t cut = MK_NAME_MOST;
        while (cut > 20 && plain[cut] != '_') {
            cut--;
        }
        plain[cut] = '\0';
    }
    if (plain[0] == '\0') {
        const bool is_usable = text[strcspn(text, "|=\t")] == '\0' && text[0] != '\0';
        snprintf(out, cap, "%s", is_usable ? text : "other");
        return;
    }
    const bool is_bare = plain[strspn(plain, "0123456789_")] == '\0';
    const bool is_gap = mk_word_is_missing(plain);
    const bool has_digit = plain[0] >= '0' && plain[0] <= '9' && !is_bare;
    snprintf(out, cap, "%s%s", has_digit || is_gap ? "level_" : "", plain);
}

/* ---- yes and no, orders ---- */

static bool is_one_of(const char *words, const char *name)
{
    const size_t len = strlen(name);
    while (*words != '\0') {
        const size_t n = strcspn(words, "|");
        if (n == len && strncmp(words, name, n) == 0) {
            return true;
        }
        words += n + (words[n] == '|');
    }
    return false;
}

int mk_word_yes(const char *name)
{
    if (is_one_of("no|n|false|negative|absent|nein|non", name)) {
        return 0;
    }
    return is_one_of("yes|y|true|positive|present|ja|oui|si", name) ? 1 : -1;
}

/* Ranks from low to high, words of one rank with | between. */
static const char *const orders[][MOST_RANKS + 1] = {
    {"very_poor|very_bad", "poor|bad", "fair|average|moderate|so_so|okay|acceptable", "good",
     "very_good", "excellent"},
    {"never|none_of_the_time|not_at_all", "almost_never|hardly_ever|very_rarely|very_seldom",
     "rarely|seldom|a_little_of_the_time|infrequently",
     "sometimes|occasionally|some_of_the_time|several_days|now_and_then",
     "often|frequently|more_than_half_the_days|over_half_the_days|half_the_time|regularly",
     "usually|very_often|most_of_the_time|nearly_every_day|almost_always|mostly",
     "always|all_of_the_time|every_day"},
    {"very_low|lowest", "low|lower", "medium|moderate|mid|middle|normal|average|intermediate",
     "high|higher", "very_high|extreme|highest"},
    {"none|no|absent", "minimal|trace|very_mild", "mild|slight|light", "moderate",
     "severe|heavy|serious", "very_severe|extreme|critical"},
    {"strongly_disagree|completely_disagree|totally_disagree", "disagree",
     "somewhat_disagree|slightly_disagree",
     "neutral|neither|neither_agree_nor_disagree|undecided|not_sure",
     "somewhat_agree|slightly_agree", "agree", "strongly_agree|completely_agree|totally_agree"},
    {"very_dissatisfied|very_unsatisfied", "dissatisfied|unsatisfied", "somewhat_dissatisfied",
     "neutral|neither|neither_satisfied_nor_dissatisfied", "somewhat_satisfied", "satisfied",
     "very_satisfied"},
    {"extra_small|xs", "small|s", "medium|m|mid", "large|l|big", "extra_large|xl|very_large"},
    {"not_at_all|none", "a_little|slightly|little|a_little_bit", "somewhat|moderately|some|a_bit",
     "quite_a_bit|a_lot|very|very_much|much", "extremely|greatly"},
    {"never|not_at_all", "less_than_yearly|rarely", "yearly|less_than_monthly|once_a_year",
     "monthly|once_a_month|few_times_a_month", "weekly|once_a_week|few_times_a_week",
     "daily|every_day|once_a_day", "several_times_a_day"},
    {"none|no_schooling|no_school|no_formal_education", "primary|elementary|primary_school",
     "middle_school|lower_secondary|some_high_school|less_than_high_school",
     "secondary|high_school|high_school_graduate|secondary_school|upper_secondary",
     "some_college|vocational|associate|associates|associate_degree",
     "tertiary|college|college_graduate|university|bachelor|bachelors|bachelors_degree|higher",
     "master|masters|masters_degree|graduate|postgraduate|graduate_degree",
     "doctorate|phd|doctoral"},
    {"no",
     "borderline|prediabetes|pre_diabetes|prediabetic|no_pre_diabetes_or_borderline_diabetes"
     "|no_borderline_diabetes|pre_diabetes_or_borderline|maybe|possible",
     "yes"},
    {"underweight|thin", "normal|normal_weight|healthy|healthy_weight|about_right", "overweight",
     "obese|obesity|obese_class_i|obesity_class_i",
     "severely_obese|obese_class_ii|obesity_class_ii|morbidly_obese",
     "obese_class_iii|obesity_class_iii"},
    {"infant|baby", "child|children", "adolescent|teenager|teen", "young|young_adult",
     "adult|middle_aged|middle_age", "old|older|elderly|senior|older_adult"},
    {"i|stage_i|grade_i|class_i", "ii|stage_ii|grade_ii|class_ii",
     "iii|stage_iii|grade_iii|class_iii", "iv|stage_iv|grade_iv|class_iv", "v|stage_v|grade_v"},
    {"inactive|sedentary", "lightly_active|low_active|insufficiently_active|low_activity",
     "moderately_active|somewhat_active|moderate_activity", "active|highly_active",
     "very_active|extremely_active"},
    {"negative", "trace|weak|borderline|equivocal|indeterminate", "positive",
     "strong_positive|strongly_positive"},
    {"much_worse", "worse|somewhat_worse", "about_the_same|same|the_same|unchanged",
     "better|somewhat_better", "much_better"},
    {"less|decreased", "same|about_the_same|unchanged|stable", "more|increased"}};

static double rank_in(const char *const *order, const char *name)
{
    for (size_t r = 0; r < MOST_RANKS && order[r] != NULL; r++) {
        if (is_one_of(order[r], name)) {
            return (double)r;
        }
    }
    return -1.0;
}

/* Every word in its own rank? */
static bool all_differ(const double *rank, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (rank[i] == rank[k]) {
                return false;
            }
        }
    }
    return true;
}

/* Where a range or a numbered word stands: from_55_to_59 at 57, stage_2 at 2. */
static bool number_rank(const char *name, const char *stem, size_t n_stem, double *rank)
{
    double low, high;
    char *end;
    if (sscanf(name, "from_%lf_to_%lf", &low, &high) == 2) {
        *rank = 0.5 * (low + high);
        return true;
    }
    static const struct {
        const char *word;
        double shift;
    } edges[] = {{"under_", -0.25}, {"at_most_", -0.125}, {"at_least_", 0.125}, {"over_", 0.25}};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        const size_t len = strlen(edges[i].word);
        if (strncmp(name, edges[i].word, len) == 0) {
            *rank = strtod(name + len, &end) + edges[i].shift;
            return end != name + len;
        }
    }
    if (strncmp(name, stem, n_stem) == 0 && name[n_stem] >= '0' && name[n_stem] <= '9') {
        *rank = strtod(name + n_stem, &end);
        return *end == '\0' || *end == '_';
    }
    if (is_one_of("none|never|zero|no", name)) {
        *rank = 0.0;
        return true;
    }
    return false;
}

bool mk_words_rank(const char *const *names, size_t n, double *rank, const char **why)
{
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        size_t n_found = 0;
        for (size_t i = 0; i < n; i++) {
            rank[i] = rank_in(orders[o], names[i]);
            n_found += rank[i] >= 0.0;
        }
        const bool is_yes_no = n == 2 && mk_word_yes(names[0]) >= 0 && mk_word_yes(names[1]) >= 0;
        if (n > 1 && n_found == n && !is_yes_no && all_differ(rank, n)) {
            *why = "the words have a usual order";
            return true;
        }
    }
    const size_t n_stem = strcspn(names[0], "0123456789");
    size_t n_found = 0;
    for (size_t i = 0; i < n; i++) {
        n_found += number_rank(names[i], names[0], n_stem, &rank[i]);
    }
    *why = "the levels are numbers or ranges in order";
    return n > 1 && n_found == n && all_differ(rank, n);
}

/* ---- words of known attributes ---- */

bool mk_word_level(const MkAttribute *known, const char *text, size_t *level)
{
    static const char *const same[][2] = {
        {"male", "m|man|men|males|mann|homme|boy|boys|maennlich|masculine"},
        {"female", "f|w|woman|women|females|frau|femme|girl|girls|weiblich|feminine"},
        {"never", "never_smoked|never_smoker|non_smoker|nonsmoker|not_smoker"},
        {"former", "formerly_smoked|former_smoker|ex_smoker|ex|past|quit|previous|stopped"},
        {"current", "current_smoker|smokes|smoker|currently|daily|now"},
        {"no", "n|false|absent|negative"},
        {"yes", "y|true|present|positive"},
        {"borderline", "prediabetes|pre_diabetes|no_borderline_diabetes|prediabetic"},
        {"white", "white_non_hispanic|non_hispanic_white|caucasian"},
        {"black",
         "black_non_hispanic|non_hispanic_black|african_american|black_or_african_american"},
        {"asian", "asian_non_hispanic|non_hispanic_asian"},
        {"other", "other_race|multiracial|other_non_hispanic"}};
    char name[WORD_BYTES];
    mk_level_name(text, name, sizeof name);
    for (size_t k = 0; k < known->n_levels; k++) {
        const char *const wanted = known->levels[k].name;
        if (strcmp(wanted, name) == 0) {
            *level = k;
            return true;
        }
        for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
            if (strcmp(same[i][0], wanted) == 0 && is_one_of(same[i][1], name)) {
                *level = k;
                return true;
            }
        }
    }
    return false;
}

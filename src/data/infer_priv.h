/* infer_priv.h - between the parts of infer. */
#ifndef MK_DATA_INFER_PRIV_H
#define MK_DATA_INFER_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/map.h"
#include "src/data/infer.h"

enum { MK_MISSING_MOST = 16, MK_UNIT_BYTES = 32, MK_NAME_MOST = 40 };

typedef struct MkInfer {
    const MkInferJob *job;
    MkArena *arena;   /* of the draft */
    MkArena *scratch; /* of one variable */
    MkDraft *draft;
    size_t cap_columns, cap_left, cap_decisions;
    MkMap *names;    /* of attributes in the draft, to the file that they come from */
    size_t file;     /* that is being drafted */
    bool has_failed; /* out of memory */
} MkInfer;

/* A word of a text variable. */
typedef struct MkWordCount {
    const char *text;
    size_t n;
    bool is_missing;
} MkWordCount;

/* What one variable holds. Lives in scratch. */
typedef struct MkProfile {
    const MkSurvey *survey;
    const MkSurveyVariable *variable;
    const char *file;
    bool is_repeated; /* several rows a person */
    bool is_text;     /* words; false too for texts that are numbers */
    bool is_parsed;   /* a text variable that holds numbers */
    bool is_hours;    /* HH:MM */
    bool is_date;
    size_t n_rows, n_filled;
    size_t
        n_values; /* different numbers, in order, without the missing codes once they are found */
    double *values;
    size_t *counts;
    size_t n_words;
    MkWordCount *words; /* most frequent first */
    size_t n_missing;
    double missing[MK_MISSING_MOST];
    size_t n_missing_words;
    const char *missing_words[MK_MISSING_MOST];
    double zero_code; /* a code that means 0, NaN: none */
    /* of name and label */
    const char *plain;        /* the name as words: body_weight_kg */
    const char *base;         /* the same without its unit */
    const char *label;        /* without its unit */
    char unit[MK_UNIT_BYTES]; /* "" when nothing says one */
    bool unit_is_sure;        /* brackets of a label, not a suffix of the name */
} MkProfile;

/* ---- infer.c ---- */
MkDraftColumn *mk_infer_add_column(MkInfer *in);
void mk_infer_leave_out(MkInfer *in, const MkProfile *p, const char *fmt, ...) MK_PRINTF(3, 4);
/* Text in the draft's arena; "" when out of memory, which in->has_failed tells. */
const char *mk_infer_text(MkInfer *in, const char *fmt, ...) MK_PRINTF(2, 3);
const char *mk_infer_copy(MkInfer *in, const char *text);
/* A decision about the column that is being drafted (NULL: the study). The three texts are kept as
 * they are. */
void mk_infer_decide(MkInfer *in, MkDraftColumn *column, int doubt, const char *topic,
                     const char *assumed, const char *why, const char *otherwise);
/* `wanted`, or wanted_2 ... that no attribute has yet; it is taken by this. */
const char *mk_infer_name(MkInfer *in, const char *wanted);

/* ---- infer_profile.c ---- */
MK_NODISCARD MkStatus mk_profile_make(MkInfer *in, MkProfile *out, MkError *err);
double mk_profile_quantile(const MkProfile *p, double share);
/* All numbers whole? */
bool mk_profile_is_whole(const MkProfile *p);
/* The recorded step; 0 when there is none. */
double mk_profile_step(const MkProfile *p);
/* Finds codes for "refused", "unknown" that stand apart and takes them out; says why in *why. */
void mk_profile_find_missing(MkInfer *in, MkProfile *p, const char **why);
/* Takes numbers out and notes them as missing. */
void mk_profile_drop(MkProfile *p, double code);

/* ---- infer_names.c ---- */
/* name: words of a-z 0-9 with _ between; camelCase is parted. */
void mk_plain_name(const char *text, char *out, size_t cap);
/* Fills plain, base, label, unit. */
void mk_profile_name(MkInfer *in, MkProfile *p);
/* The attribute's name and label when it is linked with nothing. */
const char *mk_profile_attribute_name(MkInfer *in, const MkProfile *p);
const char *mk_profile_label(MkInfer *in, const MkProfile *p);
/* A variable's name as expressions write it. */
const char *mk_infer_variable(MkInfer *in, const char *name);
/* A unit as the program writes it ("mg/dl" -> "mg/dL"); false when it is none. */
bool mk_unit_write(const char *text, size_t len, char out[MK_UNIT_BYTES]);
bool mk_name_has_word(const char *plain, const char *word);
bool mk_name_has_any(const char *plain, const char *words); /* "a b c" */

/* ---- infer_words.c ---- */
bool mk_word_is_missing(const char *text);
/* The name of a level for a word of a file. */
void mk_level_name(const char *text, char *out, size_t cap);
/* Rank of each level in a known order ("poor, fair, good", ages); false when there is none. */
bool mk_words_rank(const char *const *names, size_t n, double *rank, const char **why);
/* "no" and "yes" of n, false, absent ...: 0, 1; -1 when neither. */
int mk_word_yes(const char *name);
/* A level of a known attribute that a word means; false when none. */
bool mk_word_level(const MkAttribute *known, const char *text, size_t *level);

/* ---- infer_levels.c ---- */
void mk_infer_words(MkInfer *in, MkProfile *p, MkDraftColumn *c);
void mk_infer_codes(MkInfer *in, MkProfile *p, MkDraftColumn *c);

/* ---- infer_numbers.c ---- */
/* Are these numbers codes of levels? */
bool mk_numbers_are_codes(const MkProfile *p);
/* Do name or label say that codes have an order: education, severity? */
bool mk_profile_is_ordered(const MkProfile *p);
void mk_infer_numbers(MkInfer *in, MkProfile *p, MkDraftColumn *c);
/* Text of a number as a mapping has it, in the draft's arena. */
const char *mk_infer_number(MkInfer *in, double x);
/* The cell `missing` of the mapping. */
const char *mk_infer_missing(MkInfer *in, const MkProfile *p);

/* ---- infer_known.c ---- */
/* Drafts the column as an attribute of the known schema when name or label say so and the values
 * fit. False: it is no known one (or does not fit, which is told). */
bool mk_infer_link(MkInfer *in, MkProfile *p, MkDraftColumn *c);

/* ---- infer_people.c ---- */
typedef struct MkInferFiles {
    size_t n;
    const MkSurvey *surveys;
    const char **names;
    bool *is_repeated; /* several rows a person */
    size_t base;
    const char *person; /* NULL: rows are people */
    const char *weight; /* name of the variable in the base file; NULL: none */
} MkInferFiles;
MK_NODISCARD MkStatus mk_infer_people(MkInfer *in, MkInferFiles *files, MkError *err);
/* Does the name say that it is an id? */
bool mk_infer_names_person(const char *name);
/* A weight or a variable of the survey's design? */
bool mk_infer_is_design(const MkSurveyVariable *v, const char **why);
/* Columns that say the same as another: told, and left out when they are the same. */
MK_NODISCARD MkStatus mk_infer_twins(MkInfer *in, const MkInferFiles *files, MkError *err);

#endif

/* show.h - how the answers of queries are said: numbers rounded for people, evidence, shared notes.
 *
 * Texts live in the arena given; NULL is never returned (out of memory gives "", and the result
 * that is being built knows by itself). */
#ifndef MK_QUERY_SHOW_H
#define MK_QUERY_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/data/value.h"
#include "src/query/mix.h"
#include "src/result/result.h"

/* Steps at which numbers are shown: `usual` is about a twentieth of the population's spread (a
 * power of ten) or the recorded resolution where that is coarser; values close to zero may need
 * finer ones, down to `finest`, the resolution (0: none). */
typedef struct MkShowStep {
    double usual;
    double finest;
} MkShowStep;

MkShowStep mk_show_step(const MkModel *model, size_t j);
const char *mk_show_number(MkArena *arena, double x, MkShowStep step);
const char *mk_show_exact(MkArena *arena, double x); /* six digits, for CSV */
const char *mk_show_interval(MkArena *arena, double low, double high,
                             MkShowStep step); /* "5.1 – 6.8" */
/* "+0.4 ▲": the arrow from a tenth of the population's sd on; "" when the shown change is zero. */
const char *mk_show_shift(MkArena *arena, double difference, double sd, MkShowStep step);
const char *mk_show_share(MkArena *arena, double p);             /* "58 %", "0.4 %" */
const char *mk_show_points(MkArena *arena, double difference);   /* "+12 ▲", percentage points */
const char *mk_show_bar(MkArena *arena, double p, size_t cells); /* eighths of a block */
const char *mk_show_correlation(MkArena *arena, double r);       /* "−0.10" */
const char *mk_show_axis(MkArena *arena, const MkAttribute *attribute); /* "HbA1c (%)" */
const char *mk_show_level(MkArena *arena, double level);                /* 0.9 -> "90 %" */
/* "45 years", "never or former"; numbers in four digits. */
const char *mk_show_value(MkArena *arena, const MkAttribute *attribute, const MkValue *value,
                          bool with_unit);
/* "age 45 years, sex male"; "" when nothing is known. */
const char *mk_show_evidence(MkArena *arena, const MkModel *model, MkEvidence evidence);
/* "altair · given age 45 years" */
const char *mk_show_title(MkArena *arena, const MkModel *model, MkEvidence evidence);

/* JSON: {"age": 45, "smoking": ["never", "former"], "bmi": {"low": 25, "high": 30}} under `key`. */
void mk_show_given(MkResult *result, MkNode *parent, const char *key, const MkModel *model,
                   MkEvidence evidence);

/* JSON: a number, or the name of a level, under `key` (NULL in an array). */
void mk_show_value_node(MkResult *result, MkNode *parent, const char *key,
                        const MkAttribute *attribute, double x);

/* JSON: "interval": {level, low, high} into an object; an end that is not finite is left out. */
void mk_show_interval_node(MkResult *result, MkNode *parent, double level, double low, double high);

/* Notes. */
void mk_note_association(MkResult *result);
void mk_note_mix(MkResult *result, const MkModel *model, const MkMix *mix);
void mk_note_support(MkResult *result, const char *who, double percentile);
void mk_note_outside(MkResult *result, const MkModel *model, MkEvidence evidence);
/* Targets that are part of the evidence and are answered without that part. */
void mk_note_left_free(MkResult *result, const MkModel *model, MkEvidence evidence,
                       const size_t *targets, size_t n_targets);
/* Targets that people with this evidence are not asked for. */
void mk_note_not_asked(MkResult *result, const MkModel *model, MkEvidence evidence,
                       const size_t *targets, size_t n_targets);
/* The same, and targets and evidence that nobody, or almost nobody, has both of (linkage.h). */
void mk_note_linkage(MkResult *result, const MkModel *model, MkEvidence evidence,
                     const size_t *targets, size_t n_targets);
/* Smallest number of training people in whom the target and one of the evidence attributes were
 * both observed; without evidence the people in whom the target was. */
size_t mk_show_co_observed(const MkModel *model, MkEvidence evidence, size_t target);

/* A difference of shares without the last bits of a share that is stored as float. */
double mk_show_clean(double x);
/* (median - population median) / population sd; levels: total variation distance. Finite. */
double mk_show_standard_shift(const MkModel *model, size_t j, const MkDistribution *d);
bool mk_show_is_number(const MkModel *model, size_t j);
const MkAttribute *mk_show_attribute(const MkModel *model, size_t j);

#endif

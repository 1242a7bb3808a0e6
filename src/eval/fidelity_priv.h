/* fidelity_priv.h - what the parts of fidelity.h share. */
#ifndef MK_EVAL_FIDELITY_PRIV_H
#define MK_EVAL_FIDELITY_PRIV_H

#include "src/eval/alike.h"
#include "src/eval/overlap.h"
#include "src/eval/resample.h"
#include "src/eval/section.h"

enum { MK_FIDELITY_TYPES = 5, MK_FIDELITY_PAIRS = 70, MK_FIDELITY_OVERLAP_LEAST = 50 };

/* How much is done. */
typedef struct MkFidelitySize {
    size_t persons;    /* drawn whole, and told apart */
    size_t real;       /* people that they are compared with */
    size_t train;      /* training people that stand beside, and that pairs are chosen by */
    size_t n_sets;     /* of weights: people and replicates */
    size_t pairs;      /* random pairs of trends, when there are more */
    size_t asked;      /* people of a tenth whose answers are mixed */
    size_t learned;    /* persons that is learned from */
    size_t forests;    /* attributes that trees learn */
    size_t neighbours; /* people of precision and recall */
} MkFidelitySize;

typedef struct MkFidelity {
    const MkTrial *trial;
    MkSection *out;
    MkArena *arena; /* of the section's work */
    MkFidelitySize size;
    const MkSchema *schema;
    bool is_weighted, has_source;
    size_t source;          /* the attribute, when the model has it */
    bool *left_out;         /* (d) what is not compared: the source, what nobody has */
    const char *gaps;       /* how the persons got them, in words */
    MkCrowd real, made;     /* with replicates */
    MkCrowd train;          /* n 0: not at hand */
    size_t *real_rows;      /* (real.n) of the cohort */
    MkOverlapGrid *grids;   /* (d) n_cells 0: too few people */
    MkOverlapGrid *y_grids; /* (d) with few bins, for pairs */
} MkFidelity;

/* Rows of people of the cohort, at most `most` in all and as many of each table as can be:
 * *out (n). */
MK_NODISCARD MkStatus mk_fidelity_thin(const MkCohort *cohort, const size_t *rows, size_t n,
                                       size_t most, MkArena *arena, size_t **out, size_t *n_out,
                                       MkError *err);
/* n persons, of each table of real_rows (n_real) its share, only attributes `ids` (n_ids), which
 * are the columns of *out. gaps of the real people `like` (those columns) where the model knows
 * none. */
typedef struct MkFidelityDraw {
    size_t n;
    const size_t *ids;
    size_t n_ids;
    const size_t *rows; /* (n_rows) people of the cohort whose tables are shared out */
    size_t n_rows;
    const MkCrowd *like; /* the same people */
    uint64_t seed;
    double begin, end; /* of the section's progress */
} MkFidelityDraw;
MK_NODISCARD MkStatus mk_fidelity_draw(MkFidelity *f, const MkFidelityDraw *draw, MkCrowd *out,
                                       MkError *err);

/* The attribute `source` of a model and the level of a table of the cohort; false: it has none. */
bool mk_fidelity_source(const MkModel *model, const MkCohort *cohort, size_t table, MkPoint *point);

/* Mean and standard error of values (n, n_sets) over n, left out where NaN, by its replicates;
 * chosen (n) NULL: all. */
MkMeasured mk_fidelity_mean(const double *values, size_t n, size_t n_sets, const bool *chosen);
/* The standard error by replicates: values (n_sets), the first is the estimate. */
MkMeasured mk_fidelity_replicates(const double *values, size_t n_sets);

/* ---- the parts: each measures and shows ---- */
MK_NODISCARD MkStatus mk_fidelity_univariate(MkFidelity *f, MkError *err);
MK_NODISCARD MkStatus mk_fidelity_pairs(MkFidelity *f, MkError *err);
MK_NODISCARD MkStatus mk_fidelity_trends(MkFidelity *f, MkError *err);
MK_NODISCARD MkStatus mk_fidelity_apart(MkFidelity *f, MkError *err);
MK_NODISCARD MkStatus mk_fidelity_utility(MkFidelity *f, MkError *err);

/* A figure of merit with its line in the JSON; NaN: nothing. */
MK_NODISCARD MkStatus mk_fidelity_figure(MkFidelity *f, const char *name, const char *label,
                                         MkMeasured measured, MkError *err);

#endif

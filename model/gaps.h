/* gaps.h - which attributes people of a source lack, and together: a model's file tells, for every
 * source that it was trained on, what was asked there and how the answers are missing.
 *
 *   size_t source;
 *   if (mk_model_gaps_find(model, "nhanes_2017", &source)) {
 *       MkGapDraw draw;
 *       MK_TRY(mk_gap_draw_new(model, source, kept, arena, &draw, err));
 *       mk_gap_draw_run(&draw, person, &rng, is_there);
 *   }
 *
 * Attributes of a source that go missing together (the tubes of one blood sample) are a block.
 * People fall into classes (those who never came to the examination; the third who were asked to
 * fast), a mixture of independent blocks (latent class analysis: Goodman 1974, Biometrika 61, 215):
 * a class has a share of the people, the share of them who have each block, and how its people lie
 * in a few anchors, attributes that nearly everybody of the source has and on which the gaps depend
 * most (age). A person's class is drawn by the own values of the anchors, then the blocks, then
 * what is missing inside them here and there. What a person is not asked (src/data/eligible.h) is
 * no gap.
 *
 * No class, block or deviation rests on fewer people than the recipe's `smallest_cell`. No person's
 * pattern is kept. */
#ifndef MK_MODEL_GAPS_H
#define MK_MODEL_GAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/rng.h"
#include "src/base/status.h"

enum { MK_GAPS_CLASSES = 32, MK_GAPS_ANCHORS = 4, MK_GAPS_PLACES = 8 };

/* Name of the one source of a table without a column `source`. */
#define MK_GAPS_TABLE "table"

size_t mk_model_gaps_count(const MkModel *model); /* sources; 0: the file tells of none */
const char *mk_model_gaps_name(const MkModel *model, size_t source);
bool mk_model_gaps_find(const MkModel *model, const char *name, size_t *source);
/* Marks the attributes that the source has asked (schema->n); what too few people have
 * (the recipe's `smallest_cell`) is none of them. */
void mk_model_gaps_asked(const MkModel *model, size_t source, bool *asked);
/* Marks the anchors of the source beside what is marked already (schema->n). */
void mk_model_gaps_anchors(const MkModel *model, size_t source, bool *member);

typedef struct MkGapDraw {
    const MkModel *model;
    const struct MkGapSource *source;
    const bool *kept;  /* (schema->n) */
    double *log_class; /* (classes) share, and how likely the class has what is kept */
    double *there;     /* (classes, blocks) probability given what is kept */
} MkGapDraw;

/* Gaps of people who have the attributes in `kept` (schema->n; kept) for certain: classes and
 * blocks count by how likely their people have them. Lives in `arena`. */
MK_NODISCARD MkStatus mk_gap_draw_new(const MkModel *model, size_t source, const bool *kept,
                                      MkArena *arena, MkGapDraw *out, MkError *err);
/* is_there (schema->n): false where a person with these values (schema->n; NaN: not there) has a
 * gap or the source never asks. Safe from several threads. */
void mk_gap_draw_run(const MkGapDraw *draw, const double *values, MkRng *rng, bool *is_there);

#endif

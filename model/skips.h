/* skips.h - skip patterns of questionnaires, learned from who was asked.
 *
 * An attribute that practically nobody has who gave certain answers to another question was not
 * asked of them (cigarettes a day of those who never smoked). Such a rule joins the schema's own
 * `eligible` column where that says nothing, and is written into the model's schema. */
#ifndef MK_MODEL_SKIPS_H
#define MK_MODEL_SKIPS_H

#include "model/dataset.h"
#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"

/* *out: the schema with `eligible` filled in by what the people show (it shares all else with
 * `schema`, and lives in `arena`); *n_learned attributes have a rule of this kind. Holds in every
 * source that has both attributes, for at least 40 people who were not asked, 20 of whom would have
 * answered otherwise. */
MK_NODISCARD MkStatus mk_skips_learn(const MkDataset *people, const MkMarginal *marginals,
                                     const MkSchema *schema, MkArena *arena, const MkSchema **out,
                                     size_t *n_learned, MkError *err);

#endif

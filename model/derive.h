/* derive.h - attributes that follow from others, found in the people.
 *
 * A sum (LDL cholesterol after Friedewald: total - HDL - triglycerides / 5) or a product of powers
 * (body mass index) of at most four other numbers that gives an attribute to the step at which it
 * is recorded is no dependence to be modelled but a rule (rules.h). Inputs are found one after the
 * other by what they explain of the rest (orthogonal least squares: Chen, Billings, Luo 1989), the
 * coefficients made as short as the people allow. */
#ifndef MK_MODEL_DERIVE_H
#define MK_MODEL_DERIVE_H

#include "model/dataset.h"
#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"

/* *out: the schema with `rule` filled in where it is empty and 200 people or more of a source show
 * one, 98 in 100 of them to a step (it shares all else with `schema`, and lives in `arena`);
 * *n_learned attributes have a rule of this kind. No attribute follows from itself. */
MK_NODISCARD MkStatus mk_derive_learn(const MkDataset *people, const MkMarginal *marginals,
                                      const MkSchema *schema, MkArena *arena, const MkSchema **out,
                                      size_t *n_learned, MkError *err);

#endif

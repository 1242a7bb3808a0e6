/* separate.h - persons whose attributes are drawn one by one from their posteriors: right for each,
 * without the relations between them. What kinds do that have nothing better. */
#ifndef MK_MODEL_SEPARATE_H
#define MK_MODEL_SEPARATE_H

#include "model/kind.h"

extern const MkJoint mk_joint_separate;

/* A value of a distribution inside a limit (is_limited false: anywhere), at a multiple of `step`
 * (0: anywhere) and in the attribute's domain. */
double mk_separate_draw(const MkDistribution *d, const MkDrawLimit *limit, double step, MkRng *rng);
/* Log probability of a value at the step at which it is recorded. */
double mk_separate_log(const MkDistribution *d, double step, double x);
/* Mass that a limit leaves. */
double mk_separate_mass(const MkDistribution *d, const MkDrawLimit *limit);

#endif

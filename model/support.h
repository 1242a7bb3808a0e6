/* support.h - how typical known values are together: the place of their log density among people.
 * For model/ only; asked through mk_model_support.
 *
 * The log density is the base's, by the chain rule over the known attributes, numbers first: a
 * number counts with the density of its normal score (an atom with the mean of that density over
 * the atom), a level with its probability. Its place is found among SUPPORT_DRAWS people drawn from
 * the base with the same attributes (a fixed Latin hypercube, so answers are always the same): the
 * share of them that is as likely or less; beyond the rarest of them 1/512 of the ratio of the
 * densities, so that never two that differ are alike. Numbers without atoms alone give a
 * chi-squared tail. */
#ifndef MK_MODEL_SUPPORT_H
#define MK_MODEL_SUPPORT_H

#include "model/copula/copula.h"
#include "model/model.h"
#include "src/base/status.h"

/* People drawn for the latest sets of attributes that were asked about; safe from several threads.
 */
typedef struct MkSupportCache MkSupportCache;
MkSupportCache *mk_support_cache_new(void); /* NULL when out of memory */
void mk_support_cache_free(MkSupportCache *cache);

/* `known` is checked: each attribute once, values in their domains. Fails: MK_ENUMERIC when the
 * correlations of the known features are singular. */
MK_NODISCARD MkStatus mk_support(MkSupportCache *cache, const MkCopula *copula,
                                 const MkPoint *known, size_t n_known, MkArena *arena,
                                 double *percentile, MkError *err);

#endif

/* linkage.h - answers that no common people stand behind: pairs of attributes that were never, or
 * hardly ever, observed in the same people, the correlations that all data agree with, and how far
 * the answer goes with them.
 *
 * Ranges are those of mk_model_identified. The answers at both ends are the base's
 * (mk_model_relinked), told as moves from the base's own answer, so that they can be read beside
 * the answer of a network. */
#ifndef MK_QUERY_LINKAGE_H
#define MK_QUERY_LINKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/data/value.h"
#include "src/result/result.h"

typedef struct MkLink {
    size_t target, other;
    size_t people; /* with both, fewer than MK_SEEN_TOGETHER */
    bool has_range;
    MkLinkage range;
    bool has_answers;
    size_t level;                /* of a target with levels: the likeliest */
    double now, at_low, at_high; /* the base's median, or share of the level */
} MkLink;

typedef struct MkLinks {
    size_t n;
    MkLink *items; /* by target in the order asked, the most influential first */
    size_t *begin; /* (n_targets + 1) those of target t are begin[t] .. begin[t + 1] - 1; NULL: none
                      has any */
} MkLinks;

enum {
    MK_LINKS_NAMED = 3,     /* pairs that a note names */
    MK_LINKS_TARGETS = 20,  /* of a longer list only the pairs that a note names get a range */
    MK_LINKS_DETAILED = 24, /* ranges of an answer */
    MK_LINKS_EACH = 6       /* of a target, at most */
};

/* Targets with the evidence (targets that are themselves known have none). At most n_ranges pairs
 * get a range; with answers too where `has_answers` and the evidence is points. Costs a look at the
 * counts when all were seen together. Lives in arena; out of memory leaves none. */
void mk_links_find(const MkModel *model, MkEvidence evidence, const size_t *targets,
                   size_t n_targets, size_t n_ranges, bool has_answers, MkArena *arena,
                   MkLinks *out);
/* One pair; false when it was seen together. */
bool mk_link_pair(const MkModel *model, size_t a, size_t b, MkArena *arena, MkLink *out);

/* "r 0.21, may be −0.10 to 0.45"; "" without a range. */
const char *mk_link_text(const MkLink *link, MkArena *arena);
/* "association": {value, centre, low, high, shared} into an object, when there is a range. */
void mk_link_association(const MkLink *link, MkNode *object, MkResult *result);
/* "linkage": [{attribute, co_observed, association, sensitivity {answer, level, now, low, high}}]
 * of target number t into its object; nothing when it has no links. */
void mk_links_nodes(const MkModel *model, const MkLinks *links, size_t t, MkNode *object,
                    MkResult *result);

/* What `support` tells: "linkage" of the root, a table for people and notes; nothing but a note of
 * what is not asked when all was seen together. */
void mk_links_support(const MkModel *model, MkEvidence evidence, const size_t *targets,
                      size_t n_targets, MkNode *root, MkResult *result);

/* Notes: the pairs that nobody, or almost nobody, has both of, and what moves with it. */
void mk_note_links(MkResult *result, const MkModel *model, const MkLinks *links);

#endif

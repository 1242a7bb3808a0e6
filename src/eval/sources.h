/* sources.h - what several sources have, what they share, and what looks wrong in them.
 *
 * Overlap after VHGM (PLOS Digital Health 2025), Tables 2 to 5 and Figure 6: people, attributes and
 * gaps of each source, and the attributes that two sources share. */
#ifndef MK_EVAL_SOURCES_H
#define MK_EVAL_SOURCES_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

typedef struct MkSourceCount {
    const char *name;
    size_t n_people, n_attributes; /* attributes that somebody has */
    double missing;                /* share of the cells of these attributes */
    size_t n_alone;                /* attributes that no other source has */
    size_t *by_category;           /* (n_categories) attributes */
} MkSourceCount;

/* A value far from the others of its source: beyond median +- 10 of the robust sd, in logarithms
 * for positive numbers (zeros left out). */
typedef struct MkOutliers {
    size_t source, attribute;
    size_t n_people;  /* who have such values */
    double low, high; /* bounds */
    double farthest;  /* value */
} MkOutliers;

/* The median of a source is far from that of the other sources, in units of their spread, or
 * a known conversion away. */
typedef struct MkUnitDoubt {
    size_t source, attribute;
    double median, others; /* medians */
    double ratio;
    const char *conversion; /* "inches and cm"; NULL: no known one */
} MkUnitDoubt;

typedef struct MkSourcesReport {
    size_t n_sources, n_attributes, n_people; /* n_attributes: that somebody has */
    double missing;                           /* share of all people x attributes */
    MkSourceCount *sources;                   /* (n_sources) as in the cohort */
    size_t n_categories;
    const char **categories; /* as they follow each other in the schema */
    size_t *shared;          /* (n_sources, n_sources) attributes that both have */
    size_t n_everywhere;     /* attributes that all sources have */
    double never_together;   /* share of pairs of attributes that nobody has both of */
    size_t n_outliers;
    MkOutliers *outliers; /* most people first */
    size_t n_doubts;
    MkUnitDoubt *doubts; /* farthest first */
} MkSourcesReport;

/* Everything lives in arena. */
MK_NODISCARD MkStatus mk_sources_report(const MkCohort *cohort, MkArena *arena,
                                        MkSourcesReport *out, MkError *err);

#endif

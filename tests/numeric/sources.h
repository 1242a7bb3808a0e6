/* sources.h - invented people of several sources for tests.
 *
 *   alpha    300   age sex w x y      beta     250   age sex w z     (w reads 8 higher)
 *   gamma    900   age sex w          delta    400   age sex x v
 *
 * w, x, y, z, v follow one hidden normal and age. */
#ifndef MK_TESTS_NUMERIC_SOURCES_H
#define MK_TESTS_NUMERIC_SOURCES_H

#include "src/data/cohort.h"

enum { SOURCE_ALPHA = 1, SOURCE_BETA = 2, SOURCE_GAMMA = 4, SOURCE_DELTA = 8 };

typedef struct Sources {
    MkSchema *schema;
    MkCohort *cohort;
} Sources;

/* People of the sources in `which`; the schema has the attributes that they have, and `source` with
 * a level for each of them. A failure ends the test. */
void sources_make(Sources *sources, unsigned which);
/* The same with the schema of the sources in `schema_of`. */
void sources_make_in(Sources *sources, unsigned which, unsigned schema_of);
void sources_free(Sources *sources);

#endif

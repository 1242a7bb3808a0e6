#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/split.h"

#include <stdio.h>
#include <string.h>

#include "src/base/rng.h"

MkPart mk_split_part(const char *person, uint64_t seed, double share_valid, double share_test)
{
    const uint64_t hash = mk_hash64(person, strlen(person), seed);
    const double u = (double)(hash >> 11) * 0x1p-53;
    if (u < share_test) {
        return MK_PART_TEST;
    }
    return u < share_test + share_valid ? MK_PART_VALID : MK_PART_TRAIN;
}

void mk_split_table(const MkTable *table, uint64_t seed, double share_valid, double share_test,
                    MkPart *parts)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        char row[24];
        const char *person = row;
        if (table->person != NULL) {
            person = table->person[i];
        } else {
            snprintf(row, sizeof row, "%zu", i + 1);
        }
        parts[i] = mk_split_part(person, seed, share_valid, share_test);
    }
}

void mk_split_cohort(const MkCohort *cohort, uint64_t seed, double share_valid, double share_test,
                     MkPart *parts)
{
    for (size_t t = 0; t < cohort->n_tables; t++) {
        mk_split_table(cohort->tables[t], seed, share_valid, share_test, parts + cohort->first[t]);
    }
}

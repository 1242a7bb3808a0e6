/* split.h - who is used for what: a fixed choice by a hash of the person's id. */
#ifndef MK_DATA_SPLIT_H
#define MK_DATA_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "src/data/cohort.h"
#include "src/data/table.h"

typedef enum MkPart { MK_PART_TRAIN, MK_PART_VALID, MK_PART_TEST } MkPart;

/* Part of a person: hash(id, seed) / 2^64 < share_test -> test, next share_valid -> valid, else
 * train. */
MkPart mk_split_part(const char *person, uint64_t seed, double share_valid, double share_test);
/* parts[n_rows] for a table; rows without a person column use their row number as id. */
void mk_split_table(const MkTable *table, uint64_t seed, double share_valid, double share_test,
                    MkPart *parts);
/* The same for all people of a cohort, table by table. */
void mk_split_cohort(const MkCohort *cohort, uint64_t seed, double share_valid, double share_test,
                     MkPart *parts);

#endif

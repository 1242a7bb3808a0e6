/* study.h - the survey files that a mapping needs: found, read, and lined up by person. */
#ifndef MK_DATA_STUDY_H
#define MK_DATA_STUDY_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/map.h"
#include "src/base/status.h"
#include "src/data/mapping.h"
#include "src/data/source.h"
#include "src/data/survey.h"

#define MK_NO_ROW ((size_t)-1)

/* One survey file. */
typedef struct MkStudyTable {
    const char *name; /* as the mapping calls it: DEMO */
    const char *file; /* name of its file without suffix: P_DEMO */
    const char *path; /* NULL: not found */
    const char **keep;
    size_t n_keep, cap_keep;
    bool keeps_all;           /* a pattern looks at every name */
    size_t line;              /* of the mapping that first needs it; 0: source.tsv */
    const char *needed_by[4]; /* some attributes that need it */
    size_t n_needed_by;       /* how many there are */
    MkSurvey survey;
    const char **ids;     /* per row: the person, by its id or its row's number */
    size_t *next_row;     /* per row: the person's next one, or MK_NO_ROW; NULL: rows are people */
    MkMap *first_row;     /* person to row */
    const size_t *row_of; /* per included person: the first row; NULL until people are chosen */
    size_t repeated[2];   /* two rows of one person; MK_NO_ROW when nobody is repeated */
} MkStudyTable;

typedef struct MkStudy {
    MkArena *arena;
    const MkSourceInfo *info;
    const MkMapping *mapping;
    const MkSchema *schema;
    MkStudyTable *tables;
    size_t n_tables, cap_tables;
    const char **notes;
    size_t n_notes;
} MkStudy;

/* Lists the tables and variables that source and mapping need, finds their files among the job's
 * paths and reads them. A missing file fails here and says which attributes need it. Release also
 * after a failure. */
MK_NODISCARD MkStatus mk_study_open(MkStudy *study, const MkImportJob *job, MkError *err);
void mk_study_release(MkStudy *study);
/* The table of a name; it exists after mk_study_open for every name that the mapping uses. */
MkStudyTable *mk_study_table(MkStudy *study, const char *name);
/* Adds a line to the notes; out of memory loses it. */
void mk_study_note(MkStudy *study, const char *fmt, ...) MK_PRINTF(2, 3);

#endif

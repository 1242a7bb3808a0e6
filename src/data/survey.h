/* survey.h - one file of a study: SAS transport, read by a separate helper process under memory and
 * time limits, or CSV.
 *
 * The helper (helper/readsurvey.c, on readstat) gets the file unpacked through a pipe-safe
 * temporary file or descriptor and writes a simple checked stream; a crash, a hang or a hostile
 * file becomes MK_EFORMAT or MK_EIO here. */
#ifndef MK_DATA_SURVEY_H
#define MK_DATA_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"

typedef struct MkSurveyVariable {
    const char *name;
    const char *label;
    double *number;    /* n_rows, NaN missing; NULL for text variables */
    const char **text; /* n_rows, "" missing; NULL for numeric variables */
} MkSurveyVariable;

typedef struct MkSurvey {
    const char *table; /* file name without folder and suffixes: P_DEMO */
    size_t n_rows;
    size_t n_variables;
    MkSurveyVariable *variables;
} MkSurvey;

/* A transport or CSV file. Everything lives in `arena`. `keep` (n_keep names) limits what is read;
 * NULL reads all. */
MK_NODISCARD MkStatus mk_survey_read(const char *path, const char *reader, const char *const *keep,
                                     size_t n_keep, const MkCancel *cancel, MkArena *arena,
                                     MkSurvey *out, MkError *err);

/* Is this a CSV file by its name (.csv, .csv.gz, .csv.xz, any case)? */
bool mk_survey_is_csv(const char *path);
/* mk_survey_read for a CSV file, which has a header of names: a variable is numeric when every
 * filled cell is a number; empty cells and NA are missing. out->table is kept. Errors name file and
 * line. */
MK_NODISCARD MkStatus mk_survey_csv_read(const char *path, const char *const *keep, size_t n_keep,
                                         MkArena *arena, MkSurvey *out, MkError *err);

/* The helper's stream from memory (survey_stream.c says how it looks); out->table is kept. */
MK_NODISCARD MkStatus mk_survey_parse(const void *bytes, size_t len, const char *origin,
                                      MkArena *arena, MkSurvey *out, MkError *err);

#endif

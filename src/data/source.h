/* source.h - a study's survey files into a table of the schema, by the study's mapping
 * (sources/README.md).
 *
 *   MkImportReport report;
 *   MK_TRY(mk_source_import(&(MkImportJob){ .source_dir = "sources/nhanes-2017", .schema = schema,
 *          .paths = paths, .n_paths = n, .reader = ".../manikin-readsurvey" }, &table, &report,
 * err));
 */
#ifndef MK_DATA_SOURCE_H
#define MK_DATA_SOURCE_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/table.h"

typedef struct MkImportJob {
    const char *source_dir;   /* folder with source.tsv and mapping.tsv */
    const MkSchema *schema;   /* kept by the table */
    const char *const *paths; /* transport files (.xpt, .xpt.gz, .xpt.xz) or folders of them */
    size_t n_paths;
    const char *reader; /* path of the helper program manikin-readsurvey */
    const MkCancel *cancel;
    void (*progress)(void *ctx, const char *what, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkImportJob;

typedef struct MkImportReport {
    size_t n_people;   /* rows of the table */
    size_t n_left_out; /* people of the base file who do not meet `include` */
    size_t n_attributes;
    size_t n_files;
    double missing_share;
    const char **notes; /* warnings, one line each */
    size_t n_notes;
} MkImportReport;

/* Gives *table with the columns person, source, survey_weight and every attribute of the mapping.
 * Errors name the file or the mapping line and column: a missing file, a variable that the file
 * does not have, a code that the mapping does not know, a person twice in a file. The report lives
 * in the table's arena. */
MK_NODISCARD MkStatus mk_source_import(const MkImportJob *job, MkTable **table,
                                       MkImportReport *report, MkError *err);

#endif

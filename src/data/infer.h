/* infer.h - a schema and a mapping drafted from somebody's own files, with a list of what was
 * assumed.
 *
 *   MkDraft draft;
 *   MK_TRY(mk_infer(&(MkInferJob){ .paths = paths, .n_paths = n, .reader = reader,
 *          .known = shipped, .name = "clinic" }, arena, &draft, err));
 *   mk_draft_schema(&draft, &buf); mk_draft_mapping(&draft, &buf); mk_draft_source(&draft, &buf);
 *
 * The draft imports as it is: domains hold all values, every code is a level or missing. What is
 * guessed is a decision, with a doubt: 0 told for completeness, 100 little more than a guess. */
#ifndef MK_DATA_INFER_H
#define MK_DATA_INFER_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/survey.h"

enum { MK_DOUBT_LOOK = 60, MK_DOUBT_SOME = 30 }; /* look at these first; worth a look */

typedef struct MkInferJob {
    const char *const *paths; /* CSV or transport files; one person is one row or several */
    size_t n_paths;
    const char *reader;    /* path of the helper program, for transport files */
    const MkSchema *known; /* attributes to link with; NULL: none */
    const char *name;      /* of the source; NULL: from the first file */
    const MkCancel *cancel;
    void (*progress)(void *ctx, const char *what, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkInferJob;

typedef struct MkDecision {
    int doubt; /* 0 .. 100 */
    const char *file;
    const char *variable;  /* as the file calls it; "" for the study as a whole */
    const char *attribute; /* "" for the study as a whole */
    const char *topic;     /* person, weight, unit, levels, missing, ... */
    const char *assumed, *why, *otherwise;
} MkDecision;

typedef struct MkLeftOut {
    const char *file, *variable, *why;
} MkLeftOut;

/* One attribute and its row of the mapping. */
typedef struct MkDraftColumn {
    MkAttribute attribute;
    const char *file, *variable;
    const char *value, *codes, *missing, *note; /* cells of mapping.tsv */
    bool is_linked; /* it is an attribute of `known`, with its name, levels and unit */
    size_t n_rows, n_seen;
    double low, high; /* of what was seen, in the attribute's unit; NaN for levels */
    int doubt;        /* the largest of its decisions */
} MkDraftColumn;

typedef struct MkDraftFile {
    const char *name, *path;
    size_t n_rows, n_variables;
    size_t n_people; /* different persons */
} MkDraftFile;

typedef struct MkDraft {
    const char *name, *label;
    const char *person; /* "": rows are people */
    const char *base;   /* name of the file that has everybody */
    const char *weight; /* expression, "" when none */
    size_t n_people, n_files, n_columns, n_left, n_decisions;
    MkDraftFile *files;
    MkDraftColumn *columns;
    MkLeftOut *left;
    MkDecision *decisions; /* most doubtful first */
} MkDraft;

/* Everything lives in `arena`. */
MK_NODISCARD MkStatus mk_infer(const MkInferJob *job, MkArena *arena, MkDraft *out, MkError *err);
/* The same of files already read: surveys[i].table is the name of a file; paths are job->paths. */
MK_NODISCARD MkStatus mk_infer_surveys(const MkInferJob *job, const MkSurvey *surveys, size_t n,
                                       MkArena *arena, MkDraft *out, MkError *err);

/* The files of the draft as text (manikin-schema(5), sources/README.md). */
void mk_draft_schema(const MkDraft *draft, MkBuf *buf);
void mk_draft_mapping(const MkDraft *draft, MkBuf *buf);
void mk_draft_source(const MkDraft *draft, MkBuf *buf);
void mk_draft_decisions(const MkDraft *draft, MkBuf *buf); /* Markdown */
/* "3 to 5 of ..." shapes shared with who shows a draft: levels with a comma between, or the range.
 */
void mk_draft_values(const MkDraftColumn *column, MkBuf *buf);

#endif

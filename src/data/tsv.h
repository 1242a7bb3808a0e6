/* tsv.h - tab-separated text that opens in a spreadsheet: the form of schemas, mappings and
 * sources.
 *
 * The first line that is neither empty nor a comment (# at its start) is the header. No quoting.
 * Byte order mark and CRLF are allowed. A row may be shorter than the header (then its last cells
 * are empty) but not longer.
 *
 *   MkTsv tsv;
 *   bool more;
 *   MK_TRY(mk_tsv_begin(&tsv, arena, text, len, "schema.tsv", err));
 *   for (;;) {
 *       MK_TRY(mk_tsv_next(&tsv, &more, err));
 *       if (!more) { break; }
 *       ... tsv.cells[column] ... tsv.line ...
 *   }
 */
#ifndef MK_DATA_TSV_H
#define MK_DATA_TSV_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"

enum { MK_SHOWN = 64 };

typedef struct MkTsv {
    const char *origin; /* file name for errors; borrowed */
    size_t line;        /* of the current row, from 1 */
    size_t n_columns;
    char **columns;     /* header names */
    const char **cells; /* n_columns cells of the current row, blanks around them removed; live as
                           long as the arena */
    char *next;         /* private: first unread byte */
    char *end;          /* private */
    size_t n_lines;     /* private: lines read so far */
} MkTsv;

/* Copies the text into `arena` and reads the header. Fails on bytes that are not UTF-8, control
 * characters, a missing header, an empty or repeated column name. */
MK_NODISCARD MkStatus mk_tsv_begin(MkTsv *tsv, MkArena *arena, const char *text, size_t len,
                                   const char *origin, MkError *err);
/* Reads the next row into tsv->cells; *more is false at the end. */
MK_NODISCARD MkStatus mk_tsv_next(MkTsv *tsv, bool *more, MkError *err);
/* Position of a header name, or MK_NO_CELL. */
size_t mk_tsv_column(const MkTsv *tsv, const char *name);

#define MK_NO_CELL ((size_t)-1)

/* Text from a file as it may appear in a message: cut at 40 bytes, no control characters. Returns
 * out. */
const char *mk_shown(const char *text, size_t len, char out[MK_SHOWN]);

#endif

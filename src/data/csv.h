/* csv.h - comma-separated text, cell by cell: quotes, CRLF, BOM, semicolons with decimal commas.
 *
 *   MkCsv csv;
 *   MK_TRY(mk_csv_begin(&csv, text, len, "people.csv", err));
 *   while (mk_csv_find_row(&csv)) {
 *       size_t n_breaks = 0;
 *       do {
 *           MkCsvCell cell;
 *           MK_TRY(mk_csv_cell(&csv, &cell, &n_breaks, err));
 *       } while (!csv.row_done);
 *       csv.line += 1 + n_breaks;
 *   } */
#ifndef MK_DATA_CSV_H
#define MK_DATA_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"

/* One cell: without quotes and outer blanks. */
typedef struct MkCsvCell {
    const char *text;
    size_t len;
    bool is_quoted;
} MkCsvCell;

typedef struct MkCsv {
    const char *origin; /* file name for errors; borrowed */
    char separator, mark;
    char *next, *end; /* unread text; quoted cells are unescaped in place */
    size_t line;      /* of the cell being read, from 1 */
    bool row_done;    /* the last cell ended its row */
} MkCsv;

/* At the header, whose separators decide between commas and semicolons. Fails (MK_EFORMAT) on a
 * zero byte and when there is no header. */
MK_NODISCARD MkStatus mk_csv_begin(MkCsv *csv, char *text, size_t len, const char *origin,
                                   MkError *err);
/* Moves over blank lines; false at the end of the text. */
bool mk_csv_find_row(MkCsv *csv);
/* The next cell of the row. *n_breaks counts line breaks inside quotes. */
MK_NODISCARD MkStatus mk_csv_cell(MkCsv *csv, MkCsvCell *cell, size_t *n_breaks, MkError *err);
/* Rows at and after the place, blank lines not counted. */
size_t mk_csv_count_rows(const MkCsv *csv);
/* The cell as a number by the file's decimal mark; false when it is none. */
bool mk_csv_number(const MkCsv *csv, const MkCsvCell *cell, double *out);

#endif

/* expr.h - the small expressions of mappings (sources/README.md): text to a tree, evaluated row by
 * row.
 *
 *   MkExpr *expr;
 *   MK_TRY(mk_expr_parse(arena, "if(P_SMQ.SMQ020==2, 0, SMD650)", where, &expr, err));
 *   for (size_t v = 0; v < expr->n_variables; v++) {
 *       ... set expr->variables[v].columns ...
 *   }
 *   double x = mk_expr_eval(expr, row);
 *
 * A name with other characters than letters, digits and _ stands between backquotes. */
#ifndef MK_DATA_EXPR_H
#define MK_DATA_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"

/* How an expression uses a variable: as a number, as the text of hours() or number(), as a text
 * among the words of a tally, or only whether it is there (isna). */
typedef enum MkExprUse {
    MK_EXPR_NUMBER,
    MK_EXPR_HOURS,
    MK_EXPR_PARSED,
    MK_EXPR_WORD,
    MK_EXPR_PRESENT
} MkExprUse;

/* Of a file with several rows a person: none may be; the first value that is not missing (a direct
 * argument of first()); the mean of the values that are not missing (rows_mean()). */
typedef enum MkExprRows { MK_ROWS_ONE, MK_ROWS_FIRST, MK_ROWS_MEAN } MkExprRows;

typedef struct MkExprVariable {
    const char *table; /* "" = the file of the row */
    const char *name;  /* of a tally: may hold ? for any one character */
    MkExprUse use;
    const char *const *words; /* MK_EXPR_WORD */
    size_t n_words;
    bool is_pattern; /* of a tally: any number of columns; else exactly one */
    MkExprRows rows;
    size_t n_columns; /* set by the caller before mk_expr_eval */
    /* By row, NaN missing: numbers; hours; 1 + the position of the word, 0 for another text;
     * anything. */
    const double *const *columns;
} MkExprVariable;

typedef struct MkExpr {
    size_t n_variables;
    MkExprVariable *variables; /* one an occurrence in the text */
    const struct MkExprNode *root;
} MkExpr;

/* Everything lives in `arena`. `where` begins the messages ("mapping.tsv:12: column value"). */
MK_NODISCARD MkStatus mk_expr_parse(MkArena *arena, const char *text, const char *where,
                                    MkExpr **out, MkError *err);
/* Is it nothing but one variable? */
bool mk_expr_is_variable(const MkExpr *expr);
/* NaN = missing; truth is 1 and 0. */
double mk_expr_eval(const MkExpr *expr, size_t row);
/* Name against a pattern in which ? is any one character. */
bool mk_expr_match(const char *pattern, const char *name);

#endif

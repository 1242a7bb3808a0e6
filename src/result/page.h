/* page.h - what a report says around its answers: a title, what was known, the lines asked, the
 * model, the script that makes it again.
 *
 * A result with a page is a report when it is rendered as HTML; every other format leaves the page
 * out. All text is copied into the result's arena. */
#ifndef MK_RESULT_PAGE_H
#define MK_RESULT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/result/result.h"

typedef struct MkPageFact {
    const char *label, *value;
} MkPageFact;

typedef struct MkPageFacts {
    size_t n;
    MkPageFact *items;
} MkPageFacts;

/* One question and its answer. */
typedef struct MkPagePart {
    const char *heading;
    const char *line;  /* as it was asked; "" when it stands nowhere */
    const char *prose; /* lines; an empty one ends a paragraph, two blanks begin an example */
    MkPageFacts known;
    bool is_check;      /* a line of the page rather than a part with a heading */
    MkResult *answer;   /* owned; NULL: the result that has the page */
    MkResult *pictures; /* owned; its figures belong to the answer; NULL: the answer's own do */
} MkPagePart;

typedef struct MkPage {
    const char *title;
    const char *prose;
    const char *model;   /* "altair 1.0"; "" when none was asked */
    MkPageFacts about;   /* of the model */
    const char *made_by; /* version, seed, level: what the numbers hang on */
    const char *script;  /* lines that make them again; "" when there are none */
    size_t n_parts;
    MkPagePart *parts;
} MkPage;

/* An empty page for the result, or the one it has; NULL when out of memory. */
MkPage *mk_result_page(MkResult *result);
/* Takes `answer` (NULL: the result itself), also when it fails. The pointer is valid until the next
 * part is added. */
MkPagePart *mk_page_add_part(MkResult *result, MkResult *answer, const char *heading,
                             const char *line);
void mk_page_add_fact(MkResult *result, MkPageFacts *facts, const char *label, const char *value);
/* Text for a field of the page. */
const char *mk_page_text(MkResult *result, const char *text);

#endif

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/result/page.h"

#include <string.h>

enum { FIRST_SLOTS = 8 };

MkPage *mk_result_page(MkResult *result)
{
    if (result == NULL || result->page != NULL) {
        return result != NULL ? result->page : NULL;
    }
    MkPage *page = mk_arena_zeros(result->arena, 1, sizeof *page);
    if (page == NULL) {
        result->failed = true;
        return NULL;
    }
    *page = (MkPage){.title = "", .prose = "", .model = "", .made_by = "", .script = ""};
    result->page = page;
    return page;
}

const char *mk_page_text(MkResult *result, const char *text)
{
    const char *copy = text != NULL && text[0] != '\0' ? mk_arena_strdup(result->arena, text) : "";
    result->failed = result->failed || copy == NULL;
    return copy != NULL ? copy : "";
}

/* As in result.c: the array doubles when it is full. */
static void *grow(MkResult *result, void *items, size_t n, size_t size)
{
    if (n > 0 && (n < FIRST_SLOTS || (n & (n - 1)) != 0)) {
        return items;
    }
    void *more = mk_arena_zeros(result->arena, n == 0 ? FIRST_SLOTS : 2 * n, size);
    if (more == NULL) {
        result->failed = true;
    } else if (n > 0) {
        memcpy(more, items, n * size);
    }
    return more;
}

MkPagePart *mk_page_add_part(MkResult *result, MkResult *answer, const char *heading,
                             const char *line)
{
    MkPage *page = mk_result_page(result);
    MkPagePart *parts =
        page != NULL ? grow(result, page->parts, page->n_parts, sizeof *parts) : NULL;
    if (parts == NULL) {
        mk_result_free(answer);
        return NULL;
    }
    page->parts = parts;
    MkPagePart *part = &parts[page->n_parts++];
    *part = (MkPagePart){.heading = mk_page_text(result, heading),
                         .line = mk_page_text(result, line),
                         .prose = "",
                         .answer = answer};
    return part;
}

void mk_page_add_fact(MkResult *result, MkPageFacts *facts, const char *label, const char *value)
{
    MkPageFact *items = grow(result, facts->items, facts->n, sizeof *items);
    if (items != NULL) {
        facts->items = items;
        facts->items[facts->n++] =
            (MkPageFact){mk_page_text(result, label), mk_page_text(result, value)};
    }
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/filter.h"

#include <string.h>

#include "src/base/text.h"
#include "ui/view/field.h"

const char *mk_filter_category(const MkAttribute *attribute)
{
    return attribute->category[0] != '\0' ? attribute->category : "Other";
}

static bool type_is(const MkAttribute *attribute, const char *type)
{
    const bool has_levels = attribute->n_levels > 0;
    return mk_text_has_prefix(mk_type_name(attribute->type), type) ||
           (mk_text_has_prefix("number", type) && !has_levels) ||
           (mk_text_has_prefix("levels", type) && has_levels);
}

static bool word_holds(const MkAttribute *attribute, const char *word)
{
    if (mk_text_has_prefix(word, "cat:") || mk_text_has_prefix(word, "category:")) {
        return mk_text_find_nocase(mk_filter_category(attribute), strchr(word, ':') + 1);
    }
    if (mk_text_has_prefix(word, "type:")) {
        return type_is(attribute, word + 5);
    }
    if (mk_text_has_prefix(word, "unit:")) {
        return mk_text_find_nocase(attribute->unit, word + 5);
    }
    return mk_text_find_nocase(attribute->name, word) ||
           mk_text_find_nocase(attribute->label, word) ||
           mk_text_find_nocase(mk_filter_category(attribute), word);
}

bool mk_filter_matches(const MkAttribute *attribute, const char *pattern)
{
    while (*pattern != '\0') {
        pattern += strspn(pattern, " ");
        const size_t len = strcspn(pattern, " ");
        const bool is_not = pattern[0] == '-' && len > 1;
        const char *from = pattern + (is_not ? 1 : 0);
        size_t n = len - (is_not ? 1 : 0);
        char word[MK_FIELD_BYTES];
        n = n < sizeof word ? n : sizeof word - 1;
        memcpy(word, from, n);
        word[n] = '\0';
        const bool is_begun = strcmp(word, "-") == 0; /* more is being typed */
        if (n > 0 && !is_begun && word_holds(attribute, word) == is_not) {
            return false;
        }
        pattern += len;
    }
    return true;
}

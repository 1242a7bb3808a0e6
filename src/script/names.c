/* names.c - words into attributes, values, scenarios and numbers, with errors that point at the
 * word. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "model/train.h"
#include "src/base/buf.h"
#include "src/base/text.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* Attributes whose label has the word in it: the first one's id, and how many; up to 5 names into
 * list. */
static size_t find_labels(const MkSchema *schema, const char *word, size_t *first, MkBuf *list)
{
    enum { SHOWN = 5 };
    size_t n = 0;
    for (size_t j = 0; j < schema->n; j++) {
        const char *label = schema->attributes[j].label;
        if (!mk_text_find_nocase(label, word)) {
            continue;
        }
        const bool is_whole = strlen(label) == strlen(word);
        if (is_whole) {
            *first = j;
            return 1;
        }
        *first = n == 0 ? j : *first;
        if (n < SHOWN) {
            mk_buf_printf(list, "%s%s", n > 0 ? ", " : "", schema->attributes[j].name);
        }
        n++;
    }
    mk_buf_puts(list, n > SHOWN ? ", ..." : "");
    return n;
}

/* ---- near names ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* The words of a text, in small letters, into list. */
static void add_parts(MkArena *arena, const char *text, MkLines *list)
{
    while (*text != '\0') {
        size_t n = 0;
        while (is_letter(text[n])) {
            n++;
        }
        char *part = n > 0 ? mk_arena_strndup(arena, text, n) : NULL;
        for (char *p = part; p != NULL && *p != '\0'; p++) {
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
        }
        if (part != NULL && mk_lines_add(list, part, NULL) != MK_OK) {
            return;
        }
        text += n > 0 ? n : 1;
    }
}

static bool has_part(MkArena *arena, const MkAttribute *attribute, const char *part)
{
    MkLines parts = {0};
    add_parts(arena, attribute->name, &parts);
    add_parts(arena, attribute->label, &parts);
    bool found = false;
    for (size_t i = 0; i < parts.n && !found; i++) {
        found = strcmp(parts.items[i], part) == 0;
    }
    mk_lines_release(&parts);
    return found;
}

/* No name is near as a whole: attributes that have a word near one of this word's in their name or
 * label; "" when there are none. */
static const char *near_parts(const MkCall *call, const MkSchema *schema, const char *word)
{
    enum { LEAST_BYTES = 4, SHOWN = 4 };
    MkLines all = {0}, mine = {0};
    const char *out = "";
    size_t n = 0;
    add_parts(call->arena, word, &mine);
    for (size_t j = 0; j < schema->n; j++) {
        add_parts(call->arena, schema->attributes[j].name, &all);
        add_parts(call->arena, schema->attributes[j].label, &all);
    }
    for (size_t i = 0; i < mine.n && n == 0; i++) {
        const char *near =
            strlen(mine.items[i]) >= LEAST_BYTES
                ? mk_nearest(call->arena, mine.items[i], (const char *const *)all.items, all.n)
                : NULL;
        const size_t len = near != NULL ? strcspn(near, ",") : 0;
        const char *part = len >= LEAST_BYTES ? mk_arena_strndup(call->arena, near, len) : NULL;
        for (size_t j = 0; j < schema->n && part != NULL && out != NULL && n < SHOWN; j++) {
            if (has_part(call->arena, &schema->attributes[j], part)) {
                out = mk_arena_printf(call->arena, "%s%s%s", out, n++ > 0 ? ", " : "",
                                      schema->attributes[j].name);
            }
        }
    }
    mk_lines_release(&all);
    mk_lines_release(&mine);
    return out != NULL ? out : "";
}

static MkStatus fail_unknown(const MkCall *call, const MkSchema *schema, const char *word,
                             MkError *err)
{
    const char *near = near_parts(call, schema, word);
    return mk_fail(err, MK_ENOTFOUND, "no attribute '%.60s'%s%s", word,
                   near[0] != '\0' ? ", nearest: " : "; 'attributes' lists them", near);
}

/* A keyword of the verb that the word may have been meant for; NULL when there is none. */
static const char *near_keyword(const MkCall *call, const char *word)
{
    for (size_t i = 1; i < MK_N_LISTS; i++) {
        const char *keyword = mk_list_keyword((MkList)i);
        if (strlen(keyword) >= 4 && mk_text_distance(word, keyword, 1) <= 1 &&
            mk_usage_has(call->verb->usage, keyword)) {
            return keyword;
        }
    }
    return NULL;
}

MkStatus mk_name_attribute(const MkCall *call, const MkSchema *schema, const MkWord *word,
                           size_t *id, MkError *err)
{
    enum { LABEL_BYTES = 3 }; /* shorter words are in too many labels */
    mk_call_at(call, word);
    MkError story = {0};
    const MkStatus st = mk_schema_resolve(schema, word->text, id, &story);
    if (st == MK_OK || st != MK_ENOTFOUND || strlen(word->text) < LABEL_BYTES) {
        return st == MK_OK ? MK_OK : mk_fail(err, st, "%s", story.text);
    }
    const char *keyword = near_keyword(call, word->text);
    if (keyword != NULL) {
        return mk_fail(err, st, "no attribute '%.60s', nearest: %s", word->text, keyword);
    }
    MkBuf list;
    mk_buf_init(&list);
    size_t first = 0;
    const size_t n = find_labels(schema, word->text, &first, &list);
    const bool is_prefix = strstr(story.text, "can mean") != NULL;
    const bool is_near = strstr(story.text, "nearest") != NULL;
    MkStatus out = MK_OK;
    if (n == 1 && !is_prefix) {
        *id = first;
    } else if (n > 1 && !is_prefix && !is_near) {
        out = mk_fail(err, MK_ENOTFOUND, "no attribute '%.60s', in the labels of: %s", word->text,
                      list.data);
    } else if (n == 0 && !is_prefix && !is_near) {
        out = fail_unknown(call, schema, word->text, err);
    } else {
        out = mk_fail(err, st, "%s", story.text);
    }
    mk_buf_release(&list);
    return out;
}

/* A shell's word with blanks in it may be a label; else it is a list. */
static bool is_label(const MkCall *call, const MkSchema *schema, const MkWord *word, size_t *id)
{
    return strchr(word->text, ' ') != NULL && strpbrk(word->text, ",=") == NULL &&
           mk_name_attribute(call, schema, word, id, NULL) == MK_OK;
}

static void add_once(size_t *ids, size_t *n, size_t id)
{
    size_t at = 0;
    while (at < *n && ids[at] != id) {
        at++;
    }
    ids[at] = id;
    *n += at == *n;
}

MkStatus mk_name_attributes(const MkCall *call, const MkSchema *schema, MkList list, size_t *n,
                            size_t **ids, MkError *err)
{
    const MkWords words = call->lists[list];
    size_t *made = mk_arena_array(call->arena, schema->n + 1, sizeof *made);
    size_t n_made = 0;
    if (made == NULL) {
        return no_memory(err);
    }
    for (size_t w = 0; w < words.n; w++) {
        MkCall one = *call;
        MkWords names = {0};
        size_t id = 0;
        one.lists[list] = (MkWords){1, &words.items[w]};
        if (is_label(call, schema, &words.items[w], &id)) {
            add_once(made, &n_made, id);
            continue;
        }
        MK_TRY(mk_call_names(&one, list, &names, err));
        for (size_t i = 0; i < names.n; i++) {
            mk_call_at(call, &names.items[i]);
            if (strchr(names.items[i].text, '=') != NULL) {
                return mk_fail(err, MK_EINVAL,
                               "%.60s: a name is expected here; values follow 'given'",
                               names.items[i].text);
            }
            MK_TRY(mk_name_attribute(call, schema, &names.items[i], &id, err));
            add_once(made, &n_made, id);
        }
    }
    *n = n_made;
    *ids = made;
    return MK_OK;
}

MkStatus mk_name_evidence(const MkCall *call, const MkSchema *schema, MkList list, MkEvidence *out,
                          MkError *err)
{
    size_t n = 0;
    const MkAssign *assigns = NULL;
    MK_TRY(mk_call_assigns(call, list, &n, &assigns, err));
    MkKnown *known = mk_arena_array(call->arena, n, sizeof *known);
    if (known == NULL) {
        return no_memory(err);
    }
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++) {
        MkWord name = assigns[i].word;
        name.text = assigns[i].name;
        MkKnown one = {0};
        MK_TRY(mk_name_attribute(call, schema, &name, &one.attribute, err));
        const MkAttribute *attribute = &schema->attributes[one.attribute];
        MK_TRY(mk_value_parse(attribute, assigns[i].value, &one.value, err));
        size_t at = 0;
        while (at < n_known && known[at].attribute != one.attribute) {
            at++;
        }
        if (at < n_known && !mk_value_equal(&known[at].value, &one.value)) {
            const bool is_set = !mk_type_is_number(attribute->type);
            return mk_fail(err, MK_EINVAL, "%s is given twice with different values%s%s%s",
                           attribute->name, is_set ? "; a set is one word: '" : "",
                           is_set ? attribute->name : "", is_set ? "={A,B}'" : "");
        }
        n_known = at == n_known ? n_known + 1 : n_known;
        known[at] = one;
    }
    *out = (MkEvidence){n_known, known};
    return MK_OK;
}

/* ---- persons and scenarios ---- */

bool mk_named_find(const MkState *state, const char *name, MkNamed *out)
{
    const size_t person = mk_state_find_person(state, name);
    const size_t scenario = mk_state_find_scenario(state, name);
    if (person < state->n_persons) {
        *out = (MkNamed){.is_person = true, .at = person};
        return true;
    }
    *out = (MkNamed){.at = scenario};
    return scenario < state->n_scenarios;
}

static MkStatus fail_who(const MkCall *call, const MkState *state, const char *word,
                         const char *const *names, size_t n, bool or_table, MkError *err)
{
    const char *near = mk_nearest(call->arena, word, names, n);
    if (near == NULL) {
        return no_memory(err);
    }
    const char *table = or_table ? "; a table is said with its suffix or as ./NAME" : "";
    return mk_fail(err, MK_ENOTFOUND, "no %sscenario '%.60s'%s%s%s",
                   or_table || state->n_persons > 0 ? "person or " : "", word,
                   near[0] != '\0' ? ", nearest: " : "", near, near[0] != '\0' ? "" : table);
}

MkStatus mk_named_read(const MkCall *call, const MkState *state, const MkWord *word, bool or_table,
                       MkNamed *out, MkError *err)
{
    mk_call_at(call, word);
    if (mk_named_find(state, word->text, out)) {
        return MK_OK;
    }
    const size_t n = state->n_persons + state->n_scenarios;
    const char **names = mk_arena_array(call->arena, n, sizeof *names);
    if (names == NULL) {
        return no_memory(err);
    }
    size_t n_prefixed = 0;
    MkNamed who = {0};
    for (size_t k = 0; k < n; k++) {
        const bool is_person = k < state->n_persons;
        const size_t at = is_person ? k : k - state->n_persons;
        names[k] = is_person ? state->persons[at].name : state->own[at].name;
        if (word->text[0] != '\0' && mk_text_has_prefix(names[k], word->text)) {
            who = (MkNamed){.is_person = is_person, .at = at};
            n_prefixed++;
        }
    }
    if (n_prefixed != 1) {
        return fail_who(call, state, word->text, names, n, or_table, err);
    }
    *out = who;
    return MK_OK;
}

MkStatus mk_name_check(const MkCall *call, const MkWord *word, const char *what, MkError *err)
{
    mk_call_at(call, word);
    if (word->text[0] == '\0' || strpbrk(word->text, "=,{}<>/") != NULL ||
        mk_list_of_word(word->text) != MK_N_LISTS) {
        return mk_fail(err, MK_EINVAL, "'%.60s': a %s's name is expected: %s", word->text, what,
                       call->verb->usage);
    }
    return MK_OK;
}

/* ---- counts and numbers ---- */

MkStatus mk_call_count(const MkCall *call, MkList list, size_t least, size_t most, MkError *err)
{
    const MkWords words = call->lists[list];
    if (words.n < least) {
        return mk_fail(err, MK_EINVAL, "%s needs more words: %s", call->verb->name,
                       call->verb->usage);
    }
    if (words.n > most) {
        mk_call_at(call, &words.items[most]);
        return mk_fail(err, MK_EINVAL, "'%.60s' is one word too many: %s", words.items[most].text,
                       call->verb->usage);
    }
    return MK_OK;
}

MkStatus mk_call_size(const MkCall *call, const char *name, size_t least, size_t most, size_t *out,
                      MkError *err)
{
    const char *text = mk_call_option(call, name);
    size_t x = 0;
    if (text == NULL) {
        return MK_OK;
    }
    if (!mk_text_size(text, &x) || x < least || x > most) {
        mk_call_at_option(call, name);
        return mk_fail(err, MK_EINVAL, "--%s %.40s: expected a whole number from %zu to %zu", name,
                       text, least, most);
    }
    *out = x;
    return MK_OK;
}

MkStatus mk_call_u64(const MkCall *call, const char *name, uint64_t *out, MkError *err)
{
    const char *text = mk_call_option(call, name);
    uint64_t x = 0;
    if (text == NULL) {
        return MK_OK;
    }
    if (!mk_text_u64(text, &x)) {
        mk_call_at_option(call, name);
        return mk_fail(err, MK_EINVAL, "--%s %.40s: expected a whole number", name, text);
    }
    *out = x;
    return MK_OK;
}

MkStatus mk_call_double(const MkCall *call, const char *name, double low, double high, double *out,
                        MkError *err)
{
    const char *text = mk_call_option(call, name);
    double x = 0;
    char a[24], b[24];
    if (text == NULL) {
        return MK_OK;
    }
    if (!mk_text_double(text, strlen(text), '.', &x) || x < low || x > high) {
        mk_call_at_option(call, name);
        return mk_fail(err, MK_EINVAL, "--%s %.40s: expected a number from %s to %s", name, text,
                       mk_text_number(low, 6, a), mk_text_number(high, 6, b));
    }
    *out = x;
    return MK_OK;
}

/* ---- options with a few words ---- */

enum { MOST_WORDS = 4 };

static const struct {
    const char *option;
    const char *words[MOST_WORDS];
} choices[] = {{"format", {"text", "json", "csv", "markdown"}},
               {"color", {"always", "never", "auto"}},
               {"calibration", {"on", "off"}},
               {"theme", {"default", "light", "contrast", "mono"}},
               {"images", {"auto", "never", "sixel", "kitty"}}};

size_t mk_option_words(const char *option, const char *const **words)
{
    size_t n = 0;
    if (strcmp(option, "kind") == 0) {
        *words = mk_train_kinds();
        while ((*words)[n] != NULL) {
            n++;
        }
    }
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        if (strcmp(choices[i].option, option) == 0) {
            while (n < MOST_WORDS && choices[i].words[n] != NULL) {
                n++;
            }
            *words = choices[i].words;
        }
    }
    return n;
}

MkStatus mk_call_choice(const MkCall *call, const char *name, const char **out, MkError *err)
{
    const char *said = mk_call_option(call, name);
    const char *const *words = NULL;
    const size_t n = mk_option_words(name, &words);
    const char *list = "";
    if (said == NULL) {
        return MK_OK;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(said, words[i]) == 0) {
            *out = words[i];
            return MK_OK;
        }
        const char *between = i == 0 ? "" : (i + 1 < n ? ", " : " or ");
        const char *more = mk_arena_printf(call->arena, "%s%s%s", list, between, words[i]);
        list = more != NULL ? more : list;
    }
    mk_call_at_option(call, name);
    return mk_fail(err, MK_EINVAL, "--%s %.40s: expected %s", name, said, list);
}

/* parse.c - a line into words, words into a call. Grammar: manikin-scenario(5). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/call.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/text.h"

static const char *const LIST_KEYWORDS[MK_N_LISTS] = {"",     "given",   "of", "vs",  "across",
                                                      "over", "subject", "to", "from"};

static const struct {
    char letter;
    const char *name;
} SHORT_OPTIONS[] = {{'m', "model"}, {'o', "output"}, {'e', "execute"}, {'h', "help"}};

/* ---- words ---- */

typedef struct Splitter {
    MkArena *arena;
    const char *at; /* next byte */
    size_t column;  /* of `at` */
    bool is_line;   /* blanks end a word, # starts a comment */
    char *text;     /* room for all words of the line */
    char *plain;
    size_t used;
} Splitter;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void step(Splitter *s, size_t bytes)
{
    s->at += bytes;
    s->column++;
}

static void put(Splitter *s, const char *bytes, size_t n, char plain)
{
    memcpy(s->text + s->used, bytes, n);
    memset(s->plain + s->used, plain, n);
    s->used += n;
}

/* A quote opens a quoted part at the start of a word and after = , { only: crohn's is a word. */
static bool opens_quote(const Splitter *s, size_t start)
{
    if (*s->at != '\'') {
        return false;
    }
    const char before = s->used == start ? ',' : s->text[s->used - 1];
    const bool may = before == ',' || before == '=' || before == '{';
    return may && (s->is_line || strchr(s->at + 1, '\'') != NULL);
}

static MkStatus take_quoted(Splitter *s, size_t *column, MkError *err)
{
    const size_t open = s->column;
    step(s, 1);
    for (;;) {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(s->at, &cp);
        if (n == 0) {
            *column = open;
            return mk_fail(err, MK_EINVAL, "a quote ' is opened and not closed");
        }
        if (*s->at == '\'') {
            if (s->at[1] != '\'') {
                break;
            }
            step(s, 1);
        }
        put(s, s->at, n, '0');
        step(s, n);
    }
    step(s, 1);
    return MK_OK;
}

static MkStatus take_word(Splitter *s, MkWord *word, size_t *column, MkError *err)
{
    const size_t start = s->used;
    *word = (MkWord){
        .text = s->text + start, .plain = s->plain + start, .column = s->is_line ? s->column : 0};
    while (*s->at != '\0' && !(s->is_line && is_blank(*s->at))) {
        if (opens_quote(s, start)) {
            MK_TRY(take_quoted(s, column, err));
            continue;
        }
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(s->at, &cp);
        put(s, s->at, n, '1');
        step(s, n);
    }
    put(s, "", 1, '\0');
    return MK_OK;
}

static MkStatus check_text(const char *text, size_t *column, MkError *err)
{
    size_t at = 1;
    const size_t len = strlen(text);
    if (len > MK_LINE_BYTES) {
        return mk_fail(err, MK_EINVAL, "a line of %zu bytes, expected at most %d", len,
                       MK_LINE_BYTES);
    }
    for (const char *p = text; *p != '\0'; at++) {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(p, &cp);
        if (mk_utf8_is_control(cp) && *p != '\t') {
            *column = at;
            return mk_fail(err, MK_EINVAL, "control character U+%04X in the line", (unsigned)cp);
        }
        if (!mk_utf8_valid(p, n)) {
            *column = at;
            return mk_fail(err, MK_EINVAL, "byte %u is not UTF-8", (unsigned)(unsigned char)*p);
        }
        p += n;
    }
    return MK_OK;
}

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* The words of a line; a word is at least one byte, so `len` bounds their number. */
static MkStatus split_line(MkArena *arena, const char *text, MkWords *out, size_t *column,
                           MkError *err)
{
    MK_TRY(check_text(text, column, err));
    const size_t len = strlen(text);
    Splitter s = {.arena = arena,
                  .at = text,
                  .column = 1,
                  .is_line = true,
                  .text = mk_arena_alloc(arena, 2 * len + 2),
                  .plain = mk_arena_alloc(arena, 2 * len + 2)};
    MkWord *words = mk_arena_array(arena, len / 2 + 1, sizeof *words);
    if (s.text == NULL || s.plain == NULL || words == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    for (;;) {
        while (is_blank(*s.at)) {
            step(&s, 1);
        }
        if (*s.at == '\0' || *s.at == '#') {
            break;
        }
        MK_TRY(take_word(&s, &words[n], column, err));
        n++;
    }
    *out = (MkWords){n, words};
    return MK_OK;
}

static MkStatus split_words(MkArena *arena, const char *const *texts, size_t n, MkWords *out,
                            size_t *column, MkError *err)
{
    MkWord *words = mk_arena_array(arena, n, sizeof *words);
    if (words == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        MK_TRY(check_text(texts[i], column, err));
        const size_t len = strlen(texts[i]);
        Splitter s = {.arena = arena,
                      .at = texts[i],
                      .text = mk_arena_alloc(arena, len + 1),
                      .plain = mk_arena_alloc(arena, len + 1)};
        if (s.text == NULL || s.plain == NULL) {
            return no_memory(err);
        }
        MK_TRY(take_word(&s, &words[i], column, err));
    }
    *column = 0;
    *out = (MkWords){n, words};
    return MK_OK;
}

/* Whether the whole word stands outside quotes. */
static bool is_plain(const MkWord *word)
{
    return strchr(word->plain, '0') == NULL;
}

static bool is_assignment(const MkWord *word)
{
    const char *equals = strchr(word->text, '=');
    return equals != NULL && equals != word->text;
}

/* ---- keywords and options ---- */

const char *mk_list_keyword(MkList list)
{
    return list < MK_N_LISTS ? LIST_KEYWORDS[list] : "";
}

MkList mk_list_of_word(const char *word)
{
    for (size_t i = 1; i < MK_N_LISTS; i++) {
        if (strcmp(word, LIST_KEYWORDS[i]) == 0) {
            return (MkList)i;
        }
    }
    return MK_N_LISTS;
}

bool mk_usage_has(const char *usage, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = strstr(usage, word); p != NULL; p = strstr(p + 1, word)) {
        const char before = p == usage ? ' ' : p[-1];
        if (strchr(" [|", before) != NULL && strchr(" ]|.,", p[n]) != NULL) {
            return true;
        }
    }
    return false;
}

const MkOption *mk_option_find(const char *name)
{
    size_t n = 0;
    const MkOption *options = mk_common_options(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    size_t n_verbs = 0;
    const MkVerb *verbs = mk_verbs(&n_verbs);
    for (size_t v = 0; v < n_verbs; v++) {
        for (size_t i = 0; i < verbs[v].n_options; i++) {
            if (strcmp(verbs[v].options[i].name, name) == 0) {
                return &verbs[v].options[i];
            }
        }
    }
    return NULL;
}

bool mk_verb_has_option(const MkVerb *verb, const MkOption *option)
{
    size_t n = 0;
    const MkOption *common = mk_common_options(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(common[i].name, option->name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < verb->n_options; i++) {
        if (strcmp(verb->options[i].name, option->name) == 0) {
            return true;
        }
    }
    return false;
}

static bool looks_like_option(const MkWord *word)
{
    const char *t = word->text;
    if (word->plain[0] != '1' || t[0] != '-' || t[1] == '\0') {
        return false;
    }
    const bool is_number = (t[1] >= '0' && t[1] <= '9') || t[1] == '.';
    return !is_number;
}

static MkStatus fail_option(MkArena *arena, const char *shown, const char *name, MkError *err)
{
    enum { MOST = 128 };
    const char *names[MOST];
    size_t n = 0;
    size_t n_some = 0;
    const MkOption *some = mk_common_options(&n_some);
    for (size_t i = 0; i < n_some && n < MOST; i++) {
        names[n++] = some[i].name;
    }
    size_t n_verbs = 0;
    const MkVerb *verbs = mk_verbs(&n_verbs);
    for (size_t v = 0; v < n_verbs; v++) {
        for (size_t i = 0; i < verbs[v].n_options && n < MOST; i++) {
            names[n++] = verbs[v].options[i].name;
        }
    }
    const char *near = mk_nearest(arena, name, names, n);
    if (near == NULL) {
        return no_memory(err);
    }
    return mk_fail(err, MK_EINVAL, "%.60s: no such option%s%s", shown,
                   near[0] != '\0' ? ", nearest: --" : "", near);
}

typedef struct Sorter {
    MkArena *arena;
    MkWords words;
    size_t next;
    MkWord *lists[MK_N_LISTS];
    size_t n[MK_N_LISTS];
    size_t keyword_column[MK_N_LISTS]; /* where the keyword stood; only with is_open */
    bool is_open[MK_N_LISTS];
    MkCallOption *options;
    size_t n_options;
    MkList list;
    bool options_ended; /* after -- */
} Sorter;

/* Name and attached value (--name=VALUE, -oVALUE) of an option word; *name lives in arena. */
static MkStatus option_name(MkArena *arena, const MkWord *word, const char **name,
                            const char **attached, MkError *err)
{
    const char *text = word->text;
    *attached = NULL;
    if (text[1] == '-') {
        const char *equals = strchr(text, '=');
        *name = equals != NULL ? mk_arena_strndup(arena, text + 2, (size_t)(equals - text) - 2)
                               : text + 2;
        *attached = equals != NULL ? equals + 1 : NULL;
        return *name != NULL ? MK_OK : no_memory(err);
    }
    for (size_t i = 0; i < sizeof SHORT_OPTIONS / sizeof *SHORT_OPTIONS; i++) {
        if (SHORT_OPTIONS[i].letter == text[1]) {
            *name = SHORT_OPTIONS[i].name;
            *attached = text[2] != '\0' ? text + 2 : NULL;
            return MK_OK;
        }
    }
    return mk_fail(err, MK_EINVAL, "%.60s: no such option", text);
}

static MkStatus take_option(Sorter *s, size_t *column, MkError *err)
{
    const MkWord *word = &s->words.items[s->next++];
    const char *name = NULL;
    const char *value = NULL;
    *column = word->column;
    MK_TRY(option_name(s->arena, word, &name, &value, err));
    const MkOption *option = mk_option_find(name);
    if (option == NULL) {
        return fail_option(s->arena, word->text, name, err);
    }
    if (option->argument == NULL && value != NULL) {
        return mk_fail(err, MK_EINVAL, "--%s takes no value, found '%.60s'", name, value);
    }
    if (option->argument != NULL && value == NULL) {
        if (s->next == s->words.n) {
            return mk_fail(err, MK_EINVAL, "--%s needs a value: --%s %s", name, name,
                           option->argument);
        }
        value = s->words.items[s->next++].text;
    }
    s->options[s->n_options++] =
        (MkCallOption){.option = option, .value = value != NULL ? value : "", .column = *column};
    return MK_OK;
}

/* Whether `from` has all of its words: X, or TABLE row N; the next one belongs to the verb. */
static bool from_is_complete(const Sorter *s, const MkWord *word)
{
    const size_t n = s->n[MK_LIST_FROM];
    return n >= 3 || (n == 1 && !(is_plain(word) && strcmp(word->text, "row") == 0));
}

static MkStatus sort_word(Sorter *s, MkCall *call, size_t *column, MkError *err)
{
    const MkWord *word = &s->words.items[s->next];
    *column = word->column;
    if (!s->options_ended && is_plain(word) && strcmp(word->text, "--") == 0) {
        s->options_ended = true;
        s->next++;
        return MK_OK;
    }
    if (!s->options_ended && looks_like_option(word)) {
        return take_option(s, column, err);
    }
    s->next++;
    if (call->verb == NULL) {
        return mk_verb_find(word->text, &call->verb, err);
    }
    /* `help given` and `attributes of` take any word. */
    const bool takes_any =
        mk_usage_has(call->verb->usage, "VERB") || mk_usage_has(call->verb->usage, "PATTERN");
    const MkList keyword = is_plain(word) && !takes_any ? mk_list_of_word(word->text) : MK_N_LISTS;
    if (keyword != MK_N_LISTS) {
        if (!mk_usage_has(call->verb->usage, word->text)) {
            return mk_fail(err, MK_EINVAL, "'%s' does not belong to %s: %s", word->text,
                           call->verb->name, call->verb->usage);
        }
        if (keyword == MK_LIST_FROM && s->is_open[keyword]) {
            return mk_fail(err, MK_EINVAL, "'from' is there twice: %s", call->verb->usage);
        }
        s->list = keyword;
        s->is_open[keyword] = true;
        s->keyword_column[keyword] = word->column;
        return MK_OK;
    }
    if (s->list == MK_LIST_GIVEN && !is_assignment(word)) {
        s->list = MK_LIST_WORDS;
    }
    if (s->list == MK_LIST_FROM && from_is_complete(s, word)) {
        s->list = MK_LIST_WORDS;
    }
    s->lists[s->list][s->n[s->list]++] = *word;
    return MK_OK;
}

static MkStatus check_lists(const Sorter *s, const MkCall *call, size_t *column, MkError *err)
{
    for (size_t i = 1; i < MK_N_LISTS; i++) {
        if (s->is_open[i] && s->n[i] == 0 && i != MK_LIST_SUBJECT) {
            *column = s->keyword_column[i];
            return mk_fail(err, MK_EINVAL, "nothing after '%s': %s", LIST_KEYWORDS[i],
                           call->verb->usage);
        }
    }
    for (size_t i = 0; i < call->n_options && call->verb != NULL; i++) {
        if (!mk_verb_has_option(call->verb, call->options[i].option)) {
            *column = call->options[i].column;
            return mk_fail(err, MK_EINVAL, "--%s does not belong to %s: %s",
                           call->options[i].option->name, call->verb->name, call->verb->usage);
        }
    }
    return MK_OK;
}

static const char *door_name(MkDoor door)
{
    static const char *const names[] = {"on the shell's command line", "at the prompt",
                                        "in a script"};
    return names[door];
}

static MkStatus sort_words(MkArena *arena, MkWords words, MkDoor door, MkCall *call, size_t *column,
                           MkError *err)
{
    Sorter s = {.arena = arena, .words = words, .list = MK_LIST_WORDS};
    for (size_t i = 0; i < MK_N_LISTS; i++) {
        s.lists[i] = mk_arena_array(arena, words.n, sizeof *s.lists[i]);
        if (s.lists[i] == NULL) {
            return no_memory(err);
        }
    }
    s.options = mk_arena_array(arena, words.n, sizeof *s.options);
    size_t *at = mk_arena_zeros(arena, 1, sizeof *at);
    if (s.options == NULL || at == NULL) {
        return no_memory(err);
    }
    MkCall made = {.arena = arena, .door = door, .column = at, .text = call->text};
    while (s.next < words.n) {
        MK_TRY(sort_word(&s, &made, column, err));
        if (made.verb != NULL && *at == 0) {
            *at = *column;
        }
    }
    for (size_t i = 0; i < MK_N_LISTS; i++) {
        made.lists[i] = (MkWords){s.n[i], s.lists[i]};
    }
    made.options = s.options;
    made.n_options = s.n_options;
    MK_TRY(check_lists(&s, &made, column, err));
    *column = *at;
    if (made.verb != NULL && (made.verb->valid & (1U << door)) == 0) {
        return mk_fail(err, MK_EINVAL, "%s is not available %s", made.verb->name, door_name(door));
    }
    *call = made;
    return MK_OK;
}

MkStatus mk_parse_line(MkArena *arena, const char *text, MkDoor door, MkCall *call, size_t *column,
                       MkError *err)
{
    size_t unused = 0;
    column = column != NULL ? column : &unused;
    *column = 0;
    MkWords words = {0};
    MK_TRY(split_line(arena, text, &words, column, err));
    MkCall made = {.text = mk_arena_strdup(arena, text)};
    if (made.text == NULL) {
        return no_memory(err);
    }
    MK_TRY(sort_words(arena, words, door, &made, column, err));
    *call = made;
    return MK_OK;
}

size_t mk_word_length(const char *text)
{
    size_t n = 0;
    bool is_quoted = false;
    while (text[n] != '\0' && (is_quoted || !is_blank(text[n]))) {
        if (text[n] == '\'' && is_quoted) {
            const bool is_doubled = text[n + 1] == '\'';
            n += is_doubled ? 1 : 0;
            is_quoted = is_doubled;
        } else if (text[n] == '\'') {
            is_quoted = n == 0 || strchr(",={", text[n - 1]) != NULL; /* as opens_quote */
        }
        n++;
    }
    return n;
}

const char *mk_word_quote(MkArena *arena, const char *text)
{
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_word(&buf, text);
    const char *out = buf.failed ? NULL : mk_arena_strdup(arena, buf.data);
    mk_buf_release(&buf);
    return out;
}

/* The words as a line that parses to the same call. */
static const char *join_words(MkArena *arena, const char *const *words, size_t n)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (size_t i = 0; i < n; i++) {
        /* A word with a quoted part is a piece of the language already. */
        const bool as_is = strchr(words[i], '\'') != NULL && strpbrk(words[i], " \t#") == NULL;
        const char *quoted = as_is ? words[i] : mk_word_quote(arena, words[i]);
        buf.failed = buf.failed || quoted == NULL;
        mk_buf_puts(&buf, i > 0 ? " " : "");
        mk_buf_puts(&buf, quoted != NULL ? quoted : "");
    }
    const char *out = buf.failed ? NULL : mk_arena_strdup(arena, buf.data);
    mk_buf_release(&buf);
    return out;
}

MkStatus mk_parse_words(MkArena *arena, const char *const *words, size_t n, MkDoor door,
                        MkCall *call, size_t *column, MkError *err)
{
    size_t unused = 0;
    column = column != NULL ? column : &unused;
    *column = 0;
    MkWords split = {0};
    MK_TRY(split_words(arena, words, n, &split, column, err));
    MkCall made = {.text = join_words(arena, words, n)};
    if (made.text == NULL) {
        return no_memory(err);
    }
    MK_TRY(sort_words(arena, split, door, &made, column, err));
    *call = made;
    return MK_OK;
}

/* ---- reading a call ---- */

const char *mk_call_option(const MkCall *call, const char *name)
{
    for (size_t i = call->n_options; i > 0; i--) {
        if (strcmp(call->options[i - 1].option->name, name) == 0) {
            return call->options[i - 1].value;
        }
    }
    return NULL;
}

void mk_call_at(const MkCall *call, const MkWord *word)
{
    *call->column = word->column;
}

const char *mk_call_first(const MkCall *call)
{
    const MkWord *word = &call->lists[MK_LIST_WORDS].items[0];
    mk_call_at(call, word);
    return word->text;
}

void mk_call_at_option(const MkCall *call, const char *name)
{
    for (size_t i = 0; i < call->n_options; i++) {
        if (strcmp(call->options[i].option->name, name) == 0) {
            *call->column = call->options[i].column;
        }
    }
}

/* Next cut of a word at a comma or blank that stands outside quotes and braces; SIZE_MAX: none. */
static size_t next_cut(const MkWord *word, size_t from)
{
    size_t depth = 0;
    for (size_t i = from; word->text[i] != '\0'; i++) {
        const char c = word->plain[i] == '1' ? word->text[i] : 'x';
        if (c == '{') {
            depth++;
        } else if (c == '}' && depth > 0) {
            depth--;
        } else if (depth == 0 && (c == ',' || is_blank(c))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool sub_word(MkArena *arena, const MkWord *word, size_t from, size_t to, MkWord *out)
{
    const size_t n = to - from;
    const char *text = mk_arena_strndup(arena, word->text + from, n);
    const char *plain = mk_arena_strndup(arena, word->plain + from, n);
    const size_t shift = word->column > 0 ? from : 0;
    *out = (MkWord){.text = text, .plain = plain, .column = word->column + shift};
    return text != NULL && plain != NULL;
}

MkStatus mk_call_names(const MkCall *call, MkList list, MkWords *out, MkError *err)
{
    const MkWords words = call->lists[list];
    size_t most = 0;
    for (size_t i = 0; i < words.n; i++) {
        most += strlen(words.items[i].text) + 1;
    }
    MkWord *names = mk_arena_array(call->arena, most, sizeof *names);
    if (names == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    for (size_t i = 0; i < words.n; i++) {
        const MkWord *word = &words.items[i];
        for (size_t from = 0; from != SIZE_MAX;) {
            const size_t cut = next_cut(word, from);
            const size_t to = cut == SIZE_MAX ? strlen(word->text) : cut;
            if (to > from && !sub_word(call->arena, word, from, to, &names[n++])) {
                return no_memory(err);
            }
            from = cut == SIZE_MAX ? SIZE_MAX : cut + 1;
        }
    }
    *out = (MkWords){n, names};
    return MK_OK;
}

/* Whether text[from..] begins with `name=`. */
static bool begins_assignment(const char *text)
{
    const size_t n = strcspn(text, "=,{} \t");
    return n > 0 && text[n] == '=';
}

static MkStatus add_assign(const MkCall *call, const MkWord *word, MkAssign *out, MkError *err)
{
    const char *equals = strchr(word->text, '=');
    mk_call_at(call, word);
    if (equals == NULL) {
        return mk_fail(err, MK_EINVAL,
                       "%.60s: expected ATTRIBUTE=VALUE without blanks around =", word->text);
    }
    if (equals == word->text || equals[1] == '\0') {
        return mk_fail(err, MK_EINVAL,
                       "%.60s: expected ATTRIBUTE=VALUE without blanks around =", word->text);
    }
    const char *name = mk_arena_strndup(call->arena, word->text, (size_t)(equals - word->text));
    *out = (MkAssign){.name = name, .value = equals + 1, .word = *word};
    return name != NULL ? MK_OK : no_memory(err);
}

MkStatus mk_call_assigns(const MkCall *call, MkList list, size_t *n, const MkAssign **out,
                         MkError *err)
{
    const MkWords words = call->lists[list];
    size_t most = 0;
    for (size_t i = 0; i < words.n; i++) {
        most += strlen(words.items[i].text) + 1;
    }
    MkAssign *made = mk_arena_array(call->arena, most, sizeof *made);
    if (made == NULL) {
        return no_memory(err);
    }
    size_t n_made = 0;
    for (size_t i = 0; i < words.n; i++) {
        const MkWord *word = &words.items[i];
        for (size_t from = 0; from != SIZE_MAX;) {
            size_t cut = next_cut(word, from);
            while (cut != SIZE_MAX && word->text[cut + 1] != '\0' &&
                   !begins_assignment(word->text + cut + 1)) {
                cut = next_cut(word, cut + 1);
            }
            const size_t to = cut == SIZE_MAX ? strlen(word->text) : cut;
            MkWord piece;
            if (!sub_word(call->arena, word, from, to, &piece)) {
                return no_memory(err);
            }
            if (to > from) {
                MK_TRY(add_assign(call, &piece, &made[n_made++], err));
            }
            from = cut == SIZE_MAX ? SIZE_MAX : cut + 1;
        }
    }
    *n = n_made;
    *out = made;
    return MK_OK;
}

/* ---- nearest names ---- */

const char *mk_nearest(MkArena *arena, const char *word, const char *const *names, size_t n)
{
    enum { SHOWN = 3 };
    const size_t len = strlen(word);
    const size_t limit = len < 4 ? 1 : len / 3;
    const char *best[SHOWN] = {NULL};
    size_t cost[SHOWN] = {limit + 1, limit + 1, limit + 1};
    for (size_t i = 0; i < n; i++) {
        size_t d = mk_text_distance(word, names[i], limit);
        if (d > 1 && len >= 2 && mk_text_has_prefix(names[i], word)) {
            d = 1;
        }
        for (size_t k = 0; k < SHOWN; k++) {
            if (best[k] != NULL && strcmp(best[k], names[i]) == 0) {
                break;
            }
            if (d < cost[k]) {
                memmove(best + k + 1, best + k, (SHOWN - 1 - k) * sizeof *best);
                memmove(cost + k + 1, cost + k, (SHOWN - 1 - k) * sizeof *cost);
                best[k] = names[i];
                cost[k] = d;
                break;
            }
        }
    }
    const char *out = "";
    for (size_t k = 0; k < SHOWN && best[k] != NULL && out != NULL; k++) {
        out = mk_arena_printf(arena, "%s%s%s", out, k > 0 ? ", " : "", best[k]);
    }
    return out;
}

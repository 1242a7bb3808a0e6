/* complete.c - what the word under the cursor could become. Everything comes from the verb table,
 * the schema and the session. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "model/gaps.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/inner.h"

typedef struct Completion {
    MkSession *session;
    MkArena *arena;
    const char *word; /* what stands there, up to the cursor */
    const char *head; /* the part of it that stays: "hba1c," or "smoking=" */
    const char *rest; /* the part that is completed */
    const MkVerb *verb;
    MkList list;
    size_t n_words;         /* of the list, before this word */
    const MkOption *option; /* whose value this word is */
    bool is_lost;           /* the verb is none */
    bool drop;              /* --drop is in the line */
    bool from_table;        /* the word after `from` is a file */
    void (*add)(void *ctx, const char *word, const char *help);
    void *ctx;
} Completion;

static void add(const Completion *c, const char *candidate, const char *tail, const char *help)
{
    const char *word = mk_arena_printf(c->arena, "%s%s%s", c->head, candidate, tail);
    if (word != NULL) {
        c->add(c->ctx, word, help);
    }
}

static void add_prefixed(const Completion *c, const char *candidate, const char *help)
{
    if (mk_text_has_prefix(candidate, c->rest)) {
        add(c, candidate, "", help);
    }
}

static void add_list(const Completion *c, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_prefixed(c, names[i], "");
    }
}

/* ---- sorts of words ---- */

static void complete_verbs(const Completion *c)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    for (size_t i = 0; i < n; i++) {
        if ((verbs[i].valid & MK_VALID_PROMPT) != 0) {
            add_prefixed(c, verbs[i].name, verbs[i].help);
        }
    }
}

static void complete_options(const Completion *c)
{
    size_t n = 0;
    const MkOption *common = mk_common_options(&n);
    const size_t n_own = c->verb != NULL ? c->verb->n_options : 0;
    for (size_t i = 0; i < n + n_own; i++) {
        const MkOption *option = i < n_own ? &c->verb->options[i] : &common[i - n_own];
        const char *name = mk_arena_printf(c->arena, "--%s", option->name);
        if (name != NULL && mk_text_has_prefix(name, c->word)) {
            c->add(c->ctx, name, option->help);
        }
    }
}

static void complete_attributes(const Completion *c, const char *tail)
{
    enum { LABEL_BYTES = 3 };
    const MkModel *model = NULL;
    if (mk_session_need_model(c->session, &model, NULL) != MK_OK) {
        return;
    }
    const MkSchema *schema = mk_model_schema(model);
    for (size_t j = 0; j < schema->n; j++) {
        const MkAttribute *a = &schema->attributes[j];
        if (mk_text_has_prefix(a->name, c->rest)) {
            add(c, a->name, tail, a->label);
        }
    }
    if (strlen(c->rest) < LABEL_BYTES) {
        return;
    }
    for (size_t j = 0; j < schema->n; j++) {
        const MkAttribute *a = &schema->attributes[j];
        if (!mk_text_has_prefix(a->name, c->rest) && mk_text_find_nocase(a->label, c->rest)) {
            add(c, a->name, tail, a->label);
        }
    }
}

/* What a person can change: names, then labels with the word. */
static void complete_inputs(const Completion *c)
{
    const MkModel *model = NULL;
    if (mk_session_need_model(c->session, &model, NULL) != MK_OK) {
        return;
    }
    const MkSchema *schema = mk_model_schema(model);
    for (size_t j = 0; j < schema->n; j++) {
        const MkAttribute *a = &schema->attributes[j];
        const bool is_name = mk_text_has_prefix(a->name, c->rest);
        const bool is_label = strlen(c->rest) > 2 && mk_text_find_nocase(a->label, c->rest);
        if (a->modifiable && (is_name || is_label)) {
            add(c, a->name, "", a->label);
        }
    }
}

static void complete_own(const Completion *c, size_t n, const size_t *ids, const MkKnown *known)
{
    const MkSchema *schema = c->session->state->schema;
    for (size_t i = 0; i < n && schema != NULL; i++) {
        const MkAttribute *a = &schema->attributes[ids != NULL ? ids[i] : known[i].attribute];
        add_prefixed(c, a->name, a->label);
    }
}

/* A=: the levels of A, also inside a set. */
static void complete_value(Completion *c)
{
    const MkModel *model = NULL;
    const size_t n_name = strcspn(c->rest, "=");
    const char *name = mk_arena_strndup(c->arena, c->rest, n_name);
    size_t id = 0;
    if (name == NULL || mk_session_need_model(c->session, &model, NULL) != MK_OK ||
        mk_schema_resolve(mk_model_schema(model), name, &id, NULL) != MK_OK) {
        return;
    }
    const char *value = c->rest + n_name + 1;
    for (const char *p = value; *p != '\0'; p++) {
        value = *p == '{' || *p == ',' ? p + 1 : value;
    }
    const char *head =
        mk_arena_printf(c->arena, "%s%.*s", c->head, (int)(value - c->rest), c->rest);
    if (head == NULL) {
        return;
    }
    c->head = head;
    c->rest = value;
    const MkAttribute *a = &mk_model_schema(model)->attributes[id];
    for (size_t k = 0; k < a->n_levels; k++) {
        add_prefixed(c, a->levels[k].name, a->label);
    }
}

static void complete_keywords(const Completion *c)
{
    for (size_t i = 1; i < MK_N_LISTS; i++) {
        const char *keyword = mk_list_keyword((MkList)i);
        if (c->head[0] == '\0' && i != (size_t)c->list && mk_usage_has(c->verb->usage, keyword)) {
            add_prefixed(c, keyword, c->verb->usage);
        }
    }
}

static void complete_scenarios(const Completion *c)
{
    const MkState *state = c->session->state;
    for (size_t i = 0; i < state->n_scenarios; i++) {
        add_prefixed(c, state->own[i].name, "scenario");
    }
}

static void complete_persons(const Completion *c)
{
    const MkState *state = c->session->state;
    for (size_t i = 0; i < state->n_persons; i++) {
        add_prefixed(c, state->persons[i].name, "person");
    }
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef enum Entries { ENTRIES_ALL, ENTRIES_FOLDERS, ENTRIES_TABLES, ENTRIES_SCRIPTS } Entries;

static bool is_wanted(Entries wanted, const char *name, bool is_folder)
{
    return wanted == ENTRIES_ALL || is_folder ||
           (wanted == ENTRIES_TABLES && strstr(name, ".csv") != NULL) ||
           (wanted == ENTRIES_SCRIPTS && strstr(name, ".scenario") != NULL);
}

/* Entries of a folder that begin with `rest`; hidden ones only when asked for. `head` is said
 * before each. */
static void complete_folder(const Completion *c, const char *folder, const char *head,
                            const char *rest, Entries wanted)
{
    enum { MOST = 500 };
    const char *names[MOST];
    size_t n = 0;
    DIR *dir = folder != NULL ? opendir(folder) : NULL;
    if (dir == NULL) {
        return;
    }
    for (const struct dirent *e = readdir(dir); e != NULL && n < MOST; e = readdir(dir)) {
        const bool is_hidden = e->d_name[0] == '.' && rest[0] != '.';
        if (is_hidden || !mk_text_has_prefix(e->d_name, rest)) {
            continue;
        }
        const char *path = mk_arena_printf(c->arena, "%s/%s", folder, e->d_name);
        const bool is_folder = path != NULL && mk_file_is_folder(path);
        if (!is_wanted(wanted, e->d_name, is_folder)) {
            continue;
        }
        const char *name = mk_arena_printf(c->arena, "%s%s%s", head, e->d_name,
                                           is_folder && wanted != ENTRIES_FOLDERS ? "/" : "");
        if (name != NULL) {
            names[n++] = name;
        }
    }
    closedir(dir);
    qsort(names, n, sizeof *names, compare_text);
    for (size_t i = 0; i < n; i++) {
        c->add(c->ctx, names[i], "");
    }
}

static void complete_paths(const Completion *c, Entries wanted)
{
    const char *slash = strrchr(c->word, '/');
    if (slash == NULL) {
        complete_folder(c, ".", "", c->word, wanted);
        return;
    }
    const size_t n = (size_t)(slash - c->word) + 1;
    const char *head = mk_arena_strndup(c->arena, c->word, n);
    if (head != NULL) {
        complete_folder(c, head, head, slash + 1, wanted);
    }
}

static void complete_files(const Completion *c)
{
    complete_paths(c, ENTRIES_ALL);
}

static void complete_models(const Completion *c)
{
    size_t n = 0;
    MkModelFile *files = NULL;
    if (mk_models_list(c->session, c->arena, &n, &files, NULL) != MK_OK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        add_prefixed(c, files[i].name, files[i].path);
    }
}

/* What --missing takes. */
static void complete_gaps(const Completion *c)
{
    const MkModel *model = NULL;
    add_prefixed(c, "none", "whole persons");
    if (mk_session_need_model(c->session, &model, NULL) != MK_OK) {
        return;
    }
    for (size_t i = 0; i < mk_model_gaps_count(model); i++) {
        add_prefixed(c, mk_model_gaps_name(model, i), "people of this source");
    }
}

/* ---- what belongs here ---- */

static void complete_option_value(const Completion *c)
{
    const char *name = c->option->name;
    const char *const *words = NULL;
    const size_t n = mk_option_words(name, &words);
    if (n > 0) {
        add_list(c, words, n);
    } else if (strcmp(name, "missing") == 0) {
        complete_gaps(c);
    } else if (strcmp(name, "model") == 0) {
        complete_models(c);
        complete_files(c);
    } else if (strcmp(c->option->argument, "FILE") == 0) {
        complete_files(c);
    }
}

static void complete_file_verb(const Completion *c)
{
    const MkPaths *paths = &c->session->config.paths;
    if (strcmp(c->verb->name, "import") == 0 && c->n_words == 0) {
        complete_folder(c, paths->sources_dir, "", c->word, ENTRIES_FOLDERS);
        return;
    }
    if (strcmp(c->verb->name, "run") == 0 && strchr(c->word, '/') == NULL) {
        complete_folder(c, paths->scenarios_dir, "", c->word, ENTRIES_SCRIPTS);
    }
    complete_files(c);
}

static void complete_assignment(Completion *c)
{
    if (strchr(c->rest, '=') != NULL) {
        complete_value(c);
    } else {
        complete_attributes(c, "=");
    }
}

/* The words of `from X [row N]`; false when they are complete and this word is the verb's. */
static bool complete_from(Completion *c)
{
    if (c->n_words == 0) {
        complete_persons(c);
        complete_scenarios(c);
        complete_paths(c, ENTRIES_TABLES);
        return true;
    }
    if (c->n_words == 1 && c->from_table) {
        add_prefixed(c, "row", "which row, from 1");
    }
    if (c->n_words == 2) {
        return true;
    }
    c->list = MK_LIST_WORDS;
    c->n_words = 1;
    return false;
}

/* P(hba1c: the name inside. */
static void enter_probability(Completion *c)
{
    if ((c->rest[0] == 'P' || c->rest[0] == 'p') && c->rest[1] == '(') {
        const char *head = mk_arena_printf(c->arena, "%sP(", c->head);
        c->head = head != NULL ? head : c->head;
        c->rest += head != NULL ? 2 : 0;
    }
}

/* optimize MEASURE min|max over INPUT,... subject to MEASURE<=V */
static void complete_optimize(Completion *c)
{
    static const char *const aims[] = {"min", "max"};
    const bool has_value = strchr(c->rest, '=') != NULL && strchr(c->rest, '(') == NULL;
    if (has_value) {
        complete_value(c);
    } else if (c->list == MK_LIST_OVER) {
        complete_inputs(c);
    } else if (c->list == MK_LIST_WORDS && c->n_words > 0) {
        add_list(c, aims, sizeof aims / sizeof *aims);
    } else if (c->list != MK_LIST_SUBJECT) {
        enter_probability(c);
        complete_attributes(c, "");
    }
}

/* expect MEASURE [NAME] < NAME */
static void complete_expect(Completion *c)
{
    if (c->n_words > 0) {
        complete_persons(c);
        complete_scenarios(c);
    } else if (strchr(c->rest, '=') != NULL && strchr(c->rest, '(') == NULL) {
        complete_value(c);
    } else {
        enter_probability(c);
        complete_attributes(c, "");
    }
}

static void complete_argument(Completion *c)
{
    static const char *const actions[] = {"list",    "show",    "card",    "verify",
                                          "compare", "history", "register"};
    static const char *const schema_actions[] = {"infer", "check"};
    const char *verb = c->verb->name;
    const MkState *state = c->session->state;
    if (c->list == MK_LIST_FROM && complete_from(c)) {
        return;
    }
    if (c->list == MK_LIST_ACROSS) {
        complete_persons(c);
        complete_scenarios(c);
    } else if (c->list == MK_LIST_GIVEN || strcmp(verb, "given") == 0) {
        complete_assignment(c);
    } else if (strcmp(verb, "scenario") == 0 || strcmp(verb, "person") == 0) {
        if (c->n_words == 0 && strcmp(verb, "person") == 0) {
            complete_persons(c);
        } else if (c->n_words == 0) {
            complete_scenarios(c);
        } else {
            complete_assignment(c);
        }
    } else if (strcmp(verb, "model") == 0) {
        if (c->n_words == 0) {
            add_list(c, actions, sizeof actions / sizeof *actions);
        } else {
            complete_models(c);
        }
    } else if (strcmp(verb, "schema") == 0) {
        if (c->n_words == 0) {
            add_list(c, schema_actions, sizeof schema_actions / sizeof *schema_actions);
        } else {
            complete_files(c);
        }
        return;
    } else if (strcmp(verb, "help") == 0) {
        complete_verbs(c);
    } else if (strcmp(verb, "optimize") == 0) {
        complete_optimize(c);
    } else if (strcmp(verb, "expect") == 0) {
        complete_expect(c);
    } else if (strcmp(verb, "forget") == 0) {
        complete_own(c, state->n_known, NULL, state->known);
    } else if (strcmp(verb, "target") == 0 && c->drop) {
        complete_own(c, state->n_targets, state->targets, NULL);
    } else if (strstr(c->verb->usage, "FILE") != NULL || strstr(c->verb->usage, "TABLE") != NULL) {
        complete_file_verb(c);
        return;
    } else if (strchr(c->verb->usage, ' ') != NULL && strcmp(verb, "attributes") != 0 &&
               strcmp(verb, "version") != 0) {
        complete_attributes(c, "");
    }
    complete_keywords(c);
}

/* One word before the cursor: verb, keyword, option or word of a list. */
static void look_at(Completion *c, const char *word)
{
    if (c->option != NULL) {
        c->option = NULL;
        return;
    }
    if (word[0] == '-' && word[1] == '-' && word[2] != '\0') {
        const MkOption *option = strchr(word, '=') == NULL ? mk_option_find(word + 2) : NULL;
        c->drop = c->drop || strcmp(word, "--drop") == 0;
        c->option = option != NULL && option->argument != NULL ? option : NULL;
        return;
    }
    static const char *const shorts[][2] = {{"-m", "model"}, {"-o", "output"}, {"-e", "execute"}};
    for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++) {
        if (strcmp(word, shorts[i][0]) == 0) {
            c->option = mk_option_find(shorts[i][1]);
            return;
        }
    }
    if (c->verb == NULL) {
        if (mk_verb_find(word, &c->verb, NULL) != MK_OK) {
            c->verb = NULL;
            c->is_lost = true;
        }
        return;
    }
    const MkList keyword = mk_list_of_word(word);
    if (keyword != MK_N_LISTS && mk_usage_has(c->verb->usage, word)) {
        c->list = keyword;
        c->n_words = 0;
        return;
    }
    if (c->list == MK_LIST_GIVEN && strchr(word, '=') == NULL) {
        c->list = MK_LIST_WORDS;
    }
    if (c->list == MK_LIST_FROM) {
        const bool is_row = c->n_words == 1 && strcmp(word, "row") == 0;
        c->from_table = c->n_words == 0 ? strpbrk(word, "/.") != NULL : c->from_table;
        c->list = c->n_words == 0 || is_row || c->n_words == 2 ? MK_LIST_FROM : MK_LIST_WORDS;
        c->n_words = c->list == MK_LIST_FROM ? c->n_words : 0;
    }
    c->n_words++;
}

/* Walks the words before the cursor; gives the start of the word at the cursor. */
static const char *walk(Completion *c, const char *text)
{
    const char *at = text;
    for (;;) {
        at += strspn(at, " \t");
        const char *end = at + mk_word_length(at);
        if (*end == '\0') {
            return at;
        }
        const char *word = mk_arena_strndup(c->arena, at, (size_t)(end - at));
        if (word == NULL) {
            return end + strlen(end);
        }
        look_at(c, word);
        at = end;
    }
}

/* Splits "hba1c,bm" where a comma outside braces starts another name. */
static bool split_head(Completion *c)
{
    size_t cut = 0;
    size_t depth = 0;
    for (size_t i = 0; c->word[i] != '\0'; i++) {
        depth += c->word[i] == '{';
        depth -= c->word[i] == '}' && depth > 0;
        cut = c->word[i] == ',' && depth == 0 ? i + 1 : cut;
    }
    c->head = mk_arena_strndup(c->arena, c->word, cut);
    c->rest = c->word + cut;
    return c->head != NULL;
}

void mk_session_complete(MkSession *session, const char *line, size_t point,
                         void (*add_word)(void *ctx, const char *word, const char *help), void *ctx)
{
    MkArena *arena = mk_arena_new(0);
    const size_t len = strlen(line);
    const char *text =
        arena != NULL ? mk_arena_strndup(arena, line, point < len ? point : len) : NULL;
    Completion c = {.session = session, .arena = arena, .add = add_word, .ctx = ctx};
    if (text != NULL) {
        c.word = walk(&c, text);
        if (split_head(&c)) {
            if (c.option != NULL) {
                complete_option_value(&c);
            } else if (c.word[0] == '-') {
                complete_options(&c);
            } else if (c.verb == NULL && !c.is_lost) {
                complete_verbs(&c);
            } else if (c.verb != NULL) {
                complete_argument(&c);
            }
        }
    }
    mk_arena_free(arena);
}

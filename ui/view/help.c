#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/help.h"

#include <string.h>

#include "src/base/text.h"

bool mk_help_has(const MkVerb *verbs, size_t n_verbs, const MkBinding *binding)
{
    bool found = binding->verb[0] == '\0';
    for (size_t i = 0; i < n_verbs && !found; i++) {
        found = strcmp(verbs[i].name, binding->verb) == 0;
    }
    return found;
}

static void add(MkHelp *help, MkHelpEntry entry)
{
    if (help->n < MK_HELP_MAX) {
        help->entries[help->n++] = entry;
    }
}

/* A heading without entries under it goes away again. */
static void end_section(MkHelp *help)
{
    if (help->n > 0 && help->entries[help->n - 1].section != NULL) {
        help->n--;
    }
}

static bool binding_passes(const MkHelp *help, const MkBinding *binding)
{
    return mk_help_has(help->verbs, help->n_verbs, binding) &&
           (mk_text_find_nocase(binding->help, help->filter) ||
            mk_text_find_nocase(binding->show, help->filter) ||
            mk_text_find_nocase(binding->hint, help->filter));
}

static void add_bindings(MkHelp *help, bool here)
{
    size_t n = 0;
    const MkBinding *bindings = mk_bindings(&n);
    for (size_t i = 0; i < n; i++) {
        if (((bindings[i].where & help->from) != 0) == here && binding_passes(help, &bindings[i])) {
            add(help, (MkHelpEntry){.binding = &bindings[i]});
        }
    }
}

static void add_verbs(MkHelp *help)
{
    for (size_t i = 0; i < help->n_verbs; i++) {
        const MkVerb *verb = &help->verbs[i];
        if ((verb->valid & MK_VALID_PROMPT) != 0 &&
            (mk_text_find_nocase(verb->name, help->filter) ||
             mk_text_find_nocase(verb->help, help->filter))) {
            add(help, (MkHelpEntry){.verb = verb});
        }
    }
}

void mk_help_filter(MkHelp *help, const char *filter)
{
    MkField clip = {0};
    mk_field_set(&clip, filter);
    memcpy(help->filter, clip.text, sizeof help->filter);
    help->n = 0;
    if (filter[0] == '\0') {
        add(help, (MkHelpEntry){.section = "Answers are association, not causation; "
                                           "this is not a medical device"});
    }
    add(help, (MkHelpEntry){.section = "Keys here"});
    add_bindings(help, true);
    end_section(help);
    add(help, (MkHelpEntry){.section = "Commands, typed after :"});
    add_verbs(help);
    end_section(help);
    add(help, (MkHelpEntry){.section = "Keys elsewhere"});
    add_bindings(help, false);
    end_section(help);
    help->cursor = 0;
    help->top = 0;
    mk_help_move(help, 0);
}

void mk_help_open(MkHelp *help, const MkVerb *verbs, size_t n_verbs, unsigned from)
{
    *help = (MkHelp){.verbs = verbs, .n_verbs = n_verbs, .from = from};
    mk_help_filter(help, "");
}

static bool is_entry(const MkHelp *help, size_t i)
{
    return i < help->n && help->entries[i].section == NULL;
}

void mk_help_move(MkHelp *help, long entries)
{
    const long step = entries < 0 ? -1 : 1;
    long left = entries < 0 ? -entries : entries;
    size_t at = help->cursor;
    while (left > 0) {
        const size_t next = step < 0 ? at - 1 : at + 1;
        if (next >= help->n) {
            break;
        }
        at = next;
        left -= is_entry(help, at) ? 1 : 0;
    }
    while (at + 1 < help->n && !is_entry(help, at)) {
        at++;
    }
    help->cursor = is_entry(help, at) ? at : help->cursor;
}

const MkHelpEntry *mk_help_entry(const MkHelp *help)
{
    return is_entry(help, help->cursor) ? &help->entries[help->cursor] : NULL;
}

void mk_help_scroll(MkHelp *help, size_t height)
{
    if (height == 0) {
        return;
    }
    const size_t first = help->cursor <= 1 ? 0 : help->cursor;
    if (first < help->top) {
        help->top = first;
    } else if (help->cursor >= help->top + height) {
        help->top = help->cursor - height + 1;
    }
}

/* Where a key of another place works. */
static const char *place_of(const MkBinding *binding)
{
    static const struct {
        unsigned where;
        const char *name;
    } places[] = {{MK_IN_MAIN, "main"},
                  {MK_IN_SCENARIOS | MK_IN_CASES, "scenarios"},
                  {MK_IN_EXPLORE, "explore"},
                  {MK_IN_OPTIMIZE, "optimize"},
                  {MK_IN_FIGURE, "plot"},
                  {MK_IN_LOG, "log"},
                  {MK_IN_TEXTS, "text"},
                  {MK_IN_HELP, "help"},
                  {MK_IN_NUMBER | MK_IN_LEVELS, "editor"},
                  {MK_IN_SEARCH | MK_IN_PROMPT, "typing"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if ((binding->where & places[i].where) != 0) {
            return places[i].name;
        }
    }
    return "question";
}

static void view_entry(const MkHelp *help, const MkHelpEntry *entry, MkGrid *grid, MkRect line,
                       bool selected)
{
    const char *left = entry->binding != NULL ? entry->binding->show : entry->verb->name;
    const char *text = entry->binding != NULL ? entry->binding->help : entry->verb->help;
    const size_t column = 13;
    mk_grid_put(grid, line.x + 2, line.y, column - 1, MK_CELL_KEY, left);
    if (line.w > column + 3) {
        const bool is_far = entry->binding != NULL && (entry->binding->where & help->from) == 0;
        const size_t room = is_far && line.w > 60 ? 12 : 0;
        mk_grid_put(grid, line.x + 2 + column, line.y, line.w - column - 3 - room, MK_CELL_TEXT,
                    text);
        if (room > 0) {
            mk_grid_put_right(grid, line.x, line.y, line.w - 1, MK_CELL_MUTED,
                              place_of(entry->binding));
        }
    }
    if (selected) {
        mk_grid_put(grid, line.x, line.y, 1, MK_CELL_TEXT, ">");
        mk_grid_paint(grid, line, MK_CELL_SELECTED);
    }
}

static void view_story(const MkHelpEntry *entry, MkGrid *grid, MkRect rect)
{
    if (entry == NULL) {
        mk_grid_put(grid, rect.x, rect.y, rect.w, MK_CELL_MUTED, "nothing matches");
        return;
    }
    if (entry->binding != NULL) {
        const MkRect text = {rect.x, rect.y, rect.w, rect.h - 1};
        const size_t used = mk_grid_wrap(grid, text, MK_CELL_TEXT, entry->binding->help);
        if (entry->binding->verb[0] != '\0') {
            mk_grid_printf(grid, rect.x, rect.y + used, rect.w, MK_CELL_MUTED, "as typed: :%s",
                           entry->binding->verb);
        }
        return;
    }
    mk_grid_printf(grid, rect.x, rect.y, rect.w, MK_CELL_KEY, ":%s", entry->verb->usage);
    if (rect.h > 1) {
        mk_grid_wrap(grid, (MkRect){rect.x, rect.y + 1, rect.w, rect.h - 1}, MK_CELL_TEXT,
                     entry->verb->manual);
    }
}

void mk_help_view(const MkHelp *help, MkGrid *grid, MkRect list, MkRect story)
{
    for (size_t i = 0; i < list.h && help->top + i < help->n; i++) {
        const MkHelpEntry *entry = &help->entries[help->top + i];
        const MkRect line = {list.x, list.y + i, list.w, 1};
        if (entry->section != NULL) {
            mk_grid_put(grid, line.x, line.y, line.w, MK_CELL_CATEGORY, entry->section);
        } else {
            view_entry(help, entry, grid, line, help->top + i == help->cursor);
        }
    }
    if (story.h > 0) {
        view_story(mk_help_entry(help), grid, story);
    }
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/report.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/result/node.h"

enum { QUESTIONS_MOST = 400, TITLE_MOST = 140 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a report");
}

bool mk_report_is_path(const char *path)
{
    const size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".html") == 0;
}

/* ---- the questions of a session ---- */

static void release_question(MkAsked *asked)
{
    free(asked->line);
    mk_state_drop(asked->state);
}

static bool is_same(const MkAsked *a, const MkAsked *b)
{
    return strcmp(a->line, b->line) == 0 && a->state == b->state &&
           a->settings.seed == b->settings.seed && a->settings.model == b->settings.model &&
           a->settings.is_raw == b->settings.is_raw &&
           memcmp(&a->settings.level, &b->settings.level, sizeof(double)) == 0;
}

MkStatus mk_questions_add(MkQuestions *list, const MkAsked *asked, MkError *err)
{
    for (size_t i = 0; i < list->n; i++) {
        if (is_same(&list->items[i], asked)) {
            return MK_OK;
        }
    }
    if (list->n == QUESTIONS_MOST) {
        release_question(&list->items[0]);
        memmove(list->items, list->items + 1, --list->n * sizeof *list->items);
    }
    MkAsked *more = mk_heap_grow(list->items, list->n + 1, sizeof *more);
    char *line = more != NULL ? strdup(asked->line) : NULL;
    list->items = more != NULL ? more : list->items;
    if (line == NULL) {
        return no_memory(err);
    }
    list->items[list->n++] = (MkAsked){line, mk_state_keep(asked->state), asked->settings};
    return MK_OK;
}

void mk_questions_cut(MkQuestions *list, size_t n)
{
    while (list->n > n) {
        release_question(&list->items[--list->n]);
    }
}

void mk_questions_release(MkQuestions *list)
{
    mk_questions_cut(list, 0);
    free(list->items);
    *list = (MkQuestions){0};
}

/* ---- asking again ---- */

/* `instead`: another verb with the same words; NULL: the line's own. */
static MkStatus ask(MkSession *session, const MkAsked *asked, const MkVerb *instead,
                    MkResult *result, MkError *err)
{
    MkArena *arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    MkCall again = {0};
    MkStatus st = mk_parse_line(arena, asked->line, MK_DOOR_SCRIPT, &again, NULL, err);
    if (st == MK_OK) {
        const MkSettings line = session->line;
        MkState *state = session->state;
        session->line = asked->settings;
        const char *model = mk_call_option(&again, "model");
        session->line.model = model != NULL ? model : session->line.model;
        session->state = mk_state_keep(asked->state);
        again.verb = instead != NULL ? instead : again.verb;
        st = again.verb->run(session, &again, result, err);
        mk_state_drop(session->state);
        session->state = state;
        session->line = line;
    }
    mk_arena_free(arena);
    return st;
}

MkStatus mk_report_ask_again(MkSession *session, const MkAsked *asked, MkResult *result,
                             MkError *err)
{
    return ask(session, asked, NULL, result, err);
}

/* An estimate has no figures of its own: in a report it has those of `plot`. Where these cannot be
 * (a table of people), the numbers are enough. */
static void add_pictures(MkSession *session, const MkAsked *asked, MkPagePart *part)
{
    const MkVerb *plot = NULL;
    part->pictures = mk_result_new("plot");
    if (mk_verb_find("plot", &plot, NULL) != MK_OK || part->pictures == NULL ||
        ask(session, asked, plot, part->pictures, NULL) != MK_OK) {
        mk_result_free(part->pictures);
        part->pictures = NULL;
    }
}

/* ---- one answer ---- */

static MkStatus add_part(MkSession *session, MkResult *report, MkResult *answer,
                         const MkAsked *asked, const char *prose, MkError *err)
{
    const MkResult *const said = answer != NULL ? answer : report;
    const char *const shown = mk_report_line(report->arena, asked->line);
    const char *const heading =
        shown != NULL ? mk_report_heading(session, report, said, shown) : "";
    MkPagePart *part = mk_page_add_part(report, answer, heading, shown);
    if (part == NULL || shown == NULL) {
        return no_memory(err);
    }
    part->prose = mk_page_text(report, prose);
    part->is_check = answer != NULL && mk_node_member(answer->data, "expect") != NULL;
    mk_report_known(session, report, said, &part->known);
    if (said->n_figures == 0 && mk_node_member(said->data, "estimates") != NULL) {
        add_pictures(session, asked, part);
    }
    return mk_result_status(report, err);
}

/* The script of a page: options, then the lines that `print` adds. */
static MkStatus set_script(MkResult *report, MkBuf *buf, MkError *err)
{
    if (!buf->failed) {
        mk_result_page(report)->script = mk_page_text(report, buf->data);
    }
    const MkStatus st = mk_buf_status(buf, err);
    mk_buf_release(buf);
    return st == MK_OK ? mk_result_status(report, err) : st;
}

MkStatus mk_report_answer(MkSession *session, const char *line, MkState *state,
                          const MkSettings *settings, MkResult *result, MkError *err)
{
    MkPage *page = mk_result_page(result);
    if (page == NULL) {
        return no_memory(err);
    }
    if (page->title[0] != '\0') {
        return MK_OK; /* it is a report already */
    }
    const MkAsked asked = {mk_arena_strdup(result->arena, line), state, *settings};
    if (asked.line == NULL) {
        return no_memory(err);
    }
    MK_TRY(add_part(session, result, NULL, &asked, "", err));
    page->title = page->parts[0].heading;
    page->parts[0].heading = "";
    mk_report_model(session, settings, result);
    MkBuf buf;
    mk_buf_init(&buf);
    mk_report_print_settings(session, settings, &buf);
    mk_report_print_state(state, &buf);
    mk_buf_printf(&buf, "%s\n", page->parts[0].line);
    return set_script(result, &buf, err);
}

/* ---- all of a session ---- */

static MkStatus add_question(MkSession *session, const MkAsked *asked, MkResult *report,
                             MkError *err)
{
    MkResult *answer = mk_result_new("export");
    if (answer == NULL) {
        return no_memory(err);
    }
    MkStatus st = mk_report_ask_again(session, asked, answer, err);
    if (st != MK_OK) {
        mk_result_free(answer);
        return st;
    }
    return add_part(session, report, answer, asked, "", err);
}

/* What `save` would write, without the lines that write files. */
static MkStatus add_session_script(const MkSession *session, MkResult *result, MkError *err)
{
    MkBuf all, kept;
    mk_buf_init(&all);
    mk_buf_init(&kept);
    const MkStatus st = mk_session_script(session, &all, err);
    for (const char *at = all.data; *at != '\0';) {
        const size_t line = strcspn(at, "\n");
        const size_t len = line + (at[line] == '\n' ? 1 : 0);
        if (strncmp(at, "export ", 7) != 0) {
            mk_buf_add(&kept, at, len);
        }
        at += len;
    }
    mk_buf_release(&all);
    if (st != MK_OK) {
        mk_buf_release(&kept);
        return st;
    }
    return set_script(result, &kept, err);
}

MkStatus mk_report_session(MkSession *session, MkResult *result, MkError *err)
{
    MkPage *page = mk_result_page(result);
    if (page == NULL) {
        return no_memory(err);
    }
    page->title = session->questions.n == 1 ? "A question and its answer" : "Questions and answers";
    for (size_t i = 0; i < session->questions.n; i++) {
        MK_TRY(add_question(session, &session->questions.items[i], result, err));
    }
    mk_report_model(session, &session->settings, result);
    return add_session_script(session, result, err);
}

/* ---- a script ---- */

void mk_collector_init(MkCollector *collector, MkResult *report)
{
    *collector = (MkCollector){.report = report};
    mk_buf_init(&collector->words);
}

void mk_collector_release(MkCollector *collector)
{
    mk_buf_release(&collector->words);
}

/* The first paragraph is the title, or its first sentence when it is long. */
static void take_head(MkCollector *c)
{
    MkPage *page = mk_result_page(c->report);
    const char *const words = c->words.data;
    if (page == NULL || c->has_head || words[0] == '\0') {
        return;
    }
    const char *const paragraph = strstr(words, "\n\n");
    size_t len = paragraph != NULL ? (size_t)(paragraph - words) : strlen(words);
    size_t rest = len;
    for (size_t i = 0; len > TITLE_MOST && i < len; i++) {
        const bool ends = strchr(".?!", words[i]) != NULL;
        if (ends && (words[i + 1] == ' ' || words[i + 1] == '\n')) {
            len = i + 1;
            rest = i + 2;
        }
    }
    char *title = mk_arena_strndup(c->report->arena, words, len);
    for (size_t i = 0; title != NULL && i < len; i++) {
        title[i] = title[i] == '\n' ? ' ' : title[i];
    }
    while (title != NULL && len > 0 && strchr(". ", title[len - 1]) != NULL) {
        title[--len] = '\0';
    }
    c->report->failed = c->report->failed || title == NULL;
    page->title = title != NULL ? title : "";
    page->prose = mk_page_text(c->report, words + rest);
    mk_buf_clear(&c->words);
}

MkStatus mk_collector_read(MkCollector *c, const char *line, MkError *err)
{
    const char *text = line + strspn(line, " \t");
    if (*text == '#') {
        text += strspn(text, "#");
        mk_buf_printf(&c->words, "%s\n", text + (*text == ' '));
    } else {
        take_head(c);
        c->has_head = true;
        mk_buf_puts(&c->words, c->words.len > 0 ? "\n" : "");
    }
    return mk_buf_status(&c->words, err);
}

MkStatus mk_collector_take(MkCollector *c, MkSession *session, const char *line, MkResult *answer,
                           MkError *err)
{
    MkAsked asked = session->asked; /* its line, where it is a question, is this one */
    asked.line = mk_arena_strdup(c->report->arena, line);
    if (asked.line == NULL) {
        mk_result_free(answer);
        return no_memory(err);
    }
    const MkStatus st = add_part(session, c->report, answer, &asked, c->words.data, err);
    mk_buf_clear(&c->words);
    return st;
}

MkStatus mk_collector_close(MkCollector *c, MkSession *session, const char *path,
                            const char *script, MkError *err)
{
    take_head(c);
    MkPage *page = mk_result_page(c->report);
    if (page == NULL) {
        return no_memory(err);
    }
    page->title = page->title[0] != '\0' ? page->title : mk_file_base_name(path);
    page->title = mk_page_text(c->report, page->title);
    mk_report_model(session, &session->line, c->report);
    page->script = mk_page_text(c->report, script);
    return mk_result_status(c->report, err);
}

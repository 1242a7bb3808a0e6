/* report_words.c - what a report says around its answers, in words. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/query/show.h"
#include "src/result/node.h"
#include "src/script/report.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

enum { NAMES_SHOWN = 4 };

static const MkSchema *schema_of(const MkSession *session)
{
    return session->current != NULL ? mk_model_schema(session->current->model) : NULL;
}

static const char *or_empty(MkResult *report, const char *text)
{
    report->failed = report->failed || text == NULL;
    return text != NULL ? text : "";
}

/* ---- headings ---- */

static const char *label_of(const MkSchema *schema, const char *name)
{
    size_t id = 0;
    return schema != NULL && mk_schema_find(schema, name, &id) ? schema->attributes[id].label
                                                               : name;
}

/* "A, B, C and 4 more" of the members of a list. */
static const char *names_of(const MkSchema *schema, MkResult *report, const MkNode *data,
                            const char *list, const char *key)
{
    const size_t n = mk_node_count(data, list);
    const char *text = "";
    size_t i = 0;
    for (const MkNode *item = mk_node_first(data, list); item != NULL && i < NAMES_SHOWN;
         item = item->next, i++) {
        const char *const name = label_of(schema, mk_node_text(item, key));
        text = or_empty(report,
                        mk_arena_printf(report->arena, "%s%s%s", text, i > 0 ? ", " : "", name));
    }
    if (n > NAMES_SHOWN) {
        text = or_empty(report,
                        mk_arena_printf(report->arena, "%s and %zu more", text, n - NAMES_SHOWN));
    }
    return text;
}

/* Label of what stands under `key`: a name, or an object that has one. */
static const char *one_of(const MkSchema *schema, const MkNode *data, const char *key)
{
    const MkNode *const node = mk_node_member(data, key);
    if (node == NULL) {
        return "";
    }
    return label_of(schema,
                    node->kind == MK_NODE_STRING ? node->string : mk_node_text(node, "attribute"));
}

/* The line up to its first option or keyword of evidence. */
static const char *short_line(MkResult *report, const char *line)
{
    size_t len = strlen(line);
    static const char *const ends[] = {" given ", " --", " -o "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *const at = strstr(line, ends[i]);
        len = at != NULL && (size_t)(at - line) < len ? (size_t)(at - line) : len;
    }
    char *text = mk_arena_strndup(report->arena, line, len);
    if (text != NULL && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = (char)(text[0] - 'a' + 'A');
    }
    return or_empty(report, text);
}

/* The word after `from`; "" without one. */
static const char *after_from(MkResult *report, const char *line)
{
    const char *at = strstr(line, " from ");
    if (at == NULL) {
        return "";
    }
    at += 6;
    return or_empty(report, mk_arena_strndup(report->arena, at, strcspn(at, " \t")));
}

static bool is(const char *verb, const char *name)
{
    return strcmp(verb, name) == 0;
}

/* `export` answers what another line asked. */
static const char *verb_of(MkResult *report, const MkResult *answer, const char *line)
{
    MkCall call = {0};
    if (strcmp(answer->verb, "export") != 0 ||
        mk_parse_line(report->arena, line, MK_DOOR_SCRIPT, &call, NULL, NULL) != MK_OK ||
        call.verb == NULL) {
        return answer->verb;
    }
    return call.verb->name;
}

/* "Waist circumference, as low as it gets" of `optimize waist min over ...`. */
static const char *goal_of(const MkSession *session, MkResult *report, const char *line)
{
    MkCall call = {0};
    if (mk_parse_line(report->arena, line, MK_DOOR_SCRIPT, &call, NULL, NULL) != MK_OK ||
        call.lists[MK_LIST_WORDS].n < 2) {
        return short_line(report, line);
    }
    const MkWord *const words = call.lists[MK_LIST_WORDS].items;
    const char *const goal = words[1].text;
    const char *const end = is(goal, "min")   ? "as low as it gets"
                            : is(goal, "max") ? "as high as it gets"
                                              : goal;
    return mk_arena_printf(report->arena, "%s, %s", label_of(schema_of(session), words[0].text),
                           end);
}

const char *mk_report_heading(const MkSession *session, MkResult *report, const MkResult *answer,
                              const char *line)
{
    const MkSchema *const schema = schema_of(session);
    const MkNode *const data = answer->data;
    const char *const versus = one_of(schema, data, "versus");
    const char *const target = one_of(schema, data, "target");
    const char *names = names_of(schema, report, data, "estimates", "attribute");
    names = names[0] != '\0' ? names : names_of(schema, report, data, "targets", "attribute");
    const char *const verb = verb_of(report, answer, line);
    const char *text = NULL;
    if (is(verb, "plot") && versus[0] != '\0' && names[0] != '\0') {
        text = mk_arena_printf(report->arena, "%s against %s", names, versus);
    } else if ((is(verb, "estimate") || is(verb, "plot")) && names[0] != '\0') {
        text = names;
    } else if (is(verb, "compare") && names[0] != '\0') {
        text = mk_arena_printf(report->arena, "Compared: %s",
                               names_of(NULL, report, data, "scenarios", "name"));
    } else if (is(verb, "explore") && target[0] != '\0') {
        text = mk_arena_printf(report->arena, "What is related to %s", target);
    } else if (is(verb, "optimize")) {
        text = goal_of(session, report, line);
    } else if (is(verb, "support")) {
        const char *const from = after_from(report, line);
        text = from[0] != '\0' ? mk_arena_printf(report->arena, "How typical is %s?", from)
                               : "How typical is what is known?";
    } else {
        text = short_line(report, line);
    }
    return or_empty(report, text);
}

/* ---- lines ---- */

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

const char *mk_report_line(MkArena *arena, const char *line)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (const char *at = line + strspn(line, " \t"); *at != '\0'; at += strspn(at, " \t")) {
        const size_t len = mk_word_length(at);
        if (is_word(at, len, "-o") || is_word(at, len, "--output")) {
            at += len;
            at += strspn(at, " \t");
            at += mk_word_length(at);
        } else {
            const bool is_output = strncmp(at, "--output=", 9) == 0 ||
                                   (len > 2 && strncmp(at, "-o", 2) == 0 && at[2] != '-');
            if (!is_output) {
                mk_buf_puts(&buf, buf.len > 0 ? " " : "");
                mk_buf_add(&buf, at, len);
            }
            at += len;
        }
    }
    const char *const out = buf.failed ? NULL : mk_arena_strdup(arena, buf.data);
    mk_buf_release(&buf);
    return out;
}

/* ---- what was known ---- */

static void put_number(MkBuf *buf, double x)
{
    char text[24];
    mk_buf_puts(buf, mk_text_number(x, 6, text));
}

static void put_value(const MkNode *value, MkBuf *buf)
{
    if (value->kind == MK_NODE_STRING) {
        mk_buf_puts(buf, value->string);
    } else if (value->kind == MK_NODE_NUMBER) {
        put_number(buf, value->number);
    } else if (value->kind == MK_NODE_ARRAY) {
        for (const MkNode *item = value->first; item != NULL; item = item->next) {
            mk_buf_puts(buf, item == value->first ? "" : " or ");
            put_value(item, buf);
        }
    } else if (value->kind == MK_NODE_OBJECT) {
        const double low = mk_node_value(value, "low");
        const double high = mk_node_value(value, "high");
        mk_buf_puts(buf, isnan(low) ? "up to " : "");
        if (!isnan(low)) {
            put_number(buf, low);
        }
        mk_buf_puts(buf, isnan(low) ? "" : isnan(high) ? " and more" : " to ");
        if (!isnan(high)) {
            put_number(buf, high);
        }
    }
}

void mk_report_known(const MkSession *session, MkResult *report, const MkResult *answer,
                     MkPageFacts *facts)
{
    const MkSchema *const schema = schema_of(session);
    MkBuf value;
    mk_buf_init(&value);
    for (const MkNode *item = mk_node_first(answer->data, "given"); item != NULL;
         item = item->next) {
        size_t id = 0;
        const char *const name = item->key != NULL ? item->key : "";
        const bool is_known = schema != NULL && mk_schema_find(schema, name, &id);
        mk_buf_clear(&value);
        put_value(item, &value);
        if (is_known && schema->attributes[id].unit[0] != '\0') {
            mk_buf_printf(&value, " %s", schema->attributes[id].unit);
        }
        mk_page_add_fact(report, facts, is_known ? schema->attributes[id].label : name, value.data);
    }
    report->failed = report->failed || value.failed;
    mk_buf_release(&value);
}

/* ---- the model ---- */

/* "- Population: adults ..." of the card's part on its data. */
static void add_card_lines(MkResult *report, MkPageFacts *facts, const char *card)
{
    const char *at = strstr(card, "\n## Data\n");
    for (at = at != NULL ? at + 9 : ""; *at != '\0' && strncmp(at, "## ", 3) != 0;) {
        const size_t len = strcspn(at, "\n");
        const char *const colon = memchr(at, ':', len);
        if (len > 2 && strncmp(at, "- ", 2) == 0 && colon != NULL && colon[1] == ' ') {
            const char *const label =
                mk_arena_strndup(report->arena, at + 2, (size_t)(colon - at) - 2);
            const char *const value =
                mk_arena_strndup(report->arena, colon + 2, len - (size_t)(colon - at) - 2);
            mk_page_add_fact(report, facts, or_empty(report, label), or_empty(report, value));
        }
        at += len + (at[len] == '\n');
    }
}

/* The paragraph under "## Limits". */
static void add_card_limits(MkResult *report, MkPageFacts *facts, const char *card)
{
    static const char head[] = "\n## Limits\n";
    const char *at = strstr(card, head);
    if (at == NULL) {
        return;
    }
    at += sizeof head - 1;
    at += strspn(at, "\n");
    const char *const next = strstr(at, "\n#");
    const size_t len = next != NULL ? (size_t)(next - at) : strlen(at);
    mk_page_add_fact(report, facts, "Limits",
                     or_empty(report, mk_arena_strndup(report->arena, at, len)));
}

void mk_report_model(const MkSession *session, const MkSettings *settings, MkResult *report)
{
    MkPage *const page = mk_result_page(report);
    if (page == NULL) {
        return;
    }
    const char *name = "no model";
    if (session->current != NULL) {
        const MkModel *const model = session->current->model;
        const MkCard *const card = mk_model_card(model);
        name = or_empty(report, mk_arena_printf(report->arena, "%s %s", card->name, card->version));
        page->model = or_empty(
            report, mk_arena_printf(report->arena, "%s · %zu attributes · trained on %zu people",
                                    name, mk_model_schema(model)->n, card->n_people));
        mk_page_add_fact(report, &page->about, "Name", name);
        add_card_lines(report, &page->about, card->text);
        add_card_limits(report, &page->about, card->text);
    }
    page->made_by = or_empty(
        report,
        mk_arena_printf(report->arena, "Made by manikin %s with %s, seed %llu, intervals of %s%s.",
                        PACKAGE_VERSION, name, (unsigned long long)settings->seed,
                        mk_show_level(report->arena, settings->level),
                        settings->is_raw ? ", not recalibrated" : ""));
}

/* ---- scripts ---- */

void mk_report_print_settings(const MkSession *session, const MkSettings *s, MkBuf *buf)
{
    if (session->current != NULL) {
        const MkCard *const card = mk_model_card(session->current->model);
        mk_buf_printf(buf, "# model %s %s\n", card->name, card->version);
    }
    if (s->model != NULL) {
        mk_buf_puts(buf, "--model ");
        mk_buf_word(buf, s->model);
        mk_buf_putc(buf, '\n');
    }
    if (s->level < 0.9 || s->level > 0.9) {
        mk_buf_puts(buf, "--level ");
        mk_buf_double(buf, s->level);
        mk_buf_putc(buf, '\n');
    }
    if (s->is_raw) {
        mk_buf_puts(buf, "--calibration off\n");
    }
    if (s->seed != 0) {
        mk_buf_printf(buf, "--seed %llu\n", (unsigned long long)s->seed);
    }
}

static void print_named(const MkState *state, const char *verb, const MkScenario *list, size_t n,
                        MkBuf *buf)
{
    for (size_t i = 0; i < n; i++) {
        mk_buf_printf(buf, "%s ", verb);
        mk_buf_word(buf, list[i].name);
        mk_buf_puts(buf, list[i].evidence.n > 0 ? " " : "");
        mk_evidence_print(state->schema, list[i].evidence, buf);
        mk_buf_putc(buf, '\n');
    }
}

void mk_report_print_state(const MkState *state, MkBuf *buf)
{
    if (state->schema == NULL) {
        return;
    }
    if (state->n_known > 0) {
        mk_buf_puts(buf, "given ");
        mk_evidence_print(state->schema, (MkEvidence){state->n_known, state->known}, buf);
        mk_buf_putc(buf, '\n');
    }
    print_named(state, "person", state->persons, state->n_persons, buf);
    print_named(state, "scenario", state->own, state->n_scenarios, buf);
    if (state->n_targets > 0) {
        mk_buf_puts(buf, "target");
        for (size_t i = 0; i < state->n_targets; i++) {
            mk_buf_printf(buf, " %s", state->schema->attributes[state->targets[i]].name);
        }
        mk_buf_putc(buf, '\n');
    }
}

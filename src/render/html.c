#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/html.h"

#include <stdio.h>
#include <string.h>

#include "src/render/html_priv.h"
#include "src/render/svg.h"
#include "src/result/page.h"

enum { STREAM_LINES = 40, SHORT_SCRIPT = 600, FEW_PICTURES = 4 };

typedef struct Writer {
    const MkRenderOptions *options;
    MkBuf *out;
    size_t n_pictures;
    bool has_told; /* why there are no pictures */
} Writer;

/* ---- pictures ---- */

/* The page says title and caption in letters of its own. */
static bool draw(Writer *w, const MkFigure *figure, MkBuf *svg, MkError *err)
{
    MkFigure bare = *figure;
    bare.title = "";
    bare.caption = "";
    if (w->options->draw == NULL) {
        (void)mk_fail(err, MK_EUNSUPPORTED, "there is no plotter here");
        return false;
    }
    return w->options->draw(w->options->draw_ctx, &bare, svg, err) == MK_OK;
}

/* "altair · given age 45": the known values stand above it already. */
static bool repeats_known(const char *text, const MkPagePart *part)
{
    return part->known.n > 0 && strstr(text, " · given ") != NULL;
}

/* What the answer's first line says is not said again under every picture. */
static bool is_said(const MkResult *result, const MkPagePart *part, const char *caption)
{
    const bool is_head = result->n_tables > 0 && result->tables[0].n_columns == 0 &&
                         strcmp(result->tables[0].title, caption) == 0;
    return caption[0] == '\0' || is_head || repeats_known(caption, part);
}

static bool put_picture(Writer *w, const MkResult *result, const MkFigure *figure,
                        const MkPagePart *part, MkError *err)
{
    MkBuf svg, words;
    char prefix[32];
    mk_buf_init(&svg);
    mk_buf_init(&words);
    mk_buf_printf(&words, "%s%s%s", figure->title, figure->caption[0] != '\0' ? ". " : "",
                  figure->caption);
    (void)snprintf(prefix, sizeof prefix, "p%zu-", w->n_pictures + 1);
    const size_t before = w->out->len;
    bool is_drawn = draw(w, figure, &svg, err);
    if (is_drawn) {
        mk_buf_puts(w->out, "<figure>");
        if (strcmp(figure->title, part->heading) != 0) {
            mk_html_element("h3", "", figure->title, w->out);
        }
        is_drawn = mk_svg_embed(svg.data, svg.len, prefix, words.data, w->out);
        if (!is_drawn) {
            (void)mk_fail(err, MK_EFORMAT, "the plotter's picture is not well-formed");
            w->out->len = before;
            w->out->data[before] = '\0';
        }
    }
    if (is_drawn) {
        w->n_pictures++;
        if (!is_said(result, part, figure->caption)) {
            mk_html_element("figcaption", "", figure->caption, w->out);
        }
        mk_buf_puts(w->out, "</figure>\n");
    }
    w->out->failed = w->out->failed || svg.failed || words.failed;
    mk_buf_release(&svg);
    mk_buf_release(&words);
    return is_drawn;
}

/* A plot that cannot be drawn does not hide the numbers. */
static void put_pictures(Writer *w, const MkResult *answer, const MkPagePart *part)
{
    const MkResult *const result = part->pictures != NULL ? part->pictures : answer;
    MkError why = {0};
    const size_t n_pictures = mk_result_n_pictures(result);
    size_t n_failed = 0;
    if (n_pictures == 0) {
        return;
    }
    const size_t before = w->out->len;
    mk_buf_puts(w->out, "<div class=\"plots\">\n");
    const size_t empty = w->out->len;
    for (size_t i = 0; i < n_pictures; i++) {
        n_failed += put_picture(w, answer, &result->figures[i], part, &why) ? 0 : 1;
    }
    if (w->out->len == empty && !w->out->failed) {
        w->out->len = before;
        w->out->data[before] = '\0';
    } else {
        mk_buf_puts(w->out, "</div>\n");
    }
    if (n_failed > 0 && !w->has_told) {
        w->has_told = true;
        mk_buf_printf(w->out, "<p class=\"failed\">%s",
                      n_failed == n_pictures ? "The plots are not shown: "
                                             : "Some plots are not shown: ");
        mk_html_text(why.text, w->out);
        mk_buf_puts(w->out, ".</p>\n");
    }
}

/* ---- answers ---- */

static void put_facts(const MkPageFacts *facts, const char *class_name, MkBuf *out)
{
    if (facts->n == 0) {
        return;
    }
    const bool is_known = class_name[0] != '\0';
    mk_buf_printf(out, is_known ? "<dl class=\"%s\">\n" : "<dl>\n", class_name);
    for (size_t i = 0; i < facts->n; i++) {
        mk_buf_puts(out, is_known ? "<div>" : "");
        mk_html_element("dt", "", facts->items[i].label, out);
        mk_html_element("dd", "", facts->items[i].value, out);
        mk_buf_puts(out, is_known ? "</div>\n" : "\n");
    }
    mk_buf_puts(out, "</dl>\n");
}

/* A table of people is not a report: its beginning shows what it is. */
static void put_stream(const MkResult *result, MkBuf *out)
{
    MkBuf line;
    size_t n_lines = 0, at = 0;
    mk_buf_init(&line);
    mk_buf_puts(out, "<pre>");
    for (; at < result->n_stream && n_lines < STREAM_LINES; n_lines++) {
        const char *const start = result->stream + at;
        const char *const end = memchr(start, '\n', result->n_stream - at);
        const size_t len = end != NULL ? (size_t)(end - start) : result->n_stream - at;
        mk_buf_clear(&line);
        mk_buf_add(&line, start, len);
        mk_html_text(line.data, out);
        mk_buf_putc(out, '\n');
        at += len + 1;
    }
    mk_buf_puts(out, "</pre>\n");
    size_t n_more = 0;
    for (; at < result->n_stream; at++) {
        n_more += result->stream[at] == '\n';
    }
    if (n_more > 0) {
        mk_buf_printf(out, "<p class=\"soft\">and %zu lines more</p>\n", n_more);
    }
    out->failed = out->failed || line.failed;
    mk_buf_release(&line);
}

static void put_answer(Writer *w, const MkResult *result, const MkPagePart *part)
{
    size_t n_shown = 0;
    put_facts(&part->known, "known", w->out);
    if (result->failed_check != NULL) {
        mk_html_element("p", "failed", result->failed_check, w->out);
    }
    /* The first line of an answer stands above its pictures, its tables below. */
    size_t first = 0;
    while (first < result->n_tables && result->tables[first].n_columns == 0) {
        if (!repeats_known(result->tables[first].title, part)) {
            mk_html_table(&result->tables[first], w->out);
        }
        first++;
    }
    /* A few pictures come first; many of them come after the overview. */
    const size_t n_pictures =
        mk_result_n_pictures(part->pictures != NULL ? part->pictures : result);
    if (n_pictures <= FEW_PICTURES) {
        put_pictures(w, result, part);
    }
    for (size_t i = first; i < result->n_tables; i++) {
        if (result->tables[i].use != MK_TABLE_DATA) {
            mk_html_table(&result->tables[i], w->out);
            n_shown++;
        }
    }
    if (n_shown == 0 && result->stream != NULL) {
        put_stream(result, w->out);
    }
    if (n_pictures > FEW_PICTURES) {
        put_pictures(w, result, part);
    }
    for (size_t i = 0; i < result->n_notes; i++) {
        mk_html_element("p", "note", result->notes[i], w->out);
        mk_buf_putc(w->out, '\n');
    }
}

/* What was expected, in one line each. */
static void put_check(Writer *w, const MkPagePart *part)
{
    const MkResult *const answer = part->answer;
    const bool has_failed = answer != NULL && answer->failed_check != NULL;
    mk_html_prose(part->prose, w->out);
    mk_buf_printf(w->out, "<p class=\"check%s\">", has_failed ? " failed" : "");
    mk_html_element("code", "", part->line, w->out);
    for (size_t i = 0; answer != NULL && i < answer->n_tables; i++) {
        if (answer->tables[i].n_columns == 0) {
            mk_buf_putc(w->out, ' ');
            mk_html_element("span", "soft", answer->tables[i].title, w->out);
        }
    }
    mk_buf_puts(w->out, "</p>\n");
}

static void put_part(Writer *w, const MkResult *result, const MkPagePart *part, size_t number)
{
    if (part->is_check) {
        put_check(w, part);
        return;
    }
    mk_buf_printf(w->out, "<section id=\"a%zu\">\n", number);
    if (part->heading[0] != '\0') {
        mk_html_element("h2", "", part->heading, w->out);
    }
    mk_buf_putc(w->out, '\n');
    mk_html_prose(part->prose, w->out);
    if (part->line[0] != '\0') {
        mk_buf_puts(w->out, "<p class=\"asked\">");
        mk_html_element("code", "", part->line, w->out);
        mk_buf_puts(w->out, "</p>\n");
    }
    put_answer(w, part->answer != NULL ? part->answer : result, part);
    mk_buf_puts(w->out, "</section>\n");
}

/* ---- the page ---- */

static void put_head(const MkPage *page, MkBuf *out)
{
    mk_buf_puts(out, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
                     "<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
                     "content=\"width=device-width, initial-scale=1\"/>\n"
                     "<meta name=\"generator\" content=\"manikin\"/>\n");
    mk_html_element("title", "", page->title, out);
    mk_buf_puts(out, "\n<style>\n");
    for (size_t i = 0; mk_html_style[i] != NULL; i++) {
        mk_buf_puts(out, mk_html_style[i]);
    }
    mk_buf_puts(out, "</style>\n</head>\n<body>\n<header>\n");
    mk_html_element("h1", "", page->title, out);
    mk_buf_putc(out, '\n');
    if (page->model[0] != '\0') {
        mk_html_element("p", "model", page->model, out);
        mk_buf_putc(out, '\n');
    }
    mk_html_prose(page->prose, out);
    mk_buf_puts(out, "</header>\n");
}

static void put_contents(const MkPage *page, MkBuf *out)
{
    mk_buf_puts(out, "<nav aria-label=\"Answers\"><ol>\n");
    for (size_t i = 0; i < page->n_parts; i++) {
        if (page->parts[i].is_check) {
            continue;
        }
        mk_buf_printf(out, "<li><a href=\"#a%zu\">", i + 1);
        mk_html_text(page->parts[i].heading, out);
        mk_buf_puts(out, "</a></li>\n");
    }
    mk_buf_puts(out, "</ol></nav>\n");
}

static void put_script(const char *script, MkBuf *out)
{
    mk_buf_puts(out, strlen(script) < SHORT_SCRIPT ? "<details open=\"open\">" : "<details>");
    mk_buf_puts(out, "<summary>The script that makes these numbers again</summary>\n<pre>");
    MkBuf line;
    mk_buf_init(&line);
    while (*script != '\0') {
        const size_t len = strcspn(script, "\n");
        mk_buf_clear(&line);
        mk_buf_add(&line, script, len);
        mk_html_text(line.data, out);
        mk_buf_putc(out, '\n');
        script += len + (script[len] == '\n');
    }
    out->failed = out->failed || line.failed;
    mk_buf_release(&line);
    mk_buf_puts(out, "</pre></details>\n");
}

static void put_foot(const MkPage *page, MkBuf *out)
{
    mk_buf_puts(out, "<footer>\n");
    if (page->about.n > 0) {
        mk_html_element("h2", "", "The model", out);
        mk_buf_putc(out, '\n');
        put_facts(&page->about, "", out);
    }
    mk_buf_puts(out,
                "<p>Answers are associations in the data that the model was trained on; they do "
                "not give causes. This is not a medical device.</p>\n");
    if (page->script[0] != '\0') {
        put_script(page->script, out);
    }
    if (page->made_by[0] != '\0') {
        mk_html_element("p", "soft", page->made_by, out);
        mk_buf_putc(out, '\n');
    }
    mk_buf_puts(out, "</footer>\n</body>\n</html>\n");
}

MkStatus mk_html_page(const MkResult *result, const MkRenderOptions *options, MkBuf *out,
                      MkError *err)
{
    static const MkPagePart whole = {.heading = "", .line = "", .prose = ""};
    const MkPage bare = {
        .title = result->verb, .prose = "", .model = "", .made_by = "", .script = ""};
    const MkPage *const page = result->page != NULL ? result->page : &bare;
    Writer w = {.options = options, .out = out};
    put_head(page, out);
    if (page->n_parts > 1) {
        put_contents(page, out);
    }
    mk_buf_puts(out, "<main>\n");
    for (size_t i = 0; i < page->n_parts; i++) {
        put_part(&w, result, &page->parts[i], i + 1);
    }
    if (page->n_parts == 0) {
        put_part(&w, result, &whole, 1);
    }
    mk_buf_puts(out, "</main>\n");
    put_foot(page, out);
    return mk_buf_status(out, err);
}

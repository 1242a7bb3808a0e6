/* test_html.c - reports: one well-formed file, everything escaped, pictures inside it. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "src/render/html.h"
#include "src/render/svg.h"
#include "src/result/page.h"
#include "tests/check.h"

/* ---- a small checker: every element closed, every name once, no bare & or < ---- */

enum { DEEP = 64, IDS = 256 };

typedef struct Checker {
    char open[DEEP][32];
    size_t depth;
    char ids[IDS][64];
    size_t n_ids;
} Checker;

static size_t name_length(const char *at)
{
    size_t n = 0;
    while (isalnum((unsigned char)at[n]) || strchr(":-_", at[n]) != NULL) {
        if (at[n] == '\0') {
            break;
        }
        n++;
    }
    return n;
}

static const char *check_attributes(Checker *c, const char *at)
{
    while (*at != '>' && strncmp(at, "/>", 2) != 0) {
        at += strspn(at, " \n");
        const size_t n = name_length(at);
        assert_true(n > 0);
        assert_int_equal(at[n], '=');
        assert_int_equal(at[n + 1], '"');
        const char *value = at + n + 2;
        const size_t len = strcspn(value, "\"<");
        assert_int_equal(value[len], '"');
        if (n == 2 && strncmp(at, "id", 2) == 0) {
            assert_true(c->n_ids < IDS && len < 64);
            memcpy(c->ids[c->n_ids], value, len);
            c->ids[c->n_ids][len] = '\0';
            for (size_t i = 0; i < c->n_ids; i++) {
                assert_string_not_equal(c->ids[i], c->ids[c->n_ids]);
            }
            c->n_ids++;
        }
        at = value + len + 1;
        at += strspn(at, " \n");
    }
    return at;
}

static const char *check_tag(Checker *c, const char *at)
{
    const bool is_end = *at == '/';
    at += is_end ? 1 : 0;
    const size_t n = name_length(at);
    assert_true(n > 0 && n < 32);
    if (is_end) {
        assert_true(c->depth > 0);
        c->depth--;
        assert_int_equal(strlen(c->open[c->depth]), n);
        assert_memory_equal(c->open[c->depth], at, n);
        assert_int_equal(at[n], '>');
        return at + n + 1;
    }
    assert_true(c->depth < DEEP);
    memcpy(c->open[c->depth], at, n);
    c->open[c->depth][n] = '\0';
    at = check_attributes(c, at + n);
    c->depth += *at == '>' ? 1 : 0;
    return at + (*at == '>' ? 1 : 2);
}

static void check_page(const char *text)
{
    static Checker c;
    memset(&c, 0, sizeof c);
    static const char head[] = "<!DOCTYPE html>\n";
    assert_memory_equal(text, head, sizeof head - 1);
    for (const char *at = text + sizeof head - 1; *at != '\0';) {
        if (*at == '<') {
            at = check_tag(&c, at + 1);
        } else if (*at == '&') {
            const size_t n = strcspn(at, ";");
            assert_true(n < 8 && at[n] == ';');
            at += n;
        } else {
            assert_true((unsigned char)*at >= 0x20 || *at == '\n');
            at++;
        }
    }
    assert_int_equal(c.depth, 0);
}

/* ---- pictures ---- */

static const char picture[] =
    "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 8 5\" onload='alert(1)'>\n<title>Gnuplot</title>"
    "<!-- > --><defs><path id='mark' d='M0,0'/></defs><use xlink:href='#mark'/>"
    "<image href='http://example.org/x.png'/><g clip-path=\"url(#mark)\" fill=\"url(http://x)\">"
    "<text>a &amp; b & c</text></g><script>alert(2)</script></svg>\n";

static MkStatus draw_picture(void *ctx, const MkFigure *figure, MkBuf *svg, MkError *err)
{
    (void)err;
    size_t *n = ctx;
    ++*n;
    assert_string_equal(figure->title, ""); /* the page says it */
    mk_buf_puts(svg, picture);
    return MK_OK;
}

static MkStatus draw_half(void *ctx, const MkFigure *figure, MkBuf *svg, MkError *err)
{
    (void)ctx;
    (void)figure;
    (void)err;
    mk_buf_puts(svg, "<svg><g></svg>");
    return MK_OK;
}

static void test_a_picture_brings_nothing_but_itself(void **state)
{
    (void)state;
    MkBuf out;
    mk_buf_init(&out);
    assert_true(mk_svg_embed(picture, sizeof picture - 1, "p1-", "HbA1c \"so\" & so", &out));
    assert_string_equal(
        out.data,
        "<svg role=\"img\" aria-label=\"HbA1c &quot;so&quot; &amp; so\" viewBox=\"0 0 8 5\">"
        "\n<defs><path id=\"p1-mark\" d=\"M0,0\"/></defs><use xlink:href=\"#p1-mark\"/>"
        "<g clip-path=\"url(#p1-mark)\"><text>a &amp; b &amp; c</text></g></svg>");
    mk_buf_release(&out);
}

static void test_broken_pictures_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"",
                                         "no picture",
                                         "<svg",
                                         "<svg>",
                                         "<svg><g></svg>",
                                         "<svg></g>",
                                         "<svg a></svg>",
                                         "<svg a=b/>",
                                         "<svg a=\"b></svg>",
                                         "<svg><!-- </svg>",
                                         "<svg a='\xff'/>",
                                         "<svg><></svg>",
                                         "<svg><g/ ></svg>"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        MkBuf out;
        mk_buf_init(&out);
        mk_buf_puts(&out, "before");
        assert_false(mk_svg_embed(broken[i], strlen(broken[i]), "p1-", "", &out));
        assert_string_equal(out.data, "before");
        mk_buf_release(&out);
    }
}

/* ---- pages ---- */

#define HOSTILE "<b>&\"'\x1b[31m\x01</b>"
#define TAMED "&lt;b&gt;&amp;&quot;&#39;[31m&lt;/b&gt;"

static MkResult *hostile_result(void)
{
    MkResult *r = mk_result_new("estimate");
    (void)mk_result_add_table(r, HOSTILE, 0, 0);
    MkResultTable *t = mk_result_add_table(r, HOSTILE, 3, 3);
    mk_result_table_header(r, t, 0, "name", HOSTILE, MK_ALIGN_LEFT);
    mk_result_table_header(r, t, 1, "n", "N", MK_ALIGN_RIGHT);
    mk_result_table_header(r, t, 2, "bar", "", MK_ALIGN_LEFT);
    mk_result_table_cell(r, t, 0, 0, "Group", NULL);
    mk_result_table_cell(r, t, 1, 0, "  " HOSTILE, NULL);
    mk_result_table_cell(r, t, 1, 1, "12", NULL);
    mk_result_table_cell(r, t, 1, 2, "██▌", NULL);
    mk_result_table_cell(r, t, 2, 0, "plain", NULL);
    mk_result_table_cell(r, t, 2, 2, HOSTILE, NULL);
    for (int i = 0; i < 2; i++) {
        MkFigure *f = mk_result_add_figure(r, HOSTILE);
        f->caption = "a caption";
    }
    mk_result_note(r, "%s", HOSTILE);
    return r;
}

static void render(const MkResult *result, const MkRenderOptions *options, MkBuf *out)
{
    mk_buf_init(out);
    assert_int_equal(mk_render(result, options, out, NULL), MK_OK);
    check_page(out->data);
}

static void test_a_result_alone_is_a_page(void **state)
{
    (void)state;
    size_t n = 0;
    MkBuf out;
    MkResult *r = hostile_result();
    render(r, &(MkRenderOptions){.format = MK_FORMAT_HTML, .draw = draw_picture, .draw_ctx = &n},
           &out);
    assert_int_equal(n, 2);
    assert_null(strstr(out.data, "<b>"));
    assert_null(strstr(out.data, "\x1b"));
    assert_null(strstr(out.data, "http://example"));
    assert_null(strstr(out.data, "alert"));
    assert_non_null(strstr(out.data, "<p class=\"soft\">" TAMED "</p>"));
    assert_non_null(strstr(out.data, "<caption>" TAMED "</caption>"));
    assert_non_null(strstr(out.data,
                           "<th scope=\"col\">" TAMED "</th><th scope=\"col\" class=\"n\">N"
                           "</th><td></td>"));
    assert_non_null(strstr(out.data, "scope=\"colgroup\" colspan=\"3\">Group</th>"));
    assert_non_null(strstr(out.data, "<th scope=\"row\">" TAMED "</th><td class=\"n\">12</td>"
                                     "<td class=\"bar\" aria-hidden=\"true\">██▌</td>"));
    assert_non_null(strstr(out.data, "aria-label=\"" TAMED ". a caption\""));
    assert_non_null(strstr(out.data, "<p class=\"note\">" TAMED "</p>"));
    assert_non_null(strstr(out.data, "not a medical device"));
    mk_buf_release(&out);
    mk_result_free(r);
}

static void test_without_a_plotter_the_numbers_stay(void **state)
{
    (void)state;
    MkBuf out;
    MkResult *r = hostile_result();
    render(r, &(MkRenderOptions){.format = MK_FORMAT_HTML}, &out);
    assert_null(strstr(out.data, "<svg"));
    assert_null(strstr(out.data, "<figure"));
    assert_null(strstr(out.data, "<div class=\"plots\""));
    assert_non_null(strstr(out.data, "The plots are not shown: there is no plotter here."));
    assert_non_null(strstr(out.data, "<td class=\"n\">12</td>"));
    mk_buf_release(&out);
    render(r, &(MkRenderOptions){.format = MK_FORMAT_HTML, .draw = draw_half}, &out);
    assert_null(strstr(out.data, "<svg"));
    assert_non_null(strstr(out.data, "not well-formed"));
    mk_buf_release(&out);
    mk_result_free(r);
}

static void test_a_page_says_what_stands_around_its_answers(void **state)
{
    (void)state;
    size_t n = 0;
    MkBuf out;
    MkResult *r = mk_result_new("run");
    MkPage *page = mk_result_page(r);
    page->title = mk_page_text(r, "A & B");
    page->prose = "One `word <x>` and\na second line.\n\n  manikin <run>\n  again\n\nThe `end";
    page->model = "altair 1.0";
    page->script = "given age=45\nestimate 'a<b'\n";
    page->made_by = "seed 7";
    mk_page_add_fact(r, &page->about, "Limits", HOSTILE);
    for (int i = 0; i < 20; i++) {
        MkPagePart *part =
            mk_page_add_part(r, hostile_result(), "Heading " HOSTILE, "estimate <x>");
        mk_page_add_fact(r, &part->known, "Age", "45 years");
    }
    assert_int_equal(mk_result_status(r, NULL), MK_OK);
    render(r, &(MkRenderOptions){.format = MK_FORMAT_HTML, .draw = draw_picture, .draw_ctx = &n},
           &out);
    assert_int_equal(n, 40);
    assert_non_null(strstr(out.data, "<title>A &amp; B</title>"));
    assert_non_null(strstr(out.data, "<p>One <code>word &lt;x&gt;</code> and\na second line.</p>\n"
                                     "<pre>manikin &lt;run&gt;\nagain</pre>\n<p>The `end</p>"));
    assert_non_null(strstr(out.data, "<a href=\"#a20\">Heading " TAMED "</a>"));
    assert_non_null(strstr(out.data, "<section id=\"a20\">"));
    assert_non_null(strstr(out.data, "<dt>Age</dt><dd>45 years</dd>"));
    assert_non_null(strstr(out.data, "<dt>Limits</dt><dd>" TAMED "</dd>"));
    assert_non_null(strstr(out.data, "given age=45\nestimate &#39;a&lt;b&#39;\n</pre>"));
    assert_non_null(strstr(out.data, "seed 7"));
    mk_buf_release(&out);
    mk_result_free(r);
}

static void test_a_long_stream_shows_its_beginning(void **state)
{
    (void)state;
    MkBuf out, csv;
    MkResult *r = mk_result_new("impute");
    mk_buf_init(&csv);
    for (int i = 0; i < 100; i++) {
        mk_buf_printf(&csv, "row <%d>\n", i);
    }
    r->stream = csv.data;
    r->n_stream = csv.len;
    render(r, &(MkRenderOptions){.format = MK_FORMAT_HTML}, &out);
    assert_non_null(strstr(out.data, "row &lt;39&gt;\n</pre>"));
    assert_non_null(strstr(out.data, "and 60 lines more"));
    mk_buf_release(&out);
    mk_buf_release(&csv);
    mk_result_free(r);
}

static void test_the_style_is_no_markup_and_loads_nothing(void **state)
{
    (void)state;
    MkBuf out;
    MkResult *r = mk_result_new("help");
    render(r, &(MkRenderOptions){.format = MK_FORMAT_HTML}, &out);
    assert_null(strstr(out.data, "url("));
    assert_null(strstr(out.data, "@import"));
    assert_null(strstr(out.data, "<script"));
    assert_null(strstr(out.data, "<link"));
    assert_null(strstr(out.data, "src="));
    mk_buf_release(&out);
    mk_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_picture_brings_nothing_but_itself),
        cmocka_unit_test(test_broken_pictures_are_refused),
        cmocka_unit_test(test_a_result_alone_is_a_page),
        cmocka_unit_test(test_without_a_plotter_the_numbers_stay),
        cmocka_unit_test(test_a_page_says_what_stands_around_its_answers),
        cmocka_unit_test(test_a_long_stream_shows_its_beginning),
        cmocka_unit_test(test_the_style_is_no_markup_and_loads_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

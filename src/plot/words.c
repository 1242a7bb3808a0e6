#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <string.h>

#include "src/base/text.h"
#include "src/plot/plot.h"
#include "src/plot/plot_priv.h"

static bool is_unwanted(uint32_t cp)
{
    return mk_utf8_is_control(cp) || cp == 0xFEFF;
}

static const char *spell(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        const char *text;
    } signs[] = {
        {0xA0, " "},     {0xB0, "deg"},  {0xB1, "+-"},   {0xB2, "2"},    {0xB3, "3"},
        {0xB5, "u"},     {0xB7, "."},    {0xD7, "x"},    {0x3BC, "u"},   {0x2009, " "},
        {0x2010, "-"},   {0x2011, "-"},  {0x2012, "-"},  {0x2013, "-"},  {0x2014, "-"},
        {0x2018, "'"},   {0x2019, "'"},  {0x201C, "\""}, {0x201D, "\""}, {0x2022, "*"},
        {0x2026, "..."}, {0x202F, " "},  {0x2190, "<-"}, {0x2192, "->"}, {0x2212, "-"},
        {0x2248, "~"},   {0x2264, "<="}, {0x2265, ">="},
    };
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (signs[i].cp == cp) {
            return signs[i].text;
        }
    }
    return mk_utf8_width_cp(cp) == 0 ? "" : "?";
}

void mk_plot_words(const char *text, bool ascii, MkBuf *out)
{
    while (*text != '\0') {
        uint32_t cp = 0;
        const size_t n = mk_utf8_next(text, &cp);
        if (is_unwanted(cp)) {
            if (cp == '\n' || cp == '\t') {
                mk_buf_putc(out, ' ');
            }
        } else if (cp >= 0x80 && ascii) {
            mk_buf_puts(out, spell(cp));
        } else if (cp == 0xFFFD) {
            mk_buf_puts(out, "\xEF\xBF\xBD"); /* also for a bad byte */
        } else {
            mk_buf_add(out, text, n);
        }
        text += n;
    }
}

void mk_plot_words_clipped(const char *text, bool ascii, size_t cells, MkBuf *out)
{
    MkBuf words;
    mk_buf_init(&words);
    mk_plot_words(text, ascii, &words);
    if (mk_utf8_width(words.data) <= cells) {
        mk_buf_puts(out, words.data);
    } else if (cells > 0) {
        const size_t room = ascii ? (cells > 2 ? cells - 2 : 0) : cells - 1;
        mk_buf_add(out, words.data, mk_utf8_clip(words.data, room, NULL));
        mk_buf_puts(out, ascii ? (cells > 1 ? ".." : ".") : "\u2026");
    }
    out->failed = out->failed || words.failed;
    mk_buf_release(&words);
}

void mk_plot_quote(const char *text, MkBuf *out)
{
    MkBuf words;
    mk_buf_init(&words);
    mk_plot_words(text, false, &words);
    mk_buf_putc(out, '\'');
    for (const char *p = words.data; *p != '\0'; p++) {
        if (*p == '\'') {
            mk_buf_putc(out, '\'');
        }
        mk_buf_putc(out, *p);
    }
    mk_buf_putc(out, '\'');
    out->failed = out->failed || words.failed;
    mk_buf_release(&words);
}

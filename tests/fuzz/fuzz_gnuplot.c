/* fuzz_gnuplot.c - any bytes as what gnuplot answers: the reply is what stands before the
 * acknowledgement, and a text plot made of it has its rows and columns and no control characters.
 *
 * The first byte chooses figure, size and terminal, the second how the answer ends. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/text.h"
#include "src/plot/plot_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N = 9, MOST = 32768 /* fits into a pipe */ };

typedef struct Answer {
    const uint8_t *bytes;
    size_t len;
} Answer;

/* ---- the conversation ---- */

static int write_all(int fd, const void *bytes, size_t len)
{
    return len == 0 || write(fd, bytes, len) == (ssize_t)len;
}

/* How: 0 acknowledged, 1 refused, 2 an acknowledgement of another request, 3 the end. */
static void converse(const Answer *answer, unsigned how)
{
    int in[2], out[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, in) != 0 || pipe(out) != 0 || pipe(errors) != 0 ||
        fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(errors[0], F_SETFL, O_NONBLOCK) != 0) {
        abort();
    }
    MkPlotChild child = {.to = in[0], .from = out[0], .errors = errors[0], .nonce = 7};
    static const char *const ends[] = {"\nmk-0000000000000007-1 0\n", "\nmk-0000000000000007-1 1\n",
                                       "\nmk-0000000000000007-2 0\n", ""};
    MkBuf reply;
    mk_buf_init(&reply);
    if (!write_all(out[1], answer->bytes, answer->len) ||
        !write_all(out[1], ends[how], strlen(ends[how])) ||
        !write_all(errors[1], answer->bytes, answer->len / 2)) {
        abort();
    }
    (void)close(out[1]);
    (void)close(errors[1]);
    const MkPlotAnswer got = mk_plot_child_ask(&child, "plot x\n", 7, 1000, &reply);
    const int has_own_end =
        memmem(answer->bytes, answer->len, "\nmk-0000000000000007-1 ", 23) != NULL;
    if (!has_own_end &&
        (got != (how == 0   ? MK_ANSWER_DONE
                 : how == 1 ? MK_ANSWER_REFUSED
                            : MK_ANSWER_DEAD) ||
         (how < 2 && (reply.len != answer->len ||
                      (reply.len > 0 && memcmp(reply.data, answer->bytes, reply.len) != 0))) ||
         strlen(child.said) >= sizeof child.said)) {
        abort();
    }
    mk_buf_release(&reply);
    (void)close(in[0]);
    (void)close(in[1]);
    (void)close(out[0]);
    (void)close(errors[0]);
}

/* ---- the text plot ---- */

typedef struct Drawn {
    double x[N], y[N], low[N], high[N];
    const char *labels[N];
    MkSeries series[3];
    MkFigure figure;
} Drawn;

static const MkFigure *make_figure(Drawn *d, int has_bars)
{
    for (size_t i = 0; i < N; i++) {
        d->x[i] = (double)i;
        d->y[i] = 0.1 + sin((double)i);
        d->low[i] = d->y[i] - 0.2;
        d->high[i] = d->y[i] + 0.2;
        d->labels[i] = i % 2 == 0 ? "never" : "\xE4\xBD\x93\xE9\x87\x8D";
    }
    const MkSeriesKind kinds[] = {MK_SERIES_FILL, MK_SERIES_LINE, MK_SERIES_POINTS};
    for (size_t k = 0; k < 3; k++) {
        d->series[k] = (MkSeries){.kind = has_bars ? MK_SERIES_BARS : kinds[k],
                                  .role = k == 0 ? MK_ROLE_POSTERIOR : MK_ROLE_POPULATION,
                                  .name = "series",
                                  .index = k,
                                  .n = N,
                                  .x = d->x,
                                  .y = d->y,
                                  .low = d->low,
                                  .high = d->high,
                                  .labels = has_bars ? d->labels : NULL};
    }
    d->figure = (MkFigure){.title = "Figure",
                           .x_label = "x",
                           .y_label = "y",
                           .caption = "",
                           .x_is_label = has_bars,
                           .x_min = (double)NAN,
                           .x_max = (double)NAN,
                           .n_series = 3,
                           .series = d->series};
    return &d->figure;
}

static MkStatus give(void *ctx, const MkBuf *commands, MkBuf *reply, MkError *err)
{
    const Answer *answer = ctx;
    (void)commands;
    mk_buf_add(reply, answer->bytes, answer->len);
    return mk_buf_status(reply, err);
}

/* Rows of cells and nothing that moves the cursor. */
static void check_rows(const MkBuf *text, size_t columns, size_t rows)
{
    size_t n = 0;
    for (const char *line = text->data, *end; *line != '\0'; line = end + 1, n++) {
        char one[8192];
        end = strchr(line, '\n');
        if (end == NULL || (size_t)(end - line) >= sizeof one) {
            abort();
        }
        memcpy(one, line, (size_t)(end - line));
        one[end - line] = '\0';
        for (const char *p = one; *p != '\0';) {
            uint32_t cp = 0;
            p += mk_utf8_next(p, &cp);
            if (mk_utf8_is_control(cp)) {
                abort();
            }
        }
        if (mk_utf8_width(one) > columns) {
            abort();
        }
    }
    if (n > rows || strlen(text->data) != text->len) {
        abort();
    }
}

static void draw(Answer *answer, unsigned choice)
{
    Drawn drawn;
    MkBuf out;
    MkError err = {0};
    mk_buf_init(&out);
    const int has_bars = (choice & 1) != 0;
    const MkPlotTextJob job = {.figure = make_figure(&drawn, has_bars),
                               .columns = (choice & 2) != 0 ? 24 : 100,
                               .rows = (choice & 4) != 0 ? 7 : 30,
                               .ascii = (choice & 8) != 0,
                               .block = (choice & 24) == 16 && !has_bars};
    if (mk_plot_text(&job, give, answer, &out, &err) == MK_OK) {
        check_rows(&out, job.columns, job.rows);
    } else if (err.text[0] == '\0') {
        abort();
    }
    mk_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && size <= MOST) {
        Answer answer = {data + 2, size - 2};
        draw(&answer, data[0]);
        converse(&answer, data[1] & 3);
    }
    return 0;
}

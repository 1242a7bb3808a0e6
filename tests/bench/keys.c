/* keys.c - from a key to the screen in the workbench: `keys MODEL` prints one line like speed.c.
 *
 * The real program in a pseudo-terminal of 120x36. A value is taken back (u) and given again
 * (Ctrl-R) in turn; the time runs from the key to the last change among the attributes with their
 * live estimates. The plot, drawn by gnuplot beside them, is not waited for. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/term/session.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"

enum { TIMES = 40, LEFT = 40, QUIET_MS = 400 };

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* "given NAME=VALUE" of the first number, at its 90 % quantile. */
static bool make_line(const char *path, char *line, size_t room)
{
    MkModel *model = NULL;
    if (mk_model_open(path, &model, NULL) != MK_OK) {
        return false;
    }
    const MkSchema *const schema = mk_model_schema(model);
    bool is_made = false;
    for (size_t j = 0; j < schema->n && !is_made; j++) {
        const MkAttribute *const a = &schema->attributes[j];
        if (a->type == MK_REAL || a->type == MK_POSITIVE) {
            const double x = mk_dist_quantile(mk_model_population(model, j), 0.9);
            is_made = true;
            (void)snprintf(line, room, ":given %s=%.6g\r", a->name, x);
        }
    }
    mk_model_free(model);
    return is_made;
}

int main(int argc, char **argv)
{
    char line[512] = "";
    double times[TIMES];
    if (argc != 2 || !make_line(argv[1], line, sizeof line)) {
        (void)fprintf(stderr, "keys MODEL: no model, or no number in it\n");
        return 1;
    }
    Session *session = session_start(120, 36, (const char *const[]){"-m", argv[1], NULL});
    if (!session_shows(session, "q quit")) {
        (void)fprintf(stderr, "keys: the workbench did not open\n");
        return 1;
    }
    (void)session_settle(session, line, LEFT, 1500);
    for (size_t i = 0; i < TIMES; i++) {
        times[i] = session_settle(session, i % 2 == 0 ? "u" : "\x12", LEFT, QUIET_MS);
    }
    session_free(session);
    qsort(times, TIMES, sizeof *times, by_number);
    if (!(times[0] > 0)) {
        (void)fprintf(stderr, "keys: the estimates did not move\n");
        return 1;
    }
    const double median = times[TIMES / 2], late = times[TIMES - 1 - TIMES / 20];
    printf("key to screen, visible estimates updated, 120x36, median (95 %%: %.3g ms)\t≤ 16 ms\t"
           "%.3g ms\t%s\n",
           late, median, median <= 16 ? "yes" : "NO");
    return 0;
}

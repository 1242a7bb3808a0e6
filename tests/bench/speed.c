/* speed.c - how fast a model answers: `speed MODEL MANIKIN` prints one line a measurement,
 * tab-separated: what, bar, reached, unit, whether it holds.
 *
 * In the process: 10 values drawn from the population known, through the whole query (parsing and
 * printing apart), median over many questions after a warm-up. On the command line: from fork to
 * the end of `MANIKIN estimate`, median of several, files in the page cache; memory is the child's
 * largest resident set. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "model/model.h"
#include "src/base/rng.h"
#include "src/query/query.h"

enum { KNOWN = 10, TARGETS = 5, ASKED = 400, ASKED_ALL = 60, STARTED = 21 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_number);
    return x[n / 2];
}

static int fail(const char *what, const MkError *err)
{
    fprintf(stderr, "speed: %s: %s\n", what, err->text);
    return 1;
}

static void report(const char *what, double bar, double reached, const char *unit)
{
    printf("%s\t≤ %g %s\t%.3g %s\t%s\n", what, bar, unit, reached, unit,
           reached <= bar ? "yes" : "NO");
    fflush(stdout);
}

/* ---- in the process ---- */

/* A question about `n_targets` attributes (0: all that are not known), ten others known. */
typedef struct Question {
    MkKnown known[KNOWN];
    size_t *targets;
    size_t n_targets;
} Question;

static void draw_question(const MkModel *model, uint64_t index, size_t n_targets, size_t *order,
                          Question *q)
{
    const size_t n = mk_model_schema(model)->n;
    MkRng rng = mk_rng(1, MK_RNG_BENCH, index);
    for (size_t j = 0; j < n; j++) {
        order[j] = j;
    }
    mk_rng_shuffle(&rng, order, n);
    for (size_t k = 0; k < KNOWN; k++) {
        const double x = mk_dist_draw(mk_model_population(model, order[k]), &rng);
        q->known[k] =
            (MkKnown){.attribute = order[k], .value = {.kind = MK_VALUE_POINT, .point = x}};
    }
    q->targets = order + KNOWN;
    q->n_targets = n_targets > 0 ? n_targets : n - KNOWN;
}

typedef enum Way { WAY_ESTIMATE, WAY_SUMMARIES } Way;

static MkStatus ask(const MkModel *model, const Question *q, Way way, MkArena *arena, MkError *err)
{
    const MkQuery query = {.model = model,
                           .evidence = {KNOWN, q->known},
                           .targets = q->targets,
                           .n_targets = q->n_targets,
                           .level = 0.9};
    if (way == WAY_SUMMARIES) {
        MkSummary *const out = mk_arena_array(arena, q->n_targets, sizeof *out);
        return out != NULL ? mk_query_summaries(&query, arena, out, err)
                           : mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MkResult *const result = mk_result_new("estimate");
    const MkStatus st = mk_query_estimate(&query, result, err);
    mk_result_free(result);
    return st;
}

static MkStatus time_questions(const MkModel *model, size_t n_targets, Way way, size_t n,
                               double *seconds, MkError *err)
{
    MkArena *const arena = mk_arena_new(1 << 20);
    size_t *const order = calloc(mk_model_schema(model)->n, sizeof *order);
    double *const times = calloc(n, sizeof *times);
    MkStatus st = arena != NULL && order != NULL && times != NULL
                      ? MK_OK
                      : mk_fail(err, MK_ENOMEM, "out of memory");
    for (size_t i = 0; i < n + n / 4 && st == MK_OK; i++) {
        Question q;
        draw_question(model, i, n_targets, order, &q);
        const MkMark top = mk_arena_mark(arena);
        const double start = now();
        st = ask(model, &q, way, arena, err);
        times[i % n] = now() - start;
        mk_arena_rewind(arena, top);
    }
    *seconds = st == MK_OK ? median(times, n) : NAN;
    free(order);
    free(times);
    mk_arena_free(arena);
    return st;
}

/* ---- on the command line ---- */

static bool run_once(char *const *argv, double *seconds, double *megabytes)
{
    struct rusage used;
    int status = 0;
    const double start = now();
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);
        if (null >= 0) {
            (void)dup2(null, STDOUT_FILENO);
        }
        execv(argv[0], argv);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        return false;
    }
    *seconds = now() - start;
    *megabytes = (double)used.ru_maxrss / 1024;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int time_command(const MkModel *model, const char *path, const char *manikin)
{
    enum { WORDS = 6 + TARGETS };
    char given[512] = "";
    char *argv[WORDS + KNOWN + 2];
    size_t n = 0;
    double seconds[STARTED], megabytes = 0;
    const MkSchema *const schema = mk_model_schema(model);
    static char words[KNOWN][256];
    argv[n++] = strdup(manikin);
    argv[n++] = strdup("--no-config");
    argv[n++] = strdup("-m");
    argv[n++] = strdup(path);
    argv[n++] = strdup("estimate");
    for (size_t t = 0; t < TARGETS; t++) {
        argv[n++] = strdup(schema->attributes[KNOWN + t].name);
    }
    argv[n++] = strdup("given");
    for (size_t k = 0; k < KNOWN; k++) {
        const MkDistribution *const d = mk_model_population(model, k);
        const MkAttribute *const a = &schema->attributes[k];
        const double x = a->n_levels > 0 ? mk_dist_mode(d) : mk_dist_quantile(d, 0.5);
        if (a->n_levels > 0) {
            snprintf(given, sizeof given, "%s", a->levels[(size_t)x].code);
        } else {
            snprintf(given, sizeof given, "%.9g", a->type == MK_COUNT ? floor(x) : x);
        }
        snprintf(words[k], sizeof words[k], "%.120s=%.120s", a->name, given);
        argv[n++] = words[k];
    }
    argv[n] = NULL;
    for (size_t i = 0; i < STARTED; i++) {
        double mb = 0;
        if (!run_once(argv, &seconds[i], &mb)) {
            fprintf(stderr, "speed: %s estimate did not work\n", manikin);
            return 1;
        }
        megabytes = fmax(megabytes, mb);
    }
    report("start to first estimate on the command line, 10 known, 5 targets", 100,
           1e3 * median(seconds, STARTED), "ms");
    report("largest resident memory to answer", 150, megabytes, "MB");
    return 0;
}

int main(int argc, char **argv)
{
    MkModel *model = NULL;
    MkError err = {0};
    double few = 0, all = 0, live = 0;
    if (argc != 3) {
        fprintf(stderr, "speed MODEL MANIKIN\n");
        return 2;
    }
    if (mk_model_open(argv[1], &model, &err) != MK_OK) {
        return fail(argv[1], &err);
    }
    if (mk_model_schema(model)->n < KNOWN + TARGETS) {
        fprintf(stderr, "speed: %s has too few attributes\n", argv[1]);
        return 1;
    }
    if (time_questions(model, TARGETS, WAY_ESTIMATE, ASKED, &few, &err) != MK_OK ||
        time_questions(model, 0, WAY_ESTIMATE, ASKED_ALL, &all, &err) != MK_OK ||
        time_questions(model, 0, WAY_SUMMARIES, ASKED_ALL, &live, &err) != MK_OK) {
        return fail("asking", &err);
    }
    report("estimate in the process, 10 known, 5 targets, median", 1, 1e3 * few, "ms");
    report("estimate in the process, 10 known, all other attributes, median", 20, 1e3 * all, "ms");
    report("live estimates of all other attributes, median", 20, 1e3 * live, "ms");
    const int code = time_command(model, argv[1], argv[2]);
    mk_model_free(model);
    return code;
}

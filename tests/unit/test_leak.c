/* Ten thousand lines of every verb that a session knows, errors among them: what is allocated does
 * not grow, and all of it is given back. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "src/base/file.h"
#include "tests/unit/small_session.h"

enum {
    LINES = 10000,
    WARM = 2000,        /* until caches are full */
    UNDONE = 1200,      /* more than the steps that can be taken back */
    LINE_BYTES = 160,   /* the log keeps every line: its text and what malloc adds */
    REST_BYTES = 262144 /* what may stay when the session is closed: malloc keeps freed pieces */
};

typedef struct Line {
    const char *text;  /* # stands for the folder of the test */
    size_t every;      /* in which of the rounds it is run */
    MkStatus expected; /* MK_OK or how it fails */
} Line;

static const Line lines[] = {
    {"attributes", 1, MK_OK},
    {"attributes body --json", 1, MK_OK},
    {"given age=45 sex=female bmi=31", 1, MK_OK},
    {"target hba1c smoking", 1, MK_OK},
    {"estimate", 1, MK_OK},
    {"estimate hba1c given age=40..50 smoking={never,former}", 3, MK_OK},
    {"support hba1c", 1, MK_OK},
    {"plot hba1c", 1, MK_OK},
    {"plot hba1c vs bmi", 3, MK_OK},
    {"pairs age bmi hba1c", 20, MK_OK},
    {"person p age=50 bmi=28", 1, MK_OK},
    {"given from p", 1, MK_OK},
    {"given from #/people.csv row 2", 1, MK_OK},
    {"estimate hba1c from #/people.csv", 5, MK_OK},
    {"undo", 1, MK_OK},
    {"undo", 1, MK_OK},
    {"redo", 1, MK_OK},
    {"scenario a smoking=never", 1, MK_OK},
    {"scenario b from a smoking=current bmi=35", 1, MK_OK},
    {"compare hba1c bmi across a b", 3, MK_OK},
    {"compare across a b --all", 10, MK_OK},
    {"expect hba1c b > 3", 1, MK_OK},
    {"explore hba1c", 10, MK_OK},
    {"optimize hba1c min over bmi=22..30 --any --seconds 0.2", 100, MK_OK},
    {"impute #/people.csv", 5, MK_OK},
    {"model list", 5, MK_OK},
    {"model show", 5, MK_OK},
    {"model verify", 20, MK_OK},
    {"save #/saved.scenario", 10, MK_OK},
    {"include #/few.scenario", 2, MK_OK},
    {"run #/few.scenario", 2, MK_OK},
    {"export #/answer.html", 10, MK_OK},
    {"export #/all.html --session", 100, MK_OK},
    {"help", 5, MK_OK},
    {"help estimate", 1, MK_OK},
    {"version", 1, MK_OK},
    {"# a comment", 1, MK_OK},
    {"estimate nothing_like_it", 1, MK_ENOTFOUND},
    {"given age=abc", 1, MK_EINVAL},
    {"given age=1 age=2 bmi=", 1, MK_EINVAL},
    {"frobnicate", 1, MK_EINVAL},
    {"given from #/missing.csv row 1", 1, MK_EIO},
    {"run #/missing.scenario", 1, MK_EIO},
    {"forget bmi", 1, MK_OK},
    {"scenario b --drop", 1, MK_OK},
    {"forget --all", 1, MK_OK},
};

static size_t allocated(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0; /* then only the resident memory is looked at */
#endif
}

static size_t resident(void)
{
    size_t pages = 0, rest = 0;
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    FILE *const file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%zu %zu", &pages, &rest) != 2) {
        rest = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return rest * (size_t)sysconf(_SC_PAGESIZE);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Puts the folder for '#', but for a comment's. */
static void fill(const Small *small, const char *text, char *out, size_t room)
{
    const char *const at = strstr(text, "#/");
    if (at == NULL) {
        (void)snprintf(out, room, "%s", text);
    } else {
        (void)snprintf(out, room, "%.*s%s%s", (int)(at - text), text, small->folder, at + 1);
    }
}

static void run_line(Small *small, const Line *line)
{
    char text[600];
    MkResult *result = NULL;
    fill(small, line->text, text, sizeof text);
    const MkStatus st =
        mk_session_run(small->session, MK_DOOR_PROMPT, text, "", 0, &result, &small->err);
    if (st != line->expected) {
        fail_msg("%s: %d: %s", text, (int)st, st == MK_OK ? "no error" : small->err.text);
    }
    mk_result_free(result);
}

static void write_file(const Small *small, const char *name, const char *text)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", small->folder, name);
    assert_int_equal(mk_file_write(path, text, strlen(text), NULL), MK_OK);
}

static void remove_files(const Small *small)
{
    static const char *const names[] = {"people.csv", "few.scenario", "saved.scenario"};
    char path[400];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", small->folder, names[i]);
        (void)unlink(path);
    }
}

static void open_session(Small *small)
{
    void *state = small;
    assert_int_equal(small_open(&state), 0);
}

static void close_session(Small *small)
{
    void *state = small;
    assert_int_equal(small_close(&state), 0);
}

/* Fills the history of steps, whose length is bounded. */
static void fill_history(Small *small)
{
    static const Line turns[] = {{"given age=45 sex=male bmi=30", 1, MK_OK},
                                 {"given age=46 sex=female bmi=31", 1, MK_OK}};
    for (size_t i = 0; i < UNDONE; i++) {
        run_line(small, &turns[i % 2]);
    }
}

/* Runs n lines; *at_warm is what was allocated after `warm` of them. */
static void run_lines(Small *small, size_t n, size_t warm, size_t *at_warm, size_t *resident_then)
{
    size_t done = 0;
    for (size_t round = 0; done < n; round++) {
        for (size_t i = 0; i < sizeof lines / sizeof *lines && done < n; i++) {
            if (round % lines[i].every != lines[i].every / 2) {
                continue;
            }
            run_line(small, &lines[i]);
            if (++done == warm) {
                *at_warm = allocated();
                *resident_then = resident();
            }
        }
    }
}

static void test_ten_thousand_lines_leave_nothing(void **state)
{
    Small *const small = *state;
    const bool is_slow = getenv("MK_SANITIZED") != NULL; /* it finds leaks by itself */
    const size_t n = is_slow ? LINES / 10 : LINES, warm = is_slow ? WARM / 10 : WARM;
    size_t at_warm = 0, resident_then = 0, ignored = 0;
    write_file(small, "people.csv",
               "person,age,sex,bmi\np1,40,male,25\np2,60,female,\np3,,male,33\n");
    write_file(small, "few.scenario", "given age=50\nestimate hba1c\nexpect hba1c > 3\n");
    open_session(small); /* what the first use of libraries keeps */
    run_lines(small, warm, n, &ignored, &ignored);
    close_session(small);
    const size_t before = allocated();
    const double start = seconds();
    open_session(small);
    fill_history(small);
    run_lines(small, n, warm, &at_warm, &resident_then);
    const size_t after = allocated(), resident_now = resident();
    close_session(small);
    const size_t rest = allocated();
    print_message("# %zu lines in %.1f s: allocated %zu, then %zu; resident %zu, then %zu; "
                  "before %zu, after all %zu\n",
                  n, seconds() - start, at_warm, after, resident_then, resident_now, before, rest);
    remove_files(small);
    assert_true(after <= at_warm + (n - warm) * LINE_BYTES);
    assert_true(rest <= before + REST_BYTES);
    if (!is_slow) {
        assert_true(resident_now <= resident_then + (n - warm) * LINE_BYTES + (16U << 20));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_lines_leave_nothing),
    };
    return cmocka_run_group_tests(tests, small_set_up, small_tear_down);
}

/* verbs_help.c - help, version, quit. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <string.h>

#include "model/nn/blas.h"
#include "src/base/buf.h"
#include "src/base/cpu.h"
#include "src/query/show.h"
#include "src/script/inner.h"
#include "src/script/shells.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

enum { MARGIN = 28, COLUMNS = 78 /* a terminal of 80 beside the margin of the pager */ };

static MkStatus give_stream(MkResult *result, MkBuf *buf, MkError *err)
{
    MkStatus st = mk_buf_status(buf, err);
    if (st == MK_OK) {
        result->stream = mk_arena_strndup(result->arena, buf->data, buf->len);
        result->n_stream = buf->len;
        st = result->stream != NULL ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory");
    }
    mk_buf_release(buf);
    return st;
}

/* ---- help ---- */

/* '\0' when the option has none. */
static char short_of(const MkOption *option)
{
    static const struct {
        const char *name;
        char letter;
    } shorts[] = {{"model", 'm'}, {"output", 'o'}, {"execute", 'e'}, {"help", 'h'}};
    for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++) {
        if (strcmp(shorts[i].name, option->name) == 0) {
            return shorts[i].letter;
        }
    }
    return '\0';
}

/* One paragraph broken at blanks; what is carried over begins at column hang. With whole_brackets
 * what stands in brackets stays on one line. */
static void print_filled(const char *text, size_t n, size_t hang, bool whole_brackets, MkBuf *buf)
{
    const char *const end = text + n;
    size_t indent = 0;
    while ((size_t)(end - text) + indent > COLUMNS) {
        const char *cut = NULL;
        size_t depth = 0;
        for (const char *p = text; p < text + COLUMNS - indent + 1; p++) {
            depth += *p == '[' ? 1 : 0;
            depth -= *p == ']' && depth > 0 ? 1 : 0;
            const bool is_text = p > text && p[-1] != ' ';
            if (*p == ' ' && is_text && (!whole_brackets || depth == 0)) {
                cut = p;
            }
        }
        if (cut == NULL) {
            break;
        }
        mk_buf_add(buf, text, (size_t)(cut - text));
        mk_buf_printf(buf, "\n%*s", (int)hang, "");
        text = cut + 1;
        indent = hang;
    }
    mk_buf_add(buf, text, (size_t)(end - text));
    mk_buf_putc(buf, '\n');
}

static void print_option(const MkOption *option, MkBuf *buf)
{
    char left[80], line[400];
    char letter[8] = "    ";
    if (short_of(option) != '\0') {
        snprintf(letter, sizeof letter, "-%c, ", short_of(option));
    }
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name,
             option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    snprintf(line, sizeof line, "  %-*s %s", MARGIN, left, option->help);
    print_filled(line, strlen(line), MARGIN + 3, false, buf);
}

/* Where the second column of a row begins, "  name   text"; 0 for other lines. */
static size_t second_column(const char *line, size_t n)
{
    if (n < 3 || strncmp(line, "  ", 2) != 0 || line[2] == ' ') {
        return 0;
    }
    for (size_t i = 3; i + 2 < n; i++) {
        if (line[i] == ' ' && line[i + 1] == ' ') {
            while (i < n && line[i] == ' ') {
                i++;
            }
            return i < n ? i : 0;
        }
    }
    return 0;
}

/* Whether a line goes on in the second column of the row before. */
static bool goes_on(const char *line, size_t column)
{
    return column > 0 && strspn(line, " ") == column && line[column] != '\n' &&
           line[column] != '\0';
}

/* Paragraphs are broken at blanks, rows of two columns inside the second; other lines that start
 * with two blanks are examples and stay whole. */
static void print_wrapped(const char *text, MkBuf *buf)
{
    for (const char *line = text; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const size_t n = (size_t)(end - line), column = second_column(line, n);
        MkBuf row;
        mk_buf_init(&row);
        mk_buf_add(&row, line, n);
        while (*end == '\n' && goes_on(end + 1, column)) {
            const char *const more = end + 1 + column;
            end = more + strcspn(more, "\n");
            mk_buf_putc(&row, ' ');
            mk_buf_add(&row, more, (size_t)(end - more));
        }
        if (n >= 2 && strncmp(line, "  ", 2) == 0 && column == 0) {
            mk_buf_add(buf, row.data, row.len);
            mk_buf_putc(buf, '\n');
        } else if (row.len > 0) {
            print_filled(row.data, row.len, column, false, buf);
        } else {
            mk_buf_putc(buf, '\n');
        }
        mk_buf_release(&row);
        line = end + (*end == '\n');
    }
}

static void print_verb(const MkVerb *verb, MkBuf *buf)
{
    char usage[600];
    snprintf(usage, sizeof usage, "manikin %s", verb->usage);
    print_filled(usage, strlen(usage), 8, true, buf);
    mk_buf_printf(buf, "\n%s.\n\n", verb->help);
    print_wrapped(verb->manual, buf);
    if (verb->n_options > 0) {
        mk_buf_puts(buf, "\nOptions:\n");
    }
    for (size_t i = 0; i < verb->n_options; i++) {
        print_option(&verb->options[i], buf);
    }
    if (verb->keys[0] != '\0') {
        mk_buf_printf(buf, "\nKey in the workbench: %s\n", verb->keys);
    }
    mk_buf_puts(buf, "\nOptions of every verb: manikin help. JSON and CSV: manikin(1).\n");
}

static const struct {
    const char *title;
    const char *verbs; /* each between blanks */
} GROUPS[] = {
    {"ask", " attributes estimate plot compare pairs explore optimize expect support "},
    {"say what is known", " given forget target scenario person undo redo "},
    {"tables and models", " impute import train evaluate model "},
    {"files and the rest", " export save run include help version quit "},
};

static bool is_in_group(const char *verb, const char *group)
{
    const char *at = strstr(group, verb);
    return at != NULL && at[-1] == ' ' && at[strlen(verb)] == ' ';
}

static void print_verbs(MkBuf *buf)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    for (size_t g = 0; g < sizeof GROUPS / sizeof *GROUPS; g++) {
        mk_buf_printf(buf, " %s\n", GROUPS[g].title);
        for (size_t i = 0; i < n; i++) {
            if (is_in_group(verbs[i].name, GROUPS[g].verbs)) {
                mk_buf_printf(buf, "  %-12s %s\n", verbs[i].name, verbs[i].help);
            }
        }
    }
}

static void print_all(MkBuf *buf)
{
    mk_buf_puts(buf,
                "manikin: fill in what is known of a person, see the distribution of the rest.\n\n"
                "Usage: manikin [OPTION...] [VERB WORD... [given A=V ...]]\n\n"
                "Without a verb the workbench opens on a terminal; elsewhere verbs are read from\n"
                "standard input, one a line.\n\n"
                "  manikin estimate hba1c given age=45 sex=male bmi=31\n"
                "  manikin plot hba1c vs bmi given age=45 -o hba1c.svg\n"
                "  manikin attributes cholesterol\n"
                "  manikin impute people.csv -o filled.csv.gz\n"
                "  manikin run lifestyle-nutrition\n\n"
                "Verbs:\n");
    print_verbs(buf);
    mk_buf_puts(buf,
                "\nValues (A=V):\n"
                "  age=45  weight=180lb  smoking=never      a number, with its unit, a level\n"
                "  age=40..50  age=40..  health=poor..fair  a range, open ones too\n"
                "  'smoking={never,former}'                 a set; quoted, as shells read braces\n"
                "Names may be shortened, or said by their label: 'total cholesterol'.\n"
                "\nOptions, anywhere in the line:\n");
    size_t n = 0;
    const MkOption *options = mk_common_options(&n);
    for (size_t i = 0; i < n; i++) {
        print_option(&options[i], buf);
    }
    mk_buf_puts(buf,
                "\nExit: 0 done, 1 the system failed, 2 wrong words, 3 wrong contents of a file,\n"
                "4 a check did not hold, 130 interrupted.\n"
                "\n'manikin help VERB' says more; the manual is manikin(1). Answers are\n"
                "associations in survey data, not causes; this is not a medical device.\n");
}

/* n bytes as roff text. */
static void print_roff_part(const char *text, size_t n, MkBuf *buf)
{
    bool at_start = true;
    for (const char *p = text; p < text + n; p++) {
        if (at_start && (*p == '.' || *p == '\'')) {
            mk_buf_puts(buf, "\\&");
        }
        if (*p == '\\') {
            mk_buf_puts(buf, "\\e");
        } else if (*p == '-') {
            mk_buf_puts(buf, "\\-");
        } else if (*p == '\'') {
            mk_buf_puts(buf, "\\(aq");
        } else {
            mk_buf_putc(buf, *p);
        }
        at_start = *p == '\n';
    }
}

static void print_roff(const char *text, MkBuf *buf)
{
    print_roff_part(text, strlen(text), buf);
}

/* Paragraphs of plain text; lines that start with two blanks are examples. */
static void print_roff_manual(const char *text, MkBuf *buf)
{
    bool is_example = false;
    for (const char *at = text; *at != '\0';) {
        const size_t n = strcspn(at, "\n");
        const bool is_indented = n > 2 && at[0] == ' ' && at[1] == ' ';
        if (is_indented != is_example) {
            mk_buf_puts(buf, is_indented ? ".in +4n\n.EX\n" : ".EE\n.in\n");
            is_example = is_indented;
        }
        if (n == 0) {
            mk_buf_puts(buf, is_example ? "\n" : ".PP\n");
        } else {
            const size_t indent = is_indented ? 2 : 0;
            print_roff_part(at + indent, n - indent, buf);
            mk_buf_putc(buf, '\n');
        }
        at += n + (at[n] == '\n');
    }
    if (is_example) {
        mk_buf_puts(buf, ".EE\n.in\n");
    }
}

static void print_roff_options(const MkOption *options, size_t n, MkBuf *buf)
{
    for (size_t i = 0; i < n; i++) {
        mk_buf_puts(buf, ".TP\n.B ");
        if (short_of(&options[i]) != '\0') {
            mk_buf_printf(buf, "\\-%c, ", short_of(&options[i]));
        }
        print_roff("--", buf);
        print_roff(options[i].name, buf);
        if (options[i].argument != NULL) {
            mk_buf_puts(buf, " ");
            print_roff(options[i].argument, buf);
        }
        mk_buf_putc(buf, '\n');
        print_roff(options[i].help, buf);
        mk_buf_puts(buf, ".\n");
    }
}

/* The verbs and the common options as the manual has them between its marks. */
static void print_man(MkBuf *buf)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    mk_buf_puts(buf, ".SH VERBS\n");
    for (size_t i = 0; i < n; i++) {
        mk_buf_puts(buf, ".SS \"");
        print_roff(verbs[i].usage, buf);
        mk_buf_puts(buf, "\"\n");
        print_roff(verbs[i].help, buf);
        mk_buf_puts(buf, ".\n.PP\n");
        print_roff_manual(verbs[i].manual, buf);
        print_roff_options(verbs[i].options, verbs[i].n_options, buf);
    }
    mk_buf_puts(buf, ".SH OPTIONS\nValid anywhere in the line, before or after the verb.\n");
    const MkOption *options = mk_common_options(&n);
    print_roff_options(options, n, buf);
}

static void help_data(MkResult *result, const MkVerb *verbs, size_t n)
{
    MkNode *list = mk_node_array(result, mk_node_object(result, NULL, NULL), "verbs");
    for (size_t i = 0; i < n; i++) {
        MkNode *verb = mk_node_object(result, list, NULL);
        mk_node_string(result, verb, "name", verbs[i].name);
        mk_node_string(result, verb, "usage", verbs[i].usage);
        mk_node_string(result, verb, "help", verbs[i].help);
        mk_node_string(result, verb, "manual", verbs[i].manual);
    }
}

MkStatus mk_verb_help(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkVerb *verb = call->verb;
    const bool is_option = strcmp(verb->name, "help") != 0; /* VERB --help */
    const MkWords words = call->lists[MK_LIST_WORDS];
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    if (!is_option) {
        MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 1, err));
        verb = NULL;
        if (words.n == 1) {
            mk_call_at(call, &words.items[0]);
            MK_TRY(mk_verb_find(words.items[0].text, &verb, err));
        }
    }
    MkBuf buf;
    MkStatus st = MK_OK;
    mk_buf_init(&buf);
    if (verb != NULL) {
        print_verb(verb, &buf);
        help_data(result, verb, 1);
    } else if (mk_call_option(call, "man") != NULL) {
        print_man(&buf);
    } else if (mk_call_option(call, "completion") != NULL) {
        mk_call_at_option(call, "completion");
        st = mk_shells_print(mk_call_option(call, "completion"), &buf, err);
    } else if (mk_call_option(call, "complete") != NULL) {
        st = mk_shells_complete(session, mk_call_option(call, "complete"), &buf, err);
    } else {
        print_all(&buf);
        help_data(result, verbs, n);
    }
    if (st != MK_OK) {
        mk_buf_release(&buf);
        return st;
    }
    return give_stream(result, &buf, err);
}

/* ---- version ---- */

static MkStatus bench(MkSession *session, size_t threads, MkResult *result, MkNode *root,
                      MkBuf *buf, MkError *err)
{
    double one = 0;
    double all = 0;
    mk_session_progress(session, "version: measuring sgemm");
    MK_TRY(mk_blas_bench(1, 0.7, &one, err));
    MK_TRY(mk_blas_bench(threads, 0.7, &all, err));
    mk_buf_printf(buf, "sgemm, 1 thread   %.0f GFLOP/s\nsgemm, %zu threads  %.0f GFLOP/s\n", one,
                  threads, all);
    mk_node_number(result, root, "gflops_one", one);
    mk_node_number(result, root, "gflops_all", all);
    return MK_OK;
}

/* Where the program reads and writes by itself. */
static void print_places(const MkPaths *paths, MkNode *root, MkResult *result, MkBuf *buf)
{
    const struct {
        const char *name, *key, *path;
    } places[] = {{"models", "models", paths->model_dir},
                  {"your models", "user_models", paths->user_model_dir},
                  {"sources", "sources", paths->sources_dir},
                  {"scripts", "scenarios", paths->scenarios_dir},
                  {"settings", "settings", paths->settings},
                  {"history", "history", paths->history}};
    MkNode *node = mk_node_object(result, root, "places");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i].path != NULL) {
            mk_buf_printf(buf, "%-17s %s\n", places[i].name, places[i].path);
            mk_node_string(result, node, places[i].key, places[i].path);
        }
    }
}

MkStatus mk_verb_version(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    char plotter[64] = "";
    if (session->config.plotter != NULL) {
        session->config.plotter(session->config.plotter_ctx, plotter);
    }
    const size_t threads = session->config.threads > 0 ? session->config.threads : mk_cpu_count();
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "version", PACKAGE_VERSION);
    mk_node_string(result, root, "kernel", mk_blas_corename());
    mk_node_string(result, root, "blas", mk_blas_config());
    mk_node_bool(result, root, "wide", !mk_blas_is_narrow());
    mk_node_number(result, root, "threads", (double)threads);
    mk_node_string(result, root, "gnuplot", plotter);
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_printf(&buf,
                  "manikin %s\nlinear algebra    %s\nkernel            %s%s\n"
                  "threads           %zu\ngnuplot           %s\n",
                  PACKAGE_VERSION, mk_blas_config(), mk_blas_corename(),
                  mk_blas_is_narrow() ? " (narrower than this processor)" : "", threads,
                  plotter[0] != '\0' ? plotter : "not found");
    print_places(&session->config.paths, root, result, &buf);
    mk_note_association(result);
    MkStatus st = MK_OK;
    if (mk_call_option(call, "bench") != NULL) {
        st = bench(session, threads, result, root, &buf, err);
    }
    if (st != MK_OK) {
        mk_buf_release(&buf);
        return st;
    }
    return give_stream(result, &buf, err);
}

MkStatus mk_verb_quit(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    (void)session;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 0, 0, err));
    (void)mk_result_add_effect(result, MK_EFFECT_QUIT, NULL);
    return mk_result_status(result, err);
}

/* conditions.c - cohorts generated under a condition, held against the real people who meet it: the
 * matrix of doc/conditions.md.
 *
 *   conditions [--groups K] [--persons N] [--seed S] SCHEMA CONDITIONS MODEL|real NAME PEOPLE...
 *
 * CONDITIONS has a condition a line, in the words of `given`: "DIQ010=Yes & RIDAGEYR=60..70". Of
 * each, N persons are drawn and the attributes that are no part of the condition are compared with
 * those of the people in PEOPLE (files; all of them together) who meet it: shapes, trends, related
 * pairs, and where there are 200 of them whether trees tell them apart (500 at most). Beside it the
 * same of persons drawn with nothing known against equally many random people, so that both have
 * the same noise of small samples: the ratio is what the condition costs. As many of each are
 * compared as people meet it, N at most; of few of them the mean over disjoint cohorts of the
 * synthetic ones.
 *
 * `real` instead of a model: one half of the people who meet it against the other, which is what
 * equals can reach. Prints CSV with a header; a row has `cannot` and the reason when the model does
 * not take the condition. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/gaps.h"
#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/pool.h"
#include "src/data/table.h"
#include "src/query/query.h"
#include "tests/bench/judge.h"

enum {
    KNOWN_MOST = 8,
    CONDITIONS_MOST = 200,
    COHORTS_MOST = 10,
    TREES_LEAST = 200,
    TREES_MOST = 500,
    LEAST = 20
};

typedef struct Scores {
    MkAlike fidelity;
    double quality;    /* mean of the three */
    double two_sample; /* NaN: too few people */
} Scores;

typedef struct Condition {
    char text[256];
    MkKnown known[KNOWN_MOST];
    MkEvidence evidence;
    bool *is_part;  /* (d) attributes of the condition */
    MkCrowd people; /* who meet it */
    MkCrowd made;   /* persons drawn under it */
    MkCrowd unmade; /* persons drawn with nothing known; borrowed */
    size_t met;     /* of made */
    double seconds, support;
    Scores under, free;         /* under the condition; with nothing known */
    char reason[MK_ERROR_TEXT]; /* why the model does not take it */
} Condition;

typedef struct Bench {
    MkSchema *schema;
    MkArena *arena;
    MkCrowd people;
    Judge judge;
    MkModel *model; /* NULL: real people */
    MkPool *pool;
    size_t n_groups, n_persons;
    uint64_t seed;
    double free_seconds;
    Condition *conditions;
    size_t n;
} Bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- conditions ---- */

static bool meets_one(const MkValue *value, double x)
{
    switch (value->kind) {
    case MK_VALUE_POINT:
        return x == value->point;
    case MK_VALUE_RANGE:
        return x >= value->low && x <= value->high;
    case MK_VALUE_SET:
        return x >= 0.0 && (value->levels >> (size_t)x & 1U) != 0;
    }
    return false;
}

/* A value that is missing is not met. */
static bool meets(const Condition *c, const MkCrowd *p, size_t person)
{
    for (size_t k = 0; k < c->evidence.n; k++) {
        const double x = mk_crowd_column(p, c->known[k].attribute)[person];
        if (isnan(x) || !meets_one(&c->known[k].value, x)) {
            return false;
        }
    }
    return true;
}

static void add_known(const Bench *b, Condition *c, char *word)
{
    MkError err = {0};
    char *const value = strchr(word, '=');
    size_t at = 0;
    if (value == NULL || c->evidence.n >= KNOWN_MOST) {
        judge_die("%s: expected ATTRIBUTE=VALUE, at most %d with & between them", c->text,
                  KNOWN_MOST);
    }
    *value = '\0';
    if (!mk_schema_find(b->schema, word, &at)) {
        judge_die("%s: %s is no attribute of the schema", c->text, word);
    }
    MkKnown *const known = &c->known[c->evidence.n++];
    known->attribute = at;
    c->is_part[at] = true;
    if (mk_value_parse(&b->schema->attributes[at], value + 1, &known->value, &err) != MK_OK) {
        judge_die("%s: %s", c->text, err.text);
    }
}

static void parse_condition(const Bench *b, const char *line, Condition *c)
{
    char words[256];
    snprintf(c->text, sizeof c->text, "%s", line);
    snprintf(words, sizeof words, "%s", line);
    c->is_part = judge_need(calloc(b->schema->n, sizeof *c->is_part));
    c->evidence.known = c->known;
    for (char *word = words; word != NULL;) {
        char *const next = strstr(word, " & ");
        if (next != NULL) {
            *next = '\0';
        }
        add_known(b, c, word);
        word = next != NULL ? next + 3 : NULL;
    }
    size_t *const rows = judge_need(malloc((b->people.n + 1) * sizeof *rows));
    size_t n = 0;
    for (size_t i = 0; i < b->people.n; i++) {
        if (meets(c, &b->people, i)) {
            rows[n++] = i;
        }
    }
    c->people = judge_rows(&b->people, rows, n, b->arena);
    free(rows);
}

static void read_conditions(Bench *b, const char *path)
{
    char line[256];
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        judge_die("%s: cannot be read", path);
    }
    b->conditions = judge_need(calloc(CONDITIONS_MOST, sizeof *b->conditions));
    while (b->n < CONDITIONS_MOST && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            parse_condition(b, line, &b->conditions[b->n++]);
        }
    }
    fclose(file);
}

/* ---- persons ---- */

static MkStatus keep_text(void *ctx, const char *text, size_t len, MkError *err)
{
    mk_buf_add(ctx, text, len);
    return mk_buf_status(ctx, err);
}

static MkStatus draw_text(const Bench *b, const MkQuery *query, MkBuf *text, double *seconds,
                          MkError *err)
{
    size_t *const columns = judge_need(malloc(b->schema->n * sizeof *columns));
    for (size_t j = 0; j < b->schema->n; j++) {
        columns[j] = j;
    }
    const MkSample sample = {.n = b->n_persons,
                             .columns = columns,
                             .n_columns = b->schema->n,
                             .n_groups = b->n_groups,
                             .missing = MK_GAPS_TABLE,
                             .write = keep_text,
                             .write_ctx = text};
    MkResult *const result = judge_need(mk_result_new("sample"));
    const double start = now();
    const MkStatus st = mk_query_sample(query, &sample, result, err);
    *seconds = now() - start;
    mk_result_free(result);
    free(columns);
    return st;
}

/* As a program would read them: through their CSV. */
static MkStatus draw(const Bench *b, MkEvidence evidence, uint64_t seed, MkCrowd *out,
                     double *seconds, MkError *err)
{
    const MkQuery query = {
        .model = b->model, .evidence = evidence, .level = 0.9, .seed = seed, .pool = b->pool};
    MkBuf text;
    MkTable *table = NULL;
    mk_buf_init(&text);
    MkStatus st = draw_text(b, &query, &text, seconds, err);
    if (st == MK_OK) {
        st = mk_table_parse(text.data, text.len, "persons", b->schema, MK_OTHER_DROP, &table, err);
    }
    if (st == MK_OK) {
        st = mk_crowd_new(table->n_rows, b->schema->n, b->arena, out, err);
    }
    for (size_t i = 0; st == MK_OK && i < out->n * out->d; i++) {
        out->x[i] = mk_table_get(table, i % out->n, i / out->n);
    }
    mk_table_free(table);
    mk_buf_release(&text);
    return st;
}

static void draw_condition(const Bench *b, Condition *c)
{
    MkError err = {0};
    const MkQuery query = {.model = b->model, .evidence = c->evidence, .seed = b->seed};
    MkArena *const arena = judge_need(mk_arena_new(0));
    MkStatus st = draw(b, c->evidence, b->seed, &c->made, &c->seconds, &err);
    if (st == MK_OK) {
        st = mk_query_percentile(&query, arena, &c->support, &err);
    }
    if (st != MK_OK) {
        snprintf(c->reason, sizeof c->reason, "%s", err.text);
    }
    for (size_t i = 0; st == MK_OK && i < c->made.n; i++) {
        c->met += meets(c, &c->made, i);
    }
    if (st == MK_OK && c->people.n > 0) {
        mk_crowd_copy_gaps(&c->made, &c->people);
    }
    mk_arena_free(arena);
}

static void draw_all(Bench *b)
{
    MkError err = {0};
    MkCrowd persons = {0};
    const MkEvidence none = {0};
    if (draw(b, none, b->seed + 1, &persons, &b->free_seconds, &err) != MK_OK) {
        for (size_t i = 0; i < b->n; i++) { /* a kind that draws nobody */
            snprintf(b->conditions[i].reason, sizeof err.text, "%s", err.text);
        }
        return;
    }
    mk_crowd_copy_gaps(&persons, &b->people);
    for (size_t i = 0; i < b->n; i++) {
        fprintf(stderr, "conditions: %s\n", b->conditions[i].text);
        draw_condition(b, &b->conditions[i]);
        b->conditions[i].unmade = persons;
    }
}

/* ---- the rest of them ---- */

/* Mean over `cohorts` of n of each; synthetic ones are disjoint. made NULL: halves of real. */
static Scores score(const Bench *b, const Condition *c, const MkCrowd *real, const MkCrowd *made,
                    size_t n, size_t cohorts)
{
    Scores s = {.two_sample = NAN};
    MkArena *const arena = judge_arena();
    for (size_t k = 0; k < cohorts; k++) {
        MkCrowd one, other;
        if (made == NULL) {
            const MkCrowd both = judge_pick(real, 2 * n, b->seed + k, arena);
            judge_halves(&both, b->seed + k, arena, &one, &other);
        } else {
            const MkCrowd part = mk_crowd_part(made, k * n, n);
            one = judge_pick(real, n, b->seed + k, arena);
            other = judge_pick(&part, n, b->seed, arena);
        }
        const MkAlike f = judge_alike(&b->judge, &one, &other, c->is_part);
        s.fidelity.shapes += f.shapes / (double)cohorts;
        s.fidelity.trends += f.trends / (double)cohorts;
        s.fidelity.related += f.related / (double)cohorts;
        if (k == 0 && n >= TREES_LEAST) {
            const size_t some = n < TREES_MOST ? n : TREES_MOST;
            const MkCrowd a = mk_crowd_part(&one, 0, some), z = mk_crowd_part(&other, 0, some);
            s.two_sample = judge_two_sample(&b->judge, &a, &z, c->is_part);
        }
    }
    mk_arena_free(arena);
    s.quality = (s.fidelity.shapes + s.fidelity.trends + s.fidelity.related) / 3.0;
    return s;
}

static size_t cohort_size(const Bench *b, const Condition *c)
{
    const size_t n = b->model == NULL ? c->people.n / 2 : c->people.n;
    return n < b->n_persons ? n : b->n_persons;
}

static void task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const Bench *const b = ctx;
    Condition *const c = &b->conditions[index / 2];
    const size_t n = cohort_size(b, c);
    if (n < LEAST || c->reason[0] != '\0') {
        return;
    }
    const size_t fit = b->n_persons / n, cohorts = fit < COHORTS_MOST ? fit : COHORTS_MOST;
    const bool is_real = b->model == NULL;
    if (index % 2 == 0) {
        c->under = score(b, c, &c->people, is_real ? NULL : &c->made, n, cohorts);
    } else {
        c->free = score(b, c, &b->people, is_real ? NULL : &c->unmade, n, cohorts);
    }
}

static void print_number(double x, int places)
{
    if (isnan(x)) {
        printf(",");
    } else {
        printf(",%.*f", places, x);
    }
}

static void print_condition(const Bench *b, const Condition *c, const char *name)
{
    const bool is_real = b->model == NULL, is_judged = cohort_size(b, c) >= LEAST;
    printf("%s,%s,%zu", name, c->text, c->people.n);
    print_number((double)c->people.n / (double)b->people.n, 5);
    if (c->reason[0] != '\0') {
        for (char *at = strpbrk((char *)c->reason, ",\n"); at != NULL; at = strpbrk(at, ",\n")) {
            *at = ';';
        }
        printf(",cannot,%s\n", c->reason);
        return;
    }
    print_number(is_real ? NAN : c->support, 5);
    print_number(is_real ? NAN : (double)b->n_persons, 0);
    print_number(is_real ? NAN : (double)c->made.n, 0);
    print_number(is_real ? NAN : (double)c->met / (double)c->made.n, 4);
    print_number(is_real ? NAN : b->free_seconds / c->seconds, 2);
    print_number((double)cohort_size(b, c), 0);
    const Scores *const both[2] = {&c->under, &c->free};
    for (size_t k = 0; k < 2; k++) {
        print_number(is_judged ? both[k]->fidelity.shapes : NAN, 4);
        print_number(is_judged ? both[k]->fidelity.trends : NAN, 4);
        print_number(is_judged ? both[k]->fidelity.related : NAN, 4);
        print_number(is_judged ? both[k]->quality : NAN, 4);
        print_number(is_judged ? both[k]->two_sample : NAN, 4);
    }
    print_number(is_judged ? c->under.quality / c->free.quality : NAN, 4);
    printf("\n");
}

/* ---- words ---- */

static MkCrowd load_all(const Bench *b, char **paths, int n)
{
    MkCrowd all = judge_load(paths[0], b->schema, b->arena);
    for (int i = 1; i < n; i++) {
        const MkCrowd more = judge_load(paths[i], b->schema, b->arena);
        all = judge_both(&all, &more, b->arena);
    }
    return all;
}

static void open_model(Bench *b, const char *path)
{
    MkError err = {0};
    if (mk_pool_new(0, &b->pool, &err) != MK_OK) {
        judge_die("%s", err.text);
    }
    if (strcmp(path, "real") != 0 && mk_model_open(path, &b->model, &err) != MK_OK) {
        judge_die("%s", err.text);
    }
}

static int read_options(Bench *b, int argc, char **argv)
{
    int at = 1;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        const unsigned long long value = strtoull(argv[at + 1], NULL, 10);
        if (strcmp(argv[at], "--groups") == 0) {
            b->n_groups = (size_t)value;
        } else if (strcmp(argv[at], "--persons") == 0) {
            b->n_persons = (size_t)value;
        } else if (strcmp(argv[at], "--seed") == 0) {
            b->seed = value;
        }
    }
    return at;
}

int main(int argc, char **argv)
{
    Bench b = {.n_groups = 16, .n_persons = 1000, .seed = 1};
    const int at = read_options(&b, argc, argv);
    if (argc - at < 5 || b.n_groups == 0 || b.n_persons < LEAST) {
        fprintf(stderr, "usage: conditions [--groups K] [--persons N] [--seed S] SCHEMA CONDITIONS "
                        "MODEL|real NAME PEOPLE...\n");
        return 2;
    }
    b.arena = judge_arena();
    b.schema = judge_schema(argv[at]);
    b.people = load_all(&b, argv + at + 4, argc - at - 4);
    b.judge = judge_new(b.schema, &b.people, b.arena);
    open_model(&b, argv[at + 2]);
    read_conditions(&b, argv[at + 1]);
    if (b.model != NULL) {
        draw_all(&b);
    }
    fprintf(stderr, "conditions: the rest of %zu cohorts\n", b.n);
    mk_pool_run(b.pool, 2 * b.n, task, &b);
    printf(
        "kind,condition,people,prevalence,support,asked,delivered,met,speed,cohort,shapes,trends,"
        "related,quality,two_sample,free_shapes,free_trends,free_related,free_quality,"
        "free_two_sample,ratio\n");
    for (size_t i = 0; i < b.n; i++) {
        print_condition(&b, &b.conditions[i], argv[at + 3]);
    }
    mk_pool_free(b.pool);
    mk_model_free(b.model);
    return 0;
}

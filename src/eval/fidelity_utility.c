/* fidelity_utility.c - what can be learned from persons drawn (fidelity.h; VHGM Table 10).
 *
 * The 66 attributes that most people have; one number from the 65 others, learned from real people,
 * from persons drawn, and from both, tested on people held out: R squared. Ridge regressions of
 * every number, boosted trees of a few; and who is over 60 by trees of the library's own settings
 * (Med-VAE), without what nearly is the age. Gaps are filled with the mean for ridge, trees use
 * them. An R squared below 0 is worth no more than the mean and counts as 0 in means. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/eval/fidelity_priv.h"
#include "src/eval/precision.h"
#include "src/eval/put.h"
#include "src/eval/ridge.h"
#include "src/eval/trees.h"

enum { ATTRIBUTES = 66, LEAST = 100, OVER = 60, AGE_PEOPLE = 8000 };
enum { OF_REAL, OF_MADE, OF_BOTH, TEACHERS };
enum { BY_RIDGE, BY_TREES, LEARNERS };

static const char *const teacher_keys[TEACHERS] = {"real", "synthetic", "both"};
static const char *const teacher_words[TEACHERS] = {"real", "synthetic", "real + synthetic"};
static const char *const learner_keys[LEARNERS] = {"ridge", "trees"};
static const char *const learner_words[LEARNERS] = {"ridge regression", "boosted trees"};

typedef struct Utility {
    MkFidelity *f;
    size_t d, *ids; /* attributes */
    size_t age;     /* column of the age; d: there is none */
    MkCrowd people[TEACHERS], test;
    float *x[TEACHERS], *asked; /* as rows */
    MkRidge ridges[TEACHERS];
    size_t n_targets, *targets; /* columns that are learned */
    size_t n_forests;           /* of them, by trees: the first ones */
    double *score;              /* (LEARNERS, TEACHERS, n_targets, n_sets) */
    double *accuracy;           /* (2, n_sets) of age: real, synthetic */
    size_t n_tasks;
    MkStatus *statuses;
    MkError *errors;
} Utility;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for what is learned");
}

/* ---- which attributes ---- */

typedef struct Count {
    size_t n, id;
} Count;

static int commoner(const void *a, const void *b)
{
    const Count *const x = a, *const y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* People who have it; 0 when all of them have the same. */
static size_t count_of(const MkCrowd *p, size_t j)
{
    const double *const x = mk_crowd_column(p, j);
    double first = NAN;
    size_t n = 0;
    bool varies = false;
    for (size_t i = 0; i < p->n; i++) {
        if (!isnan(x[i])) {
            first = n == 0 ? x[i] : first;
            varies = varies || x[i] < first || x[i] > first;
            n++;
        }
    }
    return varies ? n : 0;
}

static bool is_age(const MkAttribute *attribute)
{
    return mk_type_is_number(attribute->type) &&
           (strcmp(attribute->name, "age") == 0 ||
            strncmp(attribute->label, "Age in years", strlen("Age in years")) == 0);
}

static MkStatus choose(Utility *u, MkError *err)
{
    const MkFidelity *const f = u->f;
    const size_t d = f->schema->n;
    Count *const counts = mk_arena_array(f->arena, d + 1, sizeof *counts);
    u->ids = mk_arena_array(f->arena, ATTRIBUTES + 1, sizeof *u->ids);
    if (counts == NULL || u->ids == NULL) {
        return no_memory(err);
    }
    bool has_age = false;
    for (size_t j = 0; j < d; j++) {
        const size_t n = f->left_out[j] ? 0 : count_of(&f->real, j);
        const bool is_it = !has_age && n >= LEAST && is_age(&f->schema->attributes[j]);
        counts[j] = (Count){.n = is_it ? f->real.n + 1 : n, .id = j};
        has_age = has_age || is_it;
    }
    qsort(counts, d, sizeof *counts, commoner);
    while (u->d < ATTRIBUTES && u->d < d && counts[u->d].n >= LEAST) {
        u->ids[u->d] = counts[u->d].id;
        u->d++;
    }
    const size_t age = has_age ? counts[0].id : d;
    qsort(u->ids, u->d, sizeof *u->ids, by_id);
    u->age = u->d;
    for (size_t j = 0; j < u->d; j++) {
        u->age = u->ids[j] == age ? j : u->age;
    }
    return MK_OK;
}

/* ---- people ---- */

static MkStatus columns_of(const Utility *u, const MkCrowd *p, MkCrowd *out, MkError *err)
{
    MK_TRY(mk_crowd_new(p->n, u->d, u->f->arena, out, err));
    for (size_t j = 0; j < u->d; j++) {
        memcpy(out->x + j * out->stride, mk_crowd_column(p, u->ids[j]), p->n * sizeof *out->x);
    }
    return MK_OK;
}

/* Training people, or half of those judged. */
static MkStatus open_real(Utility *u, MkError *err)
{
    MkFidelity *const f = u->f;
    const MkTrial *const trial = f->trial;
    MkCrowd all;
    if (f->train.n == 0) {
        MK_TRY(columns_of(u, &f->real, &all, err));
        return mk_crowd_halves(&all, trial->seed, f->arena, &u->people[OF_REAL], &u->test, err);
    }
    MK_TRY(columns_of(u, &f->real, &u->test, err));
    MkCrowdOf of = {.cohort = trial->train, .ids = u->ids, .n_ids = u->d};
    size_t *rows = NULL;
    MK_TRY(mk_fidelity_thin(trial->train, trial->train_rows, trial->n_train, f->size.learned,
                            f->arena, &rows, &of.n, err));
    of.rows = rows;
    return mk_crowd_people(&of, f->arena, &u->people[OF_REAL], err);
}

static float *as_rows(const MkCrowd *p, MkArena *arena)
{
    float *const x = mk_arena_array(arena, p->n * p->d + 1, sizeof *x);
    for (size_t k = 0; x != NULL && k < p->n * p->d; k++) {
        x[k] = (float)p->x[(k % p->d) * p->stride + k / p->d];
    }
    return x;
}

static MkStatus open_people(Utility *u, MkError *err)
{
    MkFidelity *const f = u->f;
    MkCrowd like;
    MK_TRY(columns_of(u, &f->real, &like, err));
    const MkFidelityDraw draw = {.n = f->size.learned,
                                 .ids = u->ids,
                                 .n_ids = u->d,
                                 .rows = f->real_rows,
                                 .n_rows = f->real.n,
                                 .like = &like,
                                 .seed = f->trial->seed + 0x0711,
                                 .begin = 0.75,
                                 .end = 0.85};
    MK_TRY(open_real(u, err));
    MK_TRY(mk_fidelity_draw(f, &draw, &u->people[OF_MADE], err));
    MK_TRY(mk_crowd_both(&u->people[OF_REAL], &u->people[OF_MADE], f->arena, &u->people[OF_BOTH],
                         err));
    u->asked = as_rows(&u->test, f->arena);
    for (size_t k = 0; k < TEACHERS; k++) {
        u->x[k] = as_rows(&u->people[k], f->arena);
        if (u->x[k] == NULL || u->asked == NULL) {
            return no_memory(err);
        }
        MK_TRY(mk_ridge_new(f->schema, u->ids, u->x[k], u->people[k].n, u->d, f->arena,
                            &u->ridges[k], err));
    }
    return mk_crowd_replicate(&u->test, f->size.n_sets, f->trial->seed + 2, f->arena, err);
}

/* Numbers that enough of all have, in random order. */
static MkStatus choose_targets(Utility *u, MkError *err)
{
    u->targets = mk_arena_array(u->f->arena, u->d + 1, sizeof *u->targets);
    if (u->targets == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < u->d; j++) {
        if (mk_type_is_number(u->f->schema->attributes[u->ids[j]].type) &&
            count_of(&u->test, j) >= LEAST && count_of(&u->people[OF_REAL], j) >= LEAST &&
            count_of(&u->people[OF_MADE], j) >= LEAST) {
            u->targets[u->n_targets++] = j;
        }
    }
    MkRng rng = mk_rng(u->f->trial->seed, MK_RNG_BOOTSTRAP, 0x7A26E7);
    mk_rng_shuffle(&rng, u->targets, u->n_targets);
    const size_t most = mk_trees_available() ? u->f->size.forests : 0;
    u->n_forests = most < u->n_targets ? most : u->n_targets;
    return MK_OK;
}

/* ---- learning ---- */

static double r_squared(const float *truth, const float *said, const double *w, size_t n)
{
    double all = 0.0, mean = 0.0, total = 0.0, left = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(truth[i])) {
            all += w != NULL ? w[i] : 1.0;
            mean += (w != NULL ? w[i] : 1.0) * (double)truth[i];
        }
    }
    mean /= all;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(truth[i])) {
            const double off = (double)truth[i] - mean, wrong = (double)truth[i] - (double)said[i];
            total += (w != NULL ? w[i] : 1.0) * off * off;
            left += (w != NULL ? w[i] : 1.0) * wrong * wrong;
        }
    }
    return total > 0.0 ? 1.0 - left / total : NAN;
}

/* A teacher's rows without column y, of the first people who have it. */
typedef struct Lesson {
    float *x, *y, *test, *out;
    size_t n, d;
} Lesson;

/* Columns that may be known when y is learned; *n of them. */
static void columns_but(const Utility *u, size_t y, bool is_classed, size_t *columns, size_t *n)
{
    *n = 0;
    for (size_t j = 0; j < u->d; j++) {
        const bool is_same = is_classed && fabs(mk_model_correlation(u->f->trial->model, u->ids[j],
                                                                     u->ids[y])) > 0.95;
        if (j != y && !is_same) {
            columns[(*n)++] = j;
        }
    }
}

static MkStatus open_lesson(const Utility *u, size_t teacher, size_t y, bool is_classed,
                            MkArena *arena, Lesson *out, MkError *err)
{
    const MkCrowd *const p = &u->people[teacher];
    size_t columns[ATTRIBUTES], d = 0;
    columns_but(u, y, is_classed, columns, &d);
    Lesson l = {.x = mk_arena_array(arena, p->n * d + 1, sizeof *l.x),
                .y = mk_arena_array(arena, p->n + 1, sizeof *l.y),
                .test = mk_arena_array(arena, u->test.n * d + 1, sizeof *l.test),
                .out = mk_arena_array(arena, u->test.n + 1, sizeof *l.out),
                .d = d};
    if (l.x == NULL || l.y == NULL || l.test == NULL || l.out == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < p->n && (!is_classed || l.n < AGE_PEOPLE); i++) {
        const float *const row = u->x[teacher] + i * u->d;
        for (size_t k = 0; k < d; k++) {
            l.x[l.n * d + k] = row[columns[k]];
        }
        l.y[l.n] = is_classed ? (row[y] > OVER ? 1.0F : 0.0F) : row[y];
        l.n += isnan(row[y]) ? 0 : 1;
    }
    for (size_t i = 0; i < u->test.n * d; i++) {
        l.test[i] = u->asked[i / d * u->d + columns[i % d]];
    }
    *out = l;
    return MK_OK;
}

/* Column y of the people who are asked: out (test.n). */
static void truth_of(const Utility *u, size_t y, float *out)
{
    for (size_t i = 0; i < u->test.n; i++) {
        out[i] = u->asked[i * u->d + y];
    }
}

static MkStatus by_trees(const Utility *u, const Lesson *l, bool is_classed, MkError *err)
{
    static const MkTrees number = {.rounds = 100, .depth = 5, .rate = 0.1, .subsample = 0.8};
    static const MkTrees library = {
        .rounds = 100, .depth = 6, .rate = 0.3, .subsample = 1.0, .classes = 1};
    const MkTreesTask task = {.x = l->x,
                              .y = l->y,
                              .n = l->n,
                              .d = l->d,
                              .test = l->test,
                              .m = u->test.n,
                              .cancel = u->f->trial->cancel};
    return mk_trees_learn(is_classed ? &library : &number, &task, l->out, err);
}

static MkStatus learn_number(const Utility *u, size_t learner, size_t teacher, size_t target,
                             MkArena *arena, MkError *err)
{
    const size_t y = u->targets[target], sets = u->f->size.n_sets;
    float *const truth = mk_arena_array(arena, u->test.n + 1, sizeof *truth);
    Lesson lesson = {.out = mk_arena_array(arena, u->test.n + 1, sizeof *lesson.out)};
    if (truth == NULL || lesson.out == NULL) {
        return no_memory(err);
    }
    if (learner == BY_RIDGE) {
        MK_TRY(mk_ridge_learn(&u->ridges[teacher], y, u->asked, u->test.n, lesson.out, err));
    } else {
        MK_TRY(open_lesson(u, teacher, y, false, arena, &lesson, err));
        MK_TRY(by_trees(u, &lesson, false, err));
    }
    truth_of(u, y, truth);
    double *const score =
        u->score + ((learner * TEACHERS + teacher) * u->n_targets + target) * sets;
    for (size_t k = 0; k < sets; k++) {
        score[k] = r_squared(truth, lesson.out, mk_crowd_weights(&u->test, k), u->test.n);
    }
    return MK_OK;
}

static MkStatus learn_age(const Utility *u, size_t teacher, MkArena *arena, MkError *err)
{
    const size_t sets = u->f->size.n_sets;
    Lesson lesson;
    MK_TRY(open_lesson(u, teacher, u->age, true, arena, &lesson, err));
    MK_TRY(by_trees(u, &lesson, true, err));
    for (size_t k = 0; k < sets; k++) {
        const double *const w = mk_crowd_weights(&u->test, k);
        double right = 0.0, all = 0.0;
        for (size_t i = 0; i < u->test.n; i++) {
            const float truth = u->asked[i * u->d + u->age];
            if (!isnan(truth)) {
                right += (truth > OVER) == (lesson.out[i] > 0.5F) ? w[i] : 0.0;
                all += w[i];
            }
        }
        u->accuracy[teacher * sets + k] = right / all;
    }
    return MK_OK;
}

/* Forests first, they take longest. */
static void task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const Utility *const u = ctx;
    MkError *const err = &u->errors[index];
    MkArena *const arena = mk_arena_new(0);
    const size_t ages = u->n_tasks - TEACHERS * (u->n_forests + u->n_targets);
    const size_t forests = TEACHERS * u->n_forests;
    MkStatus st = arena != NULL ? MK_OK : no_memory(err);
    if (st == MK_OK && mk_cancelled(u->f->trial->cancel)) {
        st = mk_fail(err, MK_ECANCEL, "interrupted");
    }
    if (st == MK_OK && index < ages) {
        st = learn_age(u, index, arena, err);
    } else if (st == MK_OK) {
        const size_t k = index - ages;
        const size_t learner = k < forests ? BY_TREES : BY_RIDGE;
        const size_t at = k < forests ? k : k - forests;
        st = learn_number(u, learner, at % TEACHERS, at / TEACHERS, arena, err);
    }
    mk_arena_free(arena);
    u->statuses[index] = st;
}

static MkStatus learn_all(Utility *u, MkError *err)
{
    const size_t sets = u->f->size.n_sets;
    const size_t n = LEARNERS * TEACHERS * u->n_targets * sets;
    const bool has_age = u->age < u->d && mk_trees_available();
    u->n_tasks = TEACHERS * (u->n_forests + u->n_targets) + (has_age ? 2 : 0);
    u->score = mk_arena_array(u->f->arena, n + 1, sizeof *u->score);
    u->accuracy = mk_arena_array(u->f->arena, 2 * sets, sizeof *u->accuracy);
    u->statuses = mk_arena_zeros(u->f->arena, u->n_tasks + 1, sizeof *u->statuses);
    u->errors = mk_arena_zeros(u->f->arena, u->n_tasks + 1, sizeof *u->errors);
    if (u->score == NULL || u->accuracy == NULL || u->statuses == NULL || u->errors == NULL) {
        return no_memory(err);
    }
    for (size_t k = 0; k < n; k++) {
        u->score[k] = NAN;
    }
    for (size_t k = 0; k < 2 * sets; k++) {
        u->accuracy[k] = NAN;
    }
    mk_pool_run(u->f->trial->pool, u->n_tasks, task, u);
    for (size_t k = 0; k < u->n_tasks; k++) {
        if (u->statuses[k] != MK_OK) {
            *err = u->errors[k];
            return u->statuses[k];
        }
    }
    return MK_OK;
}

/* ---- shown ---- */

/* Mean over the attributes of max(0, R squared) with weights `set`. */
static double mean_score(const Utility *u, size_t learner, size_t teacher, size_t set)
{
    const size_t sets = u->f->size.n_sets;
    double sum = 0.0, n = 0.0;
    for (size_t t = 0; t < u->n_targets; t++) {
        const double score =
            u->score[((learner * TEACHERS + teacher) * u->n_targets + t) * sets + set];
        sum += isnan(score) ? 0.0 : fmax(score, 0.0);
        n += isnan(score) ? 0.0 : 1.0;
    }
    return n > 0.0 ? sum / n : NAN;
}

static MkStatus show_means(const Utility *u, MkError *err)
{
    static const MkPutHeader headers[] = {
        {"learner", "Learner"},     {"attributes", "Attributes"}, {"real", "Real"},
        {"synthetic", "Synthetic"}, {"both", "Real + synthetic"}, {"share", "Synthetic / real"}};
    MkFidelity *const f = u->f;
    MkResult *const result = f->out->result;
    const size_t sets = f->size.n_sets;
    const size_t n_rows = u->n_forests > 0 ? 2 : 1;
    double *const values = mk_arena_array(f->arena, (TEACHERS + 1) * sets, sizeof *values);
    if (values == NULL) {
        return no_memory(err);
    }
    MkResultTable *const table =
        mk_put_table(result, "Learning from synthetic people: mean R squared on people held out",
                     headers, 6, 1, n_rows);
    MkFigure *const figure =
        mk_result_add_figure(result, "What is learned: R squared on people held out");
    if (figure != NULL) {
        figure->x_is_label = true;
        figure->y_label = "mean R squared";
    }
    for (size_t learner = 0; learner < n_rows; learner++) {
        MkNode *const node = mk_node_object(result, f->out->node, learner_keys[learner]);
        MkSeries *const bars = mk_figure_add_series(
            result, figure, MK_SERIES_BARS, MK_ROLE_SCENARIO, learner_words[learner], TEACHERS);
        if (bars != NULL) {
            bars->index = learner;
        }
        mk_result_table_cell(result, table, learner, 0, learner_words[learner], NULL);
        mk_put_count(result, table, learner, 1, learner == BY_RIDGE ? u->n_targets : u->n_forests);
        for (size_t k = 0; k < sets; k++) {
            for (size_t teacher = 0; teacher < TEACHERS; teacher++) {
                values[teacher * sets + k] = mean_score(u, learner, teacher, k);
            }
            values[TEACHERS * sets + k] = values[OF_MADE * sets + k] / values[k];
        }
        for (size_t teacher = 0; teacher < TEACHERS; teacher++) {
            const MkMeasured m = mk_fidelity_replicates(values + teacher * sets, sets);
            mk_put_measured(result, table, learner, 2 + teacher, m, 3);
            mk_put_measured_node(result, node, teacher_keys[teacher], m);
            mk_series_label(result, bars, teacher, teacher_words[teacher]);
            mk_series_point(bars, teacher, 0.0, m.value);
            mk_series_span(bars, teacher, m.value - 2.0 * m.error, m.value + 2.0 * m.error);
        }
        const MkMeasured share = mk_fidelity_replicates(values + TEACHERS * sets, sets);
        mk_put_measured(result, table, learner, 5, share, 3);
        MK_TRY(mk_fidelity_figure(
            f, learner == BY_RIDGE ? "utility_ridge_share" : "utility_trees_share",
            learner == BY_RIDGE ? "R squared learned from synthetic people / real, ridge"
                                : "R squared learned from synthetic people / real, trees",
            share, err));
    }
    return MK_OK;
}

static void show_attributes(const Utility *u)
{
    static const MkPutHeader headers[] = {{"learner", "Learner"},
                                          {"attribute", "Attribute"},
                                          {"real", "Real"},
                                          {"synthetic", "Synthetic"},
                                          {"both", "Real + synthetic"}};
    MkResult *const result = u->f->out->result;
    const size_t n = u->n_targets + u->n_forests, sets = u->f->size.n_sets;
    MkResultTable *const table =
        mk_put_table(result, "What is learned, by attribute", headers, 5, 2, n);
    for (size_t i = 0; i < n; i++) {
        const size_t learner = i < u->n_targets ? BY_RIDGE : BY_TREES;
        const size_t t = learner == BY_RIDGE ? i : i - u->n_targets;
        const MkAttribute *const attribute = &u->f->schema->attributes[u->ids[u->targets[t]]];
        mk_result_table_cell(result, table, i, 0, learner_keys[learner], NULL);
        mk_result_table_cell(result, table, i, 1, attribute->name, NULL);
        for (size_t teacher = 0; teacher < TEACHERS; teacher++) {
            const size_t at = ((learner * TEACHERS + teacher) * u->n_targets + t) * sets;
            mk_put_number(result, table, i, 2 + teacher, u->score[at], 4);
        }
    }
    if (table != NULL) {
        table->use = MK_TABLE_DATA;
    }
}

static MkStatus show_age(const Utility *u, MkError *err)
{
    static const MkPutHeader headers[] = {
        {"real", "Real"}, {"synthetic", "Synthetic"}, {"gap", "Gap"}};
    MkResult *const result = u->f->out->result;
    const size_t sets = u->f->size.n_sets;
    double *const gap = mk_arena_array(u->f->arena, sets, sizeof *gap);
    if (gap == NULL) {
        return no_memory(err);
    }
    if (isnan(u->accuracy[0])) {
        return MK_OK;
    }
    for (size_t k = 0; k < sets; k++) {
        gap[k] = u->accuracy[k] - u->accuracy[sets + k];
    }
    const MkMeasured real = mk_fidelity_replicates(u->accuracy, sets);
    const MkMeasured made = mk_fidelity_replicates(u->accuracy + sets, sets);
    const MkMeasured apart = mk_fidelity_replicates(gap, sets);
    MkResultTable *const table =
        mk_put_table(result, "Over 60 or not, by boosted trees: accuracy by whom they learned from",
                     headers, 3, 0, 1);
    mk_put_measured(result, table, 0, 0, real, 3);
    mk_put_measured(result, table, 0, 1, made, 3);
    mk_put_measured(result, table, 0, 2, apart, 3);
    MK_TRY(mk_fidelity_figure(u->f, "age60_accuracy",
                              "over 60 or not, learned from synthetic people", made, err));
    return mk_fidelity_figure(u->f, "age60_gap",
                              "over 60 or not, accuracy lost by learning from synthetic people",
                              apart, err);
}

static MkStatus show_precision(const Utility *u, MkError *err)
{
    static const MkPutHeader headers[] = {{"who", "Who"},
                                          {"precision", "Alpha-precision"},
                                          {"recall", "Beta-recall"},
                                          {"authenticity", "Authenticity"}};
    MkFidelity *const f = u->f;
    MkResult *const result = f->out->result;
    MkCrowd test, some[2];
    MkPrecision found[2];
    MK_TRY(mk_crowd_pick(&u->test, f->size.neighbours, f->trial->seed, f->arena, &test, err));
    MkResultTable *const table = mk_put_table(result, "Precision and recall", headers, 4, 1, 2);
    for (size_t k = 0; k < 2; k++) {
        const MkCrowd *const from = &u->people[k == 0 ? OF_MADE : OF_REAL];
        MK_TRY(mk_crowd_pick(from, test.n, f->trial->seed, f->arena, &some[k], err));
        MK_TRY(mk_precision(f->schema, u->ids, &test, &some[k], f->arena, &found[k], err));
        mk_result_table_cell(result, table, k, 0, k == 0 ? "persons drawn" : "other people", NULL);
        mk_put_measured(result, table, k, 1, found[k].precision, 3);
        mk_put_measured(result, table, k, 2, found[k].recall, 3);
        mk_put_measured(result, table, k, 3, found[k].authenticity, 3);
    }
    MK_TRY(mk_fidelity_figure(f, "alpha_precision", "alpha-precision", found[0].precision, err));
    MK_TRY(mk_fidelity_figure(f, "beta_recall", "beta-recall", found[0].recall, err));
    return mk_fidelity_figure(f, "authenticity", "authenticity", found[0].authenticity, err);
}

MkStatus mk_fidelity_utility(MkFidelity *f, MkError *err)
{
    Utility u = {.f = f};
    MK_TRY(choose(&u, err));
    if (u.d < 2) {
        mk_result_note(f->out->result, "Too few attributes that enough people have: nothing is "
                                       "learned from synthetic people.");
        return MK_OK;
    }
    MK_TRY(open_people(&u, err));
    MK_TRY(choose_targets(&u, err));
    MK_TRY(learn_all(&u, err));
    mk_result_note(
        f->out->result,
        "Learning: the %zu attributes that most people have; %zu persons drawn, %zu real "
        "people%s, %zu to test on; R squared below 0 counts as 0 in means.",
        u.d, u.people[OF_MADE].n, u.people[OF_REAL].n,
        f->train.n > 0 ? "" : " (half of those judged, the other half tests)", u.test.n);
    MK_TRY(show_means(&u, err));
    show_attributes(&u);
    MK_TRY(show_age(&u, err));
    return show_precision(&u, err);
}

/* fidelity_pairs.c - overlap of two attributes together, by what a model answers and by whom it
 * draws (fidelity.h).
 *
 * x is cut into tenths of the people, y into at most 20 bins:
 * overlap = sum over b of p(x in b) sum over y of min(p_people(y | b), p_model(y | b)). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/fidelity_choose.h"
#include "src/eval/fidelity_priv.h"
#include "src/eval/put.h"

/* A person of a pair. */
typedef struct Member {
    double x, y;
    size_t person, bin, cell;
} Member;

/* How one pair did; (n_sets) each. */
typedef struct Scores {
    double *answer, *drawn;
    double train, against;
} Scores;

typedef struct Bivariate {
    MkFidelity *f;
    const MkCoder *tenths;
    size_t n;
    MkChosenPair *pairs;
    Scores *scores;
    MkStatus *statuses;
    MkError *errors;
} Bivariate;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for pairs");
}

/* ---- shares ---- */

/* One pair at work. */
typedef struct Work {
    const Bivariate *b;
    MkArena *arena;
    size_t x, y, n_bins, n_cells;
    const MkOverlapGrid *grid;
} Work;

static MkStatus members_of(const Work *w, const MkCrowd *p, Member **out, size_t *n_out,
                           MkError *err)
{
    const double *const x = mk_crowd_column(p, w->x), *const y = mk_crowd_column(p, w->y);
    Member *const members = mk_arena_array(w->arena, p->n + 1, sizeof *members);
    size_t n = 0;
    if (members == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (!isnan(x[i]) && !isnan(y[i])) {
            members[n++] = (Member){.x = x[i],
                                    .y = y[i],
                                    .person = i,
                                    .bin = mk_code(&w->b->tenths[w->x], x[i]),
                                    .cell = mk_overlap_cell(w->grid, y[i])};
        }
    }
    *out = members;
    *n_out = n;
    return MK_OK;
}

/* Shares of people in the cells, (n_bins, n_cells). */
static void tabulate(const Work *w, const Member *members, size_t n, const double *weights,
                     double *out)
{
    memset(out, 0, w->n_bins * w->n_cells * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[members[i].bin * w->n_cells + members[i].cell] +=
            weights != NULL ? weights[members[i].person] : 1.0;
    }
}

/* Of two tables, each bin by its own sum: the bins count as in p. */
static double overlap(const Work *w, const double *p, const double *q)
{
    double sum = 0.0, all = 0.0;
    for (size_t b = 0; b < w->n_bins; b++) {
        const double *const pb = p + b * w->n_cells, *const qb = q + b * w->n_cells;
        double sum_p = 0.0, sum_q = 0.0, both = 0.0;
        for (size_t k = 0; k < w->n_cells; k++) {
            sum_p += pb[k];
            sum_q += qb[k];
        }
        for (size_t k = 0; k < w->n_cells && sum_p > 0.0 && sum_q > 0.0; k++) {
            both += fmin(pb[k] / sum_p, qb[k] / sum_q);
        }
        sum += sum_p * both;
        all += sum_p;
    }
    return all > 0.0 ? sum / all : NAN;
}

/* ---- answers ---- */

static int by_x(const void *a, const void *b)
{
    const Member *const x = a, *const y = b;
    if (x->x != y->x) {
        return (x->x > y->x) - (x->x < y->x);
    }
    return (x->person > y->person) - (x->person < y->person);
}

/* The same attribute of another model, and its values: the levels must be the same. */
static bool find_other(const MkSchema *schema, const MkAttribute *attribute, size_t *id)
{
    if (!mk_schema_find(schema, attribute->name, id)) {
        return false;
    }
    const MkAttribute *const other = &schema->attributes[*id];
    bool is_same = mk_type_is_number(other->type) == mk_type_is_number(attribute->type) &&
                   other->n_levels == attribute->n_levels &&
                   strcmp(other->unit, attribute->unit) == 0;
    for (size_t k = 0; is_same && k < attribute->n_levels; k++) {
        is_same = strcmp(other->levels[k].name, attribute->levels[k].name) == 0;
    }
    return is_same;
}

/* Adds a model's p(y | the x of a person, and the source) to the cells of a bin. */
static MkStatus add_answer(const Work *w, const MkModel *model, const size_t ids[2],
                           const Member *member, double *out, MkError *err)
{
    const MkFidelity *const f = w->b->f;
    MkPoint known[2] = {{ids[0], member->x}};
    size_t row = f->real_rows[member->person], target = ids[1];
    const size_t table = mk_cohort_table(f->trial->judged, &row);
    const bool is_told = mk_fidelity_source(model, f->trial->judged, table, &known[1]);
    const MkMark mark = mk_arena_mark(w->arena);
    MkDistribution answer;
    double cells[MK_OVERLAP_CELLS];
    MK_TRY(mk_model_posterior(model, known, is_told ? 2 : 1, &target, 1, w->arena, &answer, err));
    mk_overlap_answer(w->grid, &answer, cells);
    for (size_t k = 0; k < w->n_cells; k++) {
        out[k] += f->real.w[member->person] * cells[k];
    }
    mk_arena_rewind(w->arena, mark);
    return MK_OK;
}

/* A model's answers for people of each bin, evenly over it: out (n_bins, n_cells); members by x. */
static MkStatus ask(const Work *w, const MkModel *model, const size_t ids[2], const Member *members,
                    size_t n, double *out, MkError *err)
{
    const size_t most = w->b->f->size.asked;
    memset(out, 0, w->n_bins * w->n_cells * sizeof *out);
    for (size_t begin = 0, end = 0; begin < n; begin = end) {
        while (end < n && members[end].bin == members[begin].bin) {
            end++;
        }
        const size_t here = end - begin, some = here < most ? here : most;
        for (size_t k = 0; k < some; k++) {
            const Member *const member = &members[begin + (2 * k + 1) * here / (2 * some)];
            MK_TRY(add_answer(w, model, ids, member, out + member->bin * w->n_cells, err));
        }
    }
    return MK_OK;
}

/* ---- a pair ---- */

static MkStatus measure_pair(Work *w, Scores *s, MkError *err)
{
    const MkFidelity *const f = w->b->f;
    const size_t cells = w->n_bins * w->n_cells, ids[2] = {w->x, w->y};
    double *const p = mk_arena_array(w->arena, 4 * cells + 1, sizeof *p);
    Member *real, *made, *train;
    size_t n, m, o, other[2];
    if (p == NULL) {
        return no_memory(err);
    }
    double *const q = p + cells, *const answer = q + cells, *const against = answer + cells;
    MK_TRY(members_of(w, &f->real, &real, &n, err));
    MK_TRY(members_of(w, &f->made, &made, &m, err));
    MK_TRY(members_of(w, &f->train, &train, &o, err));
    qsort(real, n, sizeof *real, by_x);
    MK_TRY(ask(w, f->trial->model, ids, real, n, answer, err));
    for (size_t k = 0; k < f->size.n_sets; k++) {
        tabulate(w, real, n, mk_crowd_weights(&f->real, k), p);
        tabulate(w, made, m, mk_crowd_weights(&f->made, k), q);
        s->answer[k] = overlap(w, p, answer);
        s->drawn[k] = overlap(w, p, q);
    }
    tabulate(w, real, n, mk_crowd_weights(&f->real, 0), p);
    tabulate(w, train, o, mk_crowd_weights(&f->train, 0), q);
    s->train = o > 0 ? overlap(w, p, q) : NAN;
    const MkModel *const model = f->trial->against;
    if (model != NULL &&
        find_other(mk_model_schema(model), &f->schema->attributes[w->x], &other[0]) &&
        find_other(mk_model_schema(model), &f->schema->attributes[w->y], &other[1])) {
        MK_TRY(ask(w, model, other, real, n, against, err));
        s->against = overlap(w, p, against);
    }
    return MK_OK;
}

static void pair_task(void *ctx, size_t index, size_t worker)
{
    (void)worker;
    const Bivariate *const b = ctx;
    const MkChosenPair *const pair = &b->pairs[index];
    MkError *const err = &b->errors[index];
    Work w = {.b = b,
              .arena = mk_arena_new(0),
              .x = pair->a,
              .y = pair->b,
              .n_bins = b->tenths[pair->a].n,
              .grid = &b->f->y_grids[pair->b],
              .n_cells = b->f->y_grids[pair->b].n_cells};
    MkStatus st = w.arena != NULL ? MK_OK : no_memory(err);
    if (st == MK_OK && mk_cancelled(b->f->trial->cancel)) {
        st = mk_fail(err, MK_ECANCEL, "interrupted");
    }
    b->statuses[index] = st == MK_OK ? measure_pair(&w, &b->scores[index], err) : st;
    mk_arena_free(w.arena);
}

/* ---- shown ---- */

static const char *name_of(const Bivariate *b, size_t j)
{
    return b->f->schema->attributes[j].name;
}

static void show_table(const Bivariate *b, const char *title, const char *key)
{
    static const MkPutHeader headers[] = {
        {"given", "x"},        {"asked", "y"},        {"association", "Association"},
        {"drawn", "Drawn"},    {"answer", "Answers"}, {"train", "Training people"},
        {"against", "Against"}};
    MkResult *const result = b->f->out->result;
    MkNode *const list = mk_node_array(result, b->f->out->node, key);
    MkResultTable *const table = mk_put_table(result, title, headers, 7, 2, b->n);
    for (size_t i = 0; i < b->n; i++) {
        const MkChosenPair *const pair = &b->pairs[i];
        const Scores *const s = &b->scores[i];
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "given", name_of(b, pair->a));
        (void)mk_node_string(result, node, "asked", name_of(b, pair->b));
        mk_put_node(result, node, "association", pair->score);
        const MkMeasured drawn = mk_fidelity_replicates(s->drawn, b->f->size.n_sets);
        const MkMeasured answer = mk_fidelity_replicates(s->answer, b->f->size.n_sets);
        mk_put_measured_node(result, node, "drawn", drawn);
        mk_put_measured_node(result, node, "answer", answer);
        mk_put_node(result, node, "train", s->train);
        mk_put_node(result, node, "against", s->against);
        mk_result_table_cell(result, table, i, 0, name_of(b, pair->a), NULL);
        mk_result_table_cell(result, table, i, 1, name_of(b, pair->b), NULL);
        mk_put_number(result, table, i, 2, pair->score, 3);
        mk_put_measured(result, table, i, 3, drawn, 3);
        mk_put_measured(result, table, i, 4, answer, 3);
        mk_put_number(result, table, i, 5, s->train, 3);
        mk_put_number(result, table, i, 6, s->against, 3);
    }
    if (table != NULL) {
        table->use = MK_TABLE_DATA;
    }
}

enum { OF_TRAIN, OF_ANSWER, OF_DRAWN };

static double score_of(const Scores *s, int what)
{
    return what == OF_TRAIN ? s->train : what == OF_ANSWER ? s->answer[0] : s->drawn[0];
}

/* Pairs by falling overlap of the training people, or of the answers without them. */
static void add_line(const Bivariate *b, const size_t *order, int what, MkSeriesRole role,
                     size_t index, const char *name, MkFigure *figure)
{
    const MkSeriesKind kind = what == OF_TRAIN ? MK_SERIES_LINE : MK_SERIES_POINTS;
    MkSeries *const series =
        mk_figure_add_series(b->f->out->result, figure, kind, role, name, b->n);
    if (series != NULL) {
        series->index = index;
    }
    for (size_t i = 0; series != NULL && i < b->n; i++) {
        mk_series_point(series, i, (double)(i + 1), score_of(&b->scores[order[i]], what));
    }
}

static void show_sorted(const Bivariate *b)
{
    size_t *const order = mk_arena_array(b->f->arena, b->n + 1, sizeof *order);
    const bool has_train = b->f->train.n > 0;
    MkFigure *const figure =
        mk_result_add_figure(b->f->out->result, "Overlap of associated pairs, from easy to hard");
    if (figure == NULL || order == NULL) {
        return;
    }
    for (size_t i = 0; i < b->n; i++) { /* insertion: 70 of them */
        const double mine = score_of(&b->scores[i], has_train ? OF_TRAIN : OF_ANSWER);
        size_t at = i;
        for (;
             at > 0 && score_of(&b->scores[order[at - 1]], has_train ? OF_TRAIN : OF_ANSWER) < mine;
             at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
    figure->x_label = "pair";
    figure->y_label = "overlap";
    if (has_train) {
        add_line(b, order, OF_TRAIN, MK_ROLE_POPULATION, 0, "training people", figure);
    }
    add_line(b, order, OF_ANSWER, MK_ROLE_SCENARIO, 0, "model's answers", figure);
    add_line(b, order, OF_DRAWN, MK_ROLE_SCENARIO, 2, "persons drawn", figure);
}

/* Two releases: a point a pair, and the line on which they are alike. */
static void show_releases(const Bivariate *b, const char *other)
{
    MkResult *const result = b->f->out->result;
    const char *const mine = mk_model_card(b->f->trial->model)->name;
    MkFigure *const figure = mk_result_add_figure(result, "Overlap of pairs in two releases");
    double low = 1.0;
    if (figure == NULL) {
        return;
    }
    figure->x_label = mk_arena_printf(result->arena, "overlap, %s", other);
    figure->y_label = mk_arena_printf(result->arena, "overlap, %s", mine);
    MkSeries *const points =
        mk_figure_add_series(result, figure, MK_SERIES_POINTS, MK_ROLE_POSTERIOR, "pairs", b->n);
    for (size_t i = 0; points != NULL && i < b->n; i++) {
        const Scores *const s = &b->scores[i];
        mk_series_point(points, i, s->against, isnan(s->against) ? NAN : s->answer[0]);
        low = fmin(low, isnan(s->against) ? 1.0 : fmin(s->against, s->answer[0]));
    }
    MkSeries *const line = mk_figure_add_series(result, figure, MK_SERIES_LINE, MK_ROLE_POPULATION,
                                                "both the same", 2);
    if (line != NULL) {
        low = fmax(floor(low * 20.0) / 20.0, 0.0);
        mk_series_point(line, 0, low, low);
        mk_series_point(line, 1, 1.0, 1.0);
    }
}

/* Means over the pairs that both releases know. */
static MkStatus show_against(const Bivariate *b, MkError *err)
{
    const MkModel *const other = b->f->trial->against;
    double mine = 0.0, theirs = 0.0;
    size_t n = 0, better = 0;
    for (size_t i = 0; i < b->n; i++) {
        const Scores *const s = &b->scores[i];
        if (!isnan(s->against)) {
            mine += s->answer[0];
            theirs += s->against;
            better += s->answer[0] > s->against ? 1 : 0;
            n++;
        }
    }
    if (other == NULL || n == 0) {
        return MK_OK;
    }
    const char *const name = mk_arena_printf(b->f->arena, "%s %s", mk_model_card(other)->name,
                                             mk_model_card(other)->version);
    mk_result_note(b->f->out->result,
                   "Of %zu pairs that %s knows too the answers overlap %.3f, there %.3f; %zu are "
                   "higher.",
                   n, name != NULL ? name : "", mine / (double)n, theirs / (double)n, better);
    show_releases(b, name != NULL ? name : "");
    return mk_fidelity_figure(b->f, "overlap_pairs_gain",
                              "overlap of pairs, answers, less that of the other release",
                              (MkMeasured){(mine - theirs) / (double)n, NAN}, err);
}

static MkStatus show_means(const Bivariate *b, MkError *err)
{
    static const MkPutHeader headers[] = {{"what", "Pairs"},
                                          {"pairs", "Number"},
                                          {"drawn", "Persons drawn"},
                                          {"answer", "Model's answers"},
                                          {"train", "Training people"}};
    MkFidelity *const f = b->f;
    const size_t sets = f->size.n_sets;
    double *const all = mk_arena_array(f->arena, 2 * b->n * sets + 1, sizeof *all);
    double train = 0.0;
    if (all == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < b->n; i++) {
        memcpy(all + i * sets, b->scores[i].drawn, sets * sizeof *all);
        memcpy(all + (b->n + i) * sets, b->scores[i].answer, sets * sizeof *all);
        train += b->scores[i].train / (double)b->n;
    }
    const MkMeasured drawn = mk_fidelity_mean(all, b->n, sets, NULL);
    const MkMeasured answer = mk_fidelity_mean(all + b->n * sets, b->n, sets, NULL);
    MkResultTable *const table =
        mk_put_table(f->out->result, "Overlap of associated pairs", headers, 5, 1, 1);
    mk_result_table_cell(f->out->result, table, 0, 0, "most associated", NULL);
    mk_put_count(f->out->result, table, 0, 1, b->n);
    mk_put_measured(f->out->result, table, 0, 2, drawn, 3);
    mk_put_measured(f->out->result, table, 0, 3, answer, 3);
    mk_put_number(f->out->result, table, 0, 4, train, 3);
    MK_TRY(mk_fidelity_figure(f, "overlap_pairs_direct", "overlap of pairs, model's answers",
                              answer, err));
    return mk_fidelity_figure(f, "overlap_pairs_sampled", "overlap of pairs, persons drawn", drawn,
                              err);
}

/* ---- all pairs ---- */

static MkStatus open_scores(Bivariate *b, MkError *err)
{
    const size_t sets = b->f->size.n_sets;
    b->scores = mk_arena_array(b->f->arena, b->n + 1, sizeof *b->scores);
    b->statuses = mk_arena_zeros(b->f->arena, b->n + 1, sizeof *b->statuses);
    b->errors = mk_arena_zeros(b->f->arena, b->n + 1, sizeof *b->errors);
    double *const all = mk_arena_zeros(b->f->arena, 2 * b->n * sets + 1, sizeof *all);
    if (b->scores == NULL || b->statuses == NULL || b->errors == NULL || all == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < b->n; i++) {
        b->scores[i] = (Scores){.answer = all + 2 * i * sets,
                                .drawn = all + (2 * i + 1) * sets,
                                .train = NAN,
                                .against = NAN};
    }
    return MK_OK;
}

/* Chooses pairs among these attributes and measures them. */
static MkStatus measure_all(Bivariate *b, const bool *allowed, MkError *err)
{
    MkFidelity *const f = b->f;
    const MkChoice choice = {.schema = f->schema,
                             .people = f->train.n > 0 ? &f->train : &f->real,
                             .judged = &f->real,
                             .allowed = allowed,
                             .most = MK_FIDELITY_PAIRS,
                             .pool = f->trial->pool,
                             .cancel = f->trial->cancel};
    MK_TRY(mk_fidelity_choose(&choice, f->arena, &b->pairs, &b->n, err));
    MK_TRY(mk_trial_goes_on(f->trial, 0.4, err));
    MK_TRY(open_scores(b, err));
    mk_pool_run(f->trial->pool, b->n, pair_task, b);
    for (size_t i = 0; i < b->n; i++) {
        if (b->statuses[i] != MK_OK) {
            *err = b->errors[i];
            return b->statuses[i];
        }
    }
    return MK_OK;
}

/* The same pairs in two releases; when the other one does not know all of them, those that are most
 * associated among what both know. */
static MkStatus compare(Bivariate *b, bool *allowed, MkError *err)
{
    const MkModel *const other = b->f->trial->against;
    size_t unknown = 0, id = 0;
    for (size_t i = 0; i < b->n; i++) {
        unknown += isnan(b->scores[i].against) ? 1 : 0;
    }
    if (other == NULL || unknown == 0) {
        return show_against(b, err);
    }
    for (size_t j = 0; j < b->f->schema->n; j++) {
        allowed[j] =
            allowed[j] && find_other(mk_model_schema(other), &b->f->schema->attributes[j], &id);
    }
    Bivariate common = {.f = b->f, .tenths = b->tenths};
    MK_TRY(measure_all(&common, allowed, err));
    show_table(&common, "Overlap by pair, two releases", "pairs_of_both");
    return show_against(&common, err);
}

MkStatus mk_fidelity_pairs(MkFidelity *f, MkError *err)
{
    Bivariate b = {.f = f};
    MkCoder *tenths;
    bool *const allowed = mk_arena_array(f->arena, f->schema->n + 1, sizeof *allowed);
    if (allowed == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < f->schema->n; j++) {
        allowed[j] = f->y_grids[j].n_cells > 0;
    }
    MK_TRY(mk_coders_new(f->schema, &f->real, MK_BINS_QUANTILE, f->arena, &tenths, err));
    b.tenths = tenths;
    MK_TRY(measure_all(&b, allowed, err));
    if (b.n == 0) {
        mk_result_note(f->out->result, "No two attributes are associated in enough people.");
        return MK_OK;
    }
    mk_result_note(
        f->out->result,
        "The %zu pairs are those of the strongest association in %s (mutual information, "
        "an attribute in at most three of them); x in tenths of the people.",
        b.n,
        f->train.n > 0 ? "training people" : "the people judged: no training people are at hand");
    MK_TRY(show_means(&b, err));
    show_table(&b, "Overlap by pair", "pairs");
    show_sorted(&b);
    return compare(&b, allowed, err);
}

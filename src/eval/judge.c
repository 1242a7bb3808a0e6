#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/mask.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- one answer ---- */

/* Share of [low, high] that lies in the central interval; a point counts by where it is. */
static double covered(double low, double high, double level)
{
    const double from = 0.5 * (1.0 - level), to = 0.5 * (1.0 + level);
    if (!(high - low > 1e-12)) {
        return low >= from && low <= to ? 1.0 : 0.0;
    }
    return fmax(fmin(high, to) - fmax(low, from), 0.0) / (high - low);
}

static void score_cover(const MkDistribution *d, double x, double level, MkScore *s)
{
    const double half =
        mk_type_is_number(d->attribute->type) ? 0.5 * d->attribute->resolution : 0.0;
    const double low = half > 0.0 ? mk_dist_cdf(d, x - half) : mk_dist_cdf_below(d, x);
    const double slack = 1e-6 * fmax(fabs(x), 1e-3); /* values inside a model are floats */
    const double high = mk_dist_cdf(d, x + half);
    s->low = (float)low;
    s->high = (float)high;
    s->cover = (float)covered(low, high, level);
    s->inside = mk_dist_quantile(d, 0.5 * (1.0 - level)) <= x + slack &&
                        x - slack <= mk_dist_quantile(d, 0.5 * (1.0 + level))
                    ? 1.0F
                    : 0.0F;
}

static double brier(const MkDistribution *d, double x)
{
    double sum = 0.0;
    for (size_t k = 0; k < d->attribute->n_levels; k++) {
        const double off = mk_dist_level(d, k) - ((size_t)x == k ? 1.0 : 0.0);
        sum += off * off;
    }
    return sum;
}

MkScore mk_judge_answer(const MkDistribution *d, const MkYard *yard, double x, double level)
{
    MkScore s = {.cover = NAN,
                 .inside = NAN,
                 .low = NAN,
                 .high = NAN,
                 .log_prob = (float)mk_dist_log_prob(d, x)};
    if (mk_type_is_number(d->attribute->type)) {
        const double median = mk_dist_quantile(d, 0.5);
        s.loss = (float)(mk_dist_crps(d, x) / yard->sd);
        s.miss = (float)(fabs(x - median) / yard->sd);
        s.place = (float)((x - yard->point) / yard->sd);
        s.guess = (float)((median - yard->point) / yard->sd);
        s.base = (float)(fabs(x - yard->point) / yard->sd);
    } else {
        const size_t mode = (size_t)mk_dist_mode(d);
        s.loss = (float)brier(d, x);
        s.miss = mode == (size_t)x ? 0.0F : 1.0F;
        s.place = (float)x;
        s.guess = (float)mode;
        s.base = (size_t)yard->point == (size_t)x ? 0.0F : 1.0F;
    }
    if (d->attribute->type != MK_CATEGORICAL) {
        score_cover(d, x, level, &s);
    }
    return s;
}

/* ---- scores ---- */

MkScores mk_scores_slice(const MkScores *scores, size_t begin, size_t end)
{
    MkScores slice = *scores;
    slice.n_rows = end - begin;
    slice.first += begin;
    return slice;
}

const MkScore *mk_scores_at(const MkScores *scores, size_t row, size_t attribute)
{
    for (size_t c = scores->first[row]; c < scores->first[row + 1]; c++) {
        if (scores->attributes[c] == attribute) {
            return &scores->cells[c];
        }
    }
    return NULL;
}

/* ---- all people ---- */

typedef struct Worker {
    MkArena *arena;
    MkError err;
} Worker;

typedef struct Run {
    const MkJudge *judge;
    const MkTable *mask;     /* of mk_judge_masked, or */
    const MkMaskRule *rule;  /* of mk_judge_ruled, or */
    const uint32_t *related; /* of mk_judge_related */
    size_t source;           /* the attribute `source`; MK_JUDGE_NONE: there is none */
    Worker *workers;
    atomic_bool failed;
    atomic_size_t done;
    MkScores out;
} Run;

/* A person that is judged. */
typedef struct Person {
    const MkTable *table;
    size_t t, row; /* of the cohort and of the table */
    size_t number; /* in the cohort */
} Person;

static Person person_at(const MkJudge *judge, size_t i)
{
    Person p = {.number = judge->rows[i], .row = judge->rows[i]};
    p.t = mk_cohort_table(judge->cohort, &p.row);
    p.table = judge->cohort->tables[p.t];
    return p;
}

static size_t model_id(const MkJudge *judge, size_t j)
{
    return judge->ids != NULL ? judge->ids[j] : j;
}

static bool is_judged(const Run *run, size_t j)
{
    const MkJudge *const judge = run->judge;
    const bool is_number = mk_type_is_number(judge->cohort->schema->attributes[j].type);
    return j != run->source && (judge->asked == NULL || judge->asked[j]) && judge->yards[j].n > 0 &&
           (!is_number || judge->yards[j].sd > 0.0);
}

static bool is_hidden(const Run *run, const Person *p, size_t j)
{
    if (run->rule != NULL) {
        return mk_mask_hides(run->rule, p->number, p->t, j);
    }
    return run->mask == NULL || mk_table_get(run->mask, p->number, j) > 0.0;
}

/* Attributes that the person is asked: out (schema->n), or NULL to count only. */
static size_t list_asked(const Run *run, size_t i, uint32_t *out)
{
    const Person p = person_at(run->judge, i);
    size_t n = 0;
    for (size_t j = 0; j < run->judge->cohort->schema->n; j++) {
        if (p.table->column_of[j] != MK_NO_COLUMN && !isnan(mk_table_get(p.table, p.row, j)) &&
            is_judged(run, j) && is_hidden(run, &p, j)) {
            if (out != NULL) {
                out[n] = (uint32_t)j;
            }
            n++;
        }
    }
    return n;
}

/* Adds what the person's attribute j says. */
static void tell(const Run *run, const Person *p, size_t j, MkPoint *known, size_t *n_known)
{
    const double v = mk_table_get(p->table, p->row, j);
    const size_t id = model_id(run->judge, j);
    if (!isnan(v) && id != MK_JUDGE_NONE) {
        known[(*n_known)++] = (MkPoint){id, v};
    }
}

static MkStatus person_masked(const Run *run, size_t i, MkArena *arena, MkError *err)
{
    const MkJudge *const judge = run->judge;
    const Person p = person_at(judge, i);
    const size_t n = judge->cohort->schema->n, first = run->out.first[i];
    const size_t n_targets = run->out.first[i + 1] - first;
    MkPoint *const known = mk_arena_array(arena, n, sizeof *known);
    size_t *const targets = mk_arena_array(arena, n_targets + 1, sizeof *targets);
    MkDistribution *const out = mk_arena_array(arena, n_targets + 1, sizeof *out);
    if (known == NULL || targets == NULL || out == NULL) {
        return no_memory(err);
    }
    size_t n_known = 0;
    for (size_t j = 0; j < n; j++) {
        if (j == run->source ? judge->tells_source : !is_hidden(run, &p, j)) {
            tell(run, &p, j, known, &n_known);
        }
    }
    for (size_t t = 0; t < n_targets; t++) {
        targets[t] = model_id(judge, run->out.attributes[first + t]);
    }
    MK_TRY(mk_model_posterior(judge->model, known, n_known, targets, n_targets, arena, out, err));
    for (size_t t = 0; t < n_targets; t++) {
        const size_t j = run->out.attributes[first + t];
        MkScore *const s = &run->out.cells[first + t];
        *s = mk_judge_answer(&out[t], &judge->yards[j], mk_table_get(p.table, p.row, j),
                             judge->level);
        s->n_known = (uint32_t)n_known;
    }
    return MK_OK;
}

static MkStatus person_related(const Run *run, size_t i, MkArena *arena, MkError *err)
{
    const MkJudge *const judge = run->judge;
    const Person p = person_at(judge, i);
    const uint32_t *const related =
        run->related + p.t * judge->cohort->schema->n * (size_t)MK_RELATED;
    const MkMark top = mk_arena_mark(arena);
    for (size_t c = run->out.first[i]; c < run->out.first[i + 1] && !mk_cancelled(judge->cancel);
         c++) {
        const size_t j = run->out.attributes[c], target = model_id(judge, j);
        MkPoint known[MK_RELATED + 1];
        MkDistribution answer;
        size_t n_known = 0;
        for (size_t k = 0; k < MK_RELATED; k++) {
            const uint32_t a = related[j * MK_RELATED + k];
            if (a != MK_RELATED_NONE && a != run->source) {
                tell(run, &p, a, known, &n_known);
            }
        }
        if (run->source != MK_JUDGE_NONE && judge->tells_source) {
            tell(run, &p, run->source, known, &n_known);
        }
        MK_TRY(mk_model_posterior(judge->model, known, n_known, &target, 1, arena, &answer, err));
        MkScore *const s = &run->out.cells[c];
        *s = mk_judge_answer(&answer, &judge->yards[j], mk_table_get(p.table, p.row, j),
                             judge->level);
        s->n_known = (uint32_t)n_known;
        mk_arena_rewind(arena, top);
    }
    return MK_OK;
}

static void judge_person(void *ctx, size_t i, size_t worker)
{
    Run *const run = ctx;
    Worker *const w = &run->workers[worker];
    const MkJudge *const judge = run->judge;
    if (atomic_load(&run->failed) || mk_cancelled(judge->cancel)) {
        return;
    }
    const MkMark top = mk_arena_mark(w->arena);
    const MkStatus st = run->related != NULL ? person_related(run, i, w->arena, &w->err)
                                             : person_masked(run, i, w->arena, &w->err);
    mk_arena_rewind(w->arena, top);
    if (st != MK_OK) {
        w->err.status = st;
        atomic_store(&run->failed, true);
    }
    const size_t done = atomic_fetch_add(&run->done, 1) + 1;
    if (worker == 0 && judge->progress != NULL) {
        judge->progress(judge->progress_ctx, done, judge->n_rows);
    }
}

static MkStatus story(const Run *run, size_t n_workers, MkError *err)
{
    if (mk_cancelled(run->judge->cancel)) {
        return mk_fail(err, MK_ECANCEL, "interrupted");
    }
    for (size_t w = 0; w < n_workers; w++) {
        if (run->workers[w].err.status != MK_OK) {
            return mk_fail(err, run->workers[w].err.status, "%s", run->workers[w].err.text);
        }
    }
    return MK_OK;
}

static MkStatus make_scores(Run *run, MkArena *arena, MkError *err)
{
    const MkJudge *const judge = run->judge;
    size_t *const first = mk_arena_zeros(arena, judge->n_rows + 1, sizeof *first);
    if (first == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < judge->n_rows; i++) {
        first[i + 1] = first[i] + list_asked(run, i, NULL);
    }
    run->out = (MkScores){.n_rows = judge->n_rows, .n = judge->cohort->schema->n, .first = first};
    const size_t n_cells = first[judge->n_rows];
    run->out.attributes = mk_arena_array(arena, n_cells + 1, sizeof *run->out.attributes);
    run->out.cells = mk_arena_zeros(arena, n_cells + 1, sizeof *run->out.cells);
    if (run->out.attributes == NULL || run->out.cells == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < judge->n_rows; i++) {
        (void)list_asked(run, i, run->out.attributes + first[i]);
    }
    return MK_OK;
}

static MkStatus judge_all(Run *run, MkArena *arena, MkScores *out, MkError *err)
{
    const MkJudge *const judge = run->judge;
    const size_t n_workers = judge->pool != NULL ? mk_pool_size(judge->pool) : 1;
    MkStatus st = MK_OK;
    if (!mk_schema_find(judge->cohort->schema, "source", &run->source)) {
        run->source = MK_JUDGE_NONE;
    }
    MK_TRY(make_scores(run, arena, err));
    run->workers = mk_heap_array(n_workers, sizeof *run->workers);
    if (run->workers == NULL) {
        return no_memory(err);
    }
    for (size_t w = 0; w < n_workers; w++) {
        run->workers[w].arena = mk_arena_new(0);
        if (run->workers[w].arena == NULL) {
            st = no_memory(err);
            goto done;
        }
    }
    mk_pool_run(judge->pool, judge->n_rows, judge_person, run);
    st = story(run, n_workers, err);
    if (st == MK_OK) {
        *out = run->out;
    }
done:
    for (size_t w = 0; w < n_workers; w++) {
        mk_arena_free(run->workers[w].arena);
    }
    free(run->workers);
    return st;
}

MkStatus mk_judge_masked(const MkJudge *judge, const MkTable *mask, MkArena *arena, MkScores *out,
                         MkError *err)
{
    Run run = {.judge = judge, .mask = mask};
    if (mask->n_rows != judge->cohort->n_rows) {
        return mk_fail(err, MK_ESHAPE, "the mask has %zu rows, the people %zu", mask->n_rows,
                       judge->cohort->n_rows);
    }
    return judge_all(&run, arena, out, err);
}

MkStatus mk_judge_ruled(const MkJudge *judge, const MkMaskRule *rule, MkArena *arena, MkScores *out,
                        MkError *err)
{
    Run run = {.judge = judge, .rule = rule};
    return judge_all(&run, arena, out, err);
}

MkStatus mk_judge_related(const MkJudge *judge, const uint32_t *related, MkArena *arena,
                          MkScores *out, MkError *err)
{
    Run run = {.judge = judge, .related = related};
    return judge_all(&run, arena, out, err);
}

/* ---- masks ---- */

MkStatus mk_mask_read(const char *path, const MkSchema *attributes, MkSchema **schema,
                      MkTable **out, MkError *err)
{
    MkBuf text;
    MkSchema *made = NULL;
    mk_buf_init(&text);
    mk_buf_puts(&text, "name\ttype\tlabel\tmin\tmax\n");
    for (size_t j = 0; j < attributes->n; j++) {
        mk_buf_printf(&text, "%s\tcount\t%s\t0\t1\n", attributes->attributes[j].name,
                      attributes->attributes[j].name);
    }
    MkStatus st = MK_OK;
    MK_TRY_GOTO(mk_buf_status(&text, err));
    MK_TRY_GOTO(mk_schema_parse(text.data, text.len, path, &made, err));
    MK_TRY_GOTO(mk_table_read(path, made, MK_OTHER_ERROR, out, err));
    *schema = made;
    made = NULL;
done:
    mk_schema_free(made);
    mk_buf_release(&text);
    return st;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/privacy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/eval/privacy_priv.h"

enum {
    PAIRS_LEAST = 10, /* of a source */
    UNUSUAL = 20      /* one in so many */
};

/* How much is done. */
typedef struct Effort {
    size_t pairs; /* of all sources */
    size_t persons, values;
} Effort;

static const Effort whole = {6000, 5000, 3000000}, quick = {1500, 1000, 450000};

/* A source that both held-out and training people are of. */
typedef struct Source {
    size_t judged, train; /* tables */
    size_t n_judged, n_train;
    const size_t *rows, *train_rows;
    size_t n_attributes;
} Source;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for attacks on membership");
}

/* ---- candidates ---- */

/* People of table t among ascending rows; *out begins there. Gives how many. */
static size_t people_of(const MkCohort *cohort, size_t t, const size_t *rows, size_t n,
                        const size_t **out)
{
    size_t first = 0, end;
    while (first < n && rows[first] < cohort->first[t]) {
        first++;
    }
    for (end = first; end < n && rows[end] < cohort->first[t + 1]; end++) {
    }
    *out = rows + first;
    return end - first;
}

static size_t pairs_of(const Source *s)
{
    return s->n_judged < s->n_train ? s->n_judged : s->n_train;
}

static size_t attributes_of(const MkTable *table)
{
    size_t n = 0;
    for (size_t c = 0; c < table->n_columns; c++) {
        n += table->columns[c].attribute >= 0 ? 1 : 0;
    }
    return n;
}

/* Most attributes first, then the name's order. */
static int by_attributes(const void *a, const void *b)
{
    const Source *const x = a, *const y = b;
    if (x->n_attributes != y->n_attributes) {
        return x->n_attributes < y->n_attributes ? 1 : -1;
    }
    return (x->judged > y->judged) - (x->judged < y->judged);
}

static size_t find_sources(const MkTrial *trial, Source *out)
{
    size_t n = 0;
    for (size_t t = 0; t < trial->judged->n_tables; t++) {
        for (size_t u = 0; u < trial->train->n_tables; u++) {
            if (strcmp(trial->judged->names[t], trial->train->names[u]) != 0) {
                continue;
            }
            Source s = {.judged = t, .train = u};
            s.n_judged = people_of(trial->judged, t, trial->held, trial->n_held, &s.rows);
            s.n_train =
                people_of(trial->train, u, trial->train_rows, trial->n_train, &s.train_rows);
            s.n_attributes = attributes_of(trial->judged->tables[t]);
            if (pairs_of(&s) >= PAIRS_LEAST) {
                out[n++] = s;
            }
        }
    }
    qsort(out, n, sizeof *out, by_attributes);
    return n;
}

/* Members and others by turns, spread evenly over the people of each source. */
static MkStatus choose_candidates(const MkTrial *trial, const Effort *effort, MkArena *arena,
                                  MkAttackJob *job, MkError *err)
{
    Source *const sources = mk_arena_array(arena, trial->judged->n_tables + 1, sizeof *sources);
    MkCandidate *const all = mk_arena_array(arena, 2 * trial->n_held + 1, sizeof *all);
    MkAttackPart *const parts = mk_arena_array(arena, trial->judged->n_tables + 1, sizeof *parts);
    if (sources == NULL || all == NULL || parts == NULL) {
        return no_memory(err);
    }
    const size_t n = find_sources(trial, sources);
    for (size_t s = 0; s < n; s++) {
        const Source *const source = &sources[s];
        const size_t most = effort->pairs / n + 1, have = pairs_of(source);
        const size_t pairs = have < most ? have : most;
        parts[s] = (MkAttackPart){trial->judged->names[source->judged], job->n, 2 * pairs};
        for (size_t i = 0; i < pairs; i++) {
            const size_t member = source->train_rows[i * source->n_train / pairs];
            const size_t other = source->rows[i * source->n_judged / pairs];
            all[job->n++] = (MkCandidate){trial->train, member, true};
            all[job->n++] = (MkCandidate){trial->judged, other, false};
        }
    }
    job->candidates = all;
    job->parts = parts;
    job->n_parts = n;
    return MK_OK;
}

/* ---- what came out ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* is_out (n): the most unusual of each source. */
static MkStatus find_outliers(const MkAttackJob *job, const double *unusual, bool *is_out,
                              MkArena *arena, MkError *err)
{
    double *const sorted = mk_arena_array(arena, job->n + 1, sizeof *sorted);
    if (sorted == NULL) {
        return no_memory(err);
    }
    for (size_t p = 0; p < job->n_parts; p++) {
        const MkAttackPart *const part = &job->parts[p];
        size_t n = 0;
        for (size_t i = part->first; i < part->first + part->n; i++) {
            if (!isnan(unusual[i])) {
                sorted[n++] = unusual[i];
            }
        }
        qsort(sorted, n, sizeof *sorted, by_value);
        const double bar = n > 0 ? sorted[n - 1 - n / UNUSUAL] : INFINITY;
        for (size_t i = part->first; i < part->first + part->n; i++) {
            is_out[i] = unusual[i] > bar;
        }
    }
    return MK_OK;
}

static MkStatus measure(const MkTrial *trial, const MkAttackJob *job, MkArena *arena,
                        MkPrivacy *out, MkError *err)
{
    bool *const is_member = mk_arena_array(arena, job->n + 1, sizeof *is_member);
    bool *const is_out = mk_arena_zeros(arena, job->n + 1, sizeof *is_out);
    double *const all = mk_arena_array(arena, job->n + 1, sizeof *all);
    double *const few = mk_arena_array(arena, job->n + 1, sizeof *few);
    out->parts = job->parts;
    out->of_source = mk_arena_array(arena, job->n_parts + 1, sizeof *out->of_source);
    if (is_member == NULL || is_out == NULL || all == NULL || few == NULL ||
        out->of_source == NULL) {
        return no_memory(err);
    }
    const double n = (double)out->n_pairs;
    for (size_t i = 0; i < job->n; i++) {
        is_member[i] = job->candidates[i].is_member;
        *(is_member[i] ? &out->copies_members : &out->copies_others) +=
            out->attack.is_copied[i] ? 1.0 / n : 0.0;
    }
    const double a = out->copies_members, b = out->copies_others;
    out->copies_error = sqrt((a * (1.0 - a) + b * (1.0 - b)) / n);
    MK_TRY(find_outliers(job, out->attack.unusual, is_out, arena, err));
    for (size_t way = 0; way < MK_WAYS; way++) {
        const double sign = way == MK_WAY_TURNED ? -1.0 : 1.0;
        for (size_t k = 0; k < MK_ATTACKS; k++) {
            for (size_t i = 0; i < job->n; i++) {
                all[i] = sign * out->attack.score[k][i];
                few[i] = is_out[i] ? all[i] : NAN;
            }
            MK_TRY(mk_membership_measure(all, is_member, job->n, trial->seed, arena,
                                         &out->all[way][k], err));
            MK_TRY(mk_membership_measure(few, is_member, job->n, trial->seed, arena,
                                         &out->outliers[way][k], err));
        }
    }
    for (size_t t = 0; t < job->n_parts; t++) {
        const MkAttackPart *const part = &job->parts[t];
        for (size_t k = 0; k < MK_ATTACKS; k++) {
            MK_TRY(mk_membership_measure(out->attack.score[k] + part->first,
                                         is_member + part->first, part->n, trial->seed, arena,
                                         &out->of_source[t][k], err));
        }
    }
    return MK_OK;
}

/* ---- shadow models ---- */

/* Of the file those that are of the model's kind; of them those made for this very file, if any. */
static MkStatus read_shadows(const MkTrial *trial, MkArena *arena, MkPrivacy *out, MkError *err)
{
    char digest[17];
    MkShadow *all = NULL;
    size_t n = 0, kept = 0;
    const char *const path = mk_shadow_path(trial->path, arena);
    if (path == NULL) {
        return no_memory(err);
    }
    out->shadows_path = path;
    if (!mk_file_exists(path)) {
        return MK_OK;
    }
    MK_TRY(mk_shadow_read(path, arena, &all, &n, err));
    MK_TRY(mk_file_digest(trial->path, digest, err));
    for (size_t i = 0; i < n; i++) {
        out->shadows_own = out->shadows_own || strcmp(all[i].digest, digest) == 0;
    }
    for (size_t i = 0; i < n; i++) {
        const bool is_it = out->shadows_own
                               ? strcmp(all[i].digest, digest) == 0
                               : strcmp(all[i].kind, mk_model_card(trial->model)->kind) == 0;
        if (is_it) {
            all[kept++] = all[i];
        }
    }
    out->shadows = all;
    out->n_shadows = kept;
    return MK_OK;
}

MkStatus mk_privacy_section(const MkTrial *trial, MkSection *out, MkError *err)
{
    const Effort *const effort = trial->is_quick ? &quick : &whole;
    MkArena *const arena = mk_arena_new(0);
    MkPrivacy privacy = {0};
    MkAttackJob job = {.trial = trial, .persons = effort->persons, .values = effort->values};
    MkStatus st = MK_OK;
    if (arena == NULL) {
        return no_memory(err);
    }
    if (trial->train != NULL && trial->n_train > 0) {
        MK_TRY_GOTO(choose_candidates(trial, effort, arena, &job, err));
    }
    privacy.n_sources = job.n_parts;
    privacy.n_pairs = job.n / 2;
    MK_TRY_GOTO(read_shadows(trial, arena, &privacy, err));
    if (job.n > 0) {
        MK_TRY_GOTO(mk_attack_run(&job, arena, &privacy.attack, err));
        MK_TRY_GOTO(mk_trial_goes_on(trial, 0.95, err));
        MK_TRY_GOTO(measure(trial, &job, arena, &privacy, err));
    }
    MK_TRY_GOTO(mk_privacy_report(trial, &privacy, out, err));
    st = mk_trial_goes_on(trial, 1.0, err);
done:
    mk_arena_free(arena);
    return st;
}

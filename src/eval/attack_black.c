/* attack_black.c - attacks by persons drawn from the model. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/attack_priv.h"

enum { BLOCK = 128, PLACES = 4 }; /* candidates of a task; closest and second of two sorts */

static const double narrow = 0.1; /* kernel's width, as a share of a usual distance */
static const double same = 1e-6;  /* relative: values in a model are floats */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for attacks on membership");
}

/* ---- persons ---- */

static size_t one(const MkAttackSource *s)
{
    return s->n_persons > 0 ? 1 : 0;
}

static size_t persons_of(const MkAttackSource *s)
{
    return s->n_persons;
}

static size_t people_of(const MkAttackSource *s)
{
    return s->n_persons > 0 ? s->part->n : 0;
}

static MkStatus open_drawer(const MkAttackRun *run, MkAttackSource *s, size_t first, MkArena *arena,
                            MkError *err)
{
    (void)first;
    (void)arena;
    const MkDrawOrder order = {.known = &s->source,
                               .n_known = s->n_known,
                               .targets = s->space.attributes,
                               .n_targets = s->space.n,
                               .n_groups = 1,
                               .seed = run->job->trial->seed};
    return mk_drawer_new(run->job->trial->model, &order, &s->drawer, err);
}

static MkStatus draw_block(const MkAttackRun *run, MkAttackSource *s, size_t first, MkArena *arena,
                           MkError *err)
{
    const size_t left = s->n_persons - first, d = s->space.n;
    const size_t n = left < MK_DRAW_PERSONS ? left : MK_DRAW_PERSONS;
    double known[MK_DRAW_PERSONS] = {0.0};
    MkRng streams[MK_DRAW_PERSONS];
    for (size_t b = 0; b < n; b++) {
        known[b] = s->known;
        streams[b] = mk_rng(run->job->trial->seed, MK_RNG_SAMPLE, first + b);
    }
    double *const made = s->persons + first * d;
    MK_TRY(mk_drawer_run(s->drawer, known, n, streams, NULL, arena, made, NULL, NULL, err));
    for (size_t b = 0; b < n; b++) {
        for (size_t a = 0; a < d; a++) {
            s->person_codes[a * s->n_persons + first + b] =
                mk_nearest_code(&s->space, a, made[b * d + a]);
        }
    }
    return MK_OK;
}

MkStatus mk_attack_draw(MkAttackRun *run, MkError *err)
{
    for (size_t k = 0; k < run->n_sources; k++) {
        MkAttackSource *const s = &run->sources[k];
        const size_t n = s->n_persons * s->space.n;
        s->persons = mk_arena_array(run->arena, n + 1, sizeof *s->persons);
        s->person_codes = mk_arena_array(run->arena, n + 1, 1);
        if (s->persons == NULL || s->person_codes == NULL) {
            return no_memory(err);
        }
    }
    MK_TRY(mk_attack_blocks(run, 1, one, open_drawer, err));
    return mk_attack_blocks(run, MK_DRAW_PERSONS, persons_of, draw_block, err);
}

/* ---- distances ---- */

static bool is_copy(const MkAttackRun *run, const MkAttackSource *s, size_t i, const double *person)
{
    for (size_t a = 0; a < s->space.n; a++) {
        const double x = mk_attack_value(run, s, i, a);
        if (!isnan(x) && !(fabs(x - person[a]) <= same * fmax(fabs(x), 1.0))) {
            return false;
        }
    }
    return true;
}

/* Notes for each drawn person how far candidate i is. */
static void note_closest(const MkAttackRun *run, MkAttackSource *s, size_t block, size_t i,
                         const float *distances)
{
    const size_t sort = run->job->candidates[s->part->first + i].is_member ? 1 : 0;
    for (size_t p = 0; p < s->n_persons; p++) {
        const size_t at = (block * s->n_persons + p) * 2 + sort;
        if (distances[p] < s->closest[2 * at]) {
            s->closest[2 * at + 1] = s->closest[2 * at];
            s->closest[2 * at] = distances[p];
            s->who[at] = i;
        } else if (distances[p] < s->closest[2 * at + 1]) {
            s->closest[2 * at + 1] = distances[p];
        }
    }
}

static MkStatus measure_block(const MkAttackRun *run, MkAttackSource *s, size_t first,
                              MkArena *arena, MkError *err)
{
    const size_t d = s->space.n, end = first + BLOCK < s->part->n ? first + BLOCK : s->part->n;
    const size_t n = s->n_persons + s->part->n;
    uint32_t *const sum = mk_arena_array(arena, n, sizeof *sum);
    uint32_t *const shared = mk_arena_array(arena, n, sizeof *shared);
    float *const distances = mk_arena_array(arena, n, sizeof *distances);
    if (sum == NULL || shared == NULL || distances == NULL) {
        return no_memory(err);
    }
    for (size_t i = first; i < end; i++) {
        const uint8_t *const person = s->codes + i * d;
        const size_t fold = run->fold[s->part->first + i];
        mk_nearest_distances(&s->space, person, s->other_codes[fold], s->n_others[fold], sum,
                             shared, distances);
        mk_nearest_few(distances, s->n_others[fold], s->near_others[i]);
        mk_nearest_distances(&s->space, person, s->person_codes, s->n_persons, sum, shared,
                             distances);
        mk_nearest_few(distances, s->n_persons, s->near_persons[i]);
        note_closest(run, s, first / BLOCK, i, distances);
        for (size_t p = 0; s->near_persons[i][0] <= 0.0F && p < s->n_persons; p++) {
            run->out->is_copied[s->part->first + i] |=
                distances[p] <= 0.0F && is_copy(run, s, i, s->persons + p * d);
        }
    }
    return MK_OK;
}

/* ---- scores ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return n > 0 ? x[n / 2] : NAN;
}

/* Log mean of kernels exp(-distance / width) over n people, of whom the closest are known. */
static double log_density(const float near[MK_NEAREST], size_t n, double width)
{
    double sum = 0.0;
    for (size_t k = 0; k < MK_NEAREST && isfinite(near[k]); k++) {
        sum += exp(((double)near[0] - (double)near[k]) / width);
    }
    return n > 0 && isfinite(near[0]) ? log(sum / (double)n) - (double)near[0] / width : NAN;
}

static MkStatus score_source(MkAttackRun *run, const MkAttackSource *s, MkError *err)
{
    const size_t n = s->part->n, first = s->part->first;
    size_t found = 0;
    double *const usual = mk_arena_array(run->arena, n + 1, sizeof *usual);
    if (usual == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        size_t k = 0;
        for (; k < MK_NEAREST && isfinite(s->near_others[i][k]); k++) {
            sum += (double)s->near_others[i][k];
        }
        run->out->unusual[first + i] = k > 0 ? sum / (double)k : NAN;
        if (k > 0) {
            usual[found++] = (double)s->near_others[i][0];
        }
    }
    const double width = fmax(narrow * median(usual, found), 1.0 / 254.0);
    for (size_t i = 0; i < n; i++) {
        const float *const near = s->near_persons[i];
        const size_t fold = run->fold[first + i];
        run->out->score[MK_ATTACK_CLOSEST][first + i] = isfinite(near[0]) ? -(double)near[0] : NAN;
        run->out->score[MK_ATTACK_RATIO][first + i] =
            log_density(near, s->n_persons, width) -
            log_density(s->near_others[i], s->n_others[fold], width);
    }
    return MK_OK;
}

/* ---- drawn persons' view ---- */

/* Closest and second of a sort over all blocks of candidates. Gives who is the closest. */
static size_t closest_of(const MkAttackSource *s, size_t person, size_t sort, float out[2])
{
    size_t who = 0;
    out[0] = out[1] = INFINITY;
    for (size_t b = 0; b < s->n_blocks; b++) {
        const size_t at = (b * s->n_persons + person) * 2 + sort;
        const float *const near = s->closest + 2 * at;
        if (near[0] < out[0]) {
            out[1] = fminf(out[0], near[1]);
            out[0] = near[0];
            who = s->who[at];
        } else {
            out[1] = fminf(out[1], near[0]);
        }
    }
    return who;
}

/* What drawn persons say of members (1) and others (0). */
typedef struct View {
    size_t n;
    double wins;    /* persons that are closer to a member */
    double *won[2]; /* (candidates) whose closest person it is: weight in all, and as a win */
    double *near[2], *ratio[2]; /* (n_persons) */
} View;

static void view_source(const MkAttackSource *s, View *v)
{
    for (size_t p = 0; p < s->n_persons; p++) {
        float near[2][2];
        size_t who[2];
        for (size_t sort = 0; sort < 2; sort++) {
            who[sort] = s->part->first + closest_of(s, p, sort, near[sort]);
        }
        if (!isfinite(near[0][1]) || !isfinite(near[1][1])) {
            continue;
        }
        const double win = near[1][0] < near[0][0] ? 1.0 : near[1][0] > near[0][0] ? 0.0 : 0.5;
        v->wins += win;
        v->won[0][who[1]] += win;
        v->won[1][who[1]] += win;
        v->won[0][who[0]] += 1.0 - win;
        for (size_t sort = 0; sort < 2; sort++) {
            v->near[sort][v->n] = (double)near[sort][0];
            v->ratio[sort][v->n] =
                near[sort][1] > 0.0F ? (double)(near[sort][0] / near[sort][1]) : 1.0;
        }
        v->n++;
    }
}

/* A candidate who is the closest of many persons is one observation, not many: the error of the
 * share is that of a ratio of sums over candidates. */
static MkStatus look_back(MkAttackRun *run, MkError *err)
{
    MkAttack *const out = run->out;
    View v = {0};
    double square = 0.0;
    for (size_t k = 0; k < 2; k++) {
        v.won[k] = mk_arena_zeros(run->arena, run->job->n + 1, sizeof *v.won[k]);
        v.near[k] = mk_arena_array(run->arena, out->n_persons + 1, sizeof *v.near[k]);
        v.ratio[k] = mk_arena_array(run->arena, out->n_persons + 1, sizeof *v.ratio[k]);
        if (v.won[k] == NULL || v.near[k] == NULL || v.ratio[k] == NULL) {
            return no_memory(err);
        }
    }
    for (size_t s = 0; s < run->n_sources; s++) {
        view_source(&run->sources[s], &v);
    }
    out->share = v.n > 0 ? v.wins / (double)v.n : NAN;
    for (size_t i = 0; i < run->job->n; i++) {
        const double off = v.won[1][i] - out->share * v.won[0][i];
        square += off * off;
    }
    out->share_error = v.n > 0 ? sqrt(square) / (double)v.n : NAN;
    out->distance_others = median(v.near[0], v.n);
    out->distance_members = median(v.near[1], v.n);
    out->ratio_others = median(v.ratio[0], v.n);
    out->ratio_members = median(v.ratio[1], v.n);
    return MK_OK;
}

MkStatus mk_attack_black(MkAttackRun *run, MkError *err)
{
    for (size_t k = 0; k < run->n_sources; k++) {
        MkAttackSource *const s = &run->sources[k];
        s->n_blocks = (s->part->n + BLOCK - 1) / BLOCK;
        const size_t n = s->n_blocks * s->n_persons;
        s->closest = mk_arena_array(run->arena, n * PLACES + 1, sizeof *s->closest);
        s->who = mk_arena_zeros(run->arena, n * 2 + 1, sizeof *s->who);
        if (s->closest == NULL || s->who == NULL) {
            return no_memory(err);
        }
        for (size_t i = 0; i < n * PLACES; i++) {
            s->closest[i] = INFINITY;
        }
    }
    MK_TRY(mk_attack_blocks(run, BLOCK, people_of, measure_block, err));
    for (size_t s = 0; s < run->n_sources; s++) {
        if (run->sources[s].n_persons > 0) {
            MK_TRY(score_source(run, &run->sources[s], err));
        }
    }
    return look_back(run, err);
}

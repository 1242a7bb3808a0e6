/* attack_white.c - attacks by what the model's file says of a candidate. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/base/rng.h"
#include "src/eval/attack_priv.h"

enum { BLOCK = 8, MOST = 256 }; /* candidates of a task; values of a candidate that are asked */

/* A single value that the model holds for impossible must not be all that counts. */
static const double floor_log = -14.0;

static size_t people_of(const MkAttackSource *s)
{
    return s->part->n;
}

/* Every so many candidates, members and others alike. */
static bool is_told(const MkAttackRun *run, size_t candidate)
{
    const size_t told = run->job->told, n = run->job->n;
    const size_t pair = candidate / 2; /* members and others stand by turns */
    return told == 0 || told >= n || (pair + 1) * told / n != pair * told / n;
}

/* Adds the log probabilities of the values `asked` given `known`. */
static MkStatus add_half(const MkAttackRun *run, const MkPoint *known, size_t n_known,
                         const MkPoint *asked, size_t n_asked, MkArena *arena, double *loss,
                         double *gain, MkError *err)
{
    const MkModel *const model = run->job->trial->model;
    const MkMark mark = mk_arena_mark(arena);
    size_t *const targets = mk_arena_array(arena, n_asked + 1, sizeof *targets);
    MkDistribution *const answers = mk_arena_array(arena, n_asked + 1, sizeof *answers);
    if (targets == NULL || answers == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for attacks on membership");
    }
    for (size_t k = 0; k < n_asked; k++) {
        targets[k] = asked[k].attribute;
    }
    MK_TRY(mk_model_posterior(model, known, n_known, targets, n_asked, arena, answers, err));
    for (size_t k = 0; k < n_asked; k++) {
        const MkDistribution *const marginal = mk_model_population(model, targets[k]);
        const double p = fmax(mk_dist_log_prob(&answers[k], asked[k].value), floor_log);
        *loss += p;
        *gain += p - fmax(mk_dist_log_prob(marginal, asked[k].value), floor_log);
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

static MkStatus tell_one(const MkAttackRun *run, const MkAttackSource *s, size_t i, MkArena *arena,
                         MkError *err)
{
    const size_t candidate = s->part->first + i;
    size_t n = 0;
    size_t *const order = mk_arena_array(arena, s->space.n + 1, sizeof *order);
    MkPoint *const points = mk_arena_array(arena, MOST + 2, sizeof *points);
    MkPoint *const known = mk_arena_array(arena, MOST + 2, sizeof *known);
    if (order == NULL || points == NULL || known == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for attacks on membership");
    }
    for (size_t a = 0; a < s->space.n; a++) {
        if (!isnan(mk_attack_value(run, s, i, a))) {
            order[n++] = a;
        }
    }
    MkRng rng = mk_rng(run->job->trial->seed, MK_RNG_MASK, candidate);
    mk_rng_shuffle(&rng, order, n);
    n = n < MOST ? n : MOST;
    for (size_t k = 0; k < n; k++) {
        points[k] = (MkPoint){s->space.attributes[order[k]], mk_attack_value(run, s, i, order[k])};
    }
    const size_t half = n / 2;
    double loss = 0.0, gain = 0.0;
    known[0] = (MkPoint){s->source, s->known};
    for (size_t h = 0; n > 0 && h < 2; h++) {
        const size_t from = h == 0 ? 0 : half, to = h == 0 ? half : n;
        for (size_t k = from; k < to; k++) {
            known[s->n_known + k - from] = points[k];
        }
        const size_t rest = h == 0 ? half : 0;
        MK_TRY(add_half(run, known, s->n_known + to - from, points + rest, n - (to - from), arena,
                        &loss, &gain, err));
    }
    if (n > 0) {
        run->out->score[MK_ATTACK_LOSS][candidate] = loss / (double)n;
        run->out->score[MK_ATTACK_GAIN][candidate] = gain / (double)n;
    }
    return MK_OK;
}

static MkStatus tell_block(const MkAttackRun *run, MkAttackSource *s, size_t first, MkArena *arena,
                           MkError *err)
{
    const size_t end = first + BLOCK < s->part->n ? first + BLOCK : s->part->n;
    const MkMark mark = mk_arena_mark(arena);
    for (size_t i = first; i < end; i++) {
        if (is_told(run, s->part->first + i)) {
            MK_TRY(tell_one(run, s, i, arena, err));
        }
        mk_arena_rewind(arena, mark);
    }
    return MK_OK;
}

MkStatus mk_attack_white(MkAttackRun *run, MkError *err)
{
    return mk_attack_blocks(run, BLOCK, people_of, tell_block, err);
}

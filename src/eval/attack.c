/* attack.c - who is attacked in what, and the stages of it. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/attack.h"

#include <math.h>
#include <string.h>

#include "src/eval/attack_priv.h"
#include "src/eval/membership.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for attacks on membership");
}

/* ---- blocks of work ---- */

typedef struct Blocks {
    MkAttackRun *run;
    MkStatus (*work)(const MkAttackRun *run, MkAttackSource *s, size_t first, MkArena *arena,
                     MkError *err);
    size_t *source, *first;
    MkStatus *status;
    MkError *errors;
} Blocks;

static void block_task(void *ctx, size_t i, size_t worker)
{
    (void)worker;
    const Blocks *const b = ctx;
    MkArena *arena = NULL;
    if (mk_cancelled(b->run->job->trial->cancel)) {
        b->status[i] = mk_fail(&b->errors[i], MK_ECANCEL, "interrupted");
    } else if ((arena = mk_arena_new(0)) == NULL) {
        b->status[i] = no_memory(&b->errors[i]);
    } else {
        b->status[i] =
            b->work(b->run, &b->run->sources[b->source[i]], b->first[i], arena, &b->errors[i]);
    }
    mk_arena_free(arena);
}

MkStatus mk_attack_blocks(MkAttackRun *run, size_t size, size_t (*count)(const MkAttackSource *s),
                          MkStatus (*work)(const MkAttackRun *run, MkAttackSource *s, size_t first,
                                           MkArena *arena, MkError *err),
                          MkError *err)
{
    size_t n = 0, at = 0;
    for (size_t s = 0; s < run->n_sources; s++) {
        n += (count(&run->sources[s]) + size - 1) / size;
    }
    const MkMark mark = mk_arena_mark(run->arena);
    Blocks b = {.run = run,
                .work = work,
                .source = mk_arena_array(run->arena, n + 1, sizeof *b.source),
                .first = mk_arena_array(run->arena, n + 1, sizeof *b.first),
                .status = mk_arena_zeros(run->arena, n + 1, sizeof *b.status),
                .errors = mk_arena_zeros(run->arena, n + 1, sizeof *b.errors)};
    if (b.source == NULL || b.first == NULL || b.status == NULL || b.errors == NULL) {
        return no_memory(err);
    }
    for (size_t s = 0; s < run->n_sources; s++) {
        for (size_t first = 0; first < count(&run->sources[s]); first += size) {
            b.source[at] = s;
            b.first[at++] = first;
        }
    }
    mk_pool_run(run->job->trial->pool, n, block_task, &b);
    MkStatus st = MK_OK;
    for (size_t i = 0; st == MK_OK && i < n; i++) {
        st = b.status[i] == MK_OK ? MK_OK : mk_fail(err, b.status[i], "%s", b.errors[i].text);
    }
    mk_arena_rewind(run->arena, mark);
    return st;
}

/* ---- what people are compared in ---- */

/* Attributes that at least one in a hundred candidates has, and that follow from no others. */
static MkStatus choose_attributes(MkAttackRun *run, MkAttackSource *s, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(run->job->trial->model);
    size_t *const attributes = mk_arena_array(run->arena, schema->n + 1, sizeof *attributes);
    if (attributes == NULL) {
        return no_memory(err);
    }
    s->space = (MkNearestSpace){.model = run->job->trial->model, .attributes = attributes};
    s->n_known = mk_schema_find(schema, "source", &s->source) ? 1 : 0;
    for (size_t j = 0; j < schema->n; j++) {
        size_t with = 0;
        for (size_t i = 0; i < s->part->n; i++) {
            const MkCandidate *const c = &run->job->candidates[s->part->first + i];
            with += isnan(mk_cohort_get(c->cohort, c->row, j)) ? 0 : 1;
        }
        const bool is_source = s->n_known > 0 && j == s->source;
        if (with * 100 >= s->part->n && schema->attributes[j].rule[0] == '\0' && !is_source) {
            attributes[s->space.n++] = j;
        }
    }
    if (s->n_known > 0) {
        const MkCandidate *const c = &run->job->candidates[s->part->first];
        s->known = mk_cohort_get(c->cohort, c->row, s->source);
        s->n_known = isnan(s->known) ? 0U : 1U;
    }
    return MK_OK;
}

/* Folds by turns, of members and of others; the other people of a fold. */
static MkStatus deal_folds(MkAttackRun *run, MkAttackSource *s, MkError *err)
{
    const size_t n = s->part->n, d = s->space.n;
    size_t turn[2] = {0, 0};
    for (size_t f = 0; f < 2; f++) {
        s->others[f] = mk_arena_array(run->arena, n + 1, sizeof *s->others[f]);
        if (s->others[f] == NULL) {
            return no_memory(err);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const bool is_member = run->job->candidates[s->part->first + i].is_member;
        const unsigned char fold = (unsigned char)(turn[is_member ? 1 : 0]++ % 2);
        run->fold[s->part->first + i] = fold;
        if (!is_member) {
            s->others[1 - fold][s->n_others[1 - fold]++] = i;
        }
    }
    for (size_t f = 0; f < 2; f++) {
        const size_t m = s->n_others[f];
        s->other_codes[f] = mk_arena_array(run->arena, m * d + 1, 1);
        if (s->other_codes[f] == NULL) {
            return no_memory(err);
        }
        for (size_t a = 0; a < d; a++) {
            for (size_t k = 0; k < m; k++) {
                s->other_codes[f][a * m + k] = s->codes[s->others[f][k] * d + a];
            }
        }
    }
    return MK_OK;
}

static MkStatus prepare(MkAttackRun *run, MkAttackSource *s, MkError *err)
{
    MK_TRY(choose_attributes(run, s, err));
    const size_t n = s->part->n, d = s->space.n;
    s->codes = mk_arena_array(run->arena, n * d + 1, 1);
    s->near_persons = mk_arena_array(run->arena, n + 1, sizeof *s->near_persons);
    s->near_others = mk_arena_array(run->arena, n + 1, sizeof *s->near_others);
    if (s->codes == NULL || s->near_persons == NULL || s->near_others == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t a = 0; a < d; a++) {
            s->codes[i * d + a] = mk_nearest_code(&s->space, a, mk_attack_value(run, s, i, a));
            run->out->attributes += s->codes[i * d + a] != UINT8_MAX ? 1.0 : 0.0;
        }
    }
    s->n_persons = run->job->persons;
    if (run->job->values > 0 && d > 0) {
        const size_t room = run->job->values / (run->n_sources * d) + 1;
        s->n_persons = s->n_persons < room ? s->n_persons : room;
    }
    s->n_persons = d > 0 ? s->n_persons : 0;
    run->out->n_persons += s->n_persons;
    return deal_folds(run, s, err);
}

/* ---- stages ---- */

static MkStatus make_room(MkAttackRun *run, MkError *err)
{
    const size_t n = run->job->n;
    MkAttack *const out = run->out;
    run->fold = mk_arena_zeros(run->arena, n + 1, 1);
    run->sources = mk_arena_zeros(run->arena, run->n_sources + 1, sizeof *run->sources);
    out->unusual = mk_arena_array(run->arena, n + 1, sizeof *out->unusual);
    out->is_copied = mk_arena_zeros(run->arena, n + 1, sizeof *out->is_copied);
    bool good =
        run->fold != NULL && run->sources != NULL && out->unusual != NULL && out->is_copied != NULL;
    for (size_t a = 0; a < MK_ATTACKS; a++) {
        out->score[a] = mk_arena_array(run->arena, n + 1, sizeof *out->score[a]);
        good = good && out->score[a] != NULL;
        for (size_t i = 0; good && i < n; i++) {
            out->score[a][i] = NAN;
        }
    }
    return good ? MK_OK : no_memory(err);
}

static MkStatus run_stages(MkAttackRun *run, MkError *err)
{
    const MkTrial *const trial = run->job->trial;
    for (size_t s = 0; s < run->n_sources; s++) {
        run->sources[s].part = &run->job->parts[s];
        MK_TRY(prepare(run, &run->sources[s], err));
    }
    run->out->attributes /= fmax((double)run->job->n, 1.0);
    MK_TRY(mk_trial_goes_on(trial, 0.1, err));
    MK_TRY(mk_attack_draw(run, err));
    MK_TRY(mk_trial_goes_on(trial, 0.4, err));
    MK_TRY(mk_attack_black(run, err));
    MK_TRY(mk_trial_goes_on(trial, 0.6, err));
    MK_TRY(mk_attack_white(run, err));
    for (size_t s = 0; s < run->n_sources; s++) {
        const MkAttackPart *const part = run->sources[s].part;
        for (size_t a = 0; a < MK_ATTACKS; a++) {
            MK_TRY(mk_membership_even(run->out->score[a] + part->first, part->n, run->arena, err));
        }
    }
    return MK_OK;
}

MkStatus mk_attack_run(const MkAttackJob *job, MkArena *arena, MkAttack *out, MkError *err)
{
    MkAttack attack = {0};
    MkAttackRun run = {.job = job, .arena = arena, .n_sources = job->n_parts, .out = &attack};
    MK_TRY(make_room(&run, err));
    const MkStatus st = run_stages(&run, err);
    for (size_t s = 0; s < run.n_sources; s++) {
        mk_drawer_free(run.sources[s].drawer);
    }
    if (st == MK_OK) {
        *out = attack;
    }
    return st;
}

/* attack_priv.h - what the parts of an attack share. For attack*.c only. */
#ifndef MK_EVAL_ATTACK_PRIV_H
#define MK_EVAL_ATTACK_PRIV_H

#include "model/draw.h"
#include "src/eval/attack.h"
#include "src/eval/nearest.h"

/* One source: its candidates and the persons drawn for it. */
typedef struct MkAttackSource {
    const MkAttackPart *part;
    MkNearestSpace space;
    size_t n_known;                 /* 1: persons are told the attribute `source`, else 0 */
    size_t source;                  /* it */
    double known;                   /* its value */
    uint8_t *codes;                 /* (part->n, space.n) of the candidates */
    size_t n_others[2], *others[2]; /* by fold: who are the other people of that fold's candidates;
                                       candidates of the part */
    uint8_t *other_codes[2];        /* (space.n, n_others) */
    size_t n_persons;
    MkDrawer *drawer;
    double *persons;                   /* (n_persons, space.n) */
    uint8_t *person_codes;             /* (space.n, n_persons) */
    float (*near_persons)[MK_NEAREST]; /* (part->n) */
    float (*near_others)[MK_NEAREST];  /* (part->n) */
    size_t n_blocks;                   /* of candidates */
    float *closest; /* (n_blocks, n_persons, 2 sorts, 2) to others and members of a block: closest,
                       second */
    size_t *who;    /* (n_blocks, n_persons, 2 sorts) the closest one */
} MkAttackSource;

typedef struct MkAttackRun {
    const MkAttackJob *job;
    MkArena *arena;
    size_t n_sources;
    MkAttackSource *sources;
    unsigned char *fold; /* (n) of a candidate */
    MkAttack *out;
} MkAttackRun;

static inline double mk_attack_value(const MkAttackRun *run, const MkAttackSource *s, size_t i,
                                     size_t a)
{
    const MkCandidate *const c = &run->job->candidates[s->part->first + i];
    return mk_cohort_get(c->cohort, c->row, s->space.attributes[a]);
}

/* Runs `work` on blocks of `size` of what `count` says each source has; the first error is told. */
MK_NODISCARD MkStatus mk_attack_blocks(MkAttackRun *run, size_t size,
                                       size_t (*count)(const MkAttackSource *s),
                                       MkStatus (*work)(const MkAttackRun *run, MkAttackSource *s,
                                                        size_t first, MkArena *arena, MkError *err),
                                       MkError *err);

/* Draws the persons of all sources. */
MK_NODISCARD MkStatus mk_attack_draw(MkAttackRun *run, MkError *err);
/* Distances, and what follows from them. */
MK_NODISCARD MkStatus mk_attack_black(MkAttackRun *run, MkError *err);
/* Log probabilities. */
MK_NODISCARD MkStatus mk_attack_white(MkAttackRun *run, MkError *err);

#endif

/* privacy_priv.h - what the section privacy found, for its report. For privacy*.c only. */
#ifndef MK_EVAL_PRIVACY_PRIV_H
#define MK_EVAL_PRIVACY_PRIV_H

#include "src/eval/attack.h"
#include "src/eval/membership.h"
#include "src/eval/shadow.h"

/* A score, and minus it: who knows a model of the kind knows which of the two tells members. */
enum { MK_WAY_AS_IT_IS, MK_WAY_TURNED, MK_WAYS };

typedef struct MkPrivacy {
    size_t n_sources, n_pairs; /* members, and as many others */
    MkAttack attack;
    MkMembership all[MK_WAYS][MK_ATTACKS], outliers[MK_WAYS][MK_ATTACKS];
    const MkAttackPart *parts;             /* (n_sources) */
    MkMembership (*of_source)[MK_ATTACKS]; /* (n_sources) as it is */
    double copies_members, copies_others;  /* shares */
    double copies_error;                   /* of their difference */
    size_t n_shadows;
    MkShadow *shadows; /* NULL: there is no file */
    bool shadows_own;  /* made for this very file */
    const char *shadows_path;
} MkPrivacy;

extern const char *const mk_attack_names[MK_ATTACKS]; /* stable */

/* Tables, notes, JSON and figures. */
MK_NODISCARD MkStatus mk_privacy_report(const MkTrial *trial, const MkPrivacy *privacy,
                                        MkSection *out, MkError *err);

#endif

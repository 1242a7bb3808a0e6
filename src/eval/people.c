#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/people.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/data/split.h"

static bool share(const json_t *root, const char *key, double *out)
{
    const json_t *const value = json_object_get(root, key);
    *out = json_number_value(value);
    return json_is_number(value) && *out >= 0.0 && *out <= 1.0;
}

bool mk_held_out_read(const char *manifest, MkHeldOut *out)
{
    json_t *const root = json_loads(manifest, 0, NULL);
    const json_t *const seed = json_object_get(root, "split_seed");
    MkHeldOut found = {0};
    const bool is_known = json_is_number(seed) && json_number_value(seed) >= 0.0 &&
                          share(root, "valid", &found.valid) && share(root, "test", &found.test);
    if (is_known) {
        found.seed = json_is_integer(seed) ? (uint64_t)json_integer_value(seed)
                                           : (uint64_t)json_number_value(seed);
        *out = found;
    }
    json_decref(root);
    return is_known;
}

static bool is_chosen(MkWho who, MkPart part)
{
    switch (who) {
    case MK_WHO_TRAIN:
        return part == MK_PART_TRAIN;
    case MK_WHO_VALID:
        return part == MK_PART_VALID;
    case MK_WHO_TEST:
        return part == MK_PART_TEST;
    case MK_WHO_AUTO:
    case MK_WHO_ALL:
        break;
    }
    return true;
}

/* ---- at most so many ---- */

typedef struct Draw {
    uint64_t hash;
    size_t row;
} Draw;

static int by_hash(const void *a, const void *b)
{
    const Draw *const x = a, *const y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

static int by_row(const void *a, const void *b)
{
    const Draw *const x = a, *const y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static uint64_t hash_of(const MkTable *table, size_t row)
{
    enum { SALT = 0x6a75 }; /* another choice than the split's */
    char number[24];
    const char *person = number;
    if (table->person != NULL) {
        person = table->person[row];
    } else {
        snprintf(number, sizeof number, "%zu", row + 1);
    }
    return mk_hash64(person, strlen(person), SALT);
}

/* Keeps `most` of the people of table t. Gives how many there are now. */
static size_t keep_some(const MkCohort *cohort, size_t t, size_t *people, size_t n, size_t most,
                        Draw *draws)
{
    if (most == 0 || n <= most) {
        return n;
    }
    for (size_t i = 0; i < n; i++) {
        draws[i] = (Draw){hash_of(cohort->tables[t], people[i] - cohort->first[t]), people[i]};
    }
    qsort(draws, n, sizeof *draws, by_hash);
    qsort(draws, most, sizeof *draws, by_row);
    for (size_t i = 0; i < most; i++) {
        people[i] = draws[i].row;
    }
    return most;
}

size_t mk_people_thin(const MkCohort *cohort, const size_t *people, size_t n, size_t most,
                      size_t *out)
{
    size_t n_out = 0;
    for (size_t t = 0, at = 0; t < cohort->n_tables; t++) {
        const size_t begin = at;
        while (at < n && people[at] < cohort->first[t + 1]) {
            at++;
        }
        const size_t want = at - begin < most ? at - begin : most;
        for (size_t i = 0; i < want; i++) {
            out[n_out++] = people[begin + i * (at - begin) / want];
        }
    }
    return n_out;
}

/* ---- who ---- */

static bool names_people(const MkCohort *cohort)
{
    for (size_t t = 0; t < cohort->n_tables; t++) {
        if (cohort->tables[t]->person != NULL) {
            return true;
        }
    }
    return false;
}

/* parts[n_rows]; who is in training for another model is nowhere held out. */
static MkStatus split_people(const MkCohort *cohort, const MkWhom *whom, MkArena *arena,
                             MkPart *parts, MkError *err)
{
    if (whom->split == NULL) {
        return MK_OK;
    }
    mk_split_cohort(cohort, whom->split->seed, whom->split->valid, whom->split->test, parts);
    if (whom->n_others == 0) {
        return MK_OK;
    }
    MkPart *const others = mk_arena_array(arena, cohort->n_rows + 1, sizeof *others);
    if (others == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t o = 0; o < whom->n_others; o++) {
        const MkHeldOut *const other = &whom->others[o];
        mk_split_cohort(cohort, other->seed, other->valid, other->test, others);
        for (size_t i = 0; i < cohort->n_rows; i++) {
            if (parts[i] == MK_PART_TEST && others[i] != MK_PART_TEST) {
                parts[i] = MK_PART_VALID;
            }
        }
    }
    return MK_OK;
}

static MkWho settle(const MkCohort *cohort, const MkPart *parts, MkWho who)
{
    size_t n_test = 0;
    for (size_t i = 0; i < cohort->n_rows; i++) {
        n_test += parts[i] == MK_PART_TEST ? 1U : 0U;
    }
    if (who != MK_WHO_AUTO) {
        return who;
    }
    return names_people(cohort) && n_test > 0 && n_test < cohort->n_rows ? MK_WHO_TEST : MK_WHO_ALL;
}

MkStatus mk_people_choose(const MkCohort *cohort, const MkWhom *whom, MkArena *arena, MkPeople *out,
                          MkError *err)
{
    const size_t n = cohort->n_rows;
    MkPart *const parts = mk_arena_zeros(arena, n + 1, sizeof *parts);
    Draw *const draws = mk_arena_array(arena, n + 1, sizeof *draws);
    MkPeople people = {.judged = mk_arena_array(arena, n + 1, sizeof *people.judged),
                       .held = mk_arena_array(arena, n + 1, sizeof *people.held),
                       .train = mk_arena_array(arena, n + 1, sizeof *people.train),
                       .first = mk_arena_zeros(arena, cohort->n_tables + 1, sizeof *people.first)};
    if (parts == NULL || draws == NULL || people.judged == NULL || people.held == NULL ||
        people.train == NULL || people.first == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    if (whom->split == NULL && whom->who != MK_WHO_AUTO && whom->who != MK_WHO_ALL) {
        return mk_fail(err, MK_EINVAL,
                       "the model does not say whom it was trained on; judge all of the people");
    }
    MK_TRY(split_people(cohort, whom, arena, parts, err));
    const MkWho who = settle(cohort, parts, whom->who);
    people.is_split = who != MK_WHO_ALL;
    for (size_t t = 0; t < cohort->n_tables; t++) {
        size_t *const mine = people.judged + people.n_judged;
        size_t n_mine = 0;
        for (size_t i = cohort->first[t]; i < cohort->first[t + 1]; i++) {
            if (is_chosen(who, parts[i])) {
                mine[n_mine++] = people.held[people.n_held++] = i;
            }
            if (people.is_split && parts[i] == MK_PART_TRAIN) {
                people.train[people.n_train++] = i;
            }
        }
        const size_t kept = keep_some(cohort, t, mine, n_mine, whom->most, draws);
        people.n_left += n_mine - kept;
        people.n_judged += kept;
        people.first[t + 1] = people.n_judged;
    }
    if (people.n_judged == 0) {
        return mk_fail(err, MK_EINVAL,
                       "nobody of the %zu people is left to judge: a model was trained on them, or "
                       "they are not of the --part",
                       n);
    }
    *out = people;
    return MK_OK;
}

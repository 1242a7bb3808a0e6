#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/people.h"

#include <jansson.h>

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

MkStatus mk_people_choose(const MkTable *table, const MkHeldOut *split, MkWho who, MkArena *arena,
                          MkPeople *out, MkError *err)
{
    const size_t n = table->n_rows;
    MkPart *const parts = mk_arena_zeros(arena, n + 1, sizeof *parts);
    MkPeople people = {.judged = mk_arena_array(arena, n + 1, sizeof *people.judged),
                       .train = mk_arena_array(arena, n + 1, sizeof *people.train)};
    size_t n_test = 0;
    if (parts == NULL || people.judged == NULL || people.train == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    if (split == NULL && who != MK_WHO_AUTO && who != MK_WHO_ALL) {
        return mk_fail(err, MK_EINVAL,
                       "the model does not say whom it was trained on; judge all of the people");
    }
    if (split != NULL) {
        mk_split_table(table, split->seed, split->valid, split->test, parts);
    }
    for (size_t i = 0; i < n; i++) {
        n_test += parts[i] == MK_PART_TEST ? 1U : 0U;
    }
    if (who == MK_WHO_AUTO) {
        who = table->person != NULL && n_test > 0 && n_test < n ? MK_WHO_TEST : MK_WHO_ALL;
    }
    people.is_split = who != MK_WHO_ALL;
    for (size_t i = 0; i < n; i++) {
        if (is_chosen(who, parts[i])) {
            people.judged[people.n_judged++] = i;
        }
        if (people.is_split && parts[i] == MK_PART_TRAIN) {
            people.train[people.n_train++] = i;
        }
    }
    if (people.n_judged == 0) {
        return mk_fail(err, MK_EINVAL, "nobody of the %zu people is left to judge", n);
    }
    *out = people;
    return MK_OK;
}

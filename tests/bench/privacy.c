/* privacy.c - attacks on models: who was among the people that they were trained on?
 *
 *   privacy model NAME MODEL HOLDOUT TRAIN
 *       the attacks of src/eval/attack.h on a model that is there; TRAIN may be the same as HOLDOUT
 *       (then the split that the model's manifest tells counts)
 *   privacy shadows NAME KIND MODELS PEOPLE TOLD SCHEMA TABLE FOLDER RESULT [KEY VALUE...]
 *       MODELS models of a kind, each trained on a random half of PEOPLE people of TABLE, attacked
 *       as above and, by what the others tell, by the likelihood ratio (src/eval/membership.h);
 *       TOLD people are asked in the white box (0: all). Model files go to FOLDER; a row an attack
 *       is added to RESULT (src/eval/shadow.h).
 *
 * Both print rows of doc/privacy.csv. See doc/privacy.md. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/train.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/data/split.h"
#include "src/eval/attack.h"
#include "src/eval/membership.h"
#include "src/eval/people.h"
#include "src/eval/privacy.h"
#include "src/eval/shadow.h"
#include "src/result/node.h"

enum { PERSONS = 2000, MODELS_MOST = 64, SHADOW_ATTACKS = MK_ATTACKS + 2 };

static const char *const names[SHADOW_ATTACKS] = {"closest", "ratio",        "loss",
                                                  "gain",    "lira_closest", "lira_loss"};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- a model that is there ---- */

typedef struct Open {
    MkArena *arena;
    MkPool *pool;
    MkModel *model;
    MkCohort *judged, *train; /* train NULL: the same */
    MkPeople people, others;
    MkSection section;
} Open;

static void open_close(Open *o)
{
    mk_result_free(o->section.result);
    mk_cohort_free(o->judged);
    mk_cohort_free(o->train);
    mk_model_free(o->model);
    mk_pool_free(o->pool);
    mk_arena_free(o->arena);
}

static MkStatus open_people(Open *o, const char *holdout, const char *train, MkTrial *trial,
                            MkError *err)
{
    const MkSchema *const schema = mk_model_schema(o->model);
    MkHeldOut split;
    const bool is_known = mk_held_out_read(mk_model_card(o->model)->manifest, &split);
    const bool is_same = strcmp(holdout, train) == 0;
    const MkWhom judged = {.split = is_known ? &split : NULL,
                           .who = is_same ? MK_WHO_AUTO : MK_WHO_ALL};
    const MkWhom trained = {.split = is_known ? &split : NULL,
                            .who = is_known ? MK_WHO_TRAIN : MK_WHO_ALL};
    MK_TRY(mk_cohort_read(holdout, schema, MK_OTHER_DROP, &o->judged, err));
    MK_TRY(mk_people_choose(o->judged, &judged, o->arena, &o->people, err));
    trial->judged = trial->train = o->judged;
    trial->rows = o->people.judged;
    trial->n_rows = o->people.n_judged;
    trial->held = o->people.held;
    trial->n_held = o->people.n_held;
    trial->train_rows = o->people.train;
    trial->n_train = o->people.n_train;
    if (!is_same) {
        MK_TRY(mk_cohort_read(train, schema, MK_OTHER_DROP, &o->train, err));
        MK_TRY(mk_people_choose(o->train, &trained, o->arena, &o->others, err));
        trial->train = o->train;
        trial->train_rows = o->others.judged;
        trial->n_train = o->others.n_judged;
    }
    return MK_OK;
}

static void print_model(const Open *o, const char *name, double seconds)
{
    const MkNode *const root = o->section.node;
    const MkNode *const dcr = mk_node_member(root, "closest_record");
    const MkNode *const copies = mk_node_member(root, "exact_copies");
    for (const MkNode *a = mk_node_first(root, "attacks"); a != NULL; a = a->next) {
        const MkNode *const few = mk_node_member(a, "outliers");
        const MkNode *const turned = mk_node_member(a, "turned");
        printf("%s,%s,%s,%.0f,%.0f,%.0f,%.0f,1,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f", name,
               mk_model_card(o->model)->kind, mk_node_text(a, "attack"),
               (double)mk_model_card(o->model)->n_people, mk_node_value(a, "members"),
               mk_node_value(root, "attributes"), mk_node_value(root, "persons"),
               mk_node_value(a, "auc"), mk_node_value(a, "auc_standard_error"),
               mk_node_value(a, "tpr_1"), mk_node_value(a, "tpr_1_standard_error"),
               mk_node_value(turned, "tpr_1"), mk_node_value(turned, "tpr_1_standard_error"),
               mk_node_value(a, "tpr_01"), mk_node_value(few, "auc"),
               mk_node_value(few, "auc_standard_error"));
        printf(",%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.0f\n", mk_node_value(dcr, "share"),
               mk_node_value(dcr, "share_standard_error"), mk_node_value(dcr, "ratio_members"),
               mk_node_value(dcr, "ratio_others"), mk_node_value(copies, "members"),
               mk_node_value(copies, "others"), seconds);
    }
}

static MkStatus attack_model(char **words, MkError *err)
{
    Open o = {.arena = mk_arena_new(0)};
    MkTrial trial = {.path = words[1], .level = 0.9, .seed = 1};
    MkStatus st = MK_OK;
    if (o.arena == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    o.section = (MkSection){.arena = o.arena, .result = mk_result_new("privacy")};
    o.section.node = mk_node_object(o.section.result, NULL, NULL);
    MK_TRY_GOTO(mk_pool_new(0, &o.pool, err));
    MK_TRY_GOTO(mk_model_open(words[1], &o.model, err));
    MK_TRY_GOTO(open_people(&o, words[2], words[3], &trial, err));
    trial.model = o.model;
    trial.pool = o.pool;
    const double begin = now();
    MK_TRY_GOTO(mk_privacy_section(&trial, &o.section, err));
    print_model(&o, words[0], now() - begin);
done:
    open_close(&o);
    return st;
}

/* ---- shadow models ---- */

typedef struct Bench {
    MkArena *arena;
    MkPool *pool;
    const char *name, *kind, *folder, *result;
    char **settings; /* key, value, ..., NULL */
    size_t n_models, n_people, told;
    MkSchema *schema;
    MkCohort *cohort;
    size_t *people;            /* (n_people) of the cohort */
    bool *is_in;               /* (n_models, n_people) */
    double *score[MK_ATTACKS]; /* (n_models, n_people) */
    double attributes, persons;
    double share, ratio[2], copies[2]; /* sums over models */
    MkMembership sum[SHADOW_ATTACKS], square[SHADOW_ATTACKS];
} Bench;

/* Everybody is in half of the models, by chance. */
static void deal_people(Bench *b)
{
    for (size_t i = 0; i < b->n_people; i++) {
        size_t order[MODELS_MOST];
        MkRng rng = mk_rng(1, MK_RNG_SPLIT, i);
        b->people[i] = i * b->cohort->n_rows / b->n_people;
        for (size_t m = 0; m < b->n_models; m++) {
            order[m] = m;
        }
        mk_rng_shuffle(&rng, order, b->n_models);
        for (size_t m = 0; m < b->n_models; m++) {
            b->is_in[order[m] * b->n_people + i] = m < b->n_models / 2;
        }
    }
}

/* The table of a model's people. */
static MkStatus make_half(const Bench *b, size_t model, MkCohort **out, MkError *err)
{
    const size_t n = b->schema->n;
    const bool *const is_in = b->is_in + model * b->n_people;
    size_t *const ids = mk_heap_array(n, sizeof *ids), rows = 0, row = 0;
    MkTable *table = NULL;
    if (ids == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t j = 0; j < n; j++) {
        ids[j] = j;
    }
    for (size_t i = 0; i < b->n_people; i++) {
        rows += is_in[i] ? 1 : 0;
    }
    const MkStatus st = mk_table_new(b->schema, rows, ids, n, false, false, false, &table, err);
    for (size_t i = 0; st == MK_OK && i < b->n_people; i++) {
        for (size_t j = 0; is_in[i] && j < n; j++) {
            table->cells[table->column_of[j] * rows + row] =
                mk_cohort_get(b->cohort, b->people[i], j);
        }
        row += is_in[i] ? 1 : 0;
    }
    free(ids);
    return st == MK_OK ? mk_cohort_new(b->schema, &table, 1, out, err) : st;
}

/* People that a training keeps for its own progress were not trained on. */
static MkStatus leave_out(Bench *b, size_t model, const MkTrainConfig *c, const MkCohort *half,
                          MkError *err)
{
    MkPart *const parts = mk_heap_array(half->n_rows + 1, sizeof *parts);
    bool *const is_in = b->is_in + model * b->n_people;
    if (parts == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    mk_split_cohort(half, c->split_seed, c->valid, c->test, parts);
    for (size_t i = 0, row = 0; i < b->n_people; i++) {
        if (is_in[i]) {
            is_in[i] = parts[row++] == MK_PART_TRAIN;
        }
    }
    free(parts);
    return MK_OK;
}

static MkStatus train_half(Bench *b, size_t model, const char *path, MkError *err)
{
    MkTrainConfig config;
    MkCohort *half = NULL;
    mk_train_config_init(&config);
    MK_TRY(mk_train_config_set(&config, "kind", b->kind, err));
    MK_TRY(mk_train_config_set(&config, "valid", "0.02", err));
    for (size_t k = 0; b->settings[k] != NULL && b->settings[k + 1] != NULL; k += 2) {
        MK_TRY(mk_train_config_set(&config, b->settings[k], b->settings[k + 1], err));
    }
    config.seed = model + 1;
    MK_TRY(make_half(b, model, &half, err));
    MkStatus st = mk_train(&config, half, path, &(MkTrainHooks){.clock = now}, err);
    if (st == MK_OK) {
        st = leave_out(b, model, &config, half, err);
    }
    mk_cohort_free(half);
    return st;
}

static MkStatus attack_half(Bench *b, size_t model, const char *path, MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    MkModel *opened = NULL;
    MkAttack attack;
    MkStatus st = MK_OK;
    const bool *const is_in = b->is_in + model * b->n_people;
    MkCandidate *const all = mk_arena_array(arena, b->n_people, sizeof *all);
    const MkAttackPart part = {"", 0, b->n_people};
    double n_in = 0.0, n = (double)b->n_people;
    for (size_t i = 0; i < b->n_people; i++) {
        all[i] = (MkCandidate){b->cohort, b->people[i], is_in[i]};
        n_in += is_in[i] ? 1.0 : 0.0;
    }
    MK_TRY_GOTO(mk_model_open(path, &opened, err));
    const MkTrial trial = {.model = opened, .seed = 1, .pool = b->pool};
    const MkAttackJob job = {.trial = &trial,
                             .candidates = all,
                             .n = b->n_people,
                             .parts = &part,
                             .n_parts = 1,
                             .persons = PERSONS,
                             .told = b->told};
    MK_TRY_GOTO(mk_attack_run(&job, arena, &attack, err));
    for (size_t k = 0; k < MK_ATTACKS; k++) {
        memcpy(b->score[k] + model * b->n_people, attack.score[k],
               b->n_people * sizeof *attack.score[k]);
    }
    b->attributes = attack.attributes;
    b->persons = (double)attack.n_persons;
    b->share += attack.share;
    b->ratio[0] += attack.ratio_members;
    b->ratio[1] += attack.ratio_others;
    for (size_t i = 0; i < b->n_people; i++) {
        b->copies[is_in[i] ? 0 : 1] +=
            attack.is_copied[i] ? 1.0 / (is_in[i] ? n_in : n - n_in) : 0.0;
    }
done:
    mk_model_free(opened);
    mk_arena_free(arena);
    return st;
}

/* Every model in turn is the one that is attacked. */
static MkStatus measure_half(Bench *b, size_t model, MkError *err)
{
    const size_t n = b->n_people;
    const bool *const is_in = b->is_in + model * n;
    double *const ratio = mk_arena_array(b->arena, n, sizeof *ratio);
    for (size_t k = 0; k < SHADOW_ATTACKS; k++) {
        const double *score = k < MK_ATTACKS ? b->score[k] + model * n : ratio;
        MkMembership m;
        if (k >= MK_ATTACKS) {
            mk_membership_lira(b->score[k == MK_ATTACKS ? MK_ATTACK_CLOSEST : MK_ATTACK_LOSS],
                               b->is_in, b->n_models, n, model, ratio);
        }
        MK_TRY(mk_membership_measure(score, is_in, n, 1, b->arena, &m, err));
        b->sum[k].n_members += m.n_members;
        b->sum[k].auc += m.auc;
        b->square[k].auc += m.auc * m.auc;
        b->sum[k].tpr_1 += m.tpr_1;
        b->square[k].tpr_1 += m.tpr_1 * m.tpr_1;
    }
    return MK_OK;
}

static double error_of(double sum, double square, double n)
{
    return sqrt(fmax(square - sum * sum / n, 0.0) / (n - 1.0) / n);
}

/* Means over the models, with the standard error over them. */
static MkStatus tell(const Bench *b, double seconds, MkError *err)
{
    const double n = (double)b->n_models;
    const bool is_new = !mk_file_exists(b->result);
    MkBuf out;
    mk_buf_init(&out);
    MkStatus st = is_new ? MK_OK : mk_file_read(b->result, 1 << 20, &out, err);
    if (is_new) {
        mk_shadow_print_header(&out);
    }
    for (size_t k = 0; k < SHADOW_ATTACKS; k++) {
        const MkMembership *const sum = &b->sum[k], *const square = &b->square[k];
        const MkShadow row = {.name = b->name,
                              .kind = b->kind,
                              .digest = "",
                              .attack = names[k],
                              .people = (double)b->n_people / 2.0,
                              .attributes = (double)b->schema->n,
                              .shadows = n,
                              .persons = b->persons,
                              .auc = sum->auc / n,
                              .auc_error = error_of(sum->auc, square->auc, n),
                              .tpr_1 = sum->tpr_1 / n,
                              .tpr_1_error = error_of(sum->tpr_1, square->tpr_1, n)};
        mk_shadow_print(&row, &out);
        printf("%s,%s,%s,%.0f,%.0f,%.0f,%.0f,%.0f,%.4f,%.4f,%.4f,%.4f,nan,nan,nan,nan,nan", b->name,
               b->kind, names[k], row.people, (double)sum->n_members / n, b->attributes, b->persons,
               n, row.auc, row.auc_error, row.tpr_1, row.tpr_1_error);
        printf(",%.4f,nan,%.4f,%.4f,%.4f,%.4f,%.0f\n", b->share / n, b->ratio[0] / n,
               b->ratio[1] / n, b->copies[0] / n, b->copies[1] / n, seconds);
    }
    if (st == MK_OK) {
        st = mk_buf_status(&out, err);
    }
    if (st == MK_OK) {
        st = mk_file_write(b->result, out.data, out.len, err);
    }
    mk_buf_release(&out);
    return st;
}

static MkStatus make_room(Bench *b, MkError *err)
{
    const size_t all = b->n_models * b->n_people;
    b->people = mk_arena_array(b->arena, b->n_people, sizeof *b->people);
    b->is_in = mk_arena_array(b->arena, all, sizeof *b->is_in);
    bool good = b->people != NULL && b->is_in != NULL;
    for (size_t k = 0; k < MK_ATTACKS; k++) {
        b->score[k] = mk_arena_array(b->arena, all, sizeof *b->score[k]);
        good = good && b->score[k] != NULL;
    }
    return good ? MK_OK : mk_fail(err, MK_ENOMEM, "out of memory");
}

static MkStatus run_models(Bench *b, MkError *err)
{
    const double begin = now();
    deal_people(b);
    for (size_t m = 0; m < b->n_models; m++) {
        const char *const path =
            mk_arena_printf(b->arena, "%s/%s-%zu.safetensors", b->folder, b->name, m + 1);
        fprintf(stderr, "privacy: %s, shadow model %zu of %zu, %.0f s\n", b->name, m + 1,
                b->n_models, now() - begin);
        if (path == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        MK_TRY(train_half(b, m, path, err));
        MK_TRY(attack_half(b, m, path, err));
        remove(path);
    }
    for (size_t m = 0; m < b->n_models; m++) {
        MK_TRY(measure_half(b, m, err));
    }
    return tell(b, now() - begin, err);
}

static MkStatus attack_shadows(char **words, MkError *err)
{
    Bench b = {.arena = mk_arena_new(0),
               .name = words[0],
               .kind = words[1],
               .n_models = strtoul(words[2], NULL, 10),
               .n_people = strtoul(words[3], NULL, 10),
               .told = strtoul(words[4], NULL, 10),
               .folder = words[7],
               .result = words[8],
               .settings = words + 9};
    MkStatus st = MK_OK;
    if (b.arena == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MK_TRY_GOTO(mk_schema_read(words[5], &b.schema, err));
    MK_TRY_GOTO(mk_cohort_read(words[6], b.schema, MK_OTHER_DROP, &b.cohort, err));
    MK_TRY_GOTO(mk_pool_new(0, &b.pool, err));
    b.n_people = b.n_people < b.cohort->n_rows ? b.n_people : b.cohort->n_rows;
    if (b.n_models < 4 || b.n_models > MODELS_MOST || b.n_people < 20) {
        st = mk_fail(err, MK_EINVAL, "%zu models of %zu people, expected 4 to %d of 20 or more",
                     b.n_models, b.n_people, MODELS_MOST);
        goto done;
    }
    MK_TRY_GOTO(make_room(&b, err));
    st = run_models(&b, err);
done:
    mk_pool_free(b.pool);
    mk_cohort_free(b.cohort);
    mk_schema_free(b.schema);
    mk_arena_free(b.arena);
    return st;
}

int main(int argc, char **argv)
{
    MkError err = {0};
    const bool is_model = argc == 6 && strcmp(argv[1], "model") == 0;
    const bool is_shadows = argc >= 11 && strcmp(argv[1], "shadows") == 0;
    if (!is_model && !is_shadows) {
        fprintf(stderr, "usage: privacy model NAME MODEL HOLDOUT TRAIN\n"
                        "       privacy shadows NAME KIND MODELS PEOPLE TOLD SCHEMA TABLE FOLDER "
                        "RESULT [KEY VALUE...]\n");
        return 2;
    }
    const MkStatus st = is_model ? attack_model(argv + 2, &err) : attack_shadows(argv + 2, &err);
    if (st != MK_OK) {
        fprintf(stderr, "privacy: %s\n", err.text);
    }
    return st == MK_OK ? 0 : 1;
}

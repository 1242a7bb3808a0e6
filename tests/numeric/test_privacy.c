/* Attacks on membership: figures against numbers worked out by hand; people who are nobody's
 * training people; a model that keeps its people; the section of an evaluation. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/eval/attack.h"
#include "src/eval/membership.h"
#include "src/eval/nearest.h"
#include "src/eval/privacy.h"
#include "src/eval/shadow.h"
#include "src/result/node.h"
#include "tests/numeric/tabular.h"

static void near(double x, double wanted, double within)
{
    if (!(fabs(x - wanted) <= within)) {
        fail_msg("%g, wanted %g within %g", x, wanted, within);
    }
}

static MkMembership measure(const double *score, const bool *is_member, size_t n)
{
    MkMembership m;
    MkError err = {0};
    MkArena *const arena = mk_arena_new(0);
    if (mk_membership_measure(score, is_member, n, 1, arena, &m, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    mk_arena_free(arena);
    return m;
}

/* ---- figures ---- */

/* Members 3, 2, 2; others 1, 2, NaN (left out), 0. Pairs won: 3 + 2.5 + 2.5 of 9. Structural
 * components: members 1, 5/6, 5/6 (variance 1/108), others 1, 2/3, 1 (variance 1/27). */
static void test_auc_by_hand(void **state)
{
    (void)state;
    const double score[] = {3.0, 2.0, 2.0, 1.0, 2.0, NAN, 0.0};
    const bool is_member[] = {true, true, true, false, false, false, false};
    const MkMembership m = measure(score, is_member, 7);
    assert_int_equal(m.n_members, 3);
    assert_int_equal(m.n_others, 3);
    near(m.auc, 8.0 / 9.0, 1e-12);
    near(m.auc_error, sqrt(1.0 / 108.0 / 3.0 + 1.0 / 27.0 / 3.0), 1e-12);
    /* One member is above all others, then two stand level with one of them: 0.03 others. */
    near(m.tpr_1, (1.0 + 2.0 * 0.03) / 3.0, 1e-12);
    assert_true(isnan(m.tpr_01));
}

static void test_nobody_to_compare_says_nothing(void **state)
{
    (void)state;
    const double score[] = {3.0, 2.0, 1.0};
    const bool is_member[] = {true, true, false};
    assert_true(isnan(measure(score, is_member, 3).auc));
}

static void test_scores_that_say_nothing_are_guesses(void **state)
{
    (void)state;
    enum { N = 12000 };
    static double score[N];
    static bool is_member[N];
    for (size_t i = 0; i < N; i++) {
        MkRng rng = mk_rng(7, MK_RNG_TEST, i);
        score[i] = mk_rng_normal(&rng);
        is_member[i] = i % 2 == 0;
    }
    const MkMembership m = measure(score, is_member, N);
    near(m.auc, 0.5, 3.0 * m.auc_error);
    near(m.auc_error, sqrt(1.0 / 6.0 / (N / 2)), 2e-4); /* of the rank sum: 1 / 12 (1/m + 1/n) */
    near(m.tpr_1, 0.01, 3.0 * m.tpr_1_error);
    assert_true(m.tpr_1_error > 0.0005 && m.tpr_1_error < 0.004);
    near(m.tpr_01, 0.001, 3.0 * m.tpr_01_error);
    for (size_t i = 0; i < N; i++) {
        score[i] += is_member[i] ? 10.0 : 0.0;
    }
    near(measure(score, is_member, N).auc, 1.0, 1e-9);
    near(measure(score, is_member, N).tpr_01, 1.0, 1e-9);
}

/* Sources that differ in their scores but not between members and others are told apart no more
 * once each is set to the same middle and width. */
static void test_sources_are_no_sign_of_membership(void **state)
{
    (void)state;
    double score[] = {1.0, 2.0, 3.0, 4.0, 5.0, 110.0, 120.0, 130.0, 140.0, 150.0};
    MkArena *const arena = mk_arena_new(0);
    assert_int_equal(mk_membership_even(score, 5, arena, NULL), MK_OK);
    assert_int_equal(mk_membership_even(score + 5, 5, arena, NULL), MK_OK);
    for (size_t i = 0; i < 5; i++) {
        near(score[i], ((double)i - 2.0) / 2.0, 1e-12);
        near(score[5 + i], score[i], 1e-12);
    }
    mk_arena_free(arena);
}

/* Two people, five models, the last is attacked. Person 1: in 1, 3 (mean 2, variance 2), out 5, 5;
 * person 2: in 2, 2, out 7, 9. In: sum of squares 2 of 2 degrees: 1, times 1 + 2/4. Out: 2 of 2
 * likewise. */
static void test_the_likelihood_ratio_by_hand(void **state)
{
    (void)state;
    const double statistic[] = {1.0, 2.0, 3.0, 2.0, 5.0, 7.0, 5.0, 9.0, 2.0, 8.0};
    const bool is_in[] = {true, true, true, true, false, false, false, false, true, false};
    double score[2];
    mk_membership_lira(statistic, is_in, 5, 2, 4, score);
    near(score[0], 0.5 * (9.0 - 0.0) / 1.5, 1e-12);
    near(score[1], 0.5 * (0.0 - 36.0) / 1.5, 1e-12);
}

/* Losses that fall by one sd for who was in: log ratios then differ by 1 / (1 + 1 / n) on the mean,
 * and the AUC is that of normals a sd apart, a little less for means of few models. */
static void test_the_likelihood_ratio_of_normal_losses(void **state)
{
    (void)state;
    enum { PEOPLE = 2000, MODELS = 17 };
    static double statistic[MODELS * PEOPLE], score[PEOPLE];
    static bool is_in[MODELS * PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++) {
        MkRng rng = mk_rng(11, MK_RNG_TEST, i);
        const double hard = 5.0 * mk_rng_normal(&rng); /* a plain loss attack sees little else */
        for (size_t m = 0; m < MODELS; m++) {
            is_in[m * PEOPLE + i] = mk_rng_uniform(&rng) < 0.5;
            statistic[m * PEOPLE + i] =
                hard + mk_rng_normal(&rng) + (is_in[m * PEOPLE + i] ? 1.0 : 0.0);
        }
    }
    mk_membership_lira(statistic, is_in, MODELS, PEOPLE, 0, score);
    near(measure(statistic, is_in, PEOPLE).auc, 0.555, 0.03);
    near(measure(score, is_in, PEOPLE).auc, 0.74, 0.03); /* Phi(1 / sqrt 2) = 0.760 */
}

static void test_the_closest_are_found(void **state)
{
    (void)state;
    float few[MK_NEAREST], all[40];
    for (size_t i = 0; i < 40; i++) {
        all[i] = (float)((i * 17) % 40);
    }
    mk_nearest_few(all, 40, few);
    for (size_t k = 0; k < MK_NEAREST; k++) {
        near((double)few[k], (double)k, 0.0);
    }
    mk_nearest_few(all, 2, few);
    near((double)few[0], 0.0, 0.0);
    near((double)few[1], 17.0, 0.0);
    assert_true(isinf(few[2]));
}

/* ---- models ---- */

enum { MEMBERS = 200, MEASURES = 12 };

static const char schema_text[] = "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tresolution\n"
                                  "n1\treal\tN1\t\t\t-100\t100\t1\n"
                                  "n2\treal\tN2\t\t\t-100\t100\t1\n"
                                  "n3\treal\tN3\t\t\t-100\t100\t1\n"
                                  "n4\treal\tN4\t\t\t-100\t100\t1\n"
                                  "n5\treal\tN5\t\t\t-100\t100\t1\n"
                                  "n6\treal\tN6\t\t\t-100\t100\t1\n"
                                  "l1\tcategorical\tL1\t\ta|b|c|d\t\t\t\n"
                                  "l2\tcategorical\tL2\t\ta|b|c|d\t\t\t\n"
                                  "l3\tcategorical\tL3\t\ta|b|c|d\t\t\t\n"
                                  "l4\tcategorical\tL4\t\ta|b|c|d\t\t\t\n"
                                  "l5\tcategorical\tL5\t\ta|b|c|d\t\t\t\n"
                                  "l6\tcategorical\tL6\t\ta|b|c|d\t\t\t\n";

/* Six numbers and six letters with nothing in common: nobody is like another. */
static void draw(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)ctx;
    (void)row;
    for (size_t j = 0; j < MEASURES; j++) {
        values[j] =
            j < MEASURES / 2 ? round(3.0 * mk_rng_normal(rng)) : (double)mk_rng_below(rng, 4);
    }
}

typedef struct Fixture {
    People members, others, strangers;
    char folder[400];
} Fixture;

static int open_fixture(void **state)
{
    static Fixture f;
    const char *const folder = getenv("TMPDIR");
    snprintf(f.folder, sizeof f.folder, "%s", folder != NULL ? folder : "/tmp");
    people_make(&f.members, schema_text, MEMBERS, 21, draw, NULL);
    people_make(&f.others, schema_text, MEMBERS, 22, draw, NULL);
    people_make(&f.strangers, schema_text, MEMBERS, 23, draw, NULL);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    people_free(&f->members);
    people_free(&f->others);
    people_free(&f->strangers);
    return 0;
}

static const char *path_of(const Fixture *f, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    return path;
}

/* Trains on `people`, attacks with the section, with n_members said to be its people, and hands its
 * figures and JSON to `look`. */
static void section_of(const Fixture *f, const People *people, const char *kind,
                       const char *const *settings, size_t n_members,
                       void (*look)(const MkSection *section))
{
    MkModel *model = NULL;
    MkError err = {0};
    const char *const path = path_of(f, "privacy.safetensors");
    tabular_train(people, kind, settings, path);
    if (mk_model_open(path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    MkArena *const arena = mk_arena_new(0);
    MkSection section = {.arena = arena, .result = mk_result_new("privacy")};
    section.node = mk_node_object(section.result, NULL, NULL);
    const MkTrial trial = {.model = model,
                           .path = path,
                           .judged = f->others.cohort,
                           .rows = f->others.rows,
                           .n_rows = MEMBERS,
                           .held = f->others.rows,
                           .n_held = MEMBERS,
                           .train = n_members > 0 ? f->members.cohort : NULL,
                           .train_rows = f->members.rows,
                           .n_train = n_members,
                           .level = 0.9,
                           .seed = 1};
    if (mk_privacy_section(&trial, &section, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    look(&section);
    mk_result_free(section.result);
    mk_arena_free(arena);
    mk_model_free(model);
    remove(path_of(f, "privacy.safetensors"));
}

static double figure_of(const MkSection *section, const char *name)
{
    for (size_t i = 0; i < section->n_figures; i++) {
        if (strcmp(section->figures[i].name, name) == 0) {
            return section->figures[i].value;
        }
    }
    return NAN;
}

static void look_at_guesses(const MkSection *section)
{
    double auc = 0.0, tpr = 0.0; /* the best of four guesses, each either way round */
    for (const MkNode *a = mk_node_first(section->node, "attacks"); a != NULL; a = a->next) {
        const MkNode *const turned = mk_node_member(a, "turned");
        assert_int_equal(mk_node_value(a, "members"), MEMBERS);
        near(mk_node_value(turned, "auc"), 1.0 - mk_node_value(a, "auc"), 1e-9);
        auc = fmax(auc, fmax(mk_node_value(a, "auc"), mk_node_value(turned, "auc")));
        tpr = fmax(tpr, fmax(mk_node_value(a, "tpr_1"), mk_node_value(turned, "tpr_1")));
    }
    near(figure_of(section, "membership_auc"), auc, 1e-9);
    near(figure_of(section, "membership_tpr_1"), tpr, 1e-9);
    near(auc, 0.52, 0.05);
    near(figure_of(section, "dcr_share"), 0.5, 0.1);
    near(figure_of(section, "exact_copies_excess"), 0.0, 0.03);
    assert_true(mk_node_is_true(section->node, "is_measured"));
    assert_int_equal(mk_node_count(section->node, "attacks"), MK_ATTACKS);
    assert_true(isnan(figure_of(section, "membership_auc_shadow")));
    assert_int_equal(section->result->n_tables, 2);
}

static void test_a_model_of_strangers_tells_nothing(void **state)
{
    const Fixture *const f = *state;
    section_of(f, &f->strangers, "copula", (const char *const[]){NULL}, MEMBERS, look_at_guesses);
}

static void look_at_nothing(const MkSection *section)
{
    assert_int_equal(section->n_figures, 0);
    assert_false(mk_node_is_true(section->node, "is_measured"));
    assert_non_null(strstr(section->result->notes[0], "--train"));
}

static void test_without_training_people_nothing_is_measured(void **state)
{
    const Fixture *const f = *state;
    section_of(f, &f->members, "marginal", (const char *const[]){NULL}, 0, look_at_nothing);
}

static void look_at_shadows(const MkSection *section)
{
    near(figure_of(section, "membership_auc_shadow"), 0.8, 1e-9); /* 0.2 turned round */
    near(figure_of(section, "membership_tpr_1_shadow"), 0.125, 1e-9);
    assert_int_equal(mk_node_count(section->node, "shadows"), 2); /* of its kind */
}

static void test_what_shadow_models_told_is_read(void **state)
{
    const Fixture *const f = *state;
    MkShadow row = {"m", "marginal", "", "closest", 100, 4, 8, 200, 0.2, 0.01, 0.125, 0.01};
    MkBuf out;
    mk_buf_init(&out);
    mk_shadow_print_header(&out);
    mk_shadow_print(&row, &out);
    row.attack = "lira_loss";
    row.auc = 0.75;
    row.tpr_1 = 0.0625;
    mk_shadow_print(&row, &out);
    row.kind = "other";
    row.auc = 0.9;
    mk_shadow_print(&row, &out);
    const char *const path = path_of(f, "privacy.privacy.tsv");
    assert_int_equal(mk_file_write(path, out.data, out.len, NULL), MK_OK);
    section_of(f, &f->members, "marginal", (const char *const[]){NULL}, 0, look_at_shadows);
    MkArena *const arena = mk_arena_new(0);
    MkShadow *rows = NULL;
    size_t n = 0;
    MkError err = {0};
    out.data[out.len - 3] = 'x'; /* of the last number */
    assert_int_equal(mk_file_write(path_of(f, "privacy.privacy.tsv"), out.data, out.len, NULL),
                     MK_OK);
    assert_int_equal(mk_shadow_read(path_of(f, "privacy.privacy.tsv"), arena, &rows, &n, &err),
                     MK_EFORMAT);
    assert_non_null(strstr(err.text, ":4: tpr_1_error"));
    mk_arena_free(arena);
    mk_buf_release(&out);
    remove(path_of(f, "privacy.privacy.tsv"));
}

/* Every person a component of hardly any width. */
static void look_at_kept(const MkSection *section)
{
    if (!(figure_of(section, "membership_auc") > 0.9)) {
        fail_msg("AUC %g", figure_of(section, "membership_auc"));
    }
    assert_true(figure_of(section, "membership_tpr_1") > 0.3);
    assert_true(figure_of(section, "dcr_share") > 0.57);
}

static void test_a_model_that_keeps_its_people_is_caught(void **state)
{
    const Fixture *const f = *state;
    static const char *const settings[] = {"mixture_components",
                                           "200",
                                           "mixture_prior_levels",
                                           "0.0001",
                                           "mixture_prior_variance",
                                           "0.0001",
                                           "mixture_prior_people",
                                           "0.0001",
                                           "mixture_prior_cells",
                                           "0",
                                           "mixture_outlier",
                                           "0.000001",
                                           NULL};
    section_of(f, &f->members, "mixture", settings, MEMBERS, look_at_kept);
}

/* People who are the persons that the attacker will draw. */
static void copy_person(void *ctx, size_t row, MkRng *rng, double *values)
{
    (void)rng;
    memcpy(values, (const double *)ctx + row * MEASURES, MEASURES * sizeof *values);
}

static void draw_persons(const MkModel *model, double *out)
{
    const size_t targets[MEASURES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const MkDrawOrder order = {.targets = targets, .n_targets = MEASURES, .n_groups = 1, .seed = 1};
    MkDrawer *drawer = NULL;
    MkArena *const arena = mk_arena_new(0);
    const double none[MK_DRAW_PERSONS] = {0.0};
    assert_int_equal(mk_drawer_new(model, &order, &drawer, NULL), MK_OK);
    for (size_t first = 0; first < MEMBERS; first += MK_DRAW_PERSONS) {
        const size_t left = MEMBERS - first, n = left < MK_DRAW_PERSONS ? left : MK_DRAW_PERSONS;
        MkRng streams[MK_DRAW_PERSONS];
        for (size_t b = 0; b < n; b++) {
            streams[b] = mk_rng(1, MK_RNG_SAMPLE, first + b);
        }
        assert_int_equal(mk_drawer_run(drawer, none, n, streams, NULL, arena,
                                       out + first * MEASURES, NULL, NULL, NULL),
                         MK_OK);
    }
    mk_drawer_free(drawer);
    mk_arena_free(arena);
}

static void test_copies_are_caught(void **state)
{
    const Fixture *const f = *state;
    static double persons[MEMBERS * MEASURES];
    static MkCandidate all[2 * MEMBERS];
    static bool is_member[2 * MEMBERS];
    People copied;
    MkModel *model = NULL;
    MkError err = {0};
    MkAttack attack;
    MkArena *const arena = mk_arena_new(0);
    tabular_train(&f->strangers, "copula", (const char *const[]){NULL},
                  path_of(f, "privacy.safetensors"));
    if (mk_model_open(path_of(f, "privacy.safetensors"), &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    draw_persons(model, persons);
    people_make(&copied, schema_text, MEMBERS, 0, copy_person, persons);
    for (size_t i = 0; i < 2 * MEMBERS; i++) {
        is_member[i] = i % 2 == 0;
        all[i] =
            (MkCandidate){is_member[i] ? copied.cohort : f->others.cohort, i / 2, is_member[i]};
    }
    const MkTrial trial = {.model = model, .seed = 1};
    const MkAttackPart part = {"", 0, 2 * MEMBERS};
    const MkAttackJob job = {.trial = &trial,
                             .candidates = all,
                             .n = 2 * MEMBERS,
                             .parts = &part,
                             .n_parts = 1,
                             .persons = MEMBERS};
    assert_int_equal(mk_attack_run(&job, arena, &attack, &err), MK_OK);
    for (size_t i = 0; i < 2 * MEMBERS; i++) {
        assert_int_equal(attack.is_copied[i], is_member[i]);
    }
    near(attack.share, 1.0, 1e-9);
    near(attack.distance_members, 0.0, 1e-9);
    near(attack.ratio_members, 0.0, 1e-9);
    near(measure(attack.score[MK_ATTACK_CLOSEST], is_member, 2 * MEMBERS).auc, 1.0, 1e-9);
    assert_true(measure(attack.score[MK_ATTACK_RATIO], is_member, 2 * MEMBERS).auc > 0.99);
    mk_model_free(model);
    people_free(&copied);
    mk_arena_free(arena);
    remove(path_of(f, "privacy.safetensors"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auc_by_hand),
        cmocka_unit_test(test_nobody_to_compare_says_nothing),
        cmocka_unit_test(test_scores_that_say_nothing_are_guesses),
        cmocka_unit_test(test_sources_are_no_sign_of_membership),
        cmocka_unit_test(test_the_likelihood_ratio_by_hand),
        cmocka_unit_test(test_the_likelihood_ratio_of_normal_losses),
        cmocka_unit_test(test_the_closest_are_found),
        cmocka_unit_test(test_a_model_of_strangers_tells_nothing),
        cmocka_unit_test(test_without_training_people_nothing_is_measured),
        cmocka_unit_test(test_what_shadow_models_told_is_read),
        cmocka_unit_test(test_a_model_that_keeps_its_people_is_caught),
        cmocka_unit_test(test_copies_are_caught),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}

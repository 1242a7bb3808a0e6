#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/unit/optimize_model.h"

#include <stdlib.h>
#include <string.h>

#include "src/query/optimize.h"

/* ---- asking ---- */

static const MkValue free_box = {.kind = MK_VALUE_RANGE, .low = 30, .high = 70};
static const MkFree numbers[] = {{A, true, {.kind = MK_VALUE_RANGE, .low = 30, .high = 70}},
                                 {B, true, {.kind = MK_VALUE_RANGE, .low = 30, .high = 70}}};

static MkOptimize minimum_of_y(const MkFree *free, size_t n)
{
    return (MkOptimize){
        .measure = {.attribute = Y}, .goal = MK_GOAL_MIN, .free = free, .n_free = n};
}

static MkResult *run(const MkQuery *query, const MkOptimize *ask)
{
    MkError err = {0};
    MkResult *result = mk_result_new("optimize");
    if (mk_query_optimize(query, ask, result, &err) != MK_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return result;
}

static MkResult *ask_it(const MkOptimize *ask)
{
    return run(&(MkQuery){.model = &model, .level = 0.9, .seed = 1}, ask);
}

static const MkNode *member(const MkNode *node, const char *key)
{
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        if (child->key != NULL && strcmp(child->key, key) == 0) {
            return child;
        }
    }
    print_error("no member %s\n", key);
    fail();
    return NULL;
}

static double number(const MkNode *node, const char *key)
{
    return member(node, key)->number;
}

static size_t count(const MkNode *list)
{
    size_t n = 0;
    for (const MkNode *child = list->first; child != NULL; child = child->next) {
        n++;
    }
    return n;
}

static const MkNode *best_of(const MkResult *result)
{
    const MkNode *node = member(result->data, "solutions")->first;
    for (size_t i = (size_t)number(result->data, "best"); i > 0; i--) {
        node = node->next;
    }
    return node;
}

static const MkNode *change_of(const MkNode *solution, const char *attribute)
{
    for (const MkNode *c = member(solution, "changes")->first; c != NULL; c = c->next) {
        if (strcmp(member(c, "attribute")->string, attribute) == 0) {
            return c;
        }
    }
    return NULL;
}

static bool has_note(const MkResult *result, const char *part)
{
    for (size_t i = 0; i < result->n_notes; i++) {
        if (strstr(result->notes[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- known optima ---- */

static void test_in_a_box_the_corner_is_found(void **state)
{
    (void)state;
    const MkOptimize ask = minimum_of_y(numbers, 2);
    MkResult *result = ask_it(&ask);
    const MkNode *best = best_of(result);
    assert_close(number(best, "value"), 100 - 2 - 2 * 3 - 2 * 1, 0.05, 0);
    assert_close(number(change_of(best, "a"), "to"), 30, 0.21, 0);
    assert_close(number(change_of(best, "b"), "to"), 30, 0.21, 0);
    assert_close(number(best, "reach"), 1, 1e-9, 0);
    assert_close(number(best, "effort"), 4, 0.05, 0);
    /* worth: what comes back when the change is taken back */
    assert_close(number(change_of(best, "a"), "worth"), -6, 0.05, 0);
    mk_result_free(result);
}

static void test_a_linear_constraint_binds(void **state)
{
    (void)state;
    const MkConstraint limit = {{.attribute = Z}, MK_AT_LEAST, -1};
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.constraints = &limit;
    ask.n_constraints = 1;
    MkResult *result = ask_it(&ask);
    const MkNode *best = best_of(result);
    assert_close(number(best, "value"), 98 - 6 + 1, 0.07, 0); /* a = -2, b = +1 */
    const MkNode *held = member(best, "limits")->first;
    assert_true(member(held, "holds")->number == 1);
    assert_close(number(held, "slack"), 0, 0.03, 0);
    assert_true(has_note(result, "median of z"));
    mk_result_free(result);
}

static void test_a_floor_of_support_binds(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.floor = 0.5; /* |scores| <= sqrt(2 ln 2) */
    MkResult *result = ask_it(&ask);
    const MkNode *best = best_of(result);
    assert_close(number(best, "value"), 98 - sqrt(2 * log(2)) * sqrt(10), 0.03, 0);
    assert_true(number(best, "support") >= 0.5);
    assert_close(number(best, "support"), 0.5, 0.02, 0);
    assert_true(has_note(result, "support is down to"));
    mk_result_free(result);
}

static void test_levels_are_those_of_all_combinations(void **state)
{
    (void)state;
    static const MkFree free[] = {{.attribute = LEVEL}, {.attribute = MOOD}};
    const MkOptimize ask = minimum_of_y(free, 2);
    MkResult *result = ask_it(&ask);
    double least = INFINITY;
    for (size_t l = 0; l < N_LEVELS; l++) {
        for (size_t m = 0; m < N_MOODS; m++) {
            least = fmin(least, 100 + both[l][m]);
        }
    }
    const MkNode *best = best_of(result);
    assert_close(number(best, "value"), least, 1e-6, 0);
    assert_string_equal(member(change_of(best, "level"), "to")->string, "more");
    assert_string_equal(member(change_of(best, "mood"), "to")->string, "high");
    assert_string_equal(member(best, "line")->string, "given level=more mood=high");
    mk_result_free(result);
}

static void test_numbers_and_levels_together(void **state)
{
    (void)state;
    const MkFree free[] = {{A, true, free_box},
                           {B, true, free_box},
                           {.attribute = LEVEL},
                           {.attribute = MOOD},
                           {C, true, free_box}};
    MkOptimize ask = minimum_of_y(free, 5);
    ask.floor = 0.2;
    MkResult *result = ask_it(&ask);
    const double length = sqrt(9 + 1 + 0.25);
    assert_close(number(best_of(result), "value"), 100 - 7 - sqrt(-2 * log(0.2)) * length, 0.12,
                 0); /* what hardly helps goes back: 2 % of the way */
    mk_result_free(result);
}

static void test_a_value_is_met_with_the_least_effort(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.goal = MK_GOAL_VALUE;
    ask.wanted = 94;
    MkResult *result = ask_it(&ask);
    const MkNode *best = best_of(result);
    assert_close(number(best, "value"), 94, 0.06, 0);
    assert_true(member(best, "reached")->number == 1);
    assert_close(number(best, "effort"), 4.0 / 3, 0.03, 0); /* all by a, which moves it most */
    assert_null(change_of(best, "b"));
    assert_ptr_equal(best, member(result->data, "solutions")->first);
    mk_result_free(result);
}

static void test_a_probability_is_moved(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.measure = (MkMeasure){.attribute = Y,
                              .is_probability = true,
                              .event = {.kind = MK_VALUE_RANGE, .low = 98, .high = INFINITY}};
    ask.goal = MK_GOAL_VALUE;
    ask.wanted = 0.158655;
    MkResult *result = ask_it(&ask);
    assert_close(number(member(result->data, "start"), "value"), 0.5, 1e-6, 0);
    assert_close(number(best_of(result), "value"), 0.158655, 0.0051, 0);
    assert_close(number(best_of(result), "effort"), 2.0 / 3, 0.03, 0);
    mk_result_free(result);
}

static void test_what_is_given_is_where_the_person_starts(void **state)
{
    (void)state;
    const MkKnown known[] = {{A, {.kind = MK_VALUE_POINT, .point = 40}},
                             {Y, {.kind = MK_VALUE_POINT, .point = 93}}};
    const MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 2, .known = known}};
    const MkOptimize ask = minimum_of_y(numbers, 2);
    MkResult *result = run(&query, &ask);
    const MkNode *input = member(result->data, "inputs")->first;
    assert_close(number(input, "start"), 40, 0, 0);
    assert_true(member(input, "is_given")->number == 1);
    assert_close(number(member(result->data, "start"), "value"), 95, 1e-6, 0);
    assert_close(number(change_of(best_of(result), "a"), "from"), 40, 0, 0);
    assert_true(has_note(result, "y is given"));
    mk_result_free(result);
}

#define POINT(j, x)                                                                                \
    {                                                                                              \
        j,                                                                                         \
        {                                                                                          \
            .kind = MK_VALUE_POINT, .point = x                                                     \
        }                                                                                          \
    }

static void test_what_is_allowed_is_what_such_people_have(void **state)
{
    (void)state;
    static const MkFree free[] = {{.attribute = C}, {.attribute = LEVEL}};
    const MkKnown known[] = {POINT(AGE, 70), POINT(C, 95)};
    MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 1, .known = known}};
    const MkOptimize ask = minimum_of_y(free, 2);
    MkResult *result = run(&query, &ask);
    const MkNode *input = member(result->data, "inputs")->first;
    assert_close(number(input, "low"), 60 - 1.96 * 5, 0.06, 0); /* of all people 30.4 */
    assert_close(number(input, "high"), 60 + 1.96 * 5, 0.06, 0);
    assert_true(member(input, "is_said")->number == 0);
    assert_int_equal(count(member(input->next, "levels")), N_LEVELS);
    assert_true(has_note(result, "what 95 % of people like this one have"));
    mk_result_free(result);
    query.evidence.n = 2; /* c itself is an input: it says where the person is, not what is usual */
    result = run(&query, &ask);
    input = member(result->data, "inputs")->first;
    assert_close(number(input, "low"), 60 - 1.96 * 5, 0.06, 0);
    assert_close(number(input, "high"), 95, 0, 0);
    mk_result_free(result);
}

/* ---- inputs that are tied together ---- */

static void test_a_number_that_a_level_rules_out_is_left_alone(void **state)
{
    (void)state;
    const MkFree free[] = {{LEVEL, true, {.kind = MK_VALUE_SET, .levels = 1U << TIED_LEVEL}},
                           {A, true, free_box}};
    const MkKnown known[] = {POINT(AGE, tied_at), POINT(MOOD, 2)};
    const MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 2, .known = known}};
    const MkOptimize ask = minimum_of_y(free, 2);
    MkResult *result = run(&query, &ask);
    assert_close(number(best_of(result), "value"), 100 - 7, 0.05, 0); /* untied 87 */
    assert_non_null(change_of(best_of(result), "level"));
    for (const MkNode *s = member(result->data, "solutions")->first; s != NULL; s = s->next) {
        assert_true(change_of(s, "level") == NULL || change_of(s, "a") == NULL);
    }
    mk_result_free(result);
}

static void test_a_given_number_follows_the_level_that_rules_it_out(void **state)
{
    (void)state;
    const MkFree free[] = {{LEVEL, true, {.kind = MK_VALUE_SET, .levels = 1U << TIED_LEVEL}},
                           {A, true, free_box}};
    const MkKnown known[] = {POINT(AGE, tied_at), POINT(MOOD, 2), POINT(A, 40)};
    const MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 3, .known = known}};
    const MkOptimize ask = minimum_of_y(free, 2);
    MkResult *result = run(&query, &ask);
    assert_close(number(best_of(result), "value"), 100 - 7, 0.1, 0);
    assert_close(number(change_of(best_of(result), "a"), "to"), 50, 0.3, 0);
    mk_result_free(result);
}

/* ---- several solutions ---- */

static void test_solutions_differ_and_the_least_effort_comes_first(void **state)
{
    (void)state;
    const MkOptimize ask = minimum_of_y(numbers, 2);
    MkResult *result = ask_it(&ask);
    const MkNode *list = member(result->data, "solutions");
    assert_true(count(list) >= 3 && count(list) <= 5);
    double effort = 0;
    bool has_single = false;
    for (const MkNode *s = list->first; s != NULL; s = s->next) {
        assert_true(number(s, "effort") >= effort);
        effort = number(s, "effort");
        assert_true(number(s, "reach") > 0 && number(s, "reach") <= 1);
        assert_true(member(s, "holds")->number == 1);
        has_single = has_single || count(member(s, "changes")) == 1;
    }
    assert_true(has_single);
    mk_result_free(result);
}

static void test_an_input_that_does_nothing_is_left_alone(void **state)
{
    (void)state;
    const MkFree free[] = {{A, true, free_box}, {AGE, true, free_box}};
    MkOptimize ask = minimum_of_y(free, 2);
    ask.takes_any = true;
    MkResult *result = ask_it(&ask);
    assert_close(number(best_of(result), "value"), 98 - 6, 0.15, 0);
    assert_null(change_of(best_of(result), "age"));
    mk_result_free(result);
}

static void test_fewer_solutions_when_asked(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.n_solutions = 1;
    MkResult *result = ask_it(&ask);
    assert_int_equal(count(member(result->data, "solutions")), 1);
    assert_close(number(best_of(result), "value"), 90, 0.2, 0);
    mk_result_free(result);
}

static void test_each_solution_has_a_picture_for_the_screen(void **state)
{
    (void)state;
    const MkOptimize ask = minimum_of_y(numbers, 2);
    MkResult *result = ask_it(&ask);
    const size_t n = count(member(result->data, "solutions"));
    assert_true(n > 1);
    assert_int_equal(result->n_figures, 2 + n - 1);
    assert_int_equal(mk_result_n_pictures(result), 2); /* what files and pages have */
    assert_int_equal(count(member(result->data, "figures")), 2);
    assert_close(result->figures[0].x_min, result->figures[2].x_min, 0, 0);
    assert_close(result->figures[0].x_max, result->figures[2].x_max, 0, 0);
    assert_non_null(strstr(result->figures[2].caption, "solution 1 "));
    mk_result_free(result);
}

/* ---- what cannot be ---- */

static void test_a_constraint_that_cannot_hold_is_told(void **state)
{
    (void)state;
    const MkConstraint limit = {{.attribute = Z}, MK_AT_LEAST, 10};
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.constraints = &limit;
    ask.n_constraints = 1;
    MkResult *result = ask_it(&ask);
    assert_non_null(result->failed_check);
    assert_true(has_note(result, "No values of these inputs keep everything"));
    assert_true(has_note(result, "median of z ≥ 10 does not hold: it is at 4"));
    assert_true(member(best_of(result), "holds")->number == 0);
    mk_result_free(result);
}

static void test_a_value_out_of_reach_says_how_near_it_came(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.goal = MK_GOAL_VALUE;
    ask.wanted = 60;
    MkResult *result = ask_it(&ask);
    assert_close(number(best_of(result), "value"), 90, 0.2, 0);
    assert_true(member(best_of(result), "reached")->number == 0);
    assert_true(has_note(result, "of 60 wanted. What stops it:"));
    assert_true(has_note(result, "a is at the low end"));
    mk_result_free(result);
}

static void test_what_is_given_and_tied_to_an_input_is_named(void **state)
{
    (void)state;
    const MkKnown known = {AGE, {.kind = MK_VALUE_POINT, .point = 50}};
    const MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 1, .known = &known}};
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.floor = 0.5;
    MkResult *result = run(&query, &ask);
    assert_true(has_note(result, "age is given and goes with a"));
    mk_result_free(result);
}

static void test_what_such_people_are_not_asked_is_left_alone(void **state)
{
    (void)state;
    const MkKnown known = {AGE, {.kind = MK_VALUE_POINT, .point = 95}};
    const MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 1, .known = &known}};
    const MkOptimize ask = minimum_of_y(numbers, 2);
    MkResult *result = run(&query, &ask);
    assert_close(number(best_of(result), "value"), 98 - 6, 0.05, 0);
    assert_null(change_of(best_of(result), "b"));
    assert_true(has_note(result, "b is asked only of people with age<90"));
    mk_result_free(result);
}

static void test_who_is_rare_already_must_not_get_rarer(void **state)
{
    (void)state;
    const MkKnown known = {C, {.kind = MK_VALUE_POINT, .point = 80}};
    const MkQuery query = {
        .model = &model, .level = 0.9, .seed = 1, .evidence = {.n = 1, .known = &known}};
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.floor = 0.05;
    MkResult *result = run(&query, &ask);
    assert_true(has_note(result, "has a support of 1.1 % already"));
    assert_int_equal(count(member(result->data, "solutions")), 0);
    mk_result_free(result);
}

static void test_a_goal_that_nothing_moves_is_told(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.measure.attribute = AGE;
    MkResult *result = ask_it(&ask);
    assert_int_equal(count(member(result->data, "solutions")), 0);
    assert_true(has_note(result, "No allowed values of these inputs move median of age"));
    mk_result_free(result);
}

static void refuse(const MkFree *free, size_t n, bool any, const char *part)
{
    MkError err = {0};
    MkOptimize ask = minimum_of_y(free, n);
    ask.takes_any = any;
    MkResult *result = mk_result_new("optimize");
    assert_int_equal(
        mk_query_optimize(&(MkQuery){.model = &model, .level = 0.9}, &ask, result, &err),
        MK_EINVAL);
    if (strstr(err.text, part) == NULL) {
        print_error("got %s, want %s\n", err.text, part);
        fail();
    }
    mk_result_free(result);
}

static void test_inputs_are_checked(void **state)
{
    (void)state;
    refuse((const MkFree[]){{.attribute = AGE}}, 1, false,
           "age is nothing that a person can change");
    refuse((const MkFree[]){{.attribute = A}, {.attribute = A}}, 2, false, "a stands twice");
    refuse((const MkFree[]){{.attribute = Y}}, 1, true, "y is the goal");
    refuse(NULL, 0, false, "0 inputs to change");
}

/* ---- the same again, and being stopped ---- */

static bool same_nodes(const MkNode *a, const MkNode *b)
{
    while (a != NULL && b != NULL) {
        const bool same_text = (a->string == NULL) == (b->string == NULL) &&
                               (a->string == NULL || strcmp(a->string, b->string) == 0);
        if (a->kind != b->kind || a->number != b->number || !same_text ||
            !same_nodes(a->first, b->first)) {
            return false;
        }
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

static void test_threads_do_not_change_the_answer(void **state)
{
    (void)state;
    const MkFree free[] = {{.attribute = A},
                           {.attribute = B},
                           {.attribute = C},
                           {.attribute = LEVEL},
                           {.attribute = MOOD}};
    const MkConstraint limit = {{.attribute = Z}, MK_AT_LEAST, -1.5};
    MkOptimize ask = minimum_of_y(free, 5);
    ask.constraints = &limit;
    ask.n_constraints = 1;
    ask.floor = 0.05;
    MkResult *alone = ask_it(&ask);
    for (size_t n = 2; n <= 4; n++) {
        MkPool *pool = NULL;
        assert_int_equal(mk_pool_new(n, &pool, NULL), MK_OK);
        const MkQuery query = {.model = &model, .level = 0.9, .seed = 1, .pool = pool};
        MkResult *result = run(&query, &ask);
        assert_true(same_nodes(alone->data, result->data));
        mk_result_free(result);
        mk_pool_free(pool);
    }
    mk_result_free(alone);
}

typedef struct Watch {
    MkCancel cancel;
    size_t n_lines, n_partial, stop_after;
    double last; /* the goal of the last partial result */
} Watch;

static void see_line(void *ctx, const char *line)
{
    Watch *watch = ctx;
    assert_non_null(strstr(line, "optimize: median of y"));
    if (++watch->n_lines == watch->stop_after) {
        atomic_store(&watch->cancel.stop, true);
    }
}

static void see_partial(void *ctx, MkResult *so_far)
{
    Watch *watch = ctx;
    if (count(member(so_far->data, "solutions")) > 0) {
        watch->last = number(best_of(so_far), "value");
    }
    watch->n_partial++;
    mk_result_free(so_far);
}

static void test_cancel_keeps_the_best_so_far(void **state)
{
    (void)state;
    Watch watch = {.stop_after = 2};
    const MkQuery query = {.model = &model,
                           .level = 0.9,
                           .seed = 1,
                           .cancel = &watch.cancel,
                           .progress = see_line,
                           .ctx = &watch};
    const MkOptimize ask = minimum_of_y(numbers, 2);
    MkResult *result = run(&query, &ask);
    assert_true(result->is_cut);
    assert_true(has_note(result, "interrupted"));
    assert_true(number(best_of(result), "value") < 95);
    assert_true(watch.n_lines <= 3); /* the round that was stopped says a last word */
    mk_result_free(result);
}

static double ticks;
static double slow_clock(void)
{
    return ticks += 0.01;
}

static void test_what_there_is_comes_on_the_way(void **state)
{
    (void)state;
    Watch watch = {0};
    const MkQuery query = {.model = &model,
                           .level = 0.9,
                           .seed = 1,
                           .progress = see_line,
                           .partial = see_partial,
                           .ctx = &watch};
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.clock = slow_clock;
    MkResult *result = run(&query, &ask);
    assert_true(watch.n_partial >= 3 && watch.n_lines >= watch.n_partial);
    assert_close(watch.last, number(best_of(result), "value"), 0.2, 0);
    assert_false(result->is_cut);
    mk_result_free(result);
}

static void test_time_is_a_cap_and_told(void **state)
{
    (void)state;
    MkOptimize ask = minimum_of_y(numbers, 2);
    ask.clock = slow_clock;
    ask.seconds = 2; /* 200 questions */
    MkResult *result = ask_it(&ask);
    assert_true(has_note(result, "ended by its time of 2 seconds"));
    assert_false(result->is_cut);
    assert_true(number(best_of(result), "value") < 93);
    mk_result_free(result);
}

static int set_up(void **state)
{
    (void)state;
    if (mk_schema_parse(NAMES, strlen(NAMES), "names", &names, NULL) != MK_OK) {
        return 1;
    }
    schema.priv = names->priv;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mk_schema_free(names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_a_box_the_corner_is_found),
        cmocka_unit_test(test_a_linear_constraint_binds),
        cmocka_unit_test(test_a_floor_of_support_binds),
        cmocka_unit_test(test_levels_are_those_of_all_combinations),
        cmocka_unit_test(test_numbers_and_levels_together),
        cmocka_unit_test(test_a_value_is_met_with_the_least_effort),
        cmocka_unit_test(test_a_probability_is_moved),
        cmocka_unit_test(test_what_is_given_is_where_the_person_starts),
        cmocka_unit_test(test_what_is_allowed_is_what_such_people_have),
        cmocka_unit_test(test_a_number_that_a_level_rules_out_is_left_alone),
        cmocka_unit_test(test_a_given_number_follows_the_level_that_rules_it_out),
        cmocka_unit_test(test_solutions_differ_and_the_least_effort_comes_first),
        cmocka_unit_test(test_an_input_that_does_nothing_is_left_alone),
        cmocka_unit_test(test_fewer_solutions_when_asked),
        cmocka_unit_test(test_each_solution_has_a_picture_for_the_screen),
        cmocka_unit_test(test_a_constraint_that_cannot_hold_is_told),
        cmocka_unit_test(test_a_value_out_of_reach_says_how_near_it_came),
        cmocka_unit_test(test_what_is_given_and_tied_to_an_input_is_named),
        cmocka_unit_test(test_what_such_people_are_not_asked_is_left_alone),
        cmocka_unit_test(test_who_is_rare_already_must_not_get_rarer),
        cmocka_unit_test(test_a_goal_that_nothing_moves_is_told),
        cmocka_unit_test(test_inputs_are_checked),
        cmocka_unit_test(test_threads_do_not_change_the_answer),
        cmocka_unit_test(test_cancel_keeps_the_best_so_far),
        cmocka_unit_test(test_what_there_is_comes_on_the_way),
        cmocka_unit_test(test_time_is_a_cap_and_told),
    };
    return cmocka_run_group_tests_name("optimize", tests, set_up, tear_down);
}

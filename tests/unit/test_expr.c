#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/data/expr.h"

/* One row of invented variables. */
typedef struct Variable {
    const char *table, *name;
    double x;
} Variable;

static const Variable variables[] = {
    {"", "A", 2},        {"", "B", 3},      {"", "MISSING", NAN}, {"", "ZERO", 0},
    {"T", "A", 20},      {"", "TIME", 7.5}, {"", "OHX01C", 1},    {"", "OHX02C", 2},
    {"", "OHX03C", NAN}, {"", "OHX04C", 1},
};
enum { N_VARIABLES = sizeof variables / sizeof *variables };

static void bind(MkArena *arena, MkExpr *e)
{
    for (size_t i = 0; i < e->n_variables; i++) {
        MkExprVariable *v = &e->variables[i];
        const double **columns = mk_arena_array(arena, N_VARIABLES, sizeof *columns);
        v->n_columns = 0;
        for (size_t k = 0; k < N_VARIABLES; k++) {
            if (strcmp(variables[k].table, v->table) == 0 &&
                mk_expr_match(v->name, variables[k].name)) {
                columns[v->n_columns++] = &variables[k].x;
            }
        }
        if (v->n_columns == 0) {
            fail_msg("no variable %s.%s", v->table, v->name);
        }
        v->columns = columns;
    }
}

static double eval(const char *text)
{
    MkArena *arena = mk_arena_new(0);
    MkExpr *e = NULL;
    MkError err = {0};
    if (mk_expr_parse(arena, text, "m.tsv:2: column value", &e, &err) != MK_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    bind(arena, e);
    const double x = mk_expr_eval(e, 0);
    mk_arena_free(arena);
    return x;
}

typedef struct Case {
    const char *text;
    double want;
} Case;

static void test_expressions_have_their_values(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"1+2*3", 7},
        {"(1+2)*3", 9},
        {"8/4/2", 1},
        {"2-3-4", -5},
        {"-A+B", 1},
        {"--A", 2},
        {"2 - -A", 4},
        {"1.5e2 / 2", 75},
        {".5*A", 1},
        {"T.A/A", 10},
        {"A==2", 1},
        {"A!=2", 0},
        {"A<B", 1},
        {"A<=2 && B>=3", 1},
        {"A>B || B>A", 1},
        {"!A", 0},
        {"!ZERO", 1},
        {"A<B == 1", 1},
        {"1+1==A", 1},
        {"A/ZERO", NAN},
        {"na", NAN},
        {"MISSING+1", NAN},
        {"MISSING==1", NAN},
        {"!MISSING", NAN},
        {"MISSING && ZERO", 0},
        {"ZERO && MISSING", 0},
        {"MISSING && A", NAN},
        {"MISSING || A", 1},
        {"A || MISSING", 1},
        {"MISSING || ZERO", NAN},
        {"mean(A,B,MISSING)", 2.5},
        {"mean(MISSING)", NAN},
        {"sum(A,MISSING,B)", 5},
        {"min(B,A,MISSING)", 2},
        {"max(A,B)", 3},
        {"count(A==2,B==2,MISSING==1)", 1},
        {"count(MISSING==1)", NAN},
        {"first(MISSING,B,A)", 3},
        {"first(MISSING)", NAN},
        {"if(A==2,10,20)", 10},
        {"if(A==3,10,20)", 20},
        {"if(MISSING,10,20)", NAN},
        {"if(A==2,1,MISSING)", 1},
        {"isna(MISSING)", 1},
        {"isna(A)", 0},
        {"isna(A+MISSING)", 1},
        {"hours(TIME)", 7.5},
        {"floor(2.7)", 2},
        {"floor(-2.5)", -3},
        {"abs(-2)", 2},
        {"log(1)", 0},
        {"log(ZERO)", NAN},
        {"tally(OHX??C,1)", 2},
        {"tally(OHX??C,1,2)", 3},
        {"tally(OHX??C,-1)", 0},
        {"tally(OHX03C,1)", NAN},
        {"  mean( A , if( B==3 , 4 , na ) )  ", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double got = eval(cases[i].text);
        if (!(fabs(got - cases[i].want) < 1e-12) && !(isnan(got) && isnan(cases[i].want))) {
            fail_msg("%s: got %g, want %g", cases[i].text, got, cases[i].want);
        }
    }
}

static void test_a_parser_notes_how_variables_are_used(void **state)
{
    (void)state;
    MkArena *arena = mk_arena_new(0);
    MkExpr *e = NULL;
    assert_int_equal(
        mk_expr_parse(arena, "first(P.A,B+1) + hours(C) + isna(D) + tally(E??,X,Y)", "w", &e, NULL),
        MK_OK);
    assert_int_equal(e->n_variables, 5);
    assert_int_equal(e->variables[0].rows, MK_ROWS_FIRST);
    assert_string_equal(e->variables[0].table, "P");
    assert_int_equal(e->variables[1].rows, MK_ROWS_ONE);
    assert_int_equal(e->variables[2].use, MK_EXPR_HOURS);
    assert_int_equal(e->variables[3].use, MK_EXPR_PRESENT);
    assert_int_equal(e->variables[4].use, MK_EXPR_WORD);
    assert_true(e->variables[4].is_pattern);
    assert_int_equal(e->variables[4].n_words, 2);
    assert_string_equal(e->variables[4].words[1], "Y");
    mk_arena_free(arena);
}

typedef struct Bad {
    const char *text, *story;
} Bad;

static void test_what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    static const Bad bad[] = {
        {"", "w: found '' at character 1, expected a number, a variable or a function"},
        {"A+", "w: found '' at character 3, expected a number"},
        {"A B", "w: found 'B' at character 3, expected the end or an operator"},
        {"(A", "w: found '' at character 3, expected )"},
        {"A)", "w: found ')' at character 2, expected the end"},
        {"A=1", "w: found '=1' at character 2"},
        {"A & B", "w: found '& B' at character 3"},
        {"foo(A)", "w: found 'A)' at character 5, expected a known function before ("},
        {"if(A,1)", "w: found ')' at character 7, expected three arguments"},
        {"floor(A,B)", "w: found ')' at character 10, expected , or )"},
        {"mean()", "w: found ')' at character 6, expected a number"},
        {"hours(1)", "w: found '' at character 9, expected hours(VARIABLE)"},
        {"1.2.3", "w: found '1.2.3' at character 1, expected a number"},
        {"T.", "w: found '' at character 3, expected the name of a variable"},
        {"T.1", "w: found '1' at character 3, expected the name of a variable"},
        {"tally(X?)", "w: found ')' at character 9, expected codes"},
        {"tally(X?,1,Y)", "w: found '' at character 14, expected only numbers or only words"},
        {"tally(X?,)", "w: found ')' at character 10, expected a code"},
        {"tally(1,1)", "w: found '1,1)' at character 7, expected a pattern"},
        {"A ? B", "w: found '? B' at character 3"},
        {"\"x\"", "w: found '\"x\"' at character 1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        MkArena *arena = mk_arena_new(0);
        MkExpr *e = NULL;
        MkError err = {0};
        assert_int_equal(mk_expr_parse(arena, bad[i].text, "w", &e, &err), MK_EFORMAT);
        if (strstr(err.text, bad[i].story) != err.text) {
            fail_msg("%s: got '%s', want '%s'", bad[i].text, err.text, bad[i].story);
        }
        assert_null(e);
        mk_arena_free(arena);
    }
}

static void test_depth_and_length_are_bounded(void **state)
{
    (void)state;
    static const char *const parts[] = {"(", "-", "A+", "mean(A,", "!"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const size_t n = 100000, len = strlen(parts[i]);
        char *text = calloc(n, len + 1);
        assert_non_null(text);
        for (size_t k = 0; k < n; k++) {
            memcpy(text + k * len, parts[i], len);
        }
        text[n * len] = '\0';
        MkArena *arena = mk_arena_new(0);
        MkExpr *e = NULL;
        MkError err = {0};
        assert_int_equal(mk_expr_parse(arena, text, "w", &e, &err), MK_EFORMAT);
        mk_arena_free(arena);
        free(text);
    }
}

static void test_a_pattern_matches_whole_names(void **state)
{
    (void)state;
    assert_true(mk_expr_match("OHX??TC", "OHX02TC"));
    assert_false(mk_expr_match("OHX??TC", "OHX02CTC"));
    assert_false(mk_expr_match("OHX??", "OHX0"));
    assert_false(mk_expr_match("OHX", "OHX0"));
    assert_true(mk_expr_match("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions_have_their_values),
        cmocka_unit_test(test_a_parser_notes_how_variables_are_used),
        cmocka_unit_test(test_what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(test_depth_and_length_are_bounded),
        cmocka_unit_test(test_a_pattern_matches_whole_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

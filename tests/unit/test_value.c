#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/data/value.h"

static const char text_schema[] =
    "name\ttype\tlabel\tunit\tlevels\tmin\tmax\n"
    "age\tcount\tAge\tyears\t\t20\t100\n"
    "weight\tpositive\tWeight\tkg\t\t20\t400\n"
    "height\tpositive\tHeight\tcm\t\t100\t230\n"
    "smoking\tcategorical\tSmoking\t\t0=never|1=former|2=current\n"
    "eats\tordinal\tEats out\t\t0=never|1=rarely|2=some times, or more\n"
    "z\treal\tZ score\n"
    "hba1c\tpositive\tHbA1c\t%\t\t2\t20\n"
    "hdl_cholesterol\tpositive\tHDL\tmg/dL\t\t5\t300\n"
    "glucose_fasting\tpositive\tGlucose\tmg/dL\t\t20\t700\n"
    "triglycerides\tpositive\tTriglycerides\tmg/dL\n"
    "creatinine\tpositive\tCreatinine\tmg/dL\n"
    "uric_acid\tpositive\tUric acid\tmg/dL\n"
    "hemoglobin\tpositive\tHemoglobin\tg/dL\n"
    "systolic_bp\tpositive\tBlood pressure\tmmHg\n"
    "sleep_hours\tpositive\tSleep\th\t\t0\t24\n"
    "vigorous_work\tpositive\tVigorous work\tmin/day\t\t0\t1440\n"
    "energy_intake\tpositive\tEnergy\tkcal\n"
    "body_temperature\treal\tTemperature\t\xC2\xB0"
    "C\n"
    "folate_rbc\tpositive\tFolate\tng/mL\n"
    "albumin_creatinine_ratio\tpositive\tAlbumin to creatinine\tmg/g\n"
    "lead\tpositive\tLead\t\xC2\xB5g/dL\n"
    "serum_sodium\tpositive\tSodium\tmmol/L\n"
    "insulin\tpositive\tInsulin\t\xC2\xB5U/mL\n"
    "cholesterol_glucose\tpositive\tOdd\tmg/dL\n";

static int open_schema(void **state)
{
    MkSchema *s = NULL;
    MkError err = {0};
    const MkStatus st = mk_schema_parse(text_schema, strlen(text_schema), "s.tsv", &s, &err);
    *state = s;
    return st == MK_OK ? 0 : -1;
}

static int close_schema(void **state)
{
    mk_schema_free(*state);
    return 0;
}

static const MkAttribute *find(void **state, const char *name)
{
    const MkSchema *s = *state;
    size_t id = 0;
    assert_true(mk_schema_find(s, name, &id));
    return &s->attributes[id];
}

typedef struct Case {
    const char *attribute, *text, *printed, *shown;
} Case;

static void test_values_parse_print_and_show(void **state)
{
    static const Case cases[] = {
        {"age", "45", "45", "45 years"},
        {"age", " 40 .. 50 ", "40..50",
         "40\xE2\x80\x93"
         "50 years"},
        {"age", "40..", "40..", "at least 40 years"},
        {"age", "..50", "..50", "at most 50 years"},
        {"age", "45..45", "45", "45 years"},
        {"weight", "70.5kg", "70.5", "70.5 kg"},
        {"weight", "180lb", "81.6466266", "81.6466 kg"},
        {"weight", "11st 4lb", "71.6675945", "71.6676 kg"},
        {"weight", "150lb..80kg", "68.0388555..80",
         "68.0389\xE2\x80\x93"
         "80 kg"},
        {"height", "5ft11in", "180.34", "180.34 cm"},
        {"height", "1.8 m", "180", "180 cm"},
        {"height", "71 inches", "180.34", "180.34 cm"},
        {"smoking", "never", "never", "never"},
        {"smoking", "2", "current", "current"},
        {"smoking", "{never, former}", "{never,former}", "never or former"},
        {"smoking", "{former}", "former", "former"},
        {"smoking", "{0,1,2}", "{never,former,current}", "never, former or current"},
        {"eats", "some times, or more", "some times, or more", "some times, or more"},
        {"eats", "{never,2}", "{never,2}", "never or some times, or more"},
        {"eats", "rarely..", "{rarely,2}", "rarely or some times, or more"},
        {"eats", "..rarely", "{never,rarely}", "never or rarely"},
        {"z", "-1.5", "-1.5", "-1.5"},
        {"z", "-2..-1e-1", "-2..-0.1", "-2\xE2\x80\x93-0.1"},
        {"hba1c", "5.7%", "5.7", "5.7 %"},
        {"weight", "150..200lb", "68.0388555..90.718474",
         "68.0389\xE2\x80\x93"
         "90.7185 kg"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const MkAttribute *a = find(state, cases[i].attribute);
        MkValue value, again;
        MkError err = {0};
        MkBuf buf;
        mk_buf_init(&buf);
        if (mk_value_parse(a, cases[i].text, &value, &err) != MK_OK) {
            fail_msg("%s", err.text);
        }
        mk_value_print(a, &value, &buf);
        assert_string_equal(buf.data, cases[i].printed);
        assert_int_equal(mk_value_parse(a, buf.data, &again, &err), MK_OK);
        assert_true(mk_value_equal(&value, &again));
        mk_buf_clear(&buf);
        mk_value_show(a, &value, &buf);
        assert_string_equal(buf.data, cases[i].shown);
        mk_buf_release(&buf);
    }
}

static void test_wrong_values_say_what_was_found_and_expected(void **state)
{
    static const Case bad[] = {
        {"age", "45.5", "age: found '45.5', expected a whole number from 20 to 100 (years)", ""},
        {"age", "101", "age: found '101', expected a whole number", ""},
        {"age", "", "age: found ''", ""},
        {"age", "..", "age: found '..'", ""},
        {"age", "50..40", "age: found '50..40', expected a range such as LOW..HIGH", ""},
        {"age", "40..500", "age: found '500', expected", ""},
        {"age", "nan", "age: found 'nan'", ""},
        {"age", "0x30", "age: found '0x30'", ""},
        {"age", "1e400", "age: found '1e400'", ""},
        {"age", "45kg", "age: found '45kg'", ""},
        {"weight", "70 80", "weight: found '70 80'", ""},
        {"weight", "-5", "weight: found '-5', expected a number from 20 to 400 (kg)", ""},
        {"weight", "{70}", "weight: found '{70}'", ""},
        {"height", "5ft-3in", "height: found", ""},
        {"smoking", "quit", "smoking: found 'quit', expected never, former, current", ""},
        {"smoking", "", "smoking: found ''", ""},
        {"smoking", "{}", "smoking: found ''", ""},
        {"smoking", "{never,}", "smoking: found ''", ""},
        {"smoking", "never..former", "smoking: found 'never..former'", ""},
        {"eats", "rarely..never", "eats: found 'rarely..never'", ""},
        {"eats", "..", "eats: found '..'", ""},
        {"z", "1 mmol/L", "z: found '1 mmol/L', expected a number", ""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        MkValue value;
        MkError err = {0};
        assert_int_equal(mk_value_parse(find(state, bad[i].attribute), bad[i].text, &value, &err),
                         MK_EINVAL);
        if (strstr(err.text, bad[i].printed) != err.text) {
            fail_msg("got '%s', want '%s'", err.text, bad[i].printed);
        }
    }
}

static void test_a_converted_end_of_the_domain_is_inside(void **state)
{
    MkValue value;
    MkError err = {0};
    const MkAttribute *weight = find(state, "weight");
    assert_int_equal(mk_value_parse(weight, "881.849048739lb", &value, &err), MK_OK);
    assert_close(value.point, 400, 1e-6, 0);
    assert_int_equal(mk_value_parse(weight, "882lb", &value, &err), MK_EINVAL);
}

typedef struct Conversion {
    const char *attribute, *from;
    double x, want;
} Conversion;

static void test_units_convert_as_laboratories_do(void **state)
{
    static const Conversion cases[] = {
        {"weight", "lb", 1, 0.45359237},
        {"weight", "stone", 1, 6.35029318},
        {"height", "ft", 6, 182.88},
        {"height", "in", 1, 2.54},
        {"hba1c", "mmol/mol", 48, 6.5430},
        {"hdl_cholesterol", "mmol/L", 1, 38.665},
        {"glucose_fasting", "mmol/l", 5.5, 99.0858},
        {"triglycerides", "mmol/L", 1, 88.54},
        {"creatinine", "\xC2\xB5mol/L", 88.4, 1.0},
        {"creatinine", "\xCE\xBCmol/L", 88.4, 1.0},
        {"creatinine", "umol/L", 88.4, 1.0},
        {"uric_acid", "umol/L", 59.48, 1.0},
        {"hemoglobin", "g/L", 140, 14},
        {"hemoglobin", "mmol/L", 8.7, 14.019},
        {"systolic_bp", "kPa", 16, 120.01},
        {"sleep_hours", "min", 450, 7.5},
        {"vigorous_work", "h", 2, 120},
        {"vigorous_work", "h/week", 7, 60},
        {"energy_intake", "kJ", 8368, 2000},
        {"body_temperature",
         "\xC2\xB0"
         "F",
         98.6, 37},
        {"body_temperature", "F", 98.6, 37},
        {"folate_rbc", "nmol/L", 22.655, 10},
        {"albumin_creatinine_ratio", "mg/mmol", 3.4, 30.06},
        {"lead", "umol/L", 0.1, 2.072},
        {"lead", "ug/dL", 5, 5},
        {"lead", "\xC2\xB5g/L", 50, 5},
        {"serum_sodium", "mEq/L", 140, 140},
        {"insulin", "pmol/L", 60, 10},
        {"age", "months", 300, 25},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double got = NAN;
        if (!mk_unit_convert(cases[i].from, find(state, cases[i].attribute), cases[i].x, &got)) {
            fail_msg("%s does not convert to %s", cases[i].from, cases[i].attribute);
        }
        assert_close(got, cases[i].want, 0, 1e-3);
    }
}

static void test_units_that_do_not_fit_are_refused(void **state)
{
    static const Conversion cases[] = {
        {"weight", "cm", 1, 0},
        {"weight", "", 1, 0},
        {"weight", "kg/m", 1, 0},
        {"z", "kg", 1, 0},
        {"glucose_fasting", "IU/L", 1, 0},
        {"cholesterol_glucose", "mmol/L", 1, 0},
        {"systolic_bp", "mmol/L", 1, 0},
        {"hba1c", "mmol/L", 1, 0},
        {"glucose_fasting", "mmol", 1, 0},
        {"weight", "a unit of which nobody has ever heard before today", 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double got;
        assert_false(mk_unit_convert(cases[i].from, find(state, cases[i].attribute), 1, &got));
    }
}

static void test_values_of_different_kinds_differ(void **state)
{
    (void)state;
    const MkValue point = {.kind = MK_VALUE_POINT, .point = 1};
    const MkValue set = {.kind = MK_VALUE_SET, .levels = 3},
                  other = {.kind = MK_VALUE_SET, .levels = 5};
    const MkValue range = {.kind = MK_VALUE_RANGE, .low = 1, .high = INFINITY};
    assert_true(mk_value_equal(&range, &range));
    assert_false(mk_value_equal(&point, &set));
    assert_false(mk_value_equal(&set, &other));
    assert_false(mk_value_equal(&range, &point));
}

static void test_a_value_is_found_in_the_evidence(void **state)
{
    (void)state;
    const MkKnown known[] = {{.attribute = 7, .value = {.kind = MK_VALUE_POINT, .point = 1}},
                             {.attribute = 2, .value = {.kind = MK_VALUE_POINT, .point = 5}}};
    const MkEvidence evidence = {.n = 2, .known = known};
    assert_ptr_equal(mk_evidence_find(evidence, 2), &known[1].value);
    assert_null(mk_evidence_find(evidence, 1));
    assert_null(mk_evidence_find((MkEvidence){0}, 2));
}

static void test_evidence_is_laid_over_and_cut(void **state)
{
    const MkKnown under[] = {{.attribute = 1, .value = {.kind = MK_VALUE_POINT, .point = 1}},
                             {.attribute = 2, .value = {.kind = MK_VALUE_POINT, .point = 2}}};
    const MkKnown over[] = {{.attribute = 2, .value = {.kind = MK_VALUE_POINT, .point = 5}},
                            {.attribute = 0, .value = {.kind = MK_VALUE_POINT, .point = 3}}};
    MkArena *arena = mk_arena_new(0);
    MkEvidence both, rest;
    (void)state;
    assert_int_equal(
        mk_evidence_merge(arena, (MkEvidence){2, under}, (MkEvidence){2, over}, &both, NULL),
        MK_OK);
    assert_int_equal(both.n, 3);
    assert_int_equal(both.known[0].attribute, 1);
    assert_true(both.known[1].value.point == 5);
    assert_int_equal(both.known[2].attribute, 0);
    assert_int_equal(mk_evidence_without(arena, both, (const size_t[]){1, 0}, 2, &rest, NULL),
                     MK_OK);
    assert_int_equal(rest.n, 1);
    assert_int_equal(rest.known[0].attribute, 2);
    mk_arena_free(arena);
}

static void test_numbers_are_recorded_as_decimals(void **state)
{
    (void)state;
    static const MkAttribute a = {.name = "x", .type = MK_REAL, .min = -1000, .max = 1e7};
    assert_close(mk_value_recorded(&a, 0.1, 5.4999999), 5.5, 0, 0);
    assert_close(mk_value_recorded(&a, 0.1, 0.3000001), 0.3, 0, 0);
    assert_close(mk_value_recorded(&a, 0, (double)5.6F), 5.6, 0, 0); /* an atom */
    assert_close(mk_value_recorded(&a, 0, 1234567.8), 1234570.0, 0, 0);
    assert_close(mk_value_recorded(&a, 0, 0), 0, 0, 0);
    assert_close(mk_value_recorded(&a, 5, 12.4), 10, 0, 0);
    assert_close(mk_value_recorded(&a, 1, -2000), -1000, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_parse_print_and_show),
        cmocka_unit_test(test_wrong_values_say_what_was_found_and_expected),
        cmocka_unit_test(test_a_converted_end_of_the_domain_is_inside),
        cmocka_unit_test(test_units_convert_as_laboratories_do),
        cmocka_unit_test(test_units_that_do_not_fit_are_refused),
        cmocka_unit_test(test_values_of_different_kinds_differ),
        cmocka_unit_test(test_a_value_is_found_in_the_evidence),
        cmocka_unit_test(test_evidence_is_laid_over_and_cut),
        cmocka_unit_test(test_numbers_are_recorded_as_decimals),
    };
    return cmocka_run_group_tests(tests, open_schema, close_schema);
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/results.h"

#include <math.h>

static const char *const names[] = {"normal", "unhealthy", "walker"};

typedef struct Number {
    const char *attribute, *label, *unit;
    double median[3], low[3], high[3];
    double difference[3], difference_low[3], difference_high[3], probability[3];
} Number;

static const Number numbers[] = {
    {"hdl_cholesterol",
     "HDL cholesterol",
     "mg/dL",
     {52, 41, 53},
     {36, 29, 37},
     {78, 61, 79},
     {0, -11, 1},
     {0, -42, -29},
     {0, 15, 32},
     {0, 0.75, 0.52}},
    {"hba1c",
     "Glycohemoglobin (HbA1c)",
     "%",
     {5.4, 5.6, 5.4},
     {4.8, 5.0, 4.8},
     {6.1, 7.9, 6.0},
     {0, 0.2, 0},
     {0, -0.7, -0.9},
     {0, 2.4, 0.9},
     {0, 0.7, 0.5}},
    {"bmi",
     "Body mass index",
     "kg/m²",
     {23, 34, 23},
     {23, 34, 23},
     {23, 34, 23},
     {0, 11, 0},
     {0, 11, 0},
     {0, 11, 0},
     {0, 1, 0.5}},
};

static void put_number(MkResult *result, MkNode *target, const Number *number, size_t n)
{
    MkNode *values = mk_node_array(result, target, "values");
    for (size_t s = 0; s < n; s++) {
        MkNode *value = mk_node_object(result, values, NULL);
        mk_node_string(result, value, "scenario", names[s]);
        mk_node_number(result, value, "median", number->median[s]);
        MkNode *interval = mk_node_object(result, value, "interval");
        mk_node_number(result, interval, "low", number->low[s]);
        mk_node_number(result, interval, "high", number->high[s]);
    }
    MkNode *differences = mk_node_array(result, target, "differences");
    for (size_t s = 1; s < n; s++) {
        MkNode *difference = mk_node_object(result, differences, NULL);
        mk_node_string(result, difference, "scenario", names[s]);
        mk_node_string(result, difference, "against", names[0]);
        mk_node_number(result, difference, "difference", number->difference[s]);
        MkNode *interval = mk_node_object(result, difference, "interval");
        mk_node_number(result, interval, "low", number->difference_low[s]);
        mk_node_number(result, interval, "high", number->difference_high[s]);
        const bool is_none = fabs(number->probability[s] - 0.5) < 1e-9;
        mk_node_string(result, difference, "direction",
                       is_none ? "none" : (number->difference[s] > 0 ? "higher" : "lower"));
        mk_node_number(result, difference, "probability", number->probability[s]);
    }
}

static void put_smoking(MkResult *result, MkNode *target, size_t n)
{
    static const double shares[3][3] = {{1, 0, 0}, {0, 0, 1}, {0.71, 0.2, 0.09}};
    static const char *const levels[] = {"never", "former", "current"};
    MkNode *values = mk_node_array(result, target, "values");
    for (size_t s = 0; s < n; s++) {
        MkNode *value = mk_node_object(result, values, NULL);
        mk_node_string(result, value, "scenario", names[s]);
        mk_node_string(result, value, "mode", levels[s == 1 ? 2 : 0]);
        MkNode *node = mk_node_object(result, value, "levels");
        for (size_t k = 0; k < 3; k++) {
            mk_node_number(result, node, levels[k], shares[s][k]);
        }
    }
    MkNode *differences = mk_node_array(result, target, "differences");
    for (size_t s = 1; s < n; s++) {
        MkNode *difference = mk_node_object(result, differences, NULL);
        mk_node_string(result, difference, "scenario", names[s]);
        mk_node_number(result, difference, "distance", s == 1 ? 1 : 0.29);
    }
}

static MkNode *add_target(MkResult *result, MkNode *list, const char *name, const char *label)
{
    MkNode *target = mk_node_object(result, list, NULL);
    mk_node_string(result, target, "attribute", name);
    mk_node_string(result, target, "label", label);
    return target;
}

static void put_scenarios(MkResult *result, MkNode *root, size_t n)
{
    static const double bmi[] = {23, 34, 23}, support[] = {0.66, 0.03, 0.72};
    static const char *const smoking[] = {"never", "current", NULL};
    MkNode *list = mk_node_array(result, root, "scenarios");
    for (size_t s = 0; s < n; s++) {
        MkNode *node = mk_node_object(result, list, NULL);
        mk_node_string(result, node, "name", names[s]);
        MkNode *given = mk_node_object(result, node, "given");
        mk_node_number(result, given, "bmi", bmi[s]);
        if (smoking[s] != NULL) {
            mk_node_string(result, given, "smoking", smoking[s]);
        }
        MkNode *percentile = mk_node_object(result, node, "support");
        mk_node_number(result, percentile, "percentile", support[s]);
    }
    mk_node_string(result, root, "base", names[0]);
}

MkResult *result_compare(size_t n_scenarios)
{
    MkResult *result = mk_result_new("compare");
    MkNode *root = mk_node_object(result, NULL, NULL);
    put_scenarios(result, root, n_scenarios);
    MkNode *list = mk_node_array(result, root, "targets");
    put_smoking(result, add_target(result, list, "smoking", "Smoking"), n_scenarios);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        MkNode *target = add_target(result, list, numbers[i].attribute, numbers[i].label);
        put_number(result, target, &numbers[i], n_scenarios);
    }
    mk_result_note(result, "This is association in the data, not causation.");
    (void)mk_result_add_figure(result, "Smoking");
    return result;
}

MkResult *result_card(void)
{
    static const char card[] =
        "# altair 1.0\n\n"
        "A generative model of human health attributes. It describes associations in the data\n"
        "it was trained on; it does not give causes and is not a medical device.\n\n"
        "## Data\n\n"
        "- Population: adults of 20 years and over, civilian and not in institutions, asked and "
        "measured from 2017 to 2020\n"
        "- People: 6494 trained on\n\n"
        "## Measured quality\n\n"
        "| what | bar | reached | holds |\n"
        "| --- | --- | --- | --- |\n"
        "| \\|error\\|/sd of the median, numbers, pooled | at most 0.42 | 0.2942 ± 0.0042 | yes |\n"
        "| interval coverage, numbers, pooled, randomised at atoms | between 0.87 and 0.93 | "
        "0.8512 ± 0.0008 | no |\n\n"
        "| what is known | model | base alone |\n"
        "| --- | --- | --- |\n"
        "| few known | 1.553 | 1.556 |\n\n"
        "## Limits\n\n"
        "One cross-sectional survey: associations, no causes, no change over time. Rare answers "
        "rest on few people.\n";
    MkResult *result = mk_result_new("model");
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", "altair");
    mk_node_string(result, root, "version", "1.0");
    mk_node_number(result, mk_node_object(result, root, "population"), "trained_on", 6494);
    mk_node_number(result, mk_node_object(result, root, "schema"), "attributes", 18);
    mk_node_string(result, root, "card", card);
    return result;
}

/* small_session.h - a session over a model of a few hundred invented people, trained in
 * milliseconds. */
#ifndef MK_TESTS_SMALL_SESSION_H
#define MK_TESTS_SMALL_SESSION_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/train.h"
#include "src/base/rng.h"
#include "src/data/schema.h"
#include "src/data/table.h"
#include "src/script/session.h"

static const char SMALL_SCHEMA[] =
    "name\ttype\tlabel\tunit\tlevels\tmin\tmax\tresolution\n"
    "age\treal\tAge\tyears\t\t18\t100\t1\n"
    "sex\tcategorical\tSex\t\t1=male|2=female\t\t\t\n"
    "bmi\tpositive\tBody mass index\tkg/m²\t\t10\t80\t0.1\n"
    "hba1c\tpositive\tGlycated hemoglobin\t%\t\t3\t20\t0.1\n"
    "smoking\tcategorical\tCigarette smoking\t\t0=never|1=former|2=current\t\t\t\n"
    "smoking_days\tcount\tDays smoked\tdays/month\t\t0\t31\t1\n";

typedef struct Small {
    char folder[256];
    char model_dir[300];
    MkSession *session;
    MkError err;
} Small;

static inline double small_clock(void)
{
    return 0;
}

static inline MkStatus small_train(const char *path, MkError *err)
{
    enum { N = 240 };
    MkSchema *schema = NULL;
    MkTable *table = NULL;
    size_t ids[] = {0, 1, 2, 3, 4, 5};
    MkTrainConfig config;
    mk_train_config_init(&config);
    MK_TRY(mk_train_config_set(&config, "kind", "copula", err));
    MK_TRY(mk_train_config_set(&config, "name", "small", err));
    config.threads = 1;
    MK_TRY(mk_schema_parse(SMALL_SCHEMA, strlen(SMALL_SCHEMA), "small.tsv", &schema, err));
    MK_TRY(mk_table_new(schema, N, ids, 6, false, false, false, &table, err));
    for (size_t i = 0; i < N; i++) {
        MkRng rng = mk_rng(1, MK_RNG_TEST, i);
        const double age = 20 + (double)mk_rng_below(&rng, 60);
        const double bmi = 20 + (double)mk_rng_below(&rng, 150) / 10;
        const size_t smoking = mk_rng_below(&rng, 3);
        const double row[] = {age,
                              (double)mk_rng_below(&rng, 2),
                              bmi,
                              4 + 0.01 * age + 0.03 * bmi + 0.1 * mk_rng_normal(&rng),
                              (double)smoking,
                              smoking == 2 ? (double)mk_rng_below(&rng, 31) : 0.0};
        for (size_t j = 0; j < 6; j++) {
            table->cells[table->column_of[j] * N + i] = row[j];
        }
    }
    MkCohort *cohort = NULL;
    MK_TRY(mk_cohort_new(schema, &table, 1, &cohort, err));
    const MkStatus st =
        mk_train(&config, cohort, path, &(MkTrainHooks){.clock = small_clock}, err);
    mk_cohort_free(cohort);
    mk_schema_free(schema);
    return st;
}

static inline int small_set_up(void **state)
{
    static Small small;
    char path[400];
    const char *tmp = getenv("TMPDIR");
    snprintf(small.folder, sizeof small.folder, "%.200s/small.%ld", tmp != NULL ? tmp : "/tmp",
             (long)getpid());
    snprintf(small.model_dir, sizeof small.model_dir, "%s/model", small.folder);
    snprintf(path, sizeof path, "%s/small.safetensors", small.model_dir);
    if (mkdir(small.folder, 0700) != 0 || mkdir(small.model_dir, 0700) != 0 ||
        small_train(path, &small.err) != MK_OK) {
        print_error("%s\n", small.err.text);
        return 1;
    }
    *state = &small;
    return 0;
}

static inline int small_tear_down(void **state)
{
    const Small *small = *state;
    char path[400];
    snprintf(path, sizeof path, "%s/small.safetensors", small->model_dir);
    (void)unlink(path);
    (void)rmdir(small->model_dir);
    (void)rmdir(small->folder);
    return 0;
}

/* A fresh session for each test. */
static inline int small_open(void **state)
{
    Small *small = *state;
    return mk_session_new(&(MkSessionConfig){.paths = {.model_dir = small->model_dir},
                                             .level = 0.9,
                                             .threads = 1},
                          &small->session, &small->err) != MK_OK;
}

static inline int small_close(void **state)
{
    Small *small = *state;
    mk_session_free(small->session);
    small->session = NULL;
    return 0;
}

#endif

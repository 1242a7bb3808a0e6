/* ablations.c - what each choice in training is worth: trains variants of a recipe on the same
 * people and the same base, with the same number of floating-point operations, and judges them on
 * the same validation people.
 *
 *   ablations RECIPE TABLE BASE CSV WORK SEEDS THREADS [VARIANT...]
 *
 * BASE keeps the fitted base between runs (manikin train --keep-base). One line a variant and seed
 * is added to CSV as it is done; what is there already is not trained again, so that an interrupted
 * run goes on. WORK is in 10^12 operations. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/train.h"
#include "model/train_card.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/cohort.h"
#include "src/data/schema.h"

enum { SETTINGS = 6, SEEDS = 16 };

typedef struct Variant {
    const char *name;
    const char *settings[SETTINGS][2];
} Variant;

/* By how much depends on them: what comes first decides defaults. */
static const Variant variants[] = {
    {"default", {{0}}},
    {"one-stage", {{"stage_one", "0"}}},
    {"source-never", {{"source_known", "0"}}},
    {"source-always", {{"source_known", "1"}}},
    {"source-masks-none", {{"mask_source", "0"}}},
    {"source-masks-many", {{"mask_source", "0.6"}}},
    {"draw-equal", {{"draw_power", "0"}}},
    {"draw-people", {{"draw_power", "1"}}},
    {"stage-half", {{"stage_one", "0.5"}}},
    {"chains-none", {{"ordered", "0"}}},
    {"chains-all", {{"ordered", "1"}}},
    {"block-masks-none", {{"mask_block", "0"}}},
    {"random-masks-only",
     {{"mask_block", "0"},
      {"mask_few", "0"},
      {"mask_related", "0"},
      {"mask_anchor", "0"},
      {"mask_source", "0"}}},
    {"width-64", {{"dim", "64"}, {"heads", "2"}}},
    {"width-96", {{"dim", "96"}, {"heads", "3"}}},
    {"no-base", {{"base", "no"}}},
    {"published", {{"published", "yes"}}},
};

enum { N_VARIANTS = sizeof variants / sizeof *variants };

typedef struct Bench {
    const char *csv;
    const char *base;
    MkTrainConfig recipe;
    MkSchema *schema;
    MkCohort *cohort;
    const Variant *variant; /* under way */
    MkTrainConfig config;
    MkStatus status; /* of writing */
    MkError *err;
} Bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- people ---- */

static MkStatus read_people(Bench *b, MkError *err)
{
    MkSchema *part = NULL;
    size_t n = 0;
    MK_TRY(mk_schema_read(b->recipe.schema, &b->schema, err));
    MK_TRY(mk_cohort_read(b->recipe.table, b->schema, MK_OTHER_DROP, &b->cohort, err));
    size_t *const ids = calloc(b->schema->n, sizeof *ids);
    for (size_t j = 0; ids != NULL && j < b->schema->n; j++) {
        if (mk_cohort_has(b->cohort, j)) {
            ids[n++] = j;
        }
    }
    MkStatus st = n > 0 ? mk_schema_subset(b->schema, ids, n, &part, err)
                        : mk_fail(err, MK_EFORMAT, "%s: nobody has anything", b->recipe.table);
    free(ids);
    MK_TRY(st);
    st = mk_cohort_narrow(b->cohort, part, err);
    mk_schema_free(b->schema);
    b->schema = part;
    return st;
}

/* ---- the CSV ---- */

static void print_head(const MkTrainOutcome *o, MkBuf *out)
{
    mk_buf_puts(out, "variant,seed,work,steps,parameters,loss,base,random,blocks,few,related,"
                     "demographics,other_source,untold,told");
    for (size_t s = 0; s < o->n_sources; s++) {
        mk_buf_printf(out, ",%s", o->sources[s].name);
    }
    for (size_t s = 0; s < o->n_sources; s++) {
        mk_buf_printf(out, ",base_%s", o->sources[s].name);
    }
    mk_buf_putc(out, '\n');
}

static double mean(const double *x)
{
    double sum = 0.0, n = 0.0;
    for (int k = 0; k < MK_MASK_KINDS; k++) {
        sum += x[k];
        n += x[k] != 0.0;
    }
    return n > 0.0 ? sum / n : 0.0;
}

static void print_row(const Bench *b, const MkTrainOutcome *o, size_t parameters, MkBuf *out)
{
    mk_buf_printf(out, "%s,%llu,%.1f,%llu,%zu,%.5f,%.5f", b->variant->name,
                  (unsigned long long)b->config.seed, b->config.work, (unsigned long long)o->steps,
                  parameters, mean(o->valid), mean(o->valid_base));
    for (int k = 0; k < MK_MASK_KINDS; k++) {
        mk_buf_printf(out, ",%.5f", o->valid[k]);
    }
    mk_buf_printf(out, ",%.5f,%.5f", o->told[0], o->told[1]);
    for (size_t s = 0; s < o->n_sources; s++) {
        mk_buf_printf(out, ",%.5f", o->sources[s].loss);
    }
    for (size_t s = 0; s < o->n_sources; s++) {
        mk_buf_printf(out, ",%.5f", o->sources[s].base);
    }
    mk_buf_putc(out, '\n');
}

static void write_result(void *ctx, const MkTrainOutcome *o)
{
    Bench *const b = ctx;
    MkBuf text;
    mk_buf_init(&text);
    if (mk_file_exists(b->csv)) {
        b->status = mk_file_read(b->csv, 1 << 22, &text, b->err);
    } else {
        print_head(o, &text);
    }
    if (b->status == MK_OK) {
        print_row(b, o, o->n_network, &text);
        b->status = text.failed ? mk_fail(b->err, MK_ENOMEM, "out of memory")
                                : mk_file_write(b->csv, text.data, text.len, b->err);
    }
    fprintf(stderr, "ablations: %s, seed %llu: %.4f (base %.4f), %llu steps in %.0f s\n",
            b->variant->name, (unsigned long long)b->config.seed, mean(o->valid),
            mean(o->valid_base), (unsigned long long)o->steps, o->step_seconds);
    mk_buf_release(&text);
}

static bool is_done(const Bench *b)
{
    bool found = false;
    MkBuf text, begin;
    mk_buf_init(&text);
    mk_buf_init(&begin);
    mk_buf_printf(&begin, "\n%s,%llu,%.1f,", b->variant->name, (unsigned long long)b->config.seed,
                  b->config.work);
    if (!begin.failed && mk_file_exists(b->csv) &&
        mk_file_read(b->csv, 1 << 22, &text, NULL) == MK_OK && text.data != NULL) {
        found = strstr(text.data, begin.data) != NULL;
    }
    mk_buf_release(&text);
    mk_buf_release(&begin);
    return found;
}

/* ---- training ---- */

static void show(void *ctx, const MkTrainProgress *p)
{
    static double last;
    const Bench *const b = ctx;
    if (now() - last > 10.0) {
        last = now();
        fprintf(stderr,
                "ablations: %s: %s, step %zu, %.0f %%, loss %.4f (base %.4f), %.0f GFLOP/s\n",
                b->variant->name, p->phase, p->step, 100.0 * p->fraction, p->loss, p->base_loss,
                p->gflops);
    }
}

static MkStatus train(Bench *b, const Variant *variant, uint64_t seed, MkError *err)
{
    const MkTrainHooks hooks = {
        .clock = now, .progress = show, .judged = write_result, .ctx = b, .base = b->base};
    b->variant = variant;
    b->config = b->recipe;
    b->config.seed = seed;
    for (size_t i = 0; i < SETTINGS && variant->settings[i][0] != NULL; i++) {
        MK_TRY(
            mk_train_config_set(&b->config, variant->settings[i][0], variant->settings[i][1], err));
    }
    if (is_done(b)) {
        return MK_OK;
    }
    MK_TRY(mk_train(&b->config, b->cohort, NULL, &hooks, err));
    return b->status;
}

static bool is_wanted(const Variant *v, char *const *names, int n)
{
    bool wanted = n == 0;
    for (int i = 0; i < n; i++) {
        wanted = wanted || strcmp(names[i], v->name) == 0;
    }
    return wanted;
}

static size_t read_seeds(const char *text, uint64_t *seeds)
{
    size_t n = 0;
    char *end = NULL;
    for (; n < SEEDS && *(text += strspn(text, " ")) != '\0'; text = end) {
        seeds[n++] = strtoull(text, &end, 10);
        if (end == text) {
            return 0;
        }
    }
    return n;
}

static MkStatus run(Bench *b, char **argv, int argc, MkError *err)
{
    uint64_t seeds[SEEDS];
    const size_t n_seeds = read_seeds(argv[6], seeds);
    mk_train_config_init(&b->recipe);
    MK_TRY(mk_train_recipe_read(argv[1], &b->recipe, err));
    MK_TRY(mk_train_config_set(&b->recipe, "table", argv[2], err));
    MK_TRY(mk_train_config_set(&b->recipe, "work", argv[5], err));
    MK_TRY(mk_train_config_set(&b->recipe, "threads", argv[7], err));
    b->recipe.steps = 0;
    if (n_seeds == 0 || !(b->recipe.work > 0.0)) {
        return mk_fail(err, MK_EINVAL, "no seeds, or no work");
    }
    MK_TRY(read_people(b, err));
    for (size_t s = 0; s < n_seeds; s++) {
        for (size_t v = 0; v < N_VARIANTS; v++) {
            if (is_wanted(&variants[v], argv + 8, argc - 8)) {
                MK_TRY(train(b, &variants[v], seeds[s], err));
            }
        }
    }
    return MK_OK;
}

int main(int argc, char **argv)
{
    MkError err = {0};
    if (argc < 8) {
        fprintf(stderr, "usage: ablations RECIPE TABLE BASE CSV WORK SEEDS THREADS [VARIANT...]\n");
        return 2;
    }
    Bench b = {.base = argv[3], .csv = argv[4], .err = &err};
    const MkStatus st = run(&b, argv, argc, &err);
    if (st != MK_OK) {
        fprintf(stderr, "ablations: %s\n", err.text);
    }
    mk_cohort_free(b.cohort);
    mk_schema_free(b.schema);
    return st == MK_OK ? 0 : 1;
}

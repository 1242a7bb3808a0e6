#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/train_card.h"

#include <string.h>

#include "model/kind.h"
#include "model/nn/blas.h"
#include "model/train_priv.h"
#include "src/base/json.h"

#ifdef PACKAGE_VERSION
#define PROGRAM "manikin " PACKAGE_VERSION
#else
#define PROGRAM "manikin"
#endif

#if defined(__x86_64__)
#define MACHINE "x86-64"
#elif defined(__aarch64__)
#define MACHINE "arm64"
#else
#define MACHINE "other"
#endif

static const char *const mask_names[MK_MASK_KINDS] = {
    "random share hidden", "questionnaires and laboratories hidden",
    "few known",           "related ones known",
    "demographics known",  "what another source has"};

static double share_of_peak(const MkTrainOutcome *o)
{
    return o->step_seconds > 0.0 && o->peak_gflops > 0.0
               ? o->flops / o->step_seconds * 1e-9 / o->peak_gflops
               : 0.0;
}

static void print_quality(const MkTrainOutcome *o, MkBuf *out)
{
    mk_buf_puts(out, "\n## Progress on validation people\n\n"
                     "Mean negative log-likelihood of a hidden cell, nats; smaller is better.\n\n"
                     "| what is known | model | base alone |\n| --- | --- | --- |\n");
    for (int k = 0; k < MK_MASK_KINDS; k++) {
        if (o->valid[k] != 0.0) {
            mk_buf_printf(out, "| %s | %.3f | %.3f |\n", mask_names[k], o->valid[k],
                          o->valid_base[k]);
        }
    }
}

static void print_sources(const MkTrainOutcome *o, MkBuf *out)
{
    mk_buf_puts(out,
                "\n## Sources\n\nWeight: share of all people's. Model, base alone: mean negative "
                "log-likelihood of a hidden cell of\nits validation people, all ways of "
                "hiding, nats.\n\n"
                "| source | people trained on | attributes | weight | model | base alone |\n"
                "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < o->n_sources; i++) {
        const MkTrainSource *const s = &o->sources[i];
        mk_buf_printf(out, "| %s | %zu | %zu | %.3f | ", s->name, s->n_train, s->n_attributes,
                      s->share);
        if (s->n_judged > 0) {
            mk_buf_printf(out, "%.3f | %.3f |\n", s->loss, s->base);
        } else {
            mk_buf_puts(out, "| |\n");
        }
    }
}

static void print_moved(const MkTrainOutcome *o, MkBuf *out)
{
    mk_buf_printf(
        out,
        "\n## What moved\n\nExtended from %s. Its attributes, known from each other, on "
        "the validation people of this training:\nmean negative log-likelihood of a hidden "
        "cell before and after, nats.\n\n"
        "| category | attributes | hidden cells | before | after |\n"
        "| --- | --- | --- | --- | --- |\n",
        o->extended);
    for (size_t i = 0; i < o->n_moved; i++) {
        const MkTrainMoved *const m = &o->moved[i];
        mk_buf_printf(out, "| %s | %zu | %.0f | %.3f | %.3f |\n", m->category, m->n_attributes,
                      m->cells, m->before, m->after);
    }
}

static void print_privacy(const MkTrainConfig *c, const MkTrainOutcome *o, MkBuf *out)
{
    const MkPrivacy *const p = o->privacy;
    mk_buf_printf(
        out,
        "\n## Differential privacy\n\nThis file as a whole is (epsilon, delta)-differentially "
        "private with epsilon %.3g and delta %.3g\nfor one person, which is one row of the "
        "table: whoever has everything but that row, and any\nother knowledge, can hardly "
        "tell whether it says what a person said or was left empty.\n\n",
        p->epsilon, c->dp_delta);
    mk_buf_puts(out, "| release | noise | people of a step | steps |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < p->n; i++) {
        const MkMechanism *const m = &p->mechanisms[i];
        mk_buf_printf(out, "| %s | %.4g | %.4g %% | %zu |\n", m->what, m->sigma, 100.0 * m->rate,
                      m->steps);
    }
    mk_buf_printf(
        out,
        "\nNoise: standard deviation of the normal noise, as a multiple of what one person can "
        "change.\nSampled Gaussian mechanisms, composed by Renyi divergences of order 2 to %d "
        "(best: %d).\n\n"
        "- Covered: every number in this file that comes of people.\n"
        "- Taken as public: the schema with its ranges and levels, how many people there are, "
        "which rows\n  train, the settings.\n"
        "- Not covered: a person with several rows; what was learned of the same people in "
        "other ways, as\n  by trying settings on them or by measuring this model on them; the "
        "last bits of floating-point\n  noise; how long the training took.\n",
        (int)MK_PRIVATE_ORDER_MOST, p->order);
    mk_buf_puts(
        out, p->noise.is_seeded
                 ? "- The noise came from a seed that somebody chose (dp_seed): who knows it can "
                   "take the noise away.\n  A test, not for release.\n"
                 : "- The noise came from the operating system; no seed of it exists.\n");
    if (c->dp_delta * (double)o->n_train >= 1.0) {
        mk_buf_puts(out,
                    "- Delta is not below one over the number of people: the guarantee is weak.\n");
    }
}

static void print_words(const char *title, const char *words, MkBuf *out)
{
    if (words[0] != '\0') {
        mk_buf_printf(out, "\n## %s\n\n%s\n", title, words);
    }
}

void mk_train_card_summaries(size_t n_pairs, size_t least, MkBuf *out)
{
    mk_buf_printf(out,
                  "- Summaries: shares of the people trained on in cells of every attribute and of "
                  "%zu pairs, cells of fewer than %zu people left out\n",
                  n_pairs, least);
}

void mk_train_card_structure(const MkSchema *before, const MkSchema *after, MkBuf *out)
{
    size_t skips = 0, rules = 0;
    for (size_t j = 0; j < after->n; j++) {
        skips += strcmp(before->attributes[j].eligible, after->attributes[j].eligible) != 0;
        rules += after->attributes[j].rule[0] != '\0' ? 1 : 0;
    }
    mk_buf_printf(out,
                  "Drawn persons have nothing that they would not have been asked; whom to ask was "
                  "learned from who\nhas an answer for %zu attributes, for the others the schema "
                  "says it. They obey these rules, those\nthat the schema does not say found in "
                  "the people to the recorded step:\n",
                  skips);
    for (size_t j = 0; j < after->n; j++) {
        const MkAttribute *const a = &after->attributes[j];
        if (a->rule[0] != '\0') {
            mk_buf_printf(out, "\n- %s = %s", a->name, a->rule);
        }
    }
    mk_buf_puts(out, rules > 0 ? "\n" : "\nnone\n");
}

void mk_train_card(const MkTrainConfig *c, const MkTrainOutcome *o, MkBuf *out)
{
    mk_buf_printf(out, "# %s %s\n\n", c->name, c->version);
    mk_buf_puts(out, "A generative model of human health attributes for manikin. It describes "
                     "associations in the data\nit was trained on; it does not give causes and is "
                     "not a medical device.\n\n## Data\n\n");
    if (c->population[0] != '\0') {
        mk_buf_printf(out, "- Population: %s\n", c->population);
    }
    if (c->source[0] != '\0') {
        mk_buf_printf(out, "- Source: %s\n", c->source);
    }
    if (c->licence[0] != '\0') {
        mk_buf_printf(out, "- Licence of the data: %s\n", c->licence);
    }
    mk_buf_printf(out,
                  "- People: %zu trained on, %zu to watch progress, %zu held out for judging\n",
                  o->n_train, o->n_valid, o->n_test);
    mk_buf_printf(out, "- Attributes: %zu\n- Survey weights: %s\n", o->n_attributes,
                  c->survey_weights ? "used; the model speaks of the weighted population"
                                    : "not used; the model speaks of the sample");
    if (o->privacy != NULL) {
        mk_buf_puts(out, "- Summaries and gaps: none are kept, as the training was private\n");
    } else {
        mk_train_card_summaries(o->n_pairs, c->smallest_cell, out);
        mk_buf_printf(
            out,
            "- Gaps: what people of each source lack, and together, by classes of at least "
            "%zu people\n"
            "- Smallest cell: nothing is told of fewer than %zu people; counts of people go in "
            "steps of it\n",
            c->smallest_cell, c->smallest_cell);
    }
    print_words("Changes", c->changes, out);
    const MkKind *const kind = mk_kind_find(c->kind);
    mk_buf_printf(out, "\n## Model\n\n- Kind: %s%s (%s)\n", c->kind,
                  c->published ? " with published heads" : "",
                  kind != NULL ? kind->about : "unknown");
    if (o->privacy == NULL) {
        mk_buf_printf(out, "- Base: Gaussian copula of %zu features, EM, %zu iterations\n",
                      o->n_features, c->iterations);
    }
    if (o->n_network > 0) {
        mk_buf_printf(out,
                      "- Network: width %zu, %zu + %zu layers, %zu parameters\n"
                      "- Training: %llu steps of %zu people in %.0f s on %zu threads (%s), %.0f %% "
                      "of measured sgemm peak (%.0f GFLOP/s)\n",
                      c->dim, c->encoder_layers, c->decoder_layers, o->n_network,
                      (unsigned long long)o->steps, c->batch, o->seconds, o->threads, o->core,
                      100.0 * share_of_peak(o), o->peak_gflops);
    }
    mk_buf_printf(out, "- Seed %llu, digest of settings%s %s\n", (unsigned long long)c->seed,
                  o->privacy == NULL ? " and data" : "", o->digest);
    if (o->n_network > 0 && o->n_valid > 0) {
        print_quality(o, out);
    }
    if (o->privacy != NULL) {
        print_privacy(c, o, out);
    }
    if (o->n_sources > 1) {
        print_sources(o, out);
    }
    if (o->extended != NULL) {
        print_moved(o, out);
    }
    print_words("Linkage", c->linkage, out);
    print_words("Limits", c->limits, out);
}

static void add_sources(const MkTrainOutcome *o, MkJson *json)
{
    mk_json_key(json, "sources");
    mk_json_array_begin(json);
    for (size_t i = 0; i < o->n_sources; i++) {
        const MkTrainSource *const s = &o->sources[i];
        mk_json_object_begin(json);
        mk_json_kstring(json, "name", s->name);
        mk_json_ksize(json, "people", s->n_train);
        mk_json_ksize(json, "attributes", s->n_attributes);
        mk_json_kdouble(json, "weight", s->share);
        if (s->n_judged > 0) {
            mk_json_kdouble(json, "loss", s->loss);
            mk_json_kdouble(json, "base_loss", s->base);
        }
        mk_json_object_end(json);
    }
    mk_json_array_end(json);
}

static void add_moved(const MkTrainOutcome *o, MkJson *json)
{
    mk_json_kstring(json, "extended", o->extended);
    mk_json_key(json, "moved");
    mk_json_array_begin(json);
    for (size_t i = 0; i < o->n_moved; i++) {
        const MkTrainMoved *const m = &o->moved[i];
        mk_json_object_begin(json);
        mk_json_kstring(json, "category", m->category);
        mk_json_ksize(json, "attributes", m->n_attributes);
        mk_json_kdouble(json, "cells", m->cells);
        mk_json_kdouble(json, "before", m->before);
        mk_json_kdouble(json, "after", m->after);
        mk_json_object_end(json);
    }
    mk_json_array_end(json);
}

static void add_privacy(const MkTrainConfig *c, const MkPrivacy *p, MkJson *json)
{
    mk_json_key(json, "privacy");
    mk_json_object_begin(json);
    mk_json_kdouble(json, "epsilon", p->epsilon);
    mk_json_kdouble(json, "delta", c->dp_delta);
    mk_json_kstring(json, "unit", "one person, a row of the table, or that row left empty");
    mk_json_kstring(json, "accountant", "Renyi divergences of sampled Gaussian mechanisms");
    mk_json_ksize(json, "order", (size_t)p->order);
    mk_json_kstring(json, "noise_from", p->noise.is_seeded ? "a seed (test)" : "the system");
    mk_json_key(json, "mechanisms");
    mk_json_array_begin(json);
    for (size_t i = 0; i < p->n; i++) {
        const MkMechanism *const m = &p->mechanisms[i];
        mk_json_object_begin(json);
        mk_json_kstring(json, "what", m->what);
        mk_json_kdouble(json, "rate", m->rate);
        mk_json_kdouble(json, "noise", m->sigma);
        mk_json_ksize(json, "steps", m->steps);
        mk_json_object_end(json);
    }
    mk_json_array_end(json);
    mk_json_object_end(json);
}

/* A file's name without the folder: where it lay is nobody's business. */
static void keep_name(char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') {
        path[--n] = '\0';
    }
    const char *const slash = strrchr(path, '/');
    if (slash != NULL && slash[1] != '\0') {
        memmove(path, slash + 1, strlen(slash + 1) + 1);
    }
}

void mk_train_recipe(const MkTrainConfig *config, MkBuf *out)
{
    MkTrainConfig c = *config;
    keep_name(c.table);
    keep_name(c.schema);
    mk_train_config_print(&c, out);
}

void mk_train_manifest(const MkTrainConfig *c, const MkTrainOutcome *o, MkBuf *out)
{
    MkJson json;
    MkBuf recipe;
    mk_buf_init(&recipe);
    mk_train_recipe(c, &recipe);
    mk_json_init(&json, out);
    mk_json_object_begin(&json);
    mk_json_kstring(&json, "recipe", recipe.data);
    mk_json_ksize(&json, "split_seed", (size_t)c->split_seed);
    mk_json_kdouble(&json, "valid", c->valid);
    mk_json_kdouble(&json, "test", c->test);
    if (o->privacy != NULL) { /* which attributes a source shows, and seconds, are of people */
        add_privacy(c, o->privacy, &json);
    } else {
        add_sources(o, &json);
    }
    if (o->extended != NULL) {
        add_moved(o, &json);
    }
    mk_json_kstring(&json, "digest", o->digest);
    mk_json_kstring(&json, "recipe_digest", o->recipe_digest);
    if (o->privacy == NULL) {
        mk_json_kstring(&json, "data_digest", o->data_digest);
    }
    mk_json_kstring(&json, "schema_digest", o->schema_digest);
    mk_json_kstring(&json, "program", PROGRAM);
    mk_json_kstring(&json, "library", mk_blas_config());
    mk_json_kstring(&json, "machine", MACHINE);
    mk_json_kstring(&json, "kernel", o->core);
    mk_json_ksize(&json, "threads", o->threads);
    mk_json_ksize(&json, "steps", (size_t)o->steps);
    if (o->privacy == NULL) {
        mk_json_kdouble(&json, "seconds", o->seconds);
    }
    mk_json_kdouble(&json, "peak_gflops", o->peak_gflops);
    mk_json_kdouble(&json, "share_of_peak", share_of_peak(o));
    mk_json_object_end(&json);
    mk_buf_release(&recipe);
}

/* card.c - the sections of a model's card, in their order. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/card.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "model/small_cells.h"
#include "model/train.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/tsv.h"

static const char unknown[] = "unknown";

typedef struct Card {
    const MkModel *model;
    const MkCard *facts;
    const char *sources_dir;
    json_t *manifest; /* NULL: none, or not readable */
    const char *recipe;
    MkResult *result;
    MkNode *root;
    MkBuf *out;
} Card;

/* ---- what the file says ---- */

/* The words behind a key of the recipe; "" when it is not there. In the result's arena. */
static const char *setting(const Card *c, const char *key)
{
    const size_t len = strlen(key);
    for (const char *line = c->recipe; *line != '\0'; line += line[0] == '\n') {
        const size_t n = strcspn(line, "\n");
        if (n > len && strncmp(line, key, len) == 0 && line[len] == ' ') {
            const char *const text =
                mk_arena_strndup(c->result->arena, line + len + 1, n - len - 1);
            return text != NULL ? text : "";
        }
        line += n;
    }
    return "";
}

static const char *or_unknown(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : unknown;
}

static const char *manifest_text(const Card *c, const char *key)
{
    const char *const text = json_string_value(json_object_get(c->manifest, key));
    return text != NULL ? text : "";
}

static double manifest_number(const Card *c, const char *key)
{
    const json_t *const value = json_object_get(c->manifest, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void heading(const Card *c, const char *title)
{
    mk_buf_printf(c->out, "\n## %s\n\n", title);
}

/* A line of facts; in the JSON under `key` when there is an object. */
static void fact(const Card *c, MkNode *object, const char *key, const char *label,
                 const char *value)
{
    mk_buf_printf(c->out, "- %s: %s\n", label, or_unknown(value));
    if (object != NULL && value != NULL && value[0] != '\0') {
        mk_node_string(c->result, object, key, value);
    }
}

static void count(const Card *c, MkNode *object, const char *key, const char *label, double value)
{
    if (isfinite(value)) {
        mk_buf_printf(c->out, "- %s: %.0f\n", label, value);
        mk_node_number(c->result, object, key, value);
    } else {
        mk_buf_printf(c->out, "- %s: %s\n", label, unknown);
    }
}

/* A cell of a Markdown table. */
static void cell(const Card *c, const char *text)
{
    mk_buf_puts(c->out, " ");
    for (const char *p = or_unknown(text); *p != '\0'; p++) {
        mk_buf_puts(c->out, *p == '|' ? "\\" : "");
        mk_buf_putc(c->out, *p);
    }
    mk_buf_puts(c->out, " |");
}

/* ---- purpose, population ---- */

static void say_purpose(const Card *c)
{
    static const char text[] =
        "Distributions of health attributes of a person or a group given what is known of them: to "
        "explore\nassociations, to plan studies, to fill gaps in tables, to draw synthetic "
        "persons, "
        "to teach. It describes\nassociations in the data it was trained on; it does not give "
        "causes and is not a medical device.";
    heading(c, "Purpose");
    mk_buf_printf(c->out, "%s\n", text);
    mk_node_string(c->result, c->root, "purpose",
                   "associations between health attributes: exploration, planning of studies, "
                   "imputation, synthetic persons, teaching");
}

static void say_population(const Card *c)
{
    MkNode *const object = mk_node_object(c->result, c->root, "population");
    const bool weighted = strcmp(setting(c, "survey_weights"), "yes") == 0;
    heading(c, "Population");
    fact(c, object, "people", "People", setting(c, "population"));
    fact(c, object, "source", "Data", setting(c, "source"));
    fact(c, object, "licence", "Licence of the data", setting(c, "licence"));
    count(c, object, "trained_on", "People trained on", (double)c->facts->n_people);
    if (c->facts->n_people < MK_TRAIN_FEW && json_object_get(c->manifest, "privacy") == NULL) {
        mk_buf_puts(c->out, "- Few people: the file can tell who they were; 'manikin evaluate FILE "
                            "--holdout OTHERS --train TABLE --sections privacy' measures it\n");
    }
    const double valid = manifest_number(c, "valid"), test = manifest_number(c, "test");
    if (isfinite(valid) && isfinite(test)) {
        mk_buf_printf(c->out, "- Kept apart: %.0f %% to watch progress, %.0f %% for judging\n",
                      100.0 * valid, 100.0 * test);
        mk_node_number(c->result, object, "share_to_watch", valid);
        mk_node_number(c->result, object, "share_to_judge", test);
    }
    if (c->recipe[0] != '\0') {
        mk_buf_printf(c->out, "- Survey weights: %s\n",
                      weighted ? "used; the model speaks of the weighted population"
                               : "not used; the model speaks of the sample");
        mk_node_bool(c->result, object, "survey_weights", weighted);
    }
}

/* ---- sources ---- */

typedef struct SourceFile {
    const char *label, *licence; /* "" when it is not said */
} SourceFile;

/* What sources/NAME/source.tsv says, _ of the name as -. */
static SourceFile read_source(const Card *c, const char *name)
{
    SourceFile out = {"", ""};
    MkArena *const arena = c->result->arena;
    char *const path = mk_arena_printf(arena, "%s/%s/source.tsv", c->sources_dir, name);
    MkBuf text;
    MkTsv tsv;
    bool more = true;
    mk_buf_init(&text);
    for (char *p = path != NULL ? path + strlen(c->sources_dir) : NULL; p != NULL && *p != '\0';
         p++) {
        *p = (char)(*p == '_' ? '-' : *p);
    }
    if (path != NULL && strpbrk(name, "/.") == NULL &&
        mk_file_read(path, 1 << 20, &text, NULL) == MK_OK &&
        mk_tsv_begin(&tsv, arena, text.data, text.len, path, NULL) == MK_OK && tsv.n_columns == 2) {
        while (mk_tsv_next(&tsv, &more, NULL) == MK_OK && more) {
            out.label = strcmp(tsv.cells[0], "label") == 0 ? tsv.cells[1] : out.label;
            out.licence = strcmp(tsv.cells[0], "licence") == 0 ? tsv.cells[1] : out.licence;
        }
    }
    mk_buf_release(&text);
    return out;
}

static void say_source(const Card *c, MkNode *list, const json_t *source)
{
    static const char *const keys[] = {"people", "attributes", "weight", "loss", "base_loss"};
    static const int digits[] = {0, 0, 3, 3, 3};
    const char *name = json_string_value(json_object_get(source, "name"));
    name = name != NULL && name[0] != '\0' ? name : "table";
    const SourceFile file = read_source(c, name);
    MkNode *const object = mk_node_object(c->result, list, NULL);
    mk_node_string(c->result, object, "name", name);
    mk_buf_puts(c->out, "|");
    cell(c, name);
    cell(c, file.label);
    cell(c, file.licence);
    if (file.label[0] != '\0') {
        mk_node_string(c->result, object, "label", file.label);
    }
    if (file.licence[0] != '\0') {
        mk_node_string(c->result, object, "licence", file.licence);
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *const value = json_object_get(source, keys[i]);
        if (json_is_number(value)) {
            const double x = json_number_value(value);
            mk_buf_printf(c->out, " %.*f |", digits[i], x);
            mk_node_number(c->result, object, keys[i], x);
        } else {
            mk_buf_puts(c->out, " |");
        }
    }
    mk_buf_putc(c->out, '\n');
}

static void say_sources(const Card *c)
{
    const json_t *const sources = json_object_get(c->manifest, "sources");
    const size_t n = json_array_size(sources);
    heading(c, "Sources");
    if (n == 0) {
        mk_buf_printf(c->out, "%s: the file does not list them\n", unknown);
        return;
    }
    mk_buf_puts(c->out,
                "Weight: share of all people's. Model, base: mean negative log-likelihood of a "
                "hidden cell of its\nvalidation people, nats.\n\n"
                "| source | study, years | licence | people trained on | attributes | weight | "
                "model | base |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    MkNode *const list = mk_node_array(c->result, c->root, "sources");
    for (size_t i = 0; i < n; i++) {
        say_source(c, list, json_array_get(sources, i));
    }
}

/* ---- schema ---- */

/* Attributes that `is_it` puts together: how many, and the mean share of people who have them. */
static void schema_row(const Card *c, MkNode *list, const char *key, const char *name, size_t n,
                       size_t levels, double observed)
{
    MkNode *const object = mk_node_object(c->result, list, NULL);
    mk_node_string(c->result, object, key, name);
    mk_node_number(c->result, object, "attributes", (double)n);
    mk_node_number(c->result, object, "observed", observed / (double)n);
    mk_buf_puts(c->out, "|");
    cell(c, name);
    mk_buf_printf(c->out, " %zu | %zu | %.3f |\n", n, levels, observed / (double)n);
}

static void say_group(const Card *c, MkNode *list, bool is_type)
{
    const MkSchema *const s = mk_model_schema(c->model);
    bool *const told = mk_arena_zeros(c->result->arena, s->n, sizeof *told);
    for (size_t j = 0; told != NULL && j < s->n; j++) {
        const MkAttribute *const a = &s->attributes[j];
        size_t n = 0, levels = 0;
        double observed = 0.0;
        for (size_t k = j; k < s->n && !told[j]; k++) {
            const MkAttribute *const b = &s->attributes[k];
            if (is_type ? a->type == b->type : strcmp(a->category, b->category) == 0) {
                told[k] = k > j;
                levels += b->n_levels;
                observed += mk_model_observed(c->model, k);
                n++;
            }
        }
        if (n > 0) {
            schema_row(c, list, is_type ? "type" : "category",
                       is_type                  ? mk_type_name(a->type)
                       : a->category[0] != '\0' ? a->category
                                                : "none",
                       n, levels, observed);
        }
    }
}

static void say_schema(const Card *c)
{
    MkNode *const object = mk_node_object(c->result, c->root, "schema");
    const size_t n = mk_model_schema(c->model)->n;
    heading(c, "Schema");
    mk_node_number(c->result, object, "attributes", (double)n);
    mk_buf_printf(
        c->out,
        "%zu attributes. Observed: mean share of the people trained on who have a value.\n"
        "\n| type | attributes | levels | observed |\n| --- | --- | --- | --- |\n",
        n);
    say_group(c, mk_node_array(c->result, object, "types"), true);
    mk_buf_puts(c->out, "\n| category | attributes | levels | observed |\n"
                        "| --- | --- | --- | --- |\n");
    say_group(c, mk_node_array(c->result, object, "categories"), false);
}

/* ---- training ---- */

static void say_training(const Card *c)
{
    const bool is_private = mk_model_is_private(c->model); /* nothing is told of its data */
    const char *const texts[][2] = {
        {"digest", is_private ? "Digest of settings" : "Digest of settings and data"},
        {"recipe_digest", "Digest of the recipe"},
        {is_private ? NULL : "data_digest", "Digest of the data"},
        {"schema_digest", "Digest of the schema"},
        {"program", "Program"},
        {"library", "Linear algebra"},
        {"kernel", "Kernels"},
        {"machine", "Machine"}};
    static const char *const numbers[][2] = {
        {"threads", "Threads"}, {"steps", "Steps"}, {"seconds", "Seconds"}};
    MkNode *const object = mk_node_object(c->result, c->root, "training");
    heading(c, "Training");
    fact(c, object, "kind", "Kind", c->facts->kind);
    mk_buf_printf(c->out, "- Parameters: %zu\n", c->facts->n_parameters);
    fact(c, object, "seed", "Seed", setting(c, "seed"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i][0] != NULL) {
            fact(c, object, texts[i][0], texts[i][1], manifest_text(c, texts[i][0]));
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        count(c, object, numbers[i][0], numbers[i][1], manifest_number(c, numbers[i][0]));
    }
    if (c->recipe[0] != '\0') {
        mk_node_string(c->result, object, "recipe", c->recipe);
    }
}

/* ---- measured ---- */

/* Sections that the training wrote and that stand elsewhere here. */
static bool is_composed(const char *title, size_t len)
{
    static const char *const names[] = {"Data", "Model", "Sources", "Limits"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == len && strncmp(title, names[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* What was written into the file, section by section; says which of `names` were there. */
static void say_written(const Card *c, const char *const *names, size_t n_names, bool *is_there)
{
    MkNode *const list = mk_node_array(c->result, c->root, "sections");
    const char *at = strstr(c->facts->text, "\n## ");
    while (at != NULL) {
        const char *const title = at + strlen("\n## ");
        const size_t len = strcspn(title, "\n");
        const char *const next = strstr(title, "\n## ");
        const char *const text = title + len;
        size_t n = next != NULL ? (size_t)(next - text) : strlen(text);
        while (n > 0 && text[n - 1] == '\n') {
            n--;
        }
        for (size_t i = 0; i < n_names; i++) {
            is_there[i] =
                is_there[i] || (strlen(names[i]) == len && strncmp(names[i], title, len) == 0);
        }
        if (!is_composed(title, len)) {
            MkNode *const object = mk_node_object(c->result, list, NULL);
            const char *const kept = mk_arena_strndup(c->result->arena, title, len);
            const size_t skip = strspn(text, "\n") < n ? strspn(text, "\n") : n;
            const char *const body = mk_arena_strndup(c->result->arena, text + skip, n - skip);
            mk_node_string(c->result, object, "title", kept);
            mk_node_string(c->result, object, "text", body);
            heading(c, kept != NULL ? kept : "");
            mk_buf_printf(c->out, "%s\n", body != NULL ? body : "");
        }
        at = next;
    }
}

static void say_measured(const Card *c)
{
    static const char *const names[] = {"Measured quality", "Calibration", "Privacy"};
    enum { N = sizeof names / sizeof *names };
    bool is_there[N] = {false};
    say_written(c, names, N, is_there);
    MkNode *const missing = mk_node_array(c->result, c->root, "not_measured");
    for (size_t i = 0; i < N; i++) {
        if (!is_there[i]) {
            heading(c, names[i]);
            mk_buf_puts(c->out, "not measured\n");
            mk_node_string(c->result, missing, NULL, names[i]);
        }
    }
}

static void say_small_cells(const Card *c)
{
    const bool weighted = strcmp(setting(c, "survey_weights"), "yes") == 0;
    const size_t held = c->facts->smallest_cell, least = held > 0 ? held : 10;
    const MkSmallCells left = mk_model_small_cells(c->model, least, weighted);
    MkNode *const object = mk_node_object(c->result, c->root, "small_cells");
    heading(c, "Small cells");
    if (held > 0) {
        mk_buf_printf(c->out,
                      "No cell or count of fewer than %zu people is told; ends of numbers are "
                      "rounded among the outermost %zu.\n",
                      held, held);
        mk_node_number(c->result, object, "smallest_cell", (double)held);
    } else {
        mk_buf_puts(c->out, "The file was written before small cells were held back everywhere "
                            "(manikin train --renew does it).\n");
    }
    mk_buf_printf(c->out, "\n- Counts of fewer than %zu people in the file: %zu\n", least,
                  left.counts);
    if (weighted) {
        mk_buf_puts(c->out, "- Cells of attributes told apart with fewer: not to be seen in "
                            "weighted shares\n");
    } else {
        mk_buf_printf(c->out, "- Cells of attributes told apart with fewer: %zu\n", left.cells);
        mk_node_number(c->result, object, "cells", (double)left.cells);
    }
    mk_buf_printf(c->out, "- Cells of histograms and pairs left out: %zu\n", left.untold);
    mk_node_number(c->result, object, "counts", (double)left.counts);
    mk_node_number(c->result, object, "left_out", (double)left.untold);
}

/* ---- limits ---- */

static void say_limits(const Card *c)
{
    static const char *const not_for[] = {
        "diagnosis or treatment of a person", "pricing of insurance, or who gets it",
        "decisions about single persons", "claims about causes or effects of a change",
        "finding out who took part in a study"};
    const char *const limits = setting(c, "limits");
    heading(c, "Limits");
    mk_buf_printf(c->out, "%s\n", limits[0] != '\0' ? limits : "The file states none.");
    if (limits[0] != '\0') {
        mk_node_string(c->result, c->root, "limits", limits);
    }
    heading(c, "Not for");
    MkNode *const list = mk_node_array(c->result, c->root, "not_for");
    for (size_t i = 0; i < sizeof not_for / sizeof *not_for; i++) {
        mk_buf_printf(c->out, "- %s\n", not_for[i]);
        mk_node_string(c->result, list, NULL, not_for[i]);
    }
    mk_buf_puts(c->out, "\nAssociation in the data, not causation. Not a medical device.\n");
}

MkStatus mk_card_compose(const MkModel *model, const char *sources_dir, MkResult *result,
                         MkNode *root, MkBuf *out, MkError *err)
{
    const MkCard *const facts = mk_model_card(model);
    Card c = {.model = model,
              .facts = facts,
              .sources_dir = sources_dir != NULL ? sources_dir : "",
              .manifest = json_loads(facts->manifest, 0, NULL),
              .result = result,
              .root = root,
              .out = out};
    const char *const recipe = manifest_text(&c, "recipe");
    c.recipe = mk_arena_strdup(result->arena, recipe);
    c.recipe = c.recipe != NULL ? c.recipe : "";
    mk_buf_printf(out, "# %s %s\n", facts->name, facts->version);
    mk_node_string(result, root, "model", facts->name);
    mk_node_string(result, root, "version", facts->version);
    say_purpose(&c);
    say_population(&c);
    say_sources(&c);
    say_schema(&c);
    say_training(&c);
    say_measured(&c);
    say_small_cells(&c);
    say_limits(&c);
    json_decref(c.manifest);
    MK_TRY(mk_buf_status(out, err));
    return mk_result_status(result, err);
}

MkStatus mk_card_show(MkSession *session, const MkOpened *opened, MkResult *result, MkError *err)
{
    MkStatus st = MK_OK;
    MkBuf text;
    mk_buf_init(&text);
    MkNode *const root = mk_node_object(result, NULL, NULL);
    MK_TRY_GOTO(mk_card_compose(opened->model, session->config.paths.sources_dir, result, root,
                                &text, err));
    result->stream = mk_arena_strndup(result->arena, text.data, text.len);
    result->n_stream = text.len;
    mk_node_string(result, root, "card", text.data);
    if (result->stream == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
        goto done;
    }
    st = mk_card_page(result->stream, result, err);
done:
    mk_buf_release(&text);
    return st;
}

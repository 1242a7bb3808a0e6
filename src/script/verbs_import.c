/* verbs_import.c - import: a study's files as a table, or all studies of a recipe as tables. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/train.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/cohort.h"
#include "src/data/schema.h"
#include "src/data/source.h"
#include "src/data/table.h"
#include "src/eval/sources.h"
#include "src/result/page.h"
#include "src/script/inner.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- one study ---- */

static void show_import_progress(void *ctx, const char *what, size_t done, size_t total)
{
    char line[160];
    snprintf(line, sizeof line, "import: %.100s, %zu of %zu", what, done, total);
    mk_session_progress(ctx, line);
}

/* A folder named SOURCE in sources/, or the folder itself. */
static MkStatus find_source(const MkSession *session, MkArena *arena, const char *said,
                            const char **folder, MkError *err)
{
    const char *sources = session->config.paths.sources_dir;
    if (strchr(said, '/') == NULL && sources != NULL) {
        *folder = mk_arena_printf(arena, "%s/%s", sources, said);
        if (*folder == NULL) {
            return no_memory(err);
        }
        if (mk_file_is_folder(*folder)) {
            return MK_OK;
        }
    }
    if (mk_file_is_folder(said)) {
        *folder = said;
        return MK_OK;
    }
    return mk_fail(err, MK_ENOTFOUND, "no source '%.100s' in %s", said,
                   sources != NULL ? sources : "the data folder");
}

/* The schema beside the source's folder: its own, or the one that all sources share. */
static MkStatus read_schema(MkArena *arena, const char *folder, MkSchema **out, MkError *err)
{
    const char *own = mk_arena_printf(arena, "%s/schema.tsv", folder);
    const char *shared = mk_arena_printf(arena, "%s/../schema.tsv", folder);
    if (own == NULL || shared == NULL) {
        return no_memory(err);
    }
    return mk_schema_read(mk_file_exists(own) ? own : shared, out, err);
}

static MkStatus report_import(const MkTable *table, const MkImportReport *report, MkResult *result,
                              MkError *err)
{
    MkBuf csv;
    mk_buf_init(&csv);
    mk_table_print_header(table, &csv);
    for (size_t i = 0; i < table->n_rows; i++) {
        mk_table_print_row(table, i, &csv);
    }
    MkStatus st = mk_buf_status(&csv, err);
    if (st == MK_OK) {
        result->stream = mk_arena_strndup(result->arena, csv.data, csv.len);
        result->n_stream = csv.len;
        result->table_is_data = true;
        st = result->stream != NULL ? MK_OK : no_memory(err);
    }
    mk_buf_release(&csv);
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_number(result, root, "people", (double)report->n_people);
    mk_node_number(result, root, "left_out", (double)report->n_left_out);
    mk_node_number(result, root, "attributes", (double)report->n_attributes);
    mk_node_number(result, root, "files", (double)report->n_files);
    mk_node_number(result, root, "missing", report->missing_share);
    mk_result_note(result,
                   "%zu people, %zu attributes, %zu files, %.1f %% of the cells missing; "
                   "%zu people left out.",
                   report->n_people, report->n_attributes, report->n_files,
                   100.0 * report->missing_share, report->n_left_out);
    for (size_t i = 0; i < report->n_notes; i++) {
        mk_result_note(result, "%s", report->notes[i]);
    }
    return st;
}

/* The files of one study as a table of the schema. */
static MkStatus import_study(MkSession *session, const MkSchema *schema, const char *folder,
                             const char *const *paths, size_t n_paths, MkTable **table,
                             MkImportReport *report, MkError *err)
{
    return mk_source_import(&(MkImportJob){.source_dir = folder,
                                           .schema = schema,
                                           .paths = paths,
                                           .n_paths = n_paths,
                                           .reader = session->config.paths.reader,
                                           .cancel = session->config.cancel,
                                           .progress = show_import_progress,
                                           .progress_ctx = session},
                            table, report, err);
}

static MkStatus import_source(MkSession *session, const MkCall *call, MkResult *result,
                              MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *const output = mk_call_option(call, "output");
    MkSchema *schema = NULL;
    MkTable *table = NULL;
    MkImportReport report;
    const char *folder = NULL;
    MK_TRY(find_source(session, call->arena, mk_call_first(call), &folder, err));
    const char **paths = mk_arena_array(call->arena, words.n, sizeof *paths);
    if (paths == NULL) {
        return no_memory(err);
    }
    for (size_t i = 1; i < words.n; i++) {
        paths[i - 1] = words.items[i].text;
    }
    MkStatus st = MK_OK;
    MK_TRY_GOTO(read_schema(call->arena, folder, &schema, err));
    MK_TRY_GOTO(import_study(session, schema, folder, paths, words.n - 1, &table, &report, err));
    MK_TRY_GOTO(report_import(table, &report, result, err));
    if (output != NULL) {
        mk_call_at_option(call, "output");
        MK_TRY_GOTO(mk_output_check(output, err));
        MK_TRY_GOTO(mk_output_to(result, output, err));
    }
done:
    mk_table_free(table);
    mk_schema_free(schema);
    return st;
}

/* ---- all studies of a recipe ---- */

static void set_count(MkResult *result, MkResultTable *t, size_t row, size_t column, double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.0f", x);
    mk_result_table_cell(result, t, row, column, text, NULL);
}

static void set_share(MkResult *result, MkResultTable *t, size_t row, size_t column, double x)
{
    char text[32], raw[32];
    snprintf(text, sizeof text, "%.1f %%", 100.0 * x);
    snprintf(raw, sizeof raw, "%.6f", x);
    mk_result_table_cell(result, t, row, column, text, raw);
}

static void set_number(MkResult *result, MkResultTable *t, size_t row, size_t column, double x)
{
    char text[32], raw[32];
    mk_result_table_cell(result, t, row, column, mk_text_number(x, 4, text),
                         mk_text_number(x, 9, raw));
}

static void tell_sources(const MkSourcesReport *r, MkResult *result, MkNode *root)
{
    MkResultTable *const t = mk_result_add_table(result, "Sources", 6, r->n_sources);
    static const char *const heads[] = {"", "source", "people", "attributes", "gaps", "only here"};
    static const char *const keys[] = {"number",     "source",  "people",
                                       "attributes", "missing", "alone"};
    for (size_t c = 0; c < 6; c++) {
        mk_result_table_header(result, t, c, keys[c], heads[c],
                               c == 1 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    mk_node_number(result, root, "people", (double)r->n_people);
    mk_node_number(result, root, "attributes", (double)r->n_attributes);
    mk_node_number(result, root, "missing", r->missing);
    mk_node_number(result, root, "everywhere", (double)r->n_everywhere);
    mk_node_number(result, root, "never_together", r->never_together);
    MkNode *const list = mk_node_array(result, root, "sources");
    for (size_t s = 0; s < r->n_sources; s++) {
        const MkSourceCount *const source = &r->sources[s];
        set_count(result, t, s, 0, (double)s + 1.0);
        mk_result_table_cell(result, t, s, 1, source->name, NULL);
        set_count(result, t, s, 2, (double)source->n_people);
        set_count(result, t, s, 3, (double)source->n_attributes);
        set_share(result, t, s, 4, source->missing);
        set_count(result, t, s, 5, (double)source->n_alone);
        MkNode *const item = mk_node_object(result, list, NULL);
        mk_node_string(result, item, "source", source->name);
        mk_node_number(result, item, "people", (double)source->n_people);
        mk_node_number(result, item, "attributes", (double)source->n_attributes);
        mk_node_number(result, item, "missing", source->missing);
        mk_node_number(result, item, "alone", (double)source->n_alone);
        MkNode *const shared = mk_node_array(result, item, "shared");
        for (size_t u = 0; u < r->n_sources; u++) {
            mk_node_number(result, shared, NULL, (double)r->shared[s * r->n_sources + u]);
        }
    }
}

/* A matrix with a column a source, headed by the sources' numbers. */
static MkResultTable *add_matrix(const MkSourcesReport *r, MkResult *result, const char *title,
                                 const char *key, size_t n_rows)
{
    MkResultTable *const t = mk_result_add_table(result, title, 1 + r->n_sources, n_rows);
    mk_result_table_header(result, t, 0, key, key, MK_ALIGN_LEFT);
    for (size_t s = 0; s < r->n_sources; s++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", s + 1);
        mk_result_table_header(result, t, 1 + s, r->sources[s].name, number, MK_ALIGN_RIGHT);
    }
    return t;
}

static void tell_overlap(const MkSourcesReport *r, MkResult *result)
{
    const size_t n = r->n_sources;
    MkResultTable *const t =
        add_matrix(r, result, "Attributes that two sources share", "source", n);
    for (size_t s = 0; s < n; s++) {
        char name[128];
        snprintf(name, sizeof name, "%zu %.100s", s + 1, r->sources[s].name);
        mk_result_table_cell(result, t, s, 0, name, r->sources[s].name);
        for (size_t u = 0; u < n; u++) {
            set_count(result, t, s, 1 + u, (double)r->shared[s * n + u]);
        }
    }
    MkResultTable *const c =
        add_matrix(r, result, "Attributes by category", "category", r->n_categories);
    for (size_t k = 0; k < r->n_categories; k++) {
        mk_result_table_cell(result, c, k, 0, r->categories[k], NULL);
        for (size_t s = 0; s < n; s++) {
            set_count(result, c, k, 1 + s, (double)r->sources[s].by_category[k]);
        }
    }
}

/* Share of the smaller source's attributes that the other has too, as shades. */
static void draw_overlap(const MkSourcesReport *r, MkResult *result)
{
    const size_t n = r->n_sources;
    MkBuf caption;
    mk_buf_init(&caption);
    for (size_t s = 0; s < n; s++) {
        mk_buf_printf(&caption, "%s%zu %s", s > 0 ? ", " : "", s + 1, r->sources[s].name);
    }
    MkFigure *const f = mk_result_add_figure(result, "Attributes that two sources share");
    if (f != NULL && !caption.failed) {
        f->x_label = "source";
        f->y_label = "source";
        f->caption = mk_arena_strndup(result->arena, caption.data, caption.len);
        f->caption = f->caption == NULL ? "" : f->caption;
        f->x_min = 0.5;
        f->x_max = (double)n + 0.5;
    }
    mk_buf_release(&caption);
    MkSeries *const cells = mk_figure_add_series(result, f, MK_SERIES_CELLS, MK_ROLE_SURVEY,
                                                 "shared attributes", n * n);
    for (size_t s = 0; s < n; s++) {
        for (size_t u = 0; u < n; u++) {
            const double x = (double)u + 1.0, y = (double)s + 1.0;
            mk_series_cell(cells, s * n + u, x - 0.5, x + 0.5, y - 0.5, y + 0.5,
                           (double)r->shared[s * n + u]);
        }
    }
}

enum { MOST_TOLD = 40 };

static void tell_outliers(const MkSourcesReport *r, const MkSchema *schema, MkResult *result,
                          MkNode *root)
{
    const size_t n = r->n_outliers < MOST_TOLD ? r->n_outliers : MOST_TOLD;
    static const char *const keys[] = {"attribute", "source", "people", "low", "high", "farthest"};
    MkResultTable *const t = mk_result_add_table(
        result, "Outliers: farther than 10 robust sd from the source's median", 6, n);
    MkNode *const list = mk_node_array(result, root, "outliers");
    for (size_t c = 0; c < 6; c++) {
        mk_result_table_header(result, t, c, keys[c], keys[c],
                               c < 2 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i < r->n_outliers; i++) {
        const MkOutliers *const o = &r->outliers[i];
        const char *const name = schema->attributes[o->attribute].name;
        MkNode *const item = mk_node_object(result, list, NULL);
        mk_node_string(result, item, "attribute", name);
        mk_node_string(result, item, "source", r->sources[o->source].name);
        mk_node_number(result, item, "people", (double)o->n_people);
        mk_node_number(result, item, "farthest", o->farthest);
        if (i < n) {
            mk_result_table_cell(result, t, i, 0, name, NULL);
            mk_result_table_cell(result, t, i, 1, r->sources[o->source].name, NULL);
            set_count(result, t, i, 2, (double)o->n_people);
            set_number(result, t, i, 3, o->low);
            set_number(result, t, i, 4, o->high);
            set_number(result, t, i, 5, o->farthest);
        }
    }
    if (r->n_outliers > n) {
        mk_result_note(result, "%zu more lists of outliers are in the JSON.", r->n_outliers - n);
    }
}

static void tell_doubts(const MkSourcesReport *r, const MkSchema *schema, MkResult *result,
                        MkNode *root)
{
    const size_t n = r->n_doubts < MOST_TOLD ? r->n_doubts : MOST_TOLD;
    static const char *const keys[] = {"attribute", "source", "median",
                                       "others",    "ratio",  "conversion"};
    MkResultTable *const t =
        mk_result_add_table(result, "Units to look at: medians far from the other sources'", 6, n);
    MkNode *const list = mk_node_array(result, root, "units");
    for (size_t c = 0; c < 6; c++) {
        mk_result_table_header(result, t, c, keys[c], c == 5 ? "like" : keys[c],
                               c < 2 || c == 5 ? MK_ALIGN_LEFT : MK_ALIGN_RIGHT);
    }
    for (size_t i = 0; i < r->n_doubts; i++) {
        const MkUnitDoubt *const d = &r->doubts[i];
        const char *const name = schema->attributes[d->attribute].name;
        MkNode *const item = mk_node_object(result, list, NULL);
        mk_node_string(result, item, "attribute", name);
        mk_node_string(result, item, "source", r->sources[d->source].name);
        mk_node_number(result, item, "median", d->median);
        mk_node_number(result, item, "others", d->others);
        if (d->conversion != NULL) {
            mk_node_string(result, item, "conversion", d->conversion);
        }
        if (i < n) {
            mk_result_table_cell(result, t, i, 0, name, NULL);
            mk_result_table_cell(result, t, i, 1, r->sources[d->source].name, NULL);
            set_number(result, t, i, 2, d->median);
            set_number(result, t, i, 3, d->others);
            set_number(result, t, i, 4, d->ratio);
            mk_result_table_cell(result, t, i, 5, d->conversion == NULL ? "" : d->conversion, NULL);
        }
    }
}

static void tell_all(const MkSourcesReport *r, const MkSchema *schema, MkResult *result)
{
    MkNode *const root = mk_node_object(result, NULL, NULL);
    tell_sources(r, result, root);
    tell_overlap(r, result);
    draw_overlap(r, result);
    tell_outliers(r, schema, result, root);
    tell_doubts(r, schema, result, root);
    mk_result_note(result,
                   "%zu people of %zu sources, %zu attributes, %.1f %% of people x attributes "
                   "missing; %zu attributes in every source; %.1f %% of the pairs of attributes "
                   "were never seen together.",
                   r->n_people, r->n_sources, r->n_attributes, 100.0 * r->missing, r->n_everywhere,
                   100.0 * r->never_together);
}

/* The report beside the tables. */
static MkStatus write_report(const char *folder, MkResult *result, MkError *err)
{
    static const char *const names[] = {"report.json", "report.html", "report.md"};
    MkPage *const page = mk_result_page(result);
    if (page == NULL) {
        return no_memory(err);
    }
    page->title = "What the sources have, and what they share";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *const path = mk_arena_printf(result->arena, "%s/%s", folder, names[i]);
        if (path == NULL) {
            return no_memory(err);
        }
        (void)mk_result_add_effect(result, MK_EFFECT_WRITE, path);
    }
    result->is_shown_too = true;
    return MK_OK;
}

static MkStatus import_one(MkSession *session, const MkTrainStudy *study, const char *data,
                           const char *output, const MkSchema *schema, MkArena *arena,
                           MkResult *result, MkTable **out, MkError *err)
{
    MkImportReport report;
    const char *const files = mk_arena_printf(arena, "%s/%s", data, study->data);
    const char *const path =
        output == NULL ? "" : mk_arena_printf(arena, "%s/%s.csv.gz", output, study->name);
    if (files == NULL || path == NULL) {
        return no_memory(err);
    }
    const MkStatus st = import_study(session, schema, study->folder, &files, 1, out, &report, err);
    if (st != MK_OK) {
        return st;
    }
    for (size_t i = 0; i < report.n_notes; i++) {
        mk_result_note(result, "%s: %s.", study->name, report.notes[i]);
    }
    return output == NULL ? MK_OK : mk_table_write(*out, path, err);
}

static MkStatus import_recipe(MkSession *session, const MkCall *call, MkResult *result,
                              MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *const output = mk_call_option(call, "output");
    MkTrainConfig config;
    MkSchema *schema = NULL;
    MkCohort *cohort = NULL;
    MkTable *tables[MK_TRAIN_STUDIES] = {NULL};
    MkSourcesReport report;
    MkStatus st = MK_OK;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 2, 2, err));
    mk_train_config_init(&config);
    MK_TRY(mk_train_recipe_read(mk_call_first(call), &config, err));
    if (config.n_studies == 0) {
        mk_call_at(call, &words.items[0]);
        return mk_fail(err, MK_EFORMAT, "%.200s: no line 'study FOLDER DATA' to import",
                       mk_call_first(call));
    }
    if (output != NULL) {
        MK_TRY(mk_call_make_folder(call, output, err));
    }
    MK_TRY(mk_schema_read(config.schema, &schema, err));
    for (size_t i = 0; i < config.n_studies; i++) {
        MK_TRY_GOTO(import_one(session, &config.studies[i], words.items[1].text, output, schema,
                               call->arena, result, &tables[i], err));
    }
    st = mk_cohort_new(schema, tables, config.n_studies, &cohort, err);
    memset(tables, 0, sizeof tables); /* taken over */
    MK_TRY_GOTO(st);
    MK_TRY_GOTO(mk_sources_report(cohort, call->arena, &report, err));
    tell_all(&report, schema, result);
    if (output != NULL) {
        MK_TRY_GOTO(write_report(output, result, err));
    }
done:
    for (size_t i = 0; i < config.n_studies; i++) {
        mk_table_free(tables[i]);
    }
    mk_cohort_free(cohort);
    mk_schema_free(schema);
    return st;
}

MkStatus mk_verb_import(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    static const char suffix[] = ".recipe";
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 2, SIZE_MAX, err));
    const char *const first = mk_call_first(call);
    return mk_text_has_suffix(first, strlen(first), suffix)
               ? import_recipe(session, call, result, err)
               : import_source(session, call, result, err);
}

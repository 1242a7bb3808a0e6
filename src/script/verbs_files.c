/* verbs_files.c - export, import: sessions, scripts and tables as files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/schema.h"
#include "src/data/source.h"
#include "src/data/table.h"
#include "src/script/inner.h"
#include "src/script/report.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- export ---- */

/* What was asked last, or all that was asked: same lines, same evidence, same seed, so the same
 * answers. */
static MkStatus ask_again(MkSession *session, bool is_all, const char *path, MkResult *result,
                          MkError *err)
{
    const MkAsked *asked = &session->asked;
    if (is_all) {
        return mk_report_session(session, result, err);
    }
    MK_TRY(mk_report_ask_again(session, asked, result, err));
    if (mk_report_is_path(path)) {
        MK_TRY(mk_report_answer(session, asked->line, asked->state, &asked->settings, result, err));
    }
    return MK_OK;
}

MkStatus mk_verb_export(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    const char *path = mk_call_first(call);
    MK_TRY(mk_output_check(path, err));
    const bool is_all = mk_call_option(call, "session") != NULL;
    if (is_all && !mk_report_is_path(path)) {
        return mk_fail(err, MK_EINVAL, "%.200s: the whole session goes into a report, FILE.html",
                       path);
    }
    if (session->asked.line == NULL) {
        return mk_fail(err, MK_EINVAL, "nothing was asked yet that could be exported");
    }
    MK_TRY(ask_again(session, is_all, path, result, err));
    mk_call_at(call, &call->lists[MK_LIST_WORDS].items[0]);
    return mk_output_to(result, path, err);
}

/* ---- import ---- */

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

MkStatus mk_verb_import(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    MkSchema *schema = NULL;
    MkTable *table = NULL;
    MkImportReport report;
    const char *folder = NULL;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 2, SIZE_MAX, err));
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
    MK_TRY_GOTO(mk_source_import(&(MkImportJob){.source_dir = folder,
                                                .schema = schema,
                                                .paths = paths,
                                                .n_paths = words.n - 1,
                                                .reader = session->config.paths.reader,
                                                .cancel = session->config.cancel,
                                                .progress = show_import_progress,
                                                .progress_ctx = session},
                                 &table, &report, err));
    MK_TRY_GOTO(report_import(table, &report, result, err));
done:
    mk_table_free(table);
    mk_schema_free(schema);
    return st;
}

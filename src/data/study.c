#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/study.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"

enum { N_SUFFIXES = 6, MAX_NOTES = 64 };
static const char *const suffixes[N_SUFFIXES] = {".xpt", ".xpt.gz", ".xpt.xz",
                                                 ".csv", ".csv.gz", ".csv.xz"};

static MkStatus no_memory(const MkStudy *study, MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "%s: out of memory", study->info->origin);
}

void mk_study_note(MkStudy *study, const char *fmt, ...)
{
    if (study->notes == NULL) {
        study->notes = mk_arena_array(study->arena, MAX_NOTES, sizeof *study->notes);
    }
    if (study->notes == NULL || study->n_notes == MAX_NOTES) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    char *text = mk_arena_vprintf(study->arena, fmt, args);
    va_end(args);
    if (text != NULL) {
        study->notes[study->n_notes++] = text;
    }
}

MkStudyTable *mk_study_table(MkStudy *study, const char *name)
{
    for (size_t i = 0; i < study->n_tables; i++) {
        if (strcmp(study->tables[i].name, name) == 0) {
            return &study->tables[i];
        }
    }
    return NULL;
}

/* --- what is needed
 * --------------------------------------------------------------------------------- */

static MkStatus add_table(MkStudy *study, const char *name, MkStudyTable **out, MkError *err)
{
    *out = mk_study_table(study, name);
    if (*out != NULL) {
        return MK_OK;
    }
    if (study->n_tables == study->cap_tables) {
        const size_t cap = study->cap_tables == 0 ? 32 : 2 * study->cap_tables;
        MkStudyTable *grown = mk_arena_array(study->arena, cap, sizeof *grown);
        if (grown == NULL) {
            return no_memory(study, err);
        }
        if (study->n_tables > 0) {
            memcpy(grown, study->tables, study->n_tables * sizeof *grown);
        }
        study->tables = grown;
        study->cap_tables = cap;
    }
    const char *const pattern = study->info->table, *const mark = strstr(pattern, "{}");
    const char *const file =
        mk_arena_printf(study->arena, "%.*s%s%s", (int)(mark - pattern), pattern, name, mark + 2);
    if (file == NULL) {
        return no_memory(study, err);
    }
    *out = &study->tables[study->n_tables++];
    **out = (MkStudyTable){.name = name, .file = file, .repeated = {MK_NO_ROW, MK_NO_ROW}};
    return MK_OK;
}

static MkStatus add_name(MkStudy *study, MkStudyTable *table, const char *name, MkError *err)
{
    for (size_t i = 0; i < table->n_keep; i++) {
        if (strcmp(table->keep[i], name) == 0) {
            return MK_OK;
        }
    }
    if (table->n_keep == table->cap_keep) {
        const size_t cap = table->cap_keep == 0 ? 16 : 2 * table->cap_keep;
        const char **grown = mk_arena_array(study->arena, cap, sizeof *grown);
        if (grown == NULL) {
            return no_memory(study, err);
        }
        if (table->n_keep > 0) {
            memcpy(grown, table->keep, table->n_keep * sizeof *grown);
        }
        table->keep = grown;
        table->cap_keep = cap;
    }
    table->keep[table->n_keep++] = name;
    return MK_OK;
}

static void note_need(MkStudyTable *table, size_t line, const char *attribute)
{
    const size_t room = sizeof table->needed_by / sizeof *table->needed_by;
    if (table->line == 0) {
        table->line = line;
    }
    if (attribute == NULL || (table->n_needed_by > 0 && table->n_needed_by <= room &&
                              table->needed_by[table->n_needed_by - 1] == attribute)) {
        return;
    }
    if (table->n_needed_by < room) {
        table->needed_by[table->n_needed_by] = attribute;
    }
    table->n_needed_by++;
}

static MkStatus add_expr(MkStudy *study, const MkExpr *expr, const char *file, size_t line,
                         const char *attribute, MkError *err)
{
    for (size_t i = 0; expr != NULL && i < expr->n_variables; i++) {
        const MkExprVariable *v = &expr->variables[i];
        MkStudyTable *table;
        MK_TRY(add_table(study, v->table[0] == '\0' ? file : v->table, &table, err));
        note_need(table, line, attribute);
        if (v->is_pattern) {
            table->keeps_all = true;
        } else {
            MK_TRY(add_name(study, table, v->name, err));
        }
    }
    return MK_OK;
}

static MkStatus list_needs(MkStudy *study, MkError *err)
{
    const MkSourceInfo *info = study->info;
    MkStudyTable *base;
    MK_TRY(add_table(study, info->base, &base, err));
    MK_TRY(add_expr(study, info->include, info->base, 0, NULL, err));
    MK_TRY(add_expr(study, info->weight, info->base, 0, NULL, err));
    for (size_t i = 0; i < study->mapping->n_rows; i++) {
        const MkMappingRow *row = &study->mapping->rows[i];
        const char *name = study->schema->attributes[row->attribute].name;
        MK_TRY(add_expr(study, row->value, row->file, row->line, name, err));
        MK_TRY(add_expr(study, row->eligible, row->file, row->line, name, err));
        for (size_t k = 0; k < row->n_skips; k++) {
            MK_TRY(add_expr(study, row->skips[k].condition, row->file, row->line, name, err));
        }
    }
    for (size_t t = 0; t < study->n_tables && info->person[0] != '\0'; t++) {
        MK_TRY(add_name(study, &study->tables[t], info->person, err));
    }
    if (info->person[0] == '\0' && study->n_tables > 1) {
        const MkStudyTable *const other = &study->tables[1];
        return mk_fail(err, MK_EFORMAT,
                       "%s: the key person is missing, but the mapping also reads %s (line %zu): "
                       "files are put together by person",
                       info->origin, other->name, other->line);
    }
    return MK_OK;
}

/* --- where the files are
 * ------------------------------------------------------------------------------ */

/* Is this file name TABLE.xpt, packed or not, whatever its case? */
static bool is_file_of(const char *file, const char *table)
{
    const size_t n = strlen(table);
    if (strlen(file) <= n || file[n] != '.') {
        return false;
    }
    char stem[256];
    if (n >= sizeof stem) {
        return false;
    }
    memcpy(stem, file, n);
    stem[n] = '\0';
    bool is_known = false;
    for (size_t s = 0; s < N_SUFFIXES; s++) {
        is_known = is_known || mk_text_same_nocase(file + n, suffixes[s]);
    }
    return is_known && mk_text_same_nocase(stem, table);
}

/* Offers a file to the tables; true when one of them is called so. Of two, the unpacked one is
 * taken. */
static bool offer(MkStudy *study, const char *folder, const char *file)
{
    for (size_t t = 0; t < study->n_tables; t++) {
        MkStudyTable *table = &study->tables[t];
        if (!is_file_of(file, table->file)) {
            continue;
        }
        char *path = folder == NULL ? mk_arena_strdup(study->arena, file)
                                    : mk_arena_printf(study->arena, "%s/%s", folder, file);
        const char *old = table->path;
        const bool is_better = old == NULL || (path != NULL && strlen(path) < strlen(old));
        if (old != NULL && path != NULL) {
            mk_study_note(study, "%s is there twice: %s is read, %s is not", table->file,
                          is_better ? path : old, is_better ? old : path);
        }
        table->path = is_better ? path : old;
        return true;
    }
    return false;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static MkStatus offer_folder(MkStudy *study, const char *folder, MkError *err)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return mk_fail(err, MK_EIO, "%s: %s", folder, strerror(errno));
    }
    size_t n = 0, cap = 0;
    const char **names = NULL;
    MkStatus st = MK_OK;
    for (const struct dirent *e = readdir(dir); e != NULL && st == MK_OK; e = readdir(dir)) {
        if (n == cap) {
            cap = cap == 0 ? 256 : 2 * cap;
            const char **grown = mk_arena_array(study->arena, cap, sizeof *grown);
            if (grown != NULL && n > 0) {
                memcpy(grown, names, n * sizeof *grown);
            }
            names = grown;
        }
        char *name = mk_arena_strdup(study->arena, e->d_name);
        if (names == NULL || name == NULL) {
            st = no_memory(study, err);
        } else {
            names[n++] = name;
        }
    }
    closedir(dir);
    if (st == MK_OK && n > 0) {
        qsort(names, n, sizeof *names,
              compare_names); /* the same choice whatever the file system */
    }
    for (size_t i = 0; st == MK_OK && i < n; i++) {
        (void)offer(study, folder, names[i]);
    }
    return st;
}

static MkStatus find_files(MkStudy *study, const MkImportJob *job, MkError *err)
{
    for (size_t i = 0; i < job->n_paths; i++) {
        const char *path = job->paths[i];
        const char *slash = strrchr(path, '/');
        if (mk_file_is_folder(path)) {
            MK_TRY(offer_folder(study, path, err));
            continue;
        }
        if (!mk_file_exists(path)) {
            return mk_fail(err, MK_EIO, "%s: no such file or folder", path);
        }
        char *folder =
            slash == NULL ? NULL : mk_arena_strndup(study->arena, path, (size_t)(slash - path));
        if (!offer(study, folder, slash == NULL ? path : slash + 1)) {
            mk_study_note(study, "%s is no file of source %s and was not read", path,
                          study->info->name);
        }
    }
    return MK_OK;
}

/* The address of a table's file: {file} in the source's address stands for the table. */
static void add_url(const char *url, const char *table, MkBuf *buf)
{
    static const char mark[] = "{file}";
    const char *at = strstr(url, mark);
    if (at == NULL) {
        mk_buf_puts(buf, url);
        return;
    }
    mk_buf_add(buf, url, (size_t)(at - url));
    mk_buf_printf(buf, "%s%s", table, at + strlen(mark));
}

static void add_users(const MkStudyTable *table, MkBuf *buf)
{
    const size_t room = sizeof table->needed_by / sizeof *table->needed_by;
    const size_t n = table->n_needed_by < room ? table->n_needed_by : room;
    for (size_t i = 0; i < n; i++) {
        mk_buf_printf(buf, "%s%s", i > 0 ? ", " : "", table->needed_by[i]);
    }
    if (table->n_needed_by > n) {
        mk_buf_printf(buf, " and %zu more", table->n_needed_by - n);
    }
    mk_buf_puts(buf, n == 0 ? "every attribute" : "");
}

static MkStatus check_found(const MkStudy *study, MkError *err)
{
    const MkStudyTable *missing = NULL;
    size_t n = 0;
    MkBuf text, others;
    mk_buf_init(&text);
    mk_buf_init(&others);
    for (size_t t = 0; t < study->n_tables; t++) {
        const MkStudyTable *table = &study->tables[t];
        if (table->path != NULL) {
            continue;
        }
        n++;
        if (missing == NULL) {
            missing = table;
        } else if (n <= 6) {
            mk_buf_printf(&others, "%s%s", n == 2 ? "; missing too: " : ", ", table->file);
        }
    }
    if (n > 6) {
        mk_buf_printf(&others, " and %zu more", n - 6);
    }
    MkStatus st = MK_OK;
    if (missing != NULL) {
        mk_buf_printf(&text, "%s.xpt (or .csv): no such file among those given, needed by ",
                      missing->file);
        add_users(missing, &text);
        mk_buf_puts(&text, others.data);
        if (study->info->url[0] != '\0') {
            mk_buf_puts(&text, "; get it from ");
            add_url(study->info->url, missing->file, &text);
        }
        st = mk_fail(err, MK_EIO, "%s", text.data);
    }
    mk_buf_release(&text);
    mk_buf_release(&others);
    return st;
}

/* --- reading
 * ------------------------------------------------------------------------------------------- */

/* Ids as text: whole numbers without a decimal mark. */
static MkStatus person_text(MkStudy *study, const MkStudyTable *table,
                            const MkSurveyVariable *person, size_t row, const char **out,
                            MkError *err)
{
    if (person->text != NULL) {
        *out = person->text[row];
    } else {
        const double x = person->number[row];
        *out = "";
        if (x == floor(x) && fabs(x) < 1e15) {
            char text[32];
            snprintf(text, sizeof text, "%.0f", x);
            *out = mk_arena_strdup(study->arena, text);
        }
    }
    if (*out == NULL) {
        return no_memory(study, err);
    }
    if (**out == '\0') {
        return mk_fail(
            err, MK_EFORMAT,
            "%s: row %zu: variable %s: found no person, expected a whole number or a text",
            table->path, row + 1, person->name);
    }
    return MK_OK;
}

/* Without a variable that names them: person i is row i, from 1. */
static MkStatus number_people(MkStudy *study, MkStudyTable *table, MkError *err)
{
    const size_t n = table->survey.n_rows;
    table->ids = mk_arena_array(study->arena, n, sizeof *table->ids);
    for (size_t row = 0; table->ids != NULL && row < n; row++) {
        table->ids[row] = mk_arena_printf(study->arena, "%zu", row + 1);
        if (table->ids[row] == NULL) {
            return no_memory(study, err);
        }
    }
    return table->ids == NULL ? no_memory(study, err) : MK_OK;
}

/* Chains the rows of every person in file order. */
static MkStatus index_people(MkStudy *study, MkStudyTable *table, MkError *err)
{
    const MkSurveyVariable *person = NULL;
    const size_t n = table->survey.n_rows;
    for (size_t v = 0; v < table->survey.n_variables; v++) {
        if (strcmp(table->survey.variables[v].name, study->info->person) == 0) {
            person = &table->survey.variables[v];
        }
    }
    if (person == NULL) {
        return mk_fail(err, MK_EFORMAT, "%s: no variable %s, which names the person (%s)",
                       table->path, study->info->person, study->info->origin);
    }
    table->ids = mk_arena_array(study->arena, n, sizeof *table->ids);
    table->next_row = mk_arena_array(study->arena, n, sizeof *table->next_row);
    size_t *last_row = mk_arena_array(study->arena, n, sizeof *last_row); /* by first row */
    table->first_row = mk_map_new();
    if (table->ids == NULL || table->next_row == NULL || last_row == NULL ||
        table->first_row == NULL) {
        return no_memory(study, err);
    }
    for (size_t row = 0; row < n; row++) {
        size_t first;
        MK_TRY(person_text(study, table, person, row, &table->ids[row], err));
        table->next_row[row] = MK_NO_ROW;
        if (mk_map_get(table->first_row, table->ids[row], &first)) {
            table->next_row[last_row[first]] = row;
            last_row[first] = row;
            if (table->repeated[0] == MK_NO_ROW) {
                table->repeated[0] = first;
                table->repeated[1] = row;
            }
        } else {
            last_row[row] = row;
            if (mk_map_put(table->first_row, table->ids[row], row) != MK_OK) {
                return no_memory(study, err);
            }
        }
    }
    return MK_OK;
}

static MkStatus read_tables(MkStudy *study, const MkImportJob *job, MkError *err)
{
    for (size_t t = 0; t < study->n_tables; t++) {
        MkStudyTable *table = &study->tables[t];
        if (job->progress != NULL) {
            job->progress(job->progress_ctx, table->name, t, study->n_tables);
        }
        MK_TRY(mk_survey_read(table->path, job->reader, table->keeps_all ? NULL : table->keep,
                              table->keeps_all ? 0 : table->n_keep, job->cancel, study->arena,
                              &table->survey, err));
        MK_TRY(study->info->person[0] == '\0' ? number_people(study, table, err)
                                              : index_people(study, table, err));
    }
    return MK_OK;
}

MkStatus mk_study_open(MkStudy *study, const MkImportJob *job, MkError *err)
{
    MK_TRY(list_needs(study, err));
    MK_TRY(find_files(study, job, err));
    MK_TRY(check_found(study, err));
    return read_tables(study, job, err);
}

void mk_study_release(MkStudy *study)
{
    for (size_t t = 0; t < study->n_tables; t++) {
        mk_map_free(study->tables[t].first_row);
        study->tables[t].first_row = NULL;
    }
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/mapping.h"
#include "src/data/study.h"
#include "src/data/tsv.h"

enum { TEXT_BYTES = 64 << 20 };

/* One import while it runs. */
typedef struct Import {
    const MkImportJob *job;
    MkSourceInfo info;
    MkMapping mapping;
    MkStudy study;
    MkArena *arena;   /* until the end of the import */
    MkArena *scratch; /* until the end of one mapping row */
    const MkStudyTable *base;
    size_t *people; /* rows of the base file */
    size_t n_people;
    MkTable *table;
    MkError *err;
} Import;

/* Where an expression stands: a row of the mapping, or a line of source.tsv (row NULL). */
typedef struct Place {
    const MkMappingRow *row;
    const char *file;
    const char *text; /* "mapping.tsv:12: attribute hba1c" */
} Place;

static MkStatus no_memory(const Import *im)
{
    return mk_fail(im->err, MK_ENOMEM, "%s: out of memory", im->job->source_dir);
}

/* --- variables to columns by person
 * ------------------------------------------------------------------- */

static bool is_code(const MkMissing *missing, double x)
{
    for (size_t i = 0; missing != NULL && i < missing->n_codes; i++) {
        if (missing->codes[i] == x) {
            return true;
        }
    }
    return false;
}

static bool is_missing_text(const MkMissing *missing, const char *text)
{
    double code;
    bool found = text[0] == '\0' ||
                 (mk_text_double(text, strlen(text), '.', &code) && is_code(missing, code));
    for (size_t i = 0; missing != NULL && i < missing->n_words && !found; i++) {
        found = strcmp(missing->words[i], text) == 0;
    }
    return found;
}

/* HH:MM as hours; false when the text is something else. */
static bool parse_hours(const char *text, double *out)
{
    const size_t len = strlen(text);
    const char *colon = strchr(text, ':');
    double hours, minutes;
    if (colon == NULL || colon == text || colon - text > 2 || len - (size_t)(colon - text) != 3 ||
        !mk_text_double(text, (size_t)(colon - text), '.', &hours) ||
        !mk_text_double(colon + 1, 2, '.', &minutes)) {
        return false;
    }
    const bool is_time = hours >= 0.0 && hours <= 24.0 && minutes >= 0.0 && minutes < 60.0;
    *out = hours + minutes / 60.0;
    return is_time;
}

/* 1 + the position of the text among the words of a tally; 0 when it is none of them. */
static double find_word(const MkExprVariable *use, const char *text)
{
    for (size_t i = 0; i < use->n_words; i++) {
        if (strcmp(use->words[i], text) == 0) {
            return (double)(i + 1);
        }
    }
    return 0.0;
}

static MkStatus text_value(const Import *im, const Place *place, const MkStudyTable *table,
                           const MkSurveyVariable *v, size_t row, const MkExprVariable *use,
                           const MkMissing *missing, double *out)
{
    const char *text = v->text[row];
    *out = (double)NAN;
    if (is_missing_text(missing, text)) {
        return MK_OK;
    }
    *out = use->use == MK_EXPR_WORD ? find_word(use, text) : 1.0;
    const bool is_hours = use->use == MK_EXPR_HOURS;
    if ((is_hours && !parse_hours(text, out)) ||
        (use->use == MK_EXPR_PARSED && !mk_text_double(text, strlen(text), '.', out))) {
        char shown[MK_SHOWN];
        return mk_fail(im->err, MK_EFORMAT, "%s: %s, person %s: %s is '%s', expected %s",
                       place->text, table->path, table->ids[row], v->name,
                       mk_shown(text, strlen(text), shown),
                       is_hours ? "HH:MM" : "a number, or a word of the column missing");
    }
    return MK_OK;
}

/* The first row of included person i, or MK_NO_ROW. */
static size_t find_row(const Import *im, const MkStudyTable *table, size_t i)
{
    size_t row = im->people[i];
    if (table != im->base && !mk_map_get(table->first_row, im->base->ids[row], &row)) {
        return MK_NO_ROW;
    }
    return row;
}

static size_t next_row(const MkStudyTable *table, size_t row)
{
    return table->next_row == NULL ? MK_NO_ROW : table->next_row[row];
}

/* The variable for every person: of several rows the first value that is not missing, or the mean.
 */
static MkStatus fill_column(const Import *im, const Place *place, const MkStudyTable *table,
                            const MkSurveyVariable *v, const MkExprVariable *use, double *column)
{
    const MkMissing *missing =
        place->row == NULL ? NULL : mk_mapping_missing(place->row, table->name, v->name);
    for (size_t i = 0; i < im->n_people; i++) {
        double sum = 0.0;
        size_t n = 0;
        size_t row = table->row_of != NULL ? table->row_of[i] : find_row(im, table, i);
        for (; row != MK_NO_ROW && (n == 0 || use->rows == MK_ROWS_MEAN);
             row = next_row(table, row)) {
            double x = (double)NAN;
            if (v->text != NULL) {
                MK_TRY(text_value(im, place, table, v, row, use, missing, &x));
            } else if (!is_code(missing, v->number[row])) {
                x = v->number[row];
            }
            if (!isnan(x)) {
                sum += x;
                n++;
            }
        }
        column[i] = n == 0 ? (double)NAN : sum / (double)n;
    }
    return MK_OK;
}

static MkStatus fail_variable(const Import *im, const Place *place, const MkStudyTable *table,
                              const char *name)
{
    const char *nearest = NULL;
    size_t best = 3;
    for (size_t v = 0; v < table->survey.n_variables; v++) {
        const char *other = table->survey.variables[v].name;
        const size_t distance = mk_text_distance(other, name, best);
        if (distance < best) {
            best = distance;
            nearest = other;
        }
    }
    return mk_fail(im->err, MK_EFORMAT,
                   "%s: %s has no variable %s%s%s; is it the file that the mapping was made for?",
                   place->text, table->path, name,
                   nearest == NULL ? "" : ", nearest: ", nearest == NULL ? "" : nearest);
}

static MkStatus check_use(const Import *im, const Place *place, const MkStudyTable *table,
                          const MkSurveyVariable *v, const MkExprVariable *use)
{
    const bool is_text = v->text != NULL;
    const bool takes_both = use->use == MK_EXPR_PRESENT || use->use == MK_EXPR_PARSED;
    if (!takes_both && is_text != (use->use != MK_EXPR_NUMBER)) {
        return mk_fail(im->err, MK_EFORMAT, "%s: %s: variable %s holds %s, expected %s",
                       place->text, table->path, v->name, is_text ? "text" : "numbers",
                       is_text ? "numbers" : "text");
    }
    return MK_OK;
}

static MkStatus check_rows(const Import *im, const Place *place, const MkStudyTable *table,
                           MkExprRows rows)
{
    if (table->repeated[0] == MK_NO_ROW || rows != MK_ROWS_ONE) {
        return MK_OK;
    }
    return mk_fail(im->err, MK_EFORMAT,
                   "%s: %s: person %s is in rows %zu and %zu, expected one row a person; only "
                   "first(%s.VARIABLE) and rows_mean(%s.VARIABLE) read such a file",
                   place->text, table->path, table->ids[table->repeated[0]], table->repeated[0] + 1,
                   table->repeated[1] + 1, table->name, table->name);
}

/* Does this name of the file belong to the variable of the expression? */
static bool is_meant(const Import *im, const MkExprVariable *variable, const MkSurveyVariable *v)
{
    return variable->is_pattern
               ? strcmp(v->name, im->info.person) != 0 && mk_expr_match(variable->name, v->name)
               : strcmp(variable->name, v->name) == 0;
}

static MkStatus bind_variable(Import *im, const Place *place, MkExprVariable *variable)
{
    const char *name = variable->table[0] == '\0' ? place->file : variable->table;
    const MkStudyTable *table = mk_study_table(&im->study, name);
    const size_t n_names = table->survey.n_variables;
    const double **columns = mk_arena_array(im->scratch, n_names, sizeof *columns);
    if (columns == NULL) {
        return no_memory(im);
    }
    MK_TRY(check_rows(im, place, table, variable->rows));
    variable->n_columns = 0;
    for (size_t i = 0; i < n_names; i++) {
        const MkSurveyVariable *v = &table->survey.variables[i];
        if (!is_meant(im, variable, v)) {
            continue;
        }
        double *column = mk_arena_array(im->scratch, im->n_people, sizeof *column);
        if (column == NULL) {
            return no_memory(im);
        }
        MK_TRY(check_use(im, place, table, v, variable));
        MK_TRY(fill_column(im, place, table, v, variable, column));
        columns[variable->n_columns++] = column;
    }
    variable->columns = columns;
    return variable->n_columns == 0 ? fail_variable(im, place, table, variable->name) : MK_OK;
}

static MkStatus bind(Import *im, const Place *place, MkExpr *expr)
{
    for (size_t i = 0; expr != NULL && i < expr->n_variables; i++) {
        MK_TRY(bind_variable(im, place, &expr->variables[i]));
    }
    return MK_OK;
}

/* --- a mapping row to a column of the table
 * ------------------------------------------------------------ */

static bool is_true(double x)
{
    return !isnan(x) && x != 0.0;
}

/* Nine significant digits: conversions and means leave no noise in the table. */
static double round_digits(double x)
{
    if (x == nearbyint(x) || fabs(x) < 1e-200) {
        return x;
    }
    const double scale = pow(10.0, 8.0 - floor(log10(fabs(x))));
    const double rounded = nearbyint(x * scale) / scale;
    return isfinite(rounded) ? rounded : x;
}

static MkStatus fail_value(const Import *im, const Place *place, const MkAttribute *a, size_t i,
                           double x, const char *expected)
{
    char found[24], low[24], high[24];
    mk_text_number(x, 9, found);
    mk_text_number(a->min, 6, low);
    mk_text_number(a->max, 6, high);
    const char *person = im->base->ids[im->people[i]];
    if (expected != NULL) {
        return mk_fail(im->err, MK_EFORMAT, "%s: file %s, person %s: found %s, expected %s",
                       place->text, place->file, person, found, expected);
    }
    return mk_fail(im->err, MK_EFORMAT, "%s: file %s, person %s: found %s, expected %s to %s %s",
                   place->text, place->file, person, found, low, high, a->unit);
}

/* A raw value as the attribute has it. */
static MkStatus recode(const Import *im, const Place *place, const MkAttribute *a, size_t i,
                       double x, double *out)
{
    const MkMappingRow *row = place->row;
    for (size_t c = 0; c < row->n_codes; c++) {
        if (row->codes[c].code == x) {
            *out = row->codes[c].value;
            return MK_OK;
        }
    }
    if (a->n_levels > 0) {
        return fail_value(
            im, place, a, i, x,
            "a code of the mapping's columns codes or missing: has the variable changed?");
    }
    *out = round_digits(x);
    if (!(*out >= a->min && *out <= a->max)) {
        return fail_value(im, place, a, i, x, NULL);
    }
    if (a->type == MK_COUNT && *out != floor(*out)) {
        return fail_value(im, place, a, i, x, "a whole number");
    }
    return MK_OK;
}

static MkStatus eval_person(const Import *im, const Place *place, const MkAttribute *a, size_t i,
                            double *out)
{
    const MkMappingRow *row = place->row;
    *out = (double)NAN;
    if (row->eligible != NULL && !is_true(mk_expr_eval(row->eligible, i))) {
        return MK_OK;
    }
    const double x = mk_expr_eval(row->value, i);
    if (!isnan(x)) {
        MK_TRY(recode(im, place, a, i, x, out));
    }
    for (size_t k = 0; isnan(*out) && k < row->n_skips; k++) {
        if (is_true(mk_expr_eval(row->skips[k].condition, i))) {
            *out = row->skips[k].value;
        }
    }
    return MK_OK;
}

static MkStatus import_attribute(Import *im, const MkMappingRow *row)
{
    const MkAttribute *a = &im->job->schema->attributes[row->attribute];
    const MkMark mark = mk_arena_mark(im->scratch);
    Place place = {.row = row, .file = row->file};
    place.text = mk_arena_printf(im->scratch, "%s:%zu: attribute %s", im->mapping.origin, row->line,
                                 a->name);
    if (place.text == NULL) {
        return no_memory(im);
    }
    MK_TRY(bind(im, &place, row->value));
    MK_TRY(bind(im, &place, row->eligible));
    for (size_t k = 0; k < row->n_skips; k++) {
        MK_TRY(bind(im, &place, row->skips[k].condition));
    }
    double *cells = im->table->cells + im->table->column_of[row->attribute] * im->table->n_rows;
    size_t n_seen = 0;
    for (size_t i = 0; i < im->n_people; i++) {
        MK_TRY(eval_person(im, &place, a, i, &cells[i]));
        n_seen += isnan(cells[i]) ? 0 : 1;
    }
    if (n_seen == 0) {
        mk_study_note(&im->study, "%s has no value for anybody", a->name);
    }
    mk_arena_rewind(im->scratch, mark);
    return MK_OK;
}

/* --- the people
 * ------------------------------------------------------------------------------------------ */

static MkStatus place_of_key(const Import *im, const char *key, size_t line, Place *out)
{
    *out = (Place){.file = im->info.base};
    out->text = mk_arena_printf(im->scratch, "%s:%zu: key %s", im->info.origin, line, key);
    return out->text == NULL ? no_memory(im) : MK_OK;
}

/* Everyone of the base file, then those who meet `include`. */
static MkStatus choose_people(Import *im)
{
    Place place;
    im->base = mk_study_table(&im->study, im->info.base);
    im->n_people = im->base->survey.n_rows;
    im->people = mk_arena_array(im->arena, im->n_people, sizeof *im->people);
    MK_TRY(place_of_key(im, "include", im->info.include_line, &place));
    if (im->people == NULL) {
        return no_memory(im);
    }
    for (size_t i = 0; i < im->n_people; i++) {
        im->people[i] = i;
    }
    if (im->base->repeated[0] != MK_NO_ROW) {
        return mk_fail(im->err, MK_EFORMAT,
                       "%s: person %s is in rows %zu and %zu, expected one row a person",
                       im->base->path, im->base->ids[im->base->repeated[0]],
                       im->base->repeated[0] + 1, im->base->repeated[1] + 1);
    }
    MK_TRY(bind(im, &place, im->info.include));
    size_t n = 0;
    for (size_t i = 0; im->info.include != NULL && i < im->n_people; i++) {
        if (is_true(mk_expr_eval(im->info.include, i))) {
            im->people[n++] = i;
        }
    }
    im->n_people = im->info.include == NULL ? im->n_people : n;
    if (im->n_people == 0) {
        return mk_fail(im->err, MK_EFORMAT, "%s: found nobody to include", im->base->path);
    }
    return MK_OK;
}

/* Looks every included person up once a file. */
static MkStatus line_up(Import *im)
{
    for (size_t t = 0; t < im->study.n_tables; t++) {
        MkStudyTable *table = &im->study.tables[t];
        size_t *row_of = mk_arena_array(im->arena, im->n_people, sizeof *row_of);
        if (row_of == NULL) {
            return no_memory(im);
        }
        for (size_t i = 0; i < im->n_people; i++) {
            row_of[i] = find_row(im, table, i);
        }
        table->row_of = row_of;
    }
    return MK_OK;
}

static MkStatus fill_people(Import *im)
{
    MkArena *arena = im->table->arena;
    const char *source = mk_arena_strdup(arena, im->info.name);
    for (size_t i = 0; i < im->n_people; i++) {
        im->table->person[i] = mk_arena_strdup(arena, im->base->ids[im->people[i]]);
        im->table->source[i] = source;
        if (im->table->person[i] == NULL || source == NULL) {
            return no_memory(im);
        }
    }
    if (im->info.weight == NULL) {
        return MK_OK;
    }
    Place place;
    MK_TRY(place_of_key(im, "weight", im->info.weight_line, &place));
    MK_TRY(bind(im, &place, im->info.weight));
    for (size_t i = 0; i < im->n_people; i++) {
        const double w = mk_expr_eval(im->info.weight, i);
        if (!(w >= 0.0)) {
            return mk_fail(im->err, MK_EFORMAT, "%s: person %s: found no weight of 0 or more",
                           place.text, im->table->person[i]);
        }
        im->table->weight[i] = w;
    }
    return MK_OK;
}

static MkStatus make_table(Import *im)
{
    const MkSchema *schema = im->job->schema;
    size_t *ids = mk_arena_array(im->arena, schema->n, sizeof *ids);
    bool *wanted = mk_arena_zeros(im->arena, schema->n, sizeof *wanted);
    if (ids == NULL || wanted == NULL) {
        return no_memory(im);
    }
    size_t n = 0;
    for (size_t i = 0; i < im->mapping.n_rows; i++) {
        wanted[im->mapping.rows[i].attribute] = true;
    }
    for (size_t j = 0; j < schema->n; j++) {
        if (wanted[j]) {
            ids[n++] = j;
        }
    }
    return mk_table_new(schema, im->n_people, ids, n, true, true, im->info.weight != NULL,
                        &im->table, im->err);
}

/* --- the whole
 * -------------------------------------------------------------------------------------------- */

static MkStatus read_text(Import *im, const char *name, const char **path, MkBuf *buf)
{
    char *joined = mk_arena_printf(im->arena, "%s/%s", im->job->source_dir, name);
    *path = joined;
    return joined == NULL ? no_memory(im) : mk_file_read(joined, TEXT_BYTES, buf, im->err);
}

static MkStatus read_source(Import *im)
{
    const char *path;
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = read_text(im, "source.tsv", &path, &buf);
    if (st == MK_OK) {
        st = mk_source_info_parse(buf.data, buf.len, path, im->arena, &im->info, im->err);
    }
    mk_buf_clear(&buf);
    if (st == MK_OK) {
        st = read_text(im, im->info.mapping, &path, &buf);
    }
    if (st == MK_OK) {
        st = mk_mapping_parse(buf.data, buf.len, path, im->info.cycle, im->job->schema, im->arena,
                              &im->mapping, im->err);
    }
    mk_buf_release(&buf);
    return st;
}

static MkStatus import_attributes(Import *im)
{
    for (size_t i = 0; i < im->mapping.n_rows; i++) {
        if (mk_cancelled(im->job->cancel)) {
            return mk_fail(im->err, MK_ECANCEL, "%s: interrupted", im->job->source_dir);
        }
        if (im->job->progress != NULL && i % 64 == 0) {
            im->job->progress(im->job->progress_ctx, "attributes", i, im->mapping.n_rows);
        }
        MK_TRY(import_attribute(im, &im->mapping.rows[i]));
    }
    return MK_OK;
}

static MkStatus import_all(Import *im)
{
    MK_TRY(read_source(im));
    im->study = (MkStudy){.arena = im->arena, .info = &im->info, .mapping = &im->mapping};
    im->study.schema = im->job->schema;
    MK_TRY(mk_study_open(&im->study, im->job, im->err));
    MK_TRY(choose_people(im));
    MK_TRY(line_up(im));
    MK_TRY(make_table(im));
    MK_TRY(fill_people(im));
    return import_attributes(im);
}

static MkStatus make_report(Import *im, MkImportReport *report)
{
    const MkTable *t = im->table;
    MkImportReport r = {.n_people = im->n_people,
                        .n_left_out = im->base->survey.n_rows - im->n_people,
                        .n_attributes = im->mapping.n_rows,
                        .n_files = im->study.n_tables,
                        .n_notes = im->study.n_notes};
    size_t n_missing = 0;
    for (size_t c = 0; c < t->n_columns; c++) {
        for (size_t i = 0; t->columns[c].attribute >= 0 && i < t->n_rows; i++) {
            n_missing += isnan(t->cells[c * t->n_rows + i]) ? 1 : 0;
        }
    }
    r.missing_share = (double)n_missing / ((double)r.n_people * (double)r.n_attributes);
    r.notes = mk_arena_array(t->arena, r.n_notes, sizeof *r.notes);
    for (size_t i = 0; r.notes != NULL && i < r.n_notes; i++) {
        r.notes[i] = mk_arena_strdup(t->arena, im->study.notes[i]);
        if (r.notes[i] == NULL) {
            return no_memory(im);
        }
    }
    if (r.notes == NULL) {
        return no_memory(im);
    }
    *report = r;
    return MK_OK;
}

MkStatus mk_source_import(const MkImportJob *job, MkTable **table, MkImportReport *report,
                          MkError *err)
{
    Import im = {.job = job, .err = err};
    im.arena = mk_arena_new(1 << 20);
    im.scratch = mk_arena_new(1 << 20);
    MkStatus st = im.arena == NULL || im.scratch == NULL ? no_memory(&im) : import_all(&im);
    if (st == MK_OK) {
        st = make_report(&im, report);
    }
    mk_study_release(&im.study);
    mk_arena_free(im.scratch);
    mk_arena_free(im.arena);
    if (st != MK_OK) {
        mk_table_free(im.table);
        return st;
    }
    *table = im.table;
    return MK_OK;
}

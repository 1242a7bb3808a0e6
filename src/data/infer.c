#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/infer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/infer_priv.h"
#include "src/data/value.h"

enum { NAME_BYTES = 200 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- texts and lists of the draft ---- */

const char *mk_infer_text(MkInfer *in, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *const text = mk_arena_vprintf(in->arena, fmt, args);
    va_end(args);
    in->has_failed = in->has_failed || text == NULL;
    return mk_text_or_empty(text);
}

const char *mk_infer_copy(MkInfer *in, const char *text)
{
    const char *const copy = mk_arena_strdup(in->arena, text);
    in->has_failed = in->has_failed || copy == NULL;
    return mk_text_or_empty(copy);
}

/* Room for one more item; NULL when out of memory. */
static void *grow(MkInfer *in, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return items;
    }
    const size_t more = *cap == 0 ? 64 : 2 * *cap;
    void *const grown = mk_arena_array(in->arena, more, size);
    if (grown == NULL) {
        in->has_failed = true;
        return NULL;
    }
    if (n > 0) {
        memcpy(grown, items, n * size);
    }
    *cap = more;
    return grown;
}

MkDraftColumn *mk_infer_add_column(MkInfer *in)
{
    MkDraft *const d = in->draft;
    MkDraftColumn *const list = grow(in, d->columns, d->n_columns, &in->cap_columns, sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    d->columns = list;
    return &list[d->n_columns++];
}

void mk_infer_leave_out(MkInfer *in, const MkProfile *p, const char *fmt, ...)
{
    MkDraft *const d = in->draft;
    MkLeftOut *const list = grow(in, d->left, d->n_left, &in->cap_left, sizeof *list);
    va_list args;
    va_start(args, fmt);
    const char *const why = mk_arena_vprintf(in->arena, fmt, args);
    va_end(args);
    if (list == NULL || why == NULL) {
        in->has_failed = true;
        return;
    }
    d->left = list;
    list[d->n_left++] =
        (MkLeftOut){mk_infer_copy(in, p->file), mk_infer_copy(in, p->variable->name), why};
}

void mk_infer_decide(MkInfer *in, MkDraftColumn *column, int doubt, const char *topic,
                     const char *assumed, const char *why, const char *otherwise)
{
    MkDraft *const d = in->draft;
    MkDecision *const list =
        grow(in, d->decisions, d->n_decisions, &in->cap_decisions, sizeof *list);
    if (list == NULL) {
        return;
    }
    d->decisions = list;
    list[d->n_decisions++] = (MkDecision){.doubt = doubt,
                                          .file = column == NULL ? "" : column->file,
                                          .variable = column == NULL ? "" : column->variable,
                                          .attribute = "",
                                          .topic = topic,
                                          .assumed = assumed,
                                          .why = why,
                                          .otherwise = otherwise};
}

/* Words that a table or a line uses for something else. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {"person", "source", "survey_weight", "given",   "of",
                                        "vs",     "across", "over",          "subject", "to",
                                        "from",   "na",     "nan",           "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *mk_infer_name(MkInfer *in, const char *wanted)
{
    const char *name = is_reserved(wanted) ? mk_infer_text(in, "%s_value", wanted) : wanted;
    const char *const first = name;
    size_t other;
    for (size_t k = 2; mk_map_get(in->names, name, &other) && !in->has_failed; k++) {
        name = mk_infer_text(in, "%s_%zu", first, k);
    }
    in->has_failed = in->has_failed || mk_map_put(in->names, name, in->file) != MK_OK;
    return name;
}

/* ---- one variable ---- */

/* Can a mapping name it? */
static bool is_nameable(const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)name[i];
        if (c < 0x20 || c == 0x7F || c == '`') {
            return false;
        }
    }
    return len > 0 && len < 250;
}

/* Words that cannot stand in a cell of codes. */
static bool has_bad_words(const MkProfile *p)
{
    for (size_t i = 0; i < p->n_words; i++) {
        const char *const text = p->words[i].text;
        if (!p->words[i].is_missing && text[strcspn(text, "|=\t\n\r")] != '\0') {
            return true;
        }
    }
    return false;
}

static size_t count_levels(const MkProfile *p)
{
    return p->n_words - (p->n_missing_words < p->n_words ? p->n_missing_words : p->n_words);
}

/* What cannot become an attribute is told and left out. */
static bool is_left_out(MkInfer *in, const MkProfile *p)
{
    const char *const name = p->variable->name;
    if (!is_nameable(name)) {
        mk_infer_leave_out(in, p, "its name cannot be written in a mapping");
    } else if (p->n_filled == 0) {
        mk_infer_leave_out(in, p, "empty");
    } else if (p->is_date) {
        mk_infer_leave_out(in, p, "dates; compute an age or a time since then to use them");
    } else if (!p->is_text && p->n_values < 2) {
        char text[24] = "";
        mk_infer_leave_out(in, p, "constant%s%s", p->n_values == 1 ? ": " : "",
                           p->n_values == 1 ? mk_text_number(p->values[0], 9, text) : "");
    } else if (mk_infer_names_person(p->variable->name) &&
               10 * (p->is_text ? p->n_words : p->n_values) > p->n_filled &&
               (p->is_text ? p->n_words : p->n_values) > 50) {
        mk_infer_leave_out(in, p, "an id of another kind");
    } else if (!p->is_text) {
        return false;
    } else if (count_levels(p) < 2) {
        mk_infer_leave_out(in, p, "constant: %s", count_levels(p) == 1 ? p->words[0].text : "");
    } else if (count_levels(p) > MK_MAX_LEVELS ||
               (p->n_words > 12 && 2 * p->n_words > p->n_filled)) {
        mk_infer_leave_out(in, p, "free text: %zu different texts", p->n_words);
    } else if (has_bad_words(p)) {
        mk_infer_leave_out(in, p, "its texts hold | or =, which a mapping cannot name");
    } else if (p->is_repeated) {
        mk_infer_leave_out(in, p, "texts in several rows of a person");
    } else {
        return false;
    }
    return true;
}

/* The expression of the mapping before any conversion. */
static const char *value_of(MkInfer *in, const MkProfile *p)
{
    const char *const name = mk_infer_variable(in, p->variable->name);
    if (p->is_hours || p->is_parsed) {
        return mk_infer_text(in, "%s(%s)", p->is_hours ? "hours" : "number", name);
    }
    if (p->is_repeated) {
        return mk_infer_text(in, "%s(%s)", mk_numbers_are_codes(p) ? "first" : "rows_mean", name);
    }
    return name;
}

static void tell_missing(MkInfer *in, const MkProfile *p, const char *why, MkDraftColumn *c)
{
    if (why != NULL) {
        mk_infer_decide(in, c, p->n_values <= 2 && p->n_missing <= 2 ? 30 : 35, "missing",
                        mk_infer_text(in, "%s not known", mk_infer_missing(in, p)), why,
                        "take the code out of the column missing of mapping.tsv, and let the "
                        "domain or the levels in schema.tsv have it");
    }
    if (p->n_missing_words > 0) {
        size_t n_odd = 0;
        for (size_t i = 0; i < p->n_missing_words; i++) {
            n_odd += !mk_word_is_missing(p->missing_words[i]);
        }
        MkBuf buf;
        mk_buf_init(&buf);
        for (size_t i = 0; i < p->n_missing_words; i++) {
            mk_buf_printf(&buf, "%s'%s'", i > 0 ? ", " : "", p->missing_words[i]);
        }
        mk_infer_decide(in, c, n_odd > 0 ? 70 : 15, "missing",
                        mk_infer_text(in, "%s not known", buf.data),
                        n_odd > 0 ? "texts among numbers; some may mean a number that could not be "
                                    "measured"
                                  : "the words say so",
                        n_odd > 0 ? "put a number in their place in the file"
                                  : "take the word out of the column missing of mapping.tsv and "
                                    "make it a level");
        mk_buf_release(&buf);
    }
}

/* The decisions from `first` on are about this column. */
static void finish_column(MkInfer *in, MkDraftColumn *c, size_t first)
{
    MkDraft *const d = in->draft;
    c->doubt = 0;
    for (size_t i = first; i < d->n_decisions; i++) {
        d->decisions[i].attribute = c->attribute.name;
        c->doubt = d->decisions[i].doubt > c->doubt ? d->decisions[i].doubt : c->doubt;
    }
    MkDraftColumn *const kept = mk_infer_add_column(in);
    if (kept != NULL) {
        *kept = *c;
    }
}

static void draft_own(MkInfer *in, MkProfile *p, MkDraftColumn *c)
{
    MkAttribute *const a = &c->attribute;
    a->name = mk_profile_attribute_name(in, p);
    a->label = mk_profile_label(in, p);
    a->unit = p->is_hours ? "h" : mk_infer_copy(in, p->unit);
    if (p->is_text) {
        a->unit = "";
        mk_infer_words(in, p, c);
    } else if (mk_numbers_are_codes(p)) {
        a->unit = "";
        mk_infer_codes(in, p, c);
    } else {
        mk_infer_numbers(in, p, c);
    }
}

static void draft_variable(MkInfer *in, MkProfile *p)
{
    const size_t first = in->draft->n_decisions;
    const char *why = NULL;
    mk_profile_name(in, p);
    if (!p->is_text && !p->is_date && p->n_values > 1) {
        mk_profile_find_missing(in, p, &why);
    }
    if (is_left_out(in, p)) {
        return;
    }
    MkDraftColumn c = {.file = mk_infer_copy(in, p->file),
                       .variable = mk_infer_copy(in, p->variable->name),
                       .codes = "",
                       .note = "",
                       .n_rows = p->n_rows};
    const bool has_label = p->variable->label[0] != '\0';
    c.attribute = (MkAttribute){
        .unit = "",
        .category = c.file,
        .eligible = "",
        .class_name = "",
        .rule = "",
        .description = mk_infer_text(in, "Column %s of %s%s%s.", p->variable->name, p->file,
                                     has_label ? ": " : "", p->variable->label)};
    c.n_seen = p->n_filled;
    c.value = value_of(in, p);
    tell_missing(in, p, why, &c);
    if (!mk_infer_link(in, p, &c)) {
        draft_own(in, p, &c);
    }
    c.n_seen = 0;
    for (size_t i = 0; i < p->n_values; i++) {
        c.n_seen += p->counts[i];
    }
    for (size_t i = 0; p->is_text && i < p->n_words; i++) {
        c.n_seen += p->words[i].is_missing ? 0 : p->words[i].n;
    }
    c.missing = mk_infer_missing(in, p);
    if (p->is_repeated) {
        mk_infer_decide(in, &c, 45, "rows",
                        mk_text_has_prefix(c.value, "first") ? "the first row of a person counts"
                                                             : "the mean of a person's rows",
                        mk_infer_text(in, "%s has several rows of some people", c.file),
                        "write first() or rows_mean() into the column value of mapping.tsv");
    }
    finish_column(in, &c, first);
}

static MkStatus draft_file(MkInfer *in, const MkInferFiles *files, size_t f, MkError *err)
{
    const MkSurvey *const s = &files->surveys[f];
    for (size_t v = 0; v < s->n_variables; v++) {
        const MkSurveyVariable *const variable = &s->variables[v];
        const char *why;
        MkProfile p = {.survey = s,
                       .variable = variable,
                       .file = files->names[f],
                       .is_repeated = files->is_repeated[f],
                       .zero_code = (double)NAN};
        const bool is_weight =
            files->weight != NULL && f == files->base && strcmp(variable->name, files->weight) == 0;
        if (is_weight || (files->person != NULL && strcmp(variable->name, files->person) == 0)) {
            continue;
        }
        if (mk_infer_is_design(variable, &why)) {
            mk_infer_leave_out(in, &p, "%s", why);
            continue;
        }
        if (mk_cancelled(in->job->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        const MkMark mark = mk_arena_mark(in->scratch);
        MK_TRY(mk_profile_make(in, &p, err));
        draft_variable(in, &p);
        mk_arena_rewind(in->scratch, mark);
        if (in->has_failed) {
            return no_memory(err);
        }
    }
    return MK_OK;
}

/* ---- the whole ---- */

/* By doubt, those of equal doubt as they came. */
static MkStatus sort_decisions(MkInfer *in, MkError *err)
{
    MkDraft *const d = in->draft;
    MkDecision *const sorted = mk_arena_array(in->arena, d->n_decisions, sizeof *sorted);
    size_t n = 0;
    if (sorted == NULL) {
        return no_memory(err);
    }
    for (int doubt = 100; doubt >= 0; doubt--) {
        for (size_t i = 0; i < d->n_decisions; i++) {
            if (d->decisions[i].doubt == doubt) {
                sorted[n++] = d->decisions[i];
            }
        }
    }
    d->decisions = sorted;
    return MK_OK;
}

/* The name of a file without folder and suffixes. */
static const char *file_stem(MkInfer *in, const char *path)
{
    static const char *const suffixes[] = {".gz", ".xz", ".csv", ".xpt"};
    const char *const name = mk_file_base_name(path);
    size_t n = strlen(name);
    for (size_t s = 0; s < sizeof suffixes / sizeof *suffixes; s++) {
        const size_t len = strlen(suffixes[s]);
        const char *const end = n > len ? name + n - len : "";
        if (n > len && strncmp(end, suffixes[s], len) == 0) {
            n -= len;
        } else if (n > len && (strncmp(end, ".CSV", len) == 0 || strncmp(end, ".XPT", len) == 0)) {
            n -= len;
        }
    }
    return mk_infer_text(in, "%.*s", (int)n, name);
}

static void name_study(MkInfer *in)
{
    char plain[NAME_BYTES];
    const char *const said = in->job->name != NULL ? in->job->name : in->draft->files[0].name;
    mk_plain_name(said, plain, sizeof plain);
    const bool is_bad = plain[0] == '\0' || (plain[0] >= '0' && plain[0] <= '9');
    in->draft->name = mk_infer_text(in, "%s%s", is_bad ? "study_" : "", plain);
    in->draft->label = mk_infer_copy(in, said);
}

static MkStatus prepare(MkInfer *in, MkInferFiles *files, MkError *err)
{
    MkDraft *const d = in->draft;
    d->n_files = files->n;
    d->files = mk_arena_zeros(in->arena, files->n, sizeof *d->files);
    files->names = mk_arena_zeros(in->arena, files->n, sizeof *files->names);
    files->is_repeated = mk_arena_zeros(in->arena, files->n, sizeof *files->is_repeated);
    in->names = mk_map_new();
    in->scratch = mk_arena_new(1 << 20);
    if (d->files == NULL || files->names == NULL || files->is_repeated == NULL ||
        in->names == NULL || in->scratch == NULL) {
        return no_memory(err);
    }
    for (size_t f = 0; f < files->n; f++) {
        const MkSurvey *const s = &files->surveys[f];
        files->names[f] = file_stem(in, in->job->paths[f]);
        for (size_t k = 0; k < f; k++) {
            if (mk_text_same_nocase(files->names[k], files->names[f])) {
                return mk_fail(err, MK_EINVAL, "two files are called %s: %s and %s",
                               files->names[f], in->job->paths[k], in->job->paths[f]);
            }
        }
        d->files[f] = (MkDraftFile){.name = files->names[f],
                                    .path = mk_infer_copy(in, in->job->paths[f]),
                                    .n_rows = s->n_rows,
                                    .n_variables = s->n_variables};
        if (s->n_rows == 0) {
            return mk_fail(err, MK_EFORMAT, "%s: found no rows", in->job->paths[f]);
        }
    }
    return MK_OK;
}

static MkStatus infer(MkInfer *in, MkInferFiles *files, MkError *err)
{
    MkDraft *const d = in->draft;
    MK_TRY(prepare(in, files, err));
    MK_TRY(mk_infer_people(in, files, err));
    d->person = files->person == NULL ? "" : mk_infer_copy(in, files->person);
    d->base = files->names[files->base];
    d->n_people = files->surveys[files->base].n_rows;
    name_study(in);
    for (size_t f = 0; f < files->n; f++) {
        if (in->job->progress != NULL) {
            in->job->progress(in->job->progress_ctx, files->names[f], f, files->n);
        }
        in->file = f;
        MK_TRY(draft_file(in, files, f, err));
    }
    if (d->n_columns == 0) {
        return mk_fail(
            err, MK_EFORMAT,
            "%s: found no column that can be an attribute (all are ids, constant, empty, "
            "dates or free text)",
            in->job->paths[0]);
    }
    MK_TRY(mk_infer_twins(in, files, err));
    return in->has_failed ? no_memory(err) : sort_decisions(in, err);
}

MkStatus mk_infer_surveys(const MkInferJob *job, const MkSurvey *surveys, size_t n, MkArena *arena,
                          MkDraft *out, MkError *err)
{
    MkDraft draft = {0};
    MkInfer in = {.job = job, .arena = arena, .draft = &draft};
    MkInferFiles files = {.n = n, .surveys = surveys};
    const MkStatus st = infer(&in, &files, err);
    mk_map_free(in.names);
    mk_arena_free(in.scratch);
    if (st == MK_OK) {
        *out = draft;
    }
    return st;
}

MkStatus mk_infer(const MkInferJob *job, MkArena *arena, MkDraft *out, MkError *err)
{
    MkArena *const data = mk_arena_new(1 << 20);
    MkSurvey *const surveys =
        data == NULL ? NULL : mk_arena_zeros(data, job->n_paths, sizeof *surveys);
    MkStatus st = surveys == NULL ? no_memory(err) : MK_OK;
    for (size_t f = 0; f < job->n_paths && st == MK_OK; f++) {
        if (job->progress != NULL) {
            job->progress(job->progress_ctx, mk_file_base_name(job->paths[f]), f, job->n_paths);
        }
        st = mk_survey_read(job->paths[f], job->reader, NULL, 0, job->cancel, data, &surveys[f],
                            err);
    }
    if (st == MK_OK) {
        st = mk_infer_surveys(job, surveys, job->n_paths, arena, out, err);
    }
    mk_arena_free(data);
    return st;
}

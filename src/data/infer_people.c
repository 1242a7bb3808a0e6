/* infer_people.c - who is a person in the files, what is a survey weight, and which columns say the
 * same twice. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer_priv.h"

enum { NAME_BYTES = 160, TWIN_ROWS = 4000 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static const MkSurveyVariable *find_variable(const MkSurvey *survey, const char *name)
{
    for (size_t v = 0; v < survey->n_variables; v++) {
        if (strcmp(survey->variables[v].name, name) == 0) {
            return &survey->variables[v];
        }
    }
    return NULL;
}

/* ---- the person ---- */

/* 3: a name that says person; 2: that says id; 0: nothing. */
static int person_hint(const char *name)
{
    char plain[NAME_BYTES];
    mk_plain_name(name, plain, sizeof plain);
    if (mk_name_has_any(plain,
                        "seqn person person_id personid subject subject_id subjectid patient "
                        "patient_id patientid participant participant_id participantid "
                        "respondent respondent_id subjid usubjid ptid pid uid eid mrn")) {
        return 3;
    }
    const size_t n = strlen(plain);
    const bool ends = n > 3 && strcmp(plain + n - 3, "_id") == 0;
    return mk_name_has_any(plain, "id record_id recordid case_id caseid idno study_id studyid "
                                  "seqno record_no case_no") ||
                   ends
               ? 2
               : 0;
}

bool mk_infer_names_person(const char *name)
{
    return person_hint(name) > 0;
}

/* The id of a row as text; false when there is none. */
static bool id_of(const MkSurveyVariable *v, size_t row, char out[64], const char **text)
{
    if (v->text != NULL) {
        *text = v->text[row];
        return (*text)[0] != '\0';
    }
    const double x = v->number[row];
    if (isnan(x) || x != floor(x) || fabs(x) >= 1e15) {
        return false;
    }
    snprintf(out, 64, "%.0f", x);
    *text = out;
    return true;
}

/* How many persons a variable names; 0 when a row has none. */
static MkStatus count_people(const MkSurvey *survey, const MkSurveyVariable *v, size_t *n,
                             MkError *err)
{
    MkMap *const map = mk_map_new();
    MkStatus st = map == NULL ? no_memory(err) : MK_OK;
    bool is_id = true;
    for (size_t i = 0; i < survey->n_rows && is_id && st == MK_OK; i++) {
        char number[64];
        const char *text;
        is_id = id_of(v, i, number, &text);
        if (is_id && mk_map_put(map, text, i) != MK_OK) {
            st = no_memory(err);
        }
    }
    *n = st == MK_OK && is_id ? mk_map_size(map) : 0;
    mk_map_free(map);
    return st;
}

/* 1, 2, 3 ...: numbers of rows, whatever the column is called. */
static bool counts_rows(const MkSurveyVariable *v, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (v->number == NULL || v->number[i] != v->number[0] + (double)i) {
            return false;
        }
    }
    return n_rows > 20;
}

static MkStatus choose_person_of_one(MkInfer *in, MkInferFiles *files, MkError *err)
{
    const MkSurvey *const s = &files->surveys[0];
    int best = 0;
    for (size_t v = 0; v < s->n_variables; v++) {
        size_t n;
        const MkSurveyVariable *const variable = &s->variables[v];
        int hint = person_hint(variable->name);
        if (hint == 0 && counts_rows(variable, s->n_rows)) {
            hint = 1;
        }
        if (hint <= best) {
            continue;
        }
        MK_TRY(count_people(s, variable, &n, err));
        if (n == s->n_rows && n > 1) {
            best = hint;
            files->person = variable->name;
        }
    }
    in->draft->files[0].n_people = s->n_rows;
    if (files->person == NULL) {
        mk_infer_decide(in, NULL, 20, "person", "every row is a person",
                        "no column names the person by an id of its own in every row",
                        "name the column behind the key person in source.tsv");
    } else {
        mk_infer_decide(in, NULL, best >= 2 ? 5 : 30, "person",
                        mk_infer_text(in, "%s names the person", files->person),
                        best >= 2 ? "its name says so, and it differs in every row"
                                  : "it counts the rows",
                        "name another column behind the key person in source.tsv");
    }
    return MK_OK;
}

/* Does every file have the variable? Gives the file with most people in it, each once. */
static MkStatus judge_shared(const MkInfer *in, const MkInferFiles *files, const char *name,
                             size_t *n_people, size_t *base, size_t *most, bool *is_shared,
                             MkError *err)
{
    *most = 0;
    *is_shared = true;
    for (size_t f = 0; f < files->n && *is_shared; f++) {
        const MkSurvey *const s = &files->surveys[f];
        const MkSurveyVariable *const v = find_variable(s, name);
        *is_shared = v != NULL;
        if (v == NULL) {
            break;
        }
        MK_TRY(count_people(s, v, &n_people[f], err));
        *is_shared = n_people[f] > 0 || s->n_rows == 0;
        if (n_people[f] == s->n_rows && n_people[f] > *most) {
            *most = n_people[f];
            *base = f;
        }
    }
    (void)in;
    return MK_OK;
}

static MkStatus choose_person_of_many(MkInfer *in, MkInferFiles *files, MkError *err)
{
    const MkSurvey *const first = &files->surveys[0];
    size_t *const n_people = mk_arena_zeros(in->arena, files->n, sizeof *n_people);
    size_t best = 0;
    if (n_people == NULL) {
        return no_memory(err);
    }
    for (size_t v = 0; v < first->n_variables; v++) {
        size_t base = 0, most = 0;
        bool is_shared = false;
        const char *const name = first->variables[v].name;
        MK_TRY(judge_shared(in, files, name, n_people, &base, &most, &is_shared, err));
        const size_t score = !is_shared || most < 2 ? 0 : most * (size_t)(1 + person_hint(name));
        if (score > best) {
            best = score;
            files->person = name;
            files->base = base;
            for (size_t f = 0; f < files->n; f++) {
                in->draft->files[f].n_people = n_people[f];
                files->is_repeated[f] = n_people[f] < files->surveys[f].n_rows;
            }
        }
    }
    if (files->person == NULL) {
        return mk_fail(err, MK_EFORMAT,
                       "%s and the other files share no variable that names the person, each once "
                       "in one of them; infer each file alone, or give them such a column",
                       files->names[0]);
    }
    mk_infer_decide(in, NULL, 10, "person",
                    mk_infer_text(in, "%s names the person and joins the files", files->person),
                    mk_infer_text(in, "all files have it, and in %s it differs in every row",
                                  files->names[files->base]),
                    "name another variable behind the key person in source.tsv");
    mk_infer_decide(in, NULL, 15, "person",
                    mk_infer_text(in, "the people are those of %s", files->names[files->base]),
                    "it has the most; who is only in other files is left out",
                    "name another file behind the key base in source.tsv");
    return MK_OK;
}

/* ---- weights ---- */

/* 4: the weight of the examined, ..., 1: a weight; 0: none. */
static int weight_hint(const MkSurveyVariable *v)
{
    char name[NAME_BYTES], label[NAME_BYTES];
    if (v->number == NULL) {
        return 0;
    }
    mk_plain_name(v->name, name, sizeof name);
    mk_plain_name(v->label, label, sizeof label);
    if (mk_name_has_any(name, "survey_weight surveyweight sample_weight sampling_weight samplewt "
                              "llcpwt finalwt wtmec2yr wtmecprp pweight surveywt final_weight "
                              "weight_final samp_weight mmsawt")) {
        return 4;
    }
    if (mk_text_has_prefix(name, "wtmec")) {
        return 4;
    }
    if (mk_text_has_prefix(name, "wtint")) {
        return 3;
    }
    const bool is_labelled =
        strstr(label, "exam_weight") != NULL || strstr(label, "interview_weight") != NULL ||
        strstr(label, "sample_weight") != NULL || strstr(label, "sampling_weight") != NULL ||
        strstr(label, "survey_weight") != NULL ||
        (mk_text_has_prefix(name, "wt") && strstr(label, "weight") != NULL &&
         strstr(label, "kg") == NULL && strstr(label, "subsample") != NULL);
    return is_labelled || mk_name_has_any(name, "wt2da wtss wtfinal fweight aweight") ? 2 : 0;
}

bool mk_infer_is_design(const MkSurveyVariable *v, const char **why)
{
    char name[NAME_BYTES], label[NAME_BYTES];
    mk_plain_name(v->name, name, sizeof name);
    mk_plain_name(v->label, label, sizeof label);
    if (weight_hint(v) > 0) {
        *why = "another survey weight";
        return true;
    }
    if (mk_name_has_any(name, "sdmvpsu sdmvstra psu strata stratum ststr cluster ststrwt") ||
        strstr(label, "pseudo_psu") != NULL || strstr(label, "pseudo_stratum") != NULL ||
        strstr(label, "masked_variance") != NULL) {
        *why = "a stratum or cluster of the survey's design";
        return true;
    }
    if (strstr(label, "comment_code") != NULL ||
        mk_text_has_suffix(label, strlen(label), "_comment")) {
        *why = "a flag that says how another value was measured";
        return true;
    }
    return false;
}

static bool can_weigh(const MkSurvey *survey, const MkSurveyVariable *v, bool *has_gaps)
{
    bool has_some = false;
    *has_gaps = false;
    for (size_t i = 0; i < survey->n_rows; i++) {
        if (v->number[i] < 0.0) {
            return false;
        }
        *has_gaps = *has_gaps || isnan(v->number[i]);
        has_some = has_some || v->number[i] > 0.0;
    }
    return has_some;
}

static void choose_weight(MkInfer *in, MkInferFiles *files)
{
    const MkSurvey *const s = &files->surveys[files->base];
    int best = 0;
    bool has_gaps = false, gaps = false;
    for (size_t v = 0; v < s->n_variables; v++) {
        const int hint = weight_hint(&s->variables[v]);
        if (hint > best && can_weigh(s, &s->variables[v], &gaps)) {
            best = hint;
            has_gaps = gaps;
            files->weight = s->variables[v].name;
        }
    }
    in->draft->weight = "";
    if (files->weight == NULL) {
        return;
    }
    const char *const name = mk_infer_variable(in, files->weight);
    in->draft->weight = has_gaps ? mk_infer_text(in, "first(%s, 0)", name) : name;
    mk_infer_decide(in, NULL, 25, "weight",
                    mk_infer_text(in, "%s is the survey weight of a person", files->weight),
                    has_gaps ? "its name or label says so; who has none weighs 0"
                             : "its name or label says so",
                    "name another behind the key weight in source.tsv, or leave it empty");
}

MkStatus mk_infer_people(MkInfer *in, MkInferFiles *files, MkError *err)
{
    MK_TRY(files->n == 1 ? choose_person_of_one(in, files, err)
                         : choose_person_of_many(in, files, err));
    choose_weight(in, files);
    return MK_OK;
}

/* ---- columns that say the same ---- */

typedef struct Pair {
    size_t n;     /* rows that have both */
    size_t n_one; /* rows that have one of them only */
    double r;     /* of numbers */
    bool is_same; /* value for value, or one a fixed multiple of the other */
} Pair;

/* Correlation of two numeric variables over every `stride`th row. */
static Pair compare_numbers(const double *x, const double *y, size_t n_rows, size_t stride)
{
    Pair pair = {0};
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, x0 = 0, y0 = 0;
    for (size_t i = 0; i < n_rows; i += stride) {
        if (isnan(x[i]) || isnan(y[i])) {
            pair.n_one += !isnan(x[i]) || !isnan(y[i]);
            continue;
        }
        x0 = pair.n == 0 ? x[i] : x0;
        y0 = pair.n == 0 ? y[i] : y0;
        const double a = x[i] - x0, b = y[i] - y0;
        sx += a;
        sy += b;
        sxx += a * a;
        syy += b * b;
        sxy += a * b;
        pair.n++;
    }
    const double n = (double)pair.n;
    const double vx = n * sxx - sx * sx, vy = n * syy - sy * sy;
    pair.r = pair.n > 2 && vx > 0.0 && vy > 0.0 ? (n * sxy - sx * sy) / sqrt(vx * vy) : 0.0;
    return pair;
}

/* Texts: equal in every row? */
static bool same_texts(const MkSurveyVariable *a, const MkSurveyVariable *b, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (strcmp(a->text[i], b->text[i]) != 0) {
            return false;
        }
    }
    return true;
}

static Pair compare(const MkSurvey *s, const MkSurveyVariable *a, const MkSurveyVariable *b)
{
    if (a->text != NULL || b->text != NULL) {
        const bool is_same = a->text != NULL && b->text != NULL && same_texts(a, b, s->n_rows);
        return (Pair){.n = s->n_rows, .r = is_same ? 1.0 : 0.0, .is_same = is_same};
    }
    const size_t stride = s->n_rows / TWIN_ROWS + 1;
    Pair pair = compare_numbers(a->number, b->number, s->n_rows, stride);
    if (pair.r > 0.99 && stride > 1) {
        pair = compare_numbers(a->number, b->number, s->n_rows, 1);
    }
    pair.is_same = pair.r > 0.99999 && 50 * pair.n_one <= pair.n;
    return pair;
}

/* What two drafted columns of a file say of each other; true: the second is left out. */
static bool judge_twins(MkInfer *in, const MkSurvey *s, MkDraftColumn *a, MkDraftColumn *b)
{
    const MkSurveyVariable *const x = find_variable(s, a->variable);
    const MkSurveyVariable *const y = find_variable(s, b->variable);
    if (x == NULL || y == NULL) {
        return false;
    }
    const Pair pair = compare(s, x, y);
    const bool is_number = a->attribute.n_levels == 0 && b->attribute.n_levels == 0;
    if (pair.n < 10) {
        return false;
    }
    if (pair.is_same && (is_number || a->attribute.n_levels == b->attribute.n_levels)) {
        return true;
    }
    if (is_number && pair.r > 0.99 && 4 * pair.n_one <= pair.n) {
        char r[24];
        const char *const name = a->attribute.name;
        mk_infer_decide(in, b, 30, "duplicate", mk_infer_text(in, "kept beside %s", name),
                        mk_infer_text(in, "both are nearly the same: correlation %s",
                                      mk_text_number(pair.r, 4, r)),
                        "take one of them out of schema.tsv and mapping.tsv");
        in->draft->decisions[in->draft->n_decisions - 1].attribute = b->attribute.name;
    }
    return false;
}

/* The column that says what column k says, among those before it; MK k when none does. */
static size_t find_twin(MkInfer *in, const MkInferFiles *files, size_t k, const bool *is_gone)
{
    MkDraft *const d = in->draft;
    for (size_t i = 0; i < k; i++) {
        MkDraftColumn *const a = &d->columns[i], *const b = &d->columns[k];
        if (is_gone[i] || strcmp(a->file, b->file) != 0) {
            continue;
        }
        size_t f = 0;
        while (strcmp(files->names[f], a->file) != 0) {
            f++;
        }
        if (judge_twins(in, &files->surveys[f], a, b)) {
            return i;
        }
    }
    return k;
}

/* Takes the decisions about a column away. */
static void forget_decisions(MkDraft *d, const char *attribute)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_decisions; i++) {
        if (strcmp(d->decisions[i].attribute, attribute) != 0) {
            d->decisions[n++] = d->decisions[i];
        }
    }
    d->n_decisions = n;
}

MkStatus mk_infer_twins(MkInfer *in, const MkInferFiles *files, MkError *err)
{
    MkDraft *const d = in->draft;
    bool *const is_gone = mk_arena_zeros(in->arena, d->n_columns, sizeof *is_gone);
    if (is_gone == NULL) {
        return no_memory(err);
    }
    for (size_t k = 1; k < d->n_columns; k++) {
        if (k % 16 == 0 && mk_cancelled(in->job->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        size_t twin = find_twin(in, files, k, is_gone);
        if (twin == k) {
            continue;
        }
        size_t gone = k;
        if (d->columns[k].is_linked && !d->columns[twin].is_linked) {
            gone = twin;
            twin = k;
        }
        is_gone[gone] = true;
        const MkDraftColumn *const c = &d->columns[gone];
        const MkProfile p = {.file = c->file,
                             .variable =
                                 &(const MkSurveyVariable){.name = c->variable, .label = ""}};
        forget_decisions(d, c->attribute.name);
        mk_infer_leave_out(in, &p, "says the same as %s in every row, or in another unit",
                           d->columns[twin].variable);
    }
    size_t n = 0;
    for (size_t k = 0; k < d->n_columns; k++) {
        if (!is_gone[k]) {
            d->columns[n++] = d->columns[k];
        }
    }
    d->n_columns = n;
    return MK_OK;
}

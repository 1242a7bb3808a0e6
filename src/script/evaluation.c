/* evaluation.c - models, people and yards of `evaluate`. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/evaluation.h"

#include <stdio.h>
#include <string.h>

#include "model/recard.h"
#include "src/result/page.h"

enum { PEOPLE_OF_SEVERAL = 1000 }; /* of a source, when there are several and nothing is said */

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static void show_progress(void *ctx, size_t done, size_t total)
{
    const MkEvaluation *const e = ctx;
    char line[160];
    snprintf(line, sizeof line, "evaluate: %s, %3.0f %%", e->phase,
             100.0 * (double)done / (double)(total > 0 ? total : 1));
    mk_session_progress(e->session, line);
}

/* ---- models ---- */

static MkStatus open_model(MkEvaluation *e, const char *said, const MkModel **out,
                           const char **path, MkError *err)
{
    const MkOpened *opened = NULL;
    MK_TRY(mk_models_find(e->session, said, e->arena, path, err));
    MK_TRY(mk_models_open(e->session, *path, &opened, err));
    *out = e->session->line.is_raw ? mk_model_raw(opened->model) : opened->model;
    return MK_OK;
}

static bool is_same_attribute(const MkAttribute *a, const MkAttribute *b)
{
    bool same = a->type == b->type && a->n_levels == b->n_levels && strcmp(a->unit, b->unit) == 0;
    for (size_t k = 0; same && k < a->n_levels; k++) {
        same = strcmp(a->levels[k].name, b->levels[k].name) == 0;
    }
    return same;
}

/* The attributes that the other model knows in the same way. */
static MkStatus match_models(MkEvaluation *e, MkError *err)
{
    const MkSchema *const a = mk_model_schema(e->model), *const b = mk_model_schema(e->against);
    e->against_ids = mk_arena_array(e->arena, a->n, sizeof *e->against_ids);
    e->asked = mk_arena_zeros(e->arena, a->n, sizeof *e->asked);
    e->is_rare = mk_arena_zeros(e->arena, a->n, sizeof *e->is_rare);
    if (e->against_ids == NULL || e->asked == NULL || e->is_rare == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < a->n; j++) {
        size_t id = 0;
        e->against_ids[j] = MK_JUDGE_NONE;
        if (mk_schema_find(b, a->attributes[j].name, &id) &&
            is_same_attribute(&a->attributes[j], &b->attributes[id])) {
            e->against_ids[j] = id;
            e->asked[j] = true;
            e->is_rare[j] = mk_model_marginal(e->against, id)->n_observed < MK_REPORT_RARE;
            e->n_common++;
            e->n_rare += e->is_rare[j] ? 1U : 0U;
        }
    }
    if (e->n_common == 0) {
        return mk_fail(err, MK_EINVAL, "%s has no attribute of %s", mk_model_card(e->against)->name,
                       mk_model_card(e->model)->name);
    }
    return MK_OK;
}

static MkStatus open_models(MkEvaluation *e, MkError *err)
{
    const MkWords words = e->call->lists[MK_LIST_WORDS];
    const char *said = e->session->line.model;
    MK_TRY(mk_call_count(e->call, MK_LIST_WORDS, 0, 1, err));
    if (words.n == 1) {
        mk_call_at(e->call, &words.items[0]);
        said = words.items[0].text;
    }
    MK_TRY(open_model(e, said, &e->model, &e->path, err));
    const char *const against = mk_call_option(e->call, "against");
    if (against != NULL) {
        mk_call_at_option(e->call, "against");
        const char *path = NULL;
        MK_TRY(open_model(e, against, &e->against, &path, err));
        MK_TRY(match_models(e, err));
    }
    return MK_OK;
}

/* ---- people ---- */

static MkStatus read_part(const MkCall *call, MkWho *who, MkError *err)
{
    static const struct {
        const char *name;
        MkWho who;
    } parts[] = {{"all", MK_WHO_ALL},
                 {"train", MK_WHO_TRAIN},
                 {"valid", MK_WHO_VALID},
                 {"test", MK_WHO_TEST}};
    const char *const said = mk_call_option(call, "part");
    if (said == NULL) {
        return MK_OK;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(said, parts[i].name) == 0) {
            *who = parts[i].who;
            return MK_OK;
        }
    }
    mk_call_at_option(call, "part");
    return mk_fail(err, MK_EINVAL, "--part %.40s: expected all, train, valid or test", said);
}

static MkStatus choose_people(MkEvaluation *e, MkWho who, MkError *err)
{
    MkHeldOut split, other;
    MkWhom whom = {.who = who};
    if (mk_held_out_read(mk_model_card(e->model)->manifest, &split)) {
        whom.split = &split;
    }
    if (e->against != NULL && mk_held_out_read(mk_model_card(e->against)->manifest, &other)) {
        whom.other = &other;
    }
    if (e->most == 0 && e->judged->n_tables > 1) {
        e->most = PEOPLE_OF_SEVERAL;
    }
    MK_TRY(mk_call_size(e->call, "people", 1, 1U << 30, &e->most, err));
    whom.most = e->most;
    return mk_people_choose(e->judged, &whom, e->arena, &e->people, err);
}

static MkStatus read_train(MkEvaluation *e, const char *path, MkError *err)
{
    mk_call_at_option(e->call, "train");
    MK_TRY(mk_cohort_read(path, mk_model_schema(e->model), MK_OTHER_DROP, &e->other, err));
    size_t *const people = mk_arena_array(e->arena, e->other->n_rows + 1, sizeof *people);
    if (people == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < e->other->n_rows; i++) {
        people[i] = i;
    }
    e->train = e->other;
    e->train_people = people;
    e->n_train = e->other->n_rows;
    return MK_OK;
}

static MkStatus read_people(MkEvaluation *e, const char *table, bool is_whole, MkError *err)
{
    const char *const path = mk_call_option(e->call, table);
    const char *const train = mk_call_option(e->call, "train");
    MkWho who = is_whole ? MK_WHO_ALL : MK_WHO_AUTO;
    MK_TRY(read_part(e->call, &who, err));
    mk_call_at_option(e->call, table);
    MK_TRY(mk_cohort_read(path, mk_model_schema(e->model), MK_OTHER_DROP, &e->judged, err));
    MK_TRY(choose_people(e, who, err));
    if (train != NULL) {
        return read_train(e, train, err);
    }
    e->train = e->people.n_train > 0 ? e->judged : NULL;
    e->train_people = e->people.train;
    e->n_train = e->people.n_train;
    return MK_OK;
}

/* ---- all of it ---- */

MkStatus mk_evaluation_begin(MkEvaluation *e, const char *table, bool is_whole, MkError *err)
{
    e->tells_source = mk_call_option(e->call, "source-known") != NULL;
    MK_TRY(open_models(e, err));
    MK_TRY(read_people(e, table, is_whole, err));
    if (e->train == NULL) {
        return mk_yards_from_model(e->model, e->arena, &e->yards, err);
    }
    return mk_yards_from_people(e->train, e->train_people, e->n_train, e->arena, &e->yards, err);
}

void mk_evaluation_end(MkEvaluation *e)
{
    mk_cohort_free(e->judged);
    mk_cohort_free(e->other);
}

/* What may be asked and known: what both models know, and never the source. */
static MkStatus list_allowed(const MkEvaluation *e, bool **out, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(e->model);
    bool *const allowed = mk_arena_zeros(e->arena, schema->n, sizeof *allowed);
    if (allowed == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < schema->n; j++) {
        allowed[j] =
            (e->asked == NULL || e->asked[j]) && strcmp(schema->attributes[j].name, "source") != 0;
    }
    *out = allowed;
    return MK_OK;
}

MkStatus mk_evaluation_relate(MkEvaluation *e, MkError *err)
{
    bool *allowed = NULL;
    MK_TRY(list_allowed(e, &allowed, err));
    e->phase = "which attributes are related";
    return mk_yards_related(&(MkRelated){.model = e->model,
                                         .train = e->train,
                                         .people = e->train_people,
                                         .n_people = e->n_train,
                                         .judged = e->judged,
                                         .allowed = allowed,
                                         .pool = mk_session_pool(e->session),
                                         .cancel = e->session->config.cancel,
                                         .progress = show_progress,
                                         .progress_ctx = e},
                            e->arena, &e->related, err);
}

MkStatus mk_evaluation_judge(MkEvaluation *e, bool is_other, const MkTable *mask, MkArena *arena,
                             MkScores *out, MkError *err)
{
    const MkJudge judge = {.model = is_other ? e->against : e->model,
                           .ids = is_other ? e->against_ids : NULL,
                           .asked = e->asked,
                           .cohort = e->judged,
                           .rows = e->people.judged,
                           .n_rows = e->people.n_judged,
                           .yards = e->yards,
                           .tells_source = e->tells_source,
                           .level = e->session->line.level,
                           .pool = mk_session_pool(e->session),
                           .cancel = e->session->config.cancel,
                           .progress = show_progress,
                           .progress_ctx = e};
    e->phase = mk_model_card(judge.model)->name;
    return mask != NULL ? mk_judge_masked(&judge, mask, arena, out, err)
                        : mk_judge_related(&judge, e->related, arena, out, err);
}

/* ---- where it goes ---- */

MkStatus mk_evaluation_write(const char *folder, const char *title, MkResult *result, MkError *err)
{
    static const char *const names[] = {"report.json", "report.html", "report.md", "report.csv"};
    MkPage *const page = mk_result_page(result);
    if (page == NULL) {
        return no_memory(err);
    }
    page->title = title;
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

MkStatus mk_evaluation_tell(const MkEvaluation *e, const char *section, MkBuf *text,
                            MkResult *result, MkError *err)
{
    MkStatus st = mk_buf_status(text, err);
    if (st == MK_OK) {
        st = mk_model_recard(e->path, section, text->data, err);
    }
    mk_buf_release(text);
    if (st == MK_OK) {
        mk_result_note(result, "The card of %s tells it.", e->path);
    }
    return st;
}

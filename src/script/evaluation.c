/* evaluation.c - models, people and yards of `evaluate`. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/evaluation.h"

#include <stdio.h>
#include <string.h>

#include "model/recard.h"

/* People of a source when nothing is said: of several, and with --quick. */
enum { PEOPLE_OF_SEVERAL = 1000, PEOPLE_QUICK = 300, PEOPLE_QUICK_OF_SEVERAL = 40 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- progress ---- */

/* "evaluate: 3 of 9, masks, 42 %, 2 min left" */
static void tell_pace(const MkEvaluation *e, double fraction)
{
    const MkPace *const p = e->pace;
    double (*const clock)(void) = e->session->config.clock;
    char line[160], left[40] = "";
    if (p == NULL) {
        return;
    }
    const double done = p->before + p->cost * fraction;
    if (clock != NULL && done > 0.02 * p->all) {
        const double seconds = (clock() - p->began) / done * (p->all - done);
        snprintf(left, sizeof left, seconds < 90.0 ? ", %.0f s left" : ", %.0f min left",
                 seconds < 90.0 ? seconds : seconds / 60.0);
    }
    snprintf(line, sizeof line, "evaluate: %zu of %zu, %s, %.0f %%%s", p->at, p->n, p->name,
             100.0 * fraction, left);
    mk_session_progress(e->session, line);
}

static void show_progress(void *ctx, size_t done, size_t total)
{
    const MkEvaluation *const e = ctx;
    if (e->pace != NULL) {
        const double share = (double)done / (double)(total > 0 ? total : 1);
        tell_pace(e, e->pace->from + share * (e->pace->to - e->pace->from));
    }
}

static void show_share(void *ctx, double fraction)
{
    tell_pace(ctx, fraction);
}

void mk_evaluation_part(MkEvaluation *e, double from, double to)
{
    if (e->pace != NULL) {
        e->pace->from = from;
        e->pace->to = to;
        tell_pace(e, from);
    }
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

/* The attributes that a rival knows in the same way. */
static MkStatus match_rival(MkEvaluation *e, MkRival *rival, MkError *err)
{
    const MkSchema *const a = mk_model_schema(e->model), *const b = mk_model_schema(rival->model);
    rival->ids = mk_arena_array(e->arena, a->n, sizeof *rival->ids);
    if (rival->ids == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < a->n; j++) {
        size_t id = 0;
        const bool is_same = mk_schema_find(b, a->attributes[j].name, &id) &&
                             is_same_attribute(&a->attributes[j], &b->attributes[id]);
        rival->ids[j] = is_same ? id : MK_JUDGE_NONE;
    }
    return MK_OK;
}

/* What all of them know is asked. */
static MkStatus match_models(MkEvaluation *e, MkError *err)
{
    const size_t n = mk_model_schema(e->model)->n;
    e->asked = mk_arena_zeros(e->arena, n, sizeof *e->asked);
    e->is_rare = mk_arena_zeros(e->arena, n, sizeof *e->is_rare);
    if (e->asked == NULL || e->is_rare == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        e->asked[j] = true;
        for (size_t r = 0; r < e->n_rivals; r++) {
            e->asked[j] = e->asked[j] && e->rivals[r].ids[j] != MK_JUDGE_NONE;
        }
        if (e->asked[j]) {
            const MkRival *const first = &e->rivals[0];
            e->is_rare[j] =
                mk_model_marginal(first->model, first->ids[j])->n_observed < MK_REPORT_RARE;
            e->n_common++;
            e->n_rare += e->is_rare[j] ? 1U : 0U;
        }
    }
    return e->n_common > 0
               ? MK_OK
               : mk_fail(err, MK_EINVAL, "%s and %s have no attribute in common",
                         mk_model_card(e->model)->name, mk_model_card(e->rivals[0].model)->name);
}

static MkStatus open_rivals(MkEvaluation *e, MkError *err)
{
    for (size_t i = 0; i < e->call->n_options; i++) {
        const MkCallOption *const o = &e->call->options[i];
        if (strcmp(o->option->name, "against") != 0) {
            continue;
        }
        *e->call->column = o->column;
        if (e->n_rivals == MK_RIVALS_MAX) {
            return mk_fail(err, MK_EINVAL, "--against: more than %d models", (int)MK_RIVALS_MAX);
        }
        MkRival *const rival = &e->rivals[e->n_rivals++];
        MK_TRY(open_model(e, o->value, &rival->model, &rival->path, err));
        MK_TRY(match_rival(e, rival, err));
    }
    return e->n_rivals > 0 ? match_models(e, err) : MK_OK;
}

MkStatus mk_evaluation_models(MkEvaluation *e, MkError *err)
{
    const MkWords words = e->call->lists[MK_LIST_WORDS];
    const char *said = e->session->line.model;
    e->tells_source = mk_call_option(e->call, "source-known") != NULL;
    e->is_quick = mk_call_option(e->call, "quick") != NULL;
    MK_TRY(mk_call_count(e->call, MK_LIST_WORDS, 0, 1, err));
    if (words.n == 1) {
        mk_call_at(e->call, &words.items[0]);
        said = words.items[0].text;
    }
    MK_TRY(open_model(e, said, &e->model, &e->path, err));
    return open_rivals(e, err);
}

MkStatus mk_evaluation_swapped(const MkEvaluation *e, MkEvaluation *out, MkError *err)
{
    out->tells_source = e->tells_source;
    out->is_quick = e->is_quick;
    out->model = e->rivals[0].model;
    out->path = e->rivals[0].path;
    out->rivals[0] = (MkRival){.model = e->model, .path = e->path};
    for (size_t r = 1; r < e->n_rivals; r++) { /* the same people and attributes are judged */
        out->rivals[r] = (MkRival){.model = e->rivals[r].model, .path = e->rivals[r].path};
    }
    out->n_rivals = e->n_rivals;
    for (size_t r = 0; r < out->n_rivals; r++) {
        MK_TRY(match_rival(out, &out->rivals[r], err));
    }
    return match_models(out, err);
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
    MkHeldOut split;
    MkWhom whom = {.who = who};
    if (mk_held_out_read(mk_model_card(e->model)->manifest, &split)) {
        whom.split = &split;
    }
    MkHeldOut others[MK_RIVALS_MAX];
    for (size_t r = 0; r < e->n_rivals; r++) {
        whom.n_others +=
            mk_held_out_read(mk_model_card(e->rivals[r].model)->manifest, &others[whom.n_others])
                ? 1U
                : 0U;
    }
    whom.others = others;
    if (e->most == 0 && e->judged->n_tables > 1) {
        e->most = e->is_quick ? PEOPLE_QUICK_OF_SEVERAL : PEOPLE_OF_SEVERAL;
    } else if (e->most == 0 && e->is_quick) {
        e->most = PEOPLE_QUICK;
    }
    MK_TRY(mk_call_size(e->call, "people", 1, 1U << 30, &e->most, err));
    whom.most = e->most;
    return mk_people_choose(e->judged, &whom, e->arena, &e->people, err);
}

static MkStatus read_train(MkEvaluation *e, const char *path, MkError *err)
{
    mk_call_at_option(e->call, "train");
    return mk_cohort_read(path, mk_model_schema(e->model), MK_OTHER_DROP, &e->other, err);
}

/* Of the tables with the training people those that the model was trained on, where its split tells
 * them; else everybody. */
static MkStatus take_train(MkEvaluation *e, MkError *err)
{
    MkHeldOut split;
    MkPeople found;
    size_t *const people = mk_arena_array(e->arena, e->other->n_rows + 1, sizeof *people);
    if (people == NULL) {
        return no_memory(err);
    }
    e->train = e->other;
    if (mk_held_out_read(mk_model_card(e->model)->manifest, &split)) {
        MK_TRY(mk_people_choose(e->other, &(MkWhom){.split = &split}, e->arena, &found, err));
        if (found.n_train > 0) {
            e->train_people = found.train;
            e->n_train = found.n_train;
            return MK_OK;
        }
    }
    for (size_t i = 0; i < e->other->n_rows; i++) {
        people[i] = i;
    }
    e->train_people = people;
    e->n_train = e->other->n_rows;
    return MK_OK;
}

/* A table of something else has nobody to judge. */
static MkStatus check_known(const MkEvaluation *e, const char *path, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(e->model);
    for (size_t j = 0; j < schema->n; j++) {
        if (strcmp(schema->attributes[j].name, "source") != 0 && mk_cohort_has(e->judged, j)) {
            return MK_OK;
        }
    }
    return mk_fail(err, MK_EFORMAT, "%s: found no value of the %zu attributes of %s", path,
                   schema->n, mk_model_card(e->model)->name);
}

static MkStatus read_people(MkEvaluation *e, const char *table, bool is_whole, MkError *err)
{
    const char *const path = mk_call_option(e->call, table);
    const char *const train = mk_call_option(e->call, "train");
    MkWho who = is_whole ? MK_WHO_ALL : MK_WHO_AUTO;
    MK_TRY(is_whole ? MK_OK : read_part(e->call, &who, err));
    mk_call_at_option(e->call, table);
    MK_TRY(mk_cohort_read(path, mk_model_schema(e->model), MK_OTHER_DROP, &e->judged, err));
    MK_TRY(check_known(e, path, err));
    MK_TRY(choose_people(e, who, err));
    if (e->other == NULL && train != NULL && strcmp(train, path) != 0) {
        MK_TRY(read_train(e, train, err));
    }
    if (e->other != NULL) {
        return take_train(e, err);
    }
    e->train = e->people.n_train > 0 ? e->judged : NULL;
    e->train_people = e->people.train;
    e->n_train = e->people.n_train;
    return MK_OK;
}

/* ---- all of it ---- */

MkStatus mk_evaluation_people(MkEvaluation *e, const char *table, bool is_whole, MkError *err)
{
    mk_session_progress(e->session, "evaluate: reading the people");
    MK_TRY(read_people(e, table, is_whole, err));
    if (e->train == NULL) {
        return mk_yards_from_model(e->model, e->arena, &e->yards, err);
    }
    return mk_yards_from_people(e->train, e->train_people, e->n_train, e->arena, &e->yards, err);
}

void mk_evaluation_end(MkEvaluation *e)
{
    mk_cohort_free(e->judged);
    mk_cohort_free(e->borrows_other ? NULL : e->other);
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
    if (e->related != NULL) {
        return MK_OK;
    }
    MK_TRY(list_allowed(e, &allowed, err));
    /* The model's own correlations need no counting. */
    const MkCohort *const counted = e->is_quick ? NULL : e->train;
    return mk_yards_related(&(MkRelated){.model = e->model,
                                         .train = counted,
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

MkJudge mk_evaluation_judge(MkEvaluation *e, size_t r)
{
    return (MkJudge){.model = r > 0 ? e->rivals[r - 1].model : e->model,
                     .ids = r > 0 ? e->rivals[r - 1].ids : NULL,
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
}

MkTrial mk_evaluation_trial(MkEvaluation *e)
{
    return (MkTrial){.model = e->model,
                     .against = e->n_rivals > 0 ? e->rivals[0].model : NULL,
                     .path = e->path,
                     .judged = e->judged,
                     .rows = e->people.judged,
                     .n_rows = e->people.n_judged,
                     .held = e->people.held,
                     .n_held = e->people.n_held,
                     .train = e->train,
                     .train_rows = e->train_people,
                     .n_train = e->n_train,
                     .yards = e->yards,
                     .level = e->session->line.level,
                     .seed = e->session->line.seed,
                     .is_quick = e->is_quick,
                     .pool = mk_session_pool(e->session),
                     .cancel = e->session->config.cancel,
                     .progress = show_share,
                     .progress_ctx = e};
}

/* ---- where it goes ---- */

MkStatus mk_evaluation_write(const char *folder, MkResult *result, MkError *err)
{
    static const char *const names[] = {"report.json", "report.html", "report.md", "report.csv"};
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

/* verbs_model_compare.c - model compare: what a release gained and lost against another. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/eval/contrast.h"
#include "src/eval/people.h"
#include "src/eval/yard.h"
#include "src/script/releases.h"

enum { PEOPLE_OF_SEVERAL = 100, CHOOSING = 500, MOST = 15 }; /* people of a source; rows */

typedef struct Comparing {
    MkSession *session;
    const MkCall *call;
    MkArena *arena;
    const MkOpened *opened[2];
    MkContrast contrast;
    MkCohort *cohort;
    MkPeople people;
    bool is_told;         /* both models say whom they were trained on */
    const size_t *choose; /* (n_choose) a part of the training people, or of the judged */
    size_t n_choose;
    MkYard *yards;
    uint32_t *related;
    const char *phase;
} Comparing;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

static void show_progress(void *ctx, size_t done, size_t total)
{
    const Comparing *const w = ctx;
    char line[160];
    snprintf(line, sizeof line, "model compare: %s, %3.0f %%", w->phase,
             100.0 * (double)done / (double)(total > 0 ? total : 1));
    mk_session_progress(w->session, line);
}

/* ---- models ---- */

static MkStatus open_both(Comparing *w, MkError *err)
{
    const MkWords words = w->call->lists[MK_LIST_WORDS];
    if (words.n != 3) {
        return mk_fail(err, MK_EINVAL,
                       "model compare needs two models: model compare BEFORE AFTER");
    }
    for (size_t i = 0; i < 2; i++) {
        const char *path = NULL;
        mk_call_at(w->call, &words.items[i + 1]);
        MK_TRY(mk_models_find(w->session, words.items[i + 1].text, w->arena, &path, err));
        MK_TRY(mk_models_open(w->session, path, &w->opened[i], err));
        w->contrast.models[i] = w->opened[i]->model;
    }
    return MK_OK;
}

/* ---- people ---- */

static MkStatus read_people(Comparing *w, const char *path, MkError *err)
{
    MkHeldOut splits[2];
    MkWhom whom = {.who = MK_WHO_AUTO};
    const char *const manifests[] = {mk_model_card(w->contrast.models[0])->manifest,
                                     mk_model_card(w->contrast.models[1])->manifest};
    whom.others = &splits[0];
    whom.n_others = mk_held_out_read(manifests[0], &splits[0]) ? 1 : 0;
    whom.split = mk_held_out_read(manifests[1], &splits[1]) ? &splits[1] : NULL;
    w->is_told = whom.n_others > 0 && whom.split != NULL;
    w->phase = "reading people";
    show_progress(w, 0, 1);
    mk_call_at_option(w->call, "holdout");
    MK_TRY(mk_cohort_read(path, mk_model_schema(w->contrast.models[1]), MK_OTHER_DROP, &w->cohort,
                          err));
    whom.most = w->cohort->n_tables > 1 ? PEOPLE_OF_SEVERAL : 0;
    MK_TRY(mk_call_size(w->call, "people", 1, 1U << 30, &whom.most, err));
    return mk_people_choose(w->cohort, &whom, w->arena, &w->people, err);
}

/* Yards of the training people when the tables have them, else of what the later model remembers;
 * relations and pairs from some people of each source. */
static MkStatus measure_people(Comparing *w, MkError *err)
{
    const MkPeople *const p = &w->people;
    const bool has_train = p->n_train > 0;
    size_t *const some = mk_arena_array(w->arena, w->cohort->n_rows + 1, sizeof *some);
    if (some == NULL) {
        return no_memory(err);
    }
    w->n_choose = mk_people_thin(w->cohort, has_train ? p->train : p->judged,
                                 has_train ? p->n_train : p->n_judged, CHOOSING, some);
    w->choose = some;
    MK_TRY(has_train
               ? mk_yards_from_people(w->cohort, p->train, p->n_train, w->arena, &w->yards, err)
               : mk_yards_from_model(w->contrast.models[1], w->arena, &w->yards, err));
    bool *const allowed = mk_arena_array(w->arena, w->contrast.n + 1, sizeof *allowed);
    if (allowed == NULL) {
        return no_memory(err);
    }
    const MkSchema *const schema = mk_model_schema(w->contrast.models[1]);
    for (size_t j = 0; j < w->contrast.n; j++) {
        allowed[j] = w->contrast.is_common[j] && strcmp(schema->attributes[j].name, "source") != 0;
    }
    w->phase = "which attributes are related";
    return mk_yards_related(&(MkRelated){.model = w->contrast.models[1],
                                         .train = has_train ? w->cohort : NULL,
                                         .people = w->choose,
                                         .n_people = has_train ? w->n_choose : 0,
                                         .judged = w->cohort,
                                         .allowed = allowed,
                                         .pool = mk_session_pool(w->session),
                                         .cancel = w->session->config.cancel,
                                         .progress = show_progress,
                                         .progress_ctx = w},
                            w->arena, &w->related, err);
}

/* ---- scores ---- */

static MkStatus judge_one(Comparing *w, size_t m, MkArena *arena, MkScores *out, MkError *err)
{
    w->phase = m == 0 ? "asking the earlier model" : "asking the later model";
    return mk_judge_related(&(MkJudge){.model = w->contrast.models[m],
                                       .ids = m == 0 ? w->contrast.ids : NULL,
                                       .asked = w->contrast.is_common,
                                       .cohort = w->cohort,
                                       .rows = w->people.judged,
                                       .n_rows = w->people.n_judged,
                                       .yards = w->yards,
                                       .level = w->session->line.level,
                                       .pool = mk_session_pool(w->session),
                                       .cancel = w->session->config.cancel,
                                       .progress = show_progress,
                                       .progress_ctx = w},
                            w->related, arena, out, err);
}

static MkStatus judge_both(Comparing *w, MkError *err)
{
    MkArena *const scratch = mk_arena_new(0);
    MkScores scores[2];
    if (scratch == NULL) {
        return no_memory(err);
    }
    MkStatus st = judge_one(w, 0, scratch, &scores[0], err);
    if (st == MK_OK) {
        st = judge_one(w, 1, scratch, &scores[1], err);
    }
    if (st == MK_OK) {
        st = mk_contrast_gains(&w->contrast, &scores[0], &scores[1], mk_session_pool(w->session),
                               w->arena, err);
    }
    mk_arena_free(scratch);
    MK_TRY(st);
    w->phase = "pairs";
    return mk_contrast_pairs(&w->contrast,
                             &(MkContrastPeople){.cohort = w->cohort,
                                                 .rows = w->people.judged,
                                                 .n_rows = w->people.n_judged,
                                                 .choose = w->choose,
                                                 .n_choose = w->n_choose,
                                                 .yards = w->yards,
                                                 .pool = mk_session_pool(w->session),
                                                 .progress = show_progress,
                                                 .progress_ctx = w},
                             w->arena, err);
}

static MkStatus compare_on_people(Comparing *w, const char *path, MkError *err)
{
    if (w->contrast.n_common == 0) {
        return mk_fail(err, MK_EINVAL, "the two models have no attribute in common");
    }
    MK_TRY(read_people(w, path, err));
    MK_TRY(measure_people(w, err));
    return judge_both(w, err);
}

/* ---- the two files ---- */

static MkStatus put_models(const Comparing *w, MkResult *result, MkNode *root, MkError *err)
{
    static const char *const keys[] = {"model",  "version",    "kind",   "attributes",
                                       "people", "parameters", "digest", "path"};
    static const char *const headers[] = {"Model",  "Version",    "Kind",   "Attributes",
                                          "People", "Parameters", "Digest", "File"};
    MkResultTable *const table = mk_result_add_table(result, "Models", 8, 2);
    MkNode *const list = mk_node_array(result, root, "models");
    for (size_t i = 0; i < 8; i++) {
        mk_result_table_header(result, table, i, keys[i], headers[i],
                               i >= 3 && i <= 5 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
    }
    for (size_t i = 0; i < 2; i++) {
        MkRelease r;
        MK_TRY(mk_release_of(w->opened[i]->path, w->contrast.models[i], result->arena, &r, err));
        const size_t counts[] = {r.n_attributes, r.n_people, r.n_parameters};
        const char *const texts[] = {r.name, r.version, r.kind,   NULL,
                                     NULL,   NULL,      r.digest, w->opened[i]->path};
        MkNode *const node = mk_node_object(result, list, NULL);
        for (size_t k = 0; k < 8; k++) {
            if (texts[k] != NULL) {
                mk_node_string(result, node, keys[k], texts[k]);
                mk_result_table_cell(result, table, i, k, texts[k], NULL);
            } else {
                mk_node_number(result, node, keys[k], (double)counts[k - 3]);
                mk_result_table_cell(result, table, i, k,
                                     mk_arena_printf(result->arena, "%zu", counts[k - 3]), NULL);
            }
        }
    }
    return MK_OK;
}

static void note_people(const Comparing *w, MkResult *result)
{
    if (w->cohort == NULL) {
        mk_result_note(result, "Without --holdout nobody was asked: this is what the files say.");
        return;
    }
    if (!w->is_told) {
        mk_result_note(result, "One of the models does not say whom it was trained on: it may have "
                               "seen people who are judged.");
    }
    if (!w->people.is_split) {
        mk_result_note(result, "All people of the tables are judged: whether a model was trained "
                               "on some of them is not known.");
    }
    if (w->cohort->n_tables > 1) {
        mk_result_note(result,
                       "The people are of %zu sources, whether or not a model was trained on "
                       "others of that source; a table of one source judges that alone.",
                       w->cohort->n_tables);
    }
    if (w->people.n_left > 0) {
        mk_result_note(result, "%zu more people could be judged (--people).", w->people.n_left);
    }
}

MkStatus mk_model_compare(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    Comparing w = {.session = session, .call = call, .arena = call->arena};
    const char *const holdout = mk_call_option(call, "holdout");
    size_t most = MOST;
    MK_TRY(mk_call_size(call, "most", 1, 1U << 20, &most, err));
    MK_TRY(open_both(&w, err));
    w.contrast.seed = session->line.seed;
    w.contrast.cancel = session->config.cancel;
    MK_TRY(mk_contrast_schemas(&w.contrast, w.arena, err));
    MkStatus st = mk_contrast_files(&w.contrast, w.arena, err);
    if (st == MK_OK && holdout != NULL) {
        st = compare_on_people(&w, holdout, err);
    }
    MkNode *const root = mk_node_object(result, NULL, NULL);
    if (st == MK_OK) {
        st = put_models(&w, result, root, err);
    }
    if (st == MK_OK) {
        st = mk_contrast_report(&w.contrast, most, w.people.n_judged, result, root, err);
        note_people(&w, result);
    }
    mk_cohort_free(w.cohort);
    return st;
}

/* verbs_model.c - model show|card|verify: what a model is, whether it is whole and who vouches for
 * it. The other words of the verb are in verbs_model_list.c. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/model.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/card.h"
#include "src/script/inner.h"
#include "src/script/releases.h"
#include "src/script/signed.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* Digest of the model's file; "" when it cannot be read any more. */
static const char *digest_of(const MkOpened *opened, MkArena *arena)
{
    char digest[17] = "";
    const char *const text =
        mk_file_digest(opened->path, digest, NULL) == MK_OK ? mk_arena_strdup(arena, digest) : NULL;
    return text != NULL ? text : "";
}

/* ---- show and verify ---- */

static MkStatus find_said(MkSession *session, const MkCall *call, const char **path, MkError *err)
{
    const MkWords words = call->lists[MK_LIST_WORDS];
    const char *said = session->line.model;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 2, err));
    if (words.n == 2) {
        mk_call_at(call, &words.items[1]);
        said = words.items[1].text;
    }
    return mk_models_find(session, said, call->arena, path, err);
}

static MkStatus open_said(MkSession *session, const MkCall *call, const MkOpened **out,
                          MkError *err)
{
    const char *path = NULL;
    MK_TRY(find_said(session, call, &path, err));
    return mk_models_open(session, path, out, err);
}

static MkStatus model_show(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkOpened *opened = NULL;
    MK_TRY(open_said(session, call, &opened, err));
    const MkCard *card = mk_model_card(opened->model);
    MkNode *root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", card->name);
    mk_node_string(result, root, "version", card->version);
    mk_node_string(result, root, "kind", card->kind);
    mk_node_number(result, root, "attributes", (double)mk_model_schema(opened->model)->n);
    mk_node_number(result, root, "people", (double)card->n_people);
    mk_node_number(result, root, "parameters", (double)card->n_parameters);
    mk_node_string(result, root, "digest", digest_of(opened, result->arena));
    mk_node_string(result, root, "path", opened->path);
    const char *text = mk_arena_printf(
        result->arena,
        "%s %s\nkind        %s\nattributes  %zu\npeople      %zu\nparameters  %zu\n"
        "digest      %s\nfile        %s\n",
        card->name, card->version, card->kind, mk_model_schema(opened->model)->n, card->n_people,
        card->n_parameters, digest_of(opened, result->arena), opened->path);
    if (text == NULL) {
        return no_memory(err);
    }
    result->stream = text;
    result->n_stream = strlen(text);
    return mk_result_status(result, err);
}

static MkStatus model_card(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const MkOpened *opened = NULL;
    MK_TRY(open_said(session, call, &opened, err));
    return mk_card_show(session, opened, result, err);
}

/* One answer of the model must be a distribution. */
static MkStatus check_answer(const MkDistribution *d, const char *what, MkError *err)
{
    double sum = 0;
    if (d->kind == MK_DIST_LEVELS || d->kind == MK_DIST_CELLS) {
        for (size_t i = 0; i < d->n; i++) {
            if (!(d->p[i] >= 0)) {
                sum = NAN;
            }
            sum += d->p[i];
        }
    } else {
        sum = isfinite(mk_dist_quantile(d, 0.5)) ? 1 : NAN;
    }
    if (!(fabs(sum - 1) < 1e-4)) {
        return mk_fail(err, MK_ECHECK, "%s of %s is no distribution", what, d->attribute->name);
    }
    return MK_OK;
}

/* The file was checked when it was opened; here every attribute is asked, with nothing and with
 * something known. */
static MkStatus check_answers(const MkModel *model, MkArena *arena, MkError *err)
{
    const size_t n = mk_model_schema(model)->n;
    size_t *ids = mk_arena_array(arena, n, sizeof *ids);
    MkDistribution *out = mk_arena_zeros(arena, n, sizeof *out);
    if (ids == NULL || out == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        ids[j] = j;
        MK_TRY(check_answer(mk_model_population(model, j), "the population", err));
    }
    const MkPoint known[] = {{0, mk_dist_quantile(mk_model_population(model, 0), 0.5)}};
    for (size_t k = 0; k < 2; k++) {
        MK_TRY(mk_model_posterior(model, known, k, ids, n, arena, out, err));
        for (size_t j = 0; j < n; j++) {
            if (out[j].kind != MK_DIST_POINT) {
                MK_TRY(check_answer(&out[j], "the posterior", err));
            }
        }
    }
    return MK_OK;
}

/* Every number of the file, and every answer. */
static MkStatus check_structure(const char *path, MkModel **out, MkError *err)
{
    MkArena *const arena = mk_arena_new(0);
    if (arena == NULL) {
        return no_memory(err);
    }
    MkStatus st = mk_model_open(path, out, err);
    if (st == MK_OK) {
        st = check_answers(*out, arena, err);
        if (st != MK_OK) {
            mk_error_prefix(err, "%s", path);
            mk_model_free(*out);
        }
    }
    mk_arena_free(arena);
    return st;
}

static void tell_signature(const MkSigned *found, MkNode *root, MkResult *result)
{
    static const char *const words[] = {
        [MK_VOUCH_NONE] = "none", [MK_VOUCH_UNKNOWN] = "unknown key", [MK_VOUCH_OK] = "verified"};
    MkNode *const object = mk_node_object(result, root, "signature");
    mk_node_string(result, object, "state", words[found->vouch]);
    switch (found->vouch) {
    case MK_VOUCH_NONE:
        mk_result_note(result, "Unsigned: the digest tells damage, not who made the file.");
        return;
    case MK_VOUCH_UNKNOWN:
        mk_result_note(result,
                       "Signed by key %s, which is not among the trusted keys: not verified.",
                       found->key_id);
        break;
    case MK_VOUCH_OK:
        mk_node_string(result, object, "comment", found->comment);
        mk_node_string(result, object, "from", found->key);
        mk_result_note(result, "Signed by key %s (%s); trusted comment: %s", found->key_id,
                       found->key, found->comment);
        break;
    }
    mk_node_string(result, object, "key", found->key_id);
}

static MkStatus tell_registry(MkSession *session, const MkCard *card, const char *digest,
                              const char *path, MkNode *root, MkResult *result, MkError *err)
{
    MkRegistry registry;
    const MkRelease *release = NULL;
    MK_TRY(mk_releases_read(session, result->arena, &registry, err));
    const MkListed listed = mk_release_state(&registry, card, digest, &release);
    mk_node_string(result, root, "registry", mk_listed_text(listed));
    switch (listed) {
    case MK_LISTED_SAME:
        mk_result_note(result, "The file is release %s %s of %s, as it was registered.",
                       release->name, release->version, release->date);
        break;
    case MK_LISTED_CHANGED:
        return mk_fail(err, MK_ECHECK,
                       "%s: says it is %s %s, but its digest is %s and that release's is %s", path,
                       release->name, release->version, digest, release->digest);
    case MK_LISTED_NOT:
        mk_result_note(result, "%s %s is not in the registry of releases.", card->name,
                       card->version);
        break;
    }
    return MK_OK;
}

static MkStatus tell_verified(MkSession *session, const char *path, const MkModel *model,
                              const MkSigned *found, MkResult *result, MkError *err)
{
    const MkCard *const card = mk_model_card(model);
    char digest[17];
    MK_TRY(mk_file_digest(path, digest, err));
    MkNode *const root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", card->name);
    mk_node_string(result, root, "version", card->version);
    mk_node_string(result, root, "digest", digest);
    mk_node_string(result, root, "path", path);
    mk_node_bool(result, root, "ok", true);
    mk_result_note(result, "%s is whole: %zu attributes, %zu parameters, digest %s.", path,
                   mk_model_schema(model)->n, card->n_parameters, digest);
    MK_TRY(tell_registry(session, card, digest, path, root, result, err));
    tell_signature(found, root, result);
    return mk_result_status(result, err);
}

/* The file as it is now, not as it may be open: first who vouches for it, then what is in it. */
static MkStatus model_verify(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *path = NULL;
    MkSigned found;
    MkModel *model = NULL;
    MK_TRY(find_said(session, call, &path, err));
    MK_TRY(mk_signed_read(session, path, mk_call_option(call, "key"), result->arena, &found, err));
    if (session->is_signed_only) {
        MK_TRY(mk_signed_need(&found, path, err));
    }
    MK_TRY(check_structure(path, &model, err));
    const MkStatus st = tell_verified(session, path, model, &found, result, err);
    mk_model_free(model);
    return st;
}

/* Options of the verb that another word of it takes would do nothing. */
static MkStatus check_options(const MkCall *call, const char *word, const char *taken, MkError *err)
{
    for (size_t i = 0; i < call->verb->n_options; i++) {
        const char *const name = call->verb->options[i].name;
        const size_t n = strlen(name);
        const char *const found = strstr(taken, name);
        if (mk_call_option(call, name) != NULL && (found == NULL || found[n] != ' ')) {
            mk_call_at_option(call, name);
            return mk_fail(err, MK_EINVAL, "--%s does not go with model %s", name, word);
        }
    }
    return MK_OK;
}

MkStatus mk_verb_model(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    static const struct {
        const char *name;
        MkVerbRun *run;
        const char *options; /* of it alone, with a blank after each */
    } actions[] = {{"list", mk_model_list, ""},
                   {"show", model_show, ""},
                   {"card", model_card, ""},
                   {"verify", model_verify, "key "},
                   {"history", mk_model_history, ""},
                   {"register", mk_model_register, "registry "},
                   {"compare", mk_model_compare, "holdout people most "}};
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 3, err));
    const char *word = mk_call_first(call);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (word[0] != '\0' && mk_text_has_prefix(actions[i].name, word)) {
            MK_TRY(check_options(call, actions[i].name, actions[i].options, err));
            return actions[i].run(session, call, result, err);
        }
    }
    return mk_fail(err, MK_EINVAL,
                   "model %.60s: expected list, show, card, verify, compare, history or register",
                   word);
}

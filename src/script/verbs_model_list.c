/* verbs_model_list.c - model list|history|register: which models are here, which releases there
 * were. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/releases.h"
#include "src/script/signed.h"

/* ---- list ---- */

typedef struct Listing {
    const MkSession *session;
    MkResult *result;
    MkResultTable *table;
    MkNode *list;
    MkRegistry registry;
    bool *is_here; /* (registry.n) */
    bool is_whole; /* every file could be looked at */
} Listing;

static MkStatus open_listed(const Listing *l, const MkModelFile *file, MkModel **model,
                            char digest[17], MkError *err)
{
    MK_TRY(mk_signed_open(l->session, file->path, err));
    MK_TRY(mk_file_digest(file->path, digest, err));
    return mk_model_open(file->path, model, err);
}

static void list_row(Listing *l, size_t row, const MkModelFile *file)
{
    MkResult *const result = l->result;
    MkModel *model = NULL;
    MkError err = {0};
    char digest[17];
    MkNode *object = mk_node_object(result, l->list, NULL);
    mk_node_string(result, object, "name", file->name);
    mk_result_table_cell(result, l->table, row, 0, file->name, NULL);
    mk_result_table_cell(result, l->table, row, 7, file->path, NULL);
    const MkStatus st = open_listed(l, file, &model, digest, &err);
    if (st != MK_OK) {
        l->is_whole = false;
        mk_result_table_cell(result, l->table, row, 1, st == MK_ECHECK ? "refused" : "damaged",
                             NULL);
        mk_node_string(result, object, "error", err.text);
        mk_node_string(result, object, "path", file->path);
        mk_result_note(result, "%s", err.text);
        return;
    }
    const MkCard *card = mk_model_card(model);
    const MkRelease *release = NULL;
    const MkListed listed = mk_release_state(&l->registry, card, digest, &release);
    const size_t sizes[] = {mk_model_schema(model)->n, card->n_people, card->n_parameters};
    static const char *const keys[] = {"attributes", "people", "parameters"};
    if (listed == MK_LISTED_SAME) {
        l->is_here[release - l->registry.releases] = true;
    }
    mk_result_table_cell(result, l->table, row, 1, card->version, NULL);
    mk_result_table_cell(result, l->table, row, 2, card->kind, NULL);
    mk_node_string(result, object, "version", card->version);
    mk_node_string(result, object, "kind", card->kind);
    for (size_t i = 0; i < 3; i++) {
        const char *text = mk_arena_printf(result->arena, "%zu", sizes[i]);
        mk_result_table_cell(result, l->table, row, 3 + i, text, NULL);
        mk_node_number(result, object, keys[i], (double)sizes[i]);
    }
    mk_result_table_cell(result, l->table, row, 6, mk_listed_text(listed), NULL);
    mk_node_string(result, object, "registry", mk_listed_text(listed));
    mk_node_string(result, object, "path", file->path);
    mk_model_free(model);
}

/* The releases of the registry: for people those that the list above has not. */
static void list_releases(const Listing *l, MkNode *root)
{
    MkNode *const list = mk_node_array(l->result, root, "releases");
    const char *absent = "";
    for (size_t i = 0; i < l->registry.n; i++) {
        const MkRelease *const r = &l->registry.releases[i];
        MkNode *const object = mk_node_object(l->result, list, NULL);
        mk_node_string(l->result, object, "name", r->name);
        mk_node_string(l->result, object, "version", r->version);
        mk_node_string(l->result, object, "date", r->date);
        mk_node_string(l->result, object, "digest", r->digest);
        mk_node_bool(l->result, object, "here", l->is_here[i]);
        if (!l->is_here[i]) {
            absent = mk_text_or_empty(mk_arena_printf(l->result->arena, "%s%s%s %s", absent,
                                                      absent[0] != '\0' ? ", " : "", r->name,
                                                      r->version));
        }
    }
    if (absent[0] != '\0' && l->is_whole) {
        mk_result_note(l->result, "Releases that are not here: %s (model history).", absent);
    }
}

MkStatus mk_model_list(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    size_t n = 0;
    MkModelFile *files = NULL;
    Listing l = {.session = session, .result = result, .is_whole = true};
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(mk_models_list(session, call->arena, &n, &files, err));
    MK_TRY(mk_releases_read(session, call->arena, &l.registry, err));
    l.is_here = mk_arena_zeros(call->arena, l.registry.n + 1, sizeof *l.is_here);
    if (l.is_here == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MkNode *const root = mk_node_object(result, NULL, NULL);
    l.list = mk_node_array(result, root, "models");
    if (n == 0) {
        mk_result_note(result, "There are no models.");
    } else {
        l.table = mk_result_add_table(result, "", 8, n);
    }
    static const char *const keys[] = {"name",   "version",    "kind",     "attributes",
                                       "people", "parameters", "registry", "path"};
    static const char *const headers[] = {"Model",  "Version",    "Kind",     "Attributes",
                                          "People", "Parameters", "Registry", "File"};
    for (size_t c = 0; c < 8; c++) {
        mk_result_table_header(result, l.table, c, keys[c], headers[c],
                               c >= 3 && c <= 5 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
    }
    for (size_t i = 0; i < n; i++) {
        list_row(&l, i, &files[i]);
    }
    list_releases(&l, root);
    return mk_result_status(result, err);
}

/* ---- history ---- */

/* A recipe tells the releases before its own too, each after a "Since": the first is what is new.
 */
static size_t newest(const char *added)
{
    const char *const older = strstr(added, ". Since ");
    return older != NULL ? (size_t)(older - added) + 1 : strlen(added);
}

static void history_row(MkResult *result, MkResultTable *table, MkNode *list, size_t row,
                        const MkRelease *r)
{
    static const char *const keys[] = {"name",   "version", "date",   "kind",    "file",
                                       "digest", "schema",  "parent", "sources", "added"};
    const char *const texts[] = {r->name,   r->version, r->date,   r->kind,    r->file,
                                 r->digest, r->schema,  r->parent, r->sources, r->added};
    const size_t counts[] = {r->n_attributes, r->n_people, r->n_parameters};
    static const char *const count_keys[] = {"attributes", "people", "parameters"};
    MkNode *const object = mk_node_object(result, list, NULL);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        mk_node_string(result, object, keys[i], texts[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        mk_node_number(result, object, count_keys[i], (double)counts[i]);
        mk_result_table_cell(result, table, row, 3 + i,
                             mk_arena_printf(result->arena, "%zu", counts[i]), NULL);
    }
    mk_result_table_cell(result, table, row, 0, r->name, NULL);
    mk_result_table_cell(result, table, row, 1, r->version, NULL);
    mk_result_table_cell(result, table, row, 2, r->date, NULL);
    mk_result_table_cell(result, table, row, 6, r->digest, NULL);
    mk_result_table_cell(result, table, row, 7, r->parent, NULL);
    if (r->added[0] != '\0') {
        mk_result_note(result, "%s %s: %.*s", r->name, r->version, (int)newest(r->added), r->added);
    }
}

MkStatus mk_model_history(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkRegistry registry;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    MK_TRY(mk_releases_read(session, call->arena, &registry, err));
    MkNode *const list = mk_node_array(result, mk_node_object(result, NULL, NULL), "releases");
    if (registry.n == 0) {
        mk_result_note(result, "There is no registry of releases here.");
        return mk_result_status(result, err);
    }
    MkResultTable *const table = mk_result_add_table(result, "", 8, registry.n);
    static const char *const keys[] = {"name",   "version",    "date",   "attributes",
                                       "people", "parameters", "digest", "parent"};
    static const char *const headers[] = {"Release", "Version",    "Date",   "Attributes",
                                          "People",  "Parameters", "Digest", "After"};
    for (size_t c = 0; c < 8; c++) {
        mk_result_table_header(result, table, c, keys[c], headers[c],
                               c >= 3 && c <= 5 ? MK_ALIGN_RIGHT : MK_ALIGN_LEFT);
    }
    for (size_t i = 0; i < registry.n; i++) {
        history_row(result, table, list, i, &registry.releases[i]);
    }
    return mk_result_status(result, err);
}

/* ---- register ---- */

static MkStatus write_registry(const MkRegistry *registry, const char *path, MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_registry_print(registry, &text);
    MkStatus st = mk_buf_status(&text, err);
    if (st == MK_OK) {
        st = mk_file_write(path, text.data, text.len, err);
    }
    mk_buf_release(&text);
    return st;
}

/* The registry that is said, or the one beside the file. */
static const char *registry_path(const MkCall *call, const char *path)
{
    const char *const said = mk_call_option(call, "registry");
    const int n_folder = (int)(mk_file_base_name(path) - path);
    return said != NULL ? said
                        : mk_arena_printf(call->arena, "%.*s%s", n_folder, path, MK_REGISTRY_FILE);
}

MkStatus mk_model_register(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    const char *path = NULL;
    MkModel *model = NULL;
    MkRegistry registry;
    MkRelease release;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 2, 2, err));
    mk_call_at(call, &call->lists[MK_LIST_WORDS].items[1]);
    MK_TRY(
        mk_models_find(session, call->lists[MK_LIST_WORDS].items[1].text, call->arena, &path, err));
    const char *const to = registry_path(call, path);
    if (to == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    MK_TRY(mk_signed_open(session, path, err));
    MK_TRY(mk_registry_read(to, call->arena, &registry, err));
    MK_TRY(mk_model_open(path, &model, err));
    MkStatus st = mk_release_of(path, model, call->arena, &release, err);
    mk_model_free(model);
    MK_TRY(st);
    MK_TRY(mk_registry_put(&registry, &release, call->arena, err));
    MK_TRY(write_registry(&registry, to, err));
    const MkRelease *const row = mk_registry_find(&registry, release.name, release.version);
    MkNode *const root = mk_node_object(result, NULL, NULL);
    mk_node_string(result, root, "model", row->name);
    mk_node_string(result, root, "version", row->version);
    mk_node_string(result, root, "digest", row->digest);
    mk_node_string(result, root, "parent", row->parent);
    mk_node_string(result, root, "registry", to);
    mk_result_note(result, "%s: %s %s of %s, digest %s%s%s.", to, row->name, row->version,
                   row->date, row->digest, row->parent[0] != '\0' ? ", after " : "", row->parent);
    return mk_result_status(result, err);
}

/* releases.c - the registries at hand, and a model's file as a row of one. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/releases.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <jansson.h>

#include "src/base/file.h"
#include "src/base/text.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- registries ---- */

static MkStatus read_of(const char *folder, MkArena *arena, MkRegistry *out, MkError *err)
{
    if (folder == NULL) {
        *out = (MkRegistry){0};
        return MK_OK;
    }
    const char *const path = mk_arena_printf(arena, "%s/%s", folder, MK_REGISTRY_FILE);
    return path != NULL ? mk_registry_read(path, arena, out, err) : no_memory(err);
}

MkStatus mk_releases_read(const MkSession *session, MkArena *arena, MkRegistry *out, MkError *err)
{
    MkRegistry shipped, own;
    MK_TRY(read_of(session->config.paths.model_dir, arena, &shipped, err));
    MK_TRY(read_of(session->config.paths.user_model_dir, arena, &own, err));
    MkRelease *const all = mk_arena_array(arena, shipped.n + own.n + 1, sizeof *all);
    if (all == NULL) {
        return no_memory(err);
    }
    size_t n = 0;
    while (n < shipped.n) {
        all[n] = shipped.releases[n];
        n++;
    }
    for (size_t i = 0; i < own.n; i++) {
        if (mk_registry_find(&shipped, own.releases[i].name, own.releases[i].version) == NULL) {
            all[n++] = own.releases[i];
        }
    }
    *out = (MkRegistry){.n = n, .releases = all};
    return MK_OK;
}

MkListed mk_release_state(const MkRegistry *registry, const MkCard *card, const char *digest,
                          const MkRelease **release)
{
    const MkRelease *const found = mk_registry_find(registry, card->name, card->version);
    if (release != NULL) {
        *release = found;
    }
    return found == NULL                        ? MK_LISTED_NOT
           : strcmp(found->digest, digest) == 0 ? MK_LISTED_SAME
                                                : MK_LISTED_CHANGED;
}

const char *mk_listed_text(MkListed listed)
{
    switch (listed) {
    case MK_LISTED_SAME:
        return "registered";
    case MK_LISTED_CHANGED:
        return "changed";
    case MK_LISTED_NOT:
        break;
    }
    return "unlisted";
}

/* ---- a file as a row ---- */

/* What follows `key` in the recipe of a manifest, "" when it is not there. */
static const char *recipe_line(const json_t *manifest, const char *key, MkArena *arena)
{
    const char *recipe = json_string_value(json_object_get(manifest, "recipe"));
    const size_t n_key = strlen(key);
    for (const char *line = recipe; line != NULL && line[0] != '\0';) {
        const size_t n = strcspn(line, "\n");
        if (n > n_key && strncmp(line, key, n_key) == 0 && line[n_key] == ' ') {
            return mk_arena_strndup(arena, line + n_key + 1, n - n_key - 1);
        }
        line += n + (line[n] == '\n' ? 1 : 0);
    }
    return "";
}

/* The day the file was written last, in UTC. */
static MkStatus file_date(const char *path, char out[16], MkError *err)
{
    struct stat about;
    struct tm day;
    if (stat(path, &about) != 0) {
        return mk_fail(err, MK_EIO, "%s: %s", path, strerror(errno));
    }
    if (gmtime_r(&about.st_mtime, &day) == NULL || strftime(out, 16, "%Y-%m-%d", &day) == 0) {
        out[0] = '\0';
    }
    return MK_OK;
}

static MkStatus schema_digest(const MkSchema *schema, char out[17], MkError *err)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_schema_print(schema, &text);
    const MkStatus st = mk_buf_status(&text, err);
    mk_bytes_digest(text.data, text.len, out);
    mk_buf_release(&text);
    return st;
}

MkStatus mk_release_of(const char *path, const MkModel *model, MkArena *arena, MkRelease *out,
                       MkError *err)
{
    const MkCard *const card = mk_model_card(model);
    char date[16], digest[17], schema[17];
    MK_TRY(file_date(path, date, err));
    MK_TRY(mk_file_digest(path, digest, err));
    MK_TRY(schema_digest(mk_model_schema(model), schema, err));
    json_t *const manifest = json_loads(card->manifest, 0, NULL);
    const MkRelease made = {.name = mk_arena_strdup(arena, card->name),
                            .version = mk_arena_strdup(arena, card->version),
                            .date = mk_arena_strdup(arena, date),
                            .kind = mk_arena_strdup(arena, card->kind),
                            .file = mk_arena_strdup(arena, mk_file_base_name(path)),
                            .digest = mk_arena_strdup(arena, digest),
                            .schema = mk_arena_strdup(arena, schema),
                            .n_attributes = mk_model_schema(model)->n,
                            .n_people = card->n_people,
                            .n_parameters = card->n_parameters,
                            .sources = recipe_line(manifest, "source", arena),
                            .parent = "",
                            .added = recipe_line(manifest, "changes", arena)};
    json_decref(manifest);
    if (made.name == NULL || made.version == NULL || made.date == NULL || made.kind == NULL ||
        made.file == NULL || made.digest == NULL || made.schema == NULL || made.sources == NULL ||
        made.added == NULL) {
        return no_memory(err);
    }
    *out = made;
    return MK_OK;
}

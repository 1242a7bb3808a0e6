/* registry.h - the releases there were: a table registry.tsv beside the models, oldest first.
 *
 * A row says what a release's file is (name, version, date, kind, file, digest), how large (schema
 * digest, attributes, people, parameters), what it was trained on (sources), which release came
 * before it (parent) and what it added, in the words of its recipe. */
#ifndef MK_DATA_REGISTRY_H
#define MK_DATA_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"

#define MK_REGISTRY_FILE "registry.tsv"

/* Strings are never NULL. */
typedef struct MkRelease {
    const char *name, *version;
    const char *date; /* "2026-11-22", of the file when it was registered */
    const char *kind;
    const char *file;   /* without folder */
    const char *digest; /* mk_file_digest */
    const char *schema; /* digest of the schema as it prints */
    size_t n_attributes, n_people, n_parameters;
    const char *sources;
    const char *parent; /* "altair 1.0"; "" of the first */
    const char *added;
} MkRelease;

typedef struct MkRegistry {
    size_t n;
    MkRelease *releases; /* in arena */
} MkRegistry;

/* A file that does not exist is an empty registry. Fails: MK_EFORMAT with file and line. */
MK_NODISCARD MkStatus mk_registry_read(const char *path, MkArena *arena, MkRegistry *out,
                                       MkError *err);
MK_NODISCARD MkStatus mk_registry_parse(const char *text, size_t len, const char *origin,
                                        MkArena *arena, MkRegistry *out, MkError *err);
/* NULL: there is none. */
const MkRelease *mk_registry_find(const MkRegistry *registry, const char *name,
                                  const char *version);
/* Takes the place of the row of the same name and version (whose date and parent stay while its
 * digest is the same), or is the newest: then the last row is its parent. */
MK_NODISCARD MkStatus mk_registry_put(MkRegistry *registry, const MkRelease *release,
                                      MkArena *arena, MkError *err);
void mk_registry_print(const MkRegistry *registry, MkBuf *out);

#endif

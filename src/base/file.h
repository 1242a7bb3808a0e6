/* file.h - whole files in, atomic files out, line streams through gzip and xz. */
#ifndef MK_BASE_FILE_H
#define MK_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/buf.h"
#include "src/base/status.h"

/* Reads a file into buf, unpacking gzip and xz by their magic bytes. Refuses more than limit_bytes
 * unpacked (0: no limit), directories, and truncated or damaged compressed data (MK_EFORMAT). */
MK_NODISCARD MkStatus mk_file_read(const char *path, size_t limit_bytes, MkBuf *buf, MkError *err);

/* A file that is complete or absent: written beside the target as a hidden temporary file, synced,
 * renamed on commit. Compression by the suffix of path (.gz, .xz). Streams: memory stays constant.
 */
typedef struct MkFileOut MkFileOut;
MK_NODISCARD MkStatus mk_file_out_open(const char *path, MkFileOut **out, MkError *err);
MK_NODISCARD MkStatus mk_file_out_write(MkFileOut *out, const void *bytes, size_t len,
                                        MkError *err);
/* Syncs, renames, frees; on failure the temporary file is removed and the old file is intact. */
MK_NODISCARD MkStatus mk_file_out_commit(MkFileOut *out, MkError *err);
void mk_file_out_abort(MkFileOut *out); /* removes the temporary file; NULL is allowed */

/* One call for small files. */
MK_NODISCARD MkStatus mk_file_write(const char *path, const void *bytes, size_t len, MkError *err);

/* Gives a whole file the name of another one in the same folder, which it replaces unless that is
 * write-protected; the mode stays. On failure both are as they were. */
MK_NODISCARD MkStatus mk_file_move(const char *from, const char *to, MkError *err);

/* Read-only map of a whole file (MAP_PRIVATE). */
typedef struct MkFileMap {
    const unsigned char *data;
    size_t len;
} MkFileMap;
MK_NODISCARD MkStatus mk_file_map_open(const char *path, MkFileMap *map, MkError *err);
void mk_file_map_close(MkFileMap *map);

/* The part of a path after its last slash; borrows the path. */
const char *mk_file_base_name(const char *path);
bool mk_file_exists(const char *path);
bool mk_file_is_folder(const char *path);
/* 64-bit FNV digest of a file's bytes as 16 hex digits, for manifests (not a security claim). */
MK_NODISCARD MkStatus mk_file_digest(const char *path, char out[17], MkError *err);
void mk_bytes_digest(const void *bytes, size_t len, char out[17]); /* the same of bytes at hand */

#endif

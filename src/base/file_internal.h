/* file_internal.h - what the parts of the file module share; for src/base/file*.c only. */
#ifndef MK_BASE_FILE_INTERNAL_H
#define MK_BASE_FILE_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"

/* Opens for reading, refuses folders; *size is UINT64_MAX for what is no regular file. */
MK_NODISCARD MkStatus mk_file_open_fd(const char *path, int *fd, uint64_t *size, MkError *err);

/* At most len bytes, repeated after a signal; *got is 0 at the end. */
MK_NODISCARD MkStatus mk_file_read_fd(int fd, const char *path, void *bytes, size_t len,
                                      size_t *got, MkError *err);

#endif

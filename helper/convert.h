/* convert.h - a SAS transport file in memory into the stream of src/data/survey_stream.c. */
#ifndef MK_HELPER_CONVERT_H
#define MK_HELPER_CONVERT_H

#include <stddef.h>

/* Takes the next bytes of the stream; 0 stops the conversion. */
typedef int (*MkConvertWrite)(void *ctx, const void *bytes, size_t len);

/* Writes the variables whose names are in keep (n_keep 0: all). Whatever the file holds, the stream
 * ends with E (complete) or X and a text. Returns 1 when complete. */
int mk_convert_transport(const void *file, size_t len, char *const *keep, size_t n_keep,
                         MkConvertWrite write, void *ctx);

#endif

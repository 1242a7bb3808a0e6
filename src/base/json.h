/* json.h - JSON out: streams into a buffer with fixed key order; commas and escapes are its
 * business. Numbers are the shortest text that reads back; a non-finite number is written as null
 * and counted. */
#ifndef MK_BASE_JSON_H
#define MK_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"

enum { MK_JSON_DEPTH = 32 };

typedef struct MkJson {
    MkBuf *buf;                         /* borrowed */
    unsigned char state[MK_JSON_DEPTH]; /* private: per level, whether a comma is due */
    size_t depth;
    size_t n_nonfinite;
} MkJson;

void mk_json_init(MkJson *json, MkBuf *buf);
void mk_json_object_begin(MkJson *json);
void mk_json_object_end(MkJson *json);
void mk_json_array_begin(MkJson *json);
void mk_json_array_end(MkJson *json);
void mk_json_key(MkJson *json, const char *key);
void mk_json_string(MkJson *json,
                    const char *text); /* NULL writes null; invalid UTF-8 becomes U+FFFD */
void mk_json_double(MkJson *json, double x);
void mk_json_number6(MkJson *json, double x); /* rounded to 6 significant digits, for results */
void mk_json_size(MkJson *json, size_t x);
void mk_json_bool(MkJson *json, bool x);
void mk_json_null(MkJson *json);
/* key and value in one call */
void mk_json_kstring(MkJson *json, const char *key, const char *text);
void mk_json_kdouble(MkJson *json, const char *key, double x);
void mk_json_ksize(MkJson *json, const char *key, size_t x);
void mk_json_kbool(MkJson *json, const char *key, bool x);

#endif

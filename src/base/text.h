/* text.h - small text helpers: strict numbers, words, UTF-8 width, nearest names. Locale-free. */
#ifndef MK_BASE_TEXT_H
#define MK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of text[0..len) as a finite number in C notation (sign, digits, '.', exponent; no hex,
 * no "nan"/"inf", no blanks). `decimal` is the decimal mark ('.' or ','). */
bool mk_text_double(const char *text, size_t len, char decimal, double *out);
bool mk_text_size(const char *text, size_t *out); /* non-negative decimal integer */
bool mk_text_u64(const char *text, uint64_t *out);

/* A number for people: `digits` significant digits, no trailing zeros, no exponent between 1e-4 and
 * 1e9, into out[24]. Returns out. */
char *mk_text_number(double x, int digits, char out[24]);
/* A number at the step `resolution` (0: 3 significant digits): 0.1 -> one decimal. Returns out. */
char *mk_text_at(double x, double resolution, char out[24]);

/* A count for people: "711", "12,345". Returns out. */
char *mk_text_count(size_t n, char out[32]);

/* The shortest decimal text that reads back as x, into out[32]; returns its length. NaN and
 * infinity as "nan", "inf", "-inf". */
size_t mk_text_shortest(double x, char out[32]);

/* The text, or "" for NULL: what an arena gives when it is full, where the failure is told later.
 */
static inline const char *mk_text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}
/* Cuts the blanks off both ends of text[0..len). */
void mk_text_trim(const char **text, size_t *len);
bool mk_text_has_prefix(const char *text, const char *prefix);
/* Whether text[0..len) ends in the suffix and has something before it. */
bool mk_text_has_suffix(const char *text, size_t len, const char *suffix);
bool mk_text_same_nocase(const char *a, const char *b); /* ASCII case folded */
bool mk_text_find_nocase(const char *haystack,
                         const char *needle); /* ASCII case folded substring */

/* Decodes one UTF-8 character; returns its length, 0 at the end, 1 with *cp = 0xFFFD for a bad
 * byte. */
size_t mk_utf8_next(const char *text, uint32_t *cp);
/* The bytes of a character, NUL-terminated; returns how many, 1 to 4. */
size_t mk_utf8_encode(uint32_t cp, char out[5]);
/* What a terminal obeys instead of showing: control characters, line and paragraph separators,
 * turns of the writing direction. */
bool mk_utf8_is_control(uint32_t cp);
int mk_utf8_width_cp(uint32_t cp);      /* cells: 0 combining and control, 1, 2 wide */
size_t mk_utf8_width(const char *text); /* cells of a string */
/* Bytes of the longest beginning of text that fits in `cells`; *used (may be NULL) gets its width.
 */
size_t mk_utf8_clip(const char *text, size_t cells, size_t *used);
bool mk_utf8_valid(const char *text, size_t len);

/* Edit distance (Damerau, capped at `limit` + 1), for "did you mean". */
size_t mk_text_distance(const char *a, const char *b, size_t limit);

#endif

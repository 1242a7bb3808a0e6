/* field.h - one line of typed text: insert, delete, move. For search and editors; the prompt is
 * readline's. */
#ifndef MK_UI_VIEW_FIELD_H
#define MK_UI_VIEW_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MK_FIELD_BYTES = 256 };

typedef struct MkField {
    char text[MK_FIELD_BYTES]; /* UTF-8 */
    size_t len;                /* bytes */
    size_t point;              /* byte before which the next character goes */
} MkField;

void mk_field_set(MkField *field, const char *text); /* point at the end */
/* Keys of keys.h: characters, Backspace, Delete, arrows, Home, End, Ctrl-A E U K W. True when used.
 */
bool mk_field_key(MkField *field, uint32_t key);

#endif

/* editor.h - filling in one attribute: a number with its unit and range, or a pick of levels. */
#ifndef MK_UI_VIEW_EDITOR_H
#define MK_UI_VIEW_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/data/schema.h"
#include "src/data/value.h"
#include "ui/view/field.h"

typedef struct MkEditor {
    size_t id;                    /* of the attribute */
    const MkAttribute *attribute; /* kept */
    bool is_known;                /* it has a value already */
    bool is_whole;   /* the old value stands there as it was: a typed character replaces it */
    MkField field;   /* numbers */
    size_t cursor;   /* levels */
    uint64_t marked; /* levels: bit per level */
    bool is_ok;      /* the text is a value */
    char says[MK_ERROR_TEXT]; /* how it is read, or what is wrong; "" while empty */
} MkEditor;

/* `known` is the value that it has, or NULL; `level` the level to begin at. */
void mk_editor_open(MkEditor *editor, size_t id, const MkAttribute *attribute, const MkValue *known,
                    size_t level);
/* A typed character or editing key; true when used. */
bool mk_editor_key(MkEditor *editor, uint32_t key);
void mk_editor_move(MkEditor *editor, long levels);
void mk_editor_mark(MkEditor *editor);
/* The words after `given `: name=value, quoted where the grammar needs it. False when there is
 * nothing or it is wrong. */
bool mk_editor_words(const MkEditor *editor, MkBuf *out);

#endif

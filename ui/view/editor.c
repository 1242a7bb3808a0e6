#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/editor.h"

#include <stdio.h>
#include <string.h>

#include "ui/view/key.h"

static void check(MkEditor *editor)
{
    const char *text = editor->field.text;
    editor->is_ok = false;
    editor->says[0] = '\0';
    if (text[strspn(text, " ")] == '\0') {
        return;
    }
    MkValue value = {0};
    MkError err = {0};
    if (mk_value_parse(editor->attribute, text + strspn(text, " "), &value, &err) != MK_OK) {
        snprintf(editor->says, sizeof editor->says, "%s", err.text);
        return;
    }
    MkBuf shown;
    mk_buf_init(&shown);
    mk_value_show(editor->attribute, &value, &shown);
    snprintf(editor->says, sizeof editor->says, "%s", shown.data);
    mk_buf_release(&shown);
    editor->is_ok = true;
}

void mk_editor_open(MkEditor *editor, size_t id, const MkAttribute *attribute, const MkValue *known,
                    size_t level)
{
    *editor = (MkEditor){.id = id, .attribute = attribute, .is_known = known != NULL};
    if (attribute->n_levels > 0) {
        editor->cursor = level < attribute->n_levels ? level : 0;
        if (known != NULL && known->kind == MK_VALUE_SET) {
            editor->marked = known->levels;
        } else if (known != NULL && known->kind == MK_VALUE_POINT) {
            editor->cursor = (size_t)known->point;
        }
        return;
    }
    if (known != NULL) {
        MkBuf text;
        mk_buf_init(&text);
        mk_value_print(attribute, known, &text);
        mk_field_set(&editor->field, text.data);
        mk_buf_release(&text);
        editor->is_whole = true;
    }
    check(editor);
}

bool mk_editor_key(MkEditor *editor, uint32_t key)
{
    if (editor->attribute->n_levels > 0) {
        return false;
    }
    const MkField before = editor->field;
    if (editor->is_whole && key >= ' ' && key < MK_KEY_NAMED) {
        mk_field_set(&editor->field, "");
    }
    if (!mk_field_key(&editor->field, key)) {
        editor->field = before;
        return false;
    }
    editor->is_whole = false;
    check(editor);
    return true;
}

void mk_editor_move(MkEditor *editor, long levels)
{
    const size_t n = editor->attribute->n_levels;
    const size_t by = (size_t)(levels < 0 ? -levels : levels);
    if (n == 0) {
        return;
    }
    if (levels < 0) {
        editor->cursor = by < editor->cursor ? editor->cursor - by : 0;
    } else {
        editor->cursor = by < n - 1 - editor->cursor ? editor->cursor + by : n - 1;
    }
}

void mk_editor_mark(MkEditor *editor)
{
    if (editor->attribute->n_levels > 0) {
        editor->marked ^= UINT64_C(1) << editor->cursor;
        mk_editor_move(editor, 1);
    }
}

static void add_levels(const MkEditor *editor, MkBuf *out)
{
    MkValue value = {.kind = MK_VALUE_POINT, .point = (double)editor->cursor};
    size_t n_marked = 0;
    for (size_t i = 0; i < editor->attribute->n_levels; i++) {
        if ((editor->marked >> i & 1) != 0) {
            value.point = (double)i;
            n_marked++;
        }
    }
    if (n_marked > 1) {
        value = (MkValue){.kind = MK_VALUE_SET, .levels = editor->marked};
    }
    mk_value_print(editor->attribute, &value, out);
}

bool mk_editor_words(const MkEditor *editor, MkBuf *out)
{
    if (editor->attribute->n_levels == 0 && !editor->is_ok) {
        return false;
    }
    MkBuf value;
    mk_buf_init(&value);
    mk_buf_printf(&value, "%s=", editor->attribute->name);
    if (editor->attribute->n_levels > 0) {
        add_levels(editor, &value);
    } else {
        const char *text = editor->field.text + strspn(editor->field.text, " ");
        mk_buf_add(&value, text, strlen(text));
        while (value.len > 0 && value.data[value.len - 1] == ' ') {
            value.data[--value.len] = '\0';
        }
    }
    mk_buf_word(out, value.data);
    out->failed = out->failed || value.failed;
    mk_buf_release(&value);
    return true;
}

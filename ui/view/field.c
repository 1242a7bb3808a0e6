#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/field.h"

#include <string.h>

#include "src/base/text.h"
#include "ui/view/key.h"

void mk_field_set(MkField *field, const char *text)
{
    size_t len = strlen(text);
    while (len >= MK_FIELD_BYTES || (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)) {
        len--;
    }
    memcpy(field->text, text, len);
    field->text[len] = '\0';
    field->len = len;
    field->point = len;
}

static size_t before(const MkField *field, size_t at)
{
    while (at > 0) {
        at--;
        if (((unsigned char)field->text[at] & 0xC0) != 0x80) {
            break;
        }
    }
    return at;
}

static size_t after(const MkField *field, size_t at)
{
    uint32_t cp = 0;
    return at < field->len ? at + mk_utf8_next(field->text + at, &cp) : at;
}

static void cut(MkField *field, size_t from, size_t to)
{
    memmove(field->text + from, field->text + to, field->len - to + 1);
    field->len -= to - from;
    field->point = from;
}

static size_t word_before(const MkField *field)
{
    size_t at = field->point;
    while (at > 0 && field->text[at - 1] == ' ') {
        at--;
    }
    while (at > 0 && field->text[at - 1] != ' ') {
        at--;
    }
    return at;
}

static bool insert(MkField *field, uint32_t cp)
{
    char bytes[5];
    const size_t n = mk_utf8_encode(cp, bytes);
    if (field->len + n >= MK_FIELD_BYTES) {
        return true;
    }
    memmove(field->text + field->point + n, field->text + field->point,
            field->len - field->point + 1);
    memcpy(field->text + field->point, bytes, n);
    field->len += n;
    field->point += n;
    return true;
}

bool mk_field_key(MkField *field, uint32_t key)
{
    switch (key) {
    case MK_KEY_BACKSPACE:
    case MK_KEY_CTRL('H'):
        cut(field, before(field, field->point), field->point);
        return true;
    case MK_KEY_DELETE:
    case MK_KEY_CTRL('D'):
        cut(field, field->point, after(field, field->point));
        return true;
    case MK_KEY_LEFT:
    case MK_KEY_CTRL('B'):
        field->point = before(field, field->point);
        return true;
    case MK_KEY_RIGHT:
    case MK_KEY_CTRL('F'):
        field->point = after(field, field->point);
        return true;
    case MK_KEY_HOME:
    case MK_KEY_CTRL('A'):
        field->point = 0;
        return true;
    case MK_KEY_END:
    case MK_KEY_CTRL('E'):
        field->point = field->len;
        return true;
    case MK_KEY_CTRL('U'):
        cut(field, 0, field->point);
        return true;
    case MK_KEY_CTRL('K'):
        cut(field, field->point, field->len);
        return true;
    case MK_KEY_CTRL('W'):
        cut(field, word_before(field), field->point);
        return true;
    default:
        return key >= 0x20 && key < MK_KEY_NAMED ? insert(field, key) : false;
    }
}

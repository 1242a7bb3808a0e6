#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "helper/convert.h"

#include <math.h>
#include <readstat.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD = 80,
    BLOCK = 1 << 16,
    MAX_VARIABLES = 10000,
    NAME_MAX_BYTES = 255,
    TEXT_MAX_BYTES = 65535
};

typedef struct Convert {
    const unsigned char *file;
    size_t len, at;
    char *const *keep;
    size_t n_keep;
    MkConvertWrite write;
    void *ctx;
    unsigned char block[BLOCK];
    size_t used;
    int stopped;         /* the receiver takes no more */
    unsigned char *head; /* the kept variables as the stream describes them */
    size_t head_len, head_cap;
    unsigned char is_number[MAX_VARIABLES]; /* per kept variable */
    size_t n_variables;
    int header_done;
    size_t next; /* variable whose value is expected */
    uint64_t n_rows;
    const char *problem; /* ours, said instead of the library's */
} Convert;

static void flush(Convert *c)
{
    if (c->used > 0 && !c->stopped && !c->write(c->ctx, c->block, c->used)) {
        c->stopped = 1;
    }
    c->used = 0;
}

static void put(Convert *c, const void *bytes, size_t len)
{
    const unsigned char *from = bytes;
    while (len > 0) {
        if (c->used == BLOCK) {
            flush(c);
        }
        const size_t n = len < BLOCK - c->used ? len : BLOCK - c->used;
        memcpy(c->block + c->used, from, n);
        c->used += n;
        from += n;
        len -= n;
    }
}

static void put_number(Convert *c, uint64_t x, size_t n)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (unsigned char)(x >> (8 * i));
    }
    put(c, bytes, n);
}

/* Length of a text without the blanks that pad it. */
static size_t text_length(const char *text, size_t max)
{
    size_t len = text == NULL ? 0 : strlen(text);
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    return len < max ? len : max;
}

static void put_text(Convert *c, const char *text)
{
    const size_t len = text_length(text, TEXT_MAX_BYTES);
    put_number(c, len, 2);
    put(c, text, len);
}

static int is_kept(const Convert *c, const char *name)
{
    for (size_t i = 0; i < c->n_keep; i++) {
        if (strcmp(c->keep[i], name) == 0) {
            return 1;
        }
    }
    return c->n_keep == 0;
}

/* --- what the library asks
 * ------------------------------------------------------------------------ */

static int open_file(const char *path, void *ctx)
{
    (void)path;
    ((Convert *)ctx)->at = 0;
    return 0;
}

static int close_file(void *ctx)
{
    (void)ctx;
    return 0;
}

static readstat_off_t seek_file(readstat_off_t offset, readstat_io_flags_t whence, void *ctx)
{
    Convert *c = ctx;
    readstat_off_t base = 0;
    if (whence == READSTAT_SEEK_CUR) {
        base = (readstat_off_t)c->at;
    } else if (whence == READSTAT_SEEK_END) {
        base = (readstat_off_t)c->len;
    }
    if (offset < -base || offset > (readstat_off_t)c->len - base) {
        return -1;
    }
    c->at = (size_t)(base + offset);
    return base + offset;
}

static ssize_t read_file(void *buf, size_t n, void *ctx)
{
    Convert *c = ctx;
    const size_t rest = c->len - c->at;
    const size_t got = n < rest ? n : rest;
    memcpy(buf, c->file + c->at, got);
    c->at += got;
    return (ssize_t)got;
}

static readstat_error_t update_file(long size, readstat_progress_handler progress, void *user_ctx,
                                    void *ctx)
{
    (void)size;
    (void)progress;
    (void)user_ctx;
    (void)ctx;
    return READSTAT_OK;
}

/* --- what the library tells
 * ----------------------------------------------------------------------- */

/* The library says NULL for a name of blanks. */
static const char *name_of(const readstat_variable_t *variable)
{
    const char *name = readstat_variable_get_name(variable);
    return name != NULL ? name : "";
}

/* The description of a variable: the parser forgets its own before we need it last. */
static int add_variable(Convert *c, const readstat_variable_t *variable)
{
    const char *name = name_of(variable);
    const char *label = readstat_variable_get_label(variable);
    const size_t n_name = text_length(name, NAME_MAX_BYTES);
    const size_t n_label = text_length(label, TEXT_MAX_BYTES);
    const size_t n = 4 + n_name + n_label;
    if (c->head_len + n > c->head_cap) {
        const size_t cap = 2 * (c->head_cap + n);
        unsigned char *grown = realloc(c->head, cap);
        if (grown == NULL) {
            return 0;
        }
        c->head = grown;
        c->head_cap = cap;
    }
    const readstat_type_class_t kind = readstat_variable_get_type_class(variable);
    unsigned char *to = c->head + c->head_len;
    c->is_number[c->n_variables++] = kind == READSTAT_TYPE_CLASS_NUMERIC;
    *to++ = kind == READSTAT_TYPE_CLASS_NUMERIC ? 'N' : 'T';
    *to++ = (unsigned char)n_name;
    memcpy(to, name, n_name);
    to += n_name;
    *to++ = (unsigned char)(n_label & 0xFFU);
    *to++ = (unsigned char)(n_label >> 8);
    if (n_label > 0) {
        memcpy(to, label, n_label);
    }
    c->head_len += n;
    return 1;
}

static int on_variable(int index, readstat_variable_t *variable, const char *labels, void *ctx)
{
    Convert *c = ctx;
    (void)index;
    (void)labels;
    if (!is_kept(c, name_of(variable))) {
        return READSTAT_HANDLER_SKIP_VARIABLE;
    }
    if (c->n_variables == MAX_VARIABLES || !add_variable(c, variable)) {
        c->problem =
            c->n_variables == MAX_VARIABLES ? "found more than 10000 variables" : "out of memory";
        return READSTAT_HANDLER_ABORT;
    }
    return READSTAT_HANDLER_OK;
}

static void put_header(Convert *c)
{
    if (!c->header_done) {
        c->header_done = 1;
        put(c, "V", 1);
        put_number(c, c->n_variables, 4);
        put(c, c->head, c->head_len);
    }
}

static double number_of(readstat_value_t value)
{
    if (readstat_value_is_system_missing(value) || readstat_value_is_tagged_missing(value)) {
        return (double)NAN;
    }
    return readstat_double_value(value);
}

static int on_value(int row, readstat_variable_t *variable, readstat_value_t value, void *ctx)
{
    Convert *c = ctx;
    (void)row;
    put_header(c);
    const int column = readstat_variable_get_index_after_skipping(variable);
    if (c->stopped || c->next >= c->n_variables || column < 0 || (size_t)column != c->next) {
        c->problem = "found values in a wrong order";
        return READSTAT_HANDLER_ABORT;
    }
    if (c->next == 0) {
        put(c, "R", 1);
    }
    if (c->is_number[c->next]) {
        const double x = number_of(value);
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        put_number(c, bits, 8);
    } else {
        put_text(c, readstat_string_value(value));
    }
    if (++c->next == c->n_variables) {
        c->next = 0;
        c->n_rows++;
    }
    return READSTAT_HANDLER_OK;
}

static readstat_error_t parse(Convert *c)
{
    readstat_parser_t *parser = readstat_parser_init();
    if (parser == NULL) {
        return READSTAT_ERROR_MALLOC;
    }
    readstat_set_open_handler(parser, open_file);
    readstat_set_close_handler(parser, close_file);
    readstat_set_seek_handler(parser, seek_file);
    readstat_set_read_handler(parser, read_file);
    readstat_set_update_handler(parser, update_file);
    readstat_set_io_ctx(parser, c);
    readstat_set_variable_handler(parser, on_variable);
    readstat_set_value_handler(parser, on_value);
    readstat_error_t error = READSTAT_ERROR_READ;
    if (c->len % RECORD != 0) {
        c->problem = "the file is cut off: its size is no multiple of 80 bytes";
    } else {
        error = readstat_parse_xport(parser, "", c);
    }
    readstat_parser_free(parser);
    return error;
}

/* The end mark, or what is wrong. A row that was begun cannot be mended: the receiver sees it cut
 * off. */
static int put_end(Convert *c, readstat_error_t error)
{
    const int is_complete = error == READSTAT_OK && c->next == 0;
    if (is_complete) {
        put_header(c);
        put(c, "E", 1);
        put_number(c, c->n_rows, 8);
    } else {
        const char *story =
            error == READSTAT_OK ? "the last row is cut off" : readstat_error_message(error);
        for (; c->next != 0 && c->next < c->n_variables; c->next++) {
            put_number(c, 0, c->is_number[c->next] ? 8 : 2);
        }
        put(c, "X", 1);
        put_text(c, c->problem != NULL ? c->problem : story);
    }
    flush(c);
    return is_complete && !c->stopped;
}

int mk_convert_transport(const void *file, size_t len, char *const *keep, size_t n_keep,
                         MkConvertWrite write, void *ctx)
{
    Convert *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return 0;
    }
    c->file = file;
    c->len = len;
    c->keep = keep;
    c->n_keep = n_keep;
    c->write = write;
    c->ctx = ctx;
    put(c, "MKSURV1\n", 8);
    const int is_complete = put_end(c, parse(c));
    free(c->head);
    free(c);
    return is_complete;
}

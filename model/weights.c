#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/weights.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/json.h"

enum { HEADER_CAP = 64 << 20, TENSORS_CAP = 4096 };

typedef struct TypeRow {
    const char *name;
    size_t size;
} TypeRow;

static const TypeRow types[] = {
    [MK_F32] = {"F32", 4}, [MK_F16] = {"F16", 2}, [MK_F64] = {"F64", 8},
    [MK_I32] = {"I32", 4}, [MK_U8] = {"U8", 1},   [MK_U16] = {"U16", 2},
};

struct MkWeights {
    MkArena *arena;
    MkFileMap map;
    const char *path;
    MkTensor *tensors;
    size_t n;
    json_t *header;
};

static MkStatus broken(const MkWeights *w, const char *name, const char *what, MkError *err)
{
    return mk_fail(err, MK_EFORMAT, "%s: tensor %s: %s", w->path, name, what);
}

/* A JSON number as a size; false for anything else. */
static bool to_size(const json_t *value, size_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *out = (size_t)json_integer_value(value);
    return true;
}

static MkStatus read_shape(const MkWeights *w, const json_t *shape, MkTensor *t, MkError *err)
{
    if (!json_is_array(shape) || json_array_size(shape) > MK_TENSOR_RANK) {
        return broken(w, t->name, "shape is not a list of at most 4 sizes", err);
    }
    t->rank = json_array_size(shape);
    t->n = 1;
    for (size_t i = 0; i < t->rank; i++) {
        if (!to_size(json_array_get(shape, i), &t->shape[i])) {
            return broken(w, t->name, "a size is not a whole number", err);
        }
        if (t->shape[i] != 0 && t->n > w->map.len / t->shape[i]) {
            return broken(w, t->name, "more elements than the file has bytes", err);
        }
        t->n *= t->shape[i];
    }
    return MK_OK;
}

static MkStatus read_tensor(MkWeights *w, const char *name, const json_t *entry, size_t data_at,
                            MkError *err)
{
    MkTensor *const t = &w->tensors[w->n];
    t->name = mk_arena_strdup(w->arena, name);
    if (t->name == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    const char *const dtype = json_string_value(json_object_get(entry, "dtype"));
    size_t kind = 0;
    while (kind < sizeof types / sizeof *types &&
           (dtype == NULL || strcmp(types[kind].name, dtype) != 0)) {
        kind++;
    }
    if (kind == sizeof types / sizeof *types) {
        return broken(w, name, "dtype is none of F32 F16 F64 I32 U8 U16", err);
    }
    t->dtype = (MkDtype)kind;
    MK_TRY(read_shape(w, json_object_get(entry, "shape"), t, err));
    const json_t *const offsets = json_object_get(entry, "data_offsets");
    size_t begin = 0, end = 0;
    if (json_array_size(offsets) != 2 || !to_size(json_array_get(offsets, 0), &begin) ||
        !to_size(json_array_get(offsets, 1), &end)) {
        return broken(w, name, "data_offsets is not a pair of whole numbers", err);
    }
    const size_t room = w->map.len - data_at;
    if (begin > end || end > room || end - begin != t->n * types[kind].size) {
        return mk_fail(err, MK_EFORMAT,
                       "%s: tensor %s: bytes %zu to %zu of %zu, but its shape needs %zu", w->path,
                       name, begin, end, room, t->n * types[kind].size);
    }
    if ((data_at + begin) % types[kind].size != 0) {
        return broken(w, name, "data is not aligned to its element size", err);
    }
    t->data = w->map.data + data_at + begin;
    w->n++;
    return MK_OK;
}

static int by_place(const void *a, const void *b)
{
    const MkTensor *const x = a, *const y = b;
    if (x->data != y->data) {
        return x->data < y->data ? -1 : 1;
    }
    return (x->n > y->n) - (x->n < y->n); /* an empty one lies before what begins there */
}

/* The format's rule: tensors lie end to end and fill the file. */
static MkStatus check_places(MkWeights *w, size_t data_at, MkError *err)
{
    const unsigned char *end = w->map.data + data_at;
    qsort(w->tensors, w->n, sizeof *w->tensors, by_place);
    for (size_t i = 0; i < w->n; i++) {
        const MkTensor *const t = &w->tensors[i];
        const unsigned char *const begin = t->data;
        if (begin != end) {
            return broken(w, t->name,
                          begin < end ? "overlaps another tensor" : "unused bytes lie before it",
                          err);
        }
        end = begin + t->n * types[t->dtype].size;
    }
    const size_t used = (size_t)(end - w->map.data);
    return used == w->map.len
               ? MK_OK
               : mk_fail(err, MK_EFORMAT, "%s: %zu bytes, but its tensors end at %zu", w->path,
                         w->map.len, used);
}

static MkStatus read_header(MkWeights *w, MkError *err)
{
    if (w->map.len < 8) {
        return mk_fail(err, MK_EFORMAT, "%s: %zu bytes, too short for a safetensors file", w->path,
                       w->map.len);
    }
    uint64_t len = 0;
    for (size_t i = 0; i < 8; i++) {
        len |= (uint64_t)w->map.data[i] << (8 * i);
    }
    if (len > HEADER_CAP || len > w->map.len - 8) {
        return mk_fail(
            err, MK_EFORMAT,
            "%s: header of %llu bytes in a file of %zu: truncated, or not a safetensors file",
            w->path, (unsigned long long)len, w->map.len);
    }
    json_error_t why;
    w->header =
        json_loadb((const char *)w->map.data + 8, (size_t)len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(w->header)) {
        return mk_fail(err, MK_EFORMAT, "%s: header is not JSON: %s", w->path,
                       w->header == NULL ? why.text : "not an object");
    }
    const size_t entries = json_object_size(w->header);
    if (entries > TENSORS_CAP) {
        return mk_fail(err, MK_EFORMAT, "%s: %zu tensors, more than %d", w->path, entries,
                       (int)TENSORS_CAP);
    }
    w->tensors = mk_arena_zeros(w->arena, entries + 1, sizeof *w->tensors);
    if (w->tensors == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(w->header, key, value)
    {
        if (strcmp(key, "__metadata__") != 0) {
            MK_TRY(read_tensor(w, key, value, 8 + (size_t)len, err));
        }
    }
    return check_places(w, 8 + (size_t)len, err);
}

MkStatus mk_weights_open(const char *path, MkWeights **out, MkError *err)
{
    MkStatus st = MK_OK;
    MkArena *const arena = mk_arena_new(0);
    MkWeights *const w = arena != NULL ? mk_arena_zeros(arena, 1, sizeof *w) : NULL;
    if (w == NULL || (w->path = mk_arena_strdup(arena, path)) == NULL) {
        mk_arena_free(arena);
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    w->arena = arena;
    st = mk_file_map_open(path, &w->map, err);
    if (st != MK_OK) {
        mk_arena_free(arena);
        return st;
    }
    st = read_header(w, err);
    if (st != MK_OK) {
        mk_weights_close(w);
        return st;
    }
    *out = w;
    return MK_OK;
}

void mk_weights_close(MkWeights *w)
{
    if (w != NULL) {
        json_decref(w->header);
        mk_file_map_close(&w->map);
        mk_arena_free(w->arena);
    }
}

size_t mk_weights_count(const MkWeights *w)
{
    return w->n;
}

const MkTensor *mk_weights_at(const MkWeights *w, size_t i)
{
    return &w->tensors[i];
}

const MkTensor *mk_weights_find(const MkWeights *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(w->tensors[i].name, name) == 0) {
            return &w->tensors[i];
        }
    }
    return NULL;
}

MkStatus mk_weights_need(const MkWeights *w, const char *name, MkDtype dtype, size_t rank,
                         const size_t *shape, const MkTensor **out, MkError *err)
{
    const MkTensor *const t = mk_weights_find(w, name);
    if (t == NULL) {
        return mk_fail(err, MK_EFORMAT, "%s: tensor %s is missing", w->path, name);
    }
    bool fits = t->dtype == dtype && t->rank == rank;
    for (size_t i = 0; fits && i < rank; i++) {
        fits = t->shape[i] == shape[i];
    }
    if (!fits) {
        return mk_fail(err, MK_EFORMAT, "%s: tensor %s: %s of %zu elements, expected %s %zu x %zu",
                       w->path, name, types[t->dtype].name, t->n, types[dtype].name,
                       rank > 0 ? shape[0] : 1, rank > 1 ? shape[1] : 1);
    }
    *out = t;
    return MK_OK;
}

const char *mk_weights_meta(const MkWeights *w, const char *key)
{
    return json_string_value(json_object_get(json_object_get(w->header, "__metadata__"), key));
}

size_t mk_weights_meta_count(const MkWeights *w)
{
    return json_object_size(json_object_get(w->header, "__metadata__"));
}

const char *mk_weights_meta_key(const MkWeights *w, size_t i)
{
    json_t *const meta = json_object_get(w->header, "__metadata__");
    void *at = json_object_iter(meta);
    for (size_t k = 0; k < i; k++) {
        at = json_object_iter_next(meta, at);
    }
    return json_object_iter_key(at);
}

const char *mk_weights_path(const MkWeights *w)
{
    return w->path;
}

/* ---- writing ---- */

typedef struct OutTensor {
    const char *name;
    MkDtype dtype;
    size_t rank;
    size_t shape[MK_TENSOR_RANK];
    size_t n;
    const void *data;
    bool from_float;
    size_t order; /* as added */
} OutTensor;

struct MkWeightsOut {
    MkArena *arena;
    OutTensor tensors[TENSORS_CAP];
    size_t n;
    const char *keys[64];
    const char *texts[64];
    size_t n_meta;
    bool failed;
};

MkWeightsOut *mk_weights_out_new(void)
{
    MkWeightsOut *const out = calloc(1, sizeof *out);
    if (out == NULL || (out->arena = mk_arena_new(0)) == NULL) {
        free(out);
        return NULL;
    }
    return out;
}

void mk_weights_out_free(MkWeightsOut *out)
{
    if (out != NULL) {
        mk_arena_free(out->arena);
        free(out);
    }
}

void mk_weights_out_meta(MkWeightsOut *out, const char *key, const char *text)
{
    if (out->n_meta == sizeof out->keys / sizeof *out->keys) {
        out->failed = true;
        return;
    }
    out->keys[out->n_meta] = mk_arena_strdup(out->arena, key);
    out->texts[out->n_meta] = mk_arena_strdup(out->arena, text);
    out->failed = out->failed || out->texts[out->n_meta] == NULL;
    out->n_meta++;
}

static void add_tensor(MkWeightsOut *out, const char *name, MkDtype dtype, size_t rank,
                       const size_t *shape, const void *data, bool from_float)
{
    if (out->n == TENSORS_CAP || rank > MK_TENSOR_RANK) {
        out->failed = true;
        return;
    }
    OutTensor *const t = &out->tensors[out->n++];
    *t = (OutTensor){.name = mk_arena_strdup(out->arena, name),
                     .dtype = dtype,
                     .rank = rank,
                     .n = 1,
                     .data = data,
                     .from_float = from_float,
                     .order = out->n};
    for (size_t i = 0; i < rank; i++) {
        t->shape[i] = shape[i];
        t->n *= shape[i];
    }
    out->failed = out->failed || t->name == NULL;
}

void mk_weights_out_tensor(MkWeightsOut *out, const char *name, MkDtype dtype, size_t rank,
                           const size_t *shape, const void *data)
{
    add_tensor(out, name, dtype, rank, shape, data, false);
}

void mk_weights_out_half(MkWeightsOut *out, const char *name, size_t rank, const size_t *shape,
                         const float *data)
{
    add_tensor(out, name, MK_F16, rank, shape, data, true);
}

/* Other readers refuse gaps between tensors, so larger elements come first and all stay aligned. */
static int by_element_size(const void *a, const void *b)
{
    const OutTensor *const x = a, *const y = b;
    const size_t p = types[x->dtype].size, q = types[y->dtype].size;
    if (p != q) {
        return p < q ? 1 : -1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static void print_header(const MkWeightsOut *out, MkBuf *buf)
{
    MkJson json;
    mk_json_init(&json, buf);
    mk_json_object_begin(&json);
    mk_json_key(&json, "__metadata__");
    mk_json_object_begin(&json);
    for (size_t i = 0; i < out->n_meta; i++) {
        mk_json_kstring(&json, out->keys[i], out->texts[i]);
    }
    mk_json_object_end(&json);
    size_t at = 0;
    for (size_t i = 0; i < out->n; i++) {
        const OutTensor *const t = &out->tensors[i];
        mk_json_key(&json, t->name);
        mk_json_object_begin(&json);
        mk_json_kstring(&json, "dtype", types[t->dtype].name);
        mk_json_key(&json, "shape");
        mk_json_array_begin(&json);
        for (size_t k = 0; k < t->rank; k++) {
            mk_json_size(&json, t->shape[k]);
        }
        mk_json_array_end(&json);
        mk_json_key(&json, "data_offsets");
        mk_json_array_begin(&json);
        mk_json_size(&json, at);
        mk_json_size(&json, at + t->n * types[t->dtype].size);
        mk_json_array_end(&json);
        mk_json_object_end(&json);
        at += t->n * types[t->dtype].size;
    }
    mk_json_object_end(&json);
    while (buf->len % 64 != 56 && !buf->failed) {
        mk_buf_putc(buf, ' ');
    }
}

static MkStatus write_tensor(MkFileOut *file, const OutTensor *t, MkError *err)
{
    if (t->from_float) {
        uint16_t block[1024];
        const float *const from = t->data;
        for (size_t i = 0; i < t->n; i += 1024) {
            const size_t m = t->n - i < 1024 ? t->n - i : 1024;
            mk_half_from_float(from + i, block, m);
            MK_TRY(mk_file_out_write(file, block, m * sizeof *block, err));
        }
        return MK_OK;
    }
    return mk_file_out_write(file, t->data, t->n * types[t->dtype].size, err);
}

MkStatus mk_weights_out_write(MkWeightsOut *out, const char *path, MkError *err)
{
    MkStatus st = MK_OK;
    MkFileOut *file = NULL;
    MkBuf header;
    mk_buf_init(&header);
    qsort(out->tensors, out->n, sizeof *out->tensors, by_element_size);
    print_header(out, &header);
    if (out->failed || header.failed) {
        st = mk_fail(err, MK_ENOMEM, "%s: out of memory", path);
        goto done;
    }
    unsigned char len[8];
    for (size_t i = 0; i < 8; i++) {
        len[i] = (unsigned char)((uint64_t)header.len >> (8 * i));
    }
    MK_TRY_GOTO(mk_file_out_open(path, &file, err));
    MK_TRY_GOTO(mk_file_out_write(file, len, sizeof len, err));
    MK_TRY_GOTO(mk_file_out_write(file, header.data, header.len, err));
    for (size_t i = 0; i < out->n; i++) {
        MK_TRY_GOTO(write_tensor(file, &out->tensors[i], err));
    }
    st = mk_file_out_commit(file, err);
    file = NULL;
done:
    mk_file_out_abort(file);
    mk_buf_release(&header);
    return st;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/pair_counts.h"
#include "model/weights.h"
#include "src/base/buf.h"
#include "src/base/file.h"

static char path[512];

static int choose_path(void **state)
{
    const char *const folder = getenv("TMPDIR");
    (void)state;
    snprintf(path, sizeof path, "%s/test.safetensors", folder != NULL ? folder : "/tmp");
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    remove(path);
    return 0;
}

/* Not synced, and never over an old file, which some file systems sync: there are many. */
static void put(const void *data, size_t len)
{
    remove(path);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* A file by hand: header text, then data; `claimed` is the length that the file states. */
static void put_parts(uint64_t claimed, const char *header, const void *data, size_t n_data)
{
    MkBuf buf;
    mk_buf_init(&buf);
    for (int i = 0; i < 8; i++) {
        mk_buf_putc(&buf, (char)(unsigned char)(claimed >> (8 * i)));
    }
    mk_buf_puts(&buf, header);
    mk_buf_add(&buf, data, n_data);
    put(buf.data, buf.len);
    mk_buf_release(&buf);
}

static MkStatus open_file(MkWeights **out, MkError *err)
{
    *out = NULL;
    *err = (MkError){0};
    const MkStatus st = mk_weights_open(path, out, err);
    if (st != MK_OK) {
        assert_null(*out);
        assert_int_equal(err->status, st);
        assert_non_null(strstr(err->text, path)); /* which file */
    }
    return st;
}

/* ---- half precision ---- */

/* A plain conversion by the definition of the format. */
static double value_of_half(unsigned h)
{
    const double sign = (h & 0x8000U) != 0 ? -1.0 : 1.0;
    const int exponent = (int)(h >> 10 & 0x1FU), fraction = (int)(h & 0x3FFU);
    if (exponent == 31) {
        return fraction != 0 ? NAN : sign * INFINITY;
    }
    return exponent == 0 ? sign * ldexp(fraction, -24)
                         : sign * ldexp(1024 + fraction, exponent - 25);
}

static void test_every_half_becomes_its_float_and_comes_back(void **state)
{
    static uint16_t halves[65536], back[65536];
    static float floats[65536];
    (void)state;
    for (unsigned h = 0; h < 65536; h++) {
        halves[h] = (uint16_t)h;
    }
    mk_half_to_float(halves, floats, 65536);
    mk_half_from_float(floats, back, 65536);
    for (unsigned h = 0; h < 65536; h++) {
        const double want = value_of_half(h);
        if (isnan(want)) {
            assert_true(isnan(floats[h]));
            assert_true((back[h] & 0x7C00U) == 0x7C00U && (back[h] & 0x3FFU) != 0);
            continue;
        }
        assert_true((double)floats[h] == want);
        assert_int_equal(signbit(floats[h]) != 0, h >> 15);
        assert_int_equal(back[h], h);
    }
}

static void test_floats_round_to_the_nearest_half_and_ties_to_even(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 0x7C00U; h++) { /* between h and the next one */
        const double low = value_of_half(h);
        const double high = h == 0x7BFFU ? 65536.0 : value_of_half(h + 1);
        const double middle = 0.5 * (low + high);
        const float in[6] = {
            (float)middle,  nextafterf((float)middle, 0.0F),    nextafterf((float)middle, INFINITY),
            -(float)middle, (float)(low + 0.25 * (high - low)), (float)(low + 0.75 * (high - low))};
        const unsigned even = h % 2 == 0 ? h : h + 1;
        const unsigned want[6] = {even, h, h + 1, even | 0x8000U, h, h + 1};
        uint16_t out[6];
        mk_half_from_float(in, out, 6);
        for (size_t i = 0; i < 6; i++) {
            assert_int_equal(out[i], want[i]);
        }
    }
    const float odd[5] = {1e30F, -1e30F, INFINITY, 1e-30F, -1e-30F};
    const unsigned want[5] = {0x7C00U, 0xFC00U, 0x7C00U, 0x0000U, 0x8000U};
    uint16_t out[5];
    mk_half_from_float(odd, out, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(out[i], want[i]);
    }
}

/* ---- writing and reading ---- */

static const float floats[6] = {1.0F, -2.5F, 3.25F, 0.0F, 1e-7F, 65504.0F};
static const double doubles[2] = {1.0 / 3.0, -1e300};
static const int32_t wholes[3] = {1, -2, INT32_MAX};
static const uint8_t bytes[5] = {0, 1, 127, 128, 255};

static void write_sample(void)
{
    MkWeightsOut *const out = mk_weights_out_new();
    assert_non_null(out);
    mk_weights_out_meta(out, "format", "test");
    mk_weights_out_meta(out, "text", "line one\nline \"two\" \\ \xC3\xA9 \t end");
    /* small elements first: the writer puts them last, so that all stay aligned */
    mk_weights_out_tensor(out, "u8", MK_U8, 1, (const size_t[]){5}, bytes);
    mk_weights_out_half(out, "half", 2, (const size_t[]){3, 2}, floats);
    mk_weights_out_tensor(out, "empty", MK_F32, 2, (const size_t[]){0, 9}, floats);
    mk_weights_out_tensor(out, "f32", MK_F32, 2, (const size_t[]){2, 3}, floats);
    mk_weights_out_tensor(out, "i32", MK_I32, 3, (const size_t[]){1, 3, 1}, wholes);
    mk_weights_out_tensor(out, "f64", MK_F64, 1, (const size_t[]){2}, doubles);
    mk_weights_out_tensor(out, "scalar", MK_F32, 0, NULL, floats + 1);
    assert_int_equal(mk_weights_out_write(out, path, NULL), MK_OK);
    mk_weights_out_free(out);
}

static void test_what_is_written_is_read(void **state)
{
    MkWeights *w = NULL;
    MkError err;
    const MkTensor *t = NULL;
    (void)state;
    write_sample();
    if (open_file(&w, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(mk_weights_count(w), 7);
    assert_string_equal(mk_weights_path(w), path);
    assert_string_equal(mk_weights_meta(w, "format"), "test");
    assert_string_equal(mk_weights_meta(w, "text"), "line one\nline \"two\" \\ \xC3\xA9 \t end");
    assert_null(mk_weights_meta(w, "absent"));
    assert_null(mk_weights_find(w, "absent"));
    assert_int_equal(mk_weights_need(w, "f32", MK_F32, 2, (const size_t[]){2, 3}, &t, &err), MK_OK);
    assert_memory_equal(t->data, floats, sizeof floats);
    assert_int_equal(t->n, 6);
    assert_int_equal(mk_weights_need(w, "i32", MK_I32, 3, (const size_t[]){1, 3, 1}, &t, &err),
                     MK_OK);
    assert_memory_equal(t->data, wholes, sizeof wholes);
    assert_int_equal(mk_weights_need(w, "f64", MK_F64, 1, (const size_t[]){2}, &t, &err), MK_OK);
    assert_memory_equal(t->data, doubles, sizeof doubles);
    assert_int_equal(mk_weights_need(w, "u8", MK_U8, 1, (const size_t[]){5}, &t, &err), MK_OK);
    assert_memory_equal(t->data, bytes, sizeof bytes);
    assert_int_equal(mk_weights_need(w, "scalar", MK_F32, 0, NULL, &t, &err), MK_OK);
    assert_int_equal(t->n, 1);
    assert_int_equal(mk_weights_need(w, "empty", MK_F32, 2, (const size_t[]){0, 9}, &t, &err),
                     MK_OK);
    assert_int_equal(t->n, 0);
    assert_int_equal(mk_weights_need(w, "half", MK_F16, 2, (const size_t[]){3, 2}, &t, &err),
                     MK_OK);
    float half[6];
    mk_half_to_float(t->data, half, 6);
    assert_all_close_f(half, floats, 6, 1e-7, 5e-4);
    mk_weights_close(w);
}

/* The rules of the format: length of 8 bytes, header first and padded with spaces, tensors end to
 * end from 0 to the end of the file, every one aligned. */
static void test_written_files_keep_the_rules_of_the_format(void **state)
{
    MkBuf buf;
    MkWeights *w = NULL;
    MkError err;
    (void)state;
    write_sample();
    mk_buf_init(&buf);
    assert_int_equal(mk_file_read(path, 0, &buf, NULL), MK_OK);
    uint64_t len = 0;
    for (size_t i = 0; i < 8; i++) {
        len |= (uint64_t)(unsigned char)buf.data[i] << (8 * i);
    }
    assert_true(8 + len <= buf.len);
    assert_int_equal((8 + len) % 64, 0);
    assert_int_equal(buf.data[8], '{');
    size_t last = 8 + (size_t)len;
    while (buf.data[last - 1] == ' ') {
        last--;
    }
    assert_int_equal(buf.data[last - 1], '}');
    assert_int_equal(open_file(&w, &err), MK_OK);
    static const size_t size[] = {
        [MK_F32] = 4, [MK_F16] = 2, [MK_F64] = 8, [MK_I32] = 4, [MK_U8] = 1};
    const unsigned char *end = NULL;
    size_t total = 0;
    for (size_t i = 0; i < mk_weights_count(w); i++) {
        const MkTensor *const t = mk_weights_at(w, i);
        assert_true(end == NULL || t->data == end);
        assert_int_equal((uintptr_t)t->data % size[t->dtype], 0);
        end = (const unsigned char *)t->data + t->n * size[t->dtype];
        total += t->n * size[t->dtype];
    }
    assert_int_equal(8 + len + total, buf.len);
    mk_weights_close(w);
    mk_buf_release(&buf);
}

/* Bytes as another writer puts them: no padding, other order of keys, spaces. */
static void test_a_file_of_another_writer_is_read(void **state)
{
    static const char header[] = "{\"b\":{\"data_offsets\": [8, 12], \"shape\": [2, 2], \"dtype\": "
                                 "\"U8\"}, \"__metadata__\": {\"who\": \"other\"},\n"
                                 "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    /* 1.5 = 0x3FC00000, -2 = 0xC0000000, little-endian */
    static const unsigned char data[12] = {0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, 9, 8, 7, 6};
    MkWeights *w = NULL;
    MkError err;
    const MkTensor *t = NULL;
    char padded[sizeof header + 8];
    size_t n = strlen(header);
    (void)state;
    memcpy(padded, header, sizeof header);
    while ((8 + n) % 4 != 0) { /* F32 needs it */
        padded[n++] = ' ';
    }
    padded[n] = '\0';
    put_parts(n, padded, data, sizeof data);
    if (open_file(&w, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(mk_weights_meta(w, "who"), "other");
    assert_int_equal(mk_weights_need(w, "a", MK_F32, 1, (const size_t[]){2}, &t, &err), MK_OK);
    assert_close((double)((const float *)t->data)[0], 1.5, 0, 0);
    assert_close((double)((const float *)t->data)[1], -2.0, 0, 0);
    assert_int_equal(mk_weights_need(w, "b", MK_U8, 2, (const size_t[]){2, 2}, &t, &err), MK_OK);
    assert_int_equal(((const uint8_t *)t->data)[3], 6);
    mk_weights_close(w);
}

static void test_a_wrong_need_names_tensor_found_and_expected(void **state)
{
    MkWeights *w = NULL;
    MkError err;
    const MkTensor *t = NULL;
    (void)state;
    write_sample();
    assert_int_equal(open_file(&w, &err), MK_OK);
    assert_int_equal(mk_weights_need(w, "absent", MK_F32, 1, (const size_t[]){1}, &t, &err),
                     MK_EFORMAT);
    assert_non_null(strstr(err.text, "tensor absent is missing"));
    assert_int_equal(mk_weights_need(w, "f32", MK_F16, 2, (const size_t[]){2, 3}, &t, &err),
                     MK_EFORMAT);
    assert_non_null(strstr(err.text, "tensor f32: F32 of 6 elements, expected F16 2 x 3"));
    assert_int_equal(mk_weights_need(w, "f32", MK_F32, 2, (const size_t[]){3, 2}, &t, &err),
                     MK_EFORMAT);
    assert_int_equal(mk_weights_need(w, "f32", MK_F32, 1, (const size_t[]){6}, &t, &err),
                     MK_EFORMAT);
    assert_null(t);
    mk_weights_close(w);
}

/* ---- broken files ---- */

static void test_a_truncated_file_is_an_error_at_every_length(void **state)
{
    MkBuf buf;
    MkWeights *w = NULL;
    MkError err;
    (void)state;
    write_sample();
    mk_buf_init(&buf);
    assert_int_equal(mk_file_read(path, 0, &buf, NULL), MK_OK);
    for (size_t n = 0; n < buf.len; n++) {
        put(buf.data, n);
        assert_int_equal(open_file(&w, &err), MK_EFORMAT);
    }
    mk_buf_putc(&buf, '\0'); /* and one byte too many */
    put(buf.data, buf.len);
    assert_int_equal(open_file(&w, &err), MK_EFORMAT);
    mk_buf_release(&buf);
}

static void test_impossible_headers_are_errors(void **state)
{
    static const struct {
        const char *header, *says;
    } rows[] = {
        {"[]", "not JSON"},
        {"{", "not JSON"},
        {"", "not JSON"},
        {"{\"a\":1}", "dtype"},
        {"{\"a\":{}}", "dtype"},
        {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}", "dtype"},
        {"{\"a\":{\"dtype\":7,\"shape\":[4],\"data_offsets\":[0,16]}}", "dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,2,2],\"data_offsets\":[0,16]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}}", "size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}", "size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[\"4\"],\"data_offsets\":[0,16]}}", "size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":{}}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[-16,0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}", "bytes 16 to 0"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,20]}}", "bytes 0 to 20"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,16]}}", "its shape needs 12"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[17],\"data_offsets\":[0,17]}}", "bytes 0 to 17"},
        /* products that wrap round to 16 bytes */
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}",
         "more elements"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
         "more elements"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807,2,1],\"data_offsets\":[0,16]}}",
         "more elements"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,16]}}",
         "not JSON"},
        /* two tensors */
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
         "overlaps"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
         "overlaps"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
         "unused bytes"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "tensors end at"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
         "\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
         "not JSON"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[13],\"data_offsets\":[3,16]}} {}",
         "not JSON"},
    };
    static const unsigned char data[16] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char header[512];
        size_t n = strlen(rows[i].header);
        MkWeights *w = NULL;
        MkError err;
        memcpy(header, rows[i].header, n + 1);
        while (n > 0 && (8 + n) % 8 != 0) {
            header[n++] = ' ';
        }
        header[n] = '\0';
        put_parts(n, header, data, sizeof data);
        assert_int_equal(open_file(&w, &err), MK_EFORMAT);
        if (strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].header, err.text);
        }
    }
}

static void test_a_misaligned_tensor_is_an_error(void **state)
{
    static const unsigned char data[12] = {0};
    static const char header[] =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
        "\"b\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[3,11]}} ";
    MkWeights *w = NULL;
    MkError err;
    (void)state;
    assert_int_equal(strlen(header) % 2, 0); /* so data begins at an even byte */
    put_parts(strlen(header), header, data, 11);
    assert_int_equal(open_file(&w, &err), MK_EFORMAT);
    assert_non_null(strstr(err.text, "aligned"));
}

static void test_lengths_that_are_not_are_errors(void **state)
{
    static const uint64_t lengths[] = {3,          1000,       UINT64_MAX, UINT64_MAX - 7,
                                       1ULL << 63, 1ULL << 40, 100000001};
    MkWeights *w = NULL;
    MkError err;
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        put_parts(lengths[i], "{}", "", 0);
        assert_int_equal(open_file(&w, &err), MK_EFORMAT);
    }
    put_parts(2, "{}", "", 0); /* nothing in it, and that is fine */
    assert_int_equal(open_file(&w, &err), MK_OK);
    assert_int_equal(mk_weights_count(w), 0);
    assert_null(mk_weights_meta(w, "kind"));
    mk_weights_close(w);
    put_parts(19, "{\"__metadata__\": 12}", "", 0);
    assert_int_not_equal(open_file(&w, &err), MK_OK);
    put_parts(20, "{\"__metadata__\": 12}", "", 0);
    if (open_file(&w, &err) == MK_OK) {
        assert_null(mk_weights_meta(w, "kind"));
        mk_weights_close(w);
    }
}

static void test_a_file_that_is_not_there_is_an_io_error(void **state)
{
    MkWeights *w = NULL;
    MkError err;
    (void)state;
    remove(path);
    assert_int_equal(open_file(&w, &err), MK_EIO);
    mk_weights_close(NULL);
}

static void test_every_flipped_byte_is_an_error_or_a_file(void **state)
{
    MkBuf buf;
    (void)state;
    write_sample();
    mk_buf_init(&buf);
    assert_int_equal(mk_file_read(path, 0, &buf, NULL), MK_OK);
    static const unsigned char flips[] = {0x01, 0x10, 0x80, 0xFF};
    for (size_t i = 0; i < buf.len; i++) {
        for (size_t f = 0; f < sizeof flips; f++) {
            MkWeights *w = NULL;
            MkError err;
            buf.data[i] = (char)((unsigned char)buf.data[i] ^ flips[f]);
            put(buf.data, buf.len);
            buf.data[i] = (char)((unsigned char)buf.data[i] ^ flips[f]);
            const MkStatus st = open_file(&w, &err);
            assert_true(st == MK_OK || st == MK_EFORMAT);
            unsigned sum = 0;
            for (size_t t = 0; st == MK_OK && t < mk_weights_count(w); t++) {
                const MkTensor *const tensor = mk_weights_at(w, t);
                for (size_t b = 0; b < tensor->n; b++) { /* every element can be touched */
                    sum += ((const uint8_t *)tensor->data)[b];
                }
            }
            assert_true(sum < 1U << 30);
            mk_weights_close(w);
        }
    }
    mk_buf_release(&buf);
}

static void test_counts_of_pairs_come_back(void **state)
{
    (void)state;
    const int32_t counts[6] = {7, 0, 32767, 32768, 40000, 1000000};
    const int32_t *read = NULL;
    MkArena *const arena = mk_arena_new(0);
    for (int copied = 0; copied < 2; copied++) { /* the second is from 32 bits */
        MkWeights *w = NULL;
        MkWeightsOut *out = mk_weights_out_new();
        const size_t n = 6;
        const MkTensor wide = {
            .name = "pairs", .dtype = MK_I32, .rank = 1, .shape = {n}, .n = n, .data = counts};
        assert_int_equal(copied ? mk_pair_counts_copy(&wide, arena, out, NULL)
                                : mk_pair_counts_add(counts, 3, 0, arena, out, NULL),
                         MK_OK);
        assert_int_equal(mk_weights_out_write(out, path, NULL), MK_OK);
        mk_weights_out_free(out);
        assert_int_equal(mk_weights_open(path, &w, NULL), MK_OK);
        assert_int_equal(mk_weights_find(w, "pairs")->dtype, MK_U16);
        assert_int_equal(mk_pair_counts_read(w, 4, arena, &read, NULL), MK_EFORMAT);
        assert_int_equal(mk_pair_counts_read(w, 3, arena, &read, NULL), MK_OK);
        for (size_t i = 0; i < n; i++) {
            assert_in_range(read[i], counts[i] < 32768 ? counts[i] : counts[i] - 31, counts[i]);
        }
        mk_weights_close(w);
    }
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_half_becomes_its_float_and_comes_back),
        cmocka_unit_test(test_floats_round_to_the_nearest_half_and_ties_to_even),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_written_files_keep_the_rules_of_the_format),
        cmocka_unit_test(test_a_file_of_another_writer_is_read),
        cmocka_unit_test(test_a_wrong_need_names_tensor_found_and_expected),
        cmocka_unit_test(test_a_truncated_file_is_an_error_at_every_length),
        cmocka_unit_test(test_impossible_headers_are_errors),
        cmocka_unit_test(test_a_misaligned_tensor_is_an_error),
        cmocka_unit_test(test_lengths_that_are_not_are_errors),
        cmocka_unit_test(test_a_file_that_is_not_there_is_an_io_error),
        cmocka_unit_test(test_every_flipped_byte_is_an_error_or_a_file),
        cmocka_unit_test(test_counts_of_pairs_come_back),
    };
    return cmocka_run_group_tests(tests, choose_path, remove_file);
}

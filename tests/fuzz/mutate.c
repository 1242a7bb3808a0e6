#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/fuzz/mutate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct Draft {
    MkRng *rng;
    uint8_t *bytes;
    size_t len, room;
} Draft;

static size_t below(Draft *d, size_t n)
{
    return n > 0 ? mk_rng_below(d->rng, n) : 0;
}

/* Short pieces most of the time: a name, a number, a line. */
static size_t piece(Draft *d, size_t most)
{
    const size_t n = below(d, 4) == 0 ? most : most < 16 ? most : 16;
    return n > 0 ? 1 + below(d, n) : 0;
}

static void take_out(Draft *d, size_t at, size_t n)
{
    memmove(d->bytes + at, d->bytes + at + n, d->len - at - n);
    d->len -= n;
}

static void put_in(Draft *d, size_t at, const uint8_t *bytes, size_t n)
{
    n = n < d->room - d->len ? n : d->room - d->len;
    memmove(d->bytes + at + n, d->bytes + at, d->len - at);
    memcpy(d->bytes + at, bytes, n);
    d->len += n;
}

static void change_byte(Draft *d)
{
    if (d->len > 0) {
        uint8_t *b = &d->bytes[below(d, d->len)];
        *b = (uint8_t)(below(d, 2) == 0 ? *b ^ (1U << below(d, 8)) : below(d, 256));
    }
}

/* Lengths and offsets of binary files. */
static void change_word(Draft *d)
{
    static const uint64_t words[] = {0,          1,          0x7F,       0x80,
                                     0xFF,       0x7FFF,     0xFFFF,     0x7FFFFFFF,
                                     0x80000000, 0xFFFFFFFF, UINT64_MAX, UINT64_MAX / 2};
    const size_t n = (size_t)1 << below(d, 4);
    if (d->len >= n) {
        uint64_t word = words[below(d, sizeof words / sizeof *words)];
        uint8_t *b = d->bytes + below(d, d->len - n + 1);
        for (size_t i = 0; i < n; i++, word >>= 8) {
            b[i] = (uint8_t)word;
        }
    }
}

/* Marks of the texts that are read, and numbers that are hard. */
static void insert_text(Draft *d)
{
    static const char *const texts[] = {"\t",
                                        "\n",
                                        "\r\n",
                                        ",",
                                        ";",
                                        "|",
                                        "=",
                                        "..",
                                        "'",
                                        "\"",
                                        "#",
                                        "{",
                                        "}",
                                        "(",
                                        ")",
                                        "[",
                                        "]",
                                        ":",
                                        "-",
                                        "--",
                                        "/",
                                        "*",
                                        "<",
                                        ">=",
                                        "0",
                                        "-1",
                                        "1e308",
                                        "1e-308",
                                        "nan",
                                        "inf",
                                        "1e999",
                                        "NaN",
                                        "0x10",
                                        "\xC3",
                                        "\xEF\xBB\xBF",
                                        "given",
                                        "across",
                                        "from",
                                        "only",
                                        "row",
                                        "65536",
                                        "4294967296",
                                        "18446744073709551615",
                                        "\xE2\xA0\x80",
                                        "\033[",
                                        "%s",
                                        "%n",
                                        "../",
                                        "\\",
                                        "&lt;",
                                        "]]>"};
    const char *text = texts[below(d, sizeof texts / sizeof *texts)];
    put_in(d, below(d, d->len + 1), (const uint8_t *)text, strlen(text));
}

static void insert_bytes(Draft *d)
{
    uint8_t bytes[64];
    const size_t n = 1 + below(d, sizeof bytes);
    const bool is_same = below(d, 2) == 0;
    const uint8_t first = (uint8_t)below(d, 256);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = is_same ? first : (uint8_t)below(d, 256);
    }
    put_in(d, below(d, d->len + 1), bytes, n);
}

static void drop(Draft *d)
{
    const size_t n = piece(d, d->len);
    if (n > 0) {
        take_out(d, below(d, d->len - n + 1), n);
    }
}

static void copy_from(Draft *d, const MkSample *from)
{
    uint8_t bytes[4096];
    const size_t n = piece(d, from->len < sizeof bytes ? from->len : sizeof bytes);
    if (n > 0) {
        memcpy(bytes, from->bytes + below(d, from->len - n + 1), n);
        put_in(d, below(d, d->len + 1), bytes, n);
    }
}

/* A number of the text becomes another one. */
static void change_number(Draft *d)
{
    size_t at = below(d, d->len), n = 0;
    while (at < d->len && !(d->bytes[at] >= '0' && d->bytes[at] <= '9')) {
        at++;
    }
    while (at + n < d->len && d->bytes[at + n] >= '0' && d->bytes[at + n] <= '9') {
        n++;
    }
    if (n > 0) {
        char text[32];
        const int shift = (int)below(d, 64);
        snprintf(text, sizeof text, "%llu",
                 (unsigned long long)mk_rng_u32(d->rng) * mk_rng_u32(d->rng) >> shift);
        take_out(d, at, n);
        put_in(d, at, (const uint8_t *)text, strlen(text));
    }
}

size_t mk_mutate(MkRng *rng, const MkSample *samples, size_t n, uint8_t *out, size_t room)
{
    Draft d = {.rng = rng, .bytes = out, .room = room};
    const MkSample *base = &samples[below(&d, n)];
    put_in(&d, 0, base->bytes, base->len);
    for (size_t left = 1 + below(&d, 6); left > 0; left--) {
        switch (below(&d, 8)) {
        case 0:
            change_byte(&d);
            break;
        case 1:
            change_word(&d);
            break;
        case 2:
            insert_text(&d);
            break;
        case 3:
            insert_bytes(&d);
            break;
        case 4:
            drop(&d);
            break;
        case 5:
            copy_from(&d, &samples[below(&d, n)]);
            break;
        case 6:
            change_number(&d);
            break;
        default:
            copy_from(&d, &(MkSample){d.bytes, d.len});
            break;
        }
    }
    return d.len;
}

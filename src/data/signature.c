/* signature.c - minisign signatures; the only file that knows libsodium. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "src/base/text.h"
#include "src/data/tsv.h"

static const char UNTRUSTED[] = "untrusted comment:";
static const char TRUSTED[] = "trusted comment: ";

enum { ALGORITHM_BYTES = 2, HEAD_BYTES = ALGORITHM_BYTES + MK_KEY_ID_BYTES };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- lines ---- */

typedef struct Lines {
    const char *next, *end, *origin;
    size_t number; /* of the line read last, from 1 */
} Lines;

/* The next line without its end (LF or CRLF). */
static MkStatus next_line(Lines *lines, const char *expected, const char **text, size_t *len,
                          MkError *err)
{
    lines->number++;
    if (lines->next == lines->end) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: the file ends, expected %s", lines->origin,
                       lines->number, expected);
    }
    const size_t left = (size_t)(lines->end - lines->next);
    const char *stop = memchr(lines->next, '\n', left);
    const char *const after = stop != NULL ? stop + 1 : lines->end;
    stop = stop != NULL ? stop : lines->end;
    stop -= stop > lines->next && stop[-1] == '\r' ? 1 : 0;
    *text = lines->next;
    *len = (size_t)(stop - lines->next);
    lines->next = after;
    return MK_OK;
}

static MkStatus fail_line(const Lines *lines, const char *text, size_t len, const char *expected,
                          MkError *err)
{
    char shown[MK_SHOWN];
    return mk_fail(err, MK_EFORMAT, "%s:%zu: '%s', expected %s", lines->origin, lines->number,
                   mk_shown(text, len, shown), expected);
}

static bool begins(const char *text, size_t len, const char *with)
{
    const size_t n = strlen(with);
    return len >= n && memcmp(text, with, n) == 0;
}

static MkStatus read_comment(Lines *lines, MkError *err)
{
    const char *text;
    size_t len;
    MK_TRY(next_line(lines, "'untrusted comment: ...'", &text, &len, err));
    return begins(text, len, UNTRUSTED)
               ? MK_OK
               : fail_line(lines, text, len, "'untrusted comment: ...'", err);
}

/* Exactly n bytes of base64. */
static bool decode(const char *text, size_t len, unsigned char *out, size_t n)
{
    size_t got = 0;
    const char *end = NULL;
    return sodium_base642bin(out, n, text, len, NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) ==
               0 &&
           got == n && end == text + len;
}

static MkStatus read_base64(Lines *lines, const char *expected, unsigned char *out, size_t n,
                            MkError *err)
{
    const char *text;
    size_t len;
    MK_TRY(next_line(lines, expected, &text, &len, err));
    return decode(text, len, out, n) ? MK_OK : fail_line(lines, text, len, expected, err);
}

/* A signed comment goes to the terminal: text without control characters. */
static MkStatus read_trusted(Lines *lines, MkArena *arena, const char **out, MkError *err)
{
    static const char expected[] = "'trusted comment: ...'";
    const size_t n_head = sizeof TRUSTED - 1;
    const char *text;
    size_t len;
    MK_TRY(next_line(lines, expected, &text, &len, err));
    if (!begins(text, len, TRUSTED)) {
        return fail_line(lines, text, len, expected, err);
    }
    if (memchr(text, '\0', len) != NULL || !mk_utf8_valid(text, len)) {
        return fail_line(lines, text, len, "a comment in UTF-8", err);
    }
    char *const comment = mk_arena_strndup(arena, text + n_head, len - n_head);
    if (comment == NULL) {
        return no_memory(err);
    }
    uint32_t cp = 0;
    for (const char *p = comment; *p != '\0';) {
        p += mk_utf8_next(p, &cp);
        if (mk_utf8_is_control(cp) && cp != '\t') {
            return fail_line(lines, text, len, "a comment without control characters", err);
        }
    }
    *out = comment;
    return MK_OK;
}

/* Empty lines may follow, nothing else. */
static MkStatus read_end(Lines *lines, MkError *err)
{
    while (lines->next < lines->end) {
        const char *text;
        size_t len;
        MK_TRY(next_line(lines, "the end", &text, &len, err));
        if (len > 0) {
            return fail_line(lines, text, len, "the end of the file", err);
        }
    }
    return MK_OK;
}

static MkStatus check_size(size_t len, const char *origin, MkError *err)
{
    return len <= MK_SIGNATURE_TEXT_MOST
               ? MK_OK
               : mk_fail(err, MK_EFORMAT, "%s:1: %zu bytes, expected at most %d", origin, len,
                         MK_SIGNATURE_TEXT_MOST);
}

/* ---- signatures and keys ---- */

MkStatus mk_signature_parse(const char *text, size_t len, const char *origin, MkArena *arena,
                            MkSignature *out, MkError *err)
{
    unsigned char head[HEAD_BYTES + MK_SIGNATURE_BYTES];
    MkSignature made = {0};
    Lines lines = {.next = text, .end = text + len, .origin = origin};
    MK_TRY(check_size(len, origin, err));
    MK_TRY(read_comment(&lines, err));
    MK_TRY(read_base64(&lines, "base64 of a signature (74 bytes)", head, sizeof head, err));
    made.is_prehashed = memcmp(head, "ED", ALGORITHM_BYTES) == 0;
    if (!made.is_prehashed && memcmp(head, "Ed", ALGORITHM_BYTES) != 0) {
        return mk_fail(err, MK_EFORMAT,
                       "%s:%zu: algorithm %02x%02x (hex), expected Ed or ED (Ed25519)", origin,
                       lines.number, head[0], head[1]);
    }
    memcpy(made.key_id, head + ALGORITHM_BYTES, MK_KEY_ID_BYTES);
    memcpy(made.bytes, head + HEAD_BYTES, MK_SIGNATURE_BYTES);
    MK_TRY(read_trusted(&lines, arena, &made.comment, err));
    MK_TRY(read_base64(&lines, "base64 of a signature (64 bytes)", made.global, sizeof made.global,
                       err));
    MK_TRY(read_end(&lines, err));
    *out = made;
    return MK_OK;
}

MkStatus mk_signing_key_parse(const char *text, size_t len, const char *origin, MkSigningKey *out,
                              MkError *err)
{
    unsigned char head[HEAD_BYTES + MK_PUBLIC_KEY_BYTES];
    Lines lines = {.next = text, .end = text + len, .origin = origin};
    MK_TRY(check_size(len, origin, err));
    if (begins(text, len, UNTRUSTED)) {
        MK_TRY(read_comment(&lines, err));
    }
    MK_TRY(read_base64(&lines, "base64 of a public key (42 bytes)", head, sizeof head, err));
    if (memcmp(head, "Ed", ALGORITHM_BYTES) != 0) {
        return mk_fail(err, MK_EFORMAT, "%s:%zu: algorithm %02x%02x (hex), expected Ed (Ed25519)",
                       origin, lines.number, head[0], head[1]);
    }
    MK_TRY(read_end(&lines, err));
    memcpy(out->id, head + ALGORITHM_BYTES, MK_KEY_ID_BYTES);
    memcpy(out->bytes, head + HEAD_BYTES, MK_PUBLIC_KEY_BYTES);
    return MK_OK;
}

bool mk_signature_is_by(const MkSignature *signature, const MkSigningKey *key)
{
    return memcmp(signature->key_id, key->id, MK_KEY_ID_BYTES) == 0;
}

/* Of the bytes themselves, or of their digest. */
static bool is_signed(const MkSignature *signature, const MkSigningKey *key, const void *bytes,
                      size_t n)
{
    unsigned char digest[crypto_generichash_BYTES_MAX]; /* BLAKE2b-512 */
    if (!signature->is_prehashed) {
        return crypto_sign_verify_detached(signature->bytes, bytes, n, key->bytes) == 0;
    }
    return crypto_generichash(digest, sizeof digest, bytes, n, NULL, 0) == 0 &&
           crypto_sign_verify_detached(signature->bytes, digest, sizeof digest, key->bytes) == 0;
}

MkStatus mk_signature_check(const MkSignature *signature, const MkSigningKey *key,
                            const void *bytes, size_t n, MkError *err)
{
    char id[MK_KEY_ID_TEXT];
    (void)mk_key_id_text(signature->key_id, id);
    if (sodium_init() < 0) {
        return mk_fail(err, MK_EUNSUPPORTED, "libsodium does not start");
    }
    if (!mk_signature_is_by(signature, key)) {
        return mk_fail(err, MK_ECHECK, "signed by key %s, which is another one", id);
    }
    if (!is_signed(signature, key, bytes, n)) {
        return mk_fail(err, MK_ECHECK, "the signature of key %s is not of this file", id);
    }
    const size_t n_comment = strlen(signature->comment);
    unsigned char *const both = malloc(MK_SIGNATURE_BYTES + n_comment);
    if (both == NULL) {
        return no_memory(err);
    }
    memcpy(both, signature->bytes, MK_SIGNATURE_BYTES);
    memcpy(both + MK_SIGNATURE_BYTES, signature->comment, n_comment);
    const int wrong = crypto_sign_verify_detached(signature->global, both,
                                                  MK_SIGNATURE_BYTES + n_comment, key->bytes);
    free(both);
    return wrong == 0
               ? MK_OK
               : mk_fail(err, MK_ECHECK, "the trusted comment is not what key %s signed", id);
}

char *mk_key_id_text(const unsigned char id[MK_KEY_ID_BYTES], char out[MK_KEY_ID_TEXT])
{
    for (size_t i = 0; i < MK_KEY_ID_BYTES; i++) {
        (void)snprintf(out + 2 * i, 3, "%02X", id[MK_KEY_ID_BYTES - 1 - i]);
    }
    return out;
}

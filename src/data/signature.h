/* signature.h - who vouches for a file: detached signatures of the minisign format.
 *
 *   MkSignature signature;
 *   MkSigningKey key;
 *   MK_TRY(mk_signature_parse(text, len, "m.safetensors.minisig", arena, &signature, err));
 *   MK_TRY(mk_signing_key_parse(line, n, "release.pub", &key, err));
 *   if (mk_signature_is_by(&signature, &key)) {
 *       MK_TRY(mk_signature_check(&signature, &key, bytes, n_bytes, err));
 *   }
 *
 * A signature is four lines: a comment that nothing vouches for; base64 of algorithm (2 bytes), key
 * id (8) and Ed25519 signature (64); a comment that is signed; base64 of the signature of signature
 * and signed comment together (64). Algorithm `Ed` signs the file, `ED` its BLAKE2b-512 digest. A
 * public key is base64 of `Ed`, key id and key (32), after a comment line or alone. */
#ifndef MK_DATA_SIGNATURE_H
#define MK_DATA_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"

#define MK_SIGNATURE_SUFFIX ".minisig"

enum {
    MK_KEY_ID_BYTES = 8,
    MK_SIGNATURE_BYTES = 64,
    MK_PUBLIC_KEY_BYTES = 32,
    MK_SIGNATURE_TEXT_MOST = 1 << 15, /* a longer file is no signature and no key */
    MK_KEY_ID_TEXT = 17
};

typedef struct MkSignature {
    bool is_prehashed; /* of the digest of the file */
    unsigned char key_id[MK_KEY_ID_BYTES];
    unsigned char bytes[MK_SIGNATURE_BYTES];
    unsigned char global[MK_SIGNATURE_BYTES]; /* of `bytes` and `comment` */
    const char *comment;                      /* the signed one; in arena */
} MkSignature;

typedef struct MkSigningKey {
    unsigned char id[MK_KEY_ID_BYTES];
    unsigned char bytes[MK_PUBLIC_KEY_BYTES];
} MkSigningKey;

/* MK_EFORMAT with origin and line for anything wrong. */
MK_NODISCARD MkStatus mk_signature_parse(const char *text, size_t len, const char *origin,
                                         MkArena *arena, MkSignature *out, MkError *err);
MK_NODISCARD MkStatus mk_signing_key_parse(const char *text, size_t len, const char *origin,
                                           MkSigningKey *out, MkError *err);
/* Whether the key id is that of the key; it is no proof of anything. */
bool mk_signature_is_by(const MkSignature *signature, const MkSigningKey *key);
/* MK_ECHECK unless the key has signed these bytes and the comment. */
MK_NODISCARD MkStatus mk_signature_check(const MkSignature *signature, const MkSigningKey *key,
                                         const void *bytes, size_t n, MkError *err);
/* A key id as it is written: 16 hex digits, the last byte first. Returns out. */
char *mk_key_id_text(const unsigned char id[MK_KEY_ID_BYTES], char out[MK_KEY_ID_TEXT]);

#endif

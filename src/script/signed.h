/* signed.h - whether a model's file is signed, and by a key that is trusted. For src/script only.
 */
#ifndef MK_SCRIPT_SIGNED_H
#define MK_SCRIPT_SIGNED_H

#include "src/data/signature.h"
#include "src/script/inner.h"

typedef enum MkVouch {
    MK_VOUCH_NONE,    /* no signature beside the file */
    MK_VOUCH_UNKNOWN, /* one of a key that is not trusted here */
    MK_VOUCH_OK       /* a trusted key signed this very file */
} MkVouch;

typedef struct MkSigned {
    MkVouch vouch;
    char key_id[MK_KEY_ID_TEXT];
    const char *comment; /* the trusted comment; "" unless MK_VOUCH_OK */
    const char *key;     /* where the key was found; "" unless MK_VOUCH_OK */
} MkSigned;

/* The signature beside the file, by the key that is said (a file or base64; NULL: none) and those
 * of the folders `keys` in the shipped and the user's model folder. A signature of a trusted key
 * that is not of this file is MK_ECHECK. Strings in arena. */
MK_NODISCARD MkStatus mk_signed_read(const MkSession *session, const char *path, const char *key,
                                     MkArena *arena, MkSigned *out, MkError *err);
/* MK_ECHECK unless a trusted key signed the file. */
MK_NODISCARD MkStatus mk_signed_need(const MkSigned *found, const char *path, MkError *err);
/* Both, with the trusted keys, when --require-signature asks for it; else nothing. */
MK_NODISCARD MkStatus mk_signed_open(const MkSession *session, const char *path, MkError *err);

#endif

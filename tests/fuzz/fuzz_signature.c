/* fuzz_signature.c - any text is a signature or a key that vouches for no file but its own, or an
 * error with a story. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read ends where a line ends, and is text. */
static void check_signature(const MkSignature *signature)
{
    static const char file[] = "no file of anybody";
    MkSigningKey key = {0};
    memcpy(key.id, signature->key_id, sizeof key.id);
    if (strchr(signature->comment, '\n') != NULL ||
        !mk_utf8_valid(signature->comment, strlen(signature->comment)) ||
        mk_signature_check(signature, &key, file, sizeof file - 1, NULL) != MK_ECHECK) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MkArena *const arena = mk_arena_new(0);
    MkSignature signature;
    MkSigningKey key;
    MkError err = {0};
    if (arena == NULL) {
        abort();
    }
    if (mk_signature_parse((const char *)data, size, "a.minisig", arena, &signature, &err) ==
        MK_OK) {
        check_signature(&signature);
    } else if (strncmp(err.text, "a.minisig:", strlen("a.minisig:")) != 0) {
        abort();
    }
    err = (MkError){0};
    if (mk_signing_key_parse((const char *)data, size, "a.pub", &key, &err) != MK_OK &&
        strncmp(err.text, "a.pub:", strlen("a.pub:")) != 0) {
        abort();
    }
    mk_arena_free(arena);
    return 0;
}

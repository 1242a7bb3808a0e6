/* shadow.h - what attacks with shadow models found (make privacy): a small file beside a model.
 *
 * Shadow models are trained on random halves of the same people; each in turn is attacked with what
 * the others tell (membership.h: LiRA). They are of the model's kind and small, not the model
 * itself: the file says of how many people and attributes. Form: tab-separated (tsv.h), a row an
 * attack, columns `name kind digest attack people attributes shadows persons auc auc_error tpr_1
 * tpr_1_error`. */
#ifndef MK_EVAL_SHADOW_H
#define MK_EVAL_SHADOW_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"

typedef struct MkShadow {
    const char *name; /* of the settings that were attacked */
    const char *kind;
    const char *digest; /* of the model's file that it was made for (mk_file_digest); "": of none */
    const char *attack;
    double people, attributes; /* that a shadow model was trained on */
    double shadows, persons;   /* models; drawn of each */
    double auc, auc_error, tpr_1, tpr_1_error;
} MkShadow;

/* Path of the file that belongs to a model: its own with .privacy.tsv for .safetensors. In arena;
 * NULL: out of memory. */
const char *mk_shadow_path(const char *model, MkArena *arena);
/* Fails: MK_ENOTFOUND or MK_EIO without the file, MK_EFORMAT with file, line and column. */
MK_NODISCARD MkStatus mk_shadow_read(const char *path, MkArena *arena, MkShadow **out, size_t *n,
                                     MkError *err);
void mk_shadow_print_header(MkBuf *out);
void mk_shadow_print(const MkShadow *shadow, MkBuf *out);

#endif

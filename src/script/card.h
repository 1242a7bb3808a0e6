/* card.h - a model's card, put together when it is asked for: what the file says of itself and its
 * training, and what was measured and written into it. For src/script only. */
#ifndef MK_SCRIPT_CARD_H
#define MK_SCRIPT_CARD_H

#include "src/base/buf.h"
#include "src/script/inner.h"

/* Markdown, and the facts of the JSON in the object `root`. What a file does not say is said to be
 * unknown. Licences and years of sources come from `sources_dir` (NAME/source.tsv). */
MK_NODISCARD MkStatus mk_card_compose(const MkModel *model, const char *sources_dir,
                                      MkResult *result, MkNode *root, MkBuf *out, MkError *err);
/* The page of the HTML form: a part a section, with its tables. */
MK_NODISCARD MkStatus mk_card_page(const char *markdown, MkResult *result, MkError *err);
/* Runs `model card`. */
MK_NODISCARD MkStatus mk_card_show(MkSession *session, const MkOpened *opened, MkResult *result,
                                   MkError *err);

#endif

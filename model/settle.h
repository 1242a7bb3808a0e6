/* settle.h - drawn persons made to obey the rules of their schema (rules.h). */
#ifndef MK_MODEL_SETTLE_H
#define MK_MODEL_SETTLE_H

#include "model/draw.h"
#include "src/data/rules.h"

typedef struct MkSettler MkSettler;

/* The rules that concern an order's attributes: those whose attribute and inputs are all known or
 * drawn. Lives in `arena`; *out is NULL when there is none. */
MK_NODISCARD MkStatus mk_settler_new(const MkModel *model, const MkDrawOrder *order, MkArena *arena,
                                     MkSettler **out, MkError *err);
/* known (n, n_known), drawn (n, n_targets): what is drawn and follows is computed; an attribute
 * that was told or held to a limit stays, and one that was drawn free is solved for. */
MK_NODISCARD MkStatus mk_settler_run(const MkSettler *settler, const double *known, size_t n,
                                     MkArena *arena, double *drawn, MkError *err);

#endif

/* kinds.c - every kind of model that there is. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "model/kind.h"
#include "model/train.h"

#define KINDS(X)                                                                                   \
    X(mae)                                                                                         \
    X(copula)                                                                                      \
    X(mixture)                                                                                     \
    X(hivae)                                                                                       \
    X(medvae)                                                                                      \
    X(tvae)                                                                                        \
    X(ctgan)                                                                                       \
    X(marginal)

#define DECLARE(name) extern const MkKind mk_kind_##name;
#define POINTER(name) &mk_kind_##name,
#define NAME(name) #name,

KINDS(DECLARE)

static const MkKind *const kinds[] = {KINDS(POINTER)};

size_t mk_kind_count(void)
{
    return sizeof kinds / sizeof *kinds;
}

const MkKind *mk_kind_at(size_t i)
{
    return kinds[i];
}

const MkKind *mk_kind_find(const char *name)
{
    for (size_t i = 0; i < mk_kind_count(); i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

const char *const *mk_train_kinds(void)
{
    static const char *const names[] = {KINDS(NAME) NULL};
    return names;
}

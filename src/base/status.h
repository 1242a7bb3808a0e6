/* status.h - how a function says that it failed, and why.
 *
 * A function that can fail returns MkStatus and takes an optional MkError * last.
 * The text says where (file, line, column), what was found, what was expected;
 * no capital, no full stop. On failure out-parameters are untouched.
 *
 *   if (n != m)
 *       return mk_fail(err, MK_ESHAPE, "%s:%zu: %zu columns, expected %zu", path, line, n, m);
 *   MK_TRY(mk_schema_read(path, &schema, err));
 */
#ifndef MK_BASE_STATUS_H
#define MK_BASE_STATUS_H

#include <stddef.h>

#if defined(__GNUC__)
#define MK_NODISCARD __attribute__((warn_unused_result))
#define MK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define MK_NODISCARD
#define MK_PRINTF(fmt, args)
#endif

typedef enum MkStatus {
    MK_OK = 0,
    MK_EINVAL,       /* the words are wrong: verb, name, value, option    -> exit 2 */
    MK_ENOMEM,       /* out of memory                                     -> exit 1 */
    MK_EIO,          /* missing file, disk, pipe, child process           -> exit 1 */
    MK_EFORMAT,      /* the contents of a file are wrong                  -> exit 3 */
    MK_ESHAPE,       /* sizes disagree (contents or program)              -> exit 3 */
    MK_ENUMERIC,     /* not-a-number result, matrix not positive definite -> exit 1 */
    MK_ENOTFOUND,    /* a name that does not exist                        -> exit 2 */
    MK_EUNSUPPORTED, /* not in this build or not for this model kind      -> exit 2 */
    MK_ECHECK,       /* a check or threshold did not hold                 -> exit 4 */
    MK_ECANCEL       /* interrupted                                       -> exit 130 */
} MkStatus;

enum { MK_ERROR_TEXT = 512 };

typedef struct MkError {
    MkStatus status;
    char text[MK_ERROR_TEXT];
} MkError;

/* Fills *err (when not NULL; text is cut at a character boundary) and returns `status`. */
MkStatus mk_fail(MkError *err, MkStatus status, const char *fmt, ...) MK_PRINTF(3, 4);

/* Puts "prefix: " before the text of *err. NULL is allowed. */
void mk_error_prefix(MkError *err, const char *fmt, ...) MK_PRINTF(2, 3);

/* Exit code of manikin(1) for a status. */
int mk_status_exit_code(MkStatus status);

#define MK_TRY(call)                                                                               \
    do {                                                                                           \
        const MkStatus mk_try_status_ = (call);                                                    \
        if (mk_try_status_ != MK_OK) {                                                             \
            return mk_try_status_;                                                                 \
        }                                                                                          \
    } while (0)

/* The same inside a function that cleans up at `done:` and keeps its status in `st`. */
#define MK_TRY_GOTO(call)                                                                          \
    do {                                                                                           \
        st = (call);                                                                               \
        if (st != MK_OK) {                                                                         \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#endif

/* check.h - cmocka with what it needs before it, and checks of numbers.
 *
 *   static void test_a_sentence(void **state) { ... assert_close(got, want, 1e-9, 0); }
 *
 * The first include of a test (after config.h). Test names are sentences. */
#ifndef MK_TESTS_CHECK_H
#define MK_TESTS_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* |got - want| <= atol + rtol * |want|, and both or neither are NaN. */
#define assert_close(got, want, atol, rtol)                                                        \
    mk_check_close((got), (want), (atol), (rtol), __FILE__, __LINE__)

static inline void mk_check_close(double got, double want, double atol, double rtol,
                                  const char *file, int line)
{
    const bool same = (isnan(got) && isnan(want)) || fabs(got - want) <= atol + rtol * fabs(want) ||
                      (isinf(want) && isinf(got) && (got > 0) == (want > 0));
    if (!same) {
        print_error("got %.17g, want %.17g\n", got, want);
        _fail(file, line);
    }
}

/* The same over arrays; the story names the worst index. */
#define assert_all_close_f(got, want, n, atol, rtol)                                               \
    mk_check_all_close_f((got), (want), (n), (atol), (rtol), __FILE__, __LINE__)

static inline void mk_check_all_close_f(const float *got, const float *want, size_t n, double atol,
                                        double rtol, const char *file, int line)
{
    size_t worst = 0;
    double excess = -1;
    for (size_t i = 0; i < n; i++) {
        const double e =
            fabs((double)got[i] - (double)want[i]) - (atol + rtol * fabs((double)want[i]));
        if (!(e <= excess)) {
            excess = e;
            worst = i;
        }
    }
    if (n > 0 && !(excess <= 0)) {
        print_error("index %zu: got %.9g, want %.9g\n", worst, (double)got[worst],
                    (double)want[worst]);
        _fail(file, line);
    }
}

#endif

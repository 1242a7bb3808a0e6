/* results.h - results made by hand, for the screens that show them. Who gets one frees it. */
#ifndef MK_TESTS_SCREEN_RESULTS_H
#define MK_TESTS_SCREEN_RESULTS_H

#include "src/result/result.h"

/* Three scenarios (normal, unhealthy, walker) or the first two, over four attributes: a figure of
 * the first one. */
MkResult *result_compare(size_t n_scenarios);
MkResult *result_card(void);

#endif

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>

/* The state components that the system saves at a switch of threads (XCR0), 0 without XSAVE. */
static uint32_t cpu_saved_state(void)
{
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1U << 27)) == 0) { /* OSXSAVE */
        return 0;
    }
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static uint32_t cpu_leaf7_ebx(void)
{
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 ? b : 0;
}

bool mk_cpu_has_avx512(void)
{
    const uint32_t want = 1U << 16 | 1U << 17 | 1U << 30 | 1U << 31; /* F, DQ, BW, VL */
    const uint32_t saved = 0xE6; /* SSE, AVX, opmask, ZMM_Hi256, Hi16_ZMM */
    return (cpu_saved_state() & saved) == saved && (cpu_leaf7_ebx() & want) == want;
}

bool mk_cpu_has_avx2(void)
{
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
    const bool has_fma = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & (1U << 12)) != 0;
    return has_fma && (cpu_saved_state() & 0x6) == 0x6 && (cpu_leaf7_ebx() & (1U << 5)) != 0;
}

#else

bool mk_cpu_has_avx512(void)
{
    return false;
}

bool mk_cpu_has_avx2(void)
{
    return false;
}

#endif

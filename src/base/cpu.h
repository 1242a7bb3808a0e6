/* cpu.h - what the processor can do, and the attribute that compiles a kernel for several of them.
 */
#ifndef MK_BASE_CPU_H
#define MK_BASE_CPU_H

#include <stdbool.h>

bool mk_cpu_has_avx512(void); /* F, BW, DQ, VL and the system saves the state */
bool mk_cpu_has_avx2(void);

/* Before a hot elementwise function: compiled for AVX-512, AVX2 and the baseline, chosen at load.
 */
#if defined(__x86_64__) && defined(__linux__) && !defined(MK_NO_CLONES)
#define MK_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MK_KERNEL
#endif

#endif

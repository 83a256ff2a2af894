/* kernel_select.c - which kernel a handle uses. Depends on kernel.h. */
#include "kernel.h"

#include "block_class.h"
#include "checksum.h"

#include <stdlib.h>

const struct sc_kernel sc_kernel_portable = {"portable", false, false, false,          sc_checksum,
                                             NULL,       NULL,  NULL,  sc_block_tables};

#if defined(SCAPE_KERNELS_X86)

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq") &&
           has_avx2();
}

const struct sc_kernel *sc_kernel_select(void) {
    const char *wanted = getenv("SCAPE_KERNEL");
    bool any = wanted == NULL || wanted[0] == '\0';
    if (!any && strcmp(wanted, "portable") == 0) {
        return &sc_kernel_portable;
    }
    if (has_avx512() && (any || strcmp(wanted, "avx2") != 0)) {
        return &sc_kernel_avx512;
    }
    return has_avx2() ? &sc_kernel_avx2 : &sc_kernel_portable;
}

#elif defined(SCAPE_KERNEL_NEON)

/* Every AArch64 has Advanced SIMD. */
const struct sc_kernel *sc_kernel_select(void) {
    const char *wanted = getenv("SCAPE_KERNEL");
    bool portable = wanted != NULL && strcmp(wanted, "portable") == 0;
    return portable ? &sc_kernel_portable : &sc_kernel_neon;
}

#else

const struct sc_kernel *sc_kernel_select(void) {
    return &sc_kernel_portable;
}

#endif

#include "kernel.h"
static void bulk(const struct sc_bulk *b) {
    (void)b;
}
const struct sc_kernel sc_kernel_avx2 = {"avx2", false, bulk};

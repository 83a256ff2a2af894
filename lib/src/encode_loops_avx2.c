/* encode_loops_avx2.c - the encoder's loops compiled for AVX2 and BMI2. Depends on
 * encode_loops_body.h. */
#include "encode_loops_body.h"

const struct sc_encode_loops sc_encode_loops_avx2 =
    SC_ENCODE_LOOPS(sc_encode_parts_avx2, NULL, NULL);

/* encode_loops.c - the encoder's loops for any machine. Depends on encode_loops_body.h. */
#include "encode_loops_body.h"

const struct sc_encode_loops sc_encode_loops_portable = SC_ENCODE_LOOPS(NULL);

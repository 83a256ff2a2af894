/* lib_encode.h - the verb encode of libscape's adapter. */
#ifndef LIB_ENCODE_H
#define LIB_ENCODE_H

#include "adapter_main.h"
#include "scape.h"

struct scape_input adapter_input(FILE *file);
struct scape_output adapter_output(FILE *file);

int adapter_encode(const struct adapter_request *request);

#endif

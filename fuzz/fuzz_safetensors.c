/* fuzz_safetensors.c - the safetensors cutter: the input is the JSON of a header, whose length is
 * put before it, or (tail[0] & 2) a whole file. Tail: cut_check.h. */
#include "cut_check.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLAG_WHOLE = 2,
    LENGTH_SIZE = 8
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    if (in.tail[0] & FLAG_WHOLE) {
        fuzz_cut_file(&in, in.data, in.size, NULL);
        return 0;
    }
    uint8_t *file = malloc(in.size + LENGTH_SIZE);
    FUZZ_CHECK(file != NULL);
    for (unsigned i = 0; i < LENGTH_SIZE; i++) {
        file[i] = (uint8_t)((uint64_t)in.size >> (8 * i));
    }
    if (in.size != 0) {
        memcpy(file + LENGTH_SIZE, in.data, in.size);
    }
    /* A header of a length whose bytes are the magic number of GGUF would be one: not in reach. */
    fuzz_cut_file(&in, file, in.size + LENGTH_SIZE, "safetensors");
    free(file);
    return 0;
}

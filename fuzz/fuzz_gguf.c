/* fuzz_gguf.c - the GGUF cutter: the input stands behind a magic number in either byte order and a
 * version that is known. Tail: cut_check.h; 6 the version and the byte order. */
#include "cut_check.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_SIZE = 8,
    VERSIONS = 3
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t magic[4] = {'G', 'G', 'U', 'F'};
    const struct fuzz_input in = fuzz_input_open(data, size);
    const uint8_t version = (uint8_t)(in.tail[6] % (VERSIONS + 1)); /* 0: the newest */
    const bool big_endian = (in.tail[6] & 0x80) != 0;
    uint8_t *file = calloc(1, in.size + HEAD_SIZE);
    FUZZ_CHECK(file != NULL);
    memcpy(file, magic, sizeof magic);
    file[big_endian ? HEAD_SIZE - 1 : 4] = version != 0 ? version : VERSIONS;
    if (in.size != 0) {
        memcpy(file + HEAD_SIZE, in.data, in.size);
    }
    fuzz_cut_file(&in, file, in.size + HEAD_SIZE, "gguf");
    free(file);
    return 0;
}

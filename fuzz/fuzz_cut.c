/* fuzz_cut.c - the container cutters over any bytes, and raw cuts: regions tile the file, and what
 * they say of themselves is true. Tail: cut_check.h; 0 a raw cut (8), 6 dtype and 7 rank of it. */
#include "cut_check.h"

#include <string.h>

enum {
    FLAG_RAW = 8, /* dims from the input */
    RANK_MAX = SCAPE_CUT_MAX_RANK + 1
};

static void cut_raw(const struct fuzz_input *in) {
    struct fuzz_cut_memory memory;
    uint64_t values[1 + RANK_MAX] = {0}; /* the size, then dims */
    memcpy(values, in->data, in->size < sizeof values ? in->size : sizeof values);
    uint64_t size = in->tail[0] & FUZZ_CUT_SIZE_UNKNOWN ? SCAPE_SIZE_UNKNOWN : values[0];
    scape_cut *cut = NULL;
    fuzz_cut_memory_open(&memory, in);
    int status = scape_cut_raw(in->tail[6], values + 1, in->tail[7] % (RANK_MAX + 1U), size,
                               &memory.options, &cut);
    FUZZ_CHECK((status == SCAPE_CUT_OK) == (cut != NULL));
    if (cut) {
        fuzz_cut_check(cut, size);
    }
    scape_cut_free(cut);
    const bool failed = fuzz_cut_memory_close(&memory);
    FUZZ_CHECK(status == SCAPE_CUT_OK || (status == SCAPE_CUT_NOMEM && failed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    if (in.tail[0] & FLAG_RAW) {
        cut_raw(&in);
    } else {
        fuzz_cut_file(&in, in.data, in.size, NULL);
    }
    return 0;
}

/* fuzz_rans.c - one coded stream, its tables, lanes and words all from the input, in a chunk whose
 * other fields are constants: the reference and libscape by every kernel give the same. Tail: 0
 * layout, 1 field, 2 coder (bits 0 to 2; 0: the input's own) and whether the other fields are
 * packed (bit 3) or missing (bit 4), 3 to 5 number of blocks and 6 bytes of the chunk's tail, 7
 * constants of the other fields (bits 1 on), whether the frame names the profile (bit 0).
 */
#include "bits.h"
#include "oracle.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONTENT_MAX = 1 << 18,
    FIELD_MAX = 9, /* bytes of a constant stream: coder and value */
    FIXED_MAX = 2 + 256 + 32 * FIELD_MAX,
    OTHERS_PACKED = 8,
    OTHERS_MISSING = 16
};

static size_t put_constant(uint8_t *out, uint32_t width, uint8_t value) {
    unsigned bytes = (width + 7) / 8;
    out[0] = SCAPE_REF_CODER_CONSTANT;
    scape_ref_store_le(out + 1, width < 8 ? value & ((1U << width) - 1) : value, bytes);
    return 1 + bytes;
}

/* A stream of zeros: the room is zeroed. */
static size_t put_packed(uint8_t *out, uint64_t count, uint32_t width) {
    out[0] = SCAPE_REF_CODER_PACKED;
    return 1 + (size_t)scape_ref_packed_size(count, width);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    const struct scape_ref_layout *layout = &scape_ref_layouts[in.tail[0] % scape_ref_layout_count];
    const uint32_t field = in.tail[1] % layout->field_count;
    const uint32_t blocks =
        (uint32_t)scape_ref_load_le(in.tail + 3, 3) % (CONTENT_MAX / layout->block_bytes) + 1;
    const uint32_t tail = in.tail[6] % layout->block_bytes;
    uint8_t *payload = calloc(1, FIXED_MAX + in.size + CONTENT_MAX);
    FUZZ_CHECK(payload != NULL && layout->field_count <= 32 && layout->block_bytes <= CONTENT_MAX);
    size_t n = 2, file_size;
    scape_ref_store_u16le(payload, (uint16_t)layout->id);
    n += tail < 256 ? tail : 255;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        if (f != field && (in.tail[2] & OTHERS_MISSING)) {
            continue;
        }
        if (f != field && (in.tail[2] & OTHERS_PACKED)) {
            const struct scape_ref_field *row = &layout->fields[f];
            n += put_packed(payload + n, (uint64_t)blocks * row->count, row->width);
        } else if (f != field) {
            n += put_constant(payload + n, layout->fields[f].width, in.tail[7] >> 1);
        } else if (in.size != 0) {
            memcpy(payload + n, in.data, in.size);
            payload[n] = in.tail[2] & 7 ? in.tail[2] & 7 : payload[n];
            n += in.size;
        }
    }
    uint8_t *file = fuzz_wrap_chunk(payload, n, blocks * layout->block_bytes + tail, in.tail[7] & 1,
                                    &file_size);
    struct fuzz_oracle want;
    fuzz_oracle_open(&want, file, file_size, true);
    fuzz_oracle_compare_kernels(&want, file, file_size);
    fuzz_oracle_close(&want);
    free(file);
    free(payload);
    return 0;
}

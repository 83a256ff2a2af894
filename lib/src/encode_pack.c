/* encode_pack.c - elements packed bit by bit [RAW-001]. Depends on encode_rans.h. */
#include "encode_rans.h"

#include "encode_count.h"

static uint64_t element_at(const struct sc_array *a, uint64_t i) {
    return a->bytes <= 2   ? sc_element(a, i)
           : a->bytes == 4 ? ((const uint32_t *)(const void *)a->data)[i]
                           : ((const uint64_t *)(const void *)a->data)[i];
}

/* Elements from `from` on, at a byte. */
static void pack_rest(uint8_t *out, const struct sc_array *a, uint64_t from) {
    uint64_t window = 0;
    uint32_t have = 0;
    for (uint64_t i = from; i < a->count; i++) {
        uint64_t value = element_at(a, i);
        for (uint32_t done = 0; done < a->width;) { /* by at most 32 bits, so that they fit */
            uint32_t n = a->width - done < 32 ? a->width - done : 32;
            window |= (value >> done & ((UINT64_C(1) << n) - 1)) << have;
            have += n;
            done += n;
            for (; have >= 8; have -= 8, window >>= 8) {
                *out++ = (uint8_t)window;
            }
        }
    }
    if (have > 0) {
        *out = (uint8_t)window;
    }
}

void sc_pack(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values) {
    size_t size = (size_t)((values->count * values->width + 7) / 8);
    uint8_t *room = sc_out_room(out, size + SC_PACK_SLACK);
    if (room == NULL) {
        return;
    }
    if (values->width == 8 && values->bytes == 1) {
        if (size > 0) {
            memcpy(room, values->data, size);
        }
    } else {
        uint64_t done = values->bytes == 1 ? values->count - values->count % SC_PACK_ELEMENTS : 0;
        w->loops->pack_bytes(values->data, done, values->width, room);
        pack_rest(room + done * values->width / 8, values, done);
    }
    sc_out_advance(out, size);
}

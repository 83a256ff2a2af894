/* layout.c - see layout.h. */
#include "layout.h"

#include <assert.h>
#include <string.h>

const struct scape_ref_layout *scape_ref_layout_find(uint32_t id) {
    for (size_t i = 0; i < scape_ref_layout_count; i++) {
        if (scape_ref_layouts[i].id == id) {
            return &scape_ref_layouts[i];
        }
    }
    return NULL;
}

uint64_t scape_ref_layout_array_bytes(const struct scape_ref_layout *layout) {
    uint64_t bytes = 0;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_ref_field *field = &layout->fields[f];
        bytes += (uint64_t)field->count * scape_ref_array_element(field->width);
    }
    return bytes;
}

/* [LAY-011] Walks the elements of a run, last dimension fastest, and knows where each piece's bits
 * are. */
struct walk {
    const struct scape_ref_run *run;
    uint32_t index[SCAPE_REF_LAYOUT_RANK_MAX];
};

static uint64_t walk_bit(const struct walk *w, const struct scape_ref_piece *piece) {
    uint64_t bit = piece->bit;
    for (uint32_t d = 0; d < w->run->rank; d++) {
        bit += (uint64_t)w->index[d] * piece->strides[d];
    }
    return bit;
}

static bool walk_next(struct walk *w) {
    for (uint32_t d = w->run->rank; d-- > 0;) {
        if (++w->index[d] < w->run->dims[d]) {
            return true;
        }
        w->index[d] = 0;
    }
    return false;
}

/* [LAY-011] An element is its pieces joined, the first one at the least significant end. */
static uint64_t element_get(const struct walk *w, const uint8_t *block) {
    uint64_t value = 0;
    uint32_t shift = 0;
    for (uint32_t p = 0; p < w->run->piece_count; p++) {
        const struct scape_ref_piece *piece = &w->run->pieces[p];
        value |= scape_ref_bits_get(block, walk_bit(w, piece), piece->width) << shift;
        shift += piece->width;
    }
    return value;
}

static void element_put(const struct walk *w, uint8_t *block, uint64_t value) {
    uint32_t shift = 0;
    for (uint32_t p = 0; p < w->run->piece_count; p++) {
        const struct scape_ref_piece *piece = &w->run->pieces[p];
        scape_ref_bits_put(block, walk_bit(w, piece), piece->width, value >> shift);
        shift += piece->width;
    }
}

void scape_ref_layout_split(const struct scape_ref_layout *layout, const uint8_t *content,
                            uint64_t block_count, struct scape_ref_array *fields) {
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_ref_field *field = &layout->fields[f];
        assert(fields[f].count == block_count * field->count);
        uint64_t i = 0;
        for (uint64_t b = 0; b < block_count; b++) {
            const uint8_t *block = content + b * layout->block_bytes;
            for (uint32_t r = 0; r < field->run_count; r++) {
                struct walk w = {.run = &field->runs[r]};
                do {
                    scape_ref_array_set(&fields[f], i++, element_get(&w, block));
                } while (walk_next(&w));
            }
        }
    }
}

void scape_ref_layout_join(const struct scape_ref_layout *layout,
                           const struct scape_ref_array *fields, uint64_t block_count,
                           uint8_t *content) {
    memset(content, 0, (size_t)(block_count * layout->block_bytes));
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_ref_field *field = &layout->fields[f];
        assert(fields[f].count == block_count * field->count);
        uint64_t i = 0;
        for (uint64_t b = 0; b < block_count; b++) {
            uint8_t *block = content + b * layout->block_bytes;
            for (uint32_t r = 0; r < field->run_count; r++) {
                struct walk w = {.run = &field->runs[r]};
                do {
                    element_put(&w, block, scape_ref_array_get(&fields[f], i++));
                } while (walk_next(&w));
            }
        }
    }
}

/* layout.c - joining the fields of blocks [LAY-010] [LAY-014]: by the row for any layout, and by
 * loops that a compiler turns into vectors for the floats. Depends on layout.h and sink.h. */
#include "layout.h"

#include "sink.h"

#include <assert.h>

const struct scape_reg_layout *sc_layout_find(uint32_t id) {
    size_t low = 0, high = scape_reg_layout_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (scape_reg_layouts[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < scape_reg_layout_count && scape_reg_layouts[low].id == id;
    return found ? &scape_reg_layouts[low] : NULL;
}

uint32_t sc_layout_split_bits(const struct scape_reg_layout *layout) {
    switch (layout->id) {
    case SCAPE_REG_LAYOUT_BF16_E8M2:
        return 6;
    case SCAPE_REG_LAYOUT_BF16_E8M3:
        return 5;
    case SCAPE_REG_LAYOUT_BF16_E8:
    case SCAPE_REG_LAYOUT_F16_E5M3:
        return 8;
    case SCAPE_REG_LAYOUT_F16_E5:
        return 11;
    default:
        return 0;
    }
}

static inline uint64_t element_at(const struct sc_array *a, uint64_t i) {
    return a->bytes == 1   ? a->data[i]
           : a->bytes == 2 ? ((const uint16_t *)(const void *)a->data)[i]
                           : ((const uint32_t *)(const void *)a->data)[i];
}

/* Puts `width` bits of value at block bit `bit`. */
static inline void put_bits(uint8_t *block, uint32_t bit, uint32_t width, uint64_t value) {
    uint8_t *p = block + bit / 8;
    uint32_t shift = bit % 8;
    value &= UINT64_MAX >> (64 - width);
    *p = (uint8_t)(*p | value << shift);
    for (uint32_t done = 8 - shift; done < width; done += 8) {
        p++;
        *p = (uint8_t)(*p | value >> done);
    }
}

/* The block bit at which a piece starts for element i of its run [LAY-011]. */
static uint32_t piece_bit(const struct scape_reg_run *run, const struct scape_reg_piece *piece,
                          uint32_t i) {
    uint32_t bit = piece->bit;
    for (uint32_t axis = run->rank; axis-- > 0;) {
        bit += i % run->dims[axis] * piece->strides[axis];
        i /= run->dims[axis];
    }
    return bit;
}

/* One element of the run in every block: a column of elements goes to one place of the blocks. */
static inline void join_column(uint8_t *content, uint64_t blocks, uint32_t block_bytes,
                               const struct sc_array *a, uint64_t first, uint64_t step,
                               uint32_t low, uint32_t width, uint32_t bit) {
    if (a->bytes == 1 && bit % 8 + width <= 8) {
        uint32_t mask = (1u << width) - 1;
        const uint8_t *in = a->data + first;
        uint8_t *out = content + bit / 8;
        for (uint64_t b = 0; b < blocks; b++, in += step, out += block_bytes) {
            *out = (uint8_t)(*out | (*in >> low & mask) << bit % 8);
        }
        return;
    }
    for (uint64_t b = 0; b < blocks; b++) {
        uint64_t value = element_at(a, first + b * step) >> low;
        put_bits(content + b * block_bytes, bit, width, value);
    }
}

/* One piece of all the elements of a run. `before` is the number of the run's first element in the
 * field. */
static void join_piece(const struct scape_reg_run *run, const struct scape_reg_piece *piece,
                       uint32_t count, uint32_t low, const struct sc_array *a, uint64_t before,
                       uint64_t of_block, uint32_t block_bytes, uint64_t blocks, uint8_t *out) {
    for (uint32_t i = 0; i < count; i++) {
        join_column(out, blocks, block_bytes, a, before + i, of_block, low, piece->width,
                    piece_bit(run, piece, i));
    }
}

/* No planar layout: those are of whole bytes. Blocks are joined some at a time, so that they stay
 * in the first cache while their elements are put in place one after the other. */
enum {
    TILE_BYTES = 8192
};

static void join_tile(const struct scape_reg_layout *layout, uint64_t first_block, uint64_t tile,
                      const struct sc_array *fields, uint8_t *content) {
    uint8_t *out = content + first_block * layout->block_bytes;
    memset(out, 0, (size_t)tile * layout->block_bytes);
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_reg_field *field = &layout->fields[f];
        uint64_t of_block = field->count;
        uint32_t before = 0;
        for (uint32_t r = 0; r < field->run_count; r++) {
            const struct scape_reg_run *run = &field->runs[r];
            uint32_t count = 1, low = 0;
            for (uint32_t axis = 0; axis < run->rank; axis++) {
                count *= run->dims[axis];
            }
            for (uint32_t p = 0; p < run->piece_count; p++) {
                const struct scape_reg_piece *piece = &run->pieces[p];
                uint64_t first = first_block * of_block + before;
                join_piece(run, piece, count, low, &fields[f], first, of_block, layout->block_bytes,
                           tile, out);
                low += piece->width;
            }
            before += count;
        }
    }
}

static void join_split16(uint32_t raw_bits, uint64_t blocks, const struct sc_array *f,
                         uint8_t *content) {
    for (uint64_t i = 0; i < blocks; i++) {
        uint32_t value = (uint32_t)element_at(&f[0], i) << raw_bits;
        uint32_t word = sc_rotate_right_16(value | (uint32_t)element_at(&f[1], i));
        sc_store_u16(content + 2 * i, word);
    }
}

static void join_f32(uint32_t raw_bits, uint64_t blocks, const struct sc_array *f,
                     uint8_t *content) {
    for (uint64_t i = 0; i < blocks; i++) {
        uint32_t value = (uint32_t)element_at(&f[0], i) << raw_bits;
        uint32_t word = sc_rotate_right_16(value | f[1].data[i]);
        content[4 * i] = f[3].data[i];
        content[4 * i + 1] = f[2].data[i];
        sc_store_u16(content + 4 * i + 2, word);
    }
}

/* Layouts of whole bytes only: bytes, planes, grouped. */
static bool of_bytes(const struct scape_reg_layout *layout) {
    return layout->id <= SCAPE_REG_LAYOUT_GROUPED8;
}

static void join_bytes(const struct scape_reg_layout *layout, uint64_t blocks,
                       const struct sc_array *f, uint8_t *content) {
    uint32_t size = layout->block_bytes;
    for (uint32_t j = 0; j < size; j++) {
        const uint8_t *in = layout->planar ? f[0].data + j * blocks : f[j].data;
        uint8_t *out = content + j;
        for (uint64_t b = 0; b < blocks; b++, out += size) {
            *out = in[b];
        }
    }
}

void sc_layout_join(const struct scape_reg_layout *layout, uint64_t blocks,
                    const struct sc_array *fields, uint8_t *content) {
    assert(layout->field_count <= SC_FIELDS_MAX);
    uint32_t raw_bits = sc_layout_split_bits(layout);
    if (raw_bits != 0) {
        join_split16(raw_bits, blocks, fields, content);
    } else if (layout->id == SCAPE_REG_LAYOUT_F32_E8M2) {
        join_f32(6, blocks, fields, content);
    } else if (layout->id == SCAPE_REG_LAYOUT_F32_E8) {
        join_f32(8, blocks, fields, content);
    } else if (of_bytes(layout)) {
        join_bytes(layout, blocks, fields, content);
    } else if (!sc_layout_join_blocks(layout, blocks, fields, content)) {
        uint64_t tile = TILE_BYTES / layout->block_bytes;
        for (uint64_t first = 0; first < blocks; first += tile) {
            uint64_t count = blocks - first < tile ? blocks - first : tile;
            join_tile(layout, first, count, fields, content);
        }
    }
}

/* encode_split.c - taking blocks apart: by the row for any layout, and by loops that a compiler
 * turns into vectors for the floats. Depends on encode_split.h. */
#include "encode_split.h"

static inline void set_element(const struct sc_array *a, uint64_t i, uint64_t value) {
    if (a->bytes == 1) {
        a->data[i] = (uint8_t)value;
    } else if (a->bytes == 2) {
        ((uint16_t *)(void *)a->data)[i] = (uint16_t)value;
    } else if (a->bytes == 4) {
        ((uint32_t *)(void *)a->data)[i] = (uint32_t)value;
    } else {
        ((uint64_t *)(void *)a->data)[i] = value;
    }
}

/* Bits [bit, bit + width) of a block. */
static inline uint64_t get_bits(const uint8_t *block, uint32_t bit, uint32_t width) {
    const uint8_t *p = block + bit / 8;
    uint64_t value = (uint64_t)*p >> bit % 8;
    for (uint32_t done = 8 - bit % 8; done < width; done += 8) {
        value |= (uint64_t) * ++p << done;
    }
    return value & UINT64_MAX >> (64 - width);
}

/* Where the pieces of one element of a run stand in every block. */
struct place {
    uint32_t count;
    uint32_t bit[8], width[8];
};

enum {
    PIECES_MAX = 8
};

static struct place place_element(const struct scape_reg_run *run, uint32_t i) {
    struct place place = {.count = run->piece_count};
    for (uint32_t p = 0; p < run->piece_count && p < PIECES_MAX; p++) {
        const struct scape_reg_piece *piece = &run->pieces[p];
        uint32_t bit = piece->bit, rest = i;
        for (uint32_t axis = run->rank; axis-- > 0;) {
            bit += rest % run->dims[axis] * piece->strides[axis];
            rest /= run->dims[axis];
        }
        place.bit[p] = bit;
        place.width[p] = piece->width;
    }
    return place;
}

/* One element of every block: `first` and `step` say where they stand in the array. */
static void split_column(const uint8_t *content, uint64_t blocks, uint32_t block_bytes,
                         const struct place *place, const struct sc_array *a, uint64_t first,
                         uint64_t step) {
    if (place->count == 1 && a->bytes == 1 && place->bit[0] % 8 + place->width[0] <= 8) {
        uint32_t shift = place->bit[0] % 8, mask = (1u << place->width[0]) - 1;
        const uint8_t *in = content + place->bit[0] / 8;
        uint8_t *out = a->data + first;
        for (uint64_t b = 0; b < blocks; b++, in += block_bytes, out += step) {
            *out = (uint8_t)(*in >> shift & mask);
        }
        return;
    }
    for (uint64_t b = 0; b < blocks; b++, content += block_bytes) {
        uint64_t value = 0;
        uint32_t low = 0;
        for (uint32_t p = 0; p < place->count; p++) {
            value |= get_bits(content, place->bit[p], place->width[p]) << low;
            low += place->width[p];
        }
        set_element(a, first + b * step, value);
    }
}

enum {
    TILE_BYTES = 8192
}; /* blocks of a tile stay in the first cache */

typedef void split_piece(const struct sc_split_piece *piece, uint64_t blocks);

/* How a row of n elements of a piece that starts at `bit` is split: they stand in a byte each, or
 * eight to a byte; NULL: otherwise. */
static split_piece *row_splitter(const struct sc_encode_loops *loops,
                                 const struct scape_reg_piece *piece, uint32_t stride,
                                 uint32_t bit) {
    if (stride == 8 && bit % 8 + piece->width <= 8) {
        return loops->split_bytes;
    }
    return stride == 1 && piece->width == 1 && bit % 8 == 0 ? loops->split_bits : NULL;
}

/* Splits a run row by row; false, and nothing is done, where its rows are not made for it. `to` is
 * where its first element goes. */
static bool split_rows(const struct sc_encode_loops *loops, const struct scape_reg_run *run,
                       const uint8_t *content, uint64_t blocks, uint32_t block_bytes, uint8_t *to,
                       uint32_t to_step) {
    uint32_t inner = run->rank - 1, n = run->dims[inner], rows = 1;
    for (uint32_t axis = 0; axis < inner; axis++) {
        rows *= run->dims[axis];
    }
    if (n % 8 != 0) {
        return false;
    }
    for (int doing = 0; doing < 2; doing++) {
        for (uint32_t row = 0; row < rows; row++) {
            struct place place = place_element(run, row * n);
            struct sc_split_piece piece = {.from_step = block_bytes,
                                           .to = to + (size_t)row * n,
                                           .to_step = to_step,
                                           .count = n};
            for (uint32_t p = 0; p < place.count; p++) {
                split_piece *split = row_splitter(loops, &run->pieces[p],
                                                  run->pieces[p].strides[inner], place.bit[p]);
                if (split == NULL) {
                    return false;
                }
                piece.from = content + place.bit[p] / 8;
                piece.shift = place.bit[p] % 8;
                piece.width = place.width[p];
                if (doing) {
                    split(&piece, blocks);
                }
                piece.low += piece.width;
                piece.join = true;
            }
        }
    }
    return true;
}

static void split_tile(const struct sc_encode_loops *loops, const struct scape_reg_layout *layout,
                       const uint8_t *content, uint64_t blocks, uint64_t first_block, uint64_t tile,
                       const struct sc_array *fields) {
    const uint8_t *in = content + first_block * layout->block_bytes;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_reg_field *field = &layout->fields[f];
        uint64_t of_block = layout->planar ? 1 : field->count;
        uint64_t of_element = layout->planar ? blocks : 1;
        uint64_t at = first_block * of_block;
        for (uint32_t r = 0; r < field->run_count; r++) {
            uint32_t count = 1;
            for (uint32_t axis = 0; axis < field->runs[r].rank; axis++) {
                count *= field->runs[r].dims[axis];
            }
            if (!layout->planar && fields[f].bytes == 1 &&
                split_rows(loops, &field->runs[r], in, tile, layout->block_bytes,
                           fields[f].data + at, field->count)) {
                at += count;
                continue;
            }
            for (uint32_t i = 0; i < count; i++, at += of_element) {
                struct place place = place_element(&field->runs[r], i);
                split_column(in, tile, layout->block_bytes, &place, &fields[f], at, of_block);
            }
        }
    }
}

/* The word at p, rotated left by one. Where the machine's order is the file's, the load is written
 * so that compilers see one load and make vectors of it. */
static inline uint32_t rotated_word(const uint8_t *p) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint16_t word;
    memcpy(&word, p, sizeof word);
#else
    uint16_t word = sc_load_u16(p);
#endif
    return (uint16_t)(word << 1 | word >> 15);
}

/* The words at content + offset + i * size: value above raw bits, sign lowest. */
static inline void split_words(uint32_t raw_bits, const uint8_t *content, uint32_t size,
                               uint64_t blocks, const struct sc_array *f) {
    uint32_t mask = (1u << raw_bits) - 1;
    uint8_t *restrict value8 = f[0].data, *restrict raw8 = f[1].data;
    uint16_t *restrict value16 = (uint16_t *)(void *)f[0].data;
    uint16_t *restrict raw16 = (uint16_t *)(void *)f[1].data;
    if (f[0].bytes == 1 && f[1].bytes == 2) {
        for (uint64_t i = 0; i < blocks; i++) {
            uint16_t word = (uint16_t)rotated_word(content + size * i);
            value8[i] = (uint8_t)(word >> raw_bits);
            raw16[i] = (uint16_t)(word & mask);
        }
    } else if (f[0].bytes == 1) {
        for (uint64_t i = 0; i < blocks; i++) {
            uint16_t word = (uint16_t)rotated_word(content + size * i);
            value8[i] = (uint8_t)(word >> raw_bits);
            raw8[i] = (uint8_t)(word & mask);
        }
    } else {
        for (uint64_t i = 0; i < blocks; i++) {
            uint16_t word = (uint16_t)rotated_word(content + size * i);
            value16[i] = (uint16_t)(word >> raw_bits);
            raw8[i] = (uint8_t)(word & mask);
        }
    }
}

/* Byte `offset` of every block. */
static void split_byte(const uint8_t *content, uint32_t offset, uint32_t size, uint64_t blocks,
                       uint8_t *out) {
    for (uint64_t i = 0; i < blocks; i++) {
        out[i] = content[size * i + offset];
    }
}

static void split_fields(const struct sc_encode_loops *loops, const struct scape_reg_layout *layout,
                         const uint8_t *content, uint64_t blocks, const struct sc_array *f) {
    uint32_t raw_bits = sc_layout_split_bits(layout), size = layout->block_bytes;
    if (raw_bits != 0) {
        split_words(raw_bits, content, 2, blocks, f);
    } else if (layout->id == SCAPE_REG_LAYOUT_F32_E8M2 || layout->id == SCAPE_REG_LAYOUT_F32_E8) {
        split_words(layout->fields[1].width, content + 2, 4, blocks, f);
        split_byte(content, 1, 4, blocks, f[2].data);
        split_byte(content, 0, 4, blocks, f[3].data);
    } else if (layout->id <= SCAPE_REG_LAYOUT_GROUPED8) {
        for (uint32_t j = 0; j < size; j++) {
            uint8_t *out = layout->planar ? f[0].data + j * blocks : f[j].data;
            split_byte(content, j, size, blocks, out);
        }
    } else if (!sc_layout_split_blocks(layout, content, blocks, f)) {
        uint64_t tile = TILE_BYTES / size;
        for (uint64_t first = 0; first < blocks; first += tile) {
            uint64_t count = blocks - first < tile ? blocks - first : tile;
            split_tile(loops, layout, content, blocks, first, count, f);
        }
    }
}

bool sc_layout_split(struct sc_encode_work *w, struct sc_buffer *memory,
                     const struct scape_reg_layout *layout, const uint8_t *content, uint64_t blocks,
                     struct sc_array *fields) {
    uint64_t size = 0;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_reg_field *field = &layout->fields[f];
        fields[f] = (struct sc_array){NULL, blocks * field->count, field->width,
                                      sc_element_bytes(field->width)};
        size += (fields[f].count * fields[f].bytes + 63) / 64 * 64;
    }
    uint8_t *data = sc_encode_scratch(w, memory, size);
    if (data == NULL) {
        return false;
    }
    for (uint32_t f = 0; f < layout->field_count; f++) {
        fields[f].data = data;
        data += (fields[f].count * fields[f].bytes + 63) / 64 * 64;
    }
    split_fields(w->loops, layout, content, blocks, fields);
    return true;
}

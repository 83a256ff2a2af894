/* quantise_codebook.c - blocks whose values are drawn from code books: IQ1_S, IQ1_M, IQ2_XXS,
 * IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S. Scales and signs come from the values; the book entries, which
 * only a search could find, are seeded numbers. Depends on quantise.h, dtypes.h, bytes.h, rng.h. */
#include "bytes.h"
#include "dtypes.h"
#include "quantise.h"
#include "rng.h"

#include <string.h>

enum {
    SUPER = 256
};

/* The parts that all these types have in some packing. */
typedef struct book_block {
    scape_step d;
    uint8_t scales[16]; /* of 16 values each, 0..15, relative to the largest */
    uint8_t signs[32];  /* of 8 values each, bit i for value i */
    uint64_t key;       /* of the seeded entries */
} book_block;

static uint64_t in_steps(uint64_t size) {
    return size << SCAPE_STEP_POINT;
}

static book_block book_block_of(const scape_block *in, unsigned divisor) {
    book_block b = {.key = 0};
    scape_range whole = scape_range_of(in->x, SUPER);
    uint64_t largest = in_steps(scape_size_of(whole.extreme));
    b.d = scape_step_round(largest / divisor, in->exponent);
    for (size_t k = 0; k < 16; k++) {
        scape_range r = scape_range_of(in->x + 16 * k, 16);
        uint64_t size = in_steps(scape_size_of(r.extreme));
        b.scales[k] = (uint8_t)(largest == 0 ? 0 : size / 16 * 15 / (largest / 16 + 1));
    }
    for (size_t i = 0; i < SUPER; i++) {
        b.signs[i / 8] |= (uint8_t)((in->x[i] < 0) << (i % 8));
        b.key = b.key * 5 + scape_size_of(in->x[i]);
    }
    b.key = scape_rng_mix(b.key);
    return b;
}

/* Entry `i` of a book of 2^bits; small numbers, which stand for small values, come more often. */
static unsigned book_entry(const book_block *b, size_t i, unsigned bits) {
    uint64_t draw = scape_rng_draw(b->key, i);
    unsigned first = (unsigned)(draw >> 40) & ((1U << bits) - 1);
    unsigned second = (unsigned)(draw >> 8) & ((1U << bits) - 1);
    return (draw & 1) != 0 && second < first ? second : first;
}

/* Scale of the 32 values of sub-block k. */
static unsigned scale_of_32(const book_block *b, size_t k) {
    return b->scales[2 * k] > b->scales[2 * k + 1] ? b->scales[2 * k] : b->scales[2 * k + 1];
}

/* Seven signs; the eighth is their parity. */
static unsigned seven_signs(const book_block *b, size_t i) {
    return b->signs[i] & 127U;
}

/* Four groups of seven signs, and a scale in the top four bits. */
static uint32_t signs_and_scale(const book_block *b, size_t k) {
    uint32_t word = (uint32_t)scale_of_32(b, k) << 28;
    for (size_t i = 0; i < 4; i++) {
        word |= (uint32_t)seven_signs(b, 4 * k + i) << (7 * i);
    }
    return word;
}

/* d, then for each 32 values four entries of 8 bits and the word of signs and scale: as 16-bit
 * fields, which is how a big-endian file turns them. */
static void write_iq2_xxs(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 166);
    scape_bytes_put16(out, b.d.half, in->big_endian);
    for (size_t k = 0; k < 8; k++) {
        uint32_t entries = 0;
        for (size_t i = 0; i < 4; i++) {
            entries |= (uint32_t)book_entry(&b, 4 * k + i, 8) << (8 * i);
        }
        uint32_t word = signs_and_scale(&b, k);
        uint8_t *at = out + 2 + 8 * k;
        scape_bytes_put16(at, entries & 0xFFFF, in->big_endian);
        scape_bytes_put16(at + 2, entries >> 16, in->big_endian);
        scape_bytes_put16(at + 4, word & 0xFFFF, in->big_endian);
        scape_bytes_put16(at + 6, word >> 16, in->big_endian);
    }
}

/* d, 32 fields of 9 bits of entry and 7 of signs, 16 scales of 4 bits. */
static void write_iq2_xs(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 166);
    scape_bytes_put16(out, b.d.half, in->big_endian);
    for (size_t i = 0; i < 32; i++) {
        scape_bytes_put16(out + 2 + 2 * i, book_entry(&b, i, 9) | seven_signs(&b, i) << 9,
                          in->big_endian);
    }
    for (size_t k = 0; k < 8; k++) {
        out[66 + k] = (uint8_t)(b.scales[2 * k] | b.scales[2 * k + 1] << 4);
    }
}

/* d, 32 low bytes of entries, 32 bytes of signs, two high bits of entries, 16 scales. */
static void write_iq2_s(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 166);
    scape_bytes_put16(out, b.d.half, in->big_endian);
    memset(out + 66, 0, 8);
    for (size_t i = 0; i < 32; i++) {
        unsigned entry = book_entry(&b, i, 10);
        out[2 + i] = (uint8_t)entry;
        out[34 + i] = b.signs[i];
        out[66 + i / 4] |= (uint8_t)(entry >> 8 << (2 * (i % 4)));
    }
    for (size_t k = 0; k < 8; k++) {
        out[74 + k] = (uint8_t)(b.scales[2 * k] | b.scales[2 * k + 1] << 4);
    }
}

/* d, 64 entries of a byte (4 values each), 8 words of signs and scale. */
static void write_iq3_xxs(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 480);
    scape_bytes_put16(out, b.d.half, in->big_endian);
    for (size_t i = 0; i < 64; i++) {
        out[2 + i] = (uint8_t)book_entry(&b, i, 8);
    }
    for (size_t k = 0; k < 8; k++) {
        scape_bytes_put(out + 66 + 4 * k, signs_and_scale(&b, k), 4, in->big_endian);
    }
}

/* d, 64 low bytes of entries, their ninth bits, 32 bytes of signs, 8 scales of 4 bits. */
static void write_iq3_s(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 480);
    scape_bytes_put16(out, b.d.half, in->big_endian);
    memset(out + 66, 0, 8);
    for (size_t i = 0; i < 64; i++) {
        unsigned entry = book_entry(&b, i, 9);
        out[2 + i] = (uint8_t)entry;
        out[66 + i / 8] |= (uint8_t)(entry >> 8 << (i % 8));
    }
    memcpy(out + 74, b.signs, 32);
    for (size_t k = 0; k < 4; k++) {
        out[106 + k] = (uint8_t)(scale_of_32(&b, 2 * k) | scale_of_32(&b, 2 * k + 1) << 4);
    }
}

/* d, 32 low bytes of entries; per 32 values a field of four times three high bits, three bits of
 * scale and the sign of the shift. */
static void write_iq1_s(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 17);
    scape_bytes_put16(out, b.d.half, in->big_endian);
    for (size_t k = 0; k < 8; k++) {
        unsigned field = scale_of_32(&b, k) >> 1 << 12 | (b.signs[4 * k] & 1U) << 15;
        for (size_t i = 0; i < 4; i++) {
            unsigned entry = book_entry(&b, 4 * k + i, 11);
            out[2 + 4 * k + i] = (uint8_t)entry;
            field |= entry >> 8 << (3 * i);
        }
        scape_bytes_put16(out + 34 + 2 * k, field, in->big_endian);
    }
}

/* 32 low bytes of entries, 16 bytes with two halves each of three high bits and the sign of the
 * shift, four fields of four 3-bit scales whose top four bits make up d. */
static void write_iq1_m(const scape_block *in, uint8_t *out) {
    book_block b = book_block_of(in, 17);
    memset(out + 32, 0, 16);
    for (size_t i = 0; i < 32; i++) {
        unsigned entry = book_entry(&b, i, 11);
        unsigned half = entry >> 8 | (b.signs[i] & 1U) << 3;
        out[i] = (uint8_t)entry;
        out[32 + i / 2] |= (uint8_t)(half << (4 * (i % 2)));
    }
    for (size_t k = 0; k < 4; k++) {
        unsigned field = (unsigned)b.d.half >> (4 * k) << 12 & 0xF000;
        for (size_t i = 0; i < 4; i++) {
            field |= (unsigned)b.scales[4 * k + i] >> 1 << (3 * i);
        }
        scape_bytes_put16(out + 48 + 2 * k, field, in->big_endian);
    }
}

bool scape_quantise_codebook(uint16_t dtype, const scape_block *in, uint8_t *out) {
    static const struct {
        uint16_t dtype;
        void (*write)(const scape_block *in, uint8_t *out);
    } writers[] = {{SCAPE_GEN_IQ1_S, write_iq1_s},     {SCAPE_GEN_IQ1_M, write_iq1_m},
                   {SCAPE_GEN_IQ2_XXS, write_iq2_xxs}, {SCAPE_GEN_IQ2_XS, write_iq2_xs},
                   {SCAPE_GEN_IQ2_S, write_iq2_s},     {SCAPE_GEN_IQ3_XXS, write_iq3_xxs},
                   {SCAPE_GEN_IQ3_S, write_iq3_s}};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        if (writers[i].dtype == dtype) {
            writers[i].write(in, out);
            return true;
        }
    }
    return false;
}

/* encode_loops_body.h - the loops of encode_loops.h, included by one file for each instruction set,
 * whose compiler options make vectors of them. Depends on encode_loops.h. */
#include "encode_loops.h"

#if defined(__BMI2__)
#include <immintrin.h>
#endif

/* The word at p, rotated left by one. Where the machine's order is the file's, the load is written
 * so that compilers see one load and make vectors of it. */
static inline uint16_t rotated_word(const uint8_t *p) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint16_t word;
    memcpy(&word, p, sizeof word);
#else
    uint16_t word = (uint16_t)sc_load_u16(p);
#endif
    return (uint16_t)(word << 1 | word >> 15);
}

/* Some bits of `count` words, `step` words apart: those from `shift` on that are in the mask. */
static inline void split_words(const uint8_t *content, uint64_t count, uint64_t step,
                               uint32_t shift, uint32_t mask, const struct sc_array *to) {
    uint8_t *restrict bytes = to->data;
    uint16_t *restrict words = (uint16_t *)(void *)to->data;
    if (to->bytes == 1) {
        for (uint64_t i = 0; i < count; i++) {
            bytes[i] = (uint8_t)((uint32_t)rotated_word(content + 2 * i * step) >> shift & mask);
        }
    } else {
        for (uint64_t i = 0; i < count; i++) {
            words[i] = (uint16_t)((uint32_t)rotated_word(content + 2 * i * step) >> shift & mask);
        }
    }
}

static void split_values(const uint8_t *content, uint64_t count, uint32_t raw_bits,
                         const struct sc_array *values) {
    split_words(content, count, 1, raw_bits, 0xFFFF, values);
}

static void split_raw(const uint8_t *content, uint64_t step, const struct sc_array *raw) {
    uint32_t mask = (1u << raw->width) - 1;
    if (step == 1) {
        split_words(content, raw->count, 1, 0, mask, raw);
    } else {
        split_words(content, raw->count, step, 0, mask, raw);
    }
}

static inline void store_u64(uint8_t *p, uint64_t v) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(p, &v, sizeof v);
#else
    for (uint32_t i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
#endif
}

/* Eight values of `width` <= 8 bits, one in each byte, moved together at the low end. */
static inline uint64_t gather_eight(uint64_t v, uint32_t width) {
#if defined(__BMI2__)
    return _pext_u64(v, UINT64_C(0x0101010101010101) * ((1u << width) - 1));
#else
    uint64_t low = UINT64_C(0x00FF00FF00FF00FF);
    v = (v & low) | (v >> 8 & low) << width;
    low = UINT64_C(0x0000FFFF0000FFFF);
    v = (v & low) | (v >> 16 & low) << 2 * width;
    return (v & 0xFFFFFFFF) | v >> 32 << 4 * width;
#endif
}

static void pack_by_eight(const uint8_t *values, uint64_t count, uint32_t width, uint8_t *out) {
    for (uint64_t i = 0; i < count; i += 8) {
        store_u64(out, gather_eight(sc_load_u64(values + i), width));
        out += width;
    }
}

#if !defined(SC_PACK_BYTES)
static void pack_bytes(const uint8_t *values, uint64_t count, uint32_t width, uint8_t *out) {
    pack_by_eight(values, count, width, out);
}
#else
static void pack_bytes(const uint8_t *values, uint64_t count, uint32_t width, uint8_t *out) {
    uint64_t done = pack_vectors(values, count, width, out);
    pack_by_eight(values + done, count - done, width, out + done / 8 * width);
}
#endif

enum {
    PACK_TILE = 1024
};

static void pack_raw(const uint8_t *content, uint64_t count, uint32_t raw_bits, uint8_t *out) {
    uint8_t low[PACK_TILE], high[PACK_TILE];
    uint32_t more = raw_bits > 8 ? raw_bits - 8 : 0;
    uint8_t mask = (uint8_t)(0xFFu >> (raw_bits < 8 ? 8 - raw_bits : 0));
    for (uint64_t start = 0; start < count; start += PACK_TILE) {
        uint64_t n = count - start < PACK_TILE ? count - start : PACK_TILE;
        const uint8_t *in = content + 2 * start;
        if (raw_bits == 8) {
            for (uint64_t i = 0; i < n; i++) {
                out[i] = (uint8_t)rotated_word(in + 2 * i);
            }
            out += n;
            continue;
        }
        for (uint64_t i = 0; i < n; i++) {
            low[i] = (uint8_t)(rotated_word(in + 2 * i) & mask);
        }
        if (more == 0) {
            pack_bytes(low, n, raw_bits, out);
            out += n / 8 * raw_bits;
            continue;
        }
        for (uint64_t i = 0; i < n; i++) {
            high[i] = (uint8_t)(rotated_word(in + 2 * i) >> 8 & ((1u << more) - 1));
        }
        for (uint64_t i = 0; i < n; i += 4, out += raw_bits / 2) {
            uint64_t v = 0;
            for (uint32_t k = 0; k < 4; k++) {
                v |= (uint64_t)(low[i + k] | (uint32_t)high[i + k] << 8) << (k * raw_bits);
            }
            /* four elements end in the middle of a byte, which the next four fill */
            if (i % 8 == 4) {
                v = v << 4 | (*out & 15u);
                store_u64(out, v);
                out += 1;
            } else {
                store_u64(out, v);
            }
        }
    }
}

enum {
    SPLIT = 16
}; /* elements that are one vector on every machine with vectors */

static inline void split_some(const struct sc_split_piece *p, const uint8_t *restrict from,
                              uint8_t *restrict to, uint32_t n, uint32_t mask) {
    if (p->join) {
        for (uint32_t i = 0; i < n; i++) {
            to[i] = (uint8_t)(to[i] | (from[i] >> p->shift & mask) << p->low);
        }
    } else {
        for (uint32_t i = 0; i < n; i++) {
            to[i] = (uint8_t)((from[i] >> p->shift & mask) << p->low);
        }
    }
}

static void split_bytes(const struct sc_split_piece *p, uint64_t blocks) {
    const uint8_t *from = p->from;
    uint8_t *to = p->to;
    uint32_t mask = (1u << p->width) - 1;
    for (uint64_t b = 0; b < blocks; b++, from += p->from_step, to += p->to_step) {
        uint32_t i = 0;
        for (; i + SPLIT <= p->count; i += SPLIT) {
            split_some(p, from + i, to + i, SPLIT, mask);
        }
        split_some(p, from + i, to + i, p->count - i, mask);
    }
}

/* The bits of a byte, one in each byte. */
static inline uint64_t spread_eight(uint32_t byte) {
#if defined(__BMI2__)
    return _pdep_u64(byte, UINT64_C(0x0101010101010101));
#else
    /* each bit of the copy in its byte, and then its presence carried to the highest bit */
    uint64_t v = byte * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
    return (v + UINT64_C(0x007F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
#endif
}

static void split_bits(const struct sc_split_piece *p, uint64_t blocks) {
    const uint8_t *from = p->from;
    uint8_t *to = p->to;
    for (uint64_t b = 0; b < blocks; b++, from += p->from_step, to += p->to_step) {
        for (uint32_t i = 0; i < p->count; i += 8) {
            uint64_t v = spread_eight(from[i / 8]) << p->low;
            store_u64(to + i, p->join ? v | sc_load_u64(to + i) : v);
        }
    }
}

#if !defined(SC_LIFT)
static void lift(const struct sc_lift_rule *rule, uint8_t *values, uint64_t blocks, uint32_t log2,
                 uint32_t last, uint8_t *positions, uint8_t *lifted) {
    sc_lift_plainly(rule, values, blocks, log2, last, positions, lifted);
}
#endif

enum {
    STRIP = 1 << 15
};

static uint64_t count_zeros(const uint8_t *content, uint64_t words) {
    uint64_t zeros = 0;
    for (uint64_t start = 0; start < words; start += STRIP) {
        uint64_t end = words - start < STRIP ? words : start + STRIP;
        uint16_t some = 0; /* few enough for 16 bits, which makes for wide vectors */
        for (uint64_t i = start; i < end; i++) {
            some = (uint16_t)(some + ((rotated_word(content + 2 * i) >> 1) == 0));
        }
        zeros += some;
    }
    return zeros;
}

static uint64_t count_upto(const struct sc_array *values, uint32_t most) {
    const uint8_t *bytes = values->data;
    const uint16_t *words = (const uint16_t *)(const void *)values->data;
    uint8_t most8 = (uint8_t)most;
    uint16_t most16 = (uint16_t)most;
    uint64_t count = 0;
    for (uint64_t start = 0; start < values->count; start += STRIP) {
        uint64_t end = values->count - start < STRIP ? values->count : start + STRIP;
        uint16_t some = 0;
        if (values->bytes == 1) {
            for (uint64_t i = start; i < end; i++) {
                some = (uint16_t)(some + (bytes[i] <= most8));
            }
        } else {
            for (uint64_t i = start; i < end; i++) {
                some = (uint16_t)(some + (words[i] <= most16));
            }
        }
        count += some;
    }
    return count;
}

static uint32_t add_words(const uint16_t *row, uint32_t n, uint32_t least, uint32_t *columns) {
    uint32_t sum = 0;
    uint16_t floor = (uint16_t)least;
    for (uint32_t j = 0; j < n; j++) {
        uint32_t v = row[j] > floor ? row[j] : floor;
        columns[j] += v;
        sum += v;
    }
    return sum;
}

static uint32_t add_bytes(const uint8_t *row, uint32_t n, uint32_t least, uint32_t *columns) {
    uint32_t sum = 0;
    uint8_t floor = (uint8_t)least;
    for (uint32_t j = 0; j < n; j++) {
        uint32_t v = row[j] > floor ? row[j] : floor;
        columns[j] += v;
        sum += v;
    }
    return sum;
}

static void find_range(const struct sc_array *values, uint32_t *least, uint32_t *most) {
    const uint8_t *bytes = values->data;
    const uint16_t *words = (const uint16_t *)(const void *)values->data;
    uint8_t low8 = UINT8_MAX, high8 = 0;
    uint16_t low16 = UINT16_MAX, high16 = 0;
    if (values->bytes == 1) {
        for (uint64_t i = 0; i < values->count; i++) {
            low8 = bytes[i] < low8 ? bytes[i] : low8;
            high8 = bytes[i] > high8 ? bytes[i] : high8;
        }
        *least = low8;
        *most = high8;
        return;
    }
    for (uint64_t i = 0; i < values->count; i++) {
        low16 = words[i] < low16 ? words[i] : low16;
        high16 = words[i] > high16 ? words[i] : high16;
    }
    *least = low16;
    *most = high16;
}

#if !defined(SC_FIND_MARKED)
static uint32_t find_marked(const uint8_t *content, uint32_t words, uint16_t *places) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++) {
        places[n] = (uint16_t)i;
        n += sc_load_u64(content + 8 * (size_t)i) * SC_MARK_FACTOR >> 58 == 0;
    }
    return n;
}
#endif

#if !defined(SC_NUMBER_SLOTS)
/* The n <= width slots from `first` on. */
static inline void number_slots(uint16_t *to, uint32_t first, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        to[i] = (uint16_t)(first + i);
    }
}
#endif

static void invert_slots(const struct sc_tables *t, uint32_t table, const uint32_t *starts,
                         uint16_t *slots) {
    uint32_t bits = t->column_bits, width = 1u << (t->precision - bits);
    const uint32_t *columns = t->columns + ((size_t)table << bits);
    for (uint32_t j = 0; j < 1u << bits; j++) {
        uint32_t cut = (columns[j] & 0xFFFF) >> bits;
        uint32_t alias = columns[j] & ((1u << bits) - 1);
        uint32_t base = (cut + (columns[j] >> 16)) & 0xFFFF; /* of base - cut */
        if (cut > 0) { /* what has a cut is a symbol, and all symbols have a start */
            number_slots(slots + starts[j], j * width, cut);
        }
        if (cut < width) {
            number_slots(slots + starts[alias] + base, j * width + cut, width - cut);
        }
    }
}

#define SC_ENCODE_LOOPS(...)                                                                       \
    {                                                                                              \
        __VA_ARGS__, split_values, split_raw, pack_raw, pack_bytes, split_bytes, split_bits, lift, \
            count_zeros, count_upto, add_words, add_bytes, find_range, find_marked, invert_slots   \
    }

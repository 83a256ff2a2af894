/* class_avx512.c - the class functions of quantised types [CTX-040] for AVX-512, eight sub-blocks a
 * vector of doubles. Depends on block_class.h.
 *
 * All numbers are integers below 2^53 [CTX-041], so doubles hold them, their sums and products
 * exactly. A quotient is rounded, but not up to an integer: a / b lies 1 / b or more below the next
 * integer k, half the spacing of doubles there is at most k / 2^53, and k b <= a + b is less than
 * 2^53 in every row of the registry. */
#include "block_class.h"

#include <assert.h>
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    STEP = 8
};

typedef __m512d reals;

INLINE reals real(double value) {
    return _mm512_set1_pd(value);
}

/* Eight bytes as 64-bit words. */
INLINE __m512i load_bytes(const uint8_t *p) {
    return _mm512_cvtepu8_epi64(_mm_loadl_epi64((const void *)p));
}

INLINE reals load_reals(const uint8_t *p) {
    return _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)p)));
}

/* Magnitudes of halves in units of 2^-24: 7 low and 8 high bits. (1024 + M) * 2^(E - 1) has the
 * bits of the half as the upper bits of its double; M alone is 1024 + M less 1024. */
INLINE reals halves(const uint8_t *low, const uint8_t *high, uint64_t i) {
    const __m512i one = _mm512_set1_epi64(1024);
    __m512i code = _mm512_or_si512(load_bytes(low + i), _mm512_slli_epi64(load_bytes(high + i), 7));
    __mmask8 tiny = _mm512_cmplt_epi64_mask(code, one);
    code = _mm512_mask_or_epi64(code, tiny, code, one);
    __m512i bits =
        _mm512_add_epi64(_mm512_slli_epi64(code, 42), _mm512_set1_epi64((int64_t)1032 << 52));
    reals value = _mm512_castsi512_pd(bits);
    return _mm512_mask_sub_pd(value, tiny, value, real(1024));
}

/* a / b rounded down as integers, or `most` if that is less, and where b is 0. */
INLINE __m256i quotient(reals a, reals b, double most) {
    reals q = _mm512_min_pd(_mm512_div_pd(a, b), real(most)); /* the second if one is no number */
    return _mm512_cvttpd_epi32(q);
}

/* The sum of all lanes in each of them; exact, whatever the order. */
INLINE reals all_lanes(reals x) {
    x = _mm512_add_pd(x, _mm512_shuffle_f64x2(x, x, _MM_SHUFFLE(1, 0, 3, 2)));
    x = _mm512_add_pd(x, _mm512_shuffle_f64x2(x, x, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm512_add_pd(x, _mm512_permute_pd(x, 0x55));
}

/* A class function with its arrays in the order of the row, and its numbers. The loops copy it, so
 * that stores to classes cannot alias it. */
struct reader {
    const uint8_t *in[SCAPE_REG_CLASS_FIELDS_MAX];
    double num, den, zero_most, factor, offset;
    int32_t low, ratios;
    reals thresholds; /* 7 of them, those that the row does not have beyond all ratios */
};

static void open_reader(struct reader *r, const struct scape_reg_class *row,
                        const struct sc_array *fields) {
    for (uint32_t i = 0; i < SCAPE_REG_CLASS_FIELDS_MAX; i++) { /* the row reads those it names */
        const struct sc_array *field = &fields[row->fields[i < row->field_count ? i : 0]];
        assert(field->bytes == 1);
        r->in[i] = field->data;
    }
    r->num = row->num;
    r->den = row->den;
    r->zero_most = row->low + row->steps - 1.0;
    r->factor = row->factor;
    r->offset = row->offset;
    r->low = (int32_t)row->low;
    r->ratios = (int32_t)row->threshold_count + 1;
    double thresholds[STEP];
    for (uint32_t t = 0; t < STEP; t++) {
        thresholds[t] = t < row->threshold_count ? row->thresholds[t] : 1e100;
    }
    r->thresholds = _mm512_loadu_pd(thresholds);
}

/* What RATIO compares, of eight sub-blocks. */
INLINE reals own_scales(const struct reader *r, const uint32_t source, uint64_t i) {
    if (source == SCAPE_REG_SOURCE_HALF) {
        return halves(r->in[0], r->in[1], i);
    }
    reals value = load_reals(r->in[source == SCAPE_REG_SOURCE_BLOCK ? 4 : 0] + i);
    if (source == SCAPE_REG_SOURCE_SIGNED) { /* v or 256 - v, the lesser one */
        return _mm512_min_pd(value, _mm512_sub_pd(real(256), value));
    }
    if (source == SCAPE_REG_SOURCE_OFFSET) {
        return _mm512_abs_pd(_mm512_sub_pd(value, real(r->offset)));
    }
    return value;
}

/* What a group's 64 n own are compared with: the thresholds times the total, rising. Without a
 * total, when all is 0, the ratio is 64. */
INLINE reals ratio_cuts(const struct reader *r, reals total) {
    __mmask8 none = _mm512_cmp_pd_mask(total, real(0), _CMP_EQ_OQ);
    reals cuts = _mm512_mul_pd(r->thresholds, total);
    return _mm512_mask_sub_pd(cuts, none, r->thresholds, real(64));
}

/* One step of eight searches: `found` cuts are known to be low enough, is the one `ahead` too? */
INLINE __m512i search(__m512i found, const int64_t ahead, reals cuts, reals times) {
    __m512i lane = _mm512_add_epi64(found, _mm512_set1_epi64(ahead - 1));
    __mmask8 more = _mm512_cmp_pd_mask(_mm512_permutexvar_pd(lane, cuts), times, _CMP_LE_OQ);
    return _mm512_mask_add_epi64(found, more, found, _mm512_set1_epi64(ahead));
}

/* The RATIO classes of eight of a group's sub-blocks, as 32-bit integers: how many of 7 cuts are at
 * most their 64 n own. */
INLINE __m256i ratio_classes(reals own, reals cuts, double scale) {
    reals times = _mm512_mul_pd(own, real(scale));
    __m512i found = search(_mm512_setzero_si512(), 4, cuts, times);
    found = search(found, 2, cuts, times);
    return _mm512_cvtepi64_epi32(search(found, 1, cuts, times));
}

/* d and dmin of eight blocks, source BLOCK. */
struct block_scales {
    reals d, unit;
};

/* Those of the block of sub-block i, in all lanes, from the eight blocks that it is one of. The
 * fields' bytes go on behind the last block, in what follows them in memory. */
INLINE struct block_scales block_at(const struct block_scales *eight, uint64_t block) {
    __m512i lane = _mm512_set1_epi64((int64_t)(block % STEP));
    return (struct block_scales){_mm512_permutexvar_pd(lane, eight->d),
                                 _mm512_permutexvar_pd(lane, eight->unit)};
}

INLINE struct block_scales eight_blocks(const struct reader *r, uint64_t block) {
    return (struct block_scales){halves(r->in[0], r->in[1], block),
                                 halves(r->in[2], r->in[3], block)};
}

INLINE void store(uint8_t *out, __m256i classes) {
    _mm_storel_epi64((void *)out, _mm256_cvtepi32_epi8(classes));
}

/* Steps of ZERO, as 32-bit integers. */
INLINE __m256i zero_steps(const struct reader *r, reals scale, reals min) {
    __mmask8 some = _mm512_cmp_pd_mask(scale, real(0), _CMP_GT_OQ);
    scale = _mm512_mul_pd(scale, real(r->den));
    min = _mm512_mul_pd(min, real(r->num));
    __m256i zero = quotient(min, scale, r->zero_most);
    zero = _mm256_maskz_sub_epi32(some, zero, _mm256_set1_epi32(r->low));
    return _mm256_max_epi32(zero, _mm256_setzero_si256());
}

/* The mins of eight sub-blocks, source HALF. */
INLINE reals signed_mins(const struct reader *r, uint64_t i) {
    __m512i sign = load_bytes(r->in[4] + i);
    return _mm512_maskz_mov_pd(_mm512_test_epi64_mask(sign, sign), halves(r->in[2], r->in[3], i));
}

/* RATIO and ZERO; all but the first three are constants where this is inlined. */
INLINE void groups(const struct reader *given, uint8_t *out, uint64_t count, const bool zero,
                   const uint32_t source, const uint32_t group) {
    const struct reader r = *given;
    const bool block = source == SCAPE_REG_SOURCE_BLOCK;
    const __m256i ratios = _mm256_set1_epi32(r.ratios);
    struct block_scales eight = {real(0), real(0)}, scales = eight;
    for (uint64_t i = 0; i < count; i += group) {
        if (block && (i / group % STEP == 0)) {
            eight = eight_blocks(&r, i / group);
        }
        if (block) {
            scales = block_at(&eight, i / group);
        }
        reals own[2], sum = own[0] = own_scales(&r, source, i);
        if (group > STEP) {
            own[1] = own_scales(&r, source, i + STEP);
            sum = _mm512_add_pd(sum, own[1]);
        }
        reals cuts = ratio_cuts(&r, all_lanes(sum));
        for (uint32_t half = 0; half < group / STEP; half++) {
            uint64_t at = i + (uint64_t)half * STEP;
            __m256i classes = ratio_classes(own[half], cuts, 64.0 * group);
            if (zero) {
                reals scale = own[half], min;
                if (block) {
                    scale = _mm512_mul_pd(scales.d, scale);
                    min = _mm512_mul_pd(scales.unit, load_reals(r.in[5] + at));
                } else {
                    min = signed_mins(&r, at);
                }
                __m256i steps = zero_steps(&r, scale, min);
                classes = _mm256_add_epi32(classes, _mm256_mullo_epi32(steps, ratios));
            }
            store(out + at, classes);
        }
    }
}

INLINE void mins(const struct reader *given, uint8_t *out, uint64_t count, const uint32_t each) {
    const struct reader r = *given;
    const reals factor = real(r.factor);
    struct block_scales eight = {real(0), real(0)};
    for (uint64_t i = 0; i < count; i += STEP) {
        uint64_t block = i / each;
        if (block % STEP == 0) {
            eight = eight_blocks(&r, block);
        }
        struct block_scales scales = block_at(&eight, block);
        reals scale = _mm512_mul_pd(scales.d, load_reals(r.in[4] + i));
        reals expected = _mm512_add_pd(_mm512_mul_pd(factor, scale), scales.unit);
        __m256i x = quotient(expected, _mm512_add_pd(scales.unit, scales.unit), 63);
        store(out + i, _mm256_srli_epi32(x, 2));
    }
}

/* The rows that have loops, in whole groups; returns how many of the first `count` classes were
 * made. */
static uint64_t vector_classes(const struct scape_reg_class *row, const struct reader *r,
                               uint8_t *out, uint64_t count) {
    bool block = row->source == SCAPE_REG_SOURCE_BLOCK;
    uint32_t each = block ? row->units : row->group;
    uint32_t kind = row->function << 8 | row->source;
    if (row->function == SCAPE_REG_CLASS_MPRED && each == STEP) {
        mins(r, out, count, STEP);
        return count;
    }
    if (each != row->group || (each != STEP && each != 2 * STEP)) {
        return 0;
    }
    count -= count % each;
#define KIND(FUNCTION, SOURCE) (SCAPE_REG_CLASS_##FUNCTION << 8 | SCAPE_REG_SOURCE_##SOURCE)
#define LOOPS(FUNCTION, SOURCE)                                                                    \
    case KIND(FUNCTION, SOURCE):                                                                   \
        if (each == STEP) {                                                                        \
            groups(r, out, count, SCAPE_REG_CLASS_##FUNCTION == SCAPE_REG_CLASS_ZERO,              \
                   SCAPE_REG_SOURCE_##SOURCE, STEP);                                               \
        } else {                                                                                   \
            groups(r, out, count, SCAPE_REG_CLASS_##FUNCTION == SCAPE_REG_CLASS_ZERO,              \
                   SCAPE_REG_SOURCE_##SOURCE, 2 * STEP);                                           \
        }                                                                                          \
        return count;
    switch (kind) {
        LOOPS(RATIO, HALF)
        LOOPS(RATIO, SIGNED)
        LOOPS(RATIO, OFFSET)
        LOOPS(ZERO, HALF)
        LOOPS(ZERO, BLOCK)
    default:
        return 0;
    }
#undef LOOPS
#undef KIND
}

void sc_block_tables_avx512(const struct scape_reg_class *classes, const struct sc_array *fields,
                            const uint8_t *map, uint8_t *out, uint64_t count) {
    struct reader r;
    open_reader(&r, classes, fields);
    uint64_t done = vector_classes(classes, &r, out, count), i = 0;
    sc_block_classes(classes, fields, out, done, count);
    assert(classes->count <= SCAPE_REG_TABLES_MAX);
    const __m512i tables = _mm512_loadu_si512(map);
    for (; count - i >= 64; i += 64) {
        __m512i found = _mm512_permutexvar_epi8(_mm512_loadu_si512(out + i), tables);
        _mm512_storeu_si512(out + i, found);
    }
    for (; i < count; i++) {
        out[i] = map[out[i]];
    }
}

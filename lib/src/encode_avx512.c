/* encode_avx512.c - rANS encoding of 32 lanes as two vectors, for AVX-512 with VBMI2. Codes and
 * slots are looked up by scalar loads, well before the vectors that they make are asked for:
 * gathers are slower, and a load waits for narrower stores until they have left for the cache.
 * Depends on encode_kernel.h. */
#include "encode_lookup.h"

/* How codes are looked up: by loads, or where a group of 16 has one table of few entries, by
 * permutations of it. */
enum lookup {
    LOOKUP_LOAD,
    LOOKUP_16,
    LOOKUP_32,
    LOOKUP_64
};

/* Two vectors of 16 lanes: the elements of a group. */
struct pair {
    __m512i low, high;
};

static inline struct pair load_pair(const uint32_t *p) {
    return (struct pair){_mm512_loadu_si512(p), _mm512_loadu_si512(p + 16)};
}

static inline void store_pair(uint32_t *p, struct pair v) {
    _mm512_storeu_si512(p, v.low);
    _mm512_storeu_si512(p + 16, v.high);
}

/* What stays the same through the loop; `below` are the bits of a code below its frequency. */
struct fixed {
    __m128i frequency_shift, precision;
    __m512i below;
    bool coarse;
};

/* A segment's own part of the loop: its states are `above` and `slots` added up. */
struct lanes {
    struct pair above;
    uint32_t places[32]; /* of the slots that are next looked up */
    uint32_t slots[32];
    struct sc_word_sinks sinks;
};

enum {
    TILE = 16 /* groups of a segment whose codes are looked up at a time */
};

/* floor(x / f) by floats that are rounded down. Where p >= 10 the quotient is below 2^22, so it is
 * at most one too small; otherwise the rest, which is then exact in a float, is divided again. */
static inline __m512i divide(__m512i x, __m512i f, bool coarse, __m512i *rank) {
    enum {
        DOWN = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC
    };
    __m512 divisor = _mm512_cvt_roundepu32_ps(f, DOWN);
    __m512i q =
        _mm512_cvttps_epu32(_mm512_div_round_ps(_mm512_cvt_roundepu32_ps(x, DOWN), divisor, DOWN));
    __m512i rest = _mm512_sub_epi32(x, _mm512_mullo_epi32(q, f));
    if (coarse) {
        __m512i more = _mm512_cvttps_epu32(
            _mm512_div_round_ps(_mm512_cvt_roundepu32_ps(rest, DOWN), divisor, DOWN));
        *rank = _mm512_sub_epi32(rest, _mm512_mullo_epi32(more, f));
        return _mm512_add_epi32(q, more);
    }
    /* the rest less f is a greater number where it is negative */
    *rank = _mm512_min_epu32(rest, _mm512_sub_epi32(rest, f));
    __mmask16 more = _mm512_cmpge_epu32_mask(rest, f);
    return _mm512_mask_sub_epi32(q, more, q, _mm512_set1_epi32(-1));
}

/* The codes of 16 elements of places `index` in a table of few entries. */
static inline __m512i permute_codes(const uint32_t *table, __m512i index, enum lookup lookup) {
    __m512i first = _mm512_loadu_si512(table);
    if (lookup == LOOKUP_16) {
        return _mm512_permutexvar_epi32(index, first);
    }
    __m512i codes = _mm512_permutex2var_epi32(first, index, _mm512_loadu_si512(table + 16));
    if (lookup == LOOKUP_64) {
        __m512i others = _mm512_permutex2var_epi32(_mm512_loadu_si512(table + 32), index,
                                                   _mm512_loadu_si512(table + 48));
        __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
        codes = _mm512_mask_mov_epi32(codes, upper, others);
    }
    return codes;
}

/* Where 32 elements' codes stand: min(value - base, limit), and their tables above unless codes are
 * looked up table by table. */
static inline __m512i places_of(const struct sc_wide_coder *c, const struct sc_array *a,
                                const uint8_t *contexts, uint32_t run_log2, uint64_t i,
                                enum lookup lookup) {
    __m512i values =
        a->bytes == 1
            ? _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(a->data + i)))
            : _mm512_loadu_si512(a->data + 2 * i);
    __m512i places = _mm512_sub_epi16(values, _mm512_set1_epi16((short)c->base));
    places = _mm512_min_epu16(places, _mm512_set1_epi16((short)c->limit));
    if (lookup != LOOKUP_LOAD || contexts == NULL) {
        return places;
    }
    __m512i tables = _mm512_cvtepu8_epi16(tables_of(contexts, run_log2, i));
    return _mm512_or_si512(places, _mm512_sll_epi16(tables, _mm_cvtsi32_si128((int)c->shift)));
}

/* Looks up the codes of `groups` <= TILE groups from element i on. */
static inline void look_up_codes(const struct sc_wide_coder *c, const struct sc_array *a,
                                 const uint8_t *contexts, uint32_t run_log2, uint64_t i,
                                 uint64_t groups, enum lookup lookup, uint32_t (*codes)[32]) {
    uint64_t fours[TILE][8];
    for (uint64_t g = 0; g < groups; g++, i += 32) {
        __m512i places = places_of(c, a, contexts, run_log2, i, lookup);
        if (lookup == LOOKUP_LOAD) {
            _mm512_storeu_si512(fours[g], places);
            continue;
        }
        __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(places));
        __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(places, 1));
        size_t first = contexts == NULL ? 0 : (size_t)contexts[i >> run_log2] << c->shift;
        size_t second = contexts == NULL ? 0 : (size_t)contexts[(i + 16) >> run_log2] << c->shift;
        store_pair(codes[g], (struct pair){permute_codes(c->codes + first, low, lookup),
                                           permute_codes(c->codes + second, high, lookup)});
    }
    for (uint64_t g = 0; lookup == LOOKUP_LOAD && g < groups; g++) {
        for (uint32_t k = 0; k < 8; k++) {
            _mm_storeu_si128((__m128i *)(void *)(codes[g] + 4 * (size_t)k),
                             load_codes(c->codes, fours[g][k]));
        }
    }
}

static inline __m512i frequencies_of(const struct fixed *f, __m512i codes) {
    __m512i less = _mm512_srl_epi32(codes, f->frequency_shift);
    return _mm512_sub_epi32(less, _mm512_set1_epi32(-1));
}

/* Is x too large for its symbol: is it frequency << (32 - p) or more? */
static inline __mmask16 overflows(const struct fixed *f, __m512i x, __m512i codes) {
    return _mm512_cmpgt_epu32_mask(x, _mm512_or_si512(codes, f->below));
}

/* What the states become but for their slots, whose places go to `place`; x is renormalised. */
static inline __m512i advance(const struct fixed *f, __m512i x, __m512i codes, __m512i *place) {
    __m512i rank, q = divide(x, frequencies_of(f, codes), f->coarse, &rank);
    __m512i start = _mm512_and_si512(codes, _mm512_set1_epi32(SC_WIDE_ESCAPE - 1));
    *place = _mm512_add_epi32(start, rank);
    return _mm512_sll_epi32(q, f->precision);
}

static const uint16_t rising[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* Words of the lanes in `over`, the highest lane's at the highest place. What is written below them
 * is room for the words of this group's other lanes. */
static inline void put_words(struct sc_word_sinks *sinks, __mmask32 over, const struct pair *x) {
    const __m512i each = _mm512_loadu_si512(rising);
    __m512i words = _mm512_permutex2var_epi16(x->low, _mm512_add_epi16(each, each), x->high);
    uint32_t n = (uint32_t)__builtin_popcount(over);
    __m512i turn = _mm512_add_epi16(each, _mm512_set1_epi16((short)n));
    words = _mm512_permutexvar_epi16(turn, _mm512_maskz_compress_epi16(over, words));
    _mm512_storeu_si512(sinks->words - 64, words);
    sinks->words -= 2 * (size_t)n;
}

static inline struct pair states_of(const struct lanes *s) {
    struct pair slots = load_pair(s->slots);
    return (struct pair){_mm512_add_epi32(s->above.low, slots.low),
                         _mm512_add_epi32(s->above.high, slots.high)};
}

/* As if the slots of the states x had been looked up at place 0 where `lanes` says so. */
static inline void set_states(const struct sc_wide_coder *c, struct lanes *s, __mmask32 lanes,
                              struct pair x) {
    const __m512i zero = _mm512_setzero_si512(), first = _mm512_set1_epi32(c->slots[0]);
    __mmask16 low = (__mmask16)lanes, high = (__mmask16)(lanes >> 16);
    s->above.low = _mm512_mask_sub_epi32(s->above.low, low, x.low, first);
    s->above.high = _mm512_mask_sub_epi32(s->above.high, high, x.high, first);
    _mm512_mask_storeu_epi32(s->places, low, zero);
    _mm512_mask_storeu_epi32(s->places + 16, high, zero);
}

/* One group of 32 elements; the last group's slots have been looked up. */
static inline void step(const struct sc_wide_coder *c, const struct sc_array *a, __mmask32 coded,
                        uint64_t i, const uint32_t *group, const struct fixed *f, struct lanes *s) {
    const __m512i escape = _mm512_set1_epi32(SC_WIDE_ESCAPE);
    struct pair x = states_of(s), codes = load_pair(group), place;
    if (_mm512_test_epi32_mask(_mm512_or_si512(codes.low, codes.high), escape) != 0) {
        __mmask32 escapes = _mm512_kunpackw(_mm512_test_epi32_mask(codes.high, escape),
                                            _mm512_test_epi32_mask(codes.low, escape));
        note_escapes(a, i, escapes & coded, &s->sinks);
    }
    __mmask32 over =
        _mm512_kunpackw(overflows(f, x.high, codes.high), overflows(f, x.low, codes.low));
    if (coded != UINT32_MAX) {
        over &= coded;
    }
    put_words(&s->sinks, over, &x);
    __mmask16 low = (__mmask16)over, high = (__mmask16)(over >> 16);
    s->above.low = advance(f, _mm512_mask_srli_epi32(x.low, low, x.low, 16), codes.low, &place.low);
    s->above.high =
        advance(f, _mm512_mask_srli_epi32(x.high, high, x.high, 16), codes.high, &place.high);
    store_pair(s->places, place);
    if (coded != UINT32_MAX) {
        set_states(c, s, ~coded, x);
    }
}

/* All parts have the same number of groups. A part's slots are looked up behind the next part's
 * step, whose vectors run beside these loads. */
static inline void encode_equal(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                                struct sc_lift lift, enum lookup lookup, bool coarse,
                                uint32_t bytes) {
    struct sc_wide_coder c[SC_SEGMENTS_MAX]; /* copies, which no store can alias */
    struct sc_array a[SC_SEGMENTS_MAX];
    const int precision = (int)parts->coder->precision;
    const struct fixed f = {_mm_cvtsi32_si128(32 - precision), _mm_cvtsi32_si128(precision),
                            _mm512_set1_epi32((int)(UINT32_MAX >> precision)), coarse};
    uint32_t codes[SC_SEGMENTS_MAX][TILE][32];
    struct lanes s[SC_SEGMENTS_MAX] = {0};
    for (uint32_t k = 0; k < part_count; k++) {
        c[k] = *parts[k].coder;
        a[k] = *parts[k].values;
        a[k].bytes = bytes;
        set_states(&c[k], &s[k], UINT32_MAX, load_pair(parts[k].states));
        look_up_slots(c[k].slots, s[k].places, s[k].slots);
        s[k].sinks = parts[k].sinks;
    }
    for (uint64_t left = parts[0].groups; left > 0;) {
        uint64_t groups = left < TILE ? left : TILE;
        left -= groups;
        for (uint32_t k = 0; k < part_count; k++) {
            look_up_codes(&c[k], &a[k], parts[k].contexts, run_log2, parts[k].first + 32 * left,
                          groups, lookup, codes[k]);
        }
        for (uint64_t g = groups; g-- > 0;) {
            for (uint32_t k = 0; k < part_count; k++) {
                uint64_t i = parts[k].first + 32 * (left + g);
                uint32_t coded = lift.count == 0 ? UINT32_MAX : sc_lift_mask(&lift, i);
                step(&c[k], &a[k], coded, i, codes[k][g], &f, &s[k]);
                uint32_t other = k > 0 ? k - 1 : part_count - 1;
                look_up_slots(c[other].slots, s[other].places, s[other].slots);
            }
        }
    }
    for (uint32_t k = 0; k < part_count; k++) {
        look_up_slots(c[k].slots, s[k].places, s[k].slots);
        store_pair(parts[k].states, states_of(&s[k]));
        parts[k].sinks = s[k].sinks;
        parts[k].groups = 0;
    }
}

/* What the last groups have more of, part by part; then all parts at once. */
static inline void encode_parts(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                                struct sc_lift lift, enum lookup lookup, bool coarse,
                                uint32_t bytes) {
    uint64_t least = parts[0].groups;
    for (uint32_t k = 1; k < part_count; k++) {
        least = parts[k].groups < least ? parts[k].groups : least;
    }
    for (uint32_t k = 0; k < part_count; k++) {
        struct sc_wide_part more = parts[k];
        more.first += 32 * least;
        more.groups -= least;
        encode_equal(&more, 1, run_log2, lift, lookup, coarse, bytes);
        parts[k].sinks = more.sinks;
        parts[k].groups = least;
    }
    if (part_count == 4) {
        encode_equal(parts, 4, run_log2, lift, lookup, coarse, bytes);
    } else {
        encode_equal(parts, part_count, run_log2, lift, lookup, coarse, bytes);
    }
}

static inline void encode_by(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                             struct sc_lift lift, enum lookup lookup, uint32_t bytes) {
    enum {
        FINE_PRECISION = 10
    };
    if (parts->coder->precision >= FINE_PRECISION) {
        encode_parts(parts, part_count, run_log2, lift, lookup, false, bytes);
    } else {
        encode_parts(parts, part_count, run_log2, lift, lookup, true, bytes);
    }
}

void sc_encode_parts_avx512(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                            struct sc_lift lift) {
    uint32_t limit = 0;
    for (uint32_t k = 0; k < part_count; k++) {
        limit = parts[k].coder->limit > limit ? parts[k].coder->limit : limit;
    }
    bool permute = parts->contexts == NULL || run_log2 >= 4;
    if (parts->values->bytes == 2) {
        encode_by(parts, part_count, run_log2, lift, LOOKUP_LOAD, 2);
    } else if (permute && limit < 16) {
        encode_by(parts, part_count, run_log2, lift, LOOKUP_16, 1);
    } else if (permute && limit < 32) {
        encode_by(parts, part_count, run_log2, lift, LOOKUP_32, 1);
    } else if (permute && limit < 64) {
        encode_by(parts, part_count, run_log2, lift, LOOKUP_64, 1);
    } else {
        encode_by(parts, part_count, run_log2, lift, LOOKUP_LOAD, 1);
    }
}

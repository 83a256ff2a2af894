/* encode_avx2.c - rANS encoding of 32 lanes as four vectors, for AVX2 with BMI2. Depends on
 * encode_lookup.h. */
#include "encode_lookup.h"

/* A segment's own part of the loop: its states are `above` and `slots` added up. */
struct lanes {
    uint32_t above[32], slots[32];
    uint32_t places[32];     /* of the slots that are next looked up */
    uint64_t code_places[8]; /* of the next group's codes, of 16 bits each */
    struct sc_word_sinks sinks;
};

/* What stays the same through the loop. */
struct fixed {
    __m128i frequency_shift, precision, table_shift;
    __m256i base, limit;
    __m256i below; /* bits of a code below its frequency */
};

static inline __m256i load(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void store(void *p, __m256i v) {
    _mm256_storeu_si256((__m256i *)p, v);
}

/* Where the codes of the 32 elements from i on stand. */
static inline void place_codes(const struct fixed *f, const struct sc_array *a,
                               const uint8_t *contexts, uint32_t run_log2, uint64_t i,
                               uint64_t *places) {
    __m256i tables = contexts == NULL ? _mm256_setzero_si256() : tables_of(contexts, run_log2, i);
    for (size_t half = 0; half < 2; half++, i += 16) {
        __m256i v = a->bytes == 1 ? _mm256_cvtepu8_epi16(_mm_loadu_si128(
                                        (const __m128i *)(const void *)(a->data + i)))
                                  : load(a->data + 2 * i);
        v = _mm256_min_epu16(_mm256_sub_epi16(v, f->base), f->limit);
        __m256i table = _mm256_cvtepu8_epi16(_mm256_castsi256_si128(tables));
        store(places + 4 * half, _mm256_or_si256(v, _mm256_sll_epi16(table, f->table_shift)));
        tables = _mm256_permute2x128_si256(tables, tables, 1);
    }
}

/* Four numbers of 32 bits as they are without a sign. */
static inline __m256d to_doubles(__m128i v) {
    __m256d half = _mm256_set1_pd(2147483648.0);
    return _mm256_add_pd(_mm256_cvtepi32_pd(_mm_xor_si128(v, _mm_set1_epi32(INT32_MIN))), half);
}

/* floor(x / f), which a quotient of doubles rounds down to, x and f being integers of 32 bits. */
static inline __m256i divide(__m256i x, __m256i f) {
    __m128i low = _mm256_cvttpd_epi32(_mm256_div_pd(to_doubles(_mm256_castsi256_si128(x)),
                                                    _mm256_cvtepi32_pd(_mm256_castsi256_si128(f))));
    __m128i high =
        _mm256_cvttpd_epi32(_mm256_div_pd(to_doubles(_mm256_extracti128_si256(x, 1)),
                                          _mm256_cvtepi32_pd(_mm256_extracti128_si256(f, 1))));
    return _mm256_set_m128i(high, low);
}

/* Words of the lanes in `over`, the highest lane's at the highest place. What is written below them
 * is room for the words of lower lanes. */
static inline void put_words(struct sc_word_sinks *sinks, uint32_t over, __m256i x) {
    __m256i words = _mm256_and_si256(x, _mm256_set1_epi32(0xFFFF));
    __m128i eight =
        _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    uint32_t n = (uint32_t)__builtin_popcount(over);
    uint64_t lanes = _pext_u64(UINT64_C(0x0706050403020100),
                               _pdep_u64(over, UINT64_C(0x0101010101010101)) * 0xFF);
    lanes <<= (8 - n) % 8 * 8;
    __m128i pick = _mm_mullo_epi16(_mm_cvtepu8_epi16(_mm_cvtsi64_si128((long long)lanes)),
                                   _mm_set1_epi16(0x0202));
    eight = _mm_shuffle_epi8(eight, _mm_add_epi16(pick, _mm_set1_epi16(0x0100)));
    _mm_storeu_si128((__m128i *)(void *)(sinks->words - 16), eight);
    sinks->words -= 2 * (size_t)n;
}

/* Eight lanes, of which those in `coded` are encoded; the escaped ones. */
static inline uint32_t step_eight(const struct fixed *f, uint32_t first, __m256i codes,
                                  uint32_t coded, size_t at, struct lanes *s) {
    const __m256i sign = _mm256_set1_epi32(INT32_MIN);
    __m256i x = _mm256_add_epi32(load(s->above + at), load(s->slots + at));
    __m256i most = _mm256_xor_si256(_mm256_or_si256(codes, f->below), sign);
    __m256i over = _mm256_cmpgt_epi32(_mm256_xor_si256(x, sign), most);
    __m256i less = _mm256_srl_epi32(codes, f->frequency_shift);
    __m256i frequency = _mm256_sub_epi32(less, _mm256_set1_epi32(-1));
    put_words(&s->sinks, (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(over)) & coded, x);
    __m256i y = _mm256_blendv_epi8(x, _mm256_srli_epi32(x, 16), over);
    __m256i q = divide(y, frequency);
    __m256i rank = _mm256_sub_epi32(y, _mm256_mullo_epi32(q, frequency));
    __m256i start = _mm256_and_si256(codes, _mm256_set1_epi32(SC_WIDE_ESCAPE - 1));
    __m256i place = _mm256_add_epi32(start, rank);
    __m256i above = _mm256_sll_epi32(q, f->precision);
    if (coded != 0xFF) { /* as if the others' slots were looked up at place 0 */
        const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        __m256i in = _mm256_and_si256(_mm256_set1_epi32((int)coded), bits);
        in = _mm256_cmpeq_epi32(in, bits);
        x = _mm256_sub_epi32(x, _mm256_set1_epi32((int)first));
        above = _mm256_blendv_epi8(x, above, in);
        place = _mm256_and_si256(place, in);
    }
    store(s->above + at, above);
    store(s->places + at, place);
    __m256i escape = _mm256_slli_epi32(codes, 31 - SC_WIDE_ESCAPE_BIT);
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(escape)) & coded;
}

/* One group of 32 elements; the last group's slots have been looked up. */
static inline void step(const struct sc_wide_coder *c, const struct fixed *f,
                        const struct sc_array *a, uint32_t coded, uint64_t i, struct lanes *s) {
    __m256i codes[4];
    uint32_t escapes = 0;
    for (size_t k = 0; k < 4; k++) {
        codes[k] = _mm256_set_m128i(load_codes(c->codes, s->code_places[2 * k + 1]),
                                    load_codes(c->codes, s->code_places[2 * k]));
    }
    for (size_t k = 4; k-- > 0;) {
        escapes |= step_eight(f, c->slots[0], codes[k], coded >> 8 * k & 0xFF, 8 * k, s) << 8 * k;
    }
    note_escapes(a, i, escapes, &s->sinks);
}

static void open_lanes(const struct sc_wide_part *part, struct lanes *s) {
    const uint16_t *slots = part->coder->slots;
    *s = (struct lanes){.sinks = part->sinks};
    for (uint32_t lane = 0; lane < SC_LANES; lane++) {
        s->above[lane] = part->states[lane] - slots[0];
    }
    look_up_slots(slots, s->places, s->slots);
}

static void close_lanes(struct lanes *s, struct sc_wide_part *part) {
    look_up_slots(part->coder->slots, s->places, s->slots);
    for (uint32_t lane = 0; lane < SC_LANES; lane++) {
        part->states[lane] = s->above[lane] + s->slots[lane];
    }
    part->sinks = s->sinks;
    part->groups = 0;
}

/* What stays the same through a part's loop. */
static struct fixed fix(const struct sc_wide_coder *c) {
    return (struct fixed){_mm_cvtsi32_si128(32 - (int)c->precision),
                          _mm_cvtsi32_si128((int)c->precision),
                          _mm_cvtsi32_si128((int)c->shift),
                          _mm256_set1_epi16((short)c->base),
                          _mm256_set1_epi16((short)c->limit),
                          _mm256_set1_epi32((int)(UINT32_MAX >> c->precision))};
}

/* A part's slots are looked up behind the next part's step, whose vectors run beside these loads.
 */
static inline void encode_parts(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                                struct sc_lift lift, uint32_t bytes) {
    struct sc_wide_coder c[SC_SEGMENTS_MAX]; /* copies, which no store can alias */
    struct sc_array a[SC_SEGMENTS_MAX];
    struct fixed f[SC_SEGMENTS_MAX];
    struct lanes s[SC_SEGMENTS_MAX];
    uint64_t most = 0;
    for (uint32_t k = 0; k < part_count; k++) {
        uint64_t groups = parts[k].groups;
        c[k] = *parts[k].coder;
        a[k] = *parts[k].values;
        a[k].bytes = bytes;
        f[k] = fix(&c[k]);
        open_lanes(&parts[k], &s[k]);
        most = groups > most ? groups : most;
        if (groups > 0) {
            place_codes(&f[k], &a[k], parts[k].contexts, run_log2,
                        parts[k].first + 32 * (groups - 1), s[k].code_places);
        }
    }
    for (uint64_t g = most; g-- > 0;) {
        for (uint32_t k = 0; k < part_count; k++) {
            if (g < parts[k].groups) {
                uint64_t i = parts[k].first + 32 * g;
                uint32_t coded = lift.count == 0 ? UINT32_MAX : sc_lift_mask(&lift, i);
                step(&c[k], &f[k], &a[k], coded, i, &s[k]);
                place_codes(&f[k], &a[k], parts[k].contexts, run_log2, g > 0 ? i - 32 : i,
                            s[k].code_places);
            }
            uint32_t other = k > 0 ? k - 1 : part_count - 1;
            look_up_slots(c[other].slots, s[other].places, s[other].slots);
        }
    }
    for (uint32_t k = 0; k < part_count; k++) {
        close_lanes(&s[k], &parts[k]);
    }
}

void sc_encode_parts_avx2(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                          struct sc_lift lift) {
    if (parts->values->bytes == 1) {
        encode_parts(parts, part_count, run_log2, lift, 1);
    } else {
        encode_parts(parts, part_count, run_log2, lift, 2);
    }
}

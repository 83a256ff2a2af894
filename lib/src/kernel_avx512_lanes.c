/* kernel_avx512_lanes.c - streams of one lane side by side, 16 of them as the lanes of a vector of
 * 32-bit states. Depends on kernel_avx512.h, rans_loop.h and sink.h.
 *
 * Each lane looks columns up in a table of its own, one load of 64 bits each, and has a window of
 * its next four words, gathered anew every four steps. Two vectors go through one loop, as one
 * alone waits for its own loads. Symbols are turned from steps to lanes behind each group of 32
 * elements, and a lane's values put to the content for some groups at a time.
 */
#include "kernel_avx512.h"

#include "rans_loop.h"
#include "sink.h"

enum {
    WIDTH = 16, /* lanes of a vector */
    HALF = WIDTH / 2,
    VECTORS = SC_BESIDE / WIDTH,
    STRIDE = 4,               /* steps that a window has words for */
    ROWS = SC_LANES / STRIDE, /* of a group's symbols, four of each lane */
    SPAN = 8                  /* groups that are decoded before a lane's values are put */
};

/* What the lanes of a vector start from. Those behind the streams do what the first does. */
struct start {
    uint64_t table[WIDTH * SC_LONE_COLUMNS];
    uint32_t states[WIDTH], column_shift[WIDTH], place_mask[WIDTH];
    int64_t words[WIDTH];
};

struct crew {
    const uint64_t *table;        /* SC_LONE_COLUMNS entries a lane */
    vec base;                     /* of each lane in the table */
    vec column_shift, place_mask; /* of a slot in the highest 12 bits */
    vec states;
    const uint8_t *origin;
    vec low, high; /* where each lane's next word is, from the origin: 64 bits each */
    _Alignas(64) uint8_t symbols[SPAN][WIDTH][SC_LANES]; /* of lane l at place_of(l) */
};

/* The low halves of 16 parts of 64 bits, and the high ones. */
struct halves {
    vec low, high;
};

INLINE struct halves part(vec a, vec b) {
    const vec even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const vec odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return (struct halves){_mm512_permutex2var_epi32(a, even, b),
                           _mm512_permutex2var_epi32(a, odd, b)};
}

/* The next words of each lane, the first on top. */
struct window {
    vec first, second, used; /* used: bytes */
};

INLINE struct window open_window(const struct crew *crew) {
    struct halves words = part(_mm512_i64gather_epi64(crew->low, crew->origin, 1),
                               _mm512_i64gather_epi64(crew->high, crew->origin, 1));
    return (struct window){_mm512_rol_epi32(words.low, 16), _mm512_rol_epi32(words.high, 16),
                           _mm512_setzero_si512()};
}

INLINE void close_window(struct crew *crew, const struct window *w) {
    __m256i low = _mm512_castsi512_si256(w->used), high = _mm512_extracti64x4_epi64(w->used, 1);
    crew->low = _mm512_add_epi64(crew->low, _mm512_cvtepu32_epi64(low));
    crew->high = _mm512_add_epi64(crew->high, _mm512_cvtepu32_epi64(high));
}

INLINE vec renormalise_lanes(vec x, struct window *w) {
    __mmask16 low = _mm512_testn_epi32_mask(x, _mm512_set1_epi32((int)0xffff0000));
    x = _mm512_mask_shldi_epi32(x, low, x, w->first, 16);
    w->first = _mm512_mask_shldi_epi32(w->first, low, w->first, w->second, 16);
    w->second = _mm512_mask_slli_epi32(w->second, low, w->second, 16);
    w->used = _mm512_mask_add_epi32(w->used, low, w->used, _mm512_set1_epi32(2));
    return x;
}

/* Eight entries by loads of their own, which measure faster than a gather. */
INLINE vec load_entries(const uint64_t *table, const uint32_t *at) {
    return _mm512_setr_epi64((int64_t)table[at[0]], (int64_t)table[at[1]], (int64_t)table[at[2]],
                             (int64_t)table[at[3]], (int64_t)table[at[4]], (int64_t)table[at[5]],
                             (int64_t)table[at[6]], (int64_t)table[at[7]]);
}

/* One element of each lane [RNS-012]; its symbol comes into the top of each lane of *symbols. */
INLINE vec step_lanes(const struct crew *crew, vec x, struct window *w, vec *symbols) {
    uint32_t at[WIDTH];
    vec slot = _mm512_slli_epi32(x, 32 - SC_BESIDE_PRECISION);
    vec place = _mm512_and_si512(slot, crew->place_mask);
    vec column = _mm512_srlv_epi32(slot, crew->column_shift);
    _mm512_storeu_si512(at, _mm512_add_epi32(column, crew->base));
    struct halves columns =
        part(load_entries(crew->table, at), load_entries(crew->table, at + HALF));
    __mmask16 aliased = _mm512_cmpgt_epi32_mask(place, columns.low);
    vec entry = _mm512_mask_mov_epi32(columns.low, aliased, columns.high);
    vec rank = _mm512_mask_add_epi32(place, aliased, place, columns.high);
    vec freq = _mm512_and_si512(entry, _mm512_set1_epi32((1 << SC_LONE_SYMBOL) - 1));
    *symbols = _mm512_shrdi_epi32(*symbols, _mm512_srli_epi32(entry, SC_LONE_SYMBOL), 8);
    x = _mm512_mullo_epi32(freq, _mm512_srli_epi32(x, SC_BESIDE_PRECISION));
    x = _mm512_add_epi32(x, _mm512_srli_epi32(rank, SC_LONE_TOP));
    return renormalise_lanes(x, w);
}

INLINE uint32_t place_of(uint32_t lane) {
    return lane % 4 * 4 + lane / 4;
}

/* From four symbols of each lane in each row to all of a lane side by side. */
INLINE void turn_symbols(const vec rows[ROWS], uint8_t symbols[WIDTH][SC_LANES]) {
    const vec first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const vec second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    vec fours[2][4]; /* rows 0 to 3 and 4 to 7; in each, of lanes j, j + 4, j + 8 and j + 12 */
    for (uint32_t i = 0; i < 2; i++) {
        const vec *r = rows + 4 * (size_t)i;
        vec a = _mm512_unpacklo_epi32(r[0], r[1]), b = _mm512_unpacklo_epi32(r[2], r[3]);
        vec c = _mm512_unpackhi_epi32(r[0], r[1]), d = _mm512_unpackhi_epi32(r[2], r[3]);
        fours[i][0] = _mm512_unpacklo_epi64(a, b);
        fours[i][1] = _mm512_unpackhi_epi64(a, b);
        fours[i][2] = _mm512_unpacklo_epi64(c, d);
        fours[i][3] = _mm512_unpackhi_epi64(c, d);
    }
    for (size_t j = 0; j < 4; j++) {
        vec low = fours[0][j], high = fours[1][j];
        _mm512_store_si512(symbols[4 * j], _mm512_permutex2var_epi64(low, first, high));
        _mm512_store_si512(symbols[4 * j + 2], _mm512_permutex2var_epi64(low, second, high));
    }
}

/* A group of the lanes of each vector, to be put as `number`. `vectors` is a constant where this is
 * inlined. */
INLINE void decode_group(struct crew *crews, const uint32_t vectors, uint32_t number) {
    vec x[VECTORS], symbols[VECTORS][ROWS];
    struct window w[VECTORS];
    for (uint32_t v = 0; v < vectors; v++) {
        x[v] = crews[v].states;
    }
    for (uint32_t row = 0; row < ROWS; row++) {
        for (uint32_t v = 0; v < vectors; v++) {
            w[v] = open_window(&crews[v]);
            symbols[v][row] = _mm512_setzero_si512();
        }
        for (uint32_t i = 0; i < STRIDE; i++) {
            for (uint32_t v = 0; v < vectors; v++) {
                x[v] = step_lanes(&crews[v], x[v], &w[v], &symbols[v][row]);
            }
        }
        for (uint32_t v = 0; v < vectors; v++) {
            close_window(&crews[v], &w[v]);
        }
    }
    for (uint32_t v = 0; v < vectors; v++) {
        crews[v].states = x[v];
        turn_symbols(symbols[v], crews[v].symbols[number]);
    }
}

/* The values of a lane's symbols in `groups` groups, joined with their raw bits. */
INLINE void put_lane(const struct crew *crew, uint32_t lane, uint32_t groups,
                     const struct sc_bulk *b, const struct fixed *f) {
    const struct sc_sink sink = *b->sink;
    const vec map[4] = {load(b->map), load(b->map + 32), load(b->map + 64), load(b->map + 96)};
    struct sc_escapes *e = &b->rans->escapes;
    struct sc_segment *s = &b->rans->segments[0];
    for (uint32_t i = 0; i < groups; i++, s->at += SC_LANES) {
        const uint8_t *bytes = crew->symbols[i][place_of(lane)];
        vec symbol = _mm512_cvtepu8_epi16(_mm256_load_si256((const void *)bytes));
        vec low = _mm512_permutex2var_epi16(map[0], symbol, map[1]);
        vec high = _mm512_permutex2var_epi16(map[2], symbol, map[3]);
        __mmask32 is_high = _mm512_test_epi16_mask(symbol, words(64));
        put(&sink, s->at, _mm512_mask_blend_epi16(is_high, low, high), f, true);
        uint32_t escapes = b->escapes ? _mm512_cmpeq_epi16_mask(symbol, words(b->marker)) : 0;
        for (; __builtin_expect(escapes != 0, 0); escapes &= escapes - 1) {
            sc_sink_put(&sink, s->at + (uint32_t)__builtin_ctz(escapes), sc_escapes_next(e));
        }
    }
}

static void open_lanes(const struct sc_bulk *bulks, uint32_t count, struct start *start) {
    uintptr_t origin = (uintptr_t)bulks[0].rans->segments[0].word;
    for (uint32_t i = 0; i < WIDTH; i++) {
        const struct sc_bulk *b = &bulks[i < count ? i : 0];
        const struct sc_segment *s = &b->rans->segments[0];
        uint32_t c = b->rans->tables->column_bits;
        memcpy(start->table + (size_t)i * SC_LONE_COLUMNS, b->flat, sizeof *b->flat << c);
        start->states[i] = s->states[0];
        start->column_shift[i] = 32 - c;
        start->place_mask[i] = ((1u << (SC_BESIDE_PRECISION - c)) - 1) << SC_LONE_TOP;
        start->words[i] = (int64_t)((uintptr_t)s->word - origin);
    }
}

static void open_crew(const struct sc_bulk *bulks, uint32_t count, struct start *start,
                      struct crew *crew) {
    const vec number = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    open_lanes(bulks, count, start);
    crew->table = start->table;
    crew->base = _mm512_mullo_epi32(number, _mm512_set1_epi32(SC_LONE_COLUMNS));
    crew->column_shift = load(start->column_shift);
    crew->place_mask = load(start->place_mask);
    crew->states = load(start->states);
    crew->origin = bulks[0].rans->segments[0].word;
    crew->low = load(start->words);
    crew->high = load(start->words + HALF);
}

static void close_crew(const struct sc_bulk *bulks, uint32_t count, const struct crew *crew) {
    uint32_t states[WIDTH];
    int64_t at[WIDTH];
    _mm512_storeu_si512(states, crew->states);
    _mm512_storeu_si512(at, crew->low);
    _mm512_storeu_si512(at + HALF, crew->high);
    for (uint32_t i = 0; i < count; i++) {
        struct sc_segment *s = &bulks[i].rans->segments[0];
        s->states[0] = states[i];
        s->word = (const uint8_t *)((uintptr_t)crew->origin + (uintptr_t)at[i]);
    }
}

/* Lanes of vector v. */
INLINE uint32_t lanes_of(uint32_t count, uint32_t v) {
    uint32_t left = count - v * WIDTH;
    return left < WIDTH ? left : WIDTH;
}

INLINE void run_lanes(const struct sc_bulk *bulks, uint32_t count, const uint32_t vectors) {
    struct start start[VECTORS];
    struct crew crews[VECTORS];
    struct fixed f;
    fix_raw(bulks[0].sink, &f);
    for (uint32_t v = 0; v < vectors; v++) {
        open_crew(&bulks[(size_t)v * WIDTH], lanes_of(count, v), &start[v], &crews[v]);
    }
    uint64_t left = sc_lone_groups(bulks, count);
    while (left > 0) {
        uint32_t groups = left < SPAN ? (uint32_t)left : SPAN;
        for (uint32_t i = 0; i < groups; i++) {
            decode_group(crews, vectors, i);
        }
        for (uint32_t i = 0; i < count; i++) {
            put_lane(&crews[i / WIDTH], i % WIDTH, groups, &bulks[i], &f);
        }
        left -= groups;
    }
    for (uint32_t v = 0; v < vectors; v++) {
        close_crew(&bulks[(size_t)v * WIDTH], lanes_of(count, v), &crews[v]);
    }
}

void sc_lanes_avx512(const struct sc_bulk *bulks, uint32_t count) {
    if (count <= WIDTH) {
        run_lanes(bulks, count, 1);
    } else {
        run_lanes(bulks, count, VECTORS);
    }
}

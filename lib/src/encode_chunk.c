/* encode_chunk.c - which codings a chunk is tried under [CAN-072]. Depends on encode_chunk.h and
 * the codings. */
#include "encode_chunk.h"

#include "encode_block.h"
#include "encode_float.h"
#include "encode_split.h"
#include "encode_stream.h"
#include "frame.h"

/* The best candidate so far is in w->best, or it is the content as it is. */
struct choice {
    size_t least;
    bool stored;
};

static void consider(struct sc_encode_work *w, struct choice *choice) {
    if (w->trial.size > 0 && w->trial.size < choice->least) {
        choice->least = w->trial.size;
        choice->stored = false;
        sc_out_hand_over(&w->trial, &w->best);
    }
}

enum {
    SEEN_BITS = 14, /* of the hash, behind six that are zero */
    HASH_SHIFT = 64 - 6 - SEEN_BITS,
    STRIP = 4096 /* words that are looked at in one go */
};

/* Where a word is remembered; the last of those that have the place. */
static uint64_t *place_of(uint64_t *seen, uint64_t word) {
    return &seen[word * SC_MARK_FACTOR >> HASH_SHIFT];
}

/* Do words of 8 bytes recur? Looks at those whose hash starts with six zero bits. */
static bool repeats_itself(struct sc_encode_work *w, const uint8_t *content, size_t size) {
    uint64_t *seen = sc_encode_scratch(w, &w->counts, sizeof *seen << SEEN_BITS);
    uint64_t sampled = 0, again = 0;
    const bool small =
        size / 8 <= STRIP; /* so few places are used that they are cleared one by one */
    if (seen == NULL) {
        return false;
    }
    if (!small) {
        memset(seen, 0, sizeof *seen << SEEN_BITS);
    }
    uint16_t places[STRIP];
    for (size_t done = 0; done < size / 8; done += STRIP) {
        const uint8_t *strip = content + 8 * done;
        uint32_t words = size / 8 - done < STRIP ? (uint32_t)(size / 8 - done) : STRIP;
        uint32_t n = w->loops->find_marked(strip, words, places);
        sampled += n;
        for (uint32_t i = 0; small && i < n; i++) {
            *place_of(seen, sc_load_u64(strip + 8 * (size_t)places[i])) = 0;
        }
        for (uint32_t i = 0; i < n; i++) {
            uint64_t word = sc_load_u64(strip + 8 * (size_t)places[i]);
            uint64_t *place = place_of(seen, word);
            again += *place == word;
            *place = word;
        }
    }
    return again * 16 > sampled;
}

/* The layout that has an element's bytes in planes, of one stream each or of one for all; NULL. */
static const struct scape_reg_layout *planes_of(uint32_t size) {
    uint32_t id = size == 2   ? SCAPE_REG_LAYOUT_PLANES2
                  : size == 4 ? SCAPE_REG_LAYOUT_PLANES4
                              : SCAPE_REG_LAYOUT_PLANES8;
    return size == 2 || size == 4 || size == 8 ? sc_layout_find(id) : NULL;
}

static const struct scape_reg_layout *grouped_of(uint32_t size) {
    uint32_t id = size == 2   ? SCAPE_REG_LAYOUT_GROUPED2
                  : size == 4 ? SCAPE_REG_LAYOUT_GROUPED4
                              : SCAPE_REG_LAYOUT_GROUPED8;
    return size == 2 || size == 4 || size == 8 ? sc_layout_find(id) : NULL;
}

static struct sc_array bytes_of(const uint8_t *content, size_t size) {
    return (struct sc_array){(uint8_t *)(uintptr_t)content, size, 8, 1}; /* only read */
}

static void encode_general(struct sc_encode_work *w, const struct sc_piece *piece, uint32_t size,
                           int zstd_level, struct choice *choice) {
    const struct sc_simple simple = {12, 256, zstd_level};
    const struct scape_reg_layout *planes = planes_of(size), *grouped = grouped_of(size);
    struct sc_array fields[SC_FIELDS_MAX];
    fields[0] = bytes_of(piece->content, piece->size);
    sc_start_payload(w, sc_layout_find(SCAPE_REG_LAYOUT_BYTES), piece->content, piece->size);
    sc_encode_smallest(w, &w->trial, &fields[0], simple);
    consider(w, choice);
    if (planes == NULL || piece->size < size) {
        return;
    }
    uint64_t blocks = piece->size / size;
    sc_start_payload(w, planes, piece->content, piece->size);
    if (!sc_layout_split(w, &w->fields, planes, piece->content, blocks, fields)) {
        return;
    }
    for (uint32_t f = 0; f < planes->field_count; f++) {
        sc_encode_smallest(w, &w->trial, &fields[f], simple);
    }
    consider(w, choice);
    sc_start_payload(w, grouped, piece->content, piece->size);
    if (sc_layout_split(w, &w->fields, grouped, piece->content, blocks, fields) &&
        sc_encode_zstd(w, &w->trial, fields[0].data, (size_t)fields[0].count, zstd_level,
                       SIZE_MAX)) {
        consider(w, choice);
    }
}

/* Would zstd do better than the best so far even at a quick level? */
static bool zstd_is_better(struct sc_encode_work *w, const struct sc_piece *piece, uint32_t size,
                           const struct choice *choice) {
    enum {
        QUICK_LEVEL = 3
    };
    size_t least = sc_zstd_size(w, piece->content, piece->size, QUICK_LEVEL);
    const struct scape_reg_layout *grouped = grouped_of(size);
    struct sc_array fields[SC_FIELDS_MAX];
    if (grouped != NULL &&
        sc_layout_split(w, &w->fields, grouped, piece->content, piece->size / size, fields)) {
        size_t other = sc_zstd_size(w, fields[0].data, (size_t)fields[0].count, QUICK_LEVEL);
        least = other < least ? other : least;
    }
    return least < choice->least - SC_BLOCK_HEADER_SIZE;
}

/* The float codings, of which the first was begun; whether the general ones are to be tried as
 * well. */
static bool encode_floats(struct sc_encode_work *w, const struct sc_piece *piece, uint32_t level,
                          uint32_t size, struct choice *choice) {
    if (piece->size < size) {
        return false;
    }
    const struct sc_float_coding *coding;
    for (size_t i = 0; (coding = sc_float_coding(level, piece->dtype, i)) != NULL; i++) {
        if (i > 0) {
            sc_float_begin(w, piece->content, piece->size, piece->columns, coding);
            sc_rans_encode_words(w, 1);
        }
        sc_float_end(w, piece->content, piece->size, coding);
        consider(w, choice);
    }
    sc_encode_sparse(w, piece->content, piece->size, piece->dtype);
    consider(w, choice);
    if (repeats_itself(w, piece->content, piece->size)) {
        return true;
    }
    return level == SCAPE_MAX &&
           (piece->size <= 1u << 16 || zstd_is_better(w, piece, size, choice));
}

static void put_stored(struct sc_encode_work *w, const struct sc_piece *piece) {
    struct sc_array bytes = bytes_of(piece->content, piece->size);
    sc_start_payload(w, sc_layout_find(SCAPE_REG_LAYOUT_BYTES), piece->content, piece->size);
    sc_encode_packed(w, &w->trial, &bytes);
    sc_out_hand_over(&w->trial, &w->best);
}

/* Bytes of an element or block, 1 where the dtype is not known. */
static uint32_t element_size(uint32_t dtype) {
    for (size_t i = 0; i < scape_reg_dtype_count; i++) {
        if (scape_reg_dtypes[i].id == dtype) {
            return scape_reg_dtypes[i].block_bytes;
        }
    }
    return 1;
}

void sc_chunk_begin(struct sc_encode_work *w, const struct sc_piece *piece, uint32_t level) {
    const struct sc_float_coding *coding = sc_float_coding(level, piece->dtype, 0);
    w->best.size = w->trial.size = 0;
    sc_out_room(&w->best, SC_BLOCK_OVERHEAD + 3 + piece->size); /* at once, not bit by bit */
    sc_out_room(&w->trial, SC_BLOCK_OVERHEAD + 3 + piece->size);
    if (coding != NULL && piece->size >= element_size(piece->dtype)) {
        sc_float_begin(w, piece->content, piece->size, piece->columns, coding);
    }
}

enum scape_error sc_chunk_end(struct sc_encode_work *w, const struct sc_piece *piece,
                              uint32_t level) {
    uint32_t size = element_size(piece->dtype);
    int zstd_level = level == SCAPE_FAST ? 3 : level == SCAPE_MAX ? 19 : 9;
    struct choice choice = {SC_BLOCK_HEADER_SIZE + 3 + piece->size, true};
    bool general = true;
    if (sc_float_coding(level, piece->dtype, 0) != NULL) {
        general = encode_floats(w, piece, level, size, &choice);
    } else if (piece->dtype >= SC_BLOCK_DTYPES) {
        bool modelled = sc_encode_blocks(w, piece->content, piece->size, piece->dtype);
        consider(w, &choice);
        size = 1;
        general = !modelled || repeats_itself(w, piece->content, piece->size) ||
                  (level == SCAPE_MAX && zstd_is_better(w, piece, size, &choice));
    }
    if (general && !sc_encode_failed(w)) {
        encode_general(w, piece, size, zstd_level, &choice);
    }
    if (choice.stored && !sc_encode_failed(w)) {
        put_stored(w, piece);
    }
    return sc_encode_failed(w) ? w->error : SCAPE_OK;
}

bool sc_chunk_waits(const struct sc_piece *piece, uint32_t level) {
    const struct sc_float_coding *coding = sc_float_coding(level, piece->dtype, 0);
    return level != SCAPE_MAX && coding != NULL &&
           sc_lanes_code(piece->size / element_size(piece->dtype)) <= 1;
}

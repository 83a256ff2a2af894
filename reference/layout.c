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

/* ---- Where the bits of a field are ---- */

/* A piece of one element of a block [LAY-011]. */
struct place {
    uint64_t bit; /* in the block */
    uint32_t width;
    uint32_t shift;   /* of the piece in the element: the first one is at the least end */
    uint32_t element; /* among those of the block */
};

/* Walks all pieces of all elements of all runs of a field; zeros but for the field to begin. */
struct places {
    const struct scape_ref_field *field;
    uint32_t run, piece, shift, element;
    uint32_t index[SCAPE_REF_LAYOUT_RANK_MAX];
};

static uint64_t piece_bit(const struct scape_ref_run *run, const struct scape_ref_piece *piece,
                          const uint32_t *index) {
    uint64_t bit = piece->bit;
    for (uint32_t d = 0; d < run->rank; d++) {
        bit += (uint64_t)index[d] * piece->strides[d];
    }
    return bit;
}

/* The next element of a run, the last dimension fastest; false behind the last. */
static bool index_next(const struct scape_ref_run *run, uint32_t *index) {
    for (uint32_t d = run->rank; d-- > 0;) {
        if (++index[d] < run->dims[d]) {
            return true;
        }
        index[d] = 0;
    }
    return false;
}

static bool places_next(struct places *w, struct place *out) {
    if (w->run == w->field->run_count) {
        return false;
    }
    const struct scape_ref_run *run = &w->field->runs[w->run];
    const struct scape_ref_piece *piece = &run->pieces[w->piece];
    *out = (struct place){piece_bit(run, piece, w->index), piece->width, w->shift, w->element};
    w->shift += piece->width;
    if (++w->piece == run->piece_count) {
        w->piece = 0;
        w->shift = 0;
        w->element++;
        if (!index_next(run, w->index)) {
            w->run++;
        }
    }
    return true;
}

/* ---- Splitting and joining [LAY-012] [LAY-013] ---- */

/* Blocks are done a few at once: few enough to stay in the cache, enough to make up for the walk.
 */
enum {
    TILE = 64
};

static uint64_t tile_end(uint64_t first, uint64_t block_count) {
    return block_count - first < TILE ? block_count : first + TILE;
}

/* A field of all blocks. Element number e of block b is number b * of_block + e * of_element of the
 * stream: block after block, or in a planar layout element after element [LAY-014]. */
struct order {
    const struct scape_ref_field *field;
    uint32_t block_bytes;
    uint64_t of_block, of_element;
};

static struct order order_of(const struct scape_ref_layout *layout, uint32_t f,
                             uint64_t block_count) {
    const struct scape_ref_field *field = &layout->fields[f];
    return (struct order){field, layout->block_bytes, layout->planar ? 1 : field->count,
                          layout->planar ? block_count : 1};
}

/* Blocks [first, end) of a field. */
static void split_field(const struct order *o, const uint8_t *content, uint64_t first, uint64_t end,
                        struct scape_ref_array *elements) {
    struct places w = {.field = o->field};
    struct place p;
    while (places_next(&w, &p)) {
        for (uint64_t b = first; b < end; b++) {
            uint64_t i = b * o->of_block + p.element * o->of_element;
            uint64_t part = scape_ref_bits_get(content + b * o->block_bytes, p.bit, p.width);
            uint64_t below = p.shift == 0 ? 0 : scape_ref_array_get(elements, i);
            scape_ref_array_set(elements, i, below | part << p.shift);
        }
    }
}

static void join_field(const struct order *o, const struct scape_ref_array *elements,
                       uint64_t first, uint64_t end, uint8_t *content) {
    struct places w = {.field = o->field};
    struct place p;
    while (places_next(&w, &p)) {
        for (uint64_t b = first; b < end; b++) {
            uint64_t i = b * o->of_block + p.element * o->of_element;
            uint64_t value = scape_ref_array_get(elements, i);
            scape_ref_bits_put(content + b * o->block_bytes, p.bit, p.width, value >> p.shift);
        }
    }
}

void scape_ref_layout_split(const struct scape_ref_layout *layout, const uint8_t *content,
                            uint64_t block_count, struct scape_ref_array *fields) {
    for (uint64_t b = 0; b < block_count; b += TILE) {
        for (uint32_t f = 0; f < layout->field_count; f++) {
            const struct order o = order_of(layout, f, block_count);
            assert(fields[f].count == block_count * o.field->count);
            split_field(&o, content, b, tile_end(b, block_count), &fields[f]);
        }
    }
}

void scape_ref_layout_join(const struct scape_ref_layout *layout,
                           const struct scape_ref_array *fields, uint64_t block_count,
                           uint8_t *content) {
    memset(content, 0, (size_t)(block_count * layout->block_bytes));
    for (uint64_t b = 0; b < block_count; b += TILE) {
        for (uint32_t f = 0; f < layout->field_count; f++) {
            const struct order o = order_of(layout, f, block_count);
            assert(fields[f].count == block_count * o.field->count);
            join_field(&o, &fields[f], b, tile_end(b, block_count), content);
        }
    }
}

/* encode_loops.h - the encoder's plain loops over content, compiled for each instruction set. Pure.
 * Depends on work.h. */
#ifndef SC_ENCODE_LOOPS_H
#define SC_ENCODE_LOOPS_H

#include "encode_kernel.h"

enum {
    SC_PACK_ELEMENTS = 8, /* elements are packed in multiples of this */
    SC_PACK_SLACK = 64    /* bytes behind the packed ones that may be overwritten */
};

/* Where a piece of some elements stands in every block, and where the elements go. */
struct sc_split_piece {
    const uint8_t *from; /* in the first block */
    uint8_t *to;
    uint32_t from_step, to_step; /* from a block to the next */
    uint32_t count;              /* of elements, a multiple of 8 */
    uint32_t shift, width, low;  /* where in its byte, where in its element */
    bool join;                   /* to what another piece has put there */
};

/* One element of each sub-block: the first with the greatest key [CAN-086]. */
struct sc_lift_rule {
    enum {
        SC_LIFT_MIN,
        SC_LIFT_MAX,
        SC_LIFT_ABS,
        SC_LIFT_SIGNED
    } kind;
    int32_t center;
};

struct sc_encode_loops {
    /* NULL: none, also of the next two */
    sc_encode_parts *parts;
    sc_encode_parts *by_stretches;
    sc_count_few *count_few;
    /* The words of `content` rotated left by one, so that the sign is lowest: what stands above
     * raw_bits, of 1 or 2 bytes an element. */
    void (*split_values)(const uint8_t *content, uint64_t count, uint32_t raw_bits,
                         const struct sc_array *values);
    /* The raw bits, as many as raw->width, of raw->count of those words, `step` words apart. */
    void (*split_raw)(const uint8_t *content, uint64_t step, const struct sc_array *raw);
    /* The raw bits packed: raw_bits <= 11, count a multiple of SC_PACK_ELEMENTS. */
    void (*pack_raw)(const uint8_t *content, uint64_t count, uint32_t raw_bits, uint8_t *out);
    /* Elements of one byte and at most 8 bits packed; count a multiple of SC_PACK_ELEMENTS. */
    void (*pack_bytes)(const uint8_t *values, uint64_t count, uint32_t width, uint8_t *out);
    /* One piece in a byte of each element; one bit of each element, eight to a byte. */
    void (*split_bytes)(const struct sc_split_piece *piece, uint64_t blocks);
    void (*split_bits)(const struct sc_split_piece *piece, uint64_t blocks);
    /* Takes an element out of each of the `blocks` sub-blocks of 2^log2 <= 256 elements, whose
     * place the one at `last` takes. Elements have one byte. */
    void (*lift)(const struct sc_lift_rule *rule, uint8_t *values, uint64_t blocks, uint32_t log2,
                 uint32_t last, uint8_t *positions, uint8_t *lifted);
    /* How many of the words are 0, their highest bits aside. */
    uint64_t (*count_zeros)(const uint8_t *content, uint64_t words);
    /* How many elements of 1 or 2 bytes are at most `most`. */
    uint64_t (*count_upto)(const struct sc_array *values, uint32_t most);
    /* Adds max(v, least) of n values of a row, n <= 2^15, to the columns; the sum of all. */
    uint32_t (*add_words)(const uint16_t *row, uint32_t n, uint32_t least, uint32_t *columns);
    uint32_t (*add_bytes)(const uint8_t *row, uint32_t n, uint32_t least, uint32_t *columns);
    /* The least and the greatest value, of elements of 1 or 2 bytes; at least one element. */
    void (*find_range)(const struct sc_array *values, uint32_t *least, uint32_t *most);
    /* Places of the words of 8 bytes whose hash starts with six zero bits, in order; room for as
     * many as there are words, rounded up to a multiple of 8. */
    uint32_t (*find_marked)(const uint8_t *content, uint32_t words, uint16_t *places);
    /* The slot of each rank of each symbol of a table, in the order of the symbols, from
     * slots[starts[symbol]] on [CAN-022]. */
    void (*invert_slots)(const struct sc_tables *t, uint32_t table, const uint32_t *starts,
                         uint16_t *slots);
};

/* The loop `lift` for any machine. */
void sc_lift_plainly(const struct sc_lift_rule *rule, uint8_t *values, uint64_t blocks,
                     uint32_t log2, uint32_t last, uint8_t *positions, uint8_t *lifted);

#define SC_MARK_FACTOR UINT64_C(0x9E3779B97F4A7C15)

extern const struct sc_encode_loops sc_encode_loops_portable;
#if defined(SCAPE_KERNELS_X86)
extern const struct sc_encode_loops sc_encode_loops_avx2, sc_encode_loops_avx512;
#endif

#endif

/* encode_frame.c - header, blocks, index and trailer of a frame [CAN-010] [CAN-011]. Depends on
 * encoder.h. */
#include "encoder.h"

#include "checksum.h"

static const uint8_t frame_magic[SC_MAGIC_SIZE] = {0xD3, 'S', 'C', 'A', 'P', 'E', 0x0D, 0x0A};

static void store_uint(uint8_t *p, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) {
        p[i] = (uint8_t)(value >> 8 * i);
    }
}

void sc_block_seal(struct sc_out *block, uint32_t kind, uint32_t content_length) {
    uint8_t *checksum = sc_out_room(block, SC_CHECKSUM_SIZE);
    if (checksum != NULL) {
        uint8_t *head = block->buffer.data;
        store_uint(head, kind, 4);
        store_uint(head + 4, block->size - SC_BLOCK_HEADER_SIZE, 4);
        store_uint(head + 8, content_length, 4);
        store_uint(checksum, sc_checksum(head, block->size), SC_CHECKSUM_SIZE);
        sc_out_advance(block, SC_CHECKSUM_SIZE);
    }
}

void sc_block_put(struct sc_out *out, uint32_t kind, const void *payload, size_t size) {
    size_t start = out->size;
    sc_out_uint(out, kind, 4);
    sc_out_uint(out, size, 4);
    sc_out_uint(out, 0, 4);
    sc_out_bytes(out, payload, size);
    if (out->error == SCAPE_OK) {
        sc_out_uint(out, sc_checksum(out->buffer.data + start, out->size - start), 8);
    }
}

static void put_checksum(struct sc_out *out, size_t start) {
    if (out->error == SCAPE_OK) {
        sc_out_uint(out, sc_checksum(out->buffer.data + start, out->size - start), 8);
    }
}

void sc_encoder_put_header(struct sc_encoder *e) {
    const struct scape_encode_options *o = &e->options;
    struct sc_out *out = &e->frame;
    uint32_t flags = (o->profile == NULL ? 0u
                      : o->embed_profile ? (uint32_t)SC_FLAG_PROFILE_EMBEDDED
                                         : (uint32_t)SC_FLAG_PROFILE_NAMED) |
                     (o->content_sha256 ? (uint32_t)SC_FLAG_CONTENT_SHA256 : 0u) |
                     (o->repeats ? (uint32_t)SC_FLAG_HAS_REPEATS : 0u);
    out->size = 0;
    sc_out_bytes(out, frame_magic, sizeof frame_magic);
    sc_out_uint(out, SCAPE_REG_VERSION, 1);
    sc_out_uint(out, flags, 1);
    sc_out_uint(out, o->chunk_log2, 1);
    sc_out_uint(out, 0, 5);
    sc_out_uint(out, o->content_size_given ? o->content_size : UINT64_MAX, 8);
    if ((flags & SC_FLAG_PROFILE_NAMED) != 0) {
        struct sc_sha256 sha;
        uint8_t name[SC_DIGEST_SIZE];
        sc_sha256_start(&sha);
        sc_sha256_add(&sha, o->profile->data, o->profile->size);
        sc_sha256_end(&sha, name);
        sc_out_bytes(out, name, sizeof name);
    }
    put_checksum(out, 0);
    if ((flags & SC_FLAG_PROFILE_EMBEDDED) != 0) {
        sc_block_put(out, SCAPE_REG_BLOCK_PROFILE, o->profile->data, o->profile->size);
    }
}

/* The INDEX block and the trailer. */
void sc_encoder_put_index(struct sc_encoder *e) {
    struct sc_out *out = &e->frame;
    const struct sc_listed *list = sc_encoder_list(e);
    out->size = 0;
    sc_out_uint(out, 0, 8); /* where the block's header will stand */
    sc_out_uint(out, 0, 4);
    sc_out_varint(out, e->listed);
    for (size_t i = 0; i < e->listed; i++) {
        sc_out_varint(out, 0);
        sc_out_varint(out, 2 * (uint64_t)list[i].payload_length + list[i].repeat);
        sc_out_varint(out, list[i].content_length);
    }
    sc_plan_put(out, &e->plan, e->taken);
    if (out->size > (size_t)1 << SCAPE_REG_INDEX_LOG2_MAX) {
        out->error = SCAPE_ERROR_LIMIT; /* too many chunks or names for one frame */
    }
    sc_block_seal(out, SCAPE_REG_BLOCK_INDEX, 0);
    uint8_t digest[SC_DIGEST_SIZE] = {0};
    if (e->options.content_sha256) {
        sc_sha256_end(&e->sha, digest);
    }
    size_t start = out->size;
    sc_out_uint(out, start, 8);
    sc_out_uint(out, e->taken, 8);
    sc_out_bytes(out, digest, sizeof digest);
    sc_out_uint(out, e->written + start + SC_TRAILER_SIZE, 8);
    put_checksum(out, start);
    sc_out_bytes(out, sc_end_magic, SC_MAGIC_SIZE);
}

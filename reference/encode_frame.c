/* encode_frame.c - the frame writer: header, chunk and repeat blocks, index, trailer [FRM BLK IDX].
 * Chunks come from encode_chunk.h. Content is read once, a chunk at a time (and read back only to
 * prove a repeat equal), so memory grows with the number of chunks and not with their bytes. */
#include "checksum.h"
#include "cursor.h"
#include "encode_chunk.h"
#include "frame.h"
#include "index.h"

#include <stdio.h>
#include <string.h>

enum {
    REPEAT_CONTENT_MIN = 4096 /* [CAN] shorter chunks are never made repeats */
};

/* A block already written, for the index and for finding repeats. */
struct written_block {
    uint64_t offset; /* from the frame's first byte */
    uint64_t content_offset;
    uint64_t content_checksum;
    struct scape_ref_index_block listed;
};

struct frame_writer {
    const struct scape_ref_input *input;
    const struct scape_ref_output *output;
    const struct scape_ref_encode_options *options;
    struct scape_ref_memory memory;
    struct scape_ref_chunk_encoder *chunks;
    struct scape_ref_sha256 sha;
    uint64_t bytes_in, bytes_out;
    size_t chunk_limit;
    struct scape_ref_buffer content;  /* one chunk of input */
    struct scape_ref_buffer compared; /* the earlier chunk a repeat is compared with */
    struct scape_ref_buffer blocks;   /* struct written_block[] */
    size_t block_count;
    struct scape_ref_buffer slots;   /* uint32_t[]: number of a block plus one, by checksum */
    size_t slot_count;               /* a power of two */
    struct scape_ref_buffer regions; /* index bytes of the regions so far */
    size_t regions_size;
    uint64_t region_count;
    struct scape_ref_plan_region previous; /* whose name the next index entry may share */
};

static enum scape_ref_error put(struct frame_writer *w, const void *data, size_t n) {
    if (n != 0 && w->output->write(w->output->ctx, data, n) != 0) {
        return SCAPE_REF_IO;
    }
    w->bytes_out += n;
    return SCAPE_REF_OK;
}

/* [BLK] header, payload, checksum */
static enum scape_ref_error put_block(struct frame_writer *w, uint8_t type, const uint8_t *payload,
                                      size_t payload_size, uint32_t content_length) {
    const struct scape_ref_block_header header = {
        .type = type, .payload_length = (uint32_t)payload_size, .content_length = content_length};
    uint8_t head[SCAPE_REF_BLOCK_HEADER_SIZE];
    uint8_t tail[SCAPE_REF_CHECKSUM_SIZE];
    struct scape_ref_checksum sum;
    scape_ref_block_header_write(&header, head);
    scape_ref_checksum_init(&sum);
    scape_ref_checksum_update(&sum, head, sizeof head);
    scape_ref_checksum_update(&sum, payload, payload_size);
    scape_ref_store_u64le(tail, scape_ref_checksum_value(&sum));
    enum scape_ref_error err = put(w, head, sizeof head);
    if (err == SCAPE_REF_OK) {
        err = put(w, payload, payload_size);
    }
    return err == SCAPE_REF_OK ? put(w, tail, sizeof tail) : err;
}

/* [FRM] */
static enum scape_ref_error put_header(struct frame_writer *w, unsigned chunk_log2) {
    const struct scape_ref_encode_options *o = w->options;
    struct scape_ref_frame_header header = {.chunk_limit_log2 = (uint8_t)chunk_log2,
                                            .content_size = o->content_size};
    uint8_t head[SCAPE_REF_HEADER_NAMED_SIZE];
    unsigned flags = 0;
    enum scape_ref_error err = SCAPE_REF_OK;
    flags |= o->content_sha256 ? (unsigned)SCAPE_REF_FLAG_CONTENT_SHA256 : 0u;
    flags |= o->repeats ? (unsigned)SCAPE_REF_FLAG_HAS_REPEATS : 0u;
    if (o->profile != NULL && o->embed_profile) {
        flags |= SCAPE_REF_FLAG_PROFILE_EMBEDDED;
    } else if (o->profile != NULL) {
        flags |= SCAPE_REF_FLAG_PROFILE_NAMED;
        err = scape_ref_sha256_of(o->profile->data, o->profile->size, header.profile_sha256);
    }
    header.flags = (uint8_t)flags;
    if (err == SCAPE_REF_OK) {
        err = put(w, head, scape_ref_frame_header_write(&header, head));
    }
    if (err == SCAPE_REF_OK && (flags & SCAPE_REF_FLAG_PROFILE_EMBEDDED) != 0) {
        err = put_block(w, SCAPE_REF_BLOCK_PROFILE, o->profile->data, o->profile->size, 0);
    }
    return err;
}

/* Reads until n bytes are there or the input ends. */
static enum scape_ref_error read_full(struct frame_writer *w, uint8_t *to, size_t n, size_t *got) {
    *got = 0;
    while (*got < n) {
        int64_t r = w->input->read(w->input->ctx, to + *got, n - *got);
        if (r < 0 || (uint64_t)r > n - *got) {
            return SCAPE_REF_IO;
        }
        if (r == 0) {
            break;
        }
        *got += (size_t)r;
    }
    return SCAPE_REF_OK;
}

/* Does the input hold n bytes at offset that equal data? */
static enum scape_ref_error input_equals(struct frame_writer *w, uint64_t offset,
                                         const uint8_t *data, size_t n, bool *equal) {
    enum scape_ref_error err =
        scape_ref_buffer_reserve(&w->memory, &w->compared, w->chunk_limit, 0);
    *equal = false;
    if (err != SCAPE_REF_OK) {
        return err;
    }
    for (size_t got = 0; got < n;) {
        uint8_t *to = (uint8_t *)w->compared.data + got;
        int64_t r = w->input->read_at(w->input->ctx, offset + got, to, n - got);
        if (r <= 0 || (uint64_t)r > n - got) {
            return SCAPE_REF_IO;
        }
        got += (size_t)r;
    }
    *equal = memcmp(w->compared.data, data, n) == 0;
    return SCAPE_REF_OK;
}

/* Slots of an open hash table over the blocks; twice as many as blocks at least. */
static enum scape_ref_error grow_table(struct frame_writer *w) {
    const struct written_block *blocks = w->blocks.data;
    if (w->slot_count > 2 * (w->block_count + 1)) {
        return SCAPE_REF_OK;
    }
    size_t count = w->slot_count == 0 ? 1024 : 2 * w->slot_count;
    enum scape_ref_error err =
        scape_ref_buffer_reserve(&w->memory, &w->slots, (uint64_t)count * sizeof(uint32_t), 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint32_t *slots = w->slots.data;
    w->slot_count = count;
    memset(slots, 0, count * sizeof *slots);
    for (size_t i = 0; i < w->block_count; i++) {
        if (blocks[i].listed.is_repeat || blocks[i].listed.content_length < REPEAT_CONTENT_MIN) {
            continue;
        }
        size_t slot = (size_t)blocks[i].content_checksum & (count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (count - 1);
        }
        slots[slot] = (uint32_t)i + 1;
    }
    return SCAPE_REF_OK;
}

/* The first earlier chunk with this content, or NULL [CAN]; and a place in the table for this one.
 * A checksum only proposes; bytes decide. */
static enum scape_ref_error find_repeat(struct frame_writer *w, const uint8_t *content, size_t n,
                                        uint64_t checksum, const struct written_block **found) {
    const struct written_block *blocks = w->blocks.data;
    enum scape_ref_error err = grow_table(w);
    *found = NULL;
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint32_t *slots = w->slots.data;
    size_t slot = (size_t)checksum & (w->slot_count - 1);
    for (; slots[slot] != 0; slot = (slot + 1) & (w->slot_count - 1)) {
        const struct written_block *b = &blocks[slots[slot] - 1];
        if (b->listed.content_length == n && b->content_checksum == checksum) {
            bool equal = false;
            err = input_equals(w, b->content_offset, content, n, &equal);
            if (err != SCAPE_REF_OK || equal) {
                *found = equal ? b : NULL;
                return err;
            }
        }
    }
    slots[slot] = (uint32_t)w->block_count + 1;
    return SCAPE_REF_OK;
}

static enum scape_ref_error put_content(struct frame_writer *w,
                                        const struct scape_ref_plan_region *region, size_t n) {
    const uint8_t *content = w->content.data;
    struct written_block block = {.offset = w->bytes_out,
                                  .content_offset = w->bytes_in,
                                  .listed.content_length = (uint32_t)n};
    const struct written_block *same = NULL;
    enum scape_ref_error err = SCAPE_REF_OK;
    if (w->options->repeats && n >= REPEAT_CONTENT_MIN) {
        block.content_checksum = scape_ref_checksum_of(content, n);
        err = find_repeat(w, content, n, block.content_checksum, &same);
    }
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint8_t target[8];
    const uint8_t *payload = target;
    size_t payload_size = sizeof target;
    if (same != NULL) {
        block.listed.is_repeat = true;
        scape_ref_store_u64le(target, same->offset);
    } else {
        err = scape_ref_chunk_encode(w->chunks, region, content, n, &payload, &payload_size);
    }
    if (err == SCAPE_REF_OK && w->options->content_sha256) {
        err = scape_ref_sha256_update(&w->sha, content, n);
    }
    if (err == SCAPE_REF_OK) {
        uint8_t type = block.listed.is_repeat ? SCAPE_REF_BLOCK_REPEAT : SCAPE_REF_BLOCK_CHUNK;
        err = put_block(w, type, payload, payload_size, (uint32_t)n);
    }
    if (err == SCAPE_REF_OK) {
        err = scape_ref_buffer_grow(&w->memory, &w->blocks,
                                    (uint64_t)(w->block_count + 1) * sizeof block,
                                    w->block_count * sizeof block);
    }
    if (err != SCAPE_REF_OK) {
        return err;
    }
    block.listed.payload_length = (uint32_t)payload_size;
    ((struct written_block *)w->blocks.data)[w->block_count++] = block;
    w->bytes_in += n;
    if (w->options->progress != NULL &&
        w->options->progress(w->options->progress_ctx, w->bytes_in, w->bytes_out) != 0) {
        return SCAPE_REF_IO;
    }
    return SCAPE_REF_OK;
}

/* [IDX] one region's entry */
static enum scape_ref_error index_region(struct frame_writer *w,
                                         const struct scape_ref_plan_region *r) {
    struct scape_ref_region region = {.length = r->length,
                                      .dtype = r->dtype,
                                      .rank = r->rank,
                                      .name = (const uint8_t *)r->name,
                                      .name_length = r->name_len};
    memcpy(region.dims, r->dims, sizeof region.dims);
    size_t room = SCAPE_REF_INDEX_REGION_MAX - SCAPE_REF_NAME_MAX + r->name_len;
    enum scape_ref_error err = scape_ref_buffer_grow(
        &w->memory, &w->regions, (uint64_t)w->regions_size + room, w->regions_size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    w->regions_size += scape_ref_index_region_write(&region, (const uint8_t *)w->previous.name,
                                                    w->previous.name_len,
                                                    (uint8_t *)w->regions.data + w->regions_size);
    w->region_count++;
    w->previous = *r;
    return SCAPE_REF_OK;
}

/* Encodes a region until its length or the input's end, and indexes what there was of it. */
static enum scape_ref_error put_region(struct frame_writer *w,
                                       const struct scape_ref_plan_region *planned, bool *ended) {
    struct scape_ref_plan_region r = *planned;
    size_t span = scape_ref_chunk_span(&r, w->chunk_limit);
    uint64_t left = r.length;
    while (left > 0 && !*ended) {
        size_t want = left < span ? (size_t)left : span;
        size_t got = 0;
        enum scape_ref_error err = read_full(w, w->content.data, want, &got);
        if (err == SCAPE_REF_OK && got > 0) {
            err = put_content(w, &r, got);
        }
        if (err != SCAPE_REF_OK) {
            return err;
        }
        left -= got;
        *ended = got < want;
    }
    if (left > 0) { /* the input ended early or, for the open region, at last */
        r.length -= left;
        r.dtype = 0;
        r.rank = 0;
    }
    return r.length > 0 || planned->length == 0 ? index_region(w, &r) : SCAPE_REF_OK;
}

static enum scape_ref_error put_index(struct frame_writer *w, uint64_t *index_size) {
    const struct written_block *blocks = w->blocks.data;
    struct scape_ref_buffer index = {0};
    uint64_t start = w->bytes_out;
    uint64_t room = ((uint64_t)w->block_count * 3 + 2) * SCAPE_REF_VARINT_MAX + w->regions_size;
    enum scape_ref_error err = scape_ref_buffer_reserve(&w->memory, &index, room, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint8_t *at = index.data;
    at += scape_ref_store_varint(at, w->block_count);
    for (size_t i = 0; i < w->block_count; i++) {
        at += scape_ref_index_block_write(&blocks[i].listed, at); /* nothing between blocks */
    }
    at += scape_ref_store_varint(at, w->region_count);
    if (w->regions_size > 0) {
        memcpy(at, w->regions.data, w->regions_size);
        at += w->regions_size;
    }
    size_t size = (size_t)(at - (uint8_t *)index.data);
    err = size <= (uint64_t)1 << SCAPE_REF_INDEX_LOG2_MAX ? SCAPE_REF_OK : SCAPE_REF_LIMIT;
    if (err == SCAPE_REF_OK) {
        err = put_block(w, SCAPE_REF_BLOCK_INDEX, index.data, size, 0);
    }
    scape_ref_buffer_release(&w->memory, &index);
    *index_size = w->bytes_out - start;
    return err;
}

static enum scape_ref_error put_trailer(struct frame_writer *w, uint64_t index_size) {
    struct scape_ref_trailer trailer = {.index_size = index_size,
                                        .content_size = w->bytes_in,
                                        .frame_size = w->bytes_out + SCAPE_REF_TRAILER_SIZE};
    uint8_t bytes[SCAPE_REF_TRAILER_SIZE];
    if (w->options->content_sha256) {
        enum scape_ref_error err = scape_ref_sha256_finish(&w->sha, trailer.sha256);
        if (err != SCAPE_REF_OK) {
            return err;
        }
    }
    scape_ref_trailer_write(&trailer, bytes);
    return put(w, bytes, sizeof bytes);
}

static enum scape_ref_error put_frame(struct frame_writer *w, unsigned chunk_log2) {
    const struct scape_ref_encode_options *o = w->options;
    const struct scape_ref_plan_region rest = {.length = UINT64_MAX, .name = ""};
    uint64_t index_size = 0;
    bool ended = false;
    enum scape_ref_error err = put_header(w, chunk_log2);
    for (size_t i = 0; i < o->region_count && err == SCAPE_REF_OK; i++) {
        err = put_region(w, &o->regions[i], &ended);
    }
    if (err == SCAPE_REF_OK && !ended) {
        err = put_region(w, &rest, &ended);
    }
    if (err == SCAPE_REF_OK && o->content_size != UINT64_MAX && o->content_size != w->bytes_in) {
        err = SCAPE_REF_BAD_LENGTH;
    }
    if (err == SCAPE_REF_OK) {
        err = put_index(w, &index_size);
    }
    return err == SCAPE_REF_OK ? put_trailer(w, index_size) : err;
}

/* The plan's own rules; lengths are checked by reading. */
static bool plan_is_valid(const struct scape_ref_encode_options *o) {
    for (size_t i = 0; i < o->region_count; i++) {
        const struct scape_ref_plan_region *r = &o->regions[i];
        if (r->rank > SCAPE_REF_RANK_MAX || r->name_len > SCAPE_REF_NAME_MAX ||
            (r->name_len > 0 && memchr(r->name, 0, r->name_len) != NULL) ||
            r->length > (uint64_t)1 << SCAPE_REF_CONTENT_SIZE_LOG2_MAX) {
            return false;
        }
    }
    return true;
}

static void release_all(struct frame_writer *w) {
    scape_ref_chunk_encoder_close(w->chunks);
    scape_ref_sha256_free(&w->sha);
    scape_ref_buffer_release(&w->memory, &w->content);
    scape_ref_buffer_release(&w->memory, &w->compared);
    scape_ref_buffer_release(&w->memory, &w->blocks);
    scape_ref_buffer_release(&w->memory, &w->slots);
    scape_ref_buffer_release(&w->memory, &w->regions);
}

static enum scape_ref_error encode(struct frame_writer *w, unsigned chunk_log2) {
    enum scape_ref_error err = scape_ref_buffer_reserve(&w->memory, &w->content, w->chunk_limit, 0);
    if (err == SCAPE_REF_OK && w->options->content_sha256) {
        err = scape_ref_sha256_init(&w->sha);
    }
    if (err == SCAPE_REF_OK) {
        err = scape_ref_chunk_encoder_open(&w->chunks, &w->memory, w->options, w->chunk_limit);
    }
    return err == SCAPE_REF_OK ? put_frame(w, chunk_log2) : err;
}

enum scape_ref_error scape_ref_encode(const struct scape_ref_input *input,
                                      const struct scape_ref_output *output,
                                      const struct scape_ref_encode_options *options,
                                      uint64_t *output_bytes, struct scape_ref_report *report) {
    const struct scape_ref_options memory_options = {.max_memory = options->max_memory,
                                                     .hooks = options->hooks};
    unsigned chunk_log2 = options->chunk_log2;
    if (chunk_log2 == 0) {
        chunk_log2 =
            SCAPE_REF_CHUNK_LOG2_DEFAULT + (options->level == SCAPE_REF_ENCODE_MAX ? 1 : 0);
    }
    struct frame_writer w = {.input = input, .output = output, .options = options};
    scape_ref_memory_init(&w.memory, &memory_options);
    enum scape_ref_error err = SCAPE_REF_BAD_ARGUMENT;
    if (chunk_log2 >= SCAPE_REF_CHUNK_LOG2_MIN && chunk_log2 <= SCAPE_REF_CHUNK_LOG2_MAX &&
        plan_is_valid(options) && (!options->repeats || input->read_at != NULL)) {
        w.chunk_limit = (size_t)1 << chunk_log2;
        err = encode(&w, chunk_log2);
    }
    release_all(&w);
    if (output_bytes != NULL) {
        *output_bytes = w.bytes_out;
    }
    if (report != NULL) {
        *report = (struct scape_ref_report){.error = err,
                                            .position = w.bytes_in,
                                            .content_bytes = w.bytes_in,
                                            .peak_memory = w.memory.peak,
                                            .frames = err == SCAPE_REF_OK ? 1 : 0};
        snprintf(report->message, sizeof report->message, "%s",
                 err == SCAPE_REF_OK ? "" : scape_ref_error_message(err));
    }
    return err;
}

/* join.c - scape join: the pieces that `scape compress --shard` made of one file become the frame
 * that one machine would have made. Blocks are copied as they are, each checked; header, index and
 * trailer are written anew. */
#include "archive_file.h"
#include "commands.h"
#include "files.h"
#include "memory_file.h"
#include "message.h"
#include "output.h"
#include "shard.h"

#include "frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    const char *path;
    struct cli_archive archive;
    struct codec_source source;
    struct cli_shard_note note;
    struct scape_ref_frame_header header;
    bool open;
};

/* Pieces stay where they are: their archives point into them. */
struct place {
    struct piece *piece;
};

struct joiner {
    const struct cli_options *options;
    struct piece *pieces;
    struct place *order;
    size_t count;
    struct cli_output output;
    struct codec_target target;
    uint64_t written;
    struct cli_memory_writer block, list, regions;
    uint64_t blocks, region_count;
    struct codec_region previous;
};

static bool put(struct joiner *j, const void *data, size_t n) {
    j->written += n;
    return j->target.write(j->target.ctx, data, n) == 0;
}

static bool read_at(const struct piece *p, uint64_t offset, void *to, size_t n) {
    bool good = p->source.read_at(p->source.ctx, offset, to, n) == (int64_t)n;
    if (!good) {
        cli_error(p->path, "cannot be read");
    }
    return good;
}

/* ---- Pieces ---- */

static bool read_header(struct piece *p) {
    uint8_t head[SCAPE_REF_HEADER_NAMED_SIZE] = {0};
    size_t n = scape_ref_frame_header_size(0);
    if (!read_at(p, 0, head, n)) {
        return false;
    }
    size_t size = scape_ref_frame_header_size(head[9]);
    struct scape_ref_cursor c = scape_ref_cursor_make(head, size);
    return read_at(p, 0, head, size) &&
           scape_ref_frame_header_parse(&c, &p->header) == SCAPE_REF_OK;
}

static bool open_piece(struct piece *p, const char *path, const struct cli_options *o) {
    uint8_t note[CLI_SHARD_NOTE_SIZE];
    p->path = path;
    p->open = cli_archive_open(&p->archive, path, o);
    if (!p->open) {
        return false;
    }
    p->source = cli_input_source(&p->archive.input);
    const struct codec_archive *a = p->archive.archive;
    bool good = codec_archive_frame_count(a) == 2;
    if (good) {
        struct codec_frame mark = codec_archive_frame(a, 1);
        good = mark.skippable && mark.size == CLI_SHARD_FRAME_SIZE &&
               read_at(p, mark.offset + SCAPE_REF_SKIPPABLE_HEADER_SIZE, note, sizeof note) &&
               cli_shard_note_read(note, &p->note) &&
               codec_archive_content_size(a) == p->note.length && read_header(p) &&
               (p->header.flags & ~SCAPE_REF_FLAG_PROFILE_NAMED) == 0;
    }
    if (!good) {
        cli_error(path, "is no piece that compress --shard wrote");
    }
    return good;
}

static int compare_pieces(const void *a, const void *b) {
    const struct piece *x = ((const struct place *)a)->piece;
    const struct piece *y = ((const struct place *)b)->piece;
    if (x->note.offset != y->note.offset) {
        return x->note.offset < y->note.offset ? -1 : 1;
    }
    return x->note.length < y->note.length ? -1 : x->note.length > y->note.length ? 1 : 0;
}

/* All of one file, of one making, without holes. */
static bool check_pieces(const struct joiner *j) {
    const struct piece *first = j->order[0].piece;
    uint64_t at = 0;
    for (size_t i = 0; i < j->count; i++) {
        const struct piece *p = j->order[i].piece;
        if (p->note.whole != first->note.whole || p->header.flags != first->header.flags ||
            p->header.chunk_limit_log2 != first->header.chunk_limit_log2 ||
            memcmp(p->header.profile_sha256, first->header.profile_sha256,
                   sizeof p->header.profile_sha256) != 0) {
            cli_error(p->path, "belongs to another file, or was made with other options");
            return false;
        }
        if (p->note.offset != at) {
            cli_error(p->path, "does not follow: bytes from %" PRIu64 " on are missing, or twice",
                      at < p->note.offset ? at : p->note.offset);
            return false;
        }
        at += p->note.length;
    }
    if (at != first->note.whole) {
        cli_error(NULL, "bytes from %" PRIu64 " to %" PRIu64 " are missing", at, first->note.whole);
    }
    return at == first->note.whole;
}

/* ---- Blocks ---- */

static bool put_varint(struct cli_memory_writer *to, uint64_t value) {
    uint8_t text[SCAPE_REF_VARINT_MAX];
    return cli_memory_append(to, text, scape_ref_store_varint(text, value));
}

/* Where copying is: in the piece, and in its content. */
struct copying {
    uint64_t at, content;
    bool last;
};

/* Reads the block at hand, compares its checksum, and copies it if it is a CHUNK. */
static bool copy_block(struct joiner *j, const struct piece *p, struct copying *now) {
    uint8_t head[SCAPE_REF_BLOCK_HEADER_SIZE] = {0};
    struct scape_ref_block_header b;
    struct scape_ref_cursor c = scape_ref_cursor_make(head, sizeof head);
    if (!read_at(p, now->at, head, sizeof head) ||
        scape_ref_block_header_parse(&c, &p->header, false, now->content, &b) != SCAPE_REF_OK) {
        return false;
    }
    now->last = b.type == SCAPE_REF_BLOCK_INDEX;
    if (now->last || b.type != SCAPE_REF_BLOCK_CHUNK) {
        return now->last;
    }
    size_t size = (size_t)b.payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    if (!cli_memory_reserve(&j->block, size) || !read_at(p, now->at, j->block.data, size)) {
        return false;
    }
    size_t covered = size - SCAPE_REF_CHECKSUM_SIZE;
    bool good = scape_ref_load_le(j->block.data + covered, SCAPE_REF_CHECKSUM_SIZE) ==
                scape_ref_checksum_of(j->block.data, covered);
    now->at += size;
    now->content += b.content_length;
    j->blocks++;
    return good && put(j, j->block.data, size) && put_varint(&j->list, 0) &&
           put_varint(&j->list, (uint64_t)b.payload_length * 2) &&
           put_varint(&j->list, b.content_length);
}

static bool copy_blocks(struct joiner *j, const struct piece *p) {
    struct copying now = {.at = scape_ref_frame_header_size(p->header.flags)};
    bool good = true;
    while (good && !now.last) {
        good = copy_block(j, p, &now);
    }
    if (!good) {
        cli_error(p->path, "a block is damaged, or cannot be copied");
    }
    return good;
}

/* ---- Index ---- */

static bool index_region(struct joiner *j, const struct codec_region *r) {
    size_t shared = 0;
    while (shared < r->name_length && shared < j->previous.name_length &&
           r->name[shared] == j->previous.name[shared]) {
        shared++;
    }
    bool good = put_varint(&j->regions, r->dtype) && put_varint(&j->regions, r->rank);
    for (unsigned i = 0; i < r->rank && good; i++) {
        good = put_varint(&j->regions, r->dims[i]);
    }
    j->region_count++;
    j->previous = *r;
    return good && put_varint(&j->regions, r->length) && put_varint(&j->regions, shared) &&
           put_varint(&j->regions, r->name_length - shared) &&
           cli_memory_append(&j->regions, r->name + shared, r->name_length - shared);
}

static bool put_index(struct joiner *j, uint64_t *size) {
    struct cli_memory_writer all = {NULL, 0, 0};
    uint8_t head[SCAPE_REF_BLOCK_HEADER_SIZE] = {0}, sum[SCAPE_REF_CHECKSUM_SIZE];
    bool good = cli_memory_append(&all, head, sizeof head) && put_varint(&all, j->blocks) &&
                cli_memory_append(&all, j->list.data, j->list.size) &&
                put_varint(&all, j->region_count) &&
                cli_memory_append(&all, j->regions.data, j->regions.size);
    size_t payload = all.size - sizeof head;
    good = good && payload <= (size_t)1 << SCAPE_REF_INDEX_LOG2_MAX;
    if (good) {
        const struct scape_ref_block_header header = {.type = SCAPE_REF_BLOCK_INDEX,
                                                      .payload_length = (uint32_t)payload};
        scape_ref_block_header_write(&header, all.data);
        scape_ref_store_u64le(sum, scape_ref_checksum_of(all.data, all.size));
        good = cli_memory_append(&all, sum, sizeof sum) && put(j, all.data, all.size);
    }
    *size = all.size;
    cli_memory_free(&all);
    return good;
}

static bool put_frame(struct joiner *j) {
    uint8_t head[SCAPE_REF_HEADER_NAMED_SIZE], tail[SCAPE_REF_TRAILER_SIZE];
    struct scape_ref_frame_header header = j->order[0].piece->header;
    header.content_size = j->order[0].piece->note.whole;
    bool good = put(j, head, scape_ref_frame_header_write(&header, head));
    for (size_t i = 0; i < j->count && good; i++) {
        const struct codec_archive *a = j->order[i].piece->archive.archive;
        good = copy_blocks(j, j->order[i].piece);
        for (size_t k = 0; k < codec_archive_region_count(a) && good; k++) {
            const struct codec_region r = codec_archive_region(a, k);
            good = index_region(j, &r);
        }
    }
    struct scape_ref_trailer trailer = {.content_size = header.content_size};
    good = good && put_index(j, &trailer.index_size);
    trailer.frame_size = j->written + sizeof tail;
    scape_ref_trailer_write(&trailer, tail);
    return good && put(j, tail, sizeof tail);
}

/* ---- The command ---- */

static bool write_whole(struct joiner *j, const char *path) {
    const struct cli_output_options options = {.force = j->options->force, .binary = true};
    if (!cli_output_open(&j->output, path, &options)) {
        return false;
    }
    j->target = cli_output_target(&j->output);
    bool good = put_frame(j);
    if (!good && j->output.error != 0) {
        cli_error(path, "%s", strerror(j->output.error));
    }
    if (!good) {
        cli_output_abort(&j->output);
        return false;
    }
    return cli_output_commit(&j->output, NULL);
}

enum cli_exit cli_join(const struct cli_options *o) {
    struct joiner j = {.options = o,
                       .pieces = calloc(o->files.count + 1, sizeof *j.pieces),
                       .order = calloc(o->files.count + 1, sizeof *j.order)};
    char *derived = o->output == NULL ? cli_shard_whole_name(o->files.at[0]) : NULL;
    const char *path = o->to_stdout ? "-" : o->output != NULL ? o->output : derived;
    bool good = j.pieces != NULL && j.order != NULL && path != NULL;
    if (path == NULL) {
        cli_error(o->files.at[0], "does not end in .partNNNNofNNNN; -o names the output");
    }
    while (good && j.count < o->files.count) {
        good = open_piece(&j.pieces[j.count], o->files.at[j.count], o);
        j.order[j.count].piece = &j.pieces[j.count];
        j.count++;
    }
    if (good) {
        qsort(j.order, j.count, sizeof *j.order, compare_pieces);
        good = check_pieces(&j) && write_whole(&j, path);
    }
    for (size_t i = 0; i < j.count; i++) {
        if (j.pieces[i].open) {
            cli_archive_close(&j.pieces[i].archive);
        }
    }
    cli_memory_free(&j.block);
    cli_memory_free(&j.list);
    cli_memory_free(&j.regions);
    free(j.pieces);
    free(j.order);
    free(derived);
    return good ? CLI_OK : CLI_FAILED;
}

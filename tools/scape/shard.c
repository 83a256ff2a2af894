/* shard.c - see shard.h. */
#include "shard.h"
#include "message.h"
#include "output.h"

#include "frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char note_magic[8] = {'S', 'C', 'P', 'P', 'A', 'R', 'T', '1'};

/* ".part0002of0008": at least four digits each */
#define PART_FORMAT ".part%04" PRIu64 "of%04" PRIu64

bool cli_shards_open(struct cli_shards *s, const struct cli_options *o,
                     const struct cli_files *files) {
    uint64_t all = 0;
    *s = (struct cli_shards){.starts = calloc(files->count + 1, sizeof *s->starts)};
    if (s->starts == NULL) {
        cli_error(NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < files->count; i++) {
        struct cli_input in;
        s->starts[i] = all;
        if (!cli_input_open(&in, files->paths[i])) {
            continue; /* it is said again, and counted, where it is compressed */
        }
        bool good = in.regular && strcmp(files->paths[i], "-") != 0 && in.size < UINT64_MAX - all;
        all += good ? in.size : 0;
        cli_input_close(&in);
        if (!good) {
            cli_error(files->paths[i], "cannot be compressed in parts: its size is not known");
            cli_shards_close(s);
            return false;
        }
    }
    s->step = all / o->shards + 1;
    return true;
}

void cli_shards_close(struct cli_shards *s) {
    free(s->starts);
    s->starts = NULL;
}

struct cli_share cli_shards_take(const struct cli_shards *s, const struct cli_options *o,
                                 size_t file, uint64_t size, struct cli_plan *plan) {
    uint64_t start = s->starts[file];
    struct cli_share share = {.none = true};
    size_t kept = 0;
    if (plan->count == 0) {
        share.whole = start / s->step == o->shard;
        share.none = !share.whole;
        return share;
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct codec_region r = plan->regions[i];
        if ((start + r.offset + r.length / 2) / s->step != o->shard) {
            continue;
        }
        share.offset = share.none ? r.offset : share.offset;
        share.none = false;
        share.length += r.length;
        plan->regions[kept++] = r;
    }
    share.whole = share.length == size && kept == plan->count;
    plan->count = kept;
    return share;
}

/* ---- Names ---- */

char *cli_shard_name(const struct cli_options *o, const char *output) {
    size_t room = strlen(output) + 64;
    char *name = malloc(room);
    if (name == NULL) {
        cli_error(output, "out of memory");
        return NULL;
    }
    snprintf(name, room, "%s" PART_FORMAT, output, o->shard, o->shards);
    return name;
}

static size_t digits(const char *text) {
    return strspn(text, "0123456789");
}

char *cli_shard_whole_name(const char *name) {
    const char *end = NULL;
    for (const char *at = strstr(name, ".part"); at != NULL; at = strstr(at + 1, ".part")) {
        size_t n = digits(at + 5), m = 0;
        if (n >= 4 && strncmp(at + 5 + n, "of", 2) == 0) {
            m = digits(at + 7 + n);
        }
        end = m >= 4 && at[7 + n + m] == 0 ? at : end;
    }
    return end != NULL && end != name ? cli_text_copy(name, (size_t)(end - name)) : NULL;
}

/* ---- Notes ---- */

bool cli_shard_note_write(const struct cli_shard_note *note, const struct codec_target *to) {
    uint8_t head[SCAPE_REF_SKIPPABLE_HEADER_SIZE], data[CLI_SHARD_NOTE_SIZE];
    uint8_t tail[SCAPE_REF_SKIPPABLE_TRAILER_SIZE];
    struct scape_ref_checksum sum;
    memcpy(data, note_magic, sizeof note_magic);
    scape_ref_store_u64le(data + 8, note->offset);
    scape_ref_store_u64le(data + 16, note->length);
    scape_ref_store_u64le(data + 24, note->whole);
    scape_ref_skippable_header_write(sizeof data, head);
    scape_ref_checksum_init(&sum);
    scape_ref_checksum_update(&sum, head, sizeof head);
    scape_ref_checksum_update(&sum, data, sizeof data);
    scape_ref_skippable_trailer_write(&sum, sizeof data, tail);
    return to->write(to->ctx, head, sizeof head) == 0 &&
           to->write(to->ctx, data, sizeof data) == 0 && to->write(to->ctx, tail, sizeof tail) == 0;
}

bool cli_shard_note_read(const uint8_t data[CLI_SHARD_NOTE_SIZE], struct cli_shard_note *note) {
    *note = (struct cli_shard_note){scape_ref_load_le(data + 8, 8), scape_ref_load_le(data + 16, 8),
                                    scape_ref_load_le(data + 24, 8)};
    return memcmp(data, note_magic, sizeof note_magic) == 0 && note->offset <= note->whole &&
           note->length <= note->whole - note->offset;
}

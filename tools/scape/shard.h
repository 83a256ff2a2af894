/* shard.h - one part of several of a compression: all contents end to end are cut into parts of
 * about the same size, at the borders of regions. A file that lies in one part is compressed by it
 * as ever; of a longer one each part writes its piece, a file of its own, and join makes of them
 * what one machine would have made. Depends on plan.h. */
#ifndef SCAPE_CLI_SHARD_H
#define SCAPE_CLI_SHARD_H

#include "files.h"
#include "plan.h"

/* Where each file starts in all contents, and how much of them a part holds. */
struct cli_shards {
    uint64_t *starts;
    uint64_t step;
};

/* Opens every file for its size. Prints what is wrong. */
bool cli_shards_open(struct cli_shards *s, const struct cli_options *o,
                     const struct cli_files *files);
void cli_shards_close(struct cli_shards *s);

/* What of a file this part holds. */
struct cli_share {
    bool none, whole;
    uint64_t offset, length;
};

/* Leaves in the plan the regions that are this part's. */
struct cli_share cli_shards_take(const struct cli_shards *s, const struct cli_options *o,
                                 size_t file, uint64_t size, struct cli_plan *plan);

/* "OUTPUT.part0002of0008", to be freed; NULL: out of memory. */
char *cli_shard_name(const struct cli_options *o, const char *output);
/* The name without its end; NULL: it has none, or out of memory. */
char *cli_shard_whole_name(const char *name);

/* What a piece says of itself, in a skippable frame behind its own. */
struct cli_shard_note {
    uint64_t offset, length, whole;
};

enum {
    CLI_SHARD_NOTE_SIZE = 32,
    CLI_SHARD_FRAME_SIZE = CLI_SHARD_NOTE_SIZE + 40
};

bool cli_shard_note_write(const struct cli_shard_note *note, const struct codec_target *to);
/* The data of a skippable frame; false: it is no note. */
bool cli_shard_note_read(const uint8_t data[CLI_SHARD_NOTE_SIZE], struct cli_shard_note *note);

#endif

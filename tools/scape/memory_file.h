/* memory_file.h - files in memory as the codec's source and target. Depends on codec.h. */
#ifndef SCAPE_CLI_MEMORY_FILE_H
#define SCAPE_CLI_MEMORY_FILE_H

#include "codec.h"

/* Reads [0, size) of data; at is the present position. */
struct cli_memory_reader {
    const unsigned char *data;
    size_t size, at;
};
struct codec_source cli_memory_source(struct cli_memory_reader *r);

/* Grows as it is written; data is freed by cli_memory_free. */
struct cli_memory_writer {
    unsigned char *data;
    size_t size, capacity;
};
struct codec_target cli_memory_target(struct cli_memory_writer *w);
bool cli_memory_append(struct cli_memory_writer *w, const void *data, size_t n);
/* Room for capacity bytes in all. */
bool cli_memory_reserve(struct cli_memory_writer *w, size_t capacity);
void cli_memory_free(struct cli_memory_writer *w);

#endif

/* gguf_manifest.h - manifest.json beside decomposed streams: sizes, SHA-256, and the order of the
 * parts. It names no files: their names are fixed. Depends on gguf_parts.h and jansson. */
#ifndef SCAPE_CLI_GGUF_MANIFEST_H
#define SCAPE_CLI_GGUF_MANIFEST_H

#include "gguf_parts.h"

#include <jansson.h>

struct cli_manifest {
    struct cli_parts parts; /* freed by cli_manifest_free */
    uint8_t file_sha256[CODEC_SHA256_SIZE];
    uint8_t stream_sha256[CLI_STREAM_COUNT][CODEC_SHA256_SIZE];
};

#define CLI_MANIFEST_NAME "manifest.json"

/* NULL: out of memory. */
json_t *cli_manifest_write(const struct cli_manifest *m);

/* Reads and checks a manifest: the parts make the streams and the file of the sizes it states.
 * False with a reason; then nothing needs freeing. */
bool cli_manifest_read(struct cli_manifest *m, const void *text, size_t size, const char **reason);
void cli_manifest_free(struct cli_manifest *m);

#endif

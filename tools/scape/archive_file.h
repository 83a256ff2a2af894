/* archive_file.h - opening a compressed file for looking into it, and telling its contents as text
 * or JSON. Depends on codec.h, input.h and jansson. */
#ifndef SCAPE_CLI_ARCHIVE_FILE_H
#define SCAPE_CLI_ARCHIVE_FILE_H

#include "codec.h"
#include "input.h"
#include "options.h"

#include <jansson.h>

struct cli_archive {
    struct cli_input input;
    struct codec_source source;
    struct codec_limits limits;
    struct codec_archive *archive;
    struct codec_memory *profiles;
};

/* Prints what is wrong; then nothing needs closing. */
bool cli_archive_open(struct cli_archive *a, const char *path, const struct cli_options *o);
void cli_archive_close(struct cli_archive *a);

enum {
    CLI_SHAPE_TEXT = 192,
    CLI_DTYPE_TEXT = 16
};
/* "512x512", "scalar"; "" for opaque bytes */
const char *cli_shape_text(const struct codec_region *r, char out[CLI_SHAPE_TEXT]);
/* the registry's name, or "#NUMBER" */
const char *cli_dtype_text(uint16_t dtype, char out[CLI_DTYPE_TEXT]);
const char *cli_hex_text(const uint8_t *bytes, size_t n, char *out); /* out: 2 n + 1 */

/* A JSON string of a name; bytes that are no UTF-8 become U+FFFD. NULL: out of memory. */
json_t *cli_json_name(const char *name, size_t n);
/* An integer, or a string where it passes JSON's safe range. */
json_t *cli_json_size(uint64_t value);
/* Prints and frees; false with a message when there was no memory or the output failed. */
bool cli_json_print(json_t *value);

#endif

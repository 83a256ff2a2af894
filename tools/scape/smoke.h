/* smoke.h - the smoke test's table and the study's. Depends on codec.h. */
#ifndef SCAPE_CLI_SMOKE_H
#define SCAPE_CLI_SMOKE_H

#include "options.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CLI_SHA_TEXT = 17 /* 16 hex digits of a SHA-256, and a NUL */
};

/* A fixture that the generator makes in memory: one matrix, or a whole model file. */
struct cli_smoke_fixture {
    const char *name;
    uint16_t dtype; /* of the matrix; 0: a safetensors file of file_size bytes at most */
    uint64_t rows, columns, file_size, seed;
};

/* What a method or level must make of a fixture. */
struct cli_smoke_row {
    const char *method; /* "fast", "default", "max", or a named method */
    const char *fixture;
    uint64_t bytes;     /* those of a profile included, which is trained on another seed */
    const char *sha256; /* first 16 digits, of the compressed file */
    bool zstd;          /* holds zstd payloads: compared under the table's libzstd only */
};

extern const struct cli_smoke_fixture cli_smoke_fixtures[];
extern const size_t cli_smoke_fixture_count;
extern const struct cli_smoke_row cli_smoke_rows[];
extern const size_t cli_smoke_row_count;
extern const char cli_smoke_zstd[]; /* the libzstd that the rows with zstd were made by */

/* The study's fixtures from a directory: our bytes beside its own. */
enum cli_exit cli_study(const struct cli_options *o);

#endif

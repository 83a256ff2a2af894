/* baselines.h - what the benchmark sets beside the codec: general compressors on whole files, and
 * those of the study's methods that are no codings of the format. Depends on libzstd and, where
 * present, liblz4, liblzma and libbrotli. */
#ifndef SCAPE_CLI_BASELINES_H
#define SCAPE_CLI_BASELINES_H

#include "codec.h"
#include "memory_file.h"

/* The file, and what its container says of it. */
struct cli_bench_input {
    struct codec_memory file;
    const struct codec_region *regions;
    size_t region_count;
    unsigned element_bytes; /* of the type that most of the file has: 1, 2, 4 or 8 */
};

/* pack appends to out; unpack restores exactly in->file.size bytes, given the same regions. False
 * when it failed. */
struct cli_baseline {
    const char *name;
    const char *text;
    bool (*pack)(const struct cli_bench_input *in, struct cli_memory_writer *out);
    bool (*unpack)(const struct cli_bench_input *in, const struct codec_memory *packed,
                   struct cli_memory_writer *out);
};

/* The i-th baseline of this build, or NULL. */
const struct cli_baseline *cli_baseline_get(size_t i);
/* Whether it is a copy or a general compressor on the whole file, and no method of the study. */
bool cli_baseline_is_general(const struct cli_baseline *b);
#ifdef SCAPE_HAS_BROTLI
/* brotli, quality 9, as a baseline's pack and unpack. */
bool cli_brotli_pack(const struct cli_bench_input *in, struct cli_memory_writer *out);
bool cli_brotli_unpack(const struct cli_bench_input *in, const struct codec_memory *packed,
                       struct cli_memory_writer *out);
#endif
/* Compressors whose library was not there when this was built, each behind a space. */
const char *cli_baselines_missing(void);

#endif

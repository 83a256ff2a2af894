/* study_gguf.h - the study's methods for whole GGUF files, and for Q4_K nibbles where they are no
 * coding of the format: benchmark rows only, each verified by unpacking. Beside them the study's
 * published figures. Depends on baselines.h. */
#ifndef SCAPE_CLI_STUDY_GGUF_H
#define SCAPE_CLI_STUDY_GGUF_H

#include "baselines.h"

/* The i-th, or NULL. */
const struct cli_baseline *cli_study_gguf_get(size_t i);

/* Bytes of a packed file that are no data but what was trained for it: zstd_dict's dictionaries. */
uint64_t cli_study_side_bytes(const struct cli_baseline *method, const struct codec_memory *packed);

/* The study's published ratio of a method on files of this one's kind, 0 where it has none. Those
 * of qa_ and qb_ methods are for Q4_K tensors, all others of GGUF for a whole Q4_K_M file. */
double cli_study_figure(const char *method, const struct cli_bench_input *in);

/* Bytes of the format's standard tables, 0 where no region of the file could be coded by them. */
uint64_t cli_standard_bytes(const struct cli_bench_input *in);

#endif

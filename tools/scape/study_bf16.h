/* study_bf16.h - the study's bf16 coder as it was, with dense tables, for the benchmark only: it
 * shows what the study took for the price of 12-bit probabilities. Depends on baselines.h. */
#ifndef SCAPE_CLI_STUDY_BF16_H
#define SCAPE_CLI_STUDY_BF16_H

#include "baselines.h"

/* SE9 and M7 of every 4 MiB under a table each in which every value, seen or not, has at least one
 * slot of 4096; what is no bf16 goes to zstd -19. */
bool cli_study_dense_pack(const struct cli_bench_input *in, struct cli_memory_writer *out);
bool cli_study_dense_unpack(const struct cli_bench_input *in, const struct codec_memory *packed,
                            struct cli_memory_writer *out);

/* Bits a SE9 symbol, tables included, under dense tables and under those that hold only the values
 * that occur. False: the file has no bf16, or memory ran out. */
bool cli_study_dense_loss(const struct cli_bench_input *in, double *dense, double *sparse);

#endif

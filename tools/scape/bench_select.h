/* bench_select.h - which methods a benchmark runs on a file, by --methods, and on which tensors of
 * it, by --tensors-of. Depends on plan.h and study_gguf.h. */
#ifndef SCAPE_CLI_BENCH_SELECT_H
#define SCAPE_CLI_BENCH_SELECT_H

#include "plan.h"
#include "study_gguf.h"

/* Every name of the list is a level, a method of the format, a baseline or a method of the study,
 * or "all". Prints what is wrong. */
bool cli_bench_list_check(const char *list);

/* Whether the list names it; "all" names what has something to do with the file's types, and of the
 * general compressors on GGUF files only the study's. */
bool cli_bench_wants(const char *list, const char *name, const struct cli_bench_input *in);
bool cli_bench_wants_baseline(const char *list, const char *name, const struct cli_bench_input *in);

/* Every name of the list is an instruction set that the codec knows. Prints what is wrong. */
bool cli_bench_kernels_check(const char *list);
/* The name that the list begins with; *list moves behind it, to NULL at the end. */
const char *cli_bench_kernel(const char **list);

/* Keeps the regions of a type alone, one behind the other: a file in memory and its plan. */
void cli_bench_keep(struct codec_memory *file, struct cli_plan *plan, uint16_t dtype);

#endif

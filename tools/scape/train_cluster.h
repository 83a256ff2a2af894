/* train_cluster.h - tables for a profile from the elements of many tensors: a histogram for each
 * block, blocks clustered by what they cost under each other's tables. Integer arithmetic only, so
 * the same files make the same profile on every machine. Depends on the reference's encoder. */
#ifndef SCAPE_CLI_TRAIN_CLUSTER_H
#define SCAPE_CLI_TRAIN_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLI_TRAIN_BLOCK = 4096,       /* elements of a block, as the mixture coder groups them; where
                                   * the layout's own blocks hold several, one of those */
    CLI_TRAIN_BLOCKS_MAX = 16384, /* histograms kept; of more blocks every n-th is used */
    CLI_TRAIN_P = 12
};

/* One table set of a profile. */
struct cli_train_set {
    uint32_t layout, field;
    uint32_t mask;   /* of a value: what blocks are ordered by at the start */
    uint32_t tables; /* K wanted */
};

struct cli_trainer;

/* Histograms for all sets of a method; the sets must outlive the trainer. every: use each n-th
 * block only. NULL: out of memory, or a set breaks a rule. */
struct cli_trainer *cli_trainer_open(const struct cli_train_set *sets, size_t set_count,
                                     uint64_t every);
void cli_trainer_close(struct cli_trainer *t);

/* Bytes of content that make a block of a set; the last one of a tensor may have fewer. */
size_t cli_train_block_bytes(const struct cli_train_set *set);
size_t cli_trainer_block_bytes(const struct cli_trainer *t);
/* Counts a block's elements. False: out of memory. */
bool cli_trainer_add(struct cli_trainer *t, const uint8_t *content, size_t size);
uint64_t cli_trainer_blocks(const struct cli_trainer *t); /* seen */

/* The i-th set, clustered and fitted: field width, tables really made, and the bytes of the inline
 * table set, to be freed. */
struct cli_trained {
    uint32_t width, tables;
    uint8_t *bytes;
    size_t size;
};
bool cli_trainer_fit(struct cli_trainer *t, size_t set, struct cli_trained *out);

#endif

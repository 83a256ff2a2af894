/* breakdown_field.h - what the elements of one decoded field would cost under the contexts that the
 * format knows for them. Depends on the reference's decoder. */
#ifndef SCAPE_CLI_BREAKDOWN_FIELD_H
#define SCAPE_CLI_BREAKDOWN_FIELD_H

#include "chunk.h"

/* Bits. entropy: sum over the contexts of n times the empirical entropy, a bound for static tables
 * that cost nothing. adaptive: the same coded with the Krichevsky-Trofimov estimator, one for each
 * context, which learns as it goes; without contexts, or as they are, where that is shorter. Side
 * information (lifted elements, classes of rows and columns, cluster ids) is in both. */
struct cli_field_cost {
    double entropy, adaptive;
};

/* The field's stream begins at c, which is moved behind its side information only; work has just
 * decoded the chunk. False: out of memory. */
bool cli_field_measure(struct scape_ref_chunk_work *work, uint32_t field,
                       struct scape_ref_cursor *c, struct cli_field_cost *out);

#endif

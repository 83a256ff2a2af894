/* context.h - which table codes which element: clusters and context functions [CTX]. Depends on
 * work.h. */
#ifndef SC_CONTEXT_H
#define SC_CONTEXT_H

#include "work.h"

/* The context part of RANS_MIXTURE and RANS_CONTEXT for `count` elements and K = tables. */
void sc_context_clusters(struct sc_work *w, struct sc_cursor *c, uint64_t count, uint32_t tables,
                         struct sc_contexts *contexts);
void sc_context_read(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                     uint64_t count, uint32_t tables, struct sc_contexts *contexts);

#endif

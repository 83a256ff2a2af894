/* work.c - a thread's scratch memory, and small steps that several coders share. Depends on
 * work.h. */
#include "work.h"

void sc_work_open(struct sc_work *w, struct sc_memory *memory, const struct sc_kernel *kernel,
                  struct sc_standard *standard) {
    memset(w, 0, sizeof *w);
    w->memory = memory;
    w->kernel = kernel;
    w->standard = standard;
}

void sc_work_close(struct sc_work *w) {
    sc_tables_release(w->memory, &w->tables);
    sc_buffer_release(w->memory, &w->forms);
    sc_buffer_release(w->memory, &w->pairs);
    sc_buffer_release(w->memory, &w->fields);
    sc_buffer_release(w->memory, &w->contexts);
    sc_buffer_release(w->memory, &w->escapes);
    sc_buffer_release(w->memory, &w->packed);
    sc_buffer_release(w->memory, &w->values);
    for (uint32_t i = 0; i < SC_NESTED_MAX; i++) {
        sc_buffer_release(w->memory, &w->nested[i]);
    }
    ZSTD_freeDCtx(w->zstd);
}

void sc_contexts_fill(const struct sc_contexts *contexts, uint64_t i, uint32_t n, uint8_t *out) {
    if (contexts->kind == SC_CONTEXT_BLOCKS) {
        for (uint32_t l = 0; l < n; l++) {
            out[l] = contexts->blocks[(i + l) >> contexts->block_log2];
        }
    } else {
        uint64_t row = i / contexts->columns;
        uint64_t column = i % contexts->columns;
        const uint8_t *map = contexts->map + contexts->rows[row];
        for (uint32_t l = 0; l < n; l++) {
            if (column == contexts->columns) {
                column = 0;
                map = contexts->map + contexts->rows[++row];
            }
            out[l] = map[contexts->column_classes[column++]];
        }
    }
}

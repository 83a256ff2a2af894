/* encode_work.c - opening and closing a thread's memory, and the list of standard table sets.
 * Depends on encode_work.h. */
#include "encode_work.h"

#include "kernel.h"

#include <assert.h>
#include <string.h>

static void for_each_buffer(struct sc_encode_work *w,
                            void (*action)(struct sc_memory *, struct sc_buffer *)) {
    struct sc_buffer *buffers[] = {&w->content,
                                   &w->fields,
                                   &w->sample,
                                   &w->lifted,
                                   &w->counts,
                                   &w->merged,
                                   &w->order,
                                   &w->contexts,
                                   &w->totals,
                                   &w->sums,
                                   &w->lines,
                                   &w->means,
                                   &w->prices,
                                   &w->words,
                                   &w->escaped,
                                   &w->zstd_frame,
                                   &w->fit.numbers,
                                   &w->best_fit.numbers,
                                   &w->nested_fit.numbers,
                                   NULL};
    for (size_t i = 0; buffers[i] != NULL; i++) {
        action(w->memory, buffers[i]);
    }
}

void sc_encode_work_open(struct sc_encode_work *w, struct sc_memory *memory,
                         const struct sc_profile_sets *standard) {
    memset(w, 0, sizeof *w);
    w->memory = memory;
    w->standard = standard;
    w->kernel = sc_kernel_select();
    w->loops = &sc_encode_loops_portable;
#if defined(SCAPE_KERNELS_X86)
    w->loops = w->kernel == &sc_kernel_avx512 ? &sc_encode_loops_avx512
               : w->kernel == &sc_kernel_avx2 ? &sc_encode_loops_avx2
                                              : w->loops;
#endif
    w->fit.bytes.memory = w->best_fit.bytes.memory = w->nested_fit.bytes.memory = memory;
    w->part.memory = w->best_part.memory = memory;
    w->best.memory = w->trial.memory = w->stream.memory = memory;
}

static void release_coder(struct sc_encode_work *w, struct sc_coder *coder) {
    sc_tables_release(w->memory, &coder->tables);
    sc_buffer_release(w->memory, &coder->codes);
    sc_buffer_release(w->memory, &coder->lone_codes);
    sc_buffer_release(w->memory, &coder->slots);
    sc_buffer_release(w->memory, &coder->wide_codes);
    sc_buffer_release(w->memory, &coder->stretches);
    sc_buffer_release(w->memory, &coder->prices);
}

void sc_encode_work_close(struct sc_encode_work *w) {
    for_each_buffer(w, sc_buffer_release);
    release_coder(w, &w->coder);
    for (uint32_t i = 0; w->kept != NULL && i < w->standard->count; i++) {
        release_coder(w, &w->kept[i]);
    }
    sc_memory_delete(w->memory, w->kept, w->standard->count * sizeof *w->kept);
    struct sc_out *outs[] = {&w->fit.bytes, &w->best_fit.bytes, &w->nested_fit.bytes,
                             &w->part,      &w->best_part,      &w->best,
                             &w->trial,     &w->stream,         NULL};
    for (size_t i = 0; outs[i] != NULL; i++) {
        sc_out_release(outs[i]);
    }
    ZSTD_freeCCtx(w->zstd);
}

void *sc_encode_scratch(struct sc_encode_work *w, struct sc_buffer *buffer, uint64_t size) {
    if (w->error == SCAPE_OK && size > SIZE_MAX / 4) {
        w->error = SCAPE_ERROR_MEMORY;
    }
    if (w->error == SCAPE_OK) {
        w->error = sc_buffer_reserve(w->memory, buffer, (size_t)size);
    }
    return w->error == SCAPE_OK ? buffer->data : NULL;
}

bool sc_encode_failed(struct sc_encode_work *w) {
    assert(w != NULL);
    const struct sc_out *outs[] = {&w->fit.bytes, &w->best_fit.bytes, &w->nested_fit.bytes,
                                   &w->part,      &w->best_part,      &w->best,
                                   &w->trial,     &w->stream,         NULL};
    for (size_t i = 0; outs[i] != NULL && w->error == SCAPE_OK; i++) {
        w->error = outs[i]->error;
    }
    return w->error != SCAPE_OK;
}

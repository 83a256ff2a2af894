/* stream_work.c - see stream_work.h. */
#include "stream_work.h"

#include "zstd_frame.h"

static void carve(struct scape_ref_arena *arena, struct scape_ref_stream_work *w) {
    w->zstd_size = scape_ref_zstd_memory();
    w->zstd = scape_ref_arena_take(arena, w->zstd_size, 1);
    scape_ref_tables_carve(arena, &w->tables);
    w->map = scape_ref_arena_take(arena, SCAPE_REF_MAP_SIZE, 1);
    w->standard = scape_ref_arena_take(arena, 1, sizeof *w->standard);
    w->own = scape_ref_arena_take(arena, 1, sizeof *w->own);
}

enum scape_ref_error scape_ref_stream_work_reserve(struct scape_ref_memory *m,
                                                   struct scape_ref_stream_work *w) {
    if (w->memory.data) {
        return SCAPE_REF_OK;
    }
    struct scape_ref_arena arena = {NULL, 0};
    carve(&arena, w);
    enum scape_ref_error error = scape_ref_buffer_reserve(m, &w->memory, arena.used, 0);
    if (error) {
        return error;
    }
    arena = (struct scape_ref_arena){w->memory.data, 0};
    carve(&arena, w);
    w->frame = NULL;
    w->standard_ready = false;
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_stream_work_standard(struct scape_ref_stream_work *w,
                                                    const struct scape_ref_profile_sets **out) {
    *out = w->standard;
    if (w->standard_ready) {
        return SCAPE_REF_OK;
    }
    enum scape_ref_error error = scape_ref_profile_parse(
        scape_ref_standard_profile, scape_ref_standard_profile_size, &w->tables, w->standard);
    w->standard_ready = !error;
    return error;
}

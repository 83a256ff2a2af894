/* plan.c - see plan.h. */
#include "plan.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 4096 /* of the format; a longer one is left out, the bytes stay as they are */
};

/* The format's greatest content: stands for "to the end of the input". */
#define OPEN_LENGTH (UINT64_C(1) << 60)

static bool copy_regions(struct cli_plan *plan) {
    plan->regions = calloc(plan->cut->count + 1, sizeof *plan->regions);
    if (plan->regions == NULL) {
        return false;
    }
    for (size_t i = 0; i < plan->cut->count; i++) {
        const struct scape_region *from = &plan->cut->regions[i];
        struct codec_region *to = &plan->regions[plan->count];
        if (from->length == SCAPE_SIZE_UNKNOWN && from->dtype == 0) {
            break; /* what no region covers is opaque anyway */
        }
        *to = (struct codec_region){.offset = from->offset,
                                    .length = from->length,
                                    .name = from->name,
                                    .name_length = from->name_len,
                                    .dtype = from->dtype,
                                    .rank = from->rank};
        if (from->length == SCAPE_SIZE_UNKNOWN) {
            to->length = OPEN_LENGTH;
        }
        if (from->name_len > NAME_MAX_BYTES) {
            to->name_length = 0;
        }
        memcpy(to->dims, from->dims, sizeof to->dims);
        plan->count++;
    }
    return true;
}

static void say(const struct cli_plan *plan, const char *path) {
    size_t tensors = 0;
    for (size_t i = 0; i < plan->count; i++) {
        tensors += plan->regions[i].name_length != 0 ? 1 : 0;
    }
    if (plan->cut->reason[0] != 0) {
        cli_note(path, "compressed as opaque bytes: %s", plan->cut->reason);
    } else {
        cli_note(path, "container %s, %zu tensors", plan->cut->container, tensors);
    }
}

static bool make(struct cli_plan *plan, const struct scape_source *source, const char *path,
                 const struct cli_options *o) {
    int code;
    *plan = (struct cli_plan){NULL, NULL, 0};
    if (o->dtype != 0) {
        code = scape_cut_raw(o->dtype, o->shape, o->rank, source->size, NULL, &plan->cut);
    } else {
        code = scape_cut_file(source, NULL, &plan->cut);
    }
    if (code == SCAPE_CUT_OK && !copy_regions(plan)) {
        code = SCAPE_CUT_NOMEM;
    }
    if (code != SCAPE_CUT_OK) {
        cli_error(path, "%s", code == SCAPE_CUT_IO ? "cannot be read" : "out of memory");
        cli_plan_free(plan);
        return false;
    }
    if (o->verbosity > 0) {
        say(plan, path);
    }
    return true;
}

bool cli_plan_make(struct cli_plan *plan, struct cli_input *in, const struct cli_options *o) {
    const struct scape_source source = cli_input_cut_source(in);
    return make(plan, &source, in->path, o);
}

static int64_t memory_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct codec_memory *file = ctx;
    size_t left = offset < file->size ? file->size - (size_t)offset : 0;
    n = n < left ? n : left;
    if (n != 0) {
        memcpy(buffer, (const unsigned char *)file->data + offset, n);
    }
    return (int64_t)n;
}

bool cli_plan_make_memory(struct cli_plan *plan, const struct codec_memory *file,
                          const struct cli_options *o) {
    struct codec_memory view = *file;
    const struct scape_source source = {memory_read_at, &view, file->size};
    return make(plan, &source, NULL, o);
}

void cli_plan_free(struct cli_plan *plan) {
    scape_cut_free(plan->cut);
    free(plan->regions);
    *plan = (struct cli_plan){NULL, NULL, 0};
}

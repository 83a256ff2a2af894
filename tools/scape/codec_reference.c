/* codec_reference.c - the part of codec.h that libscape has no need of: the study's named methods,
 * which are codings that the levels do not choose, and a look at every stream. By the reference
 * library. */
#include "codec.h"

#include "access.h"
#include "checksum.h"
#include "encode.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static int finish(struct codec_report *report, const struct scape_ref_report *r, int status) {
    *report = (struct codec_report){.status = status,
                                    .position = r->position,
                                    .content_bytes = r->content_bytes,
                                    .output_bytes = report->output_bytes,
                                    .peak_memory = r->peak_memory,
                                    .frames = r->frames};
    codec_report_text(report, codec_status_text(status));
    return status;
}

static struct scape_ref_plan_region *copy_regions(const struct codec_plan *plan) {
    struct scape_ref_plan_region *regions = calloc(plan->region_count + 1, sizeof *regions);
    for (size_t i = 0; regions != NULL && i < plan->region_count; i++) {
        const struct codec_region *from = &plan->regions[i];
        regions[i] = (struct scape_ref_plan_region){.length = from->length,
                                                    .dtype = from->dtype,
                                                    .rank = from->rank,
                                                    .name = from->name,
                                                    .name_len = from->name_length};
        memcpy(regions[i].dims, from->dims, sizeof regions[i].dims);
    }
    return regions;
}

int codec_encode_method(const struct codec_source *source, const struct codec_target *target,
                        const struct codec_plan *plan, struct codec_report *report) {
    const struct scape_ref_input input = {source->ctx, source->read, source->read_at, source->size};
    const struct scape_ref_output output = {target->ctx, target->write};
    const struct scape_ref_profile profile = {plan->profile.data, plan->profile.size};
    struct scape_ref_plan_region *regions = copy_regions(plan);
    struct scape_ref_report r = {.error = SCAPE_REF_NO_MEMORY};
    *report = (struct codec_report){.status = CODEC_OK};
    if (regions == NULL) {
        return finish(report, &r, SCAPE_REF_NO_MEMORY);
    }
    const struct scape_ref_encode_options options = {
        .level = plan->level == 0 ? SCAPE_REF_ENCODE_DEFAULT : (enum scape_ref_level)plan->level,
        .method = plan->method,
        .chunk_log2 = plan->chunk_log2,
        .content_size = plan->content_size,
        .regions = regions,
        .region_count = plan->region_count,
        .profile = plan->profile.data != NULL ? &profile : NULL,
        .embed_profile = plan->embed_profile,
        .content_sha256 = plan->content_sha256,
        .repeats = plan->repeats,
        .max_memory = plan->max_memory,
        .progress = plan->progress,
        .progress_ctx = plan->progress_ctx};
    enum scape_ref_error error =
        scape_ref_encode(&input, &output, &options, &report->output_bytes, &r);
    free(regions);
    return finish(report, &r, (int)error);
}

bool codec_method_get(size_t i, struct codec_method *out) {
    const struct scape_ref_method *m = scape_ref_method_at(i);
    if (m != NULL) {
        *out = (struct codec_method){m->name, m->text, m->needs_profile};
    }
    return m != NULL;
}

bool codec_method_find(const char *name, struct codec_method *out) {
    for (size_t i = 0; codec_method_get(i, out); i++) {
        if (strcmp(out->name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool codec_sha256(const void *data, size_t size, uint8_t out[CODEC_SHA256_SIZE]) {
    return scape_ref_sha256_of(data, size, out) == SCAPE_REF_OK;
}

const char *codec_zstd_version(void) {
    return ZSTD_versionString();
}

static enum scape_ref_error look_at_frame(struct scape_ref_access *a, size_t frame, bool *uses) {
    enum scape_ref_error error = scape_ref_access_load(a, frame);
    for (size_t b = 0; error == SCAPE_REF_OK && b < a->blocks.count; b++) {
        error = scape_ref_access_decode_block(a, b);
        const struct scape_ref_chunk_work *work = &a->work;
        for (uint32_t f = 0; error == SCAPE_REF_OK && f < work->layout->field_count; f++) {
            *uses = *uses || work->streams[f].coder == SCAPE_REF_CODER_ZSTD;
        }
    }
    return error;
}

int codec_uses_zstd(const struct codec_source *source, const struct codec_limits *limits,
                    bool *uses) {
    const struct scape_ref_input input = {source->ctx, source->read, source->read_at, source->size};
    const struct scape_ref_profile profile = {
        limits->profile_count != 0 ? limits->profiles[0].data : NULL,
        limits->profile_count != 0 ? limits->profiles[0].size : 0};
    const struct scape_ref_options options = {.profiles = &profile,
                                              .profile_count = limits->profile_count != 0 ? 1 : 0};
    struct scape_ref_access access;
    *uses = false;
    enum scape_ref_error error = scape_ref_access_open(&access, &input, &options);
    if (error != SCAPE_REF_OK) {
        return (int)error;
    }
    for (size_t i = 0; i < access.frame_count && error == SCAPE_REF_OK; i++) {
        if (scape_ref_access_frame(&access, i)->kind == SCAPE_REF_FRAME_CONTENT) {
            error = look_at_frame(&access, i, uses);
        }
    }
    scape_ref_access_close(&access);
    return (int)error;
}

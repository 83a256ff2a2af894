/* codec.c - see codec.h: encoding, decoding and the registry's names, by the reference library. */
#include "codec.h"

#include "encode.h"

#include "checksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static const struct codec_limits no_limits;

static int finish(struct codec_report *report, const struct scape_ref_report *r, int status) {
    *report = (struct codec_report){.status = status,
                                    .position = r->position,
                                    .content_bytes = r->content_bytes,
                                    .output_bytes = report->output_bytes,
                                    .peak_memory = r->peak_memory,
                                    .frames = r->frames};
    if (status != CODEC_OK) {
        snprintf(report->message, sizeof report->message, "%s: %s (near byte %llu)",
                 codec_status_name(status), codec_status_text(status),
                 (unsigned long long)r->position);
    }
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

int codec_encode(const struct codec_source *source, const struct codec_target *target,
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

int codec_decode(const struct codec_source *source, const struct codec_target *target,
                 const struct codec_limits *limits, struct codec_report *report) {
    const struct scape_ref_input input = {source->ctx, source->read, source->read_at, source->size};
    const struct scape_ref_output output = {target->ctx, target->write};
    limits = limits != NULL ? limits : &no_limits;
    struct scape_ref_profile *profiles = calloc(limits->profile_count + 1, sizeof *profiles);
    struct scape_ref_report r = {.error = SCAPE_REF_NO_MEMORY};
    *report = (struct codec_report){.status = CODEC_OK};
    if (profiles == NULL) {
        return finish(report, &r, SCAPE_REF_NO_MEMORY);
    }
    for (size_t i = 0; i < limits->profile_count; i++) {
        profiles[i] =
            (struct scape_ref_profile){limits->profiles[i].data, limits->profiles[i].size};
    }
    const struct scape_ref_options options = {.max_memory = limits->max_memory,
                                              .max_content = limits->max_content,
                                              .profiles = profiles,
                                              .profile_count = limits->profile_count};
    enum scape_ref_error error = scape_ref_decode(&input, &output, &options, &r);
    free(profiles);
    report->output_bytes = r.content_bytes;
    return finish(report, &r, (int)error);
}

const char *codec_status_name(int status) {
    return scape_ref_error_name((enum scape_ref_error)status);
}

const char *codec_status_text(int status) {
    return scape_ref_error_message((enum scape_ref_error)status);
}

const char *codec_format_version(void) {
    return SCAPE_REF_FORMAT_VERSION;
}

const char *codec_zstd_version(void) {
    return ZSTD_versionString();
}

const char *codec_dtype_name(uint16_t dtype) {
    if (dtype == SCAPE_REF_DTYPE_OPAQUE) {
        return "OPAQUE";
    }
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        if (scape_ref_dtypes[i].id == dtype) {
            return scape_ref_dtypes[i].name;
        }
    }
    return NULL;
}

static bool same_in_any_case(const char *a, const char *b) {
    for (; *a != 0 && *b != 0; a++, b++) {
        char x = *a >= 'a' && *a <= 'z' ? (char)(*a - 'a' + 'A') : *a;
        char y = *b >= 'a' && *b <= 'z' ? (char)(*b - 'a' + 'A') : *b;
        if (x != y) {
            return false;
        }
    }
    return *a == *b;
}

bool codec_dtype_parse(const char *name, uint16_t *out) {
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        if (scape_ref_dtypes[i].id != SCAPE_REF_DTYPE_OPAQUE &&
            same_in_any_case(scape_ref_dtypes[i].name, name)) {
            *out = (uint16_t)scape_ref_dtypes[i].id;
            return true;
        }
    }
    return false;
}

const char *codec_layout_name(unsigned layout) {
    for (size_t i = 0; i < scape_ref_layout_count; i++) {
        if (scape_ref_layouts[i].id == layout) {
            return scape_ref_layouts[i].name;
        }
    }
    return NULL;
}

const char *codec_coder_name(unsigned coder) {
    static const char *const names[] = {
        [SCAPE_REF_CODER_PACKED] = "packed",        [SCAPE_REF_CODER_ZSTD] = "zstd",
        [SCAPE_REF_CODER_CONSTANT] = "constant",    [SCAPE_REF_CODER_RANS] = "rans",
        [SCAPE_REF_CODER_RANS_MIXTURE] = "mixture", [SCAPE_REF_CODER_RANS_CONTEXT] = "context"};
    return coder < sizeof names / sizeof names[0] ? names[coder] : NULL;
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

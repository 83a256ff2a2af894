/* codec.c - see codec.h: encoding, decoding and the registry's names, by libscape. */
#include "codec.h"

#include "scape.h"

#include <stdio.h>
#include <stdlib.h>

static const struct codec_limits no_limits;

void codec_report_text(struct codec_report *report, const char *message) {
    report->message[0] = 0;
    if (report->status != CODEC_OK) {
        snprintf(report->message, sizeof report->message, "%s: %s (near byte %llu)",
                 codec_status_name(report->status), message, (unsigned long long)report->position);
    }
}

static int finish(struct codec_report *report, const struct scape_report *r) {
    *report = (struct codec_report){.status = (int)r->error,
                                    .position = r->position,
                                    .content_bytes = r->content_bytes,
                                    .output_bytes = report->output_bytes,
                                    .peak_memory = r->peak_memory,
                                    .frames = r->frames};
    codec_report_text(report, r->message);
    return report->status;
}

static int no_memory(struct codec_report *report) {
    const struct scape_report r = {.error = SCAPE_ERROR_NO_MEMORY};
    return finish(report, &r);
}

static struct scape_region *copy_regions(const struct codec_plan *plan) {
    struct scape_region *regions = calloc(plan->region_count + 1, sizeof *regions);
    for (size_t i = 0; regions != NULL && i < plan->region_count; i++) {
        const struct codec_region *from = &plan->regions[i];
        regions[i] = (struct scape_region){.length = from->length,
                                           .dtype = from->dtype,
                                           .rank = from->rank,
                                           .dims = from->dims,
                                           .name = from->name,
                                           .name_length = from->name_length};
    }
    return regions;
}

/* A plan in the library's terms. */
struct call {
    struct scape_region *regions;
    struct scape_profile profile;
    struct scape_encode_options options;
};

static bool encode_call(struct call *c, const struct codec_plan *plan) {
    bool size_known = plan->content_size != CODEC_SIZE_UNKNOWN;
    c->regions = copy_regions(plan);
    c->profile = (struct scape_profile){plan->profile.data, plan->profile.size};
    c->options =
        (struct scape_encode_options){.level = (enum scape_level)plan->level,
                                      .chunk_log2 = plan->chunk_log2,
                                      .threads = plan->threads,
                                      .parallel_input = plan->parallel_input,
                                      .regions = c->regions,
                                      .region_count = plan->region_count,
                                      .content_size_given = size_known,
                                      .content_size = size_known ? plan->content_size : 0,
                                      .repeats = plan->repeats,
                                      .content_sha256 = plan->content_sha256,
                                      .profile = plan->profile.data != NULL ? &c->profile : NULL,
                                      .embed_profile = plan->embed_profile,
                                      .max_memory = plan->max_memory,
                                      .progress = plan->progress,
                                      .progress_ctx = plan->progress_ctx};
    return c->regions != NULL;
}

int codec_encode(const struct codec_source *source, const struct codec_target *target,
                 const struct codec_plan *plan, struct codec_report *report) {
    if (plan->method != NULL) {
        return codec_encode_method(source, target, plan, report);
    }
    const struct scape_input input = {source->ctx, source->read, source->read_at, source->size};
    const struct scape_output output = {.ctx = target->ctx, .write = target->write};
    struct scape_report r;
    struct call c;
    *report = (struct codec_report){.status = CODEC_OK};
    if (!encode_call(&c, plan)) {
        return no_memory(report);
    }
    scape_compress_stream(&input, &output, &c.options, &report->output_bytes, &r);
    free(c.regions);
    return finish(report, &r);
}

int codec_encode_memory(const struct codec_memory *content, const struct codec_plan *plan,
                        void *file, size_t room, size_t *file_size, struct codec_report *report) {
    struct scape_report r;
    struct call c;
    *file_size = 0;
    *report = (struct codec_report){.status = CODEC_OK};
    if (!encode_call(&c, plan)) {
        return no_memory(report);
    }
    scape_compress(content->data, content->size, file, room, file_size, &c.options, &r);
    free(c.regions);
    return finish(report, &r);
}

/* Limits in the library's terms; the profiles are to be freed. */
static struct scape_decode_options decode_options(const struct codec_limits *limits,
                                                  struct scape_profile **profiles) {
    *profiles = calloc(limits->profile_count + 1, sizeof **profiles);
    for (size_t i = 0; *profiles != NULL && i < limits->profile_count; i++) {
        (*profiles)[i] = (struct scape_profile){limits->profiles[i].data, limits->profiles[i].size};
    }
    return (struct scape_decode_options){.max_memory = limits->max_memory,
                                         .max_content = limits->max_content,
                                         .threads = limits->threads,
                                         .parallel_input = limits->parallel_input,
                                         .profiles = *profiles,
                                         .profile_count = limits->profile_count,
                                         .progress = limits->progress,
                                         .progress_ctx = limits->progress_ctx};
}

int codec_decode(const struct codec_source *source, const struct codec_target *target,
                 const struct codec_limits *limits, struct codec_report *report) {
    const struct scape_input input = {source->ctx, source->read, source->read_at, source->size};
    const struct scape_output output = {target->ctx, target->write, target->write_at};
    struct scape_spool spool;
    struct scape_profile *profiles;
    struct scape_report r;
    limits = limits != NULL ? limits : &no_limits;
    struct scape_decode_options options = decode_options(limits, &profiles);
    *report = (struct codec_report){.status = CODEC_OK};
    if (profiles == NULL) {
        return no_memory(report);
    }
    if (limits->spool != NULL) {
        spool = (struct scape_spool){limits->spool->ctx, limits->spool->write_at,
                                     limits->spool->read_at};
        options.spool = &spool;
    }
    scape_decode(&input, &output, &options, &r);
    free(profiles);
    report->output_bytes = r.content_bytes;
    return finish(report, &r);
}

int codec_decode_memory(const struct codec_memory *file, const struct codec_limits *limits,
                        void *content, size_t room, size_t *content_size,
                        struct codec_report *report) {
    struct scape_profile *profiles;
    struct scape_report r;
    const struct scape_decode_options options = decode_options(limits, &profiles);
    *content_size = 0;
    *report = (struct codec_report){.status = CODEC_OK};
    if (profiles == NULL) {
        return no_memory(report);
    }
    scape_decompress(file->data, file->size, content, room, content_size, &options, &r);
    free(profiles);
    return finish(report, &r);
}

const char *codec_kernel_name(void) {
    return scape_kernel_name();
}

const char *codec_status_name(int status) {
    return scape_error_name((enum scape_error)status);
}

const char *codec_status_text(int status) {
    return scape_error_text((enum scape_error)status);
}

const char *codec_format_version(void) {
    return scape_format_version();
}

const char *codec_dtype_name(uint16_t dtype) {
    return scape_dtype_name(dtype);
}

bool codec_dtype_parse(const char *name, uint16_t *out) {
    *out = (uint16_t)scape_dtype_number(name);
    return *out != 0;
}

const char *codec_layout_name(unsigned layout) {
    return scape_layout_name(layout);
}

const char *codec_coder_name(unsigned coder) {
    return scape_coder_name(coder);
}

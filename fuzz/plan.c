/* plan.c - see plan.h. */
#include "plan.h"

#include <string.h>

enum flag {
    FLAG_SHA256 = 1,
    FLAG_REPEATS = 2,
    FLAG_SIZE_KNOWN = 4,
    FLAG_PROFILE = 8,
    FLAG_EMBED = 16,
    FLAG_ODD_SHAPE = 32, /* dims that have nothing to do with the length */
    FLAG_SHUFFLE = 64    /* content without repeats, like weights */
};

enum {
    LEVELS = 3,
    CHUNK_LOG2_CHOICES = 5,
    LEVEL_DEFAULT_CHUNK = 0xFF
};

/* A profile for the methods that need one: sign and exponent of BF16 under four tables, its
 * mantissa under one, the nibbles of Q4_K under two. */
static const uint8_t study_profile[] = {
    0xD3, 0x53, 0x43, 0x50, 0x52, 0x4F, 0x0D, 0x0A, 0x01, 0x00, 0x00, 0x00, 0x6F, 0x00, 0x00,
    0x00, 0x00, 0x03, 0x13, 0x00, 0x09, 0x09, 0x03, 0x70, 0x42, 0x08, 0x08, 0x87, 0xE0, 0x1E,
    0x79, 0xA8, 0xAA, 0xAA, 0xAA, 0xFF, 0x7F, 0x54, 0x55, 0x55, 0xD5, 0x6B, 0xA0, 0xF1, 0xDE,
    0x7B, 0x00, 0xF8, 0xFF, 0x7B, 0xEF, 0x3D, 0x00, 0xDC, 0x02, 0x0B, 0x78, 0xEF, 0x3D, 0xC0,
    0xFF, 0x1F, 0xBC, 0xF7, 0x1E, 0xE0, 0x12, 0x48, 0x00, 0xBC, 0xF7, 0x1E, 0xFE, 0xFF, 0x00,
    0xDE, 0x7B, 0x0F, 0x13, 0x01, 0x07, 0x08, 0x00, 0x00, 0x80, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x8C,
    0x02, 0x08, 0x04, 0x08, 0x01, 0x00, 0x82, 0xB9, 0xA8, 0xAA, 0xAA, 0xAA, 0x0E, 0x61, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x00, 0x45, 0x03, 0x1E, 0xC9, 0xEA, 0xE7, 0x08, 0xCA,
};

static const char *const names[FUZZ_PLAN_REGIONS] = {"layers.0.weight", "layers.0.bias", "",
                                                     "layers.10.weight"};

static void set_method(struct fuzz_plan *p, uint8_t choice) {
    size_t methods = 0;
    while (scape_ref_method_at(methods)) {
        methods++;
    }
    size_t i = choice % (LEVELS + methods);
    if (i < LEVELS) {
        p->options.level = (enum scape_ref_level)(i + 1);
    } else {
        const struct scape_ref_method *method = scape_ref_method_at(i - LEVELS);
        p->options.method = method->name;
        p->lacks_profile = method->needs_profile;
    }
}

/* Embedded it is the methods' profile, which is short; named the standard one, which all harnesses
 * that decode have. */
static void set_profile(struct fuzz_plan *p, uint8_t flags) {
    bool embed = flags & FLAG_EMBED;
    p->profile = embed ? (struct scape_ref_profile){study_profile, sizeof study_profile}
                       : (struct scape_ref_profile){scape_ref_standard_profile,
                                                    scape_ref_standard_profile_size};
    p->options.embed_profile = embed;
    if (flags & FLAG_PROFILE) {
        p->options.profile = &p->profile;
        p->lacks_profile = p->lacks_profile && !embed;
    }
}

/* Two dimensions whose product is the region's number of elements as nearly as can be, or not. */
static void set_shape(struct scape_ref_plan_region *r, const struct scape_ref_dtype *dtype,
                      const uint8_t *tail) {
    uint64_t elements = dtype->block_bytes != 0
                            ? r->length / dtype->block_bytes * dtype->block_elements
                            : r->length;
    uint64_t columns = tail[4] + UINT64_C(1);
    r->rank = (uint8_t)(tail[5] % (SCAPE_REF_RANK_MAX + 1));
    for (uint8_t i = 0; i < r->rank; i++) {
        r->dims[i] = tail[3] & FLAG_ODD_SHAPE ? (uint64_t)tail[5] << (8 * i) : 1;
    }
    if (r->rank >= 2 && !(tail[3] & FLAG_ODD_SHAPE)) {
        r->dims[r->rank - 2] = elements / columns;
        r->dims[r->rank - 1] = columns;
    }
}

/* 1 to 4 regions: some empty, the last perhaps longer than the content. */
static void set_regions(struct fuzz_plan *p, const uint8_t *tail) {
    const struct scape_ref_dtype *dtype = &scape_ref_dtypes[tail[0] % scape_ref_dtype_count];
    size_t count = tail[6] % (FUZZ_PLAN_REGIONS + 1);
    uint64_t left = p->size;
    for (size_t i = 0; i < count; i++) {
        struct scape_ref_plan_region *r = &p->regions[i];
        r->length = i + 1 == count ? left : left * ((tail[6] >> 3) + i) / 32 % (left + 1);
        r->dtype = i % 2 == 0 ? (uint16_t)dtype->id : (uint16_t)SCAPE_REF_DTYPE_OPAQUE;
        r->name = names[i];
        r->name_len = strlen(names[i]);
        left -= r->length;
        if (r->dtype != SCAPE_REF_DTYPE_OPAQUE) {
            set_shape(r, dtype, tail);
        }
    }
    p->options.regions = p->regions;
    p->options.region_count = count;
}

/* The input, over and over. Shuffled, each byte comes from a random block of the dtype in the
 * input, from its own place there: so bytes are distributed as in the input and nothing repeats. */
static void set_content(struct fuzz_plan *p, const struct fuzz_input *in, size_t copies) {
    const struct scape_ref_dtype *dtype = &scape_ref_dtypes[in->tail[0] % scape_ref_dtype_count];
    size_t block =
        dtype->block_bytes != 0 && dtype->block_bytes <= in->size ? dtype->block_bytes : 1;
    size_t whole = in->size - in->size % block;
    uint32_t random = 0x9E3779B9U;
    if (in->size == 0) {
        return;
    }
    p->size = copies < sizeof p->content / in->size ? copies * in->size : sizeof p->content;
    for (size_t i = 0; i < p->size; i++) {
        size_t from = i % in->size;
        if (in->tail[3] & FLAG_SHUFFLE) {
            random = random * 1664525U + 1013904223U;
            from = (random >> 8) % (whole / block) * block + i % block;
        }
        p->content[i] = in->data[from];
    }
}

void fuzz_plan_make(struct fuzz_plan *p, const struct fuzz_input *in, size_t copies) {
    const uint8_t *tail = in->tail;
    memset(p, 0, sizeof *p);
    set_content(p, in, copies);
    set_method(p, tail[1]);
    set_profile(p, tail[3]);
    set_regions(p, tail);
    if (tail[2] != LEVEL_DEFAULT_CHUNK) {
        p->options.chunk_log2 = SCAPE_REF_CHUNK_LOG2_MIN + tail[2] % CHUNK_LOG2_CHOICES;
    }
    p->options.content_size = tail[3] & FLAG_SIZE_KNOWN ? p->size : UINT64_MAX;
    p->options.content_sha256 = tail[3] & FLAG_SHA256;
    p->options.repeats = tail[3] & FLAG_REPEATS;
}

enum scape_ref_error fuzz_plan_encode(const struct fuzz_plan *p, struct fuzz_memory *memory,
                                      struct fuzz_source *source, struct fuzz_sink *sink) {
    struct scape_ref_encode_options options = p->options;
    struct scape_ref_report report;
    uint64_t bytes = 0;
    options.hooks = fuzz_hooks(memory);
    source->data = p->content;
    source->size = p->size;
    const struct scape_ref_input input = fuzz_source_open(source, true);
    const struct scape_ref_output output = fuzz_sink_open(sink);
    enum scape_ref_error error = scape_ref_encode(&input, &output, &options, &bytes, &report);
    FUZZ_CHECK(error == report.error);
    FUZZ_CHECK(memory->live == 0 && memory->count == 0);
    FUZZ_CHECK(memory->peak == report.peak_memory);
    FUZZ_CHECK(error || (bytes == sink->size && report.content_bytes == p->size));
    return error;
}

/* measure.c - see measure.h. */
#include "measure.h"

#include "archive_file.h"
#include "checksum.h"
#include "memory_file.h"
#include "plan.h"
#include "progress.h"
#include "study_gguf.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATUS_PROFILE_MISSING = 50, /* classes of the format */
    STATUS_PROFILE_BAD = 51,
    RATIO_BOUND = 8,
    REASON = 160
};

/* Both ways of one method, and how long they took. */
struct measured {
    struct cli_bench_input in;
    struct cli_memory_writer packed, restored;
    double pack_seconds, unpack_seconds;
    uint64_t peak_memory;
    int status; /* of the codec */
    char reason[REASON];
};

/* ---- Types ---- */

uint16_t study_main_dtype(const struct study_file *f) {
    uint16_t best = 0;
    uint64_t most = 0;
    for (size_t i = 0; f->cut != NULL && i < f->cut->count; i++) {
        uint64_t bytes = 0;
        for (size_t k = i; k < f->cut->count; k++) {
            bytes += f->cut->regions[k].dtype == f->cut->regions[i].dtype
                         ? f->cut->regions[k].length
                         : 0;
        }
        if (f->cut->regions[i].dtype != 0 && bytes > most) {
            most = bytes;
            best = f->cut->regions[i].dtype;
        }
    }
    return best;
}

static unsigned element_bytes(uint16_t dtype) {
    uint32_t elements, bytes;
    bool simple = scape_cut_dtype_block(dtype, &elements, &bytes) == 0 && elements == 1;
    return simple && bytes <= RATIO_BOUND ? bytes : 1;
}

struct cli_bench_input study_input_of(const struct study_item *item, struct codec_region *region) {
    uint16_t dtype = item->region != NULL ? item->region->dtype : study_main_dtype(item->file);
    *region = (struct codec_region){.length = item->bytes, .dtype = dtype};
    if (item->region != NULL) {
        region->rank = item->region->rank;
        memcpy(region->dims, item->region->dims, sizeof region->dims);
    }
    return (struct cli_bench_input){
        .regions = region, .region_count = 1, .element_bytes = element_bytes(dtype)};
}

/* ---- Rows ---- */

static json_t *shape_json(const struct scape_region *r) {
    json_t *shape = json_array();
    for (unsigned i = 0; r != NULL && i < r->rank; i++) {
        json_array_append_new(shape, cli_json_size(r->dims[i]));
    }
    return shape;
}

static json_t *text_or_null(const char *text) {
    return text != NULL ? cli_json_name(text, strlen(text)) : json_null();
}

void study_row_status(json_t *row, const char *status, const char *message) {
    json_object_set_new(row, "status", json_string(status));
    json_object_set_new(row, "message", text_or_null(message));
}

/* A tensor bears its part of the profile, by bytes, among the tensors of its file that the method
 * codes with it: over a file the profile is counted once. */
static double profile_share(const struct study_methods *methods, const struct study_task *task,
                            const struct study_profile *profile) {
    const struct study_item *item = task->item;
    uint64_t all = 0;
    if (profile == NULL || item->region == NULL) {
        return profile != NULL ? (double)profile->data.size : 0;
    }
    for (size_t i = 0; i < item->file->cut->count; i++) {
        const struct scape_region *r = &item->file->cut->regions[i];
        const struct study_item other = {item->file, r, 0, r->length};
        struct codec_region region;
        const struct cli_bench_input in = study_input_of(&other, &region);
        if (r->dtype != 0 && study_method_applies(task->method, &in, false) &&
            study_method_profile(methods, task->method, &in) == profile) {
            all += r->length;
        }
    }
    return all != 0 ? (double)profile->data.size * (double)item->bytes / (double)all : 0;
}

json_t *study_row_make(const struct study_options *o, const struct study_corpus *corpus,
                       const struct study_methods *methods, const struct study_task *task,
                       const char *status, const char *message) {
    const struct study_item *item = task->item;
    const struct study_file *f = item->file;
    const struct scape_region *r = item->region;
    struct codec_region region;
    const struct cli_bench_input in = study_input_of(item, &region);
    const struct study_profile *p = study_method_profile(methods, task->method, &in);
    char dtype[CLI_DTYPE_TEXT];
    json_t *row = json_pack(
        "{s:i, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:s}", "schema", 1, "corpus",
        text_or_null(corpus->name), "model", text_or_null(f->model), "file", text_or_null(f->name),
        "file_sha256", f->hashed ? json_string(f->sha256_text) : json_null(), "unit",
        r != NULL ? "tensor" : "file", "tensor",
        r != NULL ? cli_json_name(r->name, r->name_len) : json_null(), "dtype",
        region.dtype != 0 ? json_string(cli_dtype_text(region.dtype, dtype)) : json_null(), "shape",
        shape_json(r), "elements", cli_json_size(item->elements), "method", task->method->name);
    json_object_set_new(row, "profile", text_or_null(p != NULL ? p->name : NULL));
    json_object_set_new(row, "profile_sha256", text_or_null(p != NULL ? p->sha256_text : NULL));
    json_object_set_new(row, "profile_bytes", cli_json_size(p != NULL ? p->data.size : 0));
    json_object_set_new(row, "profile_share", json_real(profile_share(methods, task, p)));
    json_object_set_new(row, "in_sample", json_boolean(p != NULL && study_profile_saw(p, f)));
    json_object_set_new(row, "bytes_in", cli_json_size(item->bytes));
    static const char *const later[] = {
        "bytes_out",       "ratio",       "ratio_without_profile", "encode_mb_per_s",
        "decode_mb_per_s", "peak_memory", "content_sha256"};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        json_object_set_new(row, later[i], json_null());
    }
    json_object_set_new(row, "round_trip", json_false());
    (void)o;
    study_row_status(row, status, message);
    return row;
}

static const char *text_of(const json_t *row, const char *name) {
    const char *text = json_string_value(json_object_get(row, name));
    return text != NULL ? text : "";
}

bool study_row_key(const json_t *row, char out[STUDY_KEY_TEXT]) {
    static const char *const parts[] = {"corpus", "model",  "file",   "file_sha256",
                                        "unit",   "tensor", "method", "profile_sha256"};
    uint8_t digest[SCAPE_REF_SHA256_SIZE];
    struct scape_ref_sha256 hash;
    bool good = scape_ref_sha256_init(&hash) == SCAPE_REF_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && good; i++) {
        const char *text = text_of(row, parts[i]);
        good = scape_ref_sha256_update(&hash, text, strlen(text) + 1) == SCAPE_REF_OK;
    }
    if (!good || scape_ref_sha256_finish(&hash, digest) != SCAPE_REF_OK) {
        scape_ref_sha256_free(&hash);
        return false;
    }
    cli_hex_text(digest, (STUDY_KEY_TEXT - 1) / 2, out);
    return true;
}

/* ---- Measuring ---- */

static bool codec_failed(struct measured *m, const struct codec_report *report) {
    m->status = report->status;
    snprintf(m->reason, sizeof m->reason, "%.150s", report->message);
    return report->status != CODEC_OK;
}

static bool codec_both(struct measured *m, const struct study_method *method) {
    const struct codec_memory none = {NULL, 0};
    const struct codec_memory *profile = method->needs_profile ? &method->profile->data : &none;
    const struct codec_plan plan = {.level = method->level,
                                    .method = method->level == 0 ? method->name : NULL,
                                    .content_size = m->in.file.size,
                                    .regions = m->in.regions,
                                    .region_count = m->in.region_count,
                                    .repeats = method->level == CLI_LEVEL_MAX,
                                    .profile = *profile};
    const struct codec_limits limits = {.profiles = profile,
                                        .profile_count = profile->data != NULL ? 1 : 0};
    struct codec_report report;
    struct cli_memory_reader reader = {m->in.file.data, m->in.file.size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(&m->packed);
    double start = cli_clock();
    (void)codec_encode(&source, &target, &plan, &report);
    m->pack_seconds = cli_clock() - start;
    m->peak_memory = report.peak_memory;
    if (codec_failed(m, &report)) {
        return false;
    }
    struct cli_memory_reader packed = {m->packed.data, m->packed.size, 0};
    const struct codec_source back = cli_memory_source(&packed);
    const struct codec_target to = cli_memory_target(&m->restored);
    start = cli_clock();
    (void)codec_decode(&back, &to, &limits, &report);
    m->unpack_seconds = cli_clock() - start;
    m->peak_memory = report.peak_memory > m->peak_memory ? report.peak_memory : m->peak_memory;
    return !codec_failed(m, &report);
}

static bool baseline_both(struct measured *m, const struct cli_baseline *b) {
    double start = cli_clock();
    bool good = b->pack(&m->in, &m->packed);
    double middle = cli_clock();
    const struct codec_memory view = {m->packed.data, m->packed.size};
    snprintf(m->reason, sizeof m->reason, "%s failed", good ? "unpacking" : "packing");
    good = good && b->unpack(&m->in, &view, &m->restored);
    m->pack_seconds = middle - start;
    m->unpack_seconds = cli_clock() - middle;
    return good;
}

static bool external_both(struct measured *m, const struct bench_external *e) {
    char why[BENCH_WHY] = "";
    double start = cli_clock();
    bool good = cli_external_run(e->pack, &m->in.file, &m->packed, why);
    double middle = cli_clock();
    const struct codec_memory view = {m->packed.data, m->packed.size};
    good = good && cli_external_run(e->unpack, &view, &m->restored, why);
    m->pack_seconds = middle - start;
    m->unpack_seconds = cli_clock() - middle;
    snprintf(m->reason, sizeof m->reason, "the command: %s", why);
    return good;
}

/* Output memory is there, and touched, before the clock starts. */
static bool make_room(struct measured *m) {
    size_t size = m->in.file.size;
    bool good = cli_memory_reserve(&m->packed, size + size / 8 + 65536) &&
                cli_memory_reserve(&m->restored, size + 1);
    if (good) {
        memset(m->packed.data, 1, m->packed.capacity);
        memset(m->restored.data, 1, m->restored.capacity);
    } else {
        snprintf(m->reason, sizeof m->reason, "out of memory");
    }
    return good;
}

/* The best time of several. */
static bool measure(struct measured *m, const struct study_method *method, unsigned iterations) {
    double pack = 0, unpack = 0;
    bool good = make_room(m);
    for (unsigned i = 0; i < iterations && good; i++) {
        m->packed.size = m->restored.size = 0;
        good = method->external != NULL   ? external_both(m, method->external)
               : method->baseline != NULL ? baseline_both(m, method->baseline)
                                          : codec_both(m, method);
        pack = i == 0 || m->pack_seconds < pack ? m->pack_seconds : pack;
        unpack = i == 0 || m->unpack_seconds < unpack ? m->unpack_seconds : unpack;
    }
    m->pack_seconds = pack;
    m->unpack_seconds = unpack;
    return good;
}

static double speed(uint64_t bytes, double seconds) {
    return seconds > 0 ? (double)bytes * 1e-6 / seconds : 0;
}

/* Sizes and speeds of what came back as it was. */
static void complete(json_t *row, const struct study_options *o, const struct study_task *task,
                     const struct measured *m) {
    uint64_t size = m->in.file.size, packed = m->packed.size, side = 0;
    double share = json_number_value(json_object_get(row, "profile_share"));
    if (task->method->baseline != NULL) {
        const struct codec_memory view = {m->packed.data, m->packed.size};
        side = cli_study_side_bytes(task->method->baseline, &view);
    }
    if (side != 0) { /* stored with the data, but trained: counted as a profile */
        packed -= side;
        share = (double)side;
        json_object_set_new(row, "profile", json_string("embedded"));
        json_object_set_new(row, "profile_bytes", cli_json_size(side));
        json_object_set_new(row, "profile_share", json_real(share));
    }
    double all = (double)packed + share;
    json_object_set_new(row, "bytes_out", cli_json_size(packed));
    json_object_set_new(row, "ratio", json_real(all > 0 ? (double)size / all : 0));
    json_object_set_new(row, "ratio_without_profile",
                        json_real(packed > 0 ? (double)size / (double)packed : 0));
    json_object_set_new(row, "round_trip", json_true());
    if (!o->no_timing) {
        json_object_set_new(row, "encode_mb_per_s", json_real(speed(size, m->pack_seconds)));
        json_object_set_new(row, "decode_mb_per_s", json_real(speed(size, m->unpack_seconds)));
        json_object_set_new(row, "peak_memory",
                            m->peak_memory != 0 ? cli_json_size(m->peak_memory) : json_null());
    }
    study_row_status(row, "ok", NULL);
}

static void compare(json_t *row, const struct study_options *o, const struct study_task *task,
                    const struct measured *m) {
    uint8_t want[CODEC_SHA256_SIZE], have[CODEC_SHA256_SIZE];
    char text[STUDY_SHA_TEXT];
    if (!codec_sha256(m->in.file.data, m->in.file.size, want) ||
        !codec_sha256(m->restored.data, m->restored.size, have)) {
        study_row_status(row, "failed", "out of memory");
        return;
    }
    json_object_set_new(row, "content_sha256", json_string(cli_hex_text(want, sizeof want, text)));
    if (m->restored.size != m->in.file.size || memcmp(want, have, sizeof want) != 0) {
        study_row_status(row, "mismatch", "what came back has another SHA-256");
        return;
    }
    complete(row, o, task, m);
}

/* The status of what may not or cannot be measured; NULL: go on. */
static const char *barred(const struct study_options *o, const struct study_task *task,
                          const struct study_profile *p, const char **message) {
    if (task->method->needs_profile && p == NULL) {
        *message = "no --profile was given for this method";
        return "no_profile";
    }
    if (p != NULL && p->problem[0] != 0) {
        *message = p->problem;
        return "bad_profile";
    }
    if (p != NULL && !o->in_sample && study_profile_saw(p, task->item->file)) {
        *message = "the profile was trained on this model; --in-sample measures it all the same";
        return "refused";
    }
    return NULL;
}

/* The item's content as the benchmark's input; the plan must be freed. */
static bool load(const struct study_item *item, struct measured *m, struct codec_region *region,
                 struct cli_plan *plan, const char **reason) {
    static const struct cli_options cut = {.verbosity = 0};
    struct codec_memory content;
    if (!study_item_read(item, &content, reason)) {
        return false;
    }
    m->in = study_input_of(item, region);
    m->in.file = content;
    if (item->region == NULL) {
        if (!cli_plan_make_memory(plan, &content, &cut)) {
            *reason = "out of memory";
            return false;
        }
        m->in.regions = plan->regions;
        m->in.region_count = plan->count;
    }
    return true;
}

void study_row_measure(json_t *row, const struct study_options *o,
                       const struct study_methods *methods, const struct study_task *task) {
    struct measured m = {.status = CODEC_OK};
    struct cli_plan plan = {NULL, NULL, 0};
    struct codec_region region;
    const char *message = "";
    const struct cli_bench_input type = study_input_of(task->item, &region);
    const struct study_profile *p = study_method_profile(methods, task->method, &type);
    const char *status = barred(o, task, p, &message);
    if (status != NULL) {
        study_row_status(row, status, message);
        return;
    }
    if (!load(task->item, &m, &region, &plan, &message)) {
        study_row_status(row, "unreadable", message);
    } else if (!measure(&m, task->method, o->iterations)) {
        bool profile = m.status == STATUS_PROFILE_BAD || m.status == STATUS_PROFILE_MISSING;
        study_row_status(row, profile ? "bad_profile" : "failed", m.reason);
    } else {
        compare(row, o, task, &m);
    }
    cli_plan_free(&plan);
    cli_memory_free(&m.packed);
    cli_memory_free(&m.restored);
    free((void *)(uintptr_t)m.in.file.data);
}

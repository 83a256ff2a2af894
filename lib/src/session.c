/* session.c - opening and closing what every handle has, and reports. Depends on session.h. */
#include "session.h"

#include "kernel.h"
#include "sha256.h"

#include <stdio.h>

const char sc_cancelled[] = "the progress callback ended the work";

bool sc_is_zero(const uint64_t *reserved, size_t count) {
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) {
        all |= reserved[i];
    }
    return all == 0;
}

void sc_report_fill(struct scape_report *report, const struct sc_fault *fault,
                    uint64_t content_bytes, uint64_t peak_memory) {
    if (report == NULL) {
        return;
    }
    *report = (struct scape_report){.error = fault->error,
                                    .position = fault->position,
                                    .content_bytes = content_bytes,
                                    .peak_memory = peak_memory};
    if (fault->where == sc_cancelled) {
        snprintf(report->message, sizeof report->message, "%s", sc_cancelled);
    } else if (fault->error != SCAPE_OK) {
        snprintf(report->message, sizeof report->message, "%s: %s",
                 fault->where == NULL ? "the call" : fault->where, scape_error_text(fault->error));
    }
}

static enum scape_error open_profiles(struct sc_session *s) {
    enum scape_error error = SCAPE_OK;
    size_t count = s->options.profile_count;
    if (count == 0) {
        return error;
    }
    s->known = sc_memory_new(&s->memory, count * sizeof *s->known, &error);
    for (size_t i = 0; i < count && error == SCAPE_OK; i++) {
        struct sc_sha256 sha;
        sc_sha256_start(&sha);
        sc_sha256_add(&sha, s->options.profiles[i].data, s->options.profiles[i].size);
        sc_sha256_end(&sha, s->known[i].digest);
    }
    return error;
}

static enum scape_error check_options(const struct scape_decode_options *o) {
    const struct scape_spool *spool = o->spool;
    const bool good = o->threads <= SC_THREADS_MAX &&
                      (spool == NULL || (spool->write_at != NULL && spool->read_at != NULL)) &&
                      (o->profile_count == 0 || o->profiles != NULL) &&
                      o->profile_count <= SIZE_MAX / sizeof(struct sc_known_profile) &&
                      sc_hooks_are_whole(&o->hooks) &&
                      sc_is_zero(o->reserved, sizeof o->reserved / sizeof o->reserved[0]);
    return good ? SCAPE_OK : SCAPE_ERROR_BAD_ARGUMENT;
}

void *sc_session_new_handle(const struct scape_decode_options *options, size_t size,
                            enum scape_error *error) {
    static const struct scape_decode_options standard;
    const struct scape_decode_options *o = options == NULL ? &standard : options;
    *error = check_options(o);
    return *error == SCAPE_OK ? sc_handle_new(&o->hooks, o->max_memory, size, error) : NULL;
}

enum scape_error sc_session_open(struct sc_session *s, const struct scape_decode_options *options,
                                 size_t held) {
    *s = (struct sc_session){.kernel = sc_kernel_select()};
    if (options != NULL) {
        s->options = *options;
    }
    if (s->options.threads == 0) {
        s->options.threads = 1;
    }
    enum scape_error error = check_options(&s->options);
    if (error == SCAPE_OK) {
        error = sc_memory_open(&s->memory, &s->options.hooks, s->options.max_memory);
    }
    if (error != SCAPE_OK) {
        return error;
    }
    sc_memory_count(&s->memory, held);
    error = sc_standard_open(&s->standard);
    if (error != SCAPE_OK) {
        sc_memory_close(&s->memory);
        return error;
    }
    error = open_profiles(s);
    if (error != SCAPE_OK) {
        sc_session_close(s);
    }
    return error;
}

void sc_session_close(struct sc_session *s) {
    sc_tables_release(&s->memory, &s->scratch);
    sc_memory_delete(&s->memory, s->known, s->options.profile_count * sizeof *s->known);
    sc_standard_close(&s->memory, &s->standard);
    sc_memory_close(&s->memory);
}

enum scape_error sc_session_find_profile(struct sc_session *s, const uint8_t *name,
                                         const struct sc_profile_sets **sets) {
    for (size_t i = 0; i < s->options.profile_count; i++) {
        struct sc_known_profile *known = &s->known[i];
        if (memcmp(known->digest, name, SC_DIGEST_SIZE) == 0) {
            if (!known->checked) {
                const struct scape_profile *file = &s->options.profiles[i];
                known->error =
                    sc_profile_open(&s->memory, &s->scratch, &known->sets, file->data, file->size);
                known->checked = true;
            }
            *sets = &known->sets;
            return known->error;
        }
    }
    return SCAPE_ERROR_PROFILE_MISSING;
}

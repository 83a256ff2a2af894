/* session.h - what every handle has: memory, kernel, checked options, profiles. Depends on
 * standard.h and frame.h. */
#ifndef SC_SESSION_H
#define SC_SESSION_H

#include "frame.h"
#include "profile.h"
#include "standard.h"
#include "work.h"

/* A profile that the caller gave; it is checked when a frame first names it. */
struct sc_known_profile {
    uint8_t digest[SC_DIGEST_SIZE];
    bool checked;
    enum scape_error error;
    struct sc_profile_sets sets;
};

struct sc_session {
    struct sc_memory memory;
    struct scape_decode_options options;
    const struct sc_kernel *kernel;
    struct sc_standard standard;
    struct sc_known_profile *known; /* options.profile_count */
    struct sc_tables scratch;
};

/* Where something went wrong. */
struct sc_fault {
    enum scape_error error;
    uint64_t position;
    const char *where; /* "header of the frame", ... */
};

/* The `where` of a call that the progress callback ended, and its whole message. */
extern const char sc_cancelled[];

enum {
    SC_THREADS_MAX = 64
};

/* Whether members that have no meaning yet are zero. */
bool sc_is_zero(const uint64_t *reserved, size_t count);

/* Memory for a handle that has a session, all zero; NULL if the options are not allowed, which is
 * found first, or there is none. */
void *sc_session_new_handle(const struct scape_decode_options *options, size_t size,
                            enum scape_error *error);

/* options may be NULL; held: bytes of the handle, see sc_memory_count. On an error everything is
 * released. */
enum scape_error sc_session_open(struct sc_session *s, const struct scape_decode_options *options,
                                 size_t held);
void sc_session_close(struct sc_session *s);

/* The checked sets of the given profile of this name [PRF-002]. */
enum scape_error sc_session_find_profile(struct sc_session *s, const uint8_t *name,
                                         const struct sc_profile_sets **sets);

/* report may be NULL. */
void sc_report_fill(struct scape_report *report, const struct sc_fault *fault,
                    uint64_t content_bytes, uint64_t peak_memory);

#endif

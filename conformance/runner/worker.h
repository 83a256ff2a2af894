/* worker.h - runs cases against one adapter, several at a time, each worker a process of its own
 * so that what a program leaves behind is known to be its. Depends on judge. */
#ifndef CF_WORKER_H
#define CF_WORKER_H

#include "judge.h"

enum {
    CF_EXCERPT = 128,
    CF_TEXT_SIZE = 160
};

/* What became of a case; sent between processes as it is. */
struct cf_result {
    uint32_t number;  /* of the case, or CF_SESSION */
    uint32_t verdict; /* enum cf_verdict */
    double seconds;
    uint64_t peak;
    struct cf_blob output;
    bool differs;                  /* from what was wanted, which is known: */
    uint64_t differs_at;           /* the first byte that does */
    uint64_t excerpt_at;           /* where the excerpts stand in the outputs */
    uint32_t have_size, want_size; /* of the excerpts */
    uint8_t have_bytes[CF_EXCERPT], want_bytes[CF_EXCERPT];
    char have[CF_TEXT_SIZE];
    char note[CF_NOTE_SIZE];
};

#define CF_SESSION UINT32_MAX /* in place of a case: how a persistent session ended */

struct cf_settings {
    const struct cf_manifest *manifest;
    const struct cf_adapter *provider; /* gives the content to encode, or NULL */
    struct cf_limits limits;
    bool own_seconds, own_memory; /* limits that the user gave, before those of a case */
    bool persistent;              /* where the adapter has it */
    bool fail_fast;
    unsigned jobs;
    const char *folder; /* an empty one for scratch */
    /* Called after each case, or NULL. */
    void (*progress)(const struct cf_adapter *a, size_t done, size_t total, size_t bad);
};

/* Runs the cases with the given numbers in that order; result[i] is that of case numbers[i], with
 * number CF_SESSION where fail_fast left it out. `session` gets the worst end of a session, CF_PASS
 * where all was well. False when a signal asked to stop. */
bool cf_run_all(const struct cf_settings *s, const struct cf_adapter *a, const uint32_t *numbers,
                size_t count, struct cf_result *results, struct cf_result *session);

/* Makes SIGINT and its like end cf_run_all instead of the program. */
void cf_catch_signals(void);

#endif

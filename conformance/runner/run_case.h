/* run_case.h - one case, run and judged; the inside of a worker. */
#ifndef CF_RUN_CASE_H
#define CF_RUN_CASE_H

#include "worker.h"

struct cf_worker {
    const struct cf_settings *settings;
    const struct cf_adapter *adapter;
    struct cf_session session;
    char *folder; /* its own */
};

void cf_run_case(struct cf_worker *w, uint32_t number, struct cf_result *result);

#endif

/* progress.c - see progress.h. */
#include "progress.h"
#include "message.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

double cli_clock(void) {
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct cli_progress cli_progress_start(const char *name, uint64_t total, int verbosity) {
    struct cli_progress p = {.name = name, .total = total, .started = cli_clock()};
    p.enabled = verbosity >= 0 && isatty(STDERR_FILENO);
    p.last = p.started + 0.8;
    return p;
}

void cli_progress_update(struct cli_progress *p, uint64_t done, uint64_t out) {
    if (!p->enabled) {
        return;
    }
    double now = cli_clock();
    if (now - p->last < 0.2) {
        return;
    }
    char done_text[CLI_SIZE_TEXT], out_text[CLI_SIZE_TEXT];
    p->last = now;
    p->shown = true;
    fputc('\r', stderr);
    cli_print_name(stderr, p->name, strlen(p->name));
    fprintf(stderr, ": %s -> %s", cli_size_text(done, done_text), cli_size_text(out, out_text));
    if (p->total != UINT64_MAX && p->total != 0) {
        fprintf(stderr, ", %.0f %%", 100.0 * (double)done / (double)p->total);
    }
    fprintf(stderr, ", %.0f MB/s\033[K", (double)done * 1e-6 / (now - p->started));
    (void)fflush(stderr);
}

void cli_progress_end(struct cli_progress *p) {
    if (p->shown) {
        fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        p->shown = false;
    }
}

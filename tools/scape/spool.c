/* spool.c - see spool.h. */
#include "spool.h"

#include "input.h"
#include "output.h"
#include "sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct cli_spool cli_spool_make(void) {
    return (struct cli_spool){.fd = -1};
}

static bool open_unnamed(struct cli_spool *spool) {
    const char *folder = getenv("TMPDIR");
    char *path = cli_path_join(folder != NULL && *folder != 0 ? folder : "/tmp", "scape-XXXXXX");
    spool->fd = path != NULL ? mkstemp(path) : -1;
    spool->error = spool->fd < 0 ? errno : 0;
    if (spool->fd >= 0) {
        (void)unlink(path);
    }
    free(path);
    return spool->fd >= 0;
}

static int spool_write_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    struct cli_spool *spool = ctx;
    if (spool->fd < 0 && !open_unnamed(spool)) {
        return -1;
    }
    if (!cli_pwrite(spool->fd, offset, data, n)) {
        spool->error = errno;
        return -1;
    }
    return 0;
}

static int64_t spool_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct cli_spool *spool = ctx;
    return spool->fd < 0 ? -1 : cli_pread(spool->fd, offset, buffer, n);
}

struct codec_spool cli_spool_view(struct cli_spool *spool) {
    return (struct codec_spool){spool, spool_write_at, spool_read_at};
}

void cli_spool_close(struct cli_spool *spool) {
    if (spool->fd >= 0) {
        (void)close(spool->fd);
    }
    *spool = cli_spool_make();
}

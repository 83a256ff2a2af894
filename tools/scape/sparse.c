/* sparse.c - see sparse.h. */
#include "sparse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE = 32768 /* shorter holes would cost more in extents than they save in blocks */
};

static bool is_zero(const unsigned char *data, size_t n) {
    return data[0] == 0 && memcmp(data, data + 1, n - 1) == 0;
}

bool cli_pwrite(int fd, uint64_t offset, const void *data, size_t n) {
    const unsigned char *from = data;
    if (offset > (uint64_t)INT64_MAX - n) {
        errno = EFBIG;
        return false;
    }
    for (size_t done = 0; done < n;) {
        ssize_t w = pwrite(fd, from + done, n - done, (off_t)(offset + done));
        if (w < 0 && errno != EINTR) {
            return false;
        }
        done += w > 0 ? (size_t)w : 0;
    }
    return true;
}

bool cli_sparse_write(int fd, uint64_t offset, const void *data, size_t n) {
    const unsigned char *from = data; /* what is to be written up to `at` */
    const unsigned char *at = data, *end = at + n;
    uint64_t place = offset; /* of `at` */
    while (at < end) {
        size_t step = PIECE - (size_t)(place % PIECE);
        step = step < (size_t)(end - at) ? step : (size_t)(end - at);
        if (step == PIECE && is_zero(at, step)) {
            if (!cli_pwrite(fd, place - (uint64_t)(at - from), from, (size_t)(at - from))) {
                return false;
            }
            from = at + step;
        }
        at += step;
        place += step;
    }
    return cli_pwrite(fd, place - (uint64_t)(at - from), from, (size_t)(at - from));
}

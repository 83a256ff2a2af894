/* sparse.h - writing a regular file so that long runs of zeros become holes. Depends on POSIX. */
#ifndef SCAPE_CLI_SPARSE_H
#define SCAPE_CLI_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes n bytes at an offset, all of them. False: errno says why. */
bool cli_pwrite(int fd, uint64_t offset, const void *data, size_t n);
/* Writes n bytes at an offset of a file that holds nothing there yet, but for the aligned 32 KiB
 * pieces of zeros. The file's size must be set when all is written. False: errno says why. */
bool cli_sparse_write(int fd, uint64_t offset, const void *data, size_t n);

#endif

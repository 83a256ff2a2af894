/* results.h - results files: JSON lines, each one row, plain or as zstd frames. A file whose end is
 * torn, by a kill say, is read up to there and goes on from there. Depends on jansson and libzstd.
 */
#ifndef SCAPE_STUDY_RESULTS_H
#define SCAPE_STUDY_RESULTS_H

#include "memory_file.h"
#include "options.h"

#include <jansson.h>

/* Appends the file's rows. *whole: bytes of the file that hold whole rows. Lines that are no rows
 * are left out and counted. False when it cannot be read; printed. */
bool study_results_read(const char *path, json_t *rows, uint64_t *whole, size_t *damaged);

/* The rows of several files: of those with equal keys the last, in the order of corpus, model,
 * file, unit, tensor, method. NULL: printed. */
json_t *study_results_load(const struct study_words *paths);

struct study_writer {
    const char *path;
    int fd;
    bool zstd;
    struct cli_memory_writer pending; /* rows of the frame to come */
};

/* Opens the file for appending behind its whole rows, which are read into rows. Only one process
 * at a time may; printed where not. */
bool study_writer_open(struct study_writer *w, const char *path, json_t *rows);
bool study_writer_row(struct study_writer *w, const json_t *row);
bool study_writer_close(struct study_writer *w);

/* Orders and removes doubles; takes the array. NULL: out of memory. */
json_t *study_rows_sort(json_t *rows);

/* A row's text and number, with a default. */
const char *study_row_text(const json_t *row, const char *name);
double study_row_number(const json_t *row, const char *name);
bool study_row_is_ok(const json_t *row);

#endif

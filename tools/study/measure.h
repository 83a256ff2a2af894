/* measure.h - one result: a method on a tensor or a file, packed, unpacked and compared by SHA-256.
 * Whatever goes wrong becomes the row's status. Depends on methods.h and jansson. */
#ifndef SCAPE_STUDY_MEASURE_H
#define SCAPE_STUDY_MEASURE_H

#include "methods.h"

#include <jansson.h>

enum {
    STUDY_KEY_TEXT = 33
};

struct study_task {
    const struct study_item *item;
    const struct study_method *method;
    char key[STUDY_KEY_TEXT];
};

/* What is known before anything is measured: a row with the status "failed" and that message. */
json_t *study_row_make(const struct study_options *o, const struct study_corpus *corpus,
                       const struct study_methods *methods, const struct study_task *task,
                       const char *status, const char *message);

/* Measures and completes the row. */
void study_row_measure(json_t *row, const struct study_options *o,
                       const struct study_methods *methods, const struct study_task *task);

/* Names the row's place among all results: file, content, tensor, method and profile. */
bool study_row_key(const json_t *row, char out[STUDY_KEY_TEXT]);

void study_row_status(json_t *row, const char *status, const char *message);

/* The type that most of a file's bytes have, 0: opaque. */
uint16_t study_main_dtype(const struct study_file *f);

/* An item without content, as the baselines' rules want it: one region of the item's type. */
struct cli_bench_input study_input_of(const struct study_item *item, struct codec_region *region);

#endif

/* labels.h - where the names of points go so that they lie on no other. Depends on the C library.
 */
#ifndef SCAPE_STUDY_LABELS_H
#define SCAPE_STUDY_LABELS_H

#include <stdbool.h>
#include <stddef.h>

/* A point in the unit square, and the place that its label gets: the middle of its left end, or of
 * its right end. */
struct study_label {
    double x, y;
    size_t length; /* of the text, in characters */
    double at_x, at_y;
    bool to_left; /* the text ends at at_x */
};

/* One label after the other, each to the place near its point where it covers least. */
void study_labels_place(struct study_label *labels, size_t n);

#endif

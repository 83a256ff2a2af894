/* plots.h - the figures: for each, what writes its data and how gnuplot draws it. Depends on
 * evidence.h. */
#ifndef SCAPE_STUDY_PLOTS_H
#define SCAPE_STUDY_PLOTS_H

#include "evidence.h"

#include <stdio.h>

struct study_plot {
    const char *name;    /* of its files */
    const char *caption; /* what is to be seen, for the page */
    /* Writes the data file and returns its lines; 0: there is nothing to draw. */
    size_t (*write)(FILE *to, const struct study_evidence *e, const struct study_options *o);
    const char *commands; /* gnuplot's, with the data in the variable `data` */
};

extern const struct study_plot study_plots[];
extern const size_t study_plot_count;

#endif

/* methods.h - everything that a study can measure: the codec by level and by named method, the
 * study's methods and general compressors of `scape bench`, and programs by command line. Depends
 * on the benchmark's baselines. */
#ifndef SCAPE_STUDY_METHODS_H
#define SCAPE_STUDY_METHODS_H

#include "profile.h"

#include "baselines.h"
#include "bench.h"

struct study_method {
    const char *name;
    const struct cli_baseline *baseline;   /* not NULL: in memory, no codec */
    const struct bench_external *external; /* not NULL: by command line */
    int level;                             /* of the codec; 0: by its name */
    bool whole_only;                       /* makes sense for whole files alone */
    bool needs_profile;
    const struct study_profile *profile; /* one that was given, or NULL */
};

struct study_methods {
    struct study_method *at;
    size_t count;
    struct study_profile standard;
    struct study_profile *profiles;
    size_t profile_count;
    struct bench_external *externals;
    size_t external_count;
};

/* Those that --methods names, all where it names none. Prints what is wrong. */
bool study_methods_open(struct study_methods *m, const struct study_options *o);
void study_methods_close(struct study_methods *m);

/* Whether a method has something to do with tensors of a type. The input has one region. */
bool study_method_applies(const struct study_method *m, const struct cli_bench_input *in,
                          bool whole_file);

/* The profile that a method uses on a type, or NULL: one that was given, or the standard one where
 * the codec may use it. */
const struct study_profile *study_method_profile(const struct study_methods *all,
                                                 const struct study_method *m,
                                                 const struct cli_bench_input *in);

#endif

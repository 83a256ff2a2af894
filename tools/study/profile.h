/* profile.h - profiles of the study's methods and what they were trained on: the fairness contract
 * keeps the models of training and of testing apart. Depends on corpus.h. */
#ifndef SCAPE_STUDY_PROFILE_H
#define SCAPE_STUDY_PROFILE_H

#include "corpus.h"

struct study_example {
    uint8_t sha256[CODEC_SHA256_SIZE];
    char *model;
};

struct study_profile {
    const char *method; /* n bytes of the argument; NULL for the standard profile */
    size_t method_length;
    const char *name; /* the last part of its path, or "standard" */
    struct codec_memory data;
    void *owned; /* data, where it is to be freed */
    char sha256_text[STUDY_SHA_TEXT];
    struct study_example *examples;
    size_t example_count;
    const char *problem; /* "" where there is none */
};

/* METHOD=FILE. A file that is no profile is kept with its problem. False: out of memory. */
bool study_profile_load(struct study_profile *p, const char *argument);
/* The format's own, built in. */
bool study_profile_standard(struct study_profile *p);
void study_profile_free(struct study_profile *p);

/* Whether a file, hashed before, or another one of its model was trained on. */
bool study_profile_saw(const struct study_profile *p, const struct study_file *f);

#endif

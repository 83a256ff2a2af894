/* evidence.h - what figures and report are made from: results and the JSON of other commands, told
 * apart by what they hold. Depends on results.h. */
#ifndef SCAPE_STUDY_EVIDENCE_H
#define SCAPE_STUDY_EVIDENCE_H

#include "results.h"

struct study_evidence {
    json_t *results;    /* rows of run, sorted; may be empty */
    json_t *atlas;      /* rows of all atlases */
    json_t *files;      /* of all atlases: composition of GGUF files */
    json_t *crosslayer; /* pairs */
    json_t *gap;        /* terms */
    const char *folder; /* an input that is a folder: of figures; or NULL */
};

/* Prints what is wrong. */
bool study_evidence_load(struct study_evidence *e, const struct study_words *inputs);
void study_evidence_free(struct study_evidence *e);

#endif

/* roles.h - what a tensor is for, and in which layer, from patterns of names. Depends on options.h.
 */
#ifndef SCAPE_STUDY_ROLES_H
#define SCAPE_STUDY_ROLES_H

#include "options.h"

enum {
    STUDY_PATTERN = 128
};

/* A pattern is text with one {} for the layer's number; what follows it is the role. */
struct study_roles {
    char (*patterns)[STUDY_PATTERN];
    size_t count;
};

/* Our patterns (llama, qwen, mistral, gpt2, rwkv, gguf and others), before them those of the
 * options' files: one a line, # begins a comment. Prints what is wrong. */
bool study_roles_open(struct study_roles *r, const struct study_options *o);
void study_roles_close(struct study_roles *r);

/* Layer and role of a name; false: no pattern fits. role points into the name. */
bool study_roles_find(const struct study_roles *r, const char *name, unsigned *layer,
                      const char **role);

#endif

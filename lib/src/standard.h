/* standard.h - the sets of the standard profile, which every decoder has built in [PRF-001]: each
 * is read when a stream uses it for the first time, and kept with the forms that kernels made of
 * it, for all threads of a handle. Depends on profile.h and kernel.h. */
#ifndef SC_STANDARD_H
#define SC_STANDARD_H

#include "kernel.h"
#include "profile.h"

struct sc_standard_form {
    bool made, fits; /* fits: the set has such a form */
    struct sc_bulk bulk;
    struct sc_buffer memory;
};

struct sc_standard_set {
    bool read;
    struct sc_tables tables;
    struct sc_standard_form forms[SC_FORM_COUNT];
};

struct sc_standard {
    pthread_mutex_t lock;
    struct sc_profile_sets sets;
    struct sc_standard_set *kept; /* NULL before the first use */
};

/* NO_MEMORY when the lock cannot be made. */
enum scape_error sc_standard_open(struct sc_standard *standard);
void sc_standard_close(struct sc_memory *memory, struct sc_standard *standard);

/* Set `number` for a stream of precision p and K = count [TBL-030], or NULL and the class at the
 * cursor. It stays as it is until the handle is closed. */
struct sc_standard_set *sc_standard_find(struct sc_memory *memory, struct sc_standard *standard,
                                         uint64_t number, uint32_t precision, uint32_t count,
                                         struct sc_cursor *c);

/* The set's form, what the form tells in *bulk; NULL if the set has none, or on an error. */
const struct sc_bulk *sc_standard_form(struct sc_memory *memory, struct sc_standard *standard,
                                       struct sc_standard_set *set, enum sc_form form,
                                       enum scape_error *error);

#endif

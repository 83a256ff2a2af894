/* standard.c - reading and keeping the sets of the standard profile. The profile is part of the
 * library, so it is not checked here, and where its sets start is known. Depends on standard.h. */
#include "standard.h"

enum scape_error sc_standard_open(struct sc_standard *standard) {
    standard->kept = NULL;
    sc_profile_standard(&standard->sets);
    return pthread_mutex_init(&standard->lock, NULL) == 0 ? SCAPE_OK : SCAPE_ERROR_NO_MEMORY;
}

void sc_standard_close(struct sc_memory *memory, struct sc_standard *standard) {
    for (uint32_t i = 0; standard->kept != NULL && i < standard->sets.count; i++) {
        struct sc_standard_set *set = &standard->kept[i];
        sc_tables_release(memory, &set->tables);
        for (uint32_t form = 0; form < SC_FORM_COUNT; form++) {
            sc_buffer_release(memory, &set->forms[form].memory);
        }
    }
    sc_memory_delete(memory, standard->kept, standard->sets.count * sizeof *standard->kept);
    pthread_mutex_destroy(&standard->lock);
}

/* With the lock held. */
static struct sc_standard_set *find(struct sc_memory *memory, struct sc_standard *standard,
                                    uint64_t number, uint32_t precision, uint32_t count,
                                    struct sc_cursor *c) {
    if (standard->kept == NULL) {
        enum scape_error error = SCAPE_OK;
        size_t size = standard->sets.count * sizeof *standard->kept;
        standard->kept = sc_memory_new(memory, size, &error);
        if (!sc_cursor_require(c, error == SCAPE_OK, error)) {
            return NULL;
        }
    }
    struct sc_standard_set *set = &standard->kept[number];
    if (!set->read) {
        sc_profile_read_set(memory, &set->tables, &standard->sets, number, precision, count, c);
        set->read = c->error == SCAPE_OK;
    }
    return set->read ? set : NULL;
}

struct sc_standard_set *sc_standard_find(struct sc_memory *memory, struct sc_standard *standard,
                                         uint64_t number, uint32_t precision, uint32_t count,
                                         struct sc_cursor *c) {
    if (!sc_profile_check_set(&standard->sets, number, precision, count, c)) {
        return NULL;
    }
    pthread_mutex_lock(&standard->lock);
    struct sc_standard_set *set = find(memory, standard, number, precision, count, c);
    pthread_mutex_unlock(&standard->lock);
    return set;
}

const struct sc_bulk *sc_standard_form(struct sc_memory *memory, struct sc_standard *standard,
                                       struct sc_standard_set *set, enum sc_form form,
                                       enum scape_error *error) {
    struct sc_standard_form *f = &set->forms[form];
    pthread_mutex_lock(&standard->lock);
    if (!f->made) {
        *error = sc_buffer_reserve(memory, &f->memory, sc_form_size(form, &set->tables));
        if (*error == SCAPE_OK) {
            f->fits = sc_form_make(form, &set->tables, f->memory.data, &f->bulk);
            f->made = true;
        }
    }
    bool there = f->made && f->fits;
    pthread_mutex_unlock(&standard->lock);
    return there ? &f->bulk : NULL;
}

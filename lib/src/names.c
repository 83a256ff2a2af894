/* names.c - names of the registry, of error classes, and versions. Depends on registry_tables.h,
 * kernel.h. */
#include "kernel.h"
#include "layout.h"

#include <string.h>

const char *scape_format_version(void) {
    return SCAPE_REG_FORMAT_VERSION;
}

const char *scape_kernel_name(void) {
    return sc_kernel_select()->name;
}

unsigned scape_version(void) {
    return SCAPE_VERSION_MAJOR * 10000 + SCAPE_VERSION_MINOR * 100 + SCAPE_VERSION_PATCH;
}

static const struct scape_reg_error_text *find_text(enum scape_error error) {
    for (size_t i = 0; i < scape_reg_error_text_count; i++) {
        if (scape_reg_error_texts[i].id == (int)error) {
            return &scape_reg_error_texts[i];
        }
    }
    return NULL;
}

const char *scape_error_name(enum scape_error error) {
    const struct scape_reg_error_text *text = find_text(error);
    return error == SCAPE_OK ? "OK" : text == NULL ? "UNKNOWN" : text->name;
}

const char *scape_error_text(enum scape_error error) {
    const struct scape_reg_error_text *text = find_text(error);
    return error == SCAPE_OK ? "no error" : text == NULL ? "no error class" : text->text;
}

const char *scape_dtype_name(uint32_t dtype) {
    for (size_t i = 0; i < scape_reg_dtype_count; i++) {
        if (scape_reg_dtypes[i].id == dtype) {
            return scape_reg_dtypes[i].name;
        }
    }
    return NULL;
}

/* Names of the registry are in upper case. */
static bool same_in_any_case(const char *upper, const char *name) {
    for (; *upper != 0 && *name != 0; upper++, name++) {
        char c = *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
        if (*upper != c) {
            return false;
        }
    }
    return *upper == *name;
}

uint32_t scape_dtype_number(const char *name) {
    for (size_t i = 0; i < scape_reg_dtype_count; i++) {
        if (same_in_any_case(scape_reg_dtypes[i].name, name)) {
            return scape_reg_dtypes[i].id;
        }
    }
    return 0;
}

const char *scape_layout_name(uint32_t layout) {
    const struct scape_reg_layout *row = sc_layout_find(layout);
    return row != NULL ? row->name : NULL;
}

const char *scape_coder_name(uint32_t coder) {
    static const char *const names[] = {[SCAPE_REG_CODER_PACKED] = "packed",
                                        [SCAPE_REG_CODER_ZSTD] = "zstd",
                                        [SCAPE_REG_CODER_CONSTANT] = "constant",
                                        [SCAPE_REG_CODER_RANS] = "rans",
                                        [SCAPE_REG_CODER_RANS_MIXTURE] = "mixture",
                                        [SCAPE_REG_CODER_RANS_CONTEXT] = "context",
                                        [SCAPE_REG_CODER_LIFT] = "lift"};
    return coder < sizeof names / sizeof names[0] ? names[coder] : NULL;
}

/* safetensors.c - see safetensors.h. */
#include "safetensors.h"

#include "bytes.h"

#include <stdlib.h>
#include <string.h>

/* Width for ordering: bits of an element. */
static unsigned element_bits(const scape_tensor *t) {
    const scape_gen_dtype_info *info = scape_gen_dtype_find(t->dtype);
    return 8U * info->block_bytes / info->block_elements;
}

static int compare_tensors(const void *a, const void *b) {
    const scape_tensor *x = a;
    const scape_tensor *y = b;
    unsigned width_x = element_bits(x);
    unsigned width_y = element_bits(y);
    if (width_x != width_y) {
        return width_x > width_y ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static void append_entry(scape_buffer *out, const scape_tensor *t, uint64_t begin) {
    scape_buffer_text(out, ",\"");
    scape_buffer_text(out, t->name);
    scape_buffer_text(out, "\":{\"dtype\":\"");
    scape_buffer_text(out, scape_gen_dtype_find(t->dtype)->name);
    scape_buffer_text(out, "\",\"shape\":[");
    for (unsigned i = 0; i < t->rank; i++) {
        if (i != 0) {
            scape_buffer_text(out, ",");
        }
        scape_buffer_decimal(out, t->dims[i]);
    }
    scape_buffer_text(out, "],\"data_offsets\":[");
    scape_buffer_decimal(out, begin);
    scape_buffer_text(out, ",");
    scape_buffer_decimal(out, begin + scape_tensor_bytes(t));
    scape_buffer_text(out, "]}");
}

void scape_safetensors_header(scape_model *m, scape_buffer *out) {
    if (m->count != 0) {
        qsort(m->tensors, m->count, sizeof(scape_tensor), compare_tensors);
    }
    scape_buffer_integer(out, 0, 8, false);
    scape_buffer_text(out, "{\"__metadata__\":{\"format\":\"pt\"}");
    uint64_t at = 0;
    for (size_t i = 0; i < m->count; i++) {
        append_entry(out, &m->tensors[i], at);
        at += scape_tensor_bytes(&m->tensors[i]);
    }
    scape_buffer_text(out, "}");
    scape_buffer_pad(out, 8, ' ');
    if (!out->failed) {
        scape_bytes_put(out->data, out->size - 8, 8, false);
    }
}

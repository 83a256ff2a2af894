/* context.c - see context.h. */
#include "context.h"

#include "block_class.h"
#include "rans.h"

static const struct scape_ref_context one_table = {.kind = SCAPE_REF_CONTEXT_KIND_NONE,
                                                   .sub_coded = 1};

enum scape_ref_error scape_ref_nested_read(struct scape_ref_cursor *c, uint32_t limit,
                                           struct scape_ref_stream_work *work,
                                           struct scape_ref_array *out) {
    struct scape_ref_rans_mode mode;
    uint8_t coder;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &coder);
    if (error) {
        return error;
    }
    switch (coder) {
    case SCAPE_REF_CODER_PACKED:
        error = scape_ref_packed_read(c, out);
        break;
    case SCAPE_REF_CODER_CONSTANT:
        error = scape_ref_constant_read(c, out);
        break;
    case SCAPE_REF_CODER_RANS:
        error = scape_ref_rans_mode_read(c, true, &mode);
        error = error ? error : scape_ref_rans_read(c, &mode, 1, &one_table, work, out);
        break;
    default:
        return SCAPE_REF_UNKNOWN_CODER;
    }
    if (limit == SCAPE_REF_NESTED_ANY) {
        return error;
    }
    for (uint64_t i = 0; !error && i < out->count; i++) {
        if (scape_ref_array_get(out, i) >= limit) {
            return SCAPE_REF_BAD_CONTEXT;
        }
    }
    return error;
}

/* [CTX-002] */
static enum scape_ref_error read_clusters(struct scape_ref_cursor *c, uint32_t count,
                                          uint32_t table_count, struct scape_ref_stream_work *work,
                                          struct scape_ref_context *out) {
    uint8_t log2;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &log2);
    if (error) {
        return error;
    }
    if (log2 < SCAPE_REF_CLUSTER_LOG2_MIN || log2 > SCAPE_REF_CLUSTER_LOG2_MAX) {
        return SCAPE_REF_LIMIT;
    }
    uint32_t width = 1;
    while ((table_count - 1) >> width != 0) {
        width++;
    }
    struct scape_ref_array ids = {width, 1, ((count - 1) >> log2) + UINT64_C(1), work->ids};
    out->kind = SCAPE_REF_CONTEXT_KIND_CLUSTER;
    out->cluster_log2 = log2;
    out->ids = work->ids;
    return scape_ref_nested_read(c, table_count, work, &ids);
}

/* The context of every sum of classes: how many thresholds it has reached. */
static enum scape_ref_error read_thresholds(struct scape_ref_cursor *c, uint32_t table_count,
                                            uint8_t *map) {
    const uint8_t *thresholds;
    enum scape_ref_error error = scape_ref_cursor_take(c, table_count - 1, &thresholds);
    if (error) {
        return error;
    }
    for (uint32_t i = 1; i < table_count - 1; i++) {
        if (thresholds[i] < thresholds[i - 1]) {
            return SCAPE_REF_BAD_CONTEXT;
        }
    }
    uint32_t context = 0;
    for (uint32_t sum = 0; sum < SCAPE_REF_CLASS_SUMS; sum++) {
        while (context < table_count - 1 && thresholds[context] <= sum) {
            context++;
        }
        map[sum] = (uint8_t)context;
    }
    return SCAPE_REF_OK;
}

/* [CTX-010] Row and column classes share the ids' memory: with `columns` columns there are
 * ceil(count / columns) + columns <= count + 1 of them. */
static enum scape_ref_error read_row_column(struct scape_ref_cursor *c, uint32_t count,
                                            uint32_t table_count,
                                            struct scape_ref_stream_work *work,
                                            struct scape_ref_context *out) {
    uint64_t columns;
    uint8_t classes;
    enum scape_ref_error error = scape_ref_cursor_varint(c, &columns);
    if (!error && (columns < 1 || columns > count)) {
        return SCAPE_REF_BAD_CONTEXT;
    }
    error = error ? error : scape_ref_cursor_u8(c, &classes);
    if (error) {
        return error;
    }
    if (classes < 1 || classes > SCAPE_REF_CLASSES_MAX) {
        return SCAPE_REF_BAD_CONTEXT;
    }
    struct scape_ref_array rows = {SCAPE_REF_CLASS_WIDTH, 1,
                                   count / columns + (count % columns != 0), work->ids};
    struct scape_ref_array column = {SCAPE_REF_CLASS_WIDTH, 1, columns, work->ids + rows.count};
    out->kind = SCAPE_REF_CONTEXT_KIND_ROW_COLUMN;
    out->ids = work->ids;
    out->columns = (uint32_t)columns;
    out->column_classes = column.data;
    out->map = work->map;
    error = scape_ref_nested_read(c, classes, work, &rows);
    error = error ? error : scape_ref_nested_read(c, classes, work, &column);
    return error ? error : read_thresholds(c, table_count, work->map);
}

/* [CTX-026] What maps every value below size to a context: runs of values, or none for the
 * identity, which needs as many tables as there are values. */
static enum scape_ref_error read_map(struct scape_ref_cursor *c, uint32_t size,
                                     uint32_t table_count, uint8_t *map) {
    uint64_t runs;
    uint32_t done = 0;
    enum scape_ref_error error = scape_ref_cursor_varint(c, &runs);
    if (!error && runs > SCAPE_REF_MAP_RUNS_MAX) {
        return SCAPE_REF_BAD_CONTEXT;
    }
    if (!error && runs == 0) {
        for (; done < size && done < table_count; done++) {
            map[done] = (uint8_t)done;
        }
        return size == table_count ? SCAPE_REF_OK : SCAPE_REF_BAD_CONTEXT;
    }
    for (uint64_t i = 0; !error && i < runs; i++) {
        uint64_t length;
        uint8_t context;
        error = scape_ref_cursor_varint(c, &length);
        if (!error && (length < 1 || length > size - done)) {
            return SCAPE_REF_BAD_CONTEXT;
        }
        error = error ? error : scape_ref_cursor_u8(c, &context);
        if (!error && context >= table_count) {
            return SCAPE_REF_BAD_CONTEXT;
        }
        for (uint64_t n = 0; !error && n < length; n++) {
            map[done++] = context;
        }
    }
    return !error && done != size ? SCAPE_REF_BAD_CONTEXT : error;
}

/* [CTX-020] */
static enum scape_ref_error read_field_map(struct scape_ref_cursor *c, uint32_t table_count,
                                           const struct scape_ref_stream_place *place,
                                           struct scape_ref_stream_work *work,
                                           struct scape_ref_context *out) {
    uint8_t number;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &number);
    if (error) {
        return error;
    }
    const struct scape_ref_field *fields = place->layout->fields;
    if (number >= place->field || fields[number].count != fields[place->field].count ||
        fields[number].width > SCAPE_REF_CODED_WIDTH_MAX) {
        return SCAPE_REF_BAD_CONTEXT;
    }
    out->kind = SCAPE_REF_CONTEXT_KIND_FIELD;
    out->map = work->map;
    out->field = &place->fields[number];
    return read_map(c, UINT32_C(1) << fields[number].width, table_count, work->map);
}

/* [CTX-025] */
static enum scape_ref_error read_class_map(struct scape_ref_cursor *c, uint32_t count,
                                           uint32_t table_count,
                                           const struct scape_ref_stream_place *place,
                                           struct scape_ref_stream_work *work,
                                           struct scape_ref_context *out) {
    const struct scape_ref_field *field = &place->layout->fields[place->field];
    if (!field->classes) {
        return SCAPE_REF_BAD_CONTEXT;
    }
    scape_ref_block_classes(place->layout, place->field, place->fields, count / field->count,
                            work->ids);
    out->kind = SCAPE_REF_CONTEXT_KIND_CLASS;
    out->ids = work->ids;
    out->unit = field->count / field->classes->units;
    out->map = work->map;
    return read_map(c, field->classes->count, table_count, work->map);
}

enum scape_ref_error scape_ref_context_read(struct scape_ref_cursor *c, uint8_t coder,
                                            uint32_t precision, uint32_t count,
                                            const struct scape_ref_stream_place *place,
                                            struct scape_ref_stream_work *work,
                                            uint32_t *table_count, struct scape_ref_context *out) {
    uint8_t byte = 0;
    *out = one_table;
    *table_count = 1;
    if (coder == SCAPE_REF_CODER_RANS) {
        return SCAPE_REF_OK;
    }
    enum scape_ref_error error = scape_ref_cursor_u8(c, &byte);
    *table_count = byte + UINT32_C(1);
    error = error ? error : scape_ref_table_size_check(precision, *table_count); /* [RNS-002] */
    if (error) {
        return error;
    }
    if (coder == SCAPE_REF_CODER_RANS_MIXTURE) {
        return read_clusters(c, count, *table_count, work, out);
    }
    error = scape_ref_cursor_u8(c, &byte);
    if (error) {
        return error;
    }
    switch (byte) {
    case SCAPE_REF_CONTEXT_ROW_COLUMN:
        return read_row_column(c, count, *table_count, work, out);
    case SCAPE_REF_CONTEXT_FIELD:
        return read_field_map(c, *table_count, place, work, out);
    case SCAPE_REF_CONTEXT_BLOCK_CLASS:
        return read_class_map(c, count, *table_count, place, work, out);
    default:
        return SCAPE_REF_BAD_CONTEXT;
    }
}

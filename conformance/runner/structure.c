/* structure.c - checks what `inspect` prints: a JSON object whose frames tile the file, whose
 * blocks and regions tile the content (conformance/inspect.schema.json has the form). */
#include "judge.h"

#include <string.h>

static json_int_t number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    double real = json_real_value(value); // integers are read as such: dims may pass 2^63
    return json_is_real(value) && real >= 0 && real < 0x1p53 ? (json_int_t)real : -1;
}

/* The members of an array lie one behind the other from 0 to `end`. */
static bool tiles(const json_t *array, const char *start, const char *length, json_int_t end) {
    json_int_t at = 0;
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item) {
        json_int_t size = number(item, length);
        if (number(item, start) != at || size < 0 || size > end - at) {
            return false;
        }
        at += size;
    }
    return json_is_array(array) && at == end;
}

static const char *frame_fault(const json_t *frame, uint64_t *content) {
    const char *kind = json_string_value(json_object_get(frame, "kind"));
    if (kind != NULL && strcmp(kind, "skippable") == 0) {
        return NULL;
    }
    if (kind == NULL || strcmp(kind, "content") != 0) {
        return "the kind of a frame is neither content nor skippable";
    }
    json_int_t size = number(frame, "content_size");
    if (size < 0) {
        return "a frame has no content_size";
    }
    *content += (uint64_t)size;
    const json_t *regions = json_object_get(frame, "regions");
    size_t i;
    json_t *region;
    json_array_foreach(regions, i, region) {
        if (!json_is_string(json_object_get(region, "name")) || number(region, "dtype") < 0 ||
            !json_is_array(json_object_get(region, "dims"))) {
            return "a region lacks name, dtype or dims";
        }
    }
    return !tiles(json_object_get(frame, "blocks"), "content_start", "content_length", size)
               ? "the blocks of a frame do not tile its content"
           : !tiles(regions, "start", "length", size)
               ? "the regions of a frame do not tile its content"
               : NULL;
}

static const char *structure_fault(const struct cf_case *c, const json_t *json) {
    const json_t *frames = json_object_get(json, "frames");
    uint64_t content = 0;
    if (!tiles(frames, "start", "size", (json_int_t)c->frame.size)) {
        return "there are no frames that tile the file";
    }
    size_t i;
    json_t *frame;
    json_array_foreach(frames, i, frame) {
        const char *fault = frame_fault(frame, &content);
        if (fault != NULL) {
            return fault;
        }
    }
    return content == c->content.size ? NULL : "content_size is not that of the content";
}

bool cf_structure_good(const struct cf_case *c, const struct cf_bytes *text, char *note,
                       size_t room) {
    json_error_t error;
    json_t *json =
        json_loadb((const char *)text->data, text->size, JSON_DECODE_INT_AS_REAL, &error);
    const char *fault = json == NULL ? error.text : structure_fault(c, json);
    if (fault != NULL) {
        (void)snprintf(note, room, "%s", fault);
    }
    json_decref(json);
    return fault == NULL;
}

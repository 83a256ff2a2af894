/* cases.c - see cases.h. */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bytes pack;
static size_t pack_at;

void die(const char *what) {
    fprintf(stderr, "driver: %s\n", what);
    exit(2);
}

static const uint8_t *pack_take(size_t size) {
    if (size > pack.size - pack_at) {
        die("the file of cases ends early");
    }
    pack_at += size;
    return pack.data + pack_at - size;
}

static uint64_t pack_number(void) {
    const uint8_t *data = pack_take(8);
    uint64_t value = 0;
    for (int i = 8; i-- > 0;) {
        value = value << 8 | data[i];
    }
    return value;
}

static struct bytes pack_bytes(void) {
    size_t size = (size_t)pack_number();
    return (struct bytes){pack_take(size), size};
}

static struct content pack_content(void) {
    struct content c = {.size = pack_number()};
    memcpy(c.sha256, pack_take(sizeof c.sha256), sizeof c.sha256);
    return c;
}

static uint32_t pack_count(uint32_t most) {
    uint64_t count = pack_number();
    if (count > most) {
        die("more of something in a case than there is room for");
    }
    return (uint32_t)count;
}

static void read_case(struct test_case *c) {
    c->name = pack_bytes();
    c->file = pack_bytes();
    c->tensor = pack_bytes();
    c->way = pack_count(WAYS - 1);
    c->max_memory = pack_number();
    c->max_content = pack_number();
    c->ceiling = pack_number();
    c->position = pack_number();
    c->profile_count = pack_count(PROFILES_MAX);
    for (uint32_t i = 0; i < c->profile_count; i++) {
        struct bytes profile = pack_bytes();
        c->profiles[i] = (struct scape_ref_profile){profile.data, profile.size};
    }
    c->accepts = pack_number() != 0;
    c->content = pack_content();
    c->error_count = pack_count(ERRORS_MAX);
    for (uint32_t i = 0; i < c->error_count; i++) {
        c->errors[i] = (uint16_t)pack_number();
    }
    c->delivered_count = pack_count(1 << 20);
    c->delivered = calloc(c->delivered_count + 1, sizeof *c->delivered);
    for (uint32_t i = 0; c->delivered && i < c->delivered_count; i++) {
        c->delivered[i] = pack_content();
    }
}

struct bytes read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        die("cannot read a file");
    }
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(size + 1);
    if (!data || fread(data, 1, size, file) != size) {
        die("cannot read a file");
    }
    (void)fclose(file);
    return (struct bytes){data, size};
}

struct test_cases read_cases(const char *path) {
    pack = read_file(path);
    struct test_cases cases = {.count = pack_count(UINT32_C(1) << 24)};
    cases.all = calloc(cases.count + UINT32_C(1), sizeof *cases.all);
    if (!cases.all) {
        die("no memory");
    }
    for (uint32_t i = 0; i < cases.count; i++) {
        read_case(&cases.all[i]);
    }
    return cases;
}

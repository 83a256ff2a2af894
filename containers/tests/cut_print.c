/* cut_print.c - prints the regions of each file named, so that the specification's program can be
 * compared: a line `[offset, length, dtype, [shape], "hex of name"]` a region, then `end`. */
#include "containers.h"

#include <stdio.h>

static int64_t read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    FILE *f = ctx;
    return fseek(f, (long)offset, SEEK_SET) != 0 ? -1 : (int64_t)fread(buffer, 1, n, f);
}

static void print_region(const scape_region *r) {
    printf("[%llu, %llu, %u, [", (unsigned long long)r->offset, (unsigned long long)r->length,
           (unsigned)r->dtype);
    for (unsigned i = 0; i < r->rank; i++) {
        printf("%s%llu", i > 0 ? ", " : "", (unsigned long long)r->dims[i]);
    }
    printf("], \"");
    for (size_t i = 0; i < r->name_len; i++) {
        printf("%02x", (unsigned)(unsigned char)r->name[i]);
    }
    printf("\"]\n");
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        scape_cut *cut = NULL;
        if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
            return 1;
        }
        const scape_source source = {.read_at = read_at, .ctx = f, .size = (uint64_t)ftell(f)};
        if (scape_cut_file(&source, NULL, &cut) != SCAPE_CUT_OK) {
            return 1;
        }
        for (size_t k = 0; k < cut->count; k++) {
            print_region(&cut->regions[k]);
        }
        printf("end\n");
        scape_cut_free(cut);
        fclose(f);
    }
    return 0;
}

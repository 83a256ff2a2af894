/* test_kernels.c - parts of the engine that have a version for each instruction set, or a shortcut,
 * against the plain one: class functions over any fields, and where the standard sets start. */
#include "../src/block_class.h"
#include "../src/kernel.h"
#include "../src/profile.h"
#include "support.h"

#include <string.h>

enum {
    FIELD_BYTES = 1 << 16
};

/* Fields of `blocks` blocks: bytes of any value, or few values, so that scales are often 0, equal,
 * infinite or no number. */
static void fill_fields(struct rng *rng, const struct scape_reg_layout *layout, uint64_t blocks,
                        struct sc_array *fields, uint8_t *memory) {
    static const uint8_t few[] = {0, 0, 1, 7, 8, 0x78, 0x7f, 0x80, 0xf8, 0xff};
    for (uint32_t f = 0; f < layout->field_count; f++) {
        uint32_t width = layout->fields[f].width;
        bool rare = rng_below(rng, 2) == 0;
        fields[f] = (struct sc_array){memory + (size_t)f * FIELD_BYTES,
                                      blocks * layout->fields[f].count, width, width <= 8 ? 1 : 2};
        assert_true(fields[f].count * fields[f].bytes <= FIELD_BYTES);
        uint8_t mask = (uint8_t)(width >= 8 ? 255 : (1 << width) - 1);
        for (uint64_t i = 0; i < fields[f].count * fields[f].bytes; i++) {
            uint32_t any = rng_below(rng, 256);
            fields[f].data[i] = (uint8_t)((rare ? few[any % sizeof few] : any) & mask);
        }
    }
}

static void compare_classes(const struct sc_kernel *kernel, const char *name,
                            const struct scape_reg_class *row, const struct sc_array *fields,
                            uint64_t count) {
    static uint8_t classes[FIELD_BYTES], have[FIELD_BYTES];
    uint8_t map[2 * SCAPE_REG_TABLES_MAX] = {0};
    for (uint32_t i = 0; i < row->count; i++) {
        map[i] = (uint8_t)(200 - i);
    }
    sc_block_classes(row, fields, classes, 0, count);
    memset(have, 0xee, sizeof have);
    kernel->class_tables(row, fields, map, have, count);
    for (uint64_t i = 0; i < count; i++) {
        assert_true(classes[i] < row->count);
        if (have[i] != 200 - classes[i]) {
            fail_msg("%s: class %u of %u: have %d, want %u", name, (unsigned)i, (unsigned)count,
                     200 - have[i], classes[i]);
        }
    }
    assert_int_equal(have[count], 0xee);
}

static void test_classes(void **state) {
    (void)state;
    static uint8_t memory[SC_FIELDS_MAX * FIELD_BYTES];
    struct rng rng = {8101};
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        const struct sc_kernel *kernel = sc_kernel_select();
        for (size_t l = 0; l < scape_reg_layout_count; l++) {
            const struct scape_reg_layout *layout = &scape_reg_layouts[l];
            for (uint32_t f = 0; f < layout->field_count; f++) {
                const struct scape_reg_class *row = layout->fields[f].classes;
                for (int i = 0; row != NULL && i < 40; i++) {
                    struct sc_array fields[SC_FIELDS_MAX];
                    uint64_t blocks = 1 + rng_below(&rng, 150);
                    fill_fields(&rng, layout, blocks, fields, memory);
                    compare_classes(kernel, layout->name, row, fields, blocks * row->units);
                }
            }
        }
    }
    use_kernel(NULL);
}

static void test_standard_sets(void **state) {
    (void)state;
    struct sc_memory memory;
    struct sc_profile_sets sets;
    struct sc_tables scratch = {0};
    assert_int_equal(sc_memory_open(&memory, &(struct scape_hooks){NULL, NULL, NULL}, UINT64_MAX),
                     SCAPE_OK);
    assert_int_equal(sc_profile_open(&memory, &scratch, &sets, scape_reg_standard_profile,
                                     scape_reg_standard_profile_size),
                     SCAPE_OK);
    assert_int_equal(sets.count, scape_reg_standard_set_count);
    for (uint32_t i = 0; i < sets.count; i++) {
        assert_int_equal(sets.offsets[i], scape_reg_standard_sets[i]);
    }
    sc_tables_release(&memory, &scratch);
    sc_memory_close(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_standard_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

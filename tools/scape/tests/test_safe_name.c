/* test_safe_name.c - file names from foreign names: safe, and different for different names. */
#include "safe_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *name, size_t n, const char *want) {
    char have[CLI_SAFE_NAME];
    cli_safe_name(name, n, ".bin", false, have);
    assert_string_equal(have, want);
}

static void plain_names_stay(void **state) {
    (void)state;
    check("model.layers.0.weight", 21, "model.layers.0.weight.bin");
    check("A-b_c=1,2(x)[y]@+", 17, "A-b_c=1,2(x)[y]@+.bin");
}

static void paths_become_one_component(void **state) {
    (void)state;
    check("a/b", 3, "a%2Fb.bin");
    check("../x", 4, "%2E.%2Fx.bin");
    check("/etc", 4, "%2Fetc.bin");
    check("a\\b", 3, "a%5Cb.bin");
    check("..", 2, "%2E..bin");
}

static void odd_bytes_are_escaped(void **state) {
    (void)state;
    check("a\nb", 3, "a%0Ab.bin");
    check("a\0b", 3, "a%00b.bin");
    check("a b:c%", 6, "a%20b%3Ac%25.bin");
    check("\xC3\xA4", 2, "%C3%A4.bin");
    check("-x", 2, "%2Dx.bin");
    check("~", 1, "%7E.bin");
}

static void long_names_are_cut_and_differ(void **state) {
    char a[400], b[400], have_a[CLI_SAFE_NAME], have_b[CLI_SAFE_NAME];
    (void)state;
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    b[399] = 'y';
    cli_safe_name(a, sizeof a, ".bin", false, have_a);
    cli_safe_name(b, sizeof b, ".bin", false, have_b);
    assert_true(strlen(have_a) < CLI_SAFE_NAME);
    assert_string_not_equal(have_a, have_b);
    assert_string_equal(have_a + strlen(have_a) - 4, ".bin");
}

static void names_at_the_limit(void **state) {
    char name[CLI_SAFE_NAME], have[CLI_SAFE_NAME];
    (void)state;
    memset(name, 'x', sizeof name);
    for (size_t n = CLI_SAFE_NAME - 30; n < CLI_SAFE_NAME; n++) {
        cli_safe_name(name, n, ".bin", false, have);
        assert_true(strlen(have) < CLI_SAFE_NAME);
        if (n + 4 < CLI_SAFE_NAME) {
            assert_int_equal(strlen(have), n + 4);
        } else {
            assert_non_null(strchr(have, '~'));
        }
    }
}

static void devices_become_files(void **state) {
    (void)state;
    check("CON", 3, "%43ON.bin");
    check("aux.weight", 10, "%61ux.weight.bin");
    check("Lpt9", 4, "%4Cpt9.bin");
    check("console", 7, "console.bin");
    check("com", 3, "com.bin");
}

static void names_that_differ_in_case_get_a_hash(void **state) {
    char upper[CLI_SAFE_NAME], lower[CLI_SAFE_NAME];
    (void)state;
    assert_true(cli_safe_name_caseless("Wq.B", 4) == cli_safe_name_caseless("wq.b", 4));
    assert_true(cli_safe_name_caseless("Wq.B", 4) != cli_safe_name_caseless("wq.c", 4));
    cli_safe_name("Wq.B", 4, ".bin", true, upper);
    cli_safe_name("wq.b", 4, ".bin", true, lower);
    assert_memory_equal(upper, "Wq.B~", 5);
    assert_memory_equal(lower, "wq.b~", 5);
    assert_string_not_equal(upper + 5, lower + 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_names_stay),
        cmocka_unit_test(paths_become_one_component),
        cmocka_unit_test(odd_bytes_are_escaped),
        cmocka_unit_test(long_names_are_cut_and_differ),
        cmocka_unit_test(names_at_the_limit),
        cmocka_unit_test(devices_become_files),
        cmocka_unit_test(names_that_differ_in_case_get_a_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

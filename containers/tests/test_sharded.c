/* test_sharded.c - which files a path stands for. Works in a directory of its own below TMPDIR. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static char dir[256];

static const char *at(const char *name) {
    static char path[4][1024];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

static int make_dir(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/scape-shards-XXXXXX", base != NULL ? base : "/tmp");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state) {
    (void)state;
    DIR *d = opendir(dir);
    for (struct dirent *e = d == NULL ? NULL : readdir(d); e != NULL; e = readdir(d)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            remove(at(e->d_name));
        }
    }
    if (d != NULL) {
        closedir(d);
    }
    return rmdir(dir);
}

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(at(name), "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static scape_file_list *list_files(const char *path) {
    scape_file_list *list = NULL;
    assert_int_equal(scape_files_list(path, NULL, &list), SCAPE_CUT_OK);
    return list;
}

static void assert_paths(const scape_file_list *list, size_t n, const char *const *names) {
    assert_int_equal(list->count, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(list->paths[i], at(names[i]));
    }
}

#define INDEX "model.safetensors.index.json"

static void follows_index(void **state) {
    (void)state;
    write_file(INDEX,
               "{\"metadata\":{\"total_size\":12},\"weight_map\":{"
               "\"b\":\"m-2.safetensors\",\"c\":\"m-1.safetensors\",\"a\":\"m-2.safetensors\"}}");
    scape_file_list *list = list_files(at(INDEX));
    assert_string_equal(list->reason, "");
    assert_paths(list, 2, (const char *const[]){"m-1.safetensors", "m-2.safetensors"});
    scape_files_free(list);
}

static void follows_index_in_the_working_directory(void **state) {
    (void)state;
    write_file(INDEX, "{\"weight_map\":{\"a\":\"m.safetensors\"}}");
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(dir), 0);
    scape_file_list *list = list_files(INDEX);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(list->count, 1);
    assert_string_equal(list->paths[0], "m.safetensors");
    scape_files_free(list);
}

typedef struct bad_index {
    const char *text, *reason;
} bad_index;

static void rejects(void **state) {
    const bad_index *bad = *state;
    write_file(INDEX, bad->text);
    scape_file_list *list = list_files(at(INDEX));
    if (strstr(list->reason, bad->reason) == NULL) {
        fail_msg("have reason \"%s\", want \"%s\"", list->reason, bad->reason);
    }
    assert_paths(list, 1, (const char *const[]){INDEX});
    scape_files_free(list);
}

#define RULE(label, text, reason)                                                                  \
    {                                                                                              \
        "rejects index with " label, rejects, NULL, NULL, &(bad_index) {                           \
            text, reason                                                                           \
        }                                                                                          \
    }
#define SHARD(label, name, reason)                                                                 \
    RULE(label, "{\"weight_map\":{\"a\":\"" name "\"}}", "index: " reason)

static void rejects_long_shard_name(void **state) {
    (void)state;
    char stem[245];
    memset(stem, 'n', sizeof stem - 1);
    stem[sizeof stem - 1] = '\0';
    char text[400];
    snprintf(text, sizeof text, "{\"weight_map\":{\"a\":\"%s.safetensors\"}}", stem);
    write_file(INDEX, text); /* 256 bytes */
    scape_file_list *list = list_files(at(INDEX));
    assert_non_null(strstr(list->reason, "index: a shard name is empty or too long"));
    scape_files_free(list);
}

static void rejects_index_above_the_limit(void **state) {
    (void)state;
    write_file(INDEX, "{\"weight_map\":{\"a\":\"m.safetensors\"}}");
    scape_cut_options opt = {10, NULL, NULL, NULL};
    scape_file_list *list = NULL;
    assert_int_equal(scape_files_list(at(INDEX), &opt, &list), SCAPE_CUT_OK);
    assert_string_equal(list->reason, "index: longer than the limit");
    assert_paths(list, 1, (const char *const[]){INDEX});
    scape_files_free(list);
}

static void reports_missing_index(void **state) {
    (void)state;
    scape_file_list *list = NULL;
    assert_int_equal(scape_files_list(at("absent.safetensors.index.json"), NULL, &list),
                     SCAPE_CUT_IO);
    assert_null(list);
}

static void lists_directory_in_byte_order(void **state) {
    (void)state;
    write_file("b.safetensors", "");
    write_file("a.gguf", "");
    write_file("B.safetensors", "");
    write_file(".hidden.gguf", "");
    write_file("config.json", "");
    write_file(INDEX, "");
    assert_int_equal(mkdir(at("c.gguf"), 0700), 0);
    scape_file_list *list = list_files(dir);
    assert_paths(list, 3, (const char *const[]){"B.safetensors", "a.gguf", "b.safetensors"});
    scape_files_free(list);
}

static void lists_directory_with_trailing_slash(void **state) {
    (void)state;
    write_file("a.gguf", "");
    scape_file_list *list = list_files(at(""));
    assert_paths(list, 1, (const char *const[]){"a.gguf"});
    scape_files_free(list);
}

static void lists_empty_directory(void **state) {
    (void)state;
    scape_file_list *list = list_files(dir);
    assert_int_equal(list->count, 0);
    scape_files_free(list);
}

static void follows_first_member_of_a_split(void **state) {
    (void)state;
    scape_file_list *list = list_files("dir/m-00001-of-00003.gguf");
    assert_int_equal(list->count, 3);
    assert_string_equal(list->paths[0], "dir/m-00001-of-00003.gguf");
    assert_string_equal(list->paths[1], "dir/m-00002-of-00003.gguf");
    assert_string_equal(list->paths[2], "dir/m-00003-of-00003.gguf");
    scape_files_free(list);
}

static void lists_as_itself(void **state) {
    const char *path = *state;
    scape_file_list *list = list_files(path);
    assert_int_equal(list->count, 1);
    assert_string_equal(list->paths[0], path);
    assert_string_equal(list->reason, "");
    scape_files_free(list);
}

#define ITSELF(label, path)                                                                        \
    { "lists as itself " label, lists_as_itself, NULL, NULL, (void *)(uintptr_t)(path) }

static void check_failures(const char *path) {
    for (size_t k = 1;; k++) {
        counter c = {0, k, 0, 0, 0};
        scape_cut_options opt = counting_options(&c);
        scape_file_list *list = NULL;
        int status = scape_files_list(path, &opt, &list);
        if (c.calls < k) {
            assert_int_equal(status, SCAPE_CUT_OK);
            assert_int_equal(list->count, 2);
            scape_files_free(list);
            return;
        }
        assert_int_equal(status, SCAPE_CUT_NOMEM);
        assert_null(list);
        assert_int_equal(c.live, 0);
    }
}

static void survives_allocation_failures(void **state) {
    (void)state;
    write_file(INDEX, "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");
    check_failures(at(INDEX));
    write_file("1.safetensors", "");
    write_file("2.safetensors", "");
    check_failures(dir);
    check_failures("m-00001-of-00002.gguf");
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

static const struct CMUnitTest tests[] = {
    IN_DIR(follows_index),
    IN_DIR(follows_index_in_the_working_directory),
    IN_DIR(rejects_long_shard_name),
    IN_DIR(rejects_index_above_the_limit),
    IN_DIR(reports_missing_index),
    IN_DIR(lists_directory_in_byte_order),
    IN_DIR(lists_directory_with_trailing_slash),
    IN_DIR(lists_empty_directory),
    cmocka_unit_test(follows_first_member_of_a_split),
    ITSELF("a later member of a split", "m-00002-of-00003.gguf"),
    ITSELF("a split of no members", "m-00001-of-00000.gguf"),
    ITSELF("a split with four digits", "m-0001-of-00003.gguf"),
    ITSELF("a split without digits", "m-00001-of-0000x.gguf"),
    ITSELF("a split without a stem", "-00001-of-00003.gguf"),
    ITSELF("a split of something else", "m-00001-of-00003.safetensors"),
    ITSELF("any other file", "dir/weights.bin"),
    ITSELF("a file that ends in nothing but the suffix", ".safetensors.index.json"),
    IN_DIR(survives_allocation_failures),
};

static const struct CMUnitTest index_tests[] = {
    RULE("broken JSON", "{", "index: not JSON"),
    RULE("no object", "[]", "index: weight_map is not an object"),
    RULE("no weight_map", "{}", "index: weight_map is not an object"),
    RULE("an array for weight_map", "{\"weight_map\":[]}", "index: weight_map is not an object"),
    RULE("no weights", "{\"weight_map\":{}}", "index: weight_map is empty"),
    RULE("a number for a name", "{\"weight_map\":{\"a\":1}}",
         "index: a shard name is not a string"),
    RULE("a weight twice", "{\"weight_map\":{\"a\":\"m.safetensors\",\"a\":\"m.safetensors\"}}",
         "index: duplicate key"),
    RULE("NUL in a name", "{\"weight_map\":{\"a\":\"m\\u0000.safetensors\"}}",
         "index: NUL in a string"),
    SHARD("an empty name", "", "a shard name is empty"),
    SHARD("an absolute path", "/etc/m.safetensors", "a shard name is a path"),
    SHARD("a parent directory", "../m.safetensors", "a shard name is a path"),
    SHARD("a subdirectory", "d/m.safetensors", "a shard name is a path"),
    SHARD("a backslash", "..\\\\m.safetensors", "a shard name is a path"),
    SHARD("a drive letter", "c:m.safetensors", "a shard name is a path"),
    SHARD("a control character", "m\\u001b.safetensors", "a shard name has a control character"),
    SHARD("a hidden name", "..safetensors", "a shard name begins with a dot"),
    SHARD("another kind of file", "config.json", "a shard name does not end in .safetensors"),
};

int main(void) {
    int failed = cmocka_run_group_tests_name("containers.sharded", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("containers.sharded index", index_tests, make_dir,
                                                remove_dir);
}

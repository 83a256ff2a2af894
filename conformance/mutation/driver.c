/* driver.c - runs the suite against one mutant of the reference after the other, each in a child
 * process of its own. Every mutation is in this program; scape_mutant chooses one.
 *
 *     driver CASES < numbers       for each number a line: number, verdict, name of the case
 *
 * CASES is what suite.py writes. A mutant is killed by the first case that does not come out as the
 * manifest says: a wrong class, wrong content, content handed out that must not be, too much
 * memory; by a signal, or by taking ten times as long as the unchanged reference and a fifth of a
 * second more. Depends on the reference and on libcrypto; nothing here goes through code that is
 * mutated. */
#define _GNU_SOURCE
#include "access.h"

#include <malloc.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern int scape_mutant;
int scape_mutant = 0;

enum {
    PROFILES_MAX = 4,
    ERRORS_MAX = 8,
    ANY_ERROR = 0xFFFF,
    PIECE = 997, /* an input may give less than it is asked for */
    RECENT = 12,
    JUNK = 1 << 14,
    FENCE = 128
};

enum operation { /* bits */
    EXTRACT = 1,
    PIPE = 2,  /* an input that cannot be read back */
    FULL = 4,  /* an output that takes nothing */
    BROKEN = 8 /* an input that cannot be read */
};

struct content {
    uint64_t size;
    uint8_t sha256[SHA256_DIGEST_LENGTH];
};

struct bytes {
    const uint8_t *data;
    size_t size;
};

struct test_case {
    struct bytes name, file, tensor;
    struct scape_ref_profile profiles[PROFILES_MAX];
    uint32_t profile_count, error_count, delivered_count;
    unsigned operation; /* of enum operation */
    uint64_t max_memory, ceiling;
    uint16_t errors[ERRORS_MAX];
    bool accepts;
    struct content content, *delivered;
    int64_t nanoseconds; /* of CPU time that the unchanged reference took */
};

/* ---- The file of cases ---- */

static struct bytes pack;
static size_t pack_at;

static void die(const char *what) {
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
    c->operation = pack_count(15);
    c->max_memory = pack_number();
    c->ceiling = pack_number();
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

static void read_pack(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        die("cannot read the file of cases");
    }
    pack.size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(pack.size + 1);
    if (!data || fread(data, 1, pack.size, file) != pack.size) {
        die("cannot read the file of cases");
    }
    pack.data = data;
    (void)fclose(file);
}

/* ---- One case ---- */

struct state {
    const struct test_case *c;
    size_t at;
    SHA256_CTX sha;
    uint64_t size, held;
    bool over;   /* more memory than allowed was asked for */
    bool beyond; /* something was written behind a block */
};

static int64_t input_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct test_case *c = ((struct state *)ctx)->c;
    const struct bytes *file = &c->file;
    if (c->operation & BROKEN) {
        return -1;
    }
    if (offset >= file->size || n == 0) {
        return 0;
    }
    n = n < PIECE ? n : PIECE + (n - PIECE) / 2;
    n = n < file->size - (size_t)offset ? n : file->size - (size_t)offset;
    memcpy(buffer, file->data + (size_t)offset, n);
    return (int64_t)n;
}

static int64_t input_read(void *ctx, void *buffer, size_t n) {
    struct state *s = ctx;
    int64_t got = input_at(ctx, s->at, buffer, n);
    s->at += got > 0 ? (size_t)got : 0;
    return got;
}

static int output_write(void *ctx, const void *data, size_t n) {
    struct state *s = ctx;
    if (s->c->operation & FULL) {
        return -1;
    }
    s->size += n;
    return SHA256_Update(&s->sha, data, n) == 1 ? 0 : -1;
}

/* Blocks know their size, and start full of junk: a decoder may rely on nothing. Behind them lie
 * bytes that must stay as they are. */
static void *block_allocate(void *ctx, size_t size) {
    struct state *s = ctx;
    const uint64_t limit = s->c->max_memory ? s->c->max_memory : s->c->ceiling;
    s->held += size;
    if (s->held > limit) {
        s->held -= size;
        s->over = true;
        return NULL;
    }
    size_t *block = malloc(size + 2 * FENCE);
    if (!block) {
        return NULL;
    }
    *block = size;
    memset((uint8_t *)block + FENCE, 0xA5, size < JUNK ? size : JUNK);
    memset((uint8_t *)block + FENCE + size, 0x5A, FENCE);
    return (uint8_t *)block + FENCE;
}

static void block_release(void *ctx, void *memory) {
    struct state *s = ctx;
    size_t *block = (size_t *)(void *)((uint8_t *)memory - FENCE);
    s->held -= *block;
    for (size_t i = 0; i < FENCE; i++) {
        s->beyond = s->beyond || ((uint8_t *)memory)[*block + i] != 0x5A;
    }
    free(block);
}

static enum scape_ref_error run_extract(const struct test_case *c,
                                        const struct scape_ref_input *input,
                                        const struct scape_ref_output *output,
                                        const struct scape_ref_options *options) {
    static struct scape_ref_access access;
    struct scape_ref_region region;
    enum scape_ref_error error = scape_ref_access_open(&access, input, options);
    if (!error) {
        error = scape_ref_access_find(&access, c->tensor.data, c->tensor.size, &region);
        if (!error) {
            error = scape_ref_access_read(&access, region.offset, region.length, output);
        }
        scape_ref_access_close(&access);
    }
    return error;
}

static bool content_is(const struct content *c, const struct state *s, const uint8_t *sha256) {
    return c->size == s->size && memcmp(c->sha256, sha256, sizeof c->sha256) == 0;
}

/* What may stand in the output after an error: nothing, or a listed part of the content. */
static bool may_be_delivered(const struct test_case *c, const struct state *s,
                             const uint8_t *sha256) {
    for (uint32_t i = 0; i < c->delivered_count; i++) {
        if (content_is(&c->delivered[i], s, sha256)) {
            return true;
        }
    }
    return s->size == 0;
}

/* What a variable that was not set holds then. */
static void litter_stack(void) {
    volatile uint8_t litter[JUNK];
    for (size_t i = 0; i < sizeof litter; i++) {
        litter[i] = 0xA5;
    }
}

static bool expects(const struct test_case *c, int error) {
    bool found = false;
    for (uint32_t i = 0; i < c->error_count; i++) {
        found = found || c->errors[i] == error ||
                (c->errors[i] == ANY_ERROR && error >= 10 && error <= 99);
    }
    return found;
}

static bool passes(const struct test_case *c) {
    litter_stack();
    struct state s = {.c = c};
    uint8_t sha256[SHA256_DIGEST_LENGTH];
    SHA256_Init(&s.sha);
    const struct scape_ref_input input = {.ctx = &s,
                                          .read = input_read,
                                          .read_at = c->operation & PIPE ? NULL : input_at,
                                          .size = c->file.size};
    const struct scape_ref_output output = {&s, output_write};
    const struct scape_ref_options options = {.max_memory = c->max_memory,
                                              .profiles = c->profiles,
                                              .profile_count = c->profile_count,
                                              .hooks = {&s, block_allocate, block_release}};
    int error = (int)(c->operation & EXTRACT ? run_extract(c, &input, &output, &options)
                                             : scape_ref_decode(&input, &output, &options, NULL));
    SHA256_Final(sha256, &s.sha);
    if ((s.over && !expects(c, SCAPE_REF_MEMORY)) || s.held != 0 || s.beyond) {
        return false;
    }
    if (error == 0) {
        return c->accepts && content_is(&c->content, &s, sha256);
    }
    return expects(c, error) && may_be_delivered(c, &s, sha256);
}

/* ---- One mutant ---- */

struct result { /* shared with the child */
    uint32_t running;
    bool done;
};

static void limit_time(int64_t nanoseconds) {
    const struct itimerval timer = {
        .it_value = {nanoseconds / 1000000000, nanoseconds / 1000 % 1000000}};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static void run_suite(const struct test_case *cases, uint32_t count, const uint32_t *recent,
                      struct result *result) {
    for (uint32_t i = 0; i < count + RECENT; i++) {
        result->running = i < RECENT ? recent[i] : i - RECENT;
        const struct test_case *c = &cases[result->running];
        limit_time(10 * c->nanoseconds + 200000000);
        if (!passes(c)) {
            _exit(1);
        }
    }
    result->done = true;
    _exit(0);
}

static void become_child(void) {
    const struct rlimit memory = {UINT64_C(3) << 30, UINT64_C(3) << 30}, none = {0, 0};
    (void)setrlimit(RLIMIT_AS, &memory);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGVTALRM, SIG_DFL);
    if (!freopen("/dev/null", "w", stderr)) {
        _exit(2);
    }
}

static void run_mutant(int number, const struct test_case *cases, uint32_t count, uint32_t *recent,
                       struct result *result) {
    *result = (struct result){0, false};
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        become_child();
        scape_mutant = number;
        run_suite(cases, count, recent, result);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        die("cannot run a child");
    }
    const char *verdict = WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM ? "hung"
                          : WIFSIGNALED(status)                                ? "crashed"
                          : WEXITSTATUS(status) == 0 && result->done           ? "survived"
                                                                               : "failed";
    const struct bytes *name = &cases[result->running].name;
    bool killed = strcmp(verdict, "survived") != 0;
    printf("%d %s %.*s\n", number, verdict, killed ? (int)name->size : 1,
           killed ? (const char *)name->data : "-");
    if (killed) {
        memmove(recent + 1, recent, (RECENT - 1) * sizeof *recent);
        recent[0] = result->running;
    }
}

/* The unchanged reference must pass, and says how long a case takes. */
static void run_unchanged(struct test_case *cases, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct timespec before, after;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        if (!passes(&cases[i])) {
            fprintf(stderr, "driver: the unchanged reference fails %.*s\n", (int)cases[i].name.size,
                    (const char *)cases[i].name.data);
            exit(1);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        cases[i].nanoseconds =
            (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + (after.tv_nsec - before.tv_nsec);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        die("one argument: the file of cases");
    }
    mallopt(M_MMAP_THRESHOLD, 1 << 28); /* or every case asks the system for fresh pages */
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
    read_pack(argv[1]);
    uint32_t count = pack_count(UINT32_C(1) << 24), recent[RECENT] = {0};
    struct test_case *cases = calloc(count + UINT32_C(1), sizeof *cases);
    struct result *result =
        mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!cases || result == MAP_FAILED) {
        die("no memory");
    }
    for (uint32_t i = 0; i < count; i++) {
        read_case(&cases[i]);
    }
    run_unchanged(cases, count);
    int number;
    while (scanf("%d", &number) == 1) {
        run_mutant(number, cases, count, recent, result);
    }
    return 0;
}

/* test_gguf.h - the second half of containers.gguf: one broken rule a test. */
#ifndef SCAPE_CONTAINERS_TEST_GGUF_H
#define SCAPE_CONTAINERS_TEST_GGUF_H

/* Returns the number of failed tests. */
int run_gguf_rule_tests(void);

#endif

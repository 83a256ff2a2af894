/* judge.h - whether one case comes out of the reference as the manifest and scape_ref.h say.
 * Depends on cases, the reference and libcrypto; nothing here goes through code that is mutated. */
#ifndef SCAPE_MUTATION_JUDGE_H
#define SCAPE_MUTATION_JUDGE_H

#include "cases.h"

bool passes(const struct test_case *c);

#endif

/* judge.h - from what a program did to one verdict. Depends on adapter. */
#ifndef CF_JUDGE_H
#define CF_JUDGE_H

#include "adapter.h"

enum cf_verdict {
    CF_PASS,
    /* skipped */
    CF_UNDECLARED, /* status 3, or right, for a class that it does not declare */
    CF_BEYOND,     /* the case is larger than the limits that it declares */
    CF_NO_CONTENT, /* no implementation at hand gives the content to encode */
    /* failed */
    CF_ACCEPTED,           /* status 0 for what must be rejected */
    CF_REJECTED,           /* an error class for what must be accepted */
    CF_WRONG_CLASS,        /* an error class, but not the one */
    CF_WRONG_OUTPUT,       /* status 0 with other bytes */
    CF_OUTPUT_ON_ERROR,    /* the class, after bytes that must not be handed out */
    CF_NOT_SUPPORTED_HERE, /* status 3 for a class that it declares */
    CF_NEEDS_THREE,        /* neither 3 nor right for a class that it does not declare */
    CF_LEFT_BEHIND,        /* right, but processes outlived it */
    CF_BAD_STRUCTURE,      /* inspect prints what the contract does not allow */
    CF_BAD_DESCRIPTION,    /* of `describe` */
    /* crashed */
    CF_CRASH_SIGNAL,
    CF_CRASH_EXIT,       /* a status that is neither 0 nor 3 nor 10..99 */
    CF_RIGHT_BUT_STATUS, /* the same after the right output */
    CF_TIMEOUT,
    CF_MEMORY,
    CF_FLOOD,
    CF_BAD_ANSWER, /* of the persistent mode */
    CF_NO_START,
    CF_VERDICT_COUNT
};

enum cf_category {
    CF_PASSED,
    CF_SKIPPED,
    CF_FAILED,
    CF_CRASHED,
    CF_CATEGORY_COUNT
};

extern const char *const cf_verdict_names[CF_VERDICT_COUNT];
extern const char *const cf_category_names[CF_CATEGORY_COUNT];

enum cf_category cf_category_of(enum cf_verdict verdict);

/* Judges a run of a case by an adapter that declares all its classes, or not all. */
enum cf_verdict cf_judge(const struct cf_case *c, const struct cf_outcome *o, bool declared);

/* Whether text is the structure of the case's file as the contract has it; else `note` says what
 * is wrong. */
bool cf_structure_good(const struct cf_case *c, const struct cf_bytes *text, char *note,
                       size_t room);

/* What happened, in words. */
void cf_have_text(const struct cf_manifest *m, const struct cf_outcome *o, char *out, size_t room);

#endif

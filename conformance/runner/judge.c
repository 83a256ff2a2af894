/* judge.c - see judge.h. The first rule that fits gives the verdict, so a run has exactly one. */
#include "judge.h"

#include <inttypes.h>
#include <string.h>

const char *const cf_verdict_names[CF_VERDICT_COUNT] = {
    [CF_PASS] = "pass",
    [CF_UNDECLARED] = "undeclared",
    [CF_BEYOND] = "beyond-limits",
    [CF_NO_CONTENT] = "no-content",
    [CF_ACCEPTED] = "accepted",
    [CF_REJECTED] = "rejected",
    [CF_WRONG_CLASS] = "wrong-class",
    [CF_WRONG_OUTPUT] = "wrong-output",
    [CF_OUTPUT_ON_ERROR] = "output-on-error",
    [CF_NOT_SUPPORTED_HERE] = "not-supported",
    [CF_NEEDS_THREE] = "wrong-undeclared",
    [CF_LEFT_BEHIND] = "left-behind",
    [CF_BAD_STRUCTURE] = "bad-structure",
    [CF_BAD_DESCRIPTION] = "bad-description",
    [CF_CRASH_SIGNAL] = "crash-signal",
    [CF_CRASH_EXIT] = "crash-status",
    [CF_RIGHT_BUT_STATUS] = "right-but-status",
    [CF_TIMEOUT] = "timeout",
    [CF_MEMORY] = "memory",
    [CF_FLOOD] = "flood",
    [CF_BAD_ANSWER] = "bad-answer",
    [CF_NO_START] = "no-start",
};

const char *const cf_category_names[CF_CATEGORY_COUNT] = {"passed", "skipped", "failed", "crashed"};

enum cf_category cf_category_of(enum cf_verdict verdict) {
    return verdict == CF_PASS          ? CF_PASSED
           : verdict < CF_ACCEPTED     ? CF_SKIPPED
           : verdict < CF_CRASH_SIGNAL ? CF_FAILED
                                       : CF_CRASHED;
}

/* What happened, before the case is looked at: CF_PASS when a status of the contract came. */
static enum cf_verdict judge_end(const struct cf_outcome *o) {
    switch (o->end) {
    case CF_NOT_STARTED:
        return CF_NO_START;
    case CF_FLOODED:
        return CF_FLOOD;
    case CF_OVER_MEMORY:
        return CF_MEMORY;
    case CF_TIMED_OUT:
        return CF_TIMEOUT;
    case CF_PROTOCOL:
        return CF_BAD_ANSWER;
    case CF_SIGNALLED:
        return CF_CRASH_SIGNAL;
    default:
        return o->code == 0 || o->code == CF_NOT_SUPPORTED ||
                       (o->code >= CF_ERROR_LOW && o->code < CF_ERROR_HIGH)
                   ? CF_PASS
                   : CF_CRASH_EXIT;
    }
}

static bool is_wanted(const struct cf_case *c, const struct cf_outcome *o) {
    struct cf_blob blob = cf_blob_of(o->output.data, o->output.size);
    return c->may_accept && cf_blob_equal(&blob, &c->want);
}

/* Nothing, or content that was whole and verified before the fault [CNV-021]. */
static bool may_be_delivered(const struct cf_case *c, const struct cf_outcome *o) {
    struct cf_blob blob = cf_blob_of(o->output.data, o->output.size);
    bool good = blob.size == 0;
    for (size_t i = 0; i < c->delivered_count; i++) {
        good = good || cf_blob_equal(&blob, &c->delivered[i]);
    }
    return good;
}

static enum cf_verdict judge_accepted(const struct cf_case *c, const struct cf_outcome *o) {
    return !c->may_accept && c->verb != CF_INSPECT    ? CF_ACCEPTED
           : c->verb == CF_INSPECT || is_wanted(c, o) ? CF_PASS
                                                      : CF_WRONG_OUTPUT;
}

static enum cf_verdict judge_rejected(const struct cf_case *c, const struct cf_outcome *o) {
    bool any = false;
    for (int i = CF_ERROR_LOW; i < CF_ERROR_HIGH; i++) {
        any = any || c->errors[i];
    }
    if (!c->errors[o->code]) {
        return any ? CF_WRONG_CLASS : CF_REJECTED;
    }
    return may_be_delivered(c, o) ? CF_PASS : CF_OUTPUT_ON_ERROR;
}

static enum cf_verdict judge_status(const struct cf_case *c, const struct cf_outcome *o) {
    if (o->code == 0) {
        return judge_accepted(c, o);
    }
    if (o->code == CF_NOT_SUPPORTED) {
        return CF_NOT_SUPPORTED_HERE;
    }
    return judge_rejected(c, o);
}

enum cf_verdict cf_judge(const struct cf_case *c, const struct cf_outcome *o, bool declared) {
    enum cf_verdict verdict = judge_end(o);
    if (verdict == CF_CRASH_EXIT && is_wanted(c, o)) {
        return CF_RIGHT_BUT_STATUS;
    }
    if (verdict != CF_PASS) {
        return verdict;
    }
    verdict = judge_status(c, o);
    if (!declared) {
        bool three = verdict == CF_NOT_SUPPORTED_HERE && o->output.size == 0;
        verdict = three || verdict == CF_PASS ? CF_UNDECLARED : CF_NEEDS_THREE;
    }
    bool good = cf_category_of(verdict) < CF_FAILED;
    return good && o->left_behind ? CF_LEFT_BEHIND : verdict;
}

void cf_have_text(const struct cf_manifest *m, const struct cf_outcome *o, char *out, size_t room) {
    static const char *const words[] = {
        [CF_TIMED_OUT] = "over its time",
        [CF_OVER_MEMORY] = "over its memory",
        [CF_FLOODED] = "more output than allowed",
        [CF_NOT_STARTED] = "does not start",
        [CF_PROTOCOL] = "an answer that the contract does not allow",
    };
    char digest[2 * CF_SHA256_SIZE + 1];
    if (o->end == CF_SIGNALLED) {
        (void)snprintf(out, room, "signal %d", o->code);
    } else if (o->end != CF_EXITED) {
        (void)snprintf(out, room, "%s", words[o->end]);
    } else if (o->code >= CF_ERROR_LOW && o->code < CF_ERROR_HIGH) {
        cf_class_text(m, o->code, out, room);
    } else if (o->code == 0) {
        out[0] = 0;
    } else {
        (void)snprintf(out, room, "status %d", o->code);
    }
    size_t at = strlen(out);
    if (o->end == CF_EXITED && (o->code == 0 || o->output.size > 0)) {
        struct cf_blob blob = cf_blob_of(o->output.data, o->output.size);
        cf_hex(digest, blob.sha256, CF_SHA256_SIZE);
        (void)snprintf(out + at, room - at, "%s%" PRIu64 " bytes, sha256 %.16s",
                       at > 0 ? " and " : "", blob.size, digest);
    }
}

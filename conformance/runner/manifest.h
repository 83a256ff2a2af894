/* manifest.h - the cases of a vectors folder: what each asks of an implementation, and what is
 * right. Depends on jansson. */
#ifndef CF_MANIFEST_H
#define CF_MANIFEST_H

#include "basics.h"

#include <jansson.h>

/* Conformance classes, as bits. */
enum cf_class {
    CF_DECODER_CORE = 1,
    CF_DECODER_GGUF_LAYOUTS = 2,
    CF_DECODER_PROFILES = 4,
    CF_RANDOM_ACCESS = 8,
    CF_CANONICAL_ENCODER = 16
};

enum {
    CF_CLASS_COUNT = 5
};

extern const char *const cf_class_names[CF_CLASS_COUNT];

/* The bit of a class, 0 for a name that is none. */
unsigned cf_class_of(const char *name);

enum cf_verb {
    CF_DECODE,
    CF_EXTRACT,
    CF_ENCODE,
    CF_INSPECT
};

extern const char *const cf_verb_names[];

enum {
    CF_ERROR_LOW = 10, /* error classes lie in [low, high) [VAL-001] */
    CF_ERROR_HIGH = 100,
    CF_NOT_SUPPORTED = 3
};

struct cf_case {
    const char *name; /* "legal/stored"; "legal/stored#encode", "legal/stored#1" of the same row */
    size_t row;       /* number of the case that decodes the same file */
    const char *text;
    json_t *clauses; /* array of strings */
    enum cf_verb verb;
    unsigned classes;       /* those that an implementation must declare, as bits */
    const char *file;       /* path of the vector */
    struct cf_blob frame;   /* the vector */
    struct cf_blob content; /* what it decodes to, where the row says so */
    char *tensor;           /* of extract: bytes that end with a zero, or NULL */
    uint64_t max_memory;    /* to pass on; 0: none */
    const char **profiles;  /* paths; NULL behind the last */
    const char **arguments; /* of encode; NULL behind the last */
    const char *method;     /* of encode: the named method, or NULL */
    const char *golden;     /* of encode: path of the frame that must come out */
    bool exact;             /* of encode: that very frame, not one of the same content */
    bool pipe_input;        /* standard input that cannot seek */
    bool unreadable_input;  /* standard input that is open for writing only */
    bool full_output;       /* standard output that takes nothing */
    /* What is right: */
    bool may_accept; /* with `want` as output */
    struct cf_blob want;
    bool errors[CF_ERROR_HIGH]; /* classes that are right */
    struct cf_blob *delivered;  /* outputs that may precede such a class, besides none [CNV-021] */
    size_t delivered_count;
    uint64_t ceiling_memory; /* bytes; 0: the runner's own limit */
    double ceiling_seconds;  /* 0: the runner's own limit */
};

struct cf_manifest {
    json_t *json; /* owns the strings of the cases */
    char *folder; /* absolute */
    struct cf_blob blob;
    struct cf_case *cases;
    size_t count, room;
    const char *error_names[CF_ERROR_HIGH]; /* NULL where there is no such class */
};

/* Reads FOLDER/manifest.json and checks the digest of every vector; ends the program when
 * anything is wrong. What it allocates lives as long as the program. */
void cf_manifest_load(struct cf_manifest *m, const char *folder);

/* "36 BAD_TABLE" into `out`. */
void cf_class_text(const struct cf_manifest *m, int number, char *out, size_t room);

/* What the case wants, in words, into `out`. */
void cf_want_text(const struct cf_manifest *m, const struct cf_case *c, char *out, size_t room);

#endif

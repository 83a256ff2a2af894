/* audit.h - where the bytes of a compressed file are: tables, side information, states, symbols,
 * raw bits, and all that is no stream. Depends on the reference's random access. */
#ifndef SCAPE_STUDY_AUDIT_H
#define SCAPE_STUDY_AUDIT_H

#include "codec.h"

enum {
    STUDY_AUDIT_LAYOUTS = 128 /* the registry has fewer */
};

enum study_part {
    STUDY_PART_TABLES,  /* frequency tables, or the number of a profile's */
    STUDY_PART_SIDE,    /* cluster ids, classes of rows and columns, maps, lifted elements */
    STUDY_PART_STATES,  /* of the lanes */
    STUDY_PART_SYMBOLS, /* words and escapes */
    STUDY_PART_RAW,     /* bits as they are */
    STUDY_PART_ZSTD,
    STUDY_PART_CONSTANT,
    STUDY_PARTS
};

struct study_audit_layout {
    const char *name;
    uint64_t content, coded; /* bytes of chunks; coded: of their streams and what is around them */
    uint64_t parts[STUDY_PARTS];
};

struct study_audit_totals {
    struct study_audit_layout layouts[STUDY_AUDIT_LAYOUTS];
    size_t count;
    uint64_t size, content, profile, repeats; /* of the file; profile: embedded ones */
};

/* Decodes every chunk. CODEC_OK or the error class. */
int study_audit_read(const struct codec_source *source, struct study_audit_totals *out);

#endif

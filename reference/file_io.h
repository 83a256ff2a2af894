/* file_io.h - the library's input and output over stdio streams, for programs. Depends on the
 * public header and POSIX. */
#ifndef SCAPE_REF_FILE_IO_H
#define SCAPE_REF_FILE_IO_H

#include "scape_ref.h"

#include <stdio.h>

/* Input from the stream's present position on; read_at is there when the stream can seek. */
struct scape_ref_file_input {
    FILE *file;
    uint64_t base;
};

struct scape_ref_input scape_ref_file_input_open(struct scape_ref_file_input *state, FILE *file);
struct scape_ref_output scape_ref_file_output_open(FILE *file);

#endif

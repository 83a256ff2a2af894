/* main_encode.h - the verb `encode` of scape-ref. */
#ifndef SCAPE_REF_MAIN_ENCODE_H
#define SCAPE_REF_MAIN_ENCODE_H

#include <stdio.h>

/* words are those behind the verb; returns the program's exit code. */
int scape_ref_main_encode(int count, char **words, FILE *in, FILE *out);

#endif

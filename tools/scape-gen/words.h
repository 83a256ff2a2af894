/* words.h - pseudo-words for the vocabularies of GGUF files. Depends on <stdint.h>. */
#ifndef SCAPE_GEN_WORDS_H
#define SCAPE_GEN_WORDS_H

#include <stdint.h>

enum {
    SCAPE_WORD_MAX = 32
};

/* Spells the word that 64 random bits stand for: an optional mark for a leading space (U+0120),
 * then one to four syllables, with `joint` before the last one. */
void scape_word_spell(uint64_t bits, const char *joint, char text[SCAPE_WORD_MAX]);

#endif

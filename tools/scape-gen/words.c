/* words.c - see words.h. */
#include "words.h"

#include "rng.h"

#include <stddef.h>

static const char *const onsets[16] = {"b", "c", "d", "f",  "g", "l",  "m",  "n",
                                       "p", "r", "s", "st", "t", "th", "tr", "v"};
static const char *const nuclei[8] = {"a", "e", "i", "o", "u", "e", "ea", "ou"};
static const char *const codas[8] = {"", "", "", "n", "r", "s", "t", "ng"};

typedef struct speller {
    char *text;
    size_t used;
} speller;

static void append(speller *s, const char *part) {
    for (; *part != 0 && s->used < SCAPE_WORD_MAX - 1; part++) {
        s->text[s->used++] = *part;
    }
    s->text[s->used] = 0;
}

void scape_word_spell(uint64_t bits, const char *joint, char text[SCAPE_WORD_MAX]) {
    static const char space_mark[] = "\xC4\xA0";
    speller s = {text, 0};
    append(&s, (bits & 1) != 0 ? space_mark : "");
    unsigned syllables = 1 + scape_rng_below(bits, 4);
    uint64_t rest = scape_rng_mix(bits);
    for (unsigned i = 0; i < syllables; i++) {
        append(&s, i + 1 == syllables && s.used != 0 ? joint : "");
        append(&s, onsets[rest & 15]);
        append(&s, nuclei[(rest >> 4) & 7]);
        append(&s, codas[(rest >> 7) & 7]);
        rest >>= 10;
    }
}

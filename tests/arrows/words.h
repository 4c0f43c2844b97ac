/*
 * words.h - a list of texts.
 */
#ifndef ARROWS_WORDS_H
#define ARROWS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/** The texts are borrowed. */
struct words {
    const char **items;
    size_t count;
};

void words_add(struct words *words, const char *word);
bool words_has(const struct words *words, const char *word);
void words_free(struct words *words);

#endif

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "words.h"

void words_add(struct words *words, const char *word) {
    words->items = memory_grow(words->items, words->count, sizeof *words->items);
    words->items[words->count++] = word;
}

bool words_has(const struct words *words, const char *word) {
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->items[i], word) == 0)
            return true;
    return false;
}

void words_free(struct words *words) {
    free(words->items);
    *words = (struct words){0};
}

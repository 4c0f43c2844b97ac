#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

enum { LENGTH_MAX = 64 };

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/*
 * How many letters must be changed, added, left out or swapped with their neighbour (optimal string
 * alignment). SIZE_MAX when a word is too long to be a slip of the pen.
 */
static size_t edit_distance(const char *a, const char *b) {
    const size_t a_len = strlen(a);
    const size_t b_len = strlen(b);
    if (a_len > LENGTH_MAX || b_len > LENGTH_MAX)
        return SIZE_MAX;
    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = smaller(last[j], row[j - 1]) + 1;
            row[j] = smaller(row[j], last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_len];
}

const char *nearest_word(const char *word, const char *const *words) {
    const char *best = NULL;
    size_t best_distance = (strlen(word) + 2) / 3; /* further away it is another word */
    for (; *words != NULL; words++) {
        const size_t distance = edit_distance(word, *words);
        if (distance <= best_distance && (best == NULL || distance < best_distance)) {
            best = *words;
            best_distance = distance;
        }
    }
    return best;
}

const char *nearest_word_or_longer(const char *word, const char *const *words) {
    const char *best = nearest_word(word, words);
    const size_t len = strlen(word);
    if (best != NULL || len == 0)
        return best;
    for (; *words != NULL; words++)
        if (strncmp(*words, word, len) == 0 && ((*words)[len] == '_' || (*words)[len] == '-') &&
            (best == NULL || strlen(*words) < strlen(best)))
            best = *words;
    return best;
}

/* SPDX-License-Identifier: MIT */
/* nearest.c - the nearest of some words, for "did you mean". */
#include "base/nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    LENGTH_MAX = 64,
    CELLS_MAX = 150000 /* cells of all tables together; about 0.3 ms, whatever the words are */
};

/* A word, or the part of it that is not yet compared. */
struct nearest_text {
    const char *at;
    size_t len;
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Return a set with one bit for each letter of the word. */
static uint64_t letters_of(struct nearest_text text) {
    uint64_t letters = 0;
    for (size_t i = 0; i < text.len; i++)
        letters |= UINT64_C(1) << ((unsigned char)text.at[i] & 63);
    return letters;
}

/* Each letter that only one word has costs at least one change, so too many of them rule the pair
 * out. */
static bool letters_differ(uint64_t a, uint64_t b, size_t limit) {
    return (size_t)__builtin_popcountll(a & ~b) > limit ||
           (size_t)__builtin_popcountll(b & ~a) > limit;
}

/* Cut off the common beginning and end: they do not change the distance. */
static void cut_common(struct nearest_text *a, struct nearest_text *b) {
    while (a->len > 0 && b->len > 0 && *a->at == *b->at) {
        a->at++, a->len--;
        b->at++, b->len--;
    }
    while (a->len > 0 && b->len > 0 && a->at[a->len - 1] == b->at[b->len - 1])
        a->len--, b->len--;
}

/*
 * Count the letters that must be changed, added, left out or swapped with their neighbour (optimal
 * string alignment distance). Returns a number above `limit` if the distance is above it. Fills a
 * table row by row, and stops when the distance must exceed the limit.
 */
static size_t edit_distance(struct nearest_text a, struct nearest_text b, size_t limit,
                            size_t *cells) {
    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];
    cut_common(&a, &b);
    for (size_t j = 0; j <= b.len; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t least = row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            row[j] = smaller(last[j], row[j - 1]) + 1;
            row[j] = smaller(row[j], last[j - 1] + (a.at[i - 1] != b.at[j - 1]));
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
            least = smaller(least, row[j]);
        }
        *cells += b.len + 1;
        if (least > limit + 1) /* a swap refers back two rows */
            return least;
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b.len];
}

/* A word whose length differs by more than `limit` is not a typo. */
static bool is_comparable(struct nearest_text a, struct nearest_text b, size_t limit) {
    return a.len <= LENGTH_MAX && b.len <= LENGTH_MAX && a.len <= b.len + limit &&
           b.len <= a.len + limit;
}

const char *nearest_word(const char *word, const char *const *words) {
    const struct nearest_text text = {word, strlen(word)};
    const uint64_t letters = letters_of(text);
    const char *best = NULL;
    size_t limit = (text.len + 2) / 3; /* beyond that, treat it as another word */
    size_t cells = 0;
    for (; *words != NULL && cells < CELLS_MAX && (best == NULL || limit > 0); words++) {
        const struct nearest_text other = {*words, strlen(*words)};
        const size_t most = best == NULL ? limit : limit - 1;
        if (!is_comparable(text, other, most) || letters_differ(letters, letters_of(other), most))
            continue;
        const size_t distance = edit_distance(text, other, most, &cells);
        if (distance > most)
            continue;
        best = *words;
        limit = distance;
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

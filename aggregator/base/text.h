/*
 * text.h - comparison of unterminated bytes, words of a choice, and the syntax of service names.
 */
#ifndef STATGATE_BASE_TEXT_H
#define STATGATE_BASE_TEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** Byte order, a prefix first: below, equal to or above 0. An empty text may have no address. */
static inline int text_compare(const char *a, size_t a_len, const char *b, size_t b_len) {
    const size_t shorter = a_len < b_len ? a_len : b_len;
    const int order = shorter == 0 ? 0 : memcmp(a, b, shorter);
    if (order != 0)
        return order;
    return (a_len > b_len) - (a_len < b_len);
}

/** Whether `len` bytes are those of a terminated word. */
static inline bool text_is(const char *text, size_t len, const char *word) {
    return len == strlen(word) && (len == 0 || memcmp(text, word, len) == 0);
}

/** Word `index` of a choice ("a|b|c"), which has that many. The word is not terminated. */
static inline const char *text_choice_word(const char *words, unsigned index, size_t *ret_len) {
    for (; index > 0; index--)
        words += strcspn(words, "|") + 1;
    *ret_len = strcspn(words, "|");
    return words;
}

/** The index of `word` in the choice, or UINT_MAX. */
static inline unsigned text_choice_find(const char *words, const char *word) {
    for (unsigned index = 0;; index++) {
        const size_t len = strcspn(words, "|");
        if (text_is(words, len, word))
            return index;
        if (words[len] == '\0')
            return UINT_MAX;
        words += len + 1;
    }
}

/** Letters, digits, _ . and -, not starting with . or -: what a service may be called. */
static inline bool text_is_service_name(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return text[0] != '\0' && text[0] != '.' && text[0] != '-' && text[strspn(text, bytes)] == '\0';
}

#endif

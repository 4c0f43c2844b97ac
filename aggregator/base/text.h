/* SPDX-License-Identifier: MIT */
/*
 * text.h - comparison of texts, words of a choice, hexadecimal digits, and the syntax of service
 * names.
 */
#ifndef STATGATE_BASE_TEXT_H
#define STATGATE_BASE_TEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/** Compare by bytes; a prefix comes before the longer text. Returns a number below, equal to or
 * above 0. The pointer to an empty text may be NULL. */
static inline int text_compare(const char *a, size_t a_len, const char *b, size_t b_len) {
    const size_t shorter = a_len < b_len ? a_len : b_len;
    const int order = shorter == 0 ? 0 : memcmp(a, b, shorter);
    if (order != 0)
        return order;
    return (a_len > b_len) - (a_len < b_len);
}

/** Whether `len` bytes equal a terminated word. */
static inline bool text_is(const char *text, size_t len, const char *word) {
    return len == strlen(word) && (len == 0 || memcmp(text, word, len) == 0);
}

/** The rest of a terminated text after `beginning`; NULL if it does not start with that. */
static inline const char *text_after(const char *text, const char *beginning) {
    const size_t len = strlen(beginning);
    return strncmp(text, beginning, len) == 0 ? text + len : NULL;
}

/** Whether a terminated text begins with `beginning`. */
static inline bool text_begins(const char *text, const char *beginning) {
    return text_after(text, beginning) != NULL;
}

/** Whether a terminated text ends with `end`. */
static inline bool text_ends(const char *text, const char *end) {
    const size_t text_len = strlen(text);
    const size_t end_len = strlen(end);
    return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

/** Whether a path is `root` or below it. */
static inline bool text_is_below(const char *path, const char *root) {
    const char *rest = text_after(path, root);
    return rest != NULL && (*rest == '\0' || *rest == '/');
}

/** The plural ending of a noun after a count: "s", or "" if the count is 1. */
static inline const char *text_plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

/** The value of a hexadecimal digit of either case; -1 if it is not one. */
static inline int text_hex_digit(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

#ifdef __SSE2__
/** Compare 16 bytes: each byte of the result has all bits set where both are equal. */
static inline __m128i text_same_16(const char *a, const char *b) {
    return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a),
                          _mm_loadu_si128((const __m128i *)(const void *)b));
}
#endif

/** Whether two pieces of `len` bytes are equal: an inline memcmp for names and lists of labels. */
static inline bool text_same(const char *a, const char *b, size_t len) {
#ifdef __SSE2__
    if (len >= 16) {
        __m128i same = text_same_16(a + len - 16, b + len - 16);
        for (size_t at = 0; at + 16 < len; at += 16)
            same = _mm_and_si128(same, text_same_16(a + at, b + at));
        return _mm_movemask_epi8(same) == 0xffff;
    }
#endif
    return len == 0 || memcmp(a, b, len) == 0;
}

/** Word number `index` of a choice ("a|b|c"), which must have that many. The word is not
 * terminated. */
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

/** Whether the text is a valid service name: letters, digits, _ . and -, not starting with . or
 * -. */
static inline bool text_is_service_name(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return text[0] != '\0' && text[0] != '.' && text[0] != '-' && text[strspn(text, bytes)] == '\0';
}

#endif

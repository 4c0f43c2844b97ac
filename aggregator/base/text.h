/*
 * text.h - text with a length, in order; what a name may be.
 */
#ifndef STATGATE_BASE_TEXT_H
#define STATGATE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** Byte order, a prefix first: below, equal to or above 0. An empty text may have no address. */
static inline int compare_text(const char *a, size_t a_len, const char *b, size_t b_len) {
    const size_t shorter = a_len < b_len ? a_len : b_len;
    const int order = shorter == 0 ? 0 : memcmp(a, b, shorter);
    if (order != 0)
        return order;
    return (a_len > b_len) - (a_len < b_len);
}

/** Letters, digits, _ . and -, not starting with . or -: what a service may be called. */
static inline bool is_service_name(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return text[0] != '\0' && text[0] != '.' && text[0] != '-' && text[strspn(text, bytes)] == '\0';
}

#endif

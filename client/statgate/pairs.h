/* SPDX-License-Identifier: MIT */
/*
 * pairs.h - labels as pairs, whose values may come from outside the program.
 */
#ifndef STATGATE_CLIENT_PAIRS_H
#define STATGATE_CLIENT_PAIRS_H

#include "handle.h"
#include "label.h"
#include "number.h"

/* Appends a value. Each byte with which the daemon would read it as something else becomes `_`. */
static inline char *statgate_append_value_(struct statgate *sg, char *at, const char *end,
                                           const char *value) {
    size_t len = strlen(value);
    if (len >= (size_t)(end - at)) {
        return NULL;
    }
    char *after = statgate_append_(at, value, len);
    *after = '\0';
    size_t clean = strcspn(at, ",|\r\n");
    sg->replaced += clean != len ? 1 : 0;
    for (; clean != len; clean += strcspn(at + clean, ",|\r\n")) {
        at[clean] = '_';
    }
    return after;
}

/* Appends `key:value,`. NULL if the daemon would read the key as something else, or the pair does
 * not fit. */
static inline char *statgate_append_pair_(struct statgate *sg, char *at, const char *end,
                                          const char *key, const char *value) {
    size_t len = key == NULL ? 0 : strcspn(key, ":,|\r\n");
    if (len == 0 || key[len] != '\0' || value == NULL || len >= (size_t)(end - at)) {
        return NULL;
    }
    at = statgate_append_(at, key, len);
    *at++ = ':';
    at = statgate_append_value_(sg, at, end, value);
    if (at != NULL) {
        *at++ = ',';
    }
    return at;
}

/*
 * Writes the pairs as a text into the handle. Returns NULL if there are none. If a key is refused,
 * or the pairs do not fit, returns NULL and sets `name` to NULL, so that the sample is lost:
 * without its labels it would be counted in another series.
 */
static inline const char *statgate_pairs_(struct statgate *sg, const char **name,
                                          const struct statgate_label *pairs, size_t n) {
    char *at = sg->labels;
    const char *end = sg->labels + sizeof sg->labels - 1;
    for (size_t i = 0; i < n && at != NULL; i++) {
        at = statgate_append_pair_(sg, at, end, pairs[i].key, pairs[i].value);
    }
    if (at == NULL) {
        *name = NULL;
        return NULL;
    }
    if (at == sg->labels) {
        return NULL;
    }
    at[-1] = '\0';
    return sg->labels;
}

/* Writes the state as a label whose key is the family's name, then the other labels. If
 * they do not fit, returns NULL and sets `name` to NULL. */
static inline const char *statgate_state_labels_(struct statgate *sg, const char **name,
                                                 const char *state, const char *labels) {
    const char *end = sg->labels + sizeof sg->labels - 1;
    size_t len = labels == NULL ? 0 : strlen(labels);
    char *at = statgate_append_pair_(sg, sg->labels, end, *name, state);
    if (at == NULL || len > (size_t)(end - at)) {
        *name = NULL;
        return NULL;
    }
    if (len == 0) {
        at--;
    } else {
        at = statgate_append_(at, labels, len);
    }
    *at = '\0';
    return sg->labels;
}

#endif

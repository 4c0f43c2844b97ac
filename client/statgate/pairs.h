/*
 * pairs.h - labels as pairs, whose values may come from outside the program.
 */
#ifndef STATGATE_CLIENT_PAIRS_H
#define STATGATE_CLIENT_PAIRS_H

#include "handle.h"
#include "number.h"

/** A label. Both texts are borrowed for the call. */
struct statgate_label {
    const char *key;
    const char *value;
};

/* Appends a text that must have none of the bytes in `not_in`. NULL if it has one or does not
 * fit. */
static inline char *statgate_append_clean_(char *at, const char *end, const char *text,
                                           const char *not_in) {
    size_t len = strcspn(text, not_in);
    return text[len] != '\0' || len >= (size_t)(end - at) ? NULL : statgate_append_(at, text, len);
}

/* Appends `key:value` and the byte `behind`. NULL if the daemon would read the pair as something
 * else, or it does not fit. */
static inline char *statgate_append_pair_(char *at, const char *end, const char *key,
                                          const char *value, char behind) {
    if (key == NULL || *key == '\0' || value == NULL) {
        return NULL;
    }
    at = statgate_append_clean_(at, end, key, ":,|\r\n");
    if (at == NULL) {
        return NULL;
    }
    *at++ = ':';
    at = statgate_append_clean_(at, end, value, ",|\r\n");
    if (at != NULL) {
        *at++ = behind;
    }
    return at;
}

/*
 * Writes the pairs as a text into the handle. Returns NULL if there are none. If the daemon would
 * read a pair as something else, returns NULL and sets `name` to NULL, so that the sample is lost:
 * without its labels it would be counted in another series.
 */
static inline const char *statgate_pairs_(struct statgate *sg, const char **name,
                                          const struct statgate_label *pairs, size_t n) {
    char *at = sg->labels;
    const char *end = sg->labels + sizeof sg->labels - 1;
    for (size_t i = 0; i < n && at != NULL; i++) {
        at = statgate_append_pair_(at, end, pairs[i].key, pairs[i].value, ',');
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

/* Writes the state as a label whose key is the family's name, then the other labels. If the state
 * is refused, returns NULL and sets `name` to NULL. */
static inline const char *statgate_state_labels_(struct statgate *sg, const char **name,
                                                 const char *state, const char *labels) {
    const char *end = sg->labels + sizeof sg->labels - 1;
    size_t len = labels == NULL ? 0 : strlen(labels);
    char *at = statgate_append_pair_(sg->labels, end, *name, state, ',');
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

/*
 * pairs.h - labels as pairs, which strangers may choose.
 */
#ifndef STATGATE_CLIENT_PAIRS_H
#define STATGATE_CLIENT_PAIRS_H

#include "handle.h"
#include "number.h"

/** A label. Neither text is kept. */
struct statgate_label {
    const char *key;
    const char *value;
};

/* Appends a text without any of the bytes in `not_in`. NULL: it has one, or there is no room. */
static inline char *statgate_append_clean_(char *at, const char *end, const char *text,
                                           const char *not_in) {
    size_t len = strcspn(text, not_in);
    return text[len] != '\0' || len >= (size_t)(end - at) ? NULL : statgate_append_(at, text, len);
}

/* Appends `key:value` and the byte behind it. NULL: it would be read as something else. */
static inline char *statgate_append_pair_(char *at, const char *end, const char *key,
                                          const char *value, char behind) {
    if (key == NULL || *key == '\0' || value == NULL) {
        return NULL;
    }
    at = statgate_append_clean_(at, end, key, ":,|\n");
    if (at == NULL) {
        return NULL;
    }
    *at++ = ':';
    at = statgate_append_clean_(at, end, value, ",|\n");
    if (at != NULL) {
        *at++ = behind;
    }
    return at;
}

/*
 * The pairs as a text in the handle, or NULL. `name` becomes NULL, so that the sample is lost, if a
 * pair would be read as something else: a sample without its labels would be counted elsewhere.
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

/* The state as a label with the family's name, before the others. NULL: `name` is NULL, too. */
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

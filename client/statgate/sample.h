/* SPDX-License-Identifier: MIT */
/*
 * sample.h - writes a sample as a line, and the report of how many were sent and lost.
 */
#ifndef STATGATE_CLIENT_SAMPLE_H
#define STATGATE_CLIENT_SAMPLE_H

#include "handle.h"
#include "number.h"

/* A sample as the caller gave it. Its texts are borrowed for the call. */
struct statgate_sample_ {
    const char *name;
    const char *labels;
    const char *word;     /* replaces the value unless NULL */
    const char *instance; /* of a job its id; of an attempt the fields behind the labels */
    size_t name_len;
    size_t labels_len;
    size_t word_len;
    size_t instance_len;
    double value;
    char letter;
    uint64_t calls; /* samples merged into the value */
};

/* The most bytes of a line's letter and labels. */
static inline size_t statgate_labels_len_(const struct statgate *sg, size_t labels_len) {
    if (sg->service_len != 0) {
        labels_len += sg->service_len + (labels_len == 0 ? 0 : 1);
    }
    return 2 + (labels_len == 0 ? 0 : labels_len + 2);
}

/* The most bytes of the line without its value. */
static inline size_t statgate_frame_len_(const struct statgate *sg,
                                         const struct statgate_sample_ *sample) {
    return sample->name_len + 1 + statgate_labels_len_(sg, sample->labels_len) +
           (sample->instance_len == 0 ? 0 : sample->instance_len + (sample->letter == 'a' ? 1 : 3));
}

static inline char *statgate_write_letter_(char *at, char letter, bool labels) {
    *at++ = '|';
    *at++ = letter;
    if (labels) {
        *at++ = '|';
        *at++ = '#';
    }
    return at;
}

/* Whether the labels name a service. */
static inline bool statgate_names_service_(const char *labels, size_t len) {
    static const char key[] = "service:";
    const char *end = labels + len;
    while ((size_t)(end - labels) >= sizeof key - 1) {
        if (memcmp(labels, key, sizeof key - 1) == 0) {
            return true;
        }
        const char *comma = (const char *)memchr(labels, ',', (size_t)(end - labels));
        labels = comma == NULL ? end : comma + 1;
    }
    return false;
}

/* Appends the handle's service to the labels that were written last, if they name none. */
static inline char *statgate_write_service_(const struct statgate *sg, char *at,
                                            size_t labels_len) {
    if (sg->service_len == 0 || statgate_names_service_(at - labels_len, labels_len)) {
        return at;
    }
    at = labels_len == 0 ? statgate_append_(at, "|#", 2) : statgate_append_(at, ",", 1);
    return statgate_append_(at, sg->service, sg->service_len);
}

/* Writes the line without newline or terminator. Returns its end. */
static inline char *statgate_write_sample_(const struct statgate *sg, char *at,
                                           const struct statgate_sample_ *sample) {
    at = statgate_append_(at, sample->name, sample->name_len);
    *at++ = ':';
    if (sample->word != NULL) {
        at = statgate_append_(at, sample->word, sample->word_len);
    } else {
        at += statgate_put_number_(at, sample->value);
    }
    at = statgate_write_letter_(at, sample->letter, sample->labels_len != 0);
    if (sample->labels_len != 0) {
        at = statgate_append_(at, sample->labels, sample->labels_len);
    }
    at = statgate_write_service_(sg, at, sample->labels_len);
    if (sample->instance_len != 0) {
        at = statgate_append_(at, "|i:", sample->letter == 'a' ? 1 : 3);
        at = statgate_append_(at, sample->instance, sample->instance_len);
    }
    return at;
}

/*
 * Writes the report for a datagram of `samples` samples. Its first number, "sent", is the samples
 * delivered so far, including these, plus the lost ones; the second is the lost ones. So whenever a
 * datagram arrives, sent - lost is the number of samples that have arrived. Neither number includes
 * waiting samples. Returns the length.
 */
static inline size_t statgate_write_report_(const struct statgate *sg, char *at, size_t samples) {
    size_t len = 20;
    memcpy(at, sg->report, len);
    len += statgate_put_digits_(at + len, sg->delivered + samples + sg->lost);
    at[len++] = ',';
    return len + statgate_put_digits_(at + len, sg->lost);
}

#endif

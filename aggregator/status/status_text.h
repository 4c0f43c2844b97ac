/*
 * status_text.h - texts for people: how long something took, which series, and which process.
 */
#ifndef STATGATE_STATUS_STATUS_TEXT_H
#define STATGATE_STATUS_STATUS_TEXT_H

#include "base/who.h"
#include "store/store.h"

enum {
    STATUS_AGE_MAX = 48,
    STATUS_WHO_MAX = WHO_COMM_MAX + WHO_UNIT_MAX + 32,
    STATUS_LABELS_MAX = 160 /**< longer texts are cut */
};

/* Each function writes a terminated text of at most `size` bytes with the terminator, and returns
 * it. */

/** An age in its two largest units: "3 min 20 s". */
const char *status_text_age(char *out, size_t size, int64_t age_ms);
/** The labels of a series: `job="publish",queue="fast"`, or "" without labels. */
const char *status_text_labels(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series);
/** A series with its labels: `sync{job="publish"}`. */
const char *status_text_series(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series);
/** "worker (process 4711, imgsrv.service)", "process 4711", "an unknown process". */
const char *status_text_who(char *out, size_t size, const struct who *who);

#endif

/*
 * former.h - records that a former process left: reads them by the names of their fields, and finds
 * the present machine of each. Private to machines/.
 *
 * No value that is read is trusted: this module or the caller brings numbers into their range.
 */
#ifndef STATGATE_MACHINES_FORMER_H
#define STATGATE_MACHINES_FORMER_H

#include "object/object.h"
#include "store/store.h"

enum { FORMER_FIELDS = 24 };

struct former_records {
    struct image_table table; /* without items if the image has no such table */
    const struct object_field *fields;
    size_t field_count;
    struct image_field at[FORMER_FIELDS]; /* where the image has each field */
};

/** Open the image's table of this name; `fields` are those of a present record. */
void former_open(struct former_records *records, const struct image *image, const char *name,
                 const struct object_field *fields, size_t field_count);
/** Fill a present record, which the caller has zeroed, from the image's record. */
void former_read(const struct former_records *records, uint64_t index, void *ret_record);

/** Find the number of the present machine for a machine of the image, whose `family` and `place`
 * are given. False if its family or labels no longer exist. */
bool former_machine(const struct store *store, const struct image *image, const struct match *match,
                    uint32_t family, uint32_t place, const struct catalog_family **ret_family,
                    uint64_t *ret_number);

/* Numbers brought into a range that this process can continue with. */

enum { FORMER_BITS = 53 /* a double represents all such integers */ };

/** Limit a count. */
static inline uint64_t former_count(uint64_t count) {
    return count < UINT64_C(1) << FORMER_BITS ? count : UINT64_C(1) << FORMER_BITS;
}
/** Limit a monotonic time to at most `now`. */
static inline int64_t former_mono(int64_t mono_ms, struct store_time now) {
    return mono_ms < now.mono_ms ? mono_ms : now.mono_ms;
}
/** Return a Unix time (or 0) that is in range, else `other`. */
static inline int64_t former_real(int64_t real_ms, int64_t other) {
    return real_ms >= 0 && real_ms < INT64_C(1) << FORMER_BITS ? real_ms : other;
}
/** Return a process id, or 0 if it is not positive. */
static inline int32_t former_pid(int32_t pid) {
    return pid > 0 ? pid : 0;
}

#endif

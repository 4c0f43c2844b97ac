/*
 * former.h - records that a former process left: read by the names of their fields, and found again among
 * the present machines. Private to machines/.
 *
 * Nothing that is read is believed: numbers are brought into their range here or by the caller.
 */
#ifndef STATGATE_MACHINES_FORMER_H
#define STATGATE_MACHINES_FORMER_H

#include "object/match.h"
#include "store/store.h"

enum { FORMER_FIELDS = 24 };

struct former_records {
    struct image_table table; /* no items when the image has no such table */
    const struct object_field *fields;
    size_t field_count;
    struct image_field at[FORMER_FIELDS]; /* where they are in the image */
};

/** The image's table of this name, for records whose present fields these are. */
void former_open(struct former_records *records, const struct image *image, const char *name,
                 const struct object_field *fields, size_t field_count);
/** Fill in the fields of a present record, which is zeroed, with those of the image's. */
void former_read(const struct former_records *records, uint64_t index, void *ret_record);

/** The number of the present machine that one of the image is. False: its family or labels do not exist any
 * more. `family` and `place` are the image's. */
bool former_machine(const struct store *store, const struct image *image, const struct match *match,
                    uint32_t family, uint32_t place, const struct catalog_family **ret_family,
                    uint64_t *ret_number);

/* Numbers that this process can go on with. */

enum { FORMER_BITS = 53 /* a double has them all */ };

/** A count. */
static inline uint64_t former_count(uint64_t count) {
    return count < UINT64_C(1) << FORMER_BITS ? count : UINT64_C(1) << FORMER_BITS;
}
/** A monotonic time, not after `now`. */
static inline int64_t former_mono(int64_t mono_ms, struct store_time now) {
    return mono_ms < now.mono_ms ? mono_ms : now.mono_ms;
}
/** A Unix time, or 0; else `other`. */
static inline int64_t former_real(int64_t real_ms, int64_t other) {
    return real_ms >= 0 && real_ms < INT64_C(1) << FORMER_BITS ? real_ms : other;
}
/** A process, or 0. */
static inline int32_t former_pid(int32_t pid) {
    return pid > 0 ? pid : 0;
}

#endif

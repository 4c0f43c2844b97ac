/*
 * ranked.h - records of a former process in the order in which they were made. Private to
 * machines/.
 */
#ifndef STATGATE_MACHINES_RANKED_H
#define STATGATE_MACHINES_RANKED_H

#include "base/memory.h"
#include "machines/former.h"

struct ranked {
    uint64_t rank;
    uint64_t record;
};

/** Return whether a record is in use, and its rank. */
typedef bool ranked_fn(const struct former_records *records, uint64_t record, uint64_t *ret_rank);

/** The records in use, sorted by rank, without those whose bit is set in `but` (NULL: all records).
 * The caller frees the array. NULL when out of memory. */
struct ranked *ranked_all(const struct memory *memory, const struct former_records *records,
                          ranked_fn *rank_of, const uint64_t *but, size_t *ret_count);

static inline bool ranked_is(const uint64_t *bits, uint64_t record) {
    return bits != NULL && (bits[record / 64] >> record % 64 & 1) != 0;
}

#endif

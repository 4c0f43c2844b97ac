/*
 * ranked.h - records of a former process in the order in which they came to be. Private to machines/.
 */
#ifndef STATGATE_MACHINES_RANKED_H
#define STATGATE_MACHINES_RANKED_H

#include "base/memory.h"
#include "machines/former.h"

struct ranked {
    uint64_t rank;
    uint64_t record;
};

/** Whether a record is in use, and its rank. */
typedef bool ranked_fn(const struct former_records *records, uint64_t record, uint64_t *ret_rank);

/** Records in use, in order, without those of which a bit is set in `but` (NULL: with all). NULL when out of memory. */
struct ranked *ranked_all(const struct memory *memory, const struct former_records *records,
                          ranked_fn *rank_of, const uint64_t *but, size_t *ret_count);

static inline bool ranked_is(const uint64_t *bits, uint64_t record) {
    return bits != NULL && (bits[record / 64] >> record % 64 & 1) != 0;
}

#endif

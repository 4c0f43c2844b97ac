/*
 * needs.h - the list of conditions that need attention; bounded so that no kind displaces all of
 * another.
 */
#ifndef STATGATE_STATUS_NEEDS_H
#define STATGATE_STATUS_NEEDS_H

#include "status/need.h"

struct status_needs {
    struct status_need items[STATUS_NEEDS_MAX];
    size_t count;
    size_t of_kind[STATUS_KIND_COUNT]; /**< items of each kind */
    uint64_t left_out;                 /**< how many had no place */
};

/** Add a copy of a need. If the list is full, the need with the smallest count gives way: one of
 * the same kind, or one of the most frequent kind if the own kind has fewer than
 * STATUS_NEEDS_RESERVED. */
void needs_add(struct status_needs *needs, const struct status_need *need);
/** Find the need of this kind with this key, or NULL. */
/** Remove the need at `at`; the last one takes its place. */
void needs_remove(struct status_needs *needs, size_t at);
struct status_need *needs_find(struct status_needs *needs, enum status_kind kind, uint64_t key);
/** Sort by kind; within a kind, the largest count comes first. */
void needs_sort(struct status_needs *needs);

#endif

/*
 * needs.h - the list of what needs somebody, bounded: no kind pushes out all of another.
 */
#ifndef STATGATE_STATUS_NEEDS_H
#define STATGATE_STATUS_NEEDS_H

#include "status/need.h"

struct status_needs {
    struct status_need items[STATUS_NEEDS_MAX];
    size_t count;
    size_t of_kind[STATUS_KIND_COUNT]; /**< of `items` */
    uint64_t left_out;                 /**< so many have no place */
};

/** Add one (copied). Where there is no place, the least makes way: of its own kind, or of the kind that has the most
 * beyond STATUS_NEEDS_RESERVED if its own has fewer. */
void needs_add(struct status_needs *needs, const struct status_need *need);
/** The one of this kind with this key, or NULL. */
struct status_need *needs_find(struct status_needs *needs, enum status_kind kind, uint64_t key);
/** Bring them into the order of kinds, and within a kind the greatest first. */
void needs_sort(struct status_needs *needs);

#endif

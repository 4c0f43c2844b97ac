/*
 * problems.h - the list of conditions that need attention; bounded so that no kind displaces all of
 * another.
 */
#ifndef STATGATE_STATUS_PROBLEMS_H
#define STATGATE_STATUS_PROBLEMS_H

#include "status/problem.h"

struct status_problems {
    struct status_problem items[STATUS_PROBLEMS_MAX];
    size_t count;
    size_t of_kind[STATUS_KIND_COUNT]; /**< items of each kind */
    uint64_t left_out;                 /**< how many had no place */
};

/** Add a copy of a problem. If the list is full, the problem with the smallest count gives way: one
 * of the same kind, or one of the most frequent kind if the own kind has fewer than
 * STATUS_PROBLEMS_RESERVED. */
void problems_add(struct status_problems *problems, const struct status_problem *problem);
/** Find the problem of this kind with this key, or NULL. */
/** Remove the problem at `at`; the last one takes its place. */
void problems_remove(struct status_problems *problems, size_t at);
struct status_problem *problems_find(struct status_problems *problems, enum status_kind kind,
                                     uint64_t key);
/** Sort by kind; within a kind, the largest count comes first. */
void problems_sort(struct status_problems *problems);

#endif

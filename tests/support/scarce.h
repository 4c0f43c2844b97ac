/*
 * scarce.h - an allocator that runs out of memory where a test wants it, and counts what it gave.
 */
#ifndef STATGATE_TESTS_SCARCE_H
#define STATGATE_TESTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct scarce {
    struct memory memory; /* to hand in; valid while the struct does not move */
    size_t granted;       /* allocations that still get memory */
    size_t refused;       /* those that got none */
    size_t live;          /* pieces that were not given back */
};

/* From now on `granted` allocations get memory and all later ones none. */
void scarce_init(struct scarce *scarce, size_t granted);

/*
 * Calls `attempt` with an allocator whose first allocation fails, then with one whose second fails,
 * and so on, until none is refused. `attempt` makes something, uses it, and gives all back; it
 * returns whether it got what it wanted. Fails the test if a piece is not given back, or if the
 * attempt without a refusal returns false. Returns how many attempts met a refusal.
 */
size_t scarce_each(bool (*attempt)(const struct memory *memory, void *arg), void *arg);

#endif

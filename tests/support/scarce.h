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
    bool once;            /* a refusal is the only one: later allocations get memory again */
    size_t live;          /* pieces that were not given back */
};

/* From now on `granted` allocations get memory and all later ones none. */
void scarce_init(struct scarce *scarce, size_t granted);

/* Makes something with this memory, uses it, and gives all back; returns whether it got what it
 * wanted. */
typedef bool scarce_attempt(const struct memory *memory, void *arg);

/*
 * Has the attempt's first allocation and all later ones fail, then the first alone, then the second
 * and all later ones, and so on, until none is refused. Fails the test if a piece is not given back,
 * if an attempt with a refusal returns true (somebody did not look at what it got), or if the one
 * without returns false. Returns how many allocations an attempt makes.
 */
size_t scarce_each(scarce_attempt *attempt, void *arg);
/* The same for an attempt that does without some of the memory, and looks itself at what it then
 * lacks: it may return true in spite of refusals, and memory does not come back by itself. */
size_t scarce_each_spared(scarce_attempt *attempt, void *arg);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * scarce.h - an allocator that fails when a test wants it to, and counts what is allocated.
 */
#ifndef STATGATE_TESTS_SCARCE_H
#define STATGATE_TESTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct scarce {
    struct memory memory; /* to pass to the code under test; valid while the struct does not move */
    size_t granted;       /* allocations that still succeed */
    size_t refused;       /* allocations that failed */
    bool once;            /* only one allocation fails, later ones succeed again */
    size_t live;          /* pieces not freed yet */
};

/* Lets `granted` allocations succeed and all later ones fail. */
void scarce_init(struct scarce *scarce, size_t granted);

/* Makes something with this memory, uses it, and frees everything. Returns true if it got all that
 * it asked for. */
typedef bool scarce_attempt(const struct memory *memory, void *arg);

/*
 * Repeats the attempt. First all its allocations fail, then only the first one, then the second and
 * all later ones, then only the second, and so on, until none fails. Fails the test if a piece is
 * not freed, if an attempt returns true although an allocation failed (a result was not checked),
 * or if the attempt without failures returns false. Returns how many allocations an attempt makes.
 */
size_t scarce_each(scarce_attempt *attempt, void *arg);
/* The same for an attempt that can do without some of the memory and checks the consequences
 * itself. It may return true although allocations failed. All later allocations always fail,
 * too. */
size_t scarce_each_spared(scarce_attempt *attempt, void *arg);

#endif

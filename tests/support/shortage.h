/* SPDX-License-Identifier: MIT */
/*
 * shortage.h - makes memory run out where a test wants it.
 *
 * For programs that the build declares with the fixture `shortage`. The linker redirects every
 * allocation of the project's own code to this file (--wrap), but none of a library. To count those
 * of a library as well, a test may pass it `malloc` and `free`, if it accepts such functions.
 */
#ifndef STATGATE_TESTS_SHORTAGE_H
#define STATGATE_TESTS_SHORTAGE_H

/* Lets `granted` allocations succeed, and all later ones fail. */
void shortage_begin(long granted);

/* Lets all allocations succeed again. Returns how many more pieces are allocated than at the start:
 * less than 0 if older ones were freed. */
long shortage_end(void);

#endif

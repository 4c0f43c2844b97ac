/*
 * shortage.h - makes memory run out where a test wants it.
 *
 * For programs that the build declares with the fixture `shortage`: the linker sends every allocation
 * of the project's own code here (--wrap), and of no library. A test may hand `malloc` and `free`
 * to a library that takes such functions, and so have its allocations counted, too.
 */
#ifndef STATGATE_TESTS_SHORTAGE_H
#define STATGATE_TESTS_SHORTAGE_H

#include <stdbool.h>

/* From now on `granted` allocations succeed, and all later ones fail. */
void shortage_begin(long granted);

/* All allocations get memory again. Returns how many more pieces are held than at the start; below
 * 0 if older ones were freed. */
long shortage_end(void);

/* Is the next allocation the first that gets no memory? */
bool shortage_is_next(void);

/* While a shortage lasts, only so many zeroed pieces of 16 KiB and more are granted: blocks of an
 * arena. LONG_MAX, as at first: all. */
void shortage_of_blocks(long granted);

#endif

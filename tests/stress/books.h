/* SPDX-License-Identifier: MIT */
/*
 * books.h - sums of what was given to the client and of what arrived, in memory that all processes
 * of the stress test share. There is a cell for each family and `who`. All values are multiples of
 * 0.5, so the sums are exact.
 */
#ifndef TESTS_STRESS_BOOKS_H
#define TESTS_STRESS_BOOKS_H

#include <stdbool.h>
#include <stdint.h>

enum family {
    COUNTS,
    PREPARED,
    INSIDE,
    LEVEL,
    SECONDS,
    WORDS,
    SHARED,
    FLUSHED,
    LIBRARY,
    BRIEF,
    FAMILIES
};
enum { WHO_MAX = 16 };

/** The names on the wire, indexed by family. */
extern const char *const family_names[FAMILIES];

/** The labels of a sample as a text, like `who:3`. */
const char *who_labels(unsigned who);

/** Maps the books for this process and its children. False when out of memory. */
bool books_open(void);

/** Note what was given to the client and not refused (give, say) and what arrived (take, hear):
 * sums of counts, numbers of observations and words, and the last value of a LEVEL. Samples of
 * BRIEF may be lost, as its flusher is stopped while threads add. */
void books_give(enum family family, unsigned who, double n);
void books_say(unsigned who, double level);
void books_take(enum family family, unsigned who, double n);
void books_hear(unsigned who, double level);

/** Note samples that a call refused, and those that handles count as lost. */
void books_refuse(uint64_t samples);
void books_lose(uint64_t samples);

/** Whether all of this family has arrived that was given. */
bool books_arrived(enum family family);

/** Whether the books agree. If not, prints to stderr what does not. */
bool books_close(void);

#endif

/*
 * books.h - what was given and what arrived, in memory that all processes of the stress share. A cell is a family and
 * whose samples they are. Sums are of halves, so they are exact.
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

/** By family: the name on the wire. */
extern const char *const family_names[FAMILIES];

/** Labels of a sample, as a text: `who:3`. */
const char *who_labels(unsigned who);

/** Map them. They are for this process and its children. False: no memory. */
bool books_open(void);

/** A sum of what was given and not refused, or how many observations and words; of a level, what was said last. What is
 * BRIEF may be lost, as its flusher is stopped while threads add. */
void books_give(enum family family, unsigned who, double n);
void books_say(unsigned who, double level);
void books_take(enum family family, unsigned who, double n);
void books_hear(unsigned who, double level);

/** Samples that a call refused, and those that handles count as lost. */
void books_refuse(uint64_t samples);
void books_lose(uint64_t samples);

/** Whether all agrees; if not, says on stderr what does not. */
bool books_close(void);

#endif

/*
 * region.h - a place for an object in this process: addresses without memory, until they are reached.
 *
 * What was not reached cannot be touched: it kills. A test decides how much can be reached.
 */
#ifndef STATGATE_TESTS_REGION_H
#define STATGATE_TESTS_REGION_H

#include "object/object.h"

struct region {
    struct object_place place; /* valid while the struct does not move */
    uint64_t granted;          /* bytes that can still be reached */
    uint64_t calls;            /* of reach */
    unsigned char *reached;    /* private: 1 for each page that was */
    int fd;                    /* private */
};

/* All can be reached. Fails the test when there is no room for it. */
void region_init(struct region *region, uint64_t size);
void region_done(struct region *region);

/* What the next process finds: a copy, with zeros where nothing was reached. As large as the region;
 * to be given to region_drop. */
unsigned char *region_copy(const struct region *region);
void region_drop(const struct region *region, unsigned char *copy);

/* What a process sees that looks while this one writes: changes show, but on pages which it has written itself. To be
 * given to region_drop. */
unsigned char *region_look(const struct region *region);

/* Any boot will do. */
extern const unsigned char region_boot[OBJECT_BOOT_BYTES];

#endif

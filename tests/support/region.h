/* SPDX-License-Identifier: MIT */
/*
 * region.h - a place for an object in this process: addresses that have no memory until `reach`
 * gives it to them.
 *
 * Touching memory that was not reached kills the process. A test decides how much can be reached.
 */
#ifndef STATGATE_TESTS_REGION_H
#define STATGATE_TESTS_REGION_H

#include "object/object.h"

struct region {
    struct object_place place; /* valid while the struct does not move */
    uint64_t calls;            /* of `reach` */
    unsigned char *reached;    /* private: 1 for each page that was reached */
    int fd;                    /* private */
};

/* Makes a region in which all bytes can be reached. Fails the test if it cannot be mapped. */
void region_init(struct region *region, uint64_t size);
void region_done(struct region *region);

/* A copy as the next process would find it, with zeros where nothing was reached. It is as large as
 * the region; free it with region_drop. */
unsigned char *region_copy(const struct region *region);
void region_drop(const struct region *region, unsigned char *copy);

/* A view as a process has it that reads while this one writes: later changes show, except on pages
 * that were written through the view. Free it with region_drop. */
unsigned char *region_look(const struct region *region);

/* The boot id that tests use. */
extern const unsigned char region_boot[OBJECT_BOOT_BYTES];

#endif

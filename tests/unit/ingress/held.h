/* SPDX-License-Identifier: MIT */
/*
 * held.h - an object in memory that a test shares with its children, so that it outlives them.
 */
#ifndef TESTS_INGRESS_HELD_H
#define TESTS_INGRESS_HELD_H

#include "catalog/catalog.h"
#include "object/object.h"

struct held {
    unsigned char *at; /* mapped at the same address in children */
    uint64_t size;
    struct object *object;
};

extern const unsigned char held_boot[OBJECT_BOOT_BYTES];

/* A new object for the set, with room for an inbox and `more` bytes. */
void held_make(struct held *held, const struct catalog_set *set, uint64_t more);
/* Frees the object and its memory. Safe on a zeroed struct. */
void held_done(struct held *held);

#endif

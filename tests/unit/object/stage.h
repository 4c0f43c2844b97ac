/* SPDX-License-Identifier: MIT */
/*
 * stage.h - a set with families made by hand, and an object of it in this process.
 */
#ifndef STATGATE_TESTS_OBJECT_STAGE_H
#define STATGATE_TESTS_OBJECT_STAGE_H

#include "catalog/catalog.h"
#include "object/object.h"
#include "region.h"

/* A record of the tests. */
struct stage_item {
    uint64_t word;
    double number;
    int32_t below;
    uint8_t bytes[3];
    char text[5];
    uint16_t halves[2];
};

struct stage {
    struct catalog_set set;
    struct region region;
    struct object *object;
    struct object_table table; /* "item" of stage_items items */
};

enum { STAGE_ITEMS = 10000, STAGE_TABLES_BYTES = 16 << 20 };

extern const struct object_field stage_fields[];
extern const struct object_spec stage_spec;

/* The families: a counter and a histogram of "one", a stateset of "two". */
void stage_set(struct catalog_set *set);
/* Makes an object with room for these tables and with the table of stage_spec, of which ten items
 * are reached. */
void stage_init(struct stage *stage);
void stage_done(struct stage *stage);
struct stage_item *stage_item(struct stage *stage, uint64_t index);

/* Opens a copy, image->bytes, as the next process would read it. Fails the test if it cannot. */
void stage_open(const struct stage *stage, struct image *image);
void stage_close(const struct stage *stage, const struct image *image);

#endif

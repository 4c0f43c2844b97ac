/*
 * shapes.h - recognises new lines that are folded or refused for one value, and differ only in it
 * from an earlier line. Private to gate/.
 *
 * A sender that puts an id or a path into a label sends a new value with each line, and each line
 * would have to be resolved. So for some names the last such line is remembered without that value:
 * for the next line of its shape, only the value is looked at. Everything else is already decided,
 * as for repeated lines (repeats.h).
 */
#ifndef STATGATE_GATE_SHAPES_H
#define STATGATE_GATE_SHAPES_H

#include "base/memory.h"
#include "gate/apply.h"
#include "gate/outcome.h"

enum {
    SHAPES_BITS = 6,
    SHAPES_MAX = 1 << SHAPES_BITS, /* each name hashes to one place */
    SHAPES_KEY_MAX = 208           /* the longest name and tags without the value */
};

struct shape {
    const struct series *series; /* folded: the series that takes its numbers; NULL: refused */
    struct store_room room;      /* as in struct repeat */
    uint32_t generation;         /* generation of the series */
    uint32_t scope_letter;
    uint16_t name_len; /* 0: this place is free */
    uint16_t before;   /* bytes of tags before the value */
    uint16_t after;    /* bytes of tags behind the value */
    uint16_t family;   /* its index in the set */
    uint8_t reason;
    uint8_t label; /* index of the label that has the value */
    uint8_t item;
    char key[SHAPES_KEY_MAX]; /* name, tags before the value, tags behind it */
};

bool shapes_init(struct shape **ret_shapes, const struct memory *memory);
/* Bytes of the table. */
uint64_t shapes_bytes(void);
/* Remember the outcome of a line, if it was folded or refused for one value. */
void shapes_note(struct shape *shapes, gate_scope scope, const struct sg_line *line,
                 const struct outcome *outcome);
/* Do what apply_line would do with a line that has a remembered shape. False if the line has
 * another shape; nothing was changed. */
bool shapes_apply(struct gate *gate, const struct gate_line *item, struct store_time now);

#endif

/*
 * shapes.h - new lines that are folded or refused for one value, and differ in it alone from one that was. Private to
 * gate/.
 *
 * A sender that puts an id or a path into a label sends a new value with each line, and each would be resolved. So for some
 * names the last such line is remembered with that value cut out of it: the next one of its shape needs a look at its
 * value only. All else about it is decided already, as of lines that come again (repeats.h).
 */
#ifndef STATGATE_GATE_SHAPES_H
#define STATGATE_GATE_SHAPES_H

#include "base/memory.h"
#include "gate/apply.h"
#include "gate/outcome.h"

enum {
    SHAPES_BITS = 6,
    SHAPES_MAX = 1 << SHAPES_BITS, /* a name has one place */
    SHAPES_KEY_MAX = 208           /* name and tags without the value */
};

struct shape {
    const struct series *series; /* folded: that takes its numbers; NULL: refused */
    struct store_room room;      /* as of a repeat */
    uint32_t generation;         /* of the series */
    uint32_t scope_letter;
    uint16_t name_len; /* 0: there is none here */
    uint16_t before;   /* bytes of tags before the value, */
    uint16_t after;    /* ... and behind it */
    uint16_t family;   /* its index in the set */
    uint8_t reason;
    uint8_t label; /* whose value it is */
    uint8_t item;
    char key[SHAPES_KEY_MAX]; /* name, tags before, tags behind */
};

bool shapes_init(struct shape **ret_shapes, const struct memory *memory);
/* Memory that they take. */
uint64_t shapes_bytes(void);
/* Remember the outcome of a line, if it is of this kind. */
void shapes_note(struct shape *shapes, gate_scope scope, const struct sg_line *line,
                 const struct outcome *outcome);
/* What apply_line would do with a line that has a remembered shape. False: it is another one; nothing was changed. */
bool shapes_apply(struct gate *gate, const struct gate_line *item, struct store_time now);

#endif

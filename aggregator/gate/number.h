/* number.h - a number of a line in its family's unit. Private to gate/. */
#ifndef STATGATE_GATE_NUMBER_H
#define STATGATE_GATE_NUMBER_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/* Milliseconds are the only other unit that a line can have. */
static inline double number_in_unit(const struct sg_line *line, const struct catalog_family *family,
                                    double value) {
    if (line->letter == SG_LETTER_MS)
        value *= family->ms_scale;
    return value;
}

#endif

/* number.h - converts a number of a line to its family's unit. Private to gate/. */
#ifndef STATGATE_GATE_NUMBER_H
#define STATGATE_GATE_NUMBER_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/* Convert a value; milliseconds are the only other unit that a line can have. */
static inline double number_in_unit(const struct sg_line *line, const struct catalog_family *family,
                                    double value) {
    if (line->letter == SG_LETTER_MS)
        value *= family->ms_scale;
    return value;
}

/* Scale a number by the sample rate, for the sender's own part. */
static inline double number_as_own(const struct sg_line *line, double value) {
    return line->rate == 1 ? value : value / line->rate;
}

#endif

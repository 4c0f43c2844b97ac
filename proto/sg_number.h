/* SPDX-License-Identifier: MIT */
/*
 * sg_number.h - reads the number at the start of a text. Inside proto only.
 */
#ifndef SG_NUMBER_H
#define SG_NUMBER_H

#include <stdbool.h>

/**
 * Reads the longest number of the wire's grammar at `at`, not beyond `end`. Returns true, in
 * *ret_value the nearest finite double (ties to even), and in *ret_stop the first byte after the
 * number, which the caller judges: it may be a separator or anything else. Returns false if there
 * is no number, or if it is beyond the range of a double; outputs are then untouched. A number that
 * is too small gives a denormal or 0.
 */
bool sg_number_scan(const char *at, const char *end, const char **ret_stop, double *ret_value);

#endif

/*
 * sg_number.h - the number at the start of some text. Inside proto only.
 */
#ifndef SG_NUMBER_H
#define SG_NUMBER_H

#include <stdbool.h>

/**
 * Read the longest number of the wire's grammar at `at`, not beyond `end`. Returns true, the finite
 * value nearest to it (ties to even), and in *ret_stop the first byte after it, which the caller
 * judges: it may be a separator or rubbish. Returns false when there is no number, or when it is
 * beyond the range of a double; outputs are untouched then. Too small a number gives a denormal or
 * 0.
 */
bool sg_number_scan(const char *at, const char *end, const char **ret_stop, double *ret_value);

#endif

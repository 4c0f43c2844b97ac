/*
 * assertions.h - criterion with its typed comparisons, which print both values when they fail.
 *
 * Of its comparisons gt() is not to be used: in 2.4.1 it means "not less than".
 *
 * Their macros put an int into a bit-field of criterion's own, which -Wconversion reports at the
 * place of use; the test's code keeps all other warnings.
 */
#ifndef STATGATE_TEST_ASSERTIONS_H
#define STATGATE_TEST_ASSERTIONS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#pragma GCC diagnostic ignored "-Wconversion"

#endif

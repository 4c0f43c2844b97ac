/*
 * assertions.h - criterion with its typed comparisons, which print both values when they
 * fail.
 *
 * Do not use gt(): in criterion 2.4.1 it means "not less than".
 *
 * The macros of criterion put an int into a bit-field of their own, which -Wconversion reports in
 * the test that uses them. Tests keep all other warnings.
 */
#ifndef STATGATE_TEST_ASSERTIONS_H
#define STATGATE_TEST_ASSERTIONS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#pragma GCC diagnostic ignored "-Wconversion"

#endif

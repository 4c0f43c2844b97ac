/* SPDX-License-Identifier: MIT */
/*
 * relayout.h - an object as another version would have written it: with another version number,
 * with more bytes in front of the fields of each record, and with a field of another name.
 */
#ifndef STATGATE_TESTS_TAKEOVER_RELAYOUT_H
#define STATGATE_TESTS_TAKEOVER_RELAYOUT_H

#include <stdint.h>

/* Makes it from an object of this version, in which nothing may be under way. To be freed. */
unsigned char *relayout(const unsigned char *object, uint64_t *ret_size);

#endif

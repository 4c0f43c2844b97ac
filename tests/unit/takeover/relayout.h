/*
 * relayout.h - an object as another version would have written it: with another number, records that have more in
 * front of their fields, and a field of another name.
 */
#ifndef STATGATE_TESTS_TAKEOVER_RELAYOUT_H
#define STATGATE_TESTS_TAKEOVER_RELAYOUT_H

#include <stdint.h>

/* Of this one, in which nothing is under way. To be freed. */
unsigned char *relayout(const unsigned char *object, uint64_t *ret_size);

#endif

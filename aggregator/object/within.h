/*
 * within.h - whether a piece lies within a whole, by numbers that are not trusted. Private to
 * object/.
 */
#ifndef STATGATE_OBJECT_WITHIN_H
#define STATGATE_OBJECT_WITHIN_H

#include <stdbool.h>
#include <stdint.h>

static inline bool within_is(uint64_t at, uint64_t bytes, uint64_t size) {
    return at <= size && bytes <= size - at;
}

#endif

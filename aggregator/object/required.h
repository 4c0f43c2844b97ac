/*
 * required.h - which fields a reader must understand (required.def). Private to object/.
 */
#ifndef STATGATE_OBJECT_REQUIRED_H
#define STATGATE_OBJECT_REQUIRED_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the list has this field, with this type (enum object_type, or another version's). */
bool required_has(const char *table, const char *field, uint32_t type);

#endif

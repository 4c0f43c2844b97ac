/*
 * world.h - what hints know besides the catalog of a line: the reader, and live state.
 */
#ifndef STATGATE_HINTS_WORLD_H
#define STATGATE_HINTS_WORLD_H

#include "endpoint/endpoint.h"
#include "gate/gate.h"
#include "machines/machines.h"

/** All borrowed. */
struct hints_world {
    const struct catalog_set *set;
    const struct machines *machines;   /**< NULL: live jobs are not considered */
    const struct endpoints *endpoints; /**< NULL: one endpoint, described by the next two */
    const char *include;               /**< its choice of groups */
    const char *exclude;
    const struct gate_origin *origin; /**< sender and socket; NULL: unknown */
    bool tried; /**< for a person who tries lines on their own tables, and may change flags */
};

#endif

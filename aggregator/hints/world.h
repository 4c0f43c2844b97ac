/*
 * world.h - what hints know beside the catalog of a line: the reader, and what is live.
 */
#ifndef STATGATE_HINTS_WORLD_H
#define STATGATE_HINTS_WORLD_H

#include "endpoint/endpoint.h"
#include "gate/origin.h"
#include "machines/machines.h"

/** All borrowed. */
struct hints_world {
    const struct catalog_set *set;
    const struct machines *machines;   /**< NULL: live jobs are not looked at */
    const struct endpoints *endpoints; /**< NULL: one endpoint, with the next two */
    const char *include;               /**< its choice of groups */
    const char *exclude;
    const struct gate_origin *origin; /**< who sends, and through which socket; NULL: not known */
    bool
        tried; /**< for a person who tries lines on tables of their own, and may give other flags */
};

#endif

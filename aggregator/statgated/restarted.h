/*
 * restarted.h - families that start again because their catalog changed, in the log.
 */
#ifndef STATGATE_STATGATED_RESTARTED_H
#define STATGATE_STATGATED_RESTARTED_H

#include "object/match.h"

/** A line for each of the first families, with what changed, and one with how many there are more. */
void restarted_tell(const struct match *match);

#endif

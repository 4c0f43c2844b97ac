/*
 * restarted.h - which families start again because their catalog changed, for the log.
 */
#ifndef STATGATE_STATGATED_RESTARTED_H
#define STATGATE_STATGATED_RESTARTED_H

#include "object/object.h"

/** Log a line for each of the first families, with what changed, and one with the number of all
 * others. */
void restarted_tell(const struct match *match);

#endif

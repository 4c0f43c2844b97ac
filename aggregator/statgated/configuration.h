/*
 * configuration.h - what this daemon is configured to do, compared with the one before it (settings/changes.h).
 */
#ifndef STATGATE_STATGATED_CONFIGURATION_H
#define STATGATE_STATGATED_CONFIGURATION_H

#include "statgated/daemon.h"

enum {
    CONFIGURATION_BYTES_MAX = 64 << 20, /* of a description; of a longer one nothing is said */
    CONFIGURATION_WARNING_MAX = 400     /* bytes of what is wrong, so that a line has room for it */
};

/** How a line begins that is no change, but something that will be missed. */
#define CONFIGURATION_WARNING "warning: "

/** Describe it, once, in a file that a successor gets: daemon->description. Without memory there is none. */
void configuration_describe(struct daemon *daemon);
/** Compare with the description of the daemon before, and note what changed, and which of it is of no use. Returns a file of lines, the caller's, or
 * -1: nothing can be said. */
int configuration_compare(struct daemon *daemon, int former);

#endif

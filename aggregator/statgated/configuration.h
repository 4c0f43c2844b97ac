/*
 * configuration.h - compares this daemon's configuration with the former daemon's
 * (settings/settings.h).
 */
#ifndef STATGATE_STATGATED_CONFIGURATION_H
#define STATGATE_STATGATED_CONFIGURATION_H

#include "statgated/daemon.h"

enum {
    CONFIGURATION_BYTES_MAX = 64 << 20, /* of a description; a longer one is not compared */
    CONFIGURATION_WARNING_MAX = 400     /* bytes of a warning's text, so that it fits into a line */
};

/** Prefix of lines that report a problem, not a change. */
#define CONFIGURATION_WARNING "warning: "

/** Describe the configuration, once, in a file for a successor: daemon->description. If memory
 * is short, there is none. */
void configuration_describe(struct daemon *daemon);
/** Compare with the former daemon's description, and note what changed and which settings have
 * no effect. Returns a file of lines, owned by the caller, or -1: cannot be said. */
int configuration_compare(struct daemon *daemon, int former);

#endif

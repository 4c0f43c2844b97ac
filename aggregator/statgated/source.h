/*
 * source.h - what HTTP asks of the daemon.
 */
#ifndef STATGATE_STATGATED_SOURCE_H
#define STATGATE_STATGATED_SOURCE_H

#include "statgated/daemon.h"

/** For requests and scrapes; the daemon is the argument of its functions. */
struct http_source source_of(struct daemon *daemon);

/** Publish the daemon's figures without a request: what they say then outlives the process. */
void source_publish(struct daemon *daemon);

#endif

/*
 * source.h - the functions through which HTTP reads from the daemon.
 */
#ifndef STATGATE_STATGATED_SOURCE_H
#define STATGATE_STATGATED_SOURCE_H

#include "statgated/daemon.h"

/** The source for requests and scrapes; its functions take the daemon as argument. */
struct http_source source_of(struct daemon *daemon);

/** Publish the daemon's figures without a request, so that these values outlive the process. */
void source_publish(struct daemon *daemon);

#endif

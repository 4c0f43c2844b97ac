/*
 * incidents.h - notices what somebody may have to know, and reports it: an event that views and followers read, and a
 * line in the log, at most one a minute for each kind and name.
 */
#ifndef STATGATE_STATGATED_INCIDENTS_H
#define STATGATE_STATGATED_INCIDENTS_H

#include "statgated/daemon.h"

/** With all tables as they are now: what was before is not reported. False: out of memory. */
bool incidents_open(struct daemon *daemon, struct start_error *ret_error);
/** The loop is about to run. */
void incidents_start(struct daemon *daemon);
/** This process is the daemon from now on: tell where its values come from. */
void incidents_began(struct daemon *daemon);
/** A query or the connection to a database starts to fail, or works again. */
void incidents_query(struct daemon *daemon, const struct postgres_news *news);
/** Nothing is noticed any more. Safe before incidents_start. */
void incidents_stop(struct daemon *daemon);
void incidents_close(struct daemon *daemon);

#endif

/*
 * incidents.h - notices incidents that somebody should know of, and reports each as an event that
 * views and followers read, and as a line in the log, at most one a minute for each kind and name.
 */
#ifndef STATGATE_STATGATED_INCIDENTS_H
#define STATGATE_STATGATED_INCIDENTS_H

#include "statgated/daemon.h"

/** Start from the tables' present state, so that earlier incidents are not reported. False: out
 * of memory. */
bool incidents_open(struct daemon *daemon, struct start_error *ret_error);
/** Start to watch. Call it when the loop is about to run. */
void incidents_start(struct daemon *daemon);
/** This process is the daemon from now on: report where its values come from. */
void incidents_began(struct daemon *daemon);
/** Report that a query or the connection to a database starts to fail, or works again. */
void incidents_query(struct daemon *daemon, const struct postgres_news *news);
/** Stop watching. Safe before incidents_start. */
void incidents_stop(struct daemon *daemon);
void incidents_close(struct daemon *daemon);

#endif

/*
 * stop.h - the end of the daemon: an orderly end, or that of a former daemon with a successor.
 */
#ifndef STATGATE_STATGATED_STOP_H
#define STATGATE_STATGATED_STOP_H

#include "statgated/daemon.h"

/** Drain the sockets and close everything; the loop ends with the last handle. A second call
 * does nothing. */
void stop_begin(struct daemon *daemon, const char *why);
/** Another process is the daemon: leave it the sockets that it uses, answer requests that are
 * under way, and close everything. */
void stop_leave(struct daemon *daemon);
/** End a former daemon that is still answering. */
void stop_answering(struct daemon *daemon);
/** This process does not start: leave what was passed to it unchanged for whoever else has it. */
void stop_give_back(struct daemon *daemon);
/** Close what is open, run the loop until every handle is gone, free the rest. */
void stop_close(struct daemon *daemon);

#endif

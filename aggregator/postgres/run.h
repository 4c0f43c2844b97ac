/*
 * run.h - one run of a query over an open connection: a read-only transaction, rows one by one.
 * Private.
 */
#ifndef STATGATE_POSTGRES_RUN_H
#define STATGATE_POSTGRES_RUN_H

#include "postgres/collector.h"

/** Begin the run on a connection that is idle; it has the connection until it is over. */
void run_start(struct run *run, struct connection *connection);
/** Take results until there is none, or the time is up (true). */
bool run_results(struct connection *connection, uint64_t until_ns);
/** The connection is lost, by libpq's word: its run, if it has one, ends or waits again, and it
 * closes. */
void run_drop(struct connection *connection);
/** The transaction is over; idle, unless a cancel request is still under way. */
void run_settled(struct connection *connection);
/** The run takes too long. */
void run_overdue(struct run *run, struct connection *connection);
/** Nobody waits for it any more. */
bool run_is_late(const struct run *run, uint64_t now_ns);
/** A scrape goes on without the run: what it showed is out of date. */
void run_missed(struct run *run);
/** The connection is for others now: the run waits again if it is still wanted, or else is over. */
void run_yield(struct run *run, struct connection *connection, uint64_t now_ns);
/** Give the answer: failure->error POSTGRES_OK shows the rows, all else clears the families. */
void run_end(struct run *run, struct connection *connection, const struct failure *failure);

#endif

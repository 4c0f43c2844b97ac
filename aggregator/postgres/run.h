/*
 * run.h - one run of a query on an open connection: a read-only transaction, rows one by one.
 * Private.
 */
#ifndef STATGATE_POSTGRES_RUN_H
#define STATGATE_POSTGRES_RUN_H

#include "postgres/collector.h"

/** Begin the run on an idle connection, which it keeps until it is over. */
void run_start(struct run *run, struct connection *connection);
/** Begin with a request that is no query's, on a connection that was just opened: its answer shows
 * that the database answers. */
void run_probe(struct connection *connection);
/** Take results until there are none, or the time is up (true). */
bool run_results(struct connection *connection, uint64_t until_ns);
/** The connection is lost, as libpq reports: its run, if any, ends or waits again, and the
 * connection closes. */
void run_drop(struct connection *connection);
/** The transaction is over; the connection becomes idle, unless a cancel request is still under
 * way. */
void run_settled(struct connection *connection);
/** The run takes too long: end it. */
void run_overdue(struct run *run, struct connection *connection);
/** Whether no scrape waits for the run any more. */
bool run_is_late(const struct run *run, uint64_t now_ns);
/** A scrape continues without the run: what the run showed is out of date. */
void run_missed(struct run *run);
/** Cancel what runs on the connection, and close it; its run waits for another. */
void run_abandon(struct connection *connection);
/** A run that waits is not started: its scrapes continue with what it showed last. */
void run_skip(struct run *run);
/** All scrapes continue without the run, which may end all the same. */
void run_excuse(struct run *run);
/** Give the connection to other runs: the run waits again if it is still wanted, otherwise it is
 * over. */
void run_yield(struct run *run, struct connection *connection, uint64_t now_ns);
/** Give the answer: failure->error POSTGRES_OK shows the rows, any other clears the families. */
void run_end(struct run *run, struct connection *connection, const struct failure *failure);

#endif

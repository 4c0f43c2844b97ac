/*
 * silence.h - whether a database answers at all. Private.
 *
 * A query may take as long as it likes, or wait for a lock; that says nothing about its database.
 * But some requests cost the server nothing and wait for nobody: connecting, BEGIN, ROLLBACK,
 * DISCARD ALL. A database is silent if such a request was not answered for a second, nothing else
 * came from the database meanwhile, and somebody's time has run out: that of a run, a scrape or an
 * attempt to connect. If a query cannot be cancelled, its database is doubtful: the next connection
 * that is opened is a probe first.
 *
 * Scrapes do not wait for a silent database. A probe, one at a time, opens a connection and sends
 * DISCARD ALL; whatever arrives on any connection ends the silence. (pool.c starts probes.) The
 * next process goes on with a silence, if the connection string is the same.
 */
#ifndef STATGATE_POSTGRES_SILENCE_H
#define STATGATE_POSTGRES_SILENCE_H

#include "postgres/collector.h"

/** Something arrived from the database: it answers. */
void silence_heard(struct database *database);
/** Somebody's time is over: is the database silent? */
void silence_time_out(struct database *database, uint64_t now_ns);
/** A connection is about to be closed because the server does not end its transaction. */
void silence_give_up(struct connection *connection, uint64_t now_ns);
/** An attempt to connect has failed, and database->message says why. True: because there was no
 * answer, which has been reported. */
bool silence_connect_failed(struct connection *connection);
/** Look whether the attempt of a probe takes too long, and say when to look again (0: need not). */
uint64_t silence_look_ns(const struct database *database);
/** Make the table that tells the next process. False: out of memory. */
bool silence_open(struct postgres *postgres);
/** The database's place in it, begun again. */
struct handed_database *silence_handed(const struct database *database);
/** Pause before the next attempt to connect. */
void silence_back_off(struct database *database);

#endif

/*
 * transaction.h - what a query runs in, or is checked in: a read-only transaction that ends by itself
 * and does not depend on settings of the server, the database, the role or the environment.
 */
#ifndef STATGATE_POSTGRES_TRANSACTION_H
#define STATGATE_POSTGRES_TRANSACTION_H

#include <stdint.h>

enum { TRANSACTION_TEXT_MAX = 256 };

/** The text that begins one whose statements end after `timeout_ms`. Names without a schema are
 * those of pg_catalog, then of public; nobody's `$user` or pg_temp comes before. */
void transaction_begin(int64_t timeout_ms, char ret_text[TRANSACTION_TEXT_MAX]);

/** What ends it. */
#define TRANSACTION_END "ROLLBACK"
/** Drops what outlives it: advisory locks, prepared statements and everything else of a session. */
#define TRANSACTION_DISCARD "DISCARD ALL"

#endif

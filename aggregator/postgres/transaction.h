/*
 * transaction.h - in what a query runs, or is only looked at: a read-only transaction that ends by
 * itself, and means the same whatever the server, the database, the role and the environment set.
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
/** What outlives its end: advisory locks, prepared statements and all else of a session. */
#define TRANSACTION_DISCARD "DISCARD ALL"

#endif

/*
 * transaction.h - the transaction in which a query runs or is checked: read-only, ends by itself,
 * and does not depend on settings of the server, the database, the role or the environment.
 */
#ifndef STATGATE_POSTGRES_TRANSACTION_H
#define STATGATE_POSTGRES_TRANSACTION_H

#include <stdint.h>

enum { TRANSACTION_TEXT_MAX = 256 };

/** The text that begins a transaction whose statements end after `timeout_ms`. Names without a
 * schema are looked up in pg_catalog, then in public; no `$user` or pg_temp comes before. */
void transaction_begin(int64_t timeout_ms, char ret_text[TRANSACTION_TEXT_MAX]);

/** Ends the transaction. */
#define TRANSACTION_END "ROLLBACK"
/** Drops what outlives the transaction: advisory locks, prepared statements and all other state of
 * a session. */
#define TRANSACTION_DISCARD "DISCARD ALL"

#endif

/*
 * books.h - what a ledger has counted, to be compared.
 */
#ifndef STATGATE_TESTS_BOOKS_H
#define STATGATE_TESTS_BOOKS_H

#include "base/strbuf.h"
#include "ledger/ledger.h"

/* All that is to outlive a process, as text; of handles, what shows in their senders' rows. Owners are there or not: their numbers may differ. */
void books_dump(struct ledger *ledger, const struct catalog_set *set, struct strbuf *ret_text);
/* The sums close, those of former services included. */
void books_expect_closed(const struct ledger *ledger, const struct catalog_set *set);

#endif

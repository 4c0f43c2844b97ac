/* SPDX-License-Identifier: MIT */
/*
 * books.h - the counts of a ledger as text, for comparisons, and a check of their sums.
 */
#ifndef STATGATE_TESTS_BOOKS_H
#define STATGATE_TESTS_BOOKS_H

#include "base/strbuf.h"
#include "ledger/ledger.h"

/* Writes all counts that must outlive a process as text. Of handles it writes only what the rows of
 * their senders show, and of an owner only that there is one, since its number may differ. */
void books_dump(struct ledger *ledger, const struct catalog_set *set, struct strbuf *ret_text);
/* Checks that the counts of services, including former ones, and those of senders add up to the
 * totals. */
void books_expect_closed(const struct ledger *ledger, const struct catalog_set *set);

#endif

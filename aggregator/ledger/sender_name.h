/*
 * sender_name.h - who a process is of which only the number is kept.
 */
#ifndef STATGATE_LEDGER_SENDER_NAME_H
#define STATGATE_LEDGER_SENDER_NAME_H

#include "ledger/ledger.h"

/** Who the process `pid` was at `at_ms` (Unix time): the sender of this number that had been seen
 * by then, the last one of several. What is not known stays empty; the number is there in any case.
 * Returns the work units that the look at all senders took. */
size_t ledger_sender_name(const struct ledger *ledger, int32_t pid, int64_t at_ms,
                          struct who *ret_who);

#endif

/*
 * waits.h - the scrapes that wait for runs. Private.
 */
#ifndef STATGATE_POSTGRES_WAITS_H
#define STATGATE_POSTGRES_WAITS_H

#include "postgres/collector.h"

/** Wait for `missing` runs of those asked for so far. */
void waits_add(struct postgres *postgres, struct postgres_wait *wait, size_t missing);
/** A run has its answer: each wait for it has one run less to wait for. */
void waits_answered(struct postgres *postgres, const struct run *run);
/** Call the waiters whose runs have all been answered. */
void waits_finish(struct postgres *postgres);

#endif

/*
 * waits.h - the scrapes that wait for runs. Private.
 */
#ifndef STATGATE_POSTGRES_WAITS_H
#define STATGATE_POSTGRES_WAITS_H

#include "postgres/collector.h"

/** Wait for `missing` runs that were asked for until now. */
void waits_add(struct postgres *postgres, struct postgres_wait *wait, size_t missing);
/** A run has its answer: those who wait for it wait for one less. */
void waits_answered(struct postgres *postgres, const struct run *run);
/** Call those who wait for nothing more. */
void waits_finish(struct postgres *postgres);

#endif

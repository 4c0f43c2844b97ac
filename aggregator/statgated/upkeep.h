/*
 * upkeep.h - what happens without a datagram: breakers whose cool-down is over, the pages that
 * clients read, and the cleaner.
 */
#ifndef STATGATE_STATGATED_UPKEEP_H
#define STATGATE_STATGATED_UPKEEP_H

#include "statgated/daemon.h"

/** Call it when the sockets are open: breakers are shown on pages beside them. */
void upkeep_start(struct daemon *daemon);
void upkeep_stop(struct daemon *daemon);
/** A sign of life for clients that read breakers, due every BREAKER_PAGE_BEAT_MS. */
void upkeep_beat(const struct daemon *daemon);
/** Processes ended: begin to release what they owned (owner_watch's hook; `daemon` is its arg). */
void upkeep_release(void *daemon);
/** The same's hook: says what became of the processes behind values that were taken over. */
void upkeep_adopted(void *daemon, const struct owner_watch_adopted *adopted);

#endif

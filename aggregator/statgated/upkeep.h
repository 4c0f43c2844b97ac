/*
 * upkeep.h - work that needs no datagram: breakers whose cool-down is over, the pages that clients
 * read, and the cleaner.
 */
#ifndef STATGATE_STATGATED_UPKEEP_H
#define STATGATE_STATGATED_UPKEEP_H

#include "statgated/daemon.h"

/** Call it when the sockets are open: breaker pages are files beside them. */
void upkeep_start(struct daemon *daemon);
void upkeep_stop(struct daemon *daemon);
/** Give a heartbeat to clients that read breakers and, once a second, to the manager. Due every
 * BREAKER_PAGE_BEAT_MS. */
void upkeep_beat(struct daemon *daemon);
/** Hook of owner_watch (`daemon` is its arg): processes ended, begin to release what they owned. */
void upkeep_release(void *daemon);
/** Hook of owner_watch: reports what became of the processes whose values were taken over. */
void upkeep_adopted(void *daemon, const struct owner_watch_adopted *adopted);

#endif

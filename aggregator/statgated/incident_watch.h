/*
 * incident_watch.h - incidents that show in counters: tables that were full, losses of senders, families of which
 * samples are rejected, a reload that was refused. Looked at bit by bit, so that each look is short.
 */
#ifndef STATGATE_STATGATED_INCIDENT_WATCH_H
#define STATGATE_STATGATED_INCIDENT_WATCH_H

#include "statgated/daemon.h"
#include "statgated/teller.h"

/** What was seen at the last look. */
struct incident_watch {
    uint64_t tables[SELF_TABLE_COUNT];
    int64_t refused_ms;    /**< of the last reload that was refused */
    uint64_t lost;         /**< by all senders; when it rises, rows are looked at */
    bool losing;           /**< they are being looked at */
    size_t sender;         /**< the next row, */
    uint64_t *sender_lost; /**< and what each had lost, SENDERS_MAX */
    size_t family;         /**< the next one, */
    bool *family_rejected; /**< and whether some of its samples were rejected */
    bool *
        service_rejected; /**< likewise samples of no family, by service, the last: of no service */
};

/** With the state of now: what was before is not reported. False: out of memory; incident_watch_done is safe then. */
bool incident_watch_init(struct incident_watch *watch, const struct daemon *daemon);
void incident_watch_done(struct incident_watch *watch);
/** Some times a second. */
void incident_watch_look(struct incident_watch *watch, const struct daemon *daemon,
                         struct teller *teller, struct store_time now);

#endif

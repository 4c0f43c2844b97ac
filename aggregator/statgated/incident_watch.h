/*
 * incident_watch.h - notices incidents in counters: tables that were full, losses of senders,
 * families whose samples are rejected, a reload that was refused. Examines a few rows at a time, so
 * that each look is short.
 */
#ifndef STATGATE_STATGATED_INCIDENT_WATCH_H
#define STATGATE_STATGATED_INCIDENT_WATCH_H

#include "statgated/daemon.h"
#include "statgated/teller.h"

/** The state at the last look. */
struct incident_watch {
    uint64_t tables[SELF_TABLE_COUNT];
    int64_t refused_ms;     /**< when a reload was last refused */
    uint64_t lost;          /**< by all senders; when it rises, their rows are examined */
    bool losing;            /**< rows of senders are being examined */
    size_t sender;          /**< the next row to examine */
    uint64_t *sender_lost;  /**< what each sender had lost; SENDERS_MAX items */
    size_t family;          /**< the next family to examine */
    bool *family_rejected;  /**< for each family: some samples were rejected */
    bool *service_rejected; /**< samples of no family, by service; last: no service */
};

/** Start from the present state, so that earlier incidents are not reported. False: out of
 * memory; incident_watch_done is safe then. */
bool incident_watch_init(struct incident_watch *watch, const struct daemon *daemon);
void incident_watch_done(struct incident_watch *watch);
/** Look for incidents; call it several times a second. */
void incident_watch_look(struct incident_watch *watch, const struct daemon *daemon,
                         struct teller *teller, struct store_time now);

#endif

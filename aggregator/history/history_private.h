/*
 * history_private.h - the struct behind history.h. Private to history/.
 *
 *   rows.c      which services and families have curves, and where their counts are in a slot
 *   ring.c      slots by time
 *   tick.c      counts since the second before
 *   series_rates.c   growth of series that somebody looks at
 *   restore.c   reads the curves of another process
 *   history.c   making a history, reading curves
 */
#ifndef STATGATE_HISTORY_PRIVATE_H
#define STATGATE_HISTORY_PRIVATE_H

#include "history/history.h"
#include "history/ring.h"
#include "history/rows.h"

enum { SECOND_MS = 1000, RATE_MS = 10000 };

/* Counts at the previous lap. Only differences matter, so they may wrap. */
struct service_seen {
    uint32_t counts[HISTORY_CURVE_COUNT]; /* except HISTORY_SENDERS */
};
struct sender_seen {
    uint32_t datagrams;
    uint32_t lost;
};

/* Sums over the senders of a service, while a lap adds them up. */
struct senders_sums {
    uint32_t datagrams;
    uint32_t lost;
    uint32_t senders;
};

/* A lap: counting one second, in steps. */
enum lap_phase { LAP_NONE, LAP_SENDERS, LAP_SERVICES, LAP_FAMILIES };
struct lap {
    enum lap_phase phase;
    size_t at; /* the next item of the phase */
    int64_t mono_ms;
    int64_t real_ms;
    uint32_t *seconds; /* the slots of this second; NULL: none */
    uint32_t *minutes;
    uint32_t *short_families;
    uint32_t *long_families;
};

struct history {
    const struct memory *memory;
    struct history_source source;
    struct history_rows rows;
    struct ring services[HISTORY_SPAN_COUNT];
    struct ring families[HISTORY_SPAN_COUNT];
    struct service_seen *services_seen; /* by row */
    struct senders_sums *sums;          /* by row */
    uint32_t *scrapes;                  /* by row; may wrap */
    uint32_t *families_seen;            /* by row */
    struct sender_seen *senders_seen;   /* SENDERS_MAX */
    struct series_rates *rates;
    struct lap lap;
    bool begun;      /* the counts of the previous lap are known, so the next lap counts */
    bool has_points; /* a lap has ended, and end_ms is valid */
    int64_t end_ms;  /* end of the second that the last lap counted */
};

#endif

/*
 * history_private.h - the struct behind history.h. Private to history/.
 *
 *   rows.c      which services and families have curves, and where their counts are in a slot
 *   ring.c      slots by time
 *   tick.c      what is counted since the second before
 *   series_rates.c   how fast series grow that somebody looks at
 *   restore.c   the curves of another process
 *   history.c   making, reading
 */
#ifndef STATGATE_HISTORY_PRIVATE_H
#define STATGATE_HISTORY_PRIVATE_H

#include "history/history.h"
#include "history/ring.h"
#include "history/rows.h"

enum { SECOND_MS = 1000, RATE_MS = 10000 };

/* What was counted when it was looked at last. Differences are all that matters, so it may wrap. */
struct service_seen {
    uint32_t counts[HISTORY_CURVE_COUNT]; /* but that of senders */
};
struct sender_seen {
    uint32_t datagrams;
    uint32_t lost;
};

/* What the senders of a service come to, while they are looked at. */
struct senders_sums {
    uint32_t datagrams;
    uint32_t lost;
    uint32_t senders;
};

/* The second that is being counted, in steps. */
enum lap_phase { LAP_NONE, LAP_SENDERS, LAP_SERVICES, LAP_FAMILIES };
struct lap {
    enum lap_phase phase;
    size_t at; /* the next item of the phase */
    int64_t mono_ms;
    int64_t real_ms;
    uint32_t *seconds; /* slots that get it; NULL: none */
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
    uint32_t *scrapes;                  /* by row; wraps */
    uint32_t *families_seen;            /* by row */
    struct sender_seen *senders_seen;   /* SENDERS_MAX */
    struct series_rates *rates;
    struct lap lap;
    bool begun;      /* what was seen is known: the next lap counts */
    bool has_points; /* some lap has ended, */
    int64_t end_ms;  /* the last of them of the second that ends here */
};

#endif

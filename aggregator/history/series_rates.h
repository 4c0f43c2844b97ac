/*
 * series_rates.h - how fast the totals of series grow, for those that somebody looks at. Private to history/.
 *
 * A rate in each series would cost all of them memory; few are looked at. Whoever looks at a series brings its total
 * along, and learns what it grew by since somebody looked a second or more before. The table is small. A series that
 * nobody has looked at for a while makes way for another.
 */
#ifndef STATGATE_HISTORY_SERIES_RATES_H
#define STATGATE_HISTORY_SERIES_RATES_H

#include "history/history.h"

enum { SERIES_RATES_WAYS = 8, SERIES_RATES_SETS = HISTORY_RATES_MAX / SERIES_RATES_WAYS };

struct series_rates {
    struct series_rate {
        struct history_series of;
        int64_t asked_ms; /* last */
        int64_t at_ms;    /* of the total in `of` */
        double rate;
        bool used;
        bool known; /* the rate is */
    } sets[SERIES_RATES_SETS][SERIES_RATES_WAYS];
};

#endif

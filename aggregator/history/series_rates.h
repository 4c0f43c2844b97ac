/*
 * series_rates.h - growth rates of the series that somebody looks at. Private to history/.
 *
 * Storing a rate in each series would cost memory for all of them, but few are looked at. A caller
 * that looks at a series passes its total and gets its growth since a look at least a second
 * before. The table is small; a series that nobody has looked at for a while gives up its place.
 */
#ifndef STATGATE_HISTORY_SERIES_RATES_H
#define STATGATE_HISTORY_SERIES_RATES_H

#include "history/history.h"

enum { SERIES_RATES_WAYS = 8, SERIES_RATES_SETS = HISTORY_RATES_MAX / SERIES_RATES_WAYS };

struct series_rates {
    struct series_rate {
        struct history_series of;
        int64_t asked_ms; /* time of the last look */
        int64_t at_ms;    /* time of the total in `of` */
        double rate;
        bool used;
        bool known; /* `rate` is known */
    } sets[SERIES_RATES_SETS][SERIES_RATES_WAYS];
};

#endif

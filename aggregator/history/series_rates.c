/* Growth rates of series. */
#include "history/series_rates.h"
#include "history/history_private.h"

enum {
    LEAST_MS = 1000,  /* least time between the two totals of a rate */
    MOST_MS = 300000, /* most time between them: older totals say nothing about the present */
    FORGOTTEN_MS = 30000
};

static bool is_same(const struct history_series *a, const struct history_series *b) {
    return a->family == b->family && a->place == b->place && a->generation == b->generation;
}

static struct series_rate *set_of(struct series_rates *rates, const struct history_series *series) {
    const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t key = (uint64_t)series->family << 32 | series->place;
    return rates->sets[(key * spread >> 32) % SERIES_RATES_SETS];
}

/* Find the entry of a series, or one that nobody has asked for lately. NULL: there is none. */
static struct series_rate *find(struct series_rates *rates, const struct history_series *series,
                                int64_t mono_ms) {
    struct series_rate *set = set_of(rates, series);
    struct series_rate *place = NULL;
    for (size_t i = 0; i < SERIES_RATES_WAYS; i++) {
        if (set[i].used && is_same(&set[i].of, series))
            return &set[i];
        if (place == NULL && (!set[i].used || mono_ms - set[i].asked_ms >= FORGOTTEN_MS))
            place = &set[i];
    }
    if (place != NULL)
        *place = (struct series_rate){.of = *series, .at_ms = mono_ms, .used = true};
    return place;
}

bool history_series_rate(struct history *history, const struct history_series *series,
                         int64_t mono_ms, double *ret_rate) {
    struct series_rate *item = find(history->rates, series, mono_ms);
    if (item == NULL)
        return false;
    const int64_t passed_ms = mono_ms - item->at_ms;
    const double more = series->total - item->of.total;
    item->asked_ms = mono_ms;
    if (passed_ms >= LEAST_MS || more < 0) {
        item->known = passed_ms <= MOST_MS && more >= 0;
        item->rate = item->known ? more * SECOND_MS / (double)passed_ms : 0;
        item->at_ms = mono_ms;
        item->of.total = series->total;
    }
    if (item->known)
        *ret_rate = item->rate;
    return item->known;
}

/* How a sample changes the numbers of a series whose values belong to the host. */
#include <math.h>

#include "store/series_private.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- series ---- */

bool series_begin_written(struct store *store, struct series *series, struct store_time now) {
    (void)store;
    series->updated_ms = now.mono_ms;
    return true;
}

bool series_begin_states(struct store *store, struct series *series, struct store_time now) {
    series->value = -1;
    return series_begin_written(store, series, now);
}

/* ---- sums ---- */

static bool add(struct store *store, const struct catalog_family *family, struct series *series,
                double delta) {
    double value = series->value + delta;
    if (!isfinite(value))
        return false;
    if (family->has_floor && value < family->floor)
        value = family->floor;
    undo_word(store->undo, &series->value);
    series->value = value;
    return true;
}

static enum store_number take_delta(struct store *store, const struct catalog_family *family,
                                    struct series *series, double delta, struct store_time now) {
    if (!add(store, family, series, delta))
        return NUMBER_BEYOND;
    series->updated_ms = now.mono_ms;
    return NUMBER_TAKEN;
}

bool series_add(struct store *store, const struct catalog_family *family,
                const struct series *series, double delta, struct store_time now) {
    if (delta < 0 && family->kind->only_grows)
        return false;
    return take_delta(store, family, series_writable(series), delta, now) == NUMBER_TAKEN;
}

/* A value that represents 1 / rate samples. */
static double scaled_up(double value, double rate) {
    return rate == 1 ? value : value / rate;
}

enum store_number series_take_increment(struct store *store, const struct catalog_family *family,
                                        struct series *series, double value, double rate,
                                        uint32_t item, struct store_time now) {
    (void)item;
    if (value < 0)
        return NUMBER_BAD; /* a counter never falls: OpenMetrics 1.0, "Counter" */
    return take_delta(store, family, series, scaled_up(value, rate), now);
}

enum store_number series_take_change(struct store *store, const struct catalog_family *family,
                                     struct series *series, double value, double rate,
                                     uint32_t item, struct store_time now) {
    (void)item;
    return take_delta(store, family, series, scaled_up(value, rate), now);
}

/* ---- when it was written ---- */

static int64_t written_ms(uint32_t word) {
    return (int64_t)word << WRITTEN_SHIFT;
}

int64_t store_written(const struct catalog_family *family, const struct series *series) {
    const unsigned state = family_state(family);
    if ((state & STATE_CARRY) == 0)
        return series->updated_ms;
    if ((state & STATE_WINDOW) != 0)
        return written_ms(series_summary(series)->written);
    return written_ms(*written_behind(family, series_writable(series)));
}

/* ---- what was counted ---- */

static double count_buckets(const struct catalog_family *family, const struct series *series) {
    double total = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        total += (double)series_buckets(series)[i];
    return total;
}

bool store_total(const struct catalog_family *family, const struct series *series,
                 double *ret_total) {
    const struct kind_row *kind = family->kind;
    if (kind->is_relayed) {
        const struct series_relayed *relayed = series_relayed(series);
        *ret_total = relayed->items[RELAYED_COUNT];
        return (relayed->present >> RELAYED_COUNT & 1) != 0;
    }
    if (kind->has_window)
        *ret_total = (double)series_summary(series)->count;
    else if (kind->items == ITEMS_BUCKETS)
        *ret_total = count_buckets(family, series);
    else if (kind->only_grows)
        *ret_total = series->value;
    return kind->has_window || kind->items == ITEMS_BUCKETS || kind->only_grows;
}

/* ---- gauges ---- */

void series_touch(struct store *store, struct series *series, struct store_time now) {
    if (series->updated_ms == now.mono_ms)
        return;
    undo_word(store->undo, &series->updated_ms);
    series->updated_ms = now.mono_ms;
}

bool series_write(struct store *store, const struct series *series, double value,
                  struct store_time now) {
    if (!isfinite(value))
        return false;
    struct series *own = series_writable(series);
    undo_word(store->undo, &own->value);
    own->value = value;
    series_touch(store, own, now);
    return true;
}

enum store_number series_take_value(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now) {
    (void)family;
    (void)rate;
    (void)item;
    return series_write(store, series, value, now) ? NUMBER_TAKEN : NUMBER_BEYOND;
}

/* ---- observations ---- */

/* How many of the bounds are below `value`. */
static uint32_t count_below(const double *bounds, uint32_t count, double value) {
    uint32_t below = 0;
    uint32_t at = 0;
#ifdef __SSE2__
    const __m128d values = _mm_set1_pd(value);
    __m128i pairs = _mm_setzero_si128(); /* true is -1 */
    for (; at + 2 <= count; at += 2)
        pairs =
            _mm_add_epi64(pairs, _mm_castpd_si128(_mm_cmplt_pd(_mm_loadu_pd(bounds + at), values)));
    pairs = _mm_add_epi64(pairs, _mm_unpackhi_epi64(pairs, pairs));
    below -= (uint32_t)_mm_cvtsi128_si32(pairs);
#endif
    for (; at < count; at++)
        below += value > bounds[at];
    return below;
}

/* The first bucket whose upper bound is not below `value` (`le` is inclusive), or bucket_count. */
static uint32_t bucket_of(const struct catalog_family *family, double value) {
    const double *bounds = family->buckets;
    const uint32_t count = family->bucket_count;
    if (count <= 24) /* no branch to mispredict; such arrays are two or three cache lines */
        return count_below(bounds, count, value);
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (value > bounds[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool series_weigh(const struct catalog_family *family, const struct series *series, double value,
                  double weight, struct observed *ret_observed) {
    const double weight_max = 9007199254740992.0; /* 2^53: counts stay exact integers */
    if (value < 0 && !family->allow_negative)
        return false;
    if (!isfinite(value) || !(weight <= weight_max))
        return false;
    uint64_t count = 1;
    double carry = series->carry;
    if (weight != 1) {
        /* A rate of 0.3 weighs 3.33: count 3, 3, 4, ... by carrying the fraction. */
        const double exact = weight + carry;
        const double rounded = nearbyint(exact);
        count = (uint64_t)rounded;
        carry = exact - rounded;
    }
    const double sum = series->value + value * (double)count;
    if (!isfinite(sum))
        return false;
    *ret_observed = (struct observed){.count = count, .sum = sum, .carry = carry};
    return true;
}

void series_take_observed(struct store *store, struct series *series,
                          const struct observed *observed) {
    undo_word(store->undo, &series->value);
    series->value = observed->sum;
    if (observed->carry != series->carry) {
        undo_word(store->undo, &series->carry);
        series->carry = observed->carry;
    }
}

bool series_observe(struct store *store, const struct catalog_family *family,
                    const struct series *series, double value, double weight,
                    struct store_time now) {
    struct observed observed;
    if (!series_weigh(family, series, value, weight, &observed))
        return false;
    struct series *own = series_writable(series);
    uint64_t *bucket = &series_body_of(own)[bucket_of(family, value)];
    undo_word(store->undo, bucket);
    *bucket += observed.count;
    series_take_observed(store, own, &observed);
    *written_behind(family, own) = written_word(now);
    return true;
}

enum store_number series_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now) {
    (void)item;
    if (series_observe(store, family, series, value, series_weight(rate), now))
        return NUMBER_TAKEN;
    return value < 0 && !family->allow_negative ? NUMBER_BAD : NUMBER_BEYOND;
}

/* ---- states ---- */

enum store_number series_take_state(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now) {
    (void)family;
    (void)rate;
    if (value != 0 && value != 1)
        return NUMBER_BAD;
    undo_word(store->undo, &series->value);
    if (value == 1)
        series->value = item;
    else if (series->value == item)
        series->value = -1;
    series_touch(store, series, now);
    return NUMBER_TAKEN;
}

/* ---- numbers that were counted elsewhere ---- */

void series_put(const struct series *series, double value) {
    series_writable(series)->value = value;
}

void series_put_histogram(const struct catalog_family *family, const struct series *series,
                          const uint64_t *buckets, double sum) {
    struct series *own = series_writable(series);
    memcpy(series_body_of(own), buckets, (family->bucket_count + 1) * sizeof *buckets);
    own->value = sum;
}

void series_put_created(const struct series *series, int64_t real_ms) {
    series_writable(series)->created_ms = real_ms;
}

void series_put_machine(const struct series *series, uint64_t number) {
    *series_body_of(series_writable(series)) = number;
}

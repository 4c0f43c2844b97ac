/* Predicts what samples would do. The functions that apply samples must decide the same; tests
 * compare both. */
#include "store/trial.h"

#include <math.h>

#include "store/owned.h"
#include "store/parts.h"
#include "store/series_private.h"
#include "store/trial_private.h"

/* ---- values of the host ---- */

static bool stays_finite(struct store_trial *trial, double delta) {
    double value = trial->head.value + delta;
    if (!isfinite(value))
        return false;
    if (trial->family->has_floor && value < trial->family->floor)
        value = trial->family->floor;
    trial->head.value = value;
    return true;
}

enum store_number trial_increment(struct store_trial *trial, double value, double rate,
                                  uint32_t item) {
    return value < 0 ? NUMBER_BAD : trial_change(trial, value, rate, item);
}

enum store_number trial_change(struct store_trial *trial, double value, double rate,
                               uint32_t item) {
    (void)item;
    return stays_finite(trial, rate == 1 ? value : value / rate) ? NUMBER_TAKEN : NUMBER_BEYOND;
}

enum store_number trial_value(struct store_trial *trial, double value, double rate, uint32_t item) {
    (void)rate;
    (void)item;
    trial->ended = trial->family->has_absent && value == trial->family->absent;
    return isfinite(value) ? NUMBER_TAKEN : NUMBER_BEYOND;
}

enum store_number trial_observation(struct store_trial *trial, double value, double rate,
                                    uint32_t item) {
    struct observed observed;
    (void)item;
    if (series_weigh(trial->family, &trial->head, value, series_weight(rate), &observed)) {
        trial->head.value = observed.sum;
        trial->head.carry = observed.carry;
        return NUMBER_TAKEN;
    }
    return value < 0 && !trial->family->allow_negative ? NUMBER_BAD : NUMBER_BEYOND;
}

enum store_number trial_state(struct store_trial *trial, double value, double rate, uint32_t item) {
    (void)trial;
    (void)rate;
    (void)item;
    return value == 0 || value == 1 ? NUMBER_TAKEN : NUMBER_BAD;
}

/* ---- values of processes ---- */

/* Whether the sum of all parts stays finite with this value. */
static bool sum_fits(const struct store *store, const struct store_trial *trial, double value) {
    if (trial->series == NULL)
        return isfinite(value);
    return owned_sum_fits(store, trial->series, trial->owner, value);
}

static enum store_own own(const struct store *store, struct store_trial *trial, double value) {
    if (!trial->has_own && !parts_have_room(store))
        return OWN_FULL;
    trial->has_own = true;
    trial->own = value;
    trial->ended = false;
    return OWN_TAKEN;
}

enum store_own trial_own_value(const struct store *store, struct store_trial *trial, double value,
                               uint32_t item) {
    const struct catalog_family *family = trial->family;
    (void)item;
    if (!isfinite(value))
        return OWN_BEYOND;
    if (family->has_absent && value == family->absent) {
        trial->has_own = false;
        trial->ended = true;
        return OWN_TAKEN;
    }
    if (family->merge == MERGE_SUM && !sum_fits(store, trial, value))
        return OWN_BEYOND;
    return own(store, trial, value);
}

enum store_own trial_own_change(const struct store *store, struct store_trial *trial, double delta,
                                uint32_t item) {
    const struct catalog_family *family = trial->family;
    double value = (trial->has_own ? trial->own : 0) + delta;
    (void)item;
    if (family->has_floor && value < family->floor)
        value = family->floor;
    return isfinite(delta) && sum_fits(store, trial, value) ? own(store, trial, value) : OWN_BEYOND;
}

enum store_own trial_own_reading(const struct store *store, struct store_trial *trial, double value,
                                 uint32_t item) {
    const bool began_anew = trial->has_own && value < trial->own;
    const double base = trial->base + (began_anew ? trial->own : 0);
    (void)item;
    if (value < 0)
        return OWN_BAD_VALUE;
    if (!isfinite(value) || !sum_fits(store, trial, base + value))
        return OWN_BEYOND;
    const enum store_own result = own(store, trial, value);
    if (result == OWN_TAKEN)
        trial->base = base;
    return result;
}

enum store_own trial_own_info(const struct store *store, struct store_trial *trial, double value,
                              uint32_t item) {
    (void)item;
    return value != 1 ? OWN_BAD_VALUE : own(store, trial, value);
}

enum store_own trial_own_item(const struct store *store, struct store_trial *trial, double value,
                              uint32_t item) {
    if (!isfinite(value) || value < 0 ||
        item >= RELAYED_QUANTILES + trial->family->quantile_count ||
        (item == RELAYED_COUNT && value != floor(value)))
        return OWN_BAD_VALUE;
    trial->has_own |= trial->others > 0; /* the other process's part is handed over */
    return own(store, trial, value);
}

/* ---- a line ---- */

/* The owner's part, unchanged, or NULL. */
static const struct part *part_of(const struct store *store, const struct store_trial *trial) {
    if (trial->series == NULL || trial->owner == OWNER_NONE)
        return NULL;
    return part_find(store, trial->family, trial->series, trial->owner);
}

void store_trial_begin(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner, struct store_trial *ret_trial) {
    *ret_trial = (struct store_trial){.family = family, .series = series, .owner = owner};
    if (series != NULL)
        ret_trial->head = *series;
    if (!family_is_owned(family))
        return;
    const struct part *part = part_of(store, ret_trial);
    ret_trial->has_own = part != NULL;
    if (series != NULL)
        ret_trial->others = series_owned(series)->part_count - (part != NULL ? 1 : 0);
    if (part == NULL)
        return;
    ret_trial->base = part->base;
    ret_trial->own = part_value(store, series, part);
}

bool store_trial_is_vacant(const struct store_trial *trial) {
    if (!family_is_owned(trial->family))
        return trial->ended;
    const bool stays = trial->series != NULL && (trial->series->flags & SERIES_STAYS) != 0;
    return !trial->has_own && trial->others == 0 && !stays;
}

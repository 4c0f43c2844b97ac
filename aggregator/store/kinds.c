/* The store's functions for each kind of family. */
#include "store/kinds.h"

#include "store/owned.h"
#include "store/series_private.h"
#include "store/trial_private.h"
#include "store/window.h"

const struct store_kind store_kinds[KIND_COUNT] = {
    [KIND_COUNTER] = {.number = series_take_increment, .try_number = trial_increment},
    [KIND_READING] = {.own = owned_take_reading,
                      .try_own = trial_own_reading,
                      .leave = owned_leave_reading},
    [KIND_GAUGE] = {.begin = series_begin_written,
                    .number = series_take_value,
                    .own = owned_take_value,
                    .try_number = trial_value,
                    .try_own = trial_own_value,
                    .leave = owned_leave},
    [KIND_UPDOWNCOUNTER] = {.number = series_take_change,
                            .own = owned_take_change,
                            .try_number = trial_change,
                            .try_own = trial_own_change,
                            .leave = owned_leave},
    [KIND_HISTOGRAM] = {.number = series_take_observation, .try_number = trial_observation},
    [KIND_SUMMARY] = {.begin = window_begin,
                      .number = window_take_observation,
                      .try_number = trial_observation,
                      .end = window_end},
    [KIND_RELAYED] = {.own = owned_take_item,
                      .try_own = trial_own_item,
                      .leave = owned_leave_relayed},
    [KIND_INFO] = {.begin = owned_begin_info,
                   .own = owned_take_info,
                   .try_own = trial_own_info,
                   .leave = owned_leave_info,
                   .end = owned_end_info},
    [KIND_STATESET] = {.begin = series_begin_states,
                       .number = series_take_state,
                       .try_number = trial_state},
    /* Words of attempts and jobs go to machines/, which also writes the body. */
    [KIND_ATTEMPTS] = {0},
    [KIND_JOBS] = {0},
};

enum store_number store_number(struct store *store, const struct catalog_family *family,
                               const struct series *series, double value, double rate,
                               uint32_t item, struct store_time now) {
    return store_kinds[series->kind].number(store, family, series_writable(series), value, rate,
                                            item, now);
}

enum store_own store_own(struct store *store, const struct catalog_family *family,
                         const struct series *series, owner_id owner, uint32_t item, double value,
                         struct store_time now) {
    return store_kinds[series->kind].own(store, family, series_writable(series), owner, item, value,
                                         now);
}

static const struct store_kind *kind_of(const struct store_trial *trial) {
    return &store_kinds[trial->family->kind - kind_rows];
}

enum store_number store_trial_number(struct store_trial *trial, double value, double rate,
                                     uint32_t item) {
    return kind_of(trial)->try_number(trial, value, rate, item);
}

enum store_own store_trial_own(const struct store *store, struct store_trial *trial, double value,
                               uint32_t item) {
    return kind_of(trial)->try_own(store, trial, value, item);
}

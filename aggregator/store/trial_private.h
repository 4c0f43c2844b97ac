/*
 * trial_private.h - predicts what a sample would do, by kind: functions for kinds.c. Private to
 * store/.
 */
#ifndef STATGATE_STORE_TRIAL_PRIVATE_H
#define STATGATE_STORE_TRIAL_PRIVATE_H

#include "store/trial.h"

enum store_number trial_increment(struct store_trial *trial, double value, double rate,
                                  uint32_t item);
enum store_number trial_change(struct store_trial *trial, double value, double rate, uint32_t item);
enum store_number trial_value(struct store_trial *trial, double value, double rate, uint32_t item);
enum store_number trial_observation(struct store_trial *trial, double value, double rate,
                                    uint32_t item);
enum store_number trial_state(struct store_trial *trial, double value, double rate, uint32_t item);

enum store_own trial_own_value(const struct store *store, struct store_trial *trial, double value,
                               uint32_t item);
enum store_own trial_own_change(const struct store *store, struct store_trial *trial, double delta,
                                uint32_t item);
enum store_own trial_own_reading(const struct store *store, struct store_trial *trial, double value,
                                 uint32_t item);
enum store_own trial_own_info(const struct store *store, struct store_trial *trial, double value,
                              uint32_t item);
enum store_own trial_own_item(const struct store *store, struct store_trial *trial, double value,
                              uint32_t item);

#endif

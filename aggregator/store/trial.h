/*
 * trial.h - predicts what samples would do, without changing the tables.
 *
 * Series past their time to live that no sweep has ended yet are treated as present, although a
 * real sample would end some of them to make room.
 */
#ifndef STATGATE_STORE_TRIAL_H
#define STATGATE_STORE_TRIAL_H

#include "store/numbers.h"
#include "store/obtain.h"
#include "store/own.h"

/** The series that store_obtain would find or make. */
struct store_peeked {
    const struct series *series;      /**< NULL: it would be new, or refused */
    uint32_t ids[CATALOG_LABELS_MAX]; /**< of its label values; UINT32_MAX: it would be new */
    int label;                        /**< as *ret_label of store_obtain */
};
/** *ret_peeked is set unless the result is a refusal; ret_peeked->label is always set. */
enum store_result store_peek(const struct store *store, const struct catalog_family *family,
                             const struct store_label *labels, struct store_peeked *ret_peeked);

/** A trial of the samples of one line, one after the other, on a series or on one that would be
 * new. */
struct store_trial {
    const struct catalog_family *family;
    const struct series *series; /**< NULL: it would be new */
    owner_id owner;              /**< who owns the values; OWNER_NONE: a new process, or the host */
    struct series head;          /**< private: the series as the samples so far would leave it */
    double own;                  /**< private: the value of the owner's part */
    double base;                 /**< private: the part's `base`: what was counted before resets */
    bool has_own;                /**< private: the owner has a part */
    uint32_t others;             /**< private: number of parts of other processes */
    bool ended;                  /**< the last sample had the family's `absent` value */
};
void store_trial_begin(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner, struct store_trial *ret_trial);
/** What store_number would return. */
enum store_number store_trial_number(struct store_trial *trial, double value, double rate,
                                     uint32_t item);
/** What store_own would return. */
enum store_own store_trial_own(const struct store *store, struct store_trial *trial, double value,
                               uint32_t item);
/** True if no process would have a value in the series after these samples. */
bool store_trial_is_vacant(const struct store_trial *trial);

#endif

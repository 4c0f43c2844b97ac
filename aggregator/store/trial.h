/*
 * trial.h - what samples would do, asked of the tables without changing them. A part of store.h.
 *
 * Series past their time to live that no sweep has ended yet count as there: a sample would end some to
 * make room.
 */
#ifndef STATGATE_STORE_TRIAL_H
#define STATGATE_STORE_TRIAL_H

#include "store/store.h"

/** What store_obtain would find or make. */
struct store_peeked {
    const struct series *series;      /**< NULL: it would be new, or refused */
    uint32_t ids[CATALOG_LABELS_MAX]; /**< of its labels; UINT32_MAX: a value that would be new */
    int label;                        /**< as *ret_label of store_obtain */
};
/** *ret_peeked is set on the results that do not refuse; its label always. */
enum store_result store_peek(const struct store *store, const struct catalog_family *family,
                             const struct store_label *labels, struct store_peeked *ret_peeked);

/** The samples of one line, one after the other, on a series or on one that would be new. */
struct store_trial {
    const struct catalog_family *family;
    const struct series *series; /**< NULL: it would be new */
    owner_id owner;     /**< whose values they are; OWNER_NONE: of a new process, or of the host */
    struct series head; /**< private: as the samples so far would leave it */
    double own;         /**< private: the value of the owner's part */
    double base;        /**< private: what it read before it started over */
    bool has_own;       /**< private: it has one */
    uint32_t others;    /**< private: parts of other processes */
    bool ended;         /**< the last sample said that its value is absent */
};
void store_trial_begin(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner, struct store_trial *ret_trial);
/** As store_number. */
enum store_number store_trial_number(struct store_trial *trial, double value, double rate,
                                     uint32_t item);
/** As store_own. */
enum store_own store_trial_own(const struct store *store, struct store_trial *trial, double value,
                               uint32_t item);
/** True if nobody has a value of the series after these samples. */
bool store_trial_is_vacant(const struct store_trial *trial);

#endif

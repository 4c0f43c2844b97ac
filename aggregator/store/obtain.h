/*
 * obtain.h - finding and making series by their labels, and finding them by their places.
 */
#ifndef STATGATE_STORE_OBTAIN_H
#define STATGATE_STORE_OBTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

/** One label value of the series that is asked for. */
struct store_label {
    int32_t id; /**< a declared value's id, or -1: `text` is a value that matches the pattern */
    const char *text; /**< borrowed */
    size_t len;
};

enum store_result {
    STORE_FOUND,         /**< the series with these labels */
    STORE_FOLDED_LABEL,  /**< a pattern label was full: the series with its `otherwise` instead */
    STORE_FOLDED_SERIES, /**< the family was full: `otherwise` for every label that has one */
    STORE_LABEL_FULL,    /**< refused: a pattern label is full and has no otherwise */
    STORE_SERIES_FULL,   /**< refused: the family is full */
    STORE_NO_MEMORY      /**< refused; counted as full */
};

/**
 * Find or make the series of `family` with these labels (label_count items in the family's order).
 * If there is no room, series past their time to live are ended first. *ret_label is the index of
 * the label that was folded or full, else -1. On the refusing results *ret_series is untouched.
 * Does not make series that come as one set: STORE_SERIES_FULL.
 */
enum store_result store_series(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label);
/** Which tables were full when labels were folded or refused, for store_room_holds, which checks
 * whether they still are. */
struct store_room {
    uint32_t changes; /**< private: the family's count of changes at that time */
    uint8_t labels;   /**< private: 1: a pattern label was full */
    uint8_t series;   /**< private: 1: the family was full */
    bool refused;     /**< private: there was no fallback, so it counts as full */
};
/** Same as store_series; *ret_made is true if the series is new. *ret_room is set on all
 * results. */
enum store_result store_obtain(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label, bool *ret_made,
                               struct store_room *ret_room);
/** Whether a table was full. */
static inline bool store_room_lacked(const struct store_room *room) {
    return room->labels + room->series > 0;
}
/** Whether labels that were folded or refused because a table was full would get the same answer
 * again: since then no series of the family has ended, no pattern label of it became full, and no
 * series is past its time to live. An answer with a series also needs that series to be live. Not
 * for STORE_NO_MEMORY. */
bool store_room_holds(const struct store *store, const struct catalog_family *family,
                      const struct store_room *room, struct store_time now);
/** Whether a series has this value of the pattern label with index `label`. */
bool store_has_value(const struct store *store, const struct catalog_family *family, uint32_t label,
                     const char *text, size_t len);
/** Count the table that refused once more, because a remembered answer was used again. */
void store_room_count(struct store *store, const struct store_room *room);
/** The series with these ids, which must belong to declared values. NULL if it does not exist. */
const struct series *store_find(const struct store *store, const struct catalog_family *family,
                                const uint32_t *ids);
/**
 * The place of a series: its number within its family, from 1; 0 is none. It is valid while the
 * series lives, and does not depend on where the tables are in memory. Not for series that come as
 * one set.
 */
uint32_t store_place(const struct store *store, const struct catalog_family *family,
                     const struct series *series);
/** The series at a place that is not 0. */
const struct series *store_at(const struct store *store, const struct catalog_family *family,
                              uint32_t place);

#endif

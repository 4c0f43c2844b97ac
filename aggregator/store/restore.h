/*
 * restore.h - taking over the series of another process into a new store.
 */
#ifndef STATGATE_STORE_RESTORE_H
#define STATGATE_STORE_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "object/match.h"
#include "store/obtain.h"

/** What became of the series of another process. */
struct store_restored {
    uint64_t kept;
    uint64_t ended; /**< not in the present catalogs, or with numbers that their kind cannot have */
};
/**
 * Take over the series of an image, and the processes that own values, into a new store. Every
 * record is checked. Left out are series past their time to live, series of queries, and series of
 * attempts and jobs (which the machines take over). False: out of memory.
 */
bool store_restore(struct store *store, const struct image *image, const struct match *match,
                   struct store_time now, struct store_restored *ret);

/** The same in two steps, the first of which is possible while the other process still writes. */
struct store_restoring;
/** Begin to restore into a new store. All arguments are borrowed. The image may be live
 * (object/image.h). `now` is for the first step. NULL: out of memory. */
struct store_restoring *store_restoring_new(struct store *store, const struct image *image,
                                            const struct match *match, struct store_time now);
/** Copy what the image contains so far, which leaves less work to store_restore_finish. Optional,
 * and may be repeated. False: out of memory. */
bool store_restore_ahead(struct store_restoring *restoring);
/** Bytes that restoring a full store takes beside the store itself, until it is finished. */
uint64_t store_restore_bytes(const struct catalog_set *set);
/** Finish restoring from an image that is now settled, and that only store_restore_ahead read
 * before that. Whatever was copied ahead, the store then contains the same as after store_restore.
 * Call it once. False: out of memory. */
bool store_restore_finish(struct store_restoring *restoring, struct store_time now,
                          struct store_restored *ret);
void store_restoring_free(struct store_restoring *restoring);

/** Read the labels of a record of a table of series: label_count items of the family that the table
 * matches. Texts point into the image. False: there is no such family, or it does not take one of
 * the values. */
bool store_read_labels(const struct match *match, const struct image_table *series_table,
                       uint64_t record, struct store_label *ret_labels);

#endif

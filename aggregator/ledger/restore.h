/*
 * restore.h - reads the numbers of another process's books. Private to this folder.
 *
 * Nothing in an image is trusted. A count above COUNT_MAX reads as 0.
 */
#ifndef STATGATE_LEDGER_RESTORE_H
#define STATGATE_LEDGER_RESTORE_H

#include "ledger/books.h"

/** No process counts that far; sums of several such counts still fit 64 bits. */
#define COUNT_MAX (UINT64_C(1) << 60)

struct restore {
    struct ledger *ledger;
    const struct image *image;
    const struct match *match;
    enum sg_reject *reasons; /**< present reason for each reason of the image */
    uint32_t reason_count;
    uint32_t *rows; /**< present row for each sender's row of the image, or SLOTS_NONE */
    uint32_t row_count;
};

/** An integer field of a record; 0 if there is no such field. */
uint64_t restore_read_integer(const struct image_table *table, uint64_t record, const char *name,
                              enum object_type type);
/** A count, or 0. */
uint64_t restore_read_count(const struct image_table *table, uint64_t record, const char *name);
/** Read the verdicts of a record. */
void restore_read_tally(const struct image_table *table, uint64_t record, struct tally *ret_tally);
/** A Unix time, or 0. */
int64_t restore_read_time(const struct image_table *table, uint64_t record,
                          struct image_field field);
/** The present row for a service of the image; SERVICE_FORMER for a service that no longer
 * exists. */
size_t restore_read_service(const struct restore *restore, uint32_t service);

/** Restore senders and their handles, then the departed, who get the part of the totals that no row
 * has. Fills in `rows`. False: out of memory. */
bool restore_senders(struct restore *restore);

/** Find the present label for a label of the image. False: it no longer exists. */
bool restore_groups_label(const struct restore *restore, const struct catalog_family *family,
                          uint32_t former, uint32_t *ret_label);
/** Restore groups of rejections; call it after the reasons are matched. */
void restore_groups(struct restore *restore);
/** Restore ended processes; call it after the senders. */
void restore_ended(struct restore *restore);

#endif

/*
 * restore.h - how numbers of another process's books are read. Private to this folder.
 *
 * Nothing in an image is believed. A count beyond COUNT_MAX is none.
 */
#ifndef STATGATE_LEDGER_RESTORE_H
#define STATGATE_LEDGER_RESTORE_H

#include "ledger/books.h"

/** No process counts that far; sums of a few of them still fit 64 bits. */
#define COUNT_MAX (UINT64_C(1) << 60)

struct restore {
    struct ledger *ledger;
    const struct image *image;
    const struct match *match;
    enum sg_reject *reasons; /**< what each reason of the image is here */
    uint32_t reason_count;
    uint32_t *rows; /**< where each sender's row of the image went, or SLOTS_NONE */
    uint32_t row_count;
};

/** An integer field of a record; 0 where there is none. */
uint64_t restore_read_integer(const struct image_table *table, uint64_t record, const char *name,
                              enum object_type type);
/** A count, or 0. */
uint64_t restore_read_count(const struct image_table *table, uint64_t record, const char *name);
/** Verdicts of a record. */
void restore_read_tally(const struct image_table *table, uint64_t record, struct tally *ret_tally);
/** A Unix time, or 0. */
int64_t restore_read_time(const struct image_table *table, uint64_t record,
                          struct image_field field);
/** The row here of a service of the image; samples of one that is no more are SERVICE_FORMER's. */
size_t restore_read_service(const struct restore *restore, uint32_t service);

/** Senders and their handles; then the departed, to whom goes what no row has of the totals. Fills in
 * `rows`. False: out of memory. */
bool restore_senders(struct restore *restore);

/** The present label that the image's is. False: it is no more. */
bool restore_groups_label(const struct restore *restore, const struct catalog_family *family,
                          uint32_t former, uint32_t *ret_label);
/** Groups of rejections; after the reasons are matched. */
void restore_groups(struct restore *restore);
/** Ended processes; after the senders. */
void restore_ended(struct restore *restore);

#endif

/*
 * json_spelled.h - spellings of senders that are not in the catalogs, as rows of /debug/rejections:
 * names that no family has, and values that were folded.
 */
#ifndef STATGATE_VIEW_JSON_SPELLED_H
#define STATGATE_VIEW_JSON_SPELLED_H

#include "view/json_list.h"

/** A walk over the texts of one kind, the most frequent ones first; begins zeroed. */
struct json_spelled {
    uint16_t places[LEDGER_SPELLED_MAX];
    size_t count;
    size_t at;
    size_t written;
    bool begun;
};

/** Write rows until all are written, or as many as the list's limit. False: the slice ended before
 * that. A text that is evicted between slices is left out. */
bool json_spelled_write(struct json_spelled *spelled, struct json_list *list,
                        enum ledger_spelling which, struct slice *slice, struct store_time now);
/** `left_out`: samples whose spelling was not kept because too many new ones arrived at a time. */
void json_spelled_put_left_out(struct json_writer *json, const struct ledger *ledger);

#endif

/*
 * reject_row.h - a row of /debug/rejections: what was rejected or folded of one family, label and
 * reason, since when, from whom, and what to do.
 */
#ifndef STATGATE_VIEW_REJECT_ROW_H
#define STATGATE_VIEW_REJECT_ROW_H

#include "base/json_writer.h"
#include "view/advice.h"

struct reject_row {
    const struct catalog *service;       /**< NULL: none is known */
    const struct catalog_family *family; /**< likewise */
    int label;                           /**< index in the family, or -1 */
    int unknown; /**< place of a label that the family does not declare (ledger_spelled), or -1 */
    struct sg_span key; /**< the text of either; at == NULL: none, or hidden */
    enum sg_reject reason;
    bool folded; /**< not rejected */
    uint64_t count;
};

/** When and from whom; zeroed where nothing is known. */
void reject_row_times(const struct ledger *ledger, const struct reject_row *row, int64_t now_ms,
                      struct ledger_group *ret_times);
void reject_row_put(struct json_writer *json, const struct view_source *source,
                    const struct reject_row *row, const struct ledger_group *times, int64_t now_ms);

#endif

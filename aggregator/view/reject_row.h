/*
 * reject_row.h - a row of /debug/rejections: the samples of one family that were rejected or folded
 * for one reason at one label; since when, from which sender, and what to do.
 */
#ifndef STATGATE_VIEW_REJECT_ROW_H
#define STATGATE_VIEW_REJECT_ROW_H

#include "base/json_writer.h"
#include "view/advice.h"

struct reject_row {
    const struct catalog *service;       /**< NULL: not known */
    const struct catalog_family *family; /**< NULL: not known */
    int label;                           /**< index in the family, or -1 */
    int unknown; /**< place of a label that the family does not declare (ledger_spelled), or -1 */
    struct sg_span key; /**< the key of `label` or `unknown`; at == NULL: none, or hidden */
    enum sg_reject reason;
    bool folded; /**< not rejected */
    uint64_t count;
};

/** Find when the samples arrived and from which sender; zeroed if that is not known. */
void reject_row_times(const struct ledger *ledger, const struct reject_row *row, int64_t now_ms,
                      struct ledger_group *ret_times);
void reject_row_put(struct json_writer *json, const struct view_source *source,
                    const struct reject_row *row, const struct ledger_group *times, int64_t now_ms);

#endif

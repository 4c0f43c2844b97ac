/*
 * group.h - what to do about many lines that were rejected or folded for one reason, as the ledger
 * counts them.
 */
#ifndef STATGATE_HINTS_GROUP_H
#define STATGATE_HINTS_GROUP_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/world.h"
#include "sg_proto.h"

/** The facts about such a group. A span whose `at` is NULL is unknown. */
struct hints_group {
    const struct catalog_family *family; /**< NULL: unknown */
    struct sg_span label;                /**< label at fault: one of the family's, or the sender's
                                              key */
    enum sg_reject reason;
    bool folded;          /**< the lines were folded, not rejected */
    struct sg_span value; /**< the most frequent value: of the label, else the number or word; with
                               SG_REJECT_UNKNOWN_FAMILY the name */
    struct sg_span line;  /**< one of the lines */
};

/** The group to which a traced line belongs: that of its rejection, else of its fold. Returns false
 * if it was neither rejected nor folded. Borrows the line. */
bool hints_group_of(const struct gate_trace *trace, struct hints_group *ret_group);

/** Append what to do, worded as hints_put words it for a line; if there is no such advice, what the
 * reason means. At least one sentence. */
void hints_of_group(struct strbuf *out, const struct hints_world *world,
                    const struct hints_group *group);

#endif

/*
 * group.h - many lines that were rejected or folded for one reason, as the ledger counts them: what
 * to do about them.
 */
#ifndef STATGATE_HINTS_GROUP_H
#define STATGATE_HINTS_GROUP_H

#include "base/strbuf.h"
#include "gate/trace.h"
#include "hints/world.h"
#include "sg_proto.h"

/** What is known of them. A span whose `at` is NULL is not known. */
struct hints_group {
    const struct catalog_family *family; /**< NULL: none is known */
    struct sg_span label;                /**< at fault: one of the family's, or the sender's key */
    enum sg_reject reason;
    bool folded;          /**< not rejected */
    struct sg_span value; /**< the most frequent one: the label's, else the number or word; with
                               SG_REJECT_UNKNOWN_FAMILY the name */
    struct sg_span line;  /**< one of them */
};

/** The group that a traced line belongs to: of its rejection, else of its fold. False: it was neither
 * rejected nor folded. Borrows the line. */
bool hints_group_of(const struct gate_trace *trace, struct hints_group *ret_group);

/** What to do, as hints_put says it of a line; else what the reason means. At least one sentence. */
void hints_of_group(struct strbuf *out, const struct hints_world *world,
                    const struct hints_group *group);

#endif

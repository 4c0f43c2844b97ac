/*
 * answer.h - turns the store's answer to a number into a rejection reason, the same for a line that
 * is applied and for one that is only tried. Private to gate/.
 */
#ifndef STATGATE_GATE_ANSWER_H
#define STATGATE_GATE_ANSWER_H

#include "gate/trace_private.h"
#include "sg_proto.h"
#include "store/store.h"

/** SG_REJECT_NONE if the number was taken; else *ret_flaw is what was wrong with it. */
static inline enum sg_reject answer_of_number(enum store_number result, enum trace_flaw *ret_flaw) {
    if (result == NUMBER_TAKEN)
        return SG_REJECT_NONE;
    *ret_flaw = result == NUMBER_BAD ? FLAW_KIND : FLAW_TOTAL;
    return SG_REJECT_BAD_VALUE;
}

/** The same for a process's own part. Having no place for a part is no flaw of the number. */
static inline enum sg_reject answer_of_part(enum store_own result, enum trace_flaw *ret_flaw) {
    switch (result) {
    case OWN_TAKEN:
        return SG_REJECT_NONE;
    case OWN_FULL:
        *ret_flaw = FLAW_NONE;
        return SG_REJECT_NO_OWNER;
    case OWN_BEYOND:
        *ret_flaw = FLAW_TOTAL;
        break;
    case OWN_BAD_VALUE:
        *ret_flaw = FLAW_KIND;
        break;
    }
    return SG_REJECT_BAD_VALUE;
}

#endif

/*
 * latest.h - the latest line of a group that the ledger keeps: what many lines have in common, seen in one of them.
 */
#ifndef STATGATE_HINTS_LATEST_H
#define STATGATE_HINTS_LATEST_H

#include "hints/group.h"
#include "ledger/ledger.h"

/**
 * The latest line that was rejected as the group says, and what the group lacks of it: the label at fault, the value,
 * and the line itself if it is whole and can be read. A line that was cut, or is malformed, is taken where there is no
 * other. NULL: none is kept. All is borrowed until the next rejection.
 */
const struct recent *latest_find(const struct ledger *ledger, struct hints_group *group);

#endif

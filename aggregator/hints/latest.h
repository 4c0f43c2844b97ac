/*
 * latest.h - the latest line of a group that the ledger keeps: an example of what its lines have in
 * common.
 */
#ifndef STATGATE_HINTS_LATEST_H
#define STATGATE_HINTS_LATEST_H

#include "hints/group.h"
#include "ledger/ledger.h"

/**
 * Find the latest line that was rejected as the group says, and complete the group from it: the
 * label at fault, the value, and the line itself if it is whole and can be read. A line that was
 * cut or is malformed is used only if there is no other. Returns NULL if none is kept. Everything
 * is borrowed until the next rejection.
 */
const struct recent *latest_find(const struct ledger *ledger, struct hints_group *group);

#endif

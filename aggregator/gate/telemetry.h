/*
 * telemetry.h - what DogStatsD clients report about themselves. Private to gate/.
 */
#ifndef STATGATE_GATE_TELEMETRY_H
#define STATGATE_GATE_TELEMETRY_H

#include "ledger/ledger.h"
#include "sg_proto.h"

/* True when the line is a DogStatsD client's telemetry; its values are added to the sender's row.
 */
bool telemetry_take(struct ledger *ledger, const struct sg_line *line, const struct sender *sender);

#endif

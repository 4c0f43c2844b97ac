/*
 * telemetry.h - reads what DogStatsD clients report about themselves. Private to gate/.
 */
#ifndef STATGATE_GATE_TELEMETRY_H
#define STATGATE_GATE_TELEMETRY_H

#include <string.h>

#include "ledger/ledger.h"
#include "sg_proto.h"

static const char telemetry_prefix[] = "datadog.dogstatsd.client.";

/* Whether the line is telemetry of a DogStatsD client. */
static inline bool telemetry_is(const struct sg_line *line) {
    const size_t len = sizeof telemetry_prefix - 1;
    return line->name.len > len && memcmp(line->name.at, telemetry_prefix, len) == 0;
}

/* Add its values to the sender's row. */
void telemetry_take(struct ledger *ledger, const struct sg_line *line, const struct sender *sender);

#endif

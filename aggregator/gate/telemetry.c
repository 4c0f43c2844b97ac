/* What DogStatsD clients report about themselves: not samples of any service, but shown per sender.
 */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "gate/telemetry.h"

static const char prefix[] = "datadog.dogstatsd.client.";

bool telemetry_take(struct ledger *ledger, const struct sg_line *line,
                    const struct sender *sender) {
    const size_t prefix_len = sizeof prefix - 1;
    if (line->name.len <= prefix_len || memcmp(line->name.at, prefix, prefix_len) != 0)
        return false;
    const char *rest = line->name.at + prefix_len;
    const size_t rest_len = line->name.len - prefix_len;
    for (int i = 0; i < TELEMETRY_COUNT; i++) {
        const enum client_telemetry which = (enum client_telemetry)i;
        const char *name = ledger_telemetry_text(which);
        if (!text_is(rest, rest_len, name))
            continue;
        struct sg_values values;
        enum sg_reject reason;
        double value;
        sg_values_init(&values, line);
        while (sg_values_next(&values, &value, &reason, NULL))
            if (reason == SG_REJECT_NONE && value >= 0 && value <= 9007199254740992.0)
                ledger_sender_telemetry(ledger, sender, which, (uint64_t)value);
        break;
    }
    return true;
}

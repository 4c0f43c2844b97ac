/* What DogStatsD clients report about themselves: shown per sender, but not samples of a
 * service. */
#include <math.h>

#include "base/text.h"
#include "gate/telemetry.h"

static uint64_t sum_of(const struct sg_line *line) {
    struct sg_values values;
    enum sg_reject reason;
    double value;
    uint64_t sum = 0;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL))
        if (reason == SG_REJECT_NONE && value >= 0 && value <= 9007199254740992.0)
            sum += (uint64_t)value;
    return sum;
}

void telemetry_take(struct ledger *ledger, const struct sg_line *line,
                    const struct sender *sender) {
    const size_t prefix_len = sizeof telemetry_prefix - 1;
    const char *rest = line->name.at + prefix_len;
    const size_t rest_len = line->name.len - prefix_len;
    for (int i = 0; i < TELEMETRY_COUNT; i++) {
        const enum client_telemetry which = (enum client_telemetry)i;
        if (!text_is(rest, rest_len, ledger_telemetry_text(which)))
            continue;
        ledger_sender_telemetry(ledger, sender, which, sum_of(line));
        return;
    }
}

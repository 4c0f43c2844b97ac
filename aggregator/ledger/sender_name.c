#include "ledger/sender_name.h"

enum { ROWS_A_UNIT = 8 };

size_t ledger_sender_name(const struct ledger *ledger, int32_t pid, int64_t at_ms,
                          struct who *ret_who) {
    const size_t count = pid > 0 ? ledger_sender_count(ledger) : 0;
    const struct sender *found = NULL;
    for (size_t row = 0; row < count; row++) {
        const struct sender *sender = ledger_sender_at(ledger, row);
        if (sender->pid == pid && sender->first_seen_ms <= at_ms &&
            (found == NULL || sender->first_seen_ms > found->first_seen_ms))
            found = sender;
    }
    *ret_who = (struct who){.pid = pid};
    if (found != NULL)
        ledger_who(found, ret_who);
    return count / ROWS_A_UNIT + 1;
}

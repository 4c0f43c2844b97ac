#include "statgated/teller.h"

#include "host/log.h"

/* The log context of an incident's line; NULL: its reporter has logged it already. */
static const char *context_of(enum event_kind kind) {
    switch (kind) {
    case EVENT_BREAKER_OPENED:
    case EVENT_BREAKER_CLOSED:
        return "breakers";
    case EVENT_JOB_LOST:
        return "jobs";
    case EVENT_TABLE_FULL:
        return "tables";
    case EVENT_SENDER_LOSS:
        return "senders";
    case EVENT_FAMILY_REJECTED:
        return "rejections";
    default:
        return NULL;
    }
}

static void write_line(const struct events_item *item) {
    const char *context = context_of(item->kind);
    const enum log_level level = item->over ? LOG_LEVEL_LOG : LOG_LEVEL_WARN;
    if (context == NULL)
        return;
    if (item->held > 0)
        log_write(level, context, "%s (and %llu more since the last such line)", item->text,
                  (unsigned long long)item->held);
    else
        log_write(level, context, "%s", item->text);
}

static void tell(const struct teller *teller, const struct events_item *item) {
    (void)events_add(teller->events, item);
    write_line(item);
}

void teller_tell(struct teller *teller, const struct events_item *item, int64_t mono_ms) {
    if (events_quiet_admit(teller->quiet, item, mono_ms))
        tell(teller, item);
}

void teller_catch_up(struct teller *teller, int64_t mono_ms) {
    enum { AT_ONCE = 32 };
    struct events_item item;
    for (int i = 0; i < AT_ONCE && events_quiet_due(teller->quiet, mono_ms, &item); i++)
        tell(teller, &item);
    const uint64_t left_out = events_quiet_left_out(teller->quiet);
    if (left_out > teller->left_out)
        log_write(LOG_LEVEL_WARN, "events", "%llu incidents are not reported: too many in a minute",
                  (unsigned long long)(left_out - teller->left_out));
    teller->left_out = left_out;
}

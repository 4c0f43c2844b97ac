#include "statgated/refusals.h"

#include <string.h>

#include "base/hash.h"
#include "host/clock.h"

struct refusal {
    uint64_t hash; /* of the sentence */
    struct log_limit limit;
};

static struct refusal refusals[REFUSALS_SENTENCES];
static struct log_limit others = LOG_LIMIT(REFUSALS_SENTENCES, REFUSALS_MS);

static bool is_over(const struct refusal *refusal) {
    return refusal->limit.used == 0 ||
           clock_mono_ns() / 1000000 - refusal->limit.since_ms >= REFUSALS_MS;
}

/* Find the sentence's own limit, or start one in a place whose time is over; else the limit that
 * all other sentences share. */
static struct log_limit *find(uint64_t hash) {
    struct refusal *unused = NULL;
    for (size_t i = 0; i < REFUSALS_SENTENCES; i++) {
        if (refusals[i].hash == hash && refusals[i].limit.burst > 0)
            return &refusals[i].limit;
        if (unused == NULL && is_over(&refusals[i]))
            unused = &refusals[i];
    }
    if (unused == NULL)
        return &others;
    *unused = (struct refusal){.hash = hash, .limit = LOG_LIMIT(1, REFUSALS_MS)};
    return &unused->limit;
}

static void write_log(enum log_level level, const char *beginning, const char *sentence,
                      const struct messages *more) {
    if (!log_limited(find(hash_bytes(sentence, strlen(sentence), 0)), level, "reload", "%s%s",
                     beginning, sentence))
        return;
    for (const char *line = mistakes_messages_next(more, NULL); line != NULL;
         line = mistakes_messages_next(more, line))
        log_write(level, "reload", "%s", line);
}

void refusals_log(enum log_level level, const char *sentence, const struct messages *more) {
    write_log(level, "reload rejected, still running the previous configuration: ", sentence, more);
}

void refusals_log_partly(enum log_level level, const char *sentence, const struct messages *more) {
    write_log(level, "", sentence, more);
}

#include "statgated/restarted.h"

#include "host/log.h"

enum { LINES_MAX = 20 };

static const char *phrase_of(enum match_reason reason) {
    static const char *const phrases[MATCH_REASON_COUNT] = {
        [MATCH_TYPE] = "its type, or where its samples come from",
        [MATCH_LABELS] = "its labels",
        [MATCH_BUCKETS] = "its buckets",
        [MATCH_MERGE] = "whose values it shows",
        [MATCH_WINDOW] = "its window"};
    return phrases[reason];
}

void restarted_tell(const struct match *match) {
    const struct catalog_family *family;
    enum match_reason reason;
    size_t count = 0;
    for (size_t at = 0; match_next_restarted(match, &at, &family, &reason);)
        if (count++ < LINES_MAX)
            log_write(LOG_LEVEL_LOG, "takeover", "%s of %s starts again: changed is %s",
                      family->name, family->catalog->service, phrase_of(reason));
    if (count > LINES_MAX)
        log_write(LOG_LEVEL_LOG, "takeover", "%zu families more start again", count - LINES_MAX);
}

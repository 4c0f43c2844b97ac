#include "statgated/restarted.h"

#include "host/log.h"

enum { LINES_MAX = 20 };

static const char *phrase_of(enum match_reason reason) {
    static const char *const phrases[MATCH_REASON_COUNT] = {
        [MATCH_TYPE] = "its catalog has another type, or another source of samples",
        [MATCH_LABELS] = "its catalog has other labels",
        [MATCH_BUCKETS] = "its catalog has other buckets",
        [MATCH_MERGE] = "its catalog has another merge",
        [MATCH_WINDOW] = "its catalog has another window"};
    return phrases[reason];
}

void restarted_tell(const struct match *match) {
    const struct catalog_family *family;
    enum match_reason reason;
    size_t count = 0;
    for (size_t at = 0; object_match_next_restarted(match, &at, &family, &reason);)
        if (count++ < LINES_MAX)
            log_write(LOG_LEVEL_LOG, "takeover", "%s of %s starts again: %s", family->name,
                      family->catalog->service, phrase_of(reason));
    if (count > LINES_MAX)
        log_write(LOG_LEVEL_LOG, "takeover", "%zu families more start again", count - LINES_MAX);
}

#include "statgated/restarted.h"

#include <string.h>

#include "host/log.h"

enum { LINES_MAX = 20 };

static const char *phrase_of(enum match_reason reason) {
    static const char *const phrases[MATCH_REASON_COUNT] = {
        [MATCH_TYPE] = "its catalog has another type, or another source of samples",
        [MATCH_LABELS] = "its catalog has other labels",
        [MATCH_BUCKETS] = "its catalog has other buckets",
        [MATCH_MERGE] = "its catalog has another merge",
        [MATCH_WINDOW] = "its catalog has another window",
        [MATCH_VERSION] = "this version does not understand how its values were kept"};
    return phrases[reason];
}

/* ---- what is not understood ---- */

static struct restarted_refused *find(struct restarted_tables *tables,
                                      const struct image_refused *refused) {
    for (size_t i = 0; i < tables->count; i++)
        if (strcmp(tables->items[i].table, refused->table) == 0 &&
            strcmp(tables->items[i].field, refused->field) == 0)
            return &tables->items[i];
    if (tables->count == RESTARTED_REFUSED_MAX)
        return &tables->items[RESTARTED_REFUSED_MAX - 1];
    struct restarted_refused *added = &tables->items[tables->count++];
    *added = (struct restarted_refused){0};
    memcpy(added->table, refused->table, sizeof added->table);
    memcpy(added->field, refused->field, sizeof added->field);
    return added;
}

void restarted_read(const struct image *image, struct restarted_tables *ret_tables) {
    struct image_refused refused;
    uint32_t at = 0;
    ret_tables->count = 0;
    while (image_next_refused(image, &at, &refused))
        find(ret_tables, &refused)->tables++;
}

void restarted_tell_tables(const struct restarted_tables *tables) {
    for (size_t i = 0; i < tables->count; i++)
        log_write(LOG_LEVEL_WARN, "takeover",
                  "table \"%s\" (%llu in all) is not taken over: it cannot be read without its "
                  "field \"%s\", which a later version wrote; what is in it starts again",
                  tables->items[i].table, (unsigned long long)tables->items[i].tables,
                  tables->items[i].field);
}

/* ---- families ---- */

void restarted_tell(const struct match *match) {
    const struct catalog_family *family;
    enum match_reason reason;
    size_t count = 0;
    for (size_t at = 0; match_next_restarted(match, &at, &family, &reason);)
        if (count++ < LINES_MAX)
            log_write(LOG_LEVEL_LOG, "takeover", "%s of %s starts again: %s", family->name,
                      family->catalog->service, phrase_of(reason));
    if (count > LINES_MAX)
        log_write(LOG_LEVEL_LOG, "takeover", "%zu families more start again", count - LINES_MAX);
}

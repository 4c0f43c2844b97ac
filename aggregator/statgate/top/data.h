/*
 * data.h - the data that `statgate top` shows: the daemon's latest views, those before, and
 * trouble. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_DATA_H
#define STATGATE_STATGATE_TOP_DATA_H

#include "json/jsonread.h"

enum top_view { TOP_STATUS, TOP_SENDERS, TOP_REJECTIONS, TOP_BREAKERS, TOP_VIEW_COUNT };

enum { TOP_CURVE_MAX = 512 };

struct top_data {
    const char *place;                   /**< the daemon's address */
    const char *trouble;                 /**< why there are no newer data; NULL: no trouble */
    int64_t trouble_ms;                  /**< how long the trouble has lasted */
    const char *news;                    /**< the daemon's last restart or change; NULL: none */
    const json_t *views[TOP_VIEW_COUNT]; /**< NULL: unknown */
    const json_t *before[TOP_VIEW_COUNT];
    int64_t now_ms;              /**< the daemon's time */
    int64_t between_ms;          /**< time from `before` to `views`; 0: no `before` */
    double curve[TOP_CURVE_MAX]; /**< samples a second, oldest first; negative: unknown */
    size_t curve_count;
    bool unicode; /**< the terminal can show more than ASCII */
};

/** Increase of a count per second between two objects; negative: unknown. */
double data_rate(const struct top_data *data, const json_t *now, const json_t *before,
                 const char *key);
/** The item of a list that equals `item` in the members `keys` (ended by NULL); NULL: there is
 * none. */
const json_t *data_match(const json_t *list, const json_t *item, const char *const *keys);

#endif

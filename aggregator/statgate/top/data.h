/*
 * data.h - what `statgate top` shows: the daemon's views as they came, those before, and how it went. Pure. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_DATA_H
#define STATGATE_STATGATE_TOP_DATA_H

#include "json/jsonread.h"

enum top_view { TOP_STATUS, TOP_SENDERS, TOP_REJECTIONS, TOP_BREAKERS, TOP_VIEW_COUNT };

enum { TOP_CURVE_MAX = 512 };

struct top_data {
    const char *place;                   /**< the daemon's address */
    const char *trouble;                 /**< why there is nothing newer; NULL: nothing is wrong */
    int64_t trouble_ms;                  /**< how long that is so */
    const char *news;                    /**< what happened to the daemon last; NULL: nothing */
    const json_t *views[TOP_VIEW_COUNT]; /**< NULL: not known */
    const json_t *before[TOP_VIEW_COUNT];
    int64_t now_ms;              /**< the daemon's time */
    int64_t between_ms;          /**< from `before` to `views`; 0: there is no before */
    double curve[TOP_CURVE_MAX]; /**< samples a second, the oldest first; negative: not known */
    size_t curve_count;
    bool unicode; /**< the terminal shows more than ASCII */
};

/** How much a count rose a second, between two objects; negative: not known. */
double data_rate(const struct top_data *data, const json_t *now, const json_t *before,
                 const char *key);
/** The item of a list whose members of these names (ended by NULL) are equal; NULL: there is none. */
const json_t *data_match(const json_t *list, const json_t *item, const char *const *keys);

#endif

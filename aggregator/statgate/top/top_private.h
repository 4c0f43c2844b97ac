/* SPDX-License-Identifier: MIT */
/* top_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_TOP_TOP_PRIVATE_H
#define STATGATE_STATGATE_TOP_TOP_PRIVATE_H

#include "base/terminal.h"
#include "statgate/command.h"
#include "json/json.h"

/* ---- data ----
 * the data that `statgate top` shows: the daemon's latest views, those before, and
 * trouble. Pure. Private to statgate/.
 */

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
    bool paused;
    bool help;   /**< the keys are shown in place of the tables */
    bool once;   /**< as a text, without the bar at the bottom */
    size_t sort; /**< of senders, an index in top_sort_keys */
};

enum { TOP_SORT_COUNT = 4 };
/** Members of a sender by which they can be sorted. */
extern const char *const top_sort_keys[TOP_SORT_COUNT];

/** Increase of a count per second between two objects; negative: unknown. */
double top_data_rate(const struct top_data *data, const json_t *now, const json_t *before,
                     const char *key);
/** The item of a list that equals `item` in the members `keys` (ended by NULL); NULL: there is
 * none. */
const json_t *top_data_match(const json_t *list, const json_t *item, const char *const *keys);

/* ---- frame ----
 * a screen of `statgate top` from its data: lines, each with a style. Pure: the same data give the
 * same lines.
 */

enum frame_style { FRAME_PLAIN, FRAME_STRONG, FRAME_FAINT, FRAME_GOOD, FRAME_BAD, FRAME_BAR };

enum { FRAME_ROWS_MAX = 2000, FRAME_LINE_MAX = 1024 };

struct frame {
    size_t columns;
    size_t rows;
    size_t count;          /**< of lines */
    struct strbuf text;    /**< lines, none longer than `columns` */
    unsigned char *styles; /**< by line; from malloc */
};

/** Make an empty frame. */
void top_frame_init(struct frame *frame, size_t columns, size_t rows);
void top_frame_done(struct frame *frame);
/** Draw into an empty frame of any size; if not everything fits, each table is cut, and says how
 * many rows there are more. */
void top_frame_draw(const struct top_data *data, struct frame *frame);
/** Append the bytes that make a terminal show it. */
void top_frame_write(const struct frame *frame, bool colours, struct strbuf *out);

#endif

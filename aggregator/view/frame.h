/*
 * frame.h - the lines of one family in one text format.
 *
 * Text that is the same for all series is built once. The labels of a series are rebuilt only from
 * the first one that differs from the previous series: series are in order, so usually only the
 * last label is new. Each line then takes two or three copies and a number.
 *
 *   http_seconds_bucket{method="GET",path="/a",le="0.5"} 17
 *   ^^^^^^^^^^^^^^^^^^^^ prefix                ^^^^^^^^^^^ tail of a bucket
 *
 * The prefix of a series may have been kept from an earlier exposition (render_cache.h).
 *
 * A quantile of a summary and a state of a stateset are tails, too. A constant label of the page is
 * part of the text before, between or after the other labels, so it costs a series nothing.
 */
#ifndef STATGATE_VIEW_FRAME_H
#define STATGATE_VIEW_FRAME_H

#include "store/store.h"
#include "view/render_cache.h"
#include "view/view.h"

/** How many bytes may be read beyond a text of a frame, and written beyond the lines of a series:
 * they are copied in blocks of that size. */
enum { FRAME_SLACK = 32 };

/** A range of bytes of frame.text. */
struct frame_piece {
    size_t at;
    size_t len;
};

struct frame;

/** Writes the lines of a series to `at`, where frame_put_series made room. Returns the end; sets
 * *ret_units to the work units spent in addition to those of the lines. */
typedef char *frame_numbers_fn(char *at, struct frame *frame, const struct store *store,
                               const struct series *series, struct store_time now,
                               size_t *ret_units);

struct frame {
    const struct memory *memory;
    const struct catalog_family *family; /**< borrowed; NULL: nothing was built yet */
    frame_numbers_fn *put_numbers;       /**< of the family's kind */
    enum exposition_format format;
    bool has_total;    /**< shows `_sum`; a relayed summary only if its process sent it */
    bool has_count;    /**< shows `_count`; a relayed summary only if its process sent it */
    bool has_created;  /**< shows `_created` */
    bool tails_follow; /**< a series has a line for each tail; else it has one line */
    struct strbuf text;
    struct frame_piece metadata;     /**< `# TYPE ...` and the other lines */
    struct frame_piece sum;          /**< `NAME_sum` */
    struct frame_piece count;        /**< `NAME_count` */
    struct frame_piece created;      /**< `NAME_created` */
    struct frame_piece rest;         /**< constants after the last label: `",constant="v` */
    struct frame_piece close;        /**< between the last label value and a number */
    struct frame_piece *label_opens; /**< `{a="`, `",b="`, `",constant="v",c="` */
    struct frame_piece *tails;       /**< the end of each line's labels: `",le="0.5"} ` */
    uint32_t tail_count;             /**< buckets, quantiles or states; 0 for other types */
    double *quantiles;               /**< computed summary: room for its numbers */

    /** The present series: its name and labels; without tails, all up to the number. Borrowed. */
    const char *line;
    size_t line_len;
    size_t labels_end;        /**< end of the last label value in `line` */
    size_t name_len;          /**< length of the name in `line` */
    struct render_text *kept; /**< kept text of the present series, or NULL */
    struct render_walk walk;  /**< the kept texts of the family */

    struct strbuf prefix; /**< the line of the series that was built last */
    size_t prefix_labels; /**< where its last label value ends */
    uint32_t *ids;        /**< the label ids of that series */
    size_t *label_at;     /**< where each label begins in `prefix` */
    bool has_series;      /**< ids and prefix are valid */
    size_t longest_line;  /**< more than any line of the present series needs, without its prefix */
    size_t lines;         /**< the most lines that a series has */
};

/** An empty frame, for frame_build. Its memory comes from `memory` (borrowed). */
void frame_init(struct frame *frame, const struct memory *memory);
/** Free what frame_build made. Safe on a zeroed struct. */
void frame_done(struct frame *frame);

/** Forget the last series, because label ids may have new texts by now. Call it at the start of
 * each step. */
void frame_forget(struct frame *frame);

/** Append the lines of a series as it is at `now`. The series is the one that the cursor returned
 * last, or any series if the frame has no cache and the cursor is NULL. A failed allocation sets
 * out->failed. Returns the work units spent. */
size_t frame_put_series(struct frame *frame, const struct store *store,
                        const struct store_cursor *cursor, const struct series *series,
                        struct store_time now, struct strbuf *out);

/* Functions for kinds.c. */
frame_numbers_fn frame_put_value;
frame_numbers_fn frame_put_buckets;
frame_numbers_fn frame_put_quantiles;
frame_numbers_fn frame_put_relayed;
frame_numbers_fn frame_put_states;

static inline void frame_put_metadata(const struct frame *frame, struct strbuf *out) {
    strbuf_put(out, frame->text.data + frame->metadata.at, frame->metadata.len);
}

#endif

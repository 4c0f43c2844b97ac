/*
 * picture.h - small pictures, as SVG without any style of their own: classes name what a shape is.
 *
 * Each says in words beside it what it shows; for a screen reader the picture itself is not there.
 */
#ifndef STATGATE_PAGE_PICTURE_H
#define STATGATE_PAGE_PICTURE_H

#include "base/strbuf.h"

/** How full something is: `share` from 0 to 1; from 0.9 on it is marked unless nobody has to `mind`. */
void picture_put_bar(struct strbuf *out, double share, bool mind);
/** A curve of `count` values, the oldest first; not finite: a gap. `class` is of the element. */
void picture_put_curve(struct strbuf *out, const char *class, const double *values, size_t count);

/** A line across a histogram: a quantile. */
struct picture_mark {
    double at; /**< NaN: nowhere; else in buckets from the left: 2.5 is the middle of the third */
};
/** A histogram: `count` buckets of the same width, the last is that beyond all bounds. */
void picture_put_histogram(struct strbuf *out, const uint64_t *counts, size_t count,
                           const struct picture_mark *marks, size_t mark_count);

#endif

/*
 * picture.h - small pictures, as SVG without style: classes name the meaning of each shape.
 *
 * Words beside each picture say what it shows; the picture itself is hidden from screen readers.
 */
#ifndef STATGATE_PAGE_PICTURE_H
#define STATGATE_PAGE_PICTURE_H

#include "base/strbuf.h"

/** Append a bar for a share from 0 to 1. `near`: it is marked. */
void picture_put_bar(struct strbuf *out, double share, bool near);
/** Append a curve of `count` values, the oldest first; values that are not finite are gaps. `class`
 * is the element's. */
void picture_put_curve(struct strbuf *out, const char *class, const double *values, size_t count);

/** A line across a histogram: a quantile. */
struct picture_mark {
    double at; /**< NaN: nowhere; else in buckets from the left: 2.5 is the middle of the third
                    one */
};
/** Append a histogram: `count` buckets of equal width; the last is the one above all bounds. */
void picture_put_histogram(struct strbuf *out, const uint64_t *counts, size_t count,
                           const struct picture_mark *marks, size_t mark_count);

#endif

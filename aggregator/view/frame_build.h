/*
 * frame_build.h - what all lines of a family share, put together: metadata, names, and the ends of
 * label sets.
 */
#ifndef STATGATE_VIEW_FRAME_BUILD_H
#define STATGATE_VIEW_FRAME_BUILD_H

#include "view/frame.h"

/** What a frame is made for, besides the family. */
struct frame_options {
    enum exposition_format format;
    bool typed; /**< false: OpenMetrics shows the family as `unknown` under its full name */
    /** The page, for its options and constant labels; NULL: none. Borrowed for the call. */
    const struct endpoint_page *page;
    struct render_cache *cache; /**< NULL: no text is kept. Borrowed */
};

/** Make the pieces of `family`, which must have lines; those of the last family are dropped. False
 * when out of memory. */
bool frame_build(struct frame *frame, const struct catalog_family *family,
                 const struct frame_options *options);

#endif

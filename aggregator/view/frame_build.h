/*
 * frame_build.h - builds the text that all lines of a family share: metadata, names, and the ends
 * of label sets.
 */
#ifndef STATGATE_VIEW_FRAME_BUILD_H
#define STATGATE_VIEW_FRAME_BUILD_H

#include "view/frame.h"

/** Options of a frame, in addition to the family. */
struct frame_options {
    enum exposition_format format;
    bool typed; /**< false: OpenMetrics shows the family as `unknown` under its full name */
    /** The page, for its options and constant labels; NULL: none. Borrowed for the call. */
    const struct endpoint_page *page;
    struct render_cache *cache; /**< borrowed; NULL: no text is kept */
};

/** Build the pieces of `family`, which must have lines, in place of those of the last family. False
 * when out of memory. */
bool frame_build(struct frame *frame, const struct catalog_family *family,
                 const struct frame_options *options);

#endif

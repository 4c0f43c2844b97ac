/*
 * sg_framing.h - the two kinds of line that are no metric. Inside proto only.
 *
 * Neither is kept by anyone yet. They are checked far enough to know a well-formed one, which is
 * ignored, from a broken one, which its sender should hear about.
 */
#ifndef SG_FRAMING_H
#define SG_FRAMING_H

#include <stdbool.h>

#include "sg_proto.h"

/** The line claims to be an event (`_e{`). A metric name may begin with `_e` otherwise. */
bool sg_framing_is_event(struct sg_span text);
/** The line claims to be a service check (`_sc|`). */
bool sg_framing_is_check(struct sg_span text);

/**
 * `_e{TITLE_LEN,TEXT_LEN}:TITLE|TEXT[|...]`, lengths in bytes. Returns true, or false with
 * *ret_offset where it stops being one: the length that does not fit, or the first wrong byte.
 */
bool sg_framing_event(struct sg_span text, size_t *ret_offset);
/** `_sc|NAME|STATUS[|...]`, status 0 to 3. Returns true, or false with *ret_offset likewise. */
bool sg_framing_check(struct sg_span text, size_t *ret_offset);

#endif

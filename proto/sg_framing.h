/*
 * sg_framing.h - the two kinds of line that are not metrics. Inside proto only.
 *
 * Their contents are not used. They are checked far enough to distinguish a well-formed line, which
 * is ignored, from a broken one, which is rejected so that its sender can find out.
 */
#ifndef SG_FRAMING_H
#define SG_FRAMING_H

#include <stdbool.h>

#include "sg_proto.h"

/** Whether the line starts as an event (`_e{`). A metric name may begin with `_e` and another
 * byte. */
bool sg_framing_is_event(struct sg_span text);
/** Whether the line starts as a service check (`_sc|`). */
bool sg_framing_is_check(struct sg_span text);

/**
 * Whether the text is `_e{TITLE_LEN,TEXT_LEN}:TITLE|TEXT[|...]`, with lengths in bytes. If not,
 * *ret_offset is where it is wrong: at a length that does not fit, or at the first wrong byte.
 */
bool sg_framing_event(struct sg_span text, size_t *ret_offset);
/** Whether the text is `_sc|NAME|STATUS[|...]`, with status 0 to 3. If not, sets *ret_offset,
 * too. */
bool sg_framing_check(struct sg_span text, size_t *ret_offset);

#endif

/*
 * frame.h - a screen of `statgate top` out of its data. Pure: the same data make the same cells. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_FRAME_H
#define STATGATE_STATGATE_TOP_FRAME_H

#include "statgate/top/data.h"
#include "statgate/top/grid.h"

/** Draw into a blank grid of any size; what does not fit is left out, the least important first. */
void frame_draw(const struct top_data *data, struct grid *grid);

#endif

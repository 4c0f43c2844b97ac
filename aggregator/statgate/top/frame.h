/*
 * frame.h - draws a screen of `statgate top` from its data. Pure: the same data give the same
 * cells. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_FRAME_H
#define STATGATE_STATGATE_TOP_FRAME_H

#include "statgate/top/data.h"
#include "statgate/top/grid.h"

/** Draw into a blank grid of any size; if not everything fits, the least important parts are
 * left out first. */
void frame_draw(const struct top_data *data, struct grid *grid);

#endif

/* SPDX-License-Identifier: MIT */
/* status_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATUS_STATUS_PRIVATE_H
#define STATGATE_STATUS_STATUS_PRIVATE_H

#include "status/status.h"

/* ---- status: the steps of collecting a status. Each step returns true when it is done. It
 * continues while *budget is left, but always handles at least one item.
 */

struct status_step {
    struct status *status;
    const struct status_source *source;
    struct store_time now;
    size_t *budget;
};

static inline void status_spend(const struct status_step *step, size_t units) {
    *step->budget -= units < *step->budget ? units : *step->budget;
}

#endif

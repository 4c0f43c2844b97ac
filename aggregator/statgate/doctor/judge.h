/*
 * judge.h - what a daemon's views say of its health. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_JUDGE_H
#define STATGATE_STATGATE_DOCTOR_JUDGE_H

#include "statgate/doctor/findings.h"
#include "json/jsonread.h"

/** Views; NULL: not known, and not judged. */
struct judge_views {
    const json_t *status;
    const json_t *ingress;
    const json_t *endpoints;
    const json_t *senders;
    int64_t now_ms; /**< of the daemon's clock */
};

/** Queue, namespaces of senders, scrapes, and all that needs somebody. */
void judge_views(const struct judge_views *views, struct findings *findings);
/** The daemon's clock (whole seconds) beside ours. */
void judge_clock(int64_t daemon_ms, int64_t our_ms, struct findings *findings);
/** The daemon's version beside ours. */
void judge_version(const json_t *status, const char *ours, struct findings *findings);

#endif

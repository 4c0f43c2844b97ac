/*
 * judge.h - judges a daemon's health by its views. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_JUDGE_H
#define STATGATE_STATGATE_DOCTOR_JUDGE_H

#include "statgate/doctor/findings.h"
#include "json/jsonread.h"

/** The daemon's views. NULL: unknown, and not judged. */
struct judge_views {
    const json_t *status;
    const json_t *ingress;
    const json_t *endpoints;
    const json_t *senders;
    int64_t now_ms; /**< by the daemon's clock */
};

/** Judge the queue, namespaces of senders, scrapes, and everything that needs attention. */
void judge_views(const struct judge_views *views, struct findings *findings);
/** Compare the daemon's clock (whole seconds) with ours. */
void judge_clock(int64_t daemon_ms, int64_t our_ms, struct findings *findings);
/** Compare the daemon's version with ours. */
void judge_version(const json_t *status, const char *ours, struct findings *findings);

#endif

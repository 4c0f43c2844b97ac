/*
 * status_private.h - what the steps of collecting share. Each step returns true when it is done; while *budget is left it
 * goes on, and at least one thing is looked at.
 */
#ifndef STATGATE_STATUS_PRIVATE_H
#define STATGATE_STATUS_PRIVATE_H

#include "status/status.h"

struct status_step {
    struct status *status;
    const struct status_source *source;
    struct store_time now;
    size_t *budget;
};

static inline void status_spend(const struct status_step *step, size_t units) {
    *step->budget -= units < *step->budget ? units : *step->budget;
}

/** Facts, tables that are full, queries, scrapers: a few hundred at most, at once. */
bool things_facts(const struct status_step *step);
bool things_breakers(const struct status_step *step);
bool things_jobs(const struct status_step *step);
/** Incidents of the last hour: lost jobs, losses of senders, full tables. */
bool things_events(const struct status_step *step);
/** Families near their bounds, and rejections. */
bool rejections_families(const struct status_step *step);
/** Rejections that are no family's. */
bool rejections_unnamed(const struct status_step *step);

#endif

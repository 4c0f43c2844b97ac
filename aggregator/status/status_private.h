/*
 * status_private.h - the steps of collecting a status. Each step returns true when it is done. It
 * continues while *budget is left, but always handles at least one item.
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

/** Facts of the daemon, queries, scrapers: a few hundred items at most, all at once. */
bool things_facts(const struct status_step *step);
/** Breakers that are not closed, and overdue attempts. */
bool things_breakers(const struct status_step *step);
/** Jobs that take longer than the last bucket of their histogram. */
bool things_jobs(const struct status_step *step);
/** Incidents of the last hour: lost jobs, losses of senders, full tables. */
bool things_events(const struct status_step *step);
/* After all others: losses and rejections end a minute after their sender did. */
bool things_gone(const struct status_step *step);
/** Families near their bounds, and rejections. */
bool rejections_families(const struct status_step *step);
/** Rejections that do not belong to a family. */
bool rejections_unnamed(const struct status_step *step);
/** What is folded most, and services that fold far more than before. */
bool folding_services(const struct status_step *step);

#endif

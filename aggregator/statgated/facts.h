/*
 * facts.h - the part of the status that only the daemon knows (status/status.h): rates, the queue,
 * memory, queries, scrapers.
 */
#ifndef STATGATE_STATGATED_FACTS_H
#define STATGATE_STATGATED_FACTS_H

#include "http/http.h"
#include "statgated/daemon.h"
#include "status/status.h"

/** Allocate the facts. False: out of memory. */
bool facts_open(struct daemon *daemon, struct start_error *ret_error);
/** The facts that views read; facts_read updates them. */
const struct status_facts *facts_of(const struct daemon *daemon);
/** Call it several times a second: rates are computed from these calls. */
void facts_tick(struct daemon *daemon, int64_t mono_ms);
/** Update the facts before an answer shows them. */
void facts_read(struct daemon *daemon);
/** Note that somebody scraped a page of metrics. */
void facts_scrape(struct daemon *daemon, const struct http_scrape *scrape);
void facts_close(struct daemon *daemon);

#endif

/*
 * facts.h - what only the daemon knows of its status (status/status.h): rates, the queue, memory, queries, scrapers.
 */
#ifndef STATGATE_STATGATED_FACTS_H
#define STATGATE_STATGATED_FACTS_H

#include "http/source.h"
#include "statgated/daemon.h"
#include "status/status.h"

/** False: out of memory. */
bool facts_open(struct daemon *daemon, struct start_error *ret_error);
/** What views read: it is brought up to date by facts_read. */
const struct status_facts *facts_of(const struct daemon *daemon);
/** Some times a second: rates follow from it. */
void facts_tick(struct daemon *daemon, int64_t mono_ms);
/** Before an answer shows them. */
void facts_read(struct daemon *daemon);
/** Somebody took a page of metrics. */
void facts_scrape(struct daemon *daemon, const struct http_scrape *scrape);
void facts_close(struct daemon *daemon);

#endif

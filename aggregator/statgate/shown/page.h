/*
 * page.h - a view as text for people: tables out of the daemon's JSON. Pure. Private to statgate/.
 *
 * Members that an older daemon does not write are left out or shown as "-".
 */
#ifndef STATGATE_STATGATE_SHOWN_PAGE_H
#define STATGATE_STATGATE_SHOWN_PAGE_H

#include "statgate/table.h"
#include "json/jsonread.h"

/** One answer, and where its text goes. */
struct shown_page {
    const json_t *root;
    int64_t now_ms; /**< the daemon's time */
    struct strbuf *out;
};

typedef void shown_fn(const struct shown_page *page);

shown_fn shown_series;
shown_fn shown_rejections;
shown_fn shown_senders;
shown_fn shown_breakers;
shown_fn shown_jobs;
shown_fn shown_queries;
shown_fn shown_events;

/** A cell of a text member; "-" where it is missing or empty. */
void page_text(struct table *table, const json_t *object, const char *key);
/** ... of a count. */
void page_count(struct table *table, const json_t *object, const char *key);
/** ... of a time: how long ago. */
void page_ago(struct table *table, const struct shown_page *page, const json_t *object,
              const char *key);
/** ... of a process: {pid, comm, unit}. */
void page_process(struct table *table, const json_t *process);
/** ... of a name with the member "labels". */
void page_labelled(struct table *table, const char *name, const json_t *object);
/** A heading and a table below it, or nothing if the table has no row but its heads. Ends the table. */
void page_put_table(const struct shown_page *page, const char *heading, struct table *table);

#endif

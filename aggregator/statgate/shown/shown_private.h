/* SPDX-License-Identifier: MIT */
/* shown_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_SHOWN_SHOWN_PRIVATE_H
#define STATGATE_STATGATE_SHOWN_SHOWN_PRIVATE_H

#include "statgate/shown/shown.h"

/* ---- event line: writes one event as a line for people. Pure. ---- */

/** Append `2026-11-23 02:35:06  breaker_opened   shop orders: a sentence; worker (4711)` and a
 * newline. */
void shown_event_line_put(struct strbuf *out, const json_t *event);

/* ---- page ----
 * a view as text for people: tables from the daemon's JSON. Pure. Private to statgate/.
 *
 * Members that are missing are left out or shown as "-".
 */

/** One answer, and the buffer for its text. */
struct shown_page {
    const json_t *root;
    int64_t now_ms; /**< the daemon's time */
    struct strbuf *out;
    size_t width; /**< see struct cli */
};

typedef void shown_fn(const struct shown_page *page);

shown_fn shown_series;
shown_fn shown_rejections;
shown_fn shown_senders;
shown_fn shown_breakers;
shown_fn shown_jobs;
shown_fn shown_queries;
shown_fn shown_events;

/** Add a cell with a text member; "-" if it is missing or empty. */
void shown_page_text(struct table *table, const json_t *object, const char *key);
/** Add a cell with a count. */
void shown_page_count(struct table *table, const json_t *object, const char *key);
/** Add a cell that says how long ago a time was. */
void shown_page_ago(struct table *table, const struct shown_page *page, const json_t *object,
                    const char *key);
/** Add a cell with a process: {pid, comm, unit}. */
void shown_page_process(struct table *table, const json_t *process);
/** Add a cell with a name and the member "labels". */
void shown_page_labelled(struct table *table, const char *name, const json_t *object);
/** Append a heading and the table, or nothing if the table has no row below its heads. Frees the
 * table. */
void shown_page_put_table(const struct shown_page *page, const char *heading, struct table *table);

#endif

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

/* ---- columns: a table of a view is rows of these. ---- */

/** How the cell of a column is written; what is missing is "-". */
enum column_form {
    COLUMN_TEXT,
    COLUMN_COUNT,
    COLUMN_AGO,      /**< Unix milliseconds */
    COLUMN_DURATION, /**< seconds */
    COLUMN_RATE,
    COLUMN_PROCESS, /**< {pid, comm, unit}: the member, or without one the row itself */
    COLUMN_LABELS   /**< the member and the row's labels: name{key="value"} */
};

struct column {
    const char *title;
    char align; /**< 'l' or 'r' */
    enum column_form form;
    const char *member; /**< of the row; a dot leads into an object: "took.parts" */
    /** Writes the cell where no form does; NULL: the form does. */
    void (*put)(struct strbuf *out, const struct shown_page *page, const json_t *row);
};

enum { COLUMNS_MAX = 12 };

/** A column of a form, one that a function writes, and the end of columns. */
#define SHOWN(title, align, form, member)                                                          \
    { title, align, COLUMN_##form, member, NULL }
#define SHOWN_BY(title, align, put)                                                                \
    { title, align, COLUMN_TEXT, NULL, put }
#define SHOWN_END                                                                                  \
    { NULL, 0, COLUMN_TEXT, NULL, NULL }

/** Append a text of the object, as terminal_put_visible does. */
void shown_put_visible(struct strbuf *out, const json_t *object, const char *key);

/** The columns of breakers. */
extern const struct column shown_breaker_columns[];

/** Append a table of these rows under a heading (NULL: none); nothing if there are none. `columns`
 * ends with a column without a title. */
void shown_put_rows(const struct shown_page *page, const char *heading, const json_t *rows,
                    const struct column *columns);
/** The same for the list with this name. */
void shown_put_list(const struct shown_page *page, const char *heading, const char *list,
                    const struct column *columns);

#endif

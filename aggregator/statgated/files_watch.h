/*
 * files_watch.h - looks once a minute whether the files of catalogs, and their files of values,
 * still have the texts that run, one small step at a time, so that an edit that nobody loads is
 * noticed.
 */
#ifndef STATGATE_STATGATED_FILES_WATCH_H
#define STATGATE_STATGATED_FILES_WATCH_H

#include <uv.h>

#include "host/contents.h"

enum { FILES_WATCH_MS = 60000, FILES_WATCH_STEP_MS = 10 };

struct catalog_set;

/** Zeroed: not open. */
struct files_watch {
    struct contents *files;
    size_t count;
    size_t at; /**< the one that is looked at */
    uv_timer_t timer;
};

/** Begin to look at the files of this set. Without memory nothing is looked at. */
void files_watch_start(struct files_watch *watch, uv_loop_t *loop, const struct catalog_set *set);
void files_watch_stop(struct files_watch *watch);
/** The number of files that have differed for a minute or more. *ret_first is one that has for the
 * longest time, or NULL. */
size_t files_watch_changed(const struct files_watch *watch, int64_t real_ms,
                           const struct contents **ret_first);

#endif

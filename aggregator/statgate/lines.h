/*
 * lines.h - metric lines that people give: checked all through, and read from a descriptor as they
 * come. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_LINES_H
#define STATGATE_STATGATE_LINES_H

#include "sg_proto.h"

/** What a job's event may be, ended by NULL. Ends are outcomes, but for `lost`, which is nobody's
 * to say. */
enum { LINE_JOB_EVENTS = 5 };
extern const char *const line_job_events[LINE_JOB_EVENTS + 1];

/** True when the daemon has nothing against the line, whatever its catalogs say: framing, each
 * number, each label; states and events are some, and an event has the id of its job. */
bool line_check(struct sg_span line, struct sg_fault *ret_fault);

/** One line, `number` counts from 1. False ends the reading. */
typedef bool (*line_fn)(void *arg, struct sg_span line, size_t number);
/** All that has arrived was given out; what comes next may take a while. False ends, too. */
typedef bool (*line_pause_fn)(void *arg);

/**
 * Give out the lines of `fd` until its end. A line beyond LINES_MAX bytes is cut there, which is
 * more than any line may have. Returns 0, a negative errno, or 1 when a function said false.
 */
enum { LINES_MAX = 65536 };
int lines_read(int fd, line_fn on_line, line_pause_fn on_pause, void *arg);

#endif

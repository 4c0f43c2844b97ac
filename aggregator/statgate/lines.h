/*
 * lines.h - metric lines that people write: checks a whole line, and reads lines from a descriptor
 * as they arrive. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_LINES_H
#define STATGATE_STATGATE_LINES_H

#include "sg_proto.h"

/** True if the daemon could accept the line under some catalogs: its framing, numbers and labels
 * are valid, its states and events exist, and an event has the id of its job. */
bool line_check(struct sg_span line, struct sg_fault *ret_fault);

/** Takes one line; `number` counts from 1. False ends the reading. */
typedef bool (*line_fn)(void *arg, struct sg_span line, size_t number);
/** Called when all lines that have arrived were passed on; the next ones may take a while. False
 * ends the reading, too. */
typedef bool (*line_pause_fn)(void *arg);

/**
 * Pass on the lines of `fd` until its end. A line longer than LINES_MAX bytes, which no valid line
 * is, is cut there. Returns 0, a negative errno, or 1 if a function returned false.
 */
enum { LINES_MAX = 65536 };
int lines_read(int fd, line_fn on_line, line_pause_fn on_pause, void *arg);

#endif

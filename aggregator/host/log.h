/*
 * log.h - the daemon's log: one line a message, to standard error, for people or as JSON.
 *
 *   console  2025-12-23T23:22:11.507Z LOG   [ingress] listening on /run/statgate/statgate.sock
 *   journal  <6>[ingress] listening on /run/statgate/statgate.sock
 *   json     {"level":"log","pid":36,"timestamp":1766533331507,"message":"...","context":"ingress"}
 *
 * Standard error, because standard output belongs to what a command prints; a service manager keeps
 * both. A line is one write(2) of at most LOG_LINE_MAX bytes, which a pipe takes whole, so lines of
 * several threads or processes never mix. Only well-formed UTF-8 without control characters comes
 * out, whatever the message holds. Lower layers return errors; the caller logs one line.
 */
#ifndef STATGATE_HOST_LOG_H
#define STATGATE_HOST_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/log_level.h"
#include "host/log_limit.h"
#include "host/log_line.h"

/** Reads "console" and "json". False for others, *ret_format untouched. */
bool log_format_parse(const char *text, enum log_format *ret_format);

struct log_options {
    enum log_format format;
    enum log_level level;   /**< what is below is not written */
    int fd;                 /**< where to; borrowed */
    enum log_reader reader; /**< see log_reader_of */
};

/** Before the first call: console, level log, standard error, no colour. Call it before other
 * threads log. */
void log_setup(const struct log_options *options);
/**
 * Write in a thread of its own from here on: log_write hands it the line and never waits for the
 * reader, whatever standard error is. (A descriptor that was inherited is never made non-blocking:
 * that would change the file for all who have it.) The thread has room for LOG_RING_BYTES
 * (log_ring.h); what goes beyond is dropped and counted, and once lines can be written again, one
 * says how many are missing. After log_setup, once. Returns 0 or a negative errno.
 */
int log_start_writer(void);
/** Give the thread some time to write what it has: before the end of the process. */
void log_flush(unsigned timeout_ms);
/**
 * Who reads what is written there: the journal if $JOURNAL_STREAM names the file by device and
 * inode, systemd.exec(5); colours for a terminal that shows them, unless $NO_COLOR is set to
 * something (no-color.org).
 */
enum log_reader log_reader_of(int fd);

/** True when a message of this level would be written. */
bool log_enabled(enum log_level level);

/**
 * Write one line. `context` is the part of the program ("ingress", "http"). Keeps errno, so that %m
 * and the caller's own use of it work. Waits for the reader, unless there is a writer.
 */
void log_write(enum log_level level, const char *context, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Lines that were dropped: they could not be written, or the writer had no room. */
uint64_t log_dropped(void);

/* ---- what input can trigger ---- */

/** log_write within the limit, by the monotonic clock; adds "(and K more)" after what was
 * withheld. */
void log_limited(struct log_limit *limit, enum log_level level, const char *context,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

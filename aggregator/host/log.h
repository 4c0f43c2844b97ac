/*
 * log.h - the daemon's log: one line per message, to standard error, for people or as JSON.
 *
 *   console  2025-12-23T23:22:11.507Z LOG   [ingress] listening on /run/statgate/statgate.sock
 *   journal  <6>[ingress] listening on /run/statgate/statgate.sock
 *   json     {"level":"log","pid":36,"timestamp":1766533331507,"message":"...","context":"ingress"}
 *
 * The log goes to standard error because standard output is for the results of a command; a service
 * manager keeps both. A line is one write(2) of at most LOG_LINE_MAX bytes, which a pipe accepts as
 * a whole, so lines of several threads or processes never mix. The output is always well-formed
 * UTF-8 without control characters, whatever the message contains. Lower layers return errors; the
 * caller logs one line.
 */
#ifndef STATGATE_HOST_LOG_H
#define STATGATE_HOST_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/log_level.h"
#include "host/log_limit.h"
#include "host/log_line.h"

/** Parse "console" or "json". False for other words, *ret_format untouched. */
bool log_format_parse(const char *text, enum log_format *ret_format);

struct log_options {
    enum log_format format;
    enum log_level level;   /**< messages below this level are not written */
    int fd;                 /**< descriptor to write to; borrowed */
    enum log_reader reader; /**< see log_reader_of */
};

/** Configure the log. Without this call: console, level log, standard error, no colour. Call it
 * before other threads log. */
void log_setup(const struct log_options *options);
/**
 * Start a thread that writes the log from now on: log_write passes lines to it and never waits for
 * the reader, whatever standard error is. (An inherited descriptor is never made non-blocking: that
 * would change the file for everyone who has it.) The thread has room for LOG_RING_BYTES
 * (log_ring.h). Lines beyond that are dropped and counted; once lines can be written again, one
 * line says how many are missing. Call once, after log_setup. Returns 0 or a negative errno.
 */
int log_start_writer(void);
/** Give the thread some time to write the lines that it has. Call before the process ends. */
void log_flush(unsigned timeout_ms);
/**
 * Find out who reads the log from this descriptor: the journal if $JOURNAL_STREAM identifies the
 * file by device and inode (systemd.exec(5)); a terminal that shows colours gets them unless
 * $NO_COLOR is set and not empty (no-color.org).
 */
enum log_reader log_reader_of(int fd);

/** Whether a message of this level would be written. */
bool log_enabled(enum log_level level);

/**
 * Write one line. `context` is the part of the program ("ingress", "http"). Preserves errno, so %m
 * and the caller's own use of errno work. Waits for the reader, unless the writer thread runs.
 */
void log_write(enum log_level level, const char *context, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Number of lines dropped because they could not be written or the writer had no room. */
uint64_t log_dropped(void);

/* ---- what input can trigger ---- */

/** Like log_write, but within the limit, by the monotonic clock; adds "(and K more)" if messages
 * were withheld before. False: this message was withheld. */
bool log_limited(struct log_limit *limit, enum log_level level, const char *context,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

/* SPDX-License-Identifier: MIT */
/*
 * log.h - the log: lines on standard error, without waiting for their reader.
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

/* ---- log level: the severity of a log message. ---- */

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_LOG, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/** "debug", "log", "warn" or "error". Static. */
const char *log_level_text(enum log_level level);
/** Parse those words; "info" is another word for "log". False for other words, *ret_level
 * untouched. */
bool log_level_parse(const char *text, enum log_level *ret_level);

/* ---- log limit: the same line once a minute, for lines that input can trigger. Pure. ---- */

enum {
    LOG_LIMIT_MS = 60000,
    LOG_LIMIT_LINES = 64 /**< different lines a minute; others are left out, and counted */
};

/** What was written lately; begins zeroed. */
struct log_limit {
    struct {
        bool used;
        uint64_t text; /**< its hash */
        int64_t at_ms;
        uint64_t withheld;
    } lines[LOG_LIMIT_LINES];
    uint64_t left_out;
};

/**
 * Whether a line whose text has this hash may be written now. If so, *ret_more is the number of
 * lines withheld before: the same ones, and those that were left out. `mono_ms` is the monotonic
 * clock.
 */
bool log_limit_pass(struct log_limit *limit, uint64_t text, int64_t mono_ms, uint64_t *ret_more);

/* ---- log line: formats a line of the log from its parts. Pure. ---- */

enum log_format { LOG_FORMAT_CONSOLE, LOG_FORMAT_JSON };

/**
 * Who reads the lines. The journal records the time itself and reads the priority from a leading
 * `<N>` (sd-daemon(3)). A line for the journal therefore begins with `<N>`, and in console format
 * has no time and no word for the level.
 */
enum log_reader { LOG_READER_PLAIN, LOG_READER_COLOUR, LOG_READER_JOURNAL };

/** Bytes of the longest line, including its newline; a longer message is cut and ends in "...". */
enum { LOG_LINE_MAX = 4096 };

struct log_line {
    enum log_level level;
    int pid;
    int64_t real_ms;
    const char *context;
    const char *message;
    size_t message_len;
    uint64_t more; /**< messages withheld before this one; 0: not mentioned */
};

/** Write the finished line with its newline to `out`, at most LOG_LINE_MAX bytes. Returns its
 * length. */
size_t log_line_format(char *out, const struct log_line *line, enum log_format format,
                       enum log_reader reader);

/** Parse "console" or "json". False for other words, *ret_format untouched. */
bool log_format_parse(const char *text, enum log_format *ret_format);

struct log_options {
    enum log_format format;
    enum log_level level;   /**< messages below this level are not written */
    int fd;                 /**< descriptor to write to; borrowed */
    enum log_reader reader; /**< see log_reader_of */
};

/** Configure the log. Without this call: console, level log, standard error, no colour. Call it
 * before other threads log. It ends log_never_wait. */
void log_setup(const struct log_options *options);
enum { LOG_PIPE_BYTES = 256 * 1024 /**< what a pipe of the log should hold */ };

/**
 * From now on log_write never waits for the reader, whatever standard error is: a line that the
 * pipe, socket or terminal does not take is dropped and counted, and the next one that it takes
 * comes after a line that says how many are missing. A pipe gets room for LOG_PIPE_BYTES if it may.
 * Where a pipe cannot be opened again (it belongs to another user), two processes that write to it
 * at the same moment can still wait for each other's reader. Call it after log_setup.
 */
void log_never_wait(void);
/** Say that lines are missing as soon as the reader takes a line, also if no other is logged. Call
 * it now and then. */
void log_report_missing(void);
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
 * and the caller's own use of errno work. Waits for the reader until log_never_wait was called.
 */
void log_write(enum log_level level, const char *context, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Number of lines dropped because they could not be written. */
uint64_t log_dropped(void);

/* ---- what input can trigger ---- */

/** Like log_write, for what anyone can trigger at will: the same line once a minute, and few others
 * (see log_limit). Adds "(and K more)" if lines were withheld before. From the loop alone. False:
 * this line was withheld. */
bool log_rarely(enum log_level level, const char *context, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif

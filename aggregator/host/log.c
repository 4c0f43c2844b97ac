/*
 * log.c - turns a format string into one write(2), by the calling thread or by the writer's.
 */
#include "host/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log_writer.h"

static struct log_options current = {.level = LOG_LEVEL_LOG, .fd = STDERR_FILENO};
static atomic_uint_fast64_t dropped;

bool log_format_parse(const char *text, enum log_format *ret_format) {
    if (strcmp(text, "console") == 0)
        *ret_format = LOG_FORMAT_CONSOLE;
    else if (strcmp(text, "json") == 0)
        *ret_format = LOG_FORMAT_JSON;
    else
        return false;
    return true;
}

void log_setup(const struct log_options *options) {
    current = *options;
}

static bool is_journal(int fd) {
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat status;
    if (stream == NULL || fstat(fd, &status) < 0)
        return false;
    (void)snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(stream, own) == 0;
}

static bool shows_colours(int fd) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return (no_color == NULL || *no_color == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           isatty(fd) == 1;
}

enum log_reader log_reader_of(int fd) {
    return is_journal(fd)      ? LOG_READER_JOURNAL
           : shows_colours(fd) ? LOG_READER_COLOUR
                               : LOG_READER_PLAIN;
}

bool log_enabled(enum log_level level) {
    return level >= current.level;
}

uint64_t log_dropped(void) {
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

static void count_dropped(void) {
    atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
}

/* Write a whole line. On a pipe or terminal a write is complete or fails; on a full disk only part
 * may fit. */
static bool write_line(const char *line, size_t len) {
    size_t done = 0;
    while (done < len) {
        const ssize_t got = write(current.fd, line + done, len - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static size_t format_line(char *out, enum log_level level, const char *context, const char *message,
                          size_t len, uint64_t more) {
    const struct log_line line = {.level = level,
                                  .pid = (int)getpid(),
                                  .real_ms = clock_real_ms(),
                                  .context = context,
                                  .message = message,
                                  .message_len = len,
                                  .more = more};
    return log_line_format(out, &line, current.format, current.reader);
}

/* This line is written at any level, because the missing lines may have been of any level. */
static size_t format_missing(char *out, uint64_t lines) {
    char message[128];
    const int len = snprintf(message, sizeof message,
                             "%llu lines are missing here: they could not be written in time",
                             (unsigned long long)lines);
    const enum log_level level = current.level > LOG_LEVEL_WARN ? current.level : LOG_LEVEL_WARN;
    return format_line(out, level, "log", message, (size_t)len, 0);
}

int log_start_writer(void) {
    static const struct log_writer_hooks hooks = {
        .write = write_line, .format_missing = format_missing, .dropped = count_dropped};
    return log_writer_start(&hooks);
}

void log_flush(unsigned timeout_ms) {
    if (log_writer_runs())
        log_writer_flush(timeout_ms);
}

__attribute__((format(printf, 4, 0))) static void write_message(enum log_level level,
                                                                const char *context, uint64_t more,
                                                                const char *format, va_list args) {
    const int saved_errno = errno;
    char message[LOG_LINE_MAX + 1];
    char text[LOG_LINE_MAX];
    /* Format as much as a line can hold; log_line_format cuts the message and marks the cut. */
    const int wanted = vsnprintf(message, sizeof message, format, args);
    const size_t len = wanted < 0 ? 0 : wanted > LOG_LINE_MAX ? LOG_LINE_MAX : (size_t)wanted;
    const size_t line_len = format_line(text, level, context, message, len, more);
    if (log_writer_runs())
        log_writer_put(text, line_len);
    else if (!write_line(text, line_len))
        count_dropped();
    errno = saved_errno;
}

void log_write(enum log_level level, const char *context, const char *format, ...) {
    if (!log_enabled(level))
        return;
    va_list args;
    va_start(args, format);
    write_message(level, context, 0, format, args);
    va_end(args);
}

bool log_limited(struct log_limit *limit, enum log_level level, const char *context,
                 const char *format, ...) {
    uint64_t more;
    if (!log_enabled(level) || !log_limit_pass(limit, clock_mono_ns() / 1000000, &more))
        return false;
    va_list args;
    va_start(args, format);
    write_message(level, context, more, format, args);
    va_end(args);
    return true;
}

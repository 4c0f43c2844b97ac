/* SPDX-License-Identifier: MIT */
/* log.c - the log: lines on standard error, without waiting for their reader. */
#include "host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "host/clock.h"

/* ---- log level ---- */

static const char *const level_texts[] = {"debug", "log", "warn", "error"};

const char *log_level_text(enum log_level level) {
    return level_texts[level];
}

bool log_level_parse(const char *text, enum log_level *ret_level) {
    if (strcmp(text, "info") == 0)
        text = level_texts[LOG_LEVEL_LOG];
    for (size_t i = 0; i < sizeof level_texts / sizeof level_texts[0]; i++) {
        if (strcmp(text, level_texts[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* ---- log limit ---- */

bool log_limit_pass(struct log_limit *limit, uint64_t text, int64_t mono_ms, uint64_t *ret_more) {
    size_t place = LOG_LIMIT_LINES;
    for (size_t i = 0; i < LOG_LIMIT_LINES; i++) {
        const bool over = !limit->lines[i].used || mono_ms - limit->lines[i].at_ms >= LOG_LIMIT_MS;
        if (limit->lines[i].used && limit->lines[i].text == text) {
            limit->lines[i].withheld += !over;
            if (!over)
                return false;
            place = i;
            break;
        }
        if (over && place == LOG_LIMIT_LINES)
            place = i;
    }
    if (place == LOG_LIMIT_LINES) {
        limit->left_out++;
        return false;
    }
    *ret_more = limit->left_out + limit->lines[place].withheld;
    limit->left_out = 0;
    limit->lines[place].used = true;
    limit->lines[place].text = text;
    limit->lines[place].at_ms = mono_ms;
    limit->lines[place].withheld = 0;
    return true;
}

/* ---- log line ----
 * formats a message as a line. Escapes characters that could end the line early, move
 * a terminal's cursor or break JSON; cuts only between characters.
 */

/* A line being written; `end` leaves room for the text that must follow the message. */
struct writer {
    char *at;
    char *end;
};

static void put(struct writer *writer, const char *bytes, size_t len) {
    memcpy(writer->at, bytes, len);
    writer->at += len;
}

static void put_text(struct writer *writer, const char *text) {
    put(writer, text, strlen(text));
}

/* Whether a character is C0, DEL or a C1 control U+0080..U+009F; terminals act on all of them. */
static bool is_control(const unsigned char *at, size_t len) {
    return (len == 1 && (at[0] < 0x20 || at[0] == 0x7f)) ||
           (len == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

static size_t escape_control(char *out, unsigned code, enum log_format format) {
    const char *name = code == '\n' ? "\\n" : code == '\r' ? "\\r" : code == '\t' ? "\\t" : NULL;
    if (name != NULL)
        return (size_t)sprintf(out, "%s", name);
    return (size_t)sprintf(out, format == LOG_FORMAT_JSON ? "\\u%04x" : "\\x%02x", code);
}

/*
 * Convert one character of the message for output, at most 8 bytes in `piece`. Returns its length
 * in bytes in the message.
 */
static size_t next_piece(const char *text, size_t len, enum log_format format, char *piece,
                         size_t *ret_piece_len) {
    const unsigned char *bytes = (const unsigned char *)text;
    const size_t taken = utf8_len(text, len);
    if (taken == 0) {
        *ret_piece_len = strlen(UTF8_REPLACEMENT);
        memcpy(piece, UTF8_REPLACEMENT, *ret_piece_len);
        return 1;
    }
    if (is_control(bytes, taken)) {
        *ret_piece_len = escape_control(piece, bytes[taken - 1], format);
        return taken;
    }
    size_t at = 0;
    if (format == LOG_FORMAT_JSON && (*text == '"' || *text == '\\'))
        piece[at++] = '\\';
    memcpy(piece + at, text, taken);
    *ret_piece_len = at + taken;
    return taken;
}

/* Append escaped text; if it does not fit, cut it and append "...". */
static void put_escaped(struct writer *writer, const char *text, size_t len,
                        enum log_format format) {
    static const char mark[] = "...";
    const size_t mark_len = sizeof mark - 1;
    char *cut = writer->at; /* last place where the mark still fits */
    for (size_t at = 0; at < len;) {
        char piece[8];
        size_t piece_len;
        at += next_piece(text + at, len - at, format, piece, &piece_len);
        if ((size_t)(writer->end - writer->at) < piece_len) {
            writer->at = cut;
            put(writer, mark, mark_len);
            return;
        }
        put(writer, piece, piece_len);
        if ((size_t)(writer->end - writer->at) >= mark_len)
            cut = writer->at;
    }
}

/* Limits for the context and the tail, so that there is room left for the message. */
enum { CONTEXT_BYTES_MAX = 64, TAIL_BYTES_MAX = CONTEXT_BYTES_MAX + 64 };

static void put_context(struct writer *writer, const char *context, enum log_format format) {
    struct writer part = {writer->at, writer->at + CONTEXT_BYTES_MAX};
    put_escaped(&part, context, strlen(context), format);
    writer->at = part.at;
}

/* Append how many more messages were withheld. */
static void put_more(struct writer *writer, uint64_t more) {
    if (more > 0)
        writer->at += sprintf(writer->at, " (and %llu more)", (unsigned long long)more);
}

/* Append the message, cut to leave room for the tail, then the tail. */
static void put_message(struct writer *writer, const struct log_line *line, enum log_format format,
                        const struct writer *tail, const char *tail_start) {
    const size_t tail_len = (size_t)(tail->at - tail_start);
    writer->end -= tail_len;
    put_escaped(writer, line->message, line->message_len, format);
    put(writer, tail_start, tail_len);
}

static void put_json(struct writer *writer, const struct log_line *line) {
    char text[TAIL_BYTES_MAX];
    struct writer tail = {text, text + sizeof text};
    put_more(&tail, line->more);
    put_text(&tail, "\",\"context\":\"");
    put_context(&tail, line->context, LOG_FORMAT_JSON);
    put_text(&tail, "\"}\n");

    writer->at +=
        sprintf(writer->at, "{\"level\":\"%s\",\"pid\":%d,\"timestamp\":%lld,\"message\":\"",
                log_level_text(line->level), line->pid, (long long)line->real_ms);
    put_message(writer, line, LOG_FORMAT_JSON, &tail, text);
}

/* 2025-12-23T23:22:11.507Z */
static void put_time(struct writer *writer, int64_t real_ms) {
    char text[RFC3339_SIZE] = "";
    (void)rfc3339_put(text, real_ms > 0 ? real_ms : 0); /* no clock is before 1970 */
    put_text(writer, text);
    put_text(writer, " ");
}

static void put_time_and_level(struct writer *writer, const struct log_line *line, bool colour) {
    static const char *const words[] = {"DEBUG", "LOG  ", "WARN ", "ERROR"};
    static const char *const colours[] = {"\033[2m", "\033[32m", "\033[33m", "\033[31m"};
    put_time(writer, line->real_ms);
    if (colour)
        put_text(writer, colours[line->level]);
    put_text(writer, words[line->level]);
    if (colour)
        put_text(writer, "\033[0m");
    put_text(writer, " ");
}

static void put_console(struct writer *writer, const struct log_line *line,
                        enum log_reader reader) {
    if (reader != LOG_READER_JOURNAL)
        put_time_and_level(writer, line, reader == LOG_READER_COLOUR);
    put_text(writer, "[");
    put_context(writer, line->context, LOG_FORMAT_CONSOLE);
    put_text(writer, "] ");
    char text[TAIL_BYTES_MAX];
    struct writer tail = {text, text + sizeof text};
    put_more(&tail, line->more);
    put_text(&tail, "\n");
    put_message(writer, line, LOG_FORMAT_CONSOLE, &tail, text);
}

size_t log_line_format(char *out, const struct log_line *line, enum log_format format,
                       enum log_reader reader) {
    static const char *const priorities[] = {"<7>", "<6>", "<4>", "<3>"}; /* syslog(3) */
    struct writer writer = {out, out + LOG_LINE_MAX};
    if (reader == LOG_READER_JOURNAL)
        put_text(&writer, priorities[line->level]);
    if (format == LOG_FORMAT_JSON)
        put_json(&writer, line);
    else
        put_console(&writer, line, reader);
    return (size_t)(writer.at - out);
}

/* ---- log: turns a format string into one write(2). ---- */

static struct log_options current = {.level = LOG_LEVEL_LOG, .fd = STDERR_FILENO};
static atomic_uint_fast64_t dropped;

/* How lines are written; the lock covers the rest. */
static struct {
    pthread_mutex_t lock;
    bool is_socket;
    bool is_again;    /* the descriptor is our own, see open_again */
    bool polls;       /* a write could wait, so ask first whether there is room */
    bool torn;        /* the last line was written in part */
    uint64_t missing; /* lines dropped since the last one that was written */
} output = {.lock = PTHREAD_MUTEX_INITIALIZER};

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
    if (output.is_again)
        (void)close(current.fd);
    output.is_again = output.is_socket = output.polls = false;
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

static ssize_t write_some(const char *bytes, size_t len) {
    if (output.is_socket)
        return send(current.fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    struct pollfd ready = {.fd = current.fd, .events = POLLOUT};
    if (output.polls && (poll(&ready, 1, 0) <= 0 || (ready.revents & POLLOUT) == 0))
        return -1;
    return write(current.fd, bytes, len);
}

/* Write a whole line. A pipe takes it as a whole or not at all; on a terminal, or a full disk, only
 * part of it may fit: the next line then begins with a newline. */
static bool write_line(const char *line, size_t len) {
    size_t done = 0;
    if (output.torn && write_some("\n", 1) != 1)
        return false;
    output.torn = false;
    while (done < len) {
        const ssize_t got = write_some(line + done, len - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    output.torn = done > 0 && done < len;
    return done == len;
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

/* A descriptor of the same pipe or terminal that never waits. Inherited ones are not made so: that
 * would change the file for everyone who has it. -1: it cannot be opened again. */
static int open_again(int fd) {
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void log_never_wait(void) {
    struct stat status;
    if (fstat(current.fd, &status) != 0)
        return;
    output.is_socket = S_ISSOCK(status.st_mode);
    if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode))
        return;
    (void)fcntl(current.fd, F_SETPIPE_SZ, LOG_PIPE_BYTES);
    const int again = open_again(current.fd);
    output.is_again = again >= 0;
    output.polls = !output.is_again;
    if (output.is_again)
        current.fd = again;
}

/* Write a line, or none, after one that says how many are missing. */
static void put_line(const char *line, size_t len) {
    char text[LOG_LINE_MAX];
    (void)pthread_mutex_lock(&output.lock);
    if (output.missing > 0 && write_line(text, format_missing(text, output.missing)))
        output.missing = 0;
    if (len > 0 && (output.missing > 0 || !write_line(line, len))) {
        output.missing++;
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&output.lock);
}

void log_report_missing(void) {
    put_line(NULL, 0);
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
    put_line(text, line_len);
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

bool log_rarely(enum log_level level, const char *context, const char *format, ...) {
    static struct log_limit limit;
    const int saved_errno = errno;
    char text[LOG_LINE_MAX];
    uint64_t more;
    va_list args;
    if (!log_enabled(level))
        return false;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!log_limit_pass(&limit, hash_bytes(text, strlen(text), 0), clock_mono_ns() / 1000000,
                        &more))
        return false;
    errno = saved_errno;
    va_start(args, format);
    write_message(level, context, more, format, args);
    va_end(args);
    return true;
}

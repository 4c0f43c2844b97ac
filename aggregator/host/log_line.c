/*
 * log_line.c - formats a message as a line. Escapes characters that could end the line early, move
 * a terminal's cursor or break JSON; cuts only between characters.
 */
#include "host/log_line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

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
    int64_t ms = real_ms % 1000;
    time_t seconds = (time_t)(real_ms / 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    struct tm date = {0};
    gmtime_r(&seconds, &date); /* every number of milliseconds gives a date */
    writer->at += strftime(writer->at, 64, "%Y-%m-%dT%H:%M:%S", &date);
    writer->at += sprintf(writer->at, ".%03dZ ", (int)ms);
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

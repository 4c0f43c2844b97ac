/*
 * log_line.h - a line of the log, from its parts. Pure.
 */
#ifndef STATGATE_HOST_LOG_LINE_H
#define STATGATE_HOST_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "host/log_level.h"

enum log_format { LOG_FORMAT_CONSOLE, LOG_FORMAT_JSON };

/**
 * Who reads the lines. The journal notes the time itself and takes the priority from a `<N>` in
 * front, sd-daemon(3); so a line for it begins with that, and one for people has no time and no
 * word for the level.
 */
enum log_reader { LOG_READER_PLAIN, LOG_READER_COLOUR, LOG_READER_JOURNAL };

/** Longest line in bytes, its newline included; a longer message is cut and ends in "...". */
enum { LOG_LINE_MAX = 4096 };

struct log_line {
    enum log_level level;
    int pid;
    int64_t real_ms;
    const char *context;
    const char *message;
    size_t message_len;
    uint64_t more; /**< messages withheld before this one; 0 says nothing */
};

/** The finished line with its newline, at most LOG_LINE_MAX bytes at `out`; returns its length. */
size_t log_line_format(char *out, const struct log_line *line, enum log_format format,
                       enum log_reader reader);

#endif

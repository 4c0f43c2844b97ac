/*
 * log_line.h - formats a line of the log from its parts. Pure.
 */
#ifndef STATGATE_HOST_LOG_LINE_H
#define STATGATE_HOST_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "host/log_level.h"

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

#endif

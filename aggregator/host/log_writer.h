/*
 * log_writer.h - the thread that writes the log, so that no other thread waits for the reader. Only
 * for the files of the log.
 */
#ifndef STATGATE_HOST_LOG_WRITER_H
#define STATGATE_HOST_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Functions that the writer calls, in its thread unless noted. */
struct log_writer_hooks {
    /** Write a whole line. False if it could not be written. Borrows the line; may block. */
    bool (*write)(const char *line, size_t len);
    /** Format the line that says that `lines` are missing, at most LOG_LINE_MAX bytes. Returns its
     * length. */
    size_t (*format_missing)(char *out, uint64_t lines);
    /** Count a dropped line; called in any thread. */
    void (*dropped)(void);
};

/** Start the thread, once. Returns 0 or a negative errno. */
int log_writer_start(const struct log_writer_hooks *hooks);
/** Whether the thread was started. */
bool log_writer_runs(void);
/** Pass a copy of the line to the writer, or drop it if there is no room. Never waits for the
 * reader. */
void log_writer_put(const char *line, size_t len);
/** Wait until all lines are written, for at most timeout_ms. */
void log_writer_flush(unsigned timeout_ms);

#endif

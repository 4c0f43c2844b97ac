/*
 * log_writer.h - the thread that writes the log, so that nobody else waits for its reader. Shared
 * by the files of the log only.
 */
#ifndef STATGATE_HOST_LOG_WRITER_H
#define STATGATE_HOST_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How the writer writes; called in its thread. */
struct log_writer_hooks {
    /** A whole line. False when it could not be written. Borrows the line; may block. */
    bool (*write)(const char *line, size_t len);
    /** The line that says that `lines` are missing, at most LOG_LINE_MAX bytes; its length. */
    size_t (*format_missing)(char *out, uint64_t lines);
    /** A line was dropped; called in any thread. */
    void (*dropped)(void);
};

/** Start the thread, once. Returns 0 or a negative errno. */
int log_writer_start(const struct log_writer_hooks *hooks);
bool log_writer_runs(void);
/** Hand a line over: a copy, or nothing when there is no room. Never waits for the reader. */
void log_writer_put(const char *line, size_t len);
/** Wait until all is written, for at most timeout_ms. */
void log_writer_flush(unsigned timeout_ms);

#endif

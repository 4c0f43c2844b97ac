/*
 * log_writer.c - one thread that writes lines in order and may block as long as the reader does not
 * read. The lock is held while lines move in and out of the ring, never during a write.
 */
#include "host/log_writer.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "host/log.h"
#include "host/log_ring.h"
#include "host/thread.h"

enum { STACK_BYTES = 256 * 1024 };

static struct {
    struct log_writer_hooks hooks;
    bool runs;
    pthread_mutex_t lock;
    pthread_cond_t work; /* signals the writer that there is a line */
    pthread_cond_t done; /* signals log_writer_flush that nothing is left */
    struct log_ring ring;
    bool writing;
    bool failing; /* the last write failed, so a report of missing lines would fail, too */
} writer = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Write a line. The caller holds the lock, which is released during the write. */
static bool write_unlocked(const char *line, size_t len) {
    (void)pthread_mutex_unlock(&writer.lock);
    const bool good = writer.hooks.write(line, len);
    (void)pthread_mutex_lock(&writer.lock);
    writer.failing = !good;
    return good;
}

static bool write_missing(void) {
    char text[LOG_LINE_MAX];
    const uint64_t lines = writer.failing ? 0 : log_ring_missing(&writer.ring);
    if (lines == 0)
        return false;
    if (write_unlocked(text, writer.hooks.format_missing(text, lines)))
        log_ring_told(&writer.ring, lines);
    return true;
}

static bool write_front(void) {
    const char *line;
    const size_t len = log_ring_front(&writer.ring, &line);
    if (len == 0)
        return false;
    const bool good = write_unlocked(line, len);
    log_ring_pop(&writer.ring);
    if (!good) {
        log_ring_lose(&writer.ring);
        writer.hooks.dropped();
    }
    return true;
}

static void *run(void *arg) {
    (void)arg;
    (void)pthread_mutex_lock(&writer.lock);
    for (;;) {
        writer.writing = true;
        while (write_missing() || write_front())
            continue;
        writer.writing = false;
        (void)pthread_cond_broadcast(&writer.done);
        (void)pthread_cond_wait(&writer.work, &writer.lock);
    }
    return NULL;
}

int log_writer_start(const struct log_writer_hooks *hooks) {
    pthread_condattr_t monotonic;
    writer.hooks = *hooks;
    writer.writing = true; /* until the thread has looked at the ring */
    (void)pthread_cond_init(&writer.work, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer.done, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    const int result = thread_start_detached(STACK_BYTES, run, NULL);
    writer.runs = result == 0;
    return result;
}

bool log_writer_runs(void) {
    return writer.runs;
}

void log_writer_put(const char *line, size_t len) {
    (void)pthread_mutex_lock(&writer.lock);
    const bool good = log_ring_put(&writer.ring, line, len);
    (void)pthread_cond_signal(&writer.work);
    (void)pthread_mutex_unlock(&writer.lock);
    if (!good)
        writer.hooks.dropped();
}

static bool is_empty(void) {
    const char *line;
    return !writer.writing && log_ring_front(&writer.ring, &line) == 0;
}

void log_writer_flush(unsigned timeout_ms) {
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    const long nanoseconds = end.tv_nsec + (long)(timeout_ms % 1000) * 1000000;
    end.tv_sec += (time_t)(timeout_ms / 1000) + nanoseconds / 1000000000;
    end.tv_nsec = nanoseconds % 1000000000;
    (void)pthread_mutex_lock(&writer.lock);
    while (!is_empty() && pthread_cond_timedwait(&writer.done, &writer.lock, &end) != ETIMEDOUT)
        continue;
    (void)pthread_mutex_unlock(&writer.lock);
}

/* Compares a file with the text that was read, in small steps. */
#include "host/contents.h"

#include <fcntl.h>
#include <unistd.h>

enum { SETTLE_MS = 2000 /* a file may change again without another time on its inode */ };

void contents_init(struct contents *contents, const char *path,
                   const struct fingerprint *expected) {
    *contents = (struct contents){.path = path, .expected = *expected, .fd = -1};
}

void contents_done(struct contents *contents) {
    if (contents->fd >= 0)
        (void)close(contents->fd);
    contents->fd = -1;
}

static int64_t ms_of(const struct timespec *time) {
    return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

static bool is_time(const struct timespec *a, const struct timespec *b) {
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_time(&a->st_mtim, &b->st_mtim) && is_time(&a->st_ctim, &b->st_ctim);
}

static bool conclude(struct contents *contents, bool differs, int64_t real_ms) {
    contents_done(contents);
    if (differs && !contents->differs)
        contents->since_ms = real_ms;
    contents->differs = differs;
    contents->seen = contents->now;
    contents->settled = real_ms - ms_of(&contents->now.st_ctim) > SETTLE_MS;
    return true;
}

/* What cannot be read differs, and is looked at again the next time. */
static bool fail(struct contents *contents, int64_t real_ms) {
    (void)conclude(contents, true, real_ms);
    contents->settled = false;
    return true;
}

/* Open the file, unless it is the one that was seen. A pipe must not make us wait. */
static bool begin(struct contents *contents, int64_t real_ms) {
    contents->fd = open(contents->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (contents->fd < 0 || fstat(contents->fd, &contents->now) != 0 ||
        !S_ISREG(contents->now.st_mode))
        return fail(contents, real_ms);
    if (contents->settled && is_same(&contents->now, &contents->seen)) {
        contents_done(contents);
        return true;
    }
    if (contents->now.st_size > CONTENTS_BYTES_MAX)
        return conclude(contents, true, real_ms);
    fingerprint_begin(&contents->reading);
    return false;
}

bool contents_step(struct contents *contents, int64_t real_ms) {
    char bytes[CONTENTS_STEP_BYTES];
    if (contents->fd < 0)
        return begin(contents, real_ms);
    const ssize_t got = read(contents->fd, bytes, sizeof bytes);
    if (got < 0 || contents->reading.len > CONTENTS_BYTES_MAX)
        return fail(contents, real_ms);
    if (got > 0) {
        fingerprint_add(&contents->reading, bytes, (size_t)got);
        return false;
    }
    const struct fingerprint found = fingerprint_end(&contents->reading);
    return conclude(contents, !fingerprint_is(&found, &contents->expected), real_ms);
}

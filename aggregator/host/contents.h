/*
 * contents.h - whether a file still has the text that was read from it: looked at in small steps,
 * and read only when its inode, size or times have changed.
 */
#ifndef STATGATE_HOST_CONTENTS_H
#define STATGATE_HOST_CONTENTS_H

#include <sys/stat.h>

#include "base/fingerprint.h"

enum {
    CONTENTS_STEP_BYTES = 16 << 10, /**< that a step reads: about a tenth of a millisecond */
    CONTENTS_BYTES_MAX = 16 << 20   /**< a longer file differs; the rest of it is not read */
};

struct contents {
    const char *path;            /**< borrowed */
    struct fingerprint expected; /**< of the text that was read */
    bool differs;                /**< so the last look found; also a file that cannot be read */
    int64_t since_ms;            /**< Unix time of the first look that did */
    struct stat seen;            /**< of the last text that was read */
    bool settled;                /**< an equal `seen` means an equal text */
    /* a look under way */
    int fd; /**< -1: none */
    struct stat now;
    struct fingerprint_reading reading;
};

void contents_init(struct contents *contents, const char *path, const struct fingerprint *expected);
/** One step of a look. True: it is over. */
bool contents_step(struct contents *contents, int64_t real_ms);
/** Close what is open. */
void contents_done(struct contents *contents);

#endif

/* SPDX-License-Identifier: MIT */
/* files.h - files and folders read whole, mapped memory, and the memory file of an object. */
#ifndef STATGATE_HOST_FILES_H
#define STATGATE_HOST_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/fingerprint.h"
#include "base/memory.h"

/* ---- contents ----
 * whether a file still has the text that was read from it: looked at in small steps,
 * and read only when its inode, size or times have changed.
 */

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

void host_contents_init(struct contents *contents, const char *path,
                        const struct fingerprint *expected);
/** One step of a look. True: it is over. */
bool host_contents_step(struct contents *contents, int64_t real_ms);
/** Close what is open. */
void host_contents_done(struct contents *contents);

/* ---- folder: checks or makes the folder of a socket in one of the default places. ---- */

/**
 * Make sure that `path` is a safe folder for a socket. If it is missing, make it with exactly
 * `mode` (but not its parents). If it exists, it must be a real folder, not a symbolic link. If
 * `mode` gives others no access (0700, for a folder in /tmp), an existing folder must also belong
 * to this user and give others no access, because someone else may have put it there to intercept
 * samples.
 *
 * Returns false with a sentence in ret_error if the folder is not safe.
 */
bool host_folder_prepare(const char *path, mode_t mode, struct error *ret_error);

/** Write all bytes to a descriptor that blocks. False with errno. */
bool host_write_all(int fd, const char *bytes, size_t len);

/* ---- file ----
 * memory that outlives the process: a file without a name (memfd), which exists as
 * long as a process has a descriptor of it.
 *
 * The file has its full size from the start, but memory only where host_object_file_reach() asked
 * for it, so no access hits a page for which there is no memory. The file cannot shrink, so no
 * reader hits its end.
 */

enum { OBJECT_FILE_BOOT_BYTES = 16 };

struct object_file {
    int fd;            /**< -1: none */
    unsigned char *at; /**< the whole file, mapped; NULL: not mapped */
    uint64_t size;     /**< a multiple of the page size */
};

/** Make a new file of at least `size` bytes, all 0, shared with everyone who gets its descriptor.
 * The process must ignore SIGXFSZ, because a limit on file sizes would kill it. False with the
 * reason; host_object_file_close is safe then. */
bool host_object_file_make(uint64_t size, struct object_file *ret_file, struct error *ret_error);
/**
 * Map the file of another process behind `fd`, and take the descriptor over. The mapping is for
 * reading: changes stay private. The file must be memory that cannot shrink. Pages without memory
 * read as 0. False with the reason; the caller then still owns `fd`.
 */
bool host_object_file_open(int fd, struct object_file *ret_file, struct error *ret_error);
/** Unmap and close the file. Safe on a file that was never made, and if called twice. */
void host_object_file_close(struct object_file *file);

/** Allocate memory for these bytes of a file made by host_object_file_make: whole pages. Takes
 * about 10 µs for 64 KiB. Ends the process if there is none (memory_end). `arg` is a struct
 * object_file, as struct object_place wants it. */
void host_object_file_reach(void *arg, uint64_t offset, uint64_t bytes);

/** Get the id of the host's current boot, as random as a UUID. False with the reason if /proc does
 * not provide it. */
bool host_object_file_boot(unsigned char ret_boot[OBJECT_FILE_BOOT_BYTES], struct error *ret_error);

#endif

/*
 * object_file.h - memory that outlives the process: a file without a name (memfd), which lives as long as
 * somebody has a descriptor of it.
 *
 * It has its full size from the start, and memory only where that was reached: so no access can
 * meet a page that cannot be had. It cannot shrink, so no reader meets its end.
 */
#ifndef STATGATE_HOST_OBJECT_FILE_H
#define STATGATE_HOST_OBJECT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { OBJECT_FILE_BOOT_BYTES = 16 };

struct object_file {
    int fd;            /**< -1: none */
    unsigned char *at; /**< mapped as a whole, NULL: not mapped */
    uint64_t size;     /**< in whole pages */
};

/** A new file of at least `size` bytes, all 0, shared with whoever gets its descriptor. The process has
 * to ignore SIGXFSZ: a limit of file sizes would end it. False with the reason; object_file_close is
 * safe then. */
bool object_file_make(uint64_t size, struct object_file *ret_file, struct error *ret_error);
/**
 * Map the file of another process behind `fd`, which is taken: for reading, as changes stay private.
 * It has to be memory that cannot shrink. What was never reached there reads as 0. False with the
 * reason; `fd` is the caller's then.
 */
bool object_file_open(int fd, struct object_file *ret_file, struct error *ret_error);
/** Unmap and close. Safe on one that was not made, and twice. */
void object_file_close(struct object_file *file);

/** Find memory for these bytes of a file that was made: whole pages. Takes some 10 µs for 64 KiB.
 * False: there is none. `arg` is a struct object_file, for struct object_place. */
bool object_file_reach(void *arg, uint64_t offset, uint64_t bytes);

/** The host's boot, as random as a UUID. False with the reason where /proc does not say it. */
bool object_file_boot(unsigned char ret_boot[OBJECT_FILE_BOOT_BYTES], struct error *ret_error);

#endif

/*
 * object_file.h - memory that outlives the process: a file without a name (memfd), which exists as
 * long as a process has a descriptor of it.
 *
 * The file has its full size from the start, but memory only where object_file_reach() asked for
 * it, so no access hits a page for which there is no memory. The file cannot shrink, so no reader
 * hits its end.
 */
#ifndef STATGATE_HOST_OBJECT_FILE_H
#define STATGATE_HOST_OBJECT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { OBJECT_FILE_BOOT_BYTES = 16 };

struct object_file {
    int fd;            /**< -1: none */
    unsigned char *at; /**< the whole file, mapped; NULL: not mapped */
    uint64_t size;     /**< a multiple of the page size */
    int lack;          /**< errno of the last object_file_reach that failed; 0: none did */
};

/** Make a new file of at least `size` bytes, all 0, shared with everyone who gets its descriptor.
 * The process must ignore SIGXFSZ, because a limit on file sizes would kill it. False with the
 * reason; object_file_close is safe then. */
bool object_file_make(uint64_t size, struct object_file *ret_file, struct error *ret_error);
/**
 * Map the file of another process behind `fd`, and take the descriptor over. The mapping is for
 * reading: changes stay private. The file must be memory that cannot shrink. Pages without memory
 * read as 0. False with the reason; the caller then still owns `fd`.
 */
bool object_file_open(int fd, struct object_file *ret_file, struct error *ret_error);
/** Unmap and close the file. Safe on a file that was never made, and if called twice. */
void object_file_close(struct object_file *file);

/** Allocate memory for these bytes of a file made by object_file_make: whole pages. Takes about 10
 * µs for 64 KiB. False: there is no memory. `arg` is a struct object_file, as struct object_place
 * wants it. */
bool object_file_reach(void *arg, uint64_t offset, uint64_t bytes);

/** Whether object_file_reach has failed. True: *ret_error says why, and what to do about it. */
bool object_file_lacks(const struct object_file *file, struct error *ret_error);

/** Get the id of the host's current boot, as random as a UUID. False with the reason if /proc does
 * not provide it. */
bool object_file_boot(unsigned char ret_boot[OBJECT_FILE_BOOT_BYTES], struct error *ret_error);

#endif

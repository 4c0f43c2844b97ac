/*
 * disk.h - a host that loses power at a system call: what was not synced by then may be lost. For a child process,
 * which ends with it.
 *
 * Linked with --wrap of the calls that are counted: openat, renameat2, unlinkat, fsync, ftruncate, pwrite, pread.
 */
#ifndef STATGATE_TESTS_STATE_FILE_DISK_H
#define STATGATE_TESTS_STATE_FILE_DISK_H

/* What is lost: nothing when only the process ends. A folder is synced for its names, a file for its bytes. */
enum disk_loss { DISK_NOTHING, DISK_BYTES, DISK_NAMES, DISK_BOTH, DISK_LOSSES };

enum { DISK_CUT = 100 /* status of a child that was cut */ };

/* All in the folder is on the disk now. Stop before call number `stop_at`, counted from 1; 0: at none. */
void disk_begin(const char *folder, enum disk_loss loss, int stop_at);
/* It ends here. The process can do nothing on the disk any more. */
void disk_cut(void);

/* Let call number `fail_at` fail with this errno; 0: none. Returns how many were counted before. For any process. */
int disk_fail(int fail_at, int error);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * disk.h - imitates a host that loses power at a system call: what was not synced before may be
 * lost. For a child process, which then ends.
 *
 * Programs are linked with --wrap of the calls that are counted: openat, renameat2, unlinkat,
 * fsync, ftruncate, pwrite, pread.
 */
#ifndef STATGATE_TESTS_STATE_FILE_DISK_H
#define STATGATE_TESTS_STATE_FILE_DISK_H

/* What is lost: nothing if only the process ends. Syncing a folder keeps its names, syncing a file
 * its bytes. */
enum disk_loss { DISK_NOTHING, DISK_BYTES, DISK_NAMES, DISK_BOTH, DISK_LOSSES };

enum { DISK_CUT = 100 /* status of a child that was cut */ };

/* Takes all in the folder as synced now. Stops before call number `stop_at`, from 1; 0: never. */
void disk_begin(const char *folder, enum disk_loss loss, int stop_at);
/* Loses power now: the process can change nothing on the disk any more. */
void disk_cut(void);

/* Makes call number `fail_at` fail with this errno; 0: none. Returns how many
 * calls were counted before. For any process. */
int disk_fail(int fail_at, int error);

#endif

/*
 * breaker_page.h - the page beside a socket in which clients read whether a breaker lets them
 * through.
 *
 * A file of fixed size, mapped read-only by any number of processes: its layout is in
 * proto/PROTOCOL.md ("The breaker page") and in page.h beside this file. It is made complete before
 * its name appears, never truncated, and used again by the next daemon, so that no reader ever
 * meets a SIGBUS or loses it at a restart. A beat that stands still tells that nobody writes it any
 * more.
 */
#ifndef STATGATE_BREAKER_PAGE_H
#define STATGATE_BREAKER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machines/machines.h"

enum { BOARD_ERROR_MAX = 256, BOARD_BEAT_MS = 500 };

struct board;

/** `SOCKET` with its end `.sock` replaced by `.breakers`, or with that appended. False: too long.
 */
bool board_path(const char *socket_path, char *ret_path, size_t size);

/**
 * Open or make the page at `path` and put the state's breakers into it: those of services that can
 * be reached through the socket of `scope` (0: the shared one, else a catalog's index + 1). When
 * the page cannot be had, ret_error says why, and each board_beat tries again; else it is empty.
 * NULL, with a sentence, when out of memory. Reads the monotonic clock.
 */
struct board *board_open(const char *path, uint32_t scope, const struct catalog_set *set,
                         const struct machines *machines, char *ret_error);
/** A breaker changed (machines_on_breaker). One of another scope is ignored. */
void board_show(struct board *board, size_t index);
/** We are here: every BOARD_BEAT_MS. Also makes the page when it is missing. */
void board_beat(struct board *board);
/** Stop: the beat says so at once; the file stays for the next daemon. NULL is fine. */
void board_close(struct board *board);
/** Spellings of breakers (aliases, labels with their default left out) for which the page has no
 * room. Under its declared name and labels every breaker is found. */
size_t board_left_out(const struct board *board);
/** For messages. */
const char *board_file(const struct board *board);

#endif

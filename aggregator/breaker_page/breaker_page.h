/* SPDX-License-Identifier: MIT */
/*
 * breaker_page.h - the page beside a socket in which clients read whether a breaker lets them
 * through.
 *
 * A file of fixed size that any number of processes map read-only; proto/sg_breaker_page.h has its
 * layout. It is complete before its name appears, no daemon truncates it, and the next one
 * rewrites it in place: so no reader gets a SIGBUS or loses it at a restart. When its beat stops,
 * no one maintains it.
 */
#ifndef STATGATE_BREAKER_PAGE_BREAKER_PAGE_H
#define STATGATE_BREAKER_PAGE_BREAKER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/memory.h"
#include "breakers_jobs/breakers_jobs.h"

enum { BREAKER_PAGE_BEAT_MS = 500 };

struct breaker_page;

/*
 * Beside the page is a FIFO in which probes hold their tickets: an open-file-description lock on a
 * byte of it, which the kernel gives back when the last holder closes it, however it ends. A FIFO
 * locks as a file does, but cannot grow, and opens on a read-only mount. It stays through restarts
 * as the page does, and who may write to the socket may open it. It has the page's path with
 * `.probes` in place of `.breakers`.
 */

/** The path of the page: `SOCKET` with a final `.sock` replaced by `.breakers`, which is else
 * appended. False: too long for `size`. */
bool breaker_page_path(const char *socket_path, char *ret_path, size_t size);

/**
 * Open or make the page at `path` and put the breakers of `machines` into it: those of services
 * that can be reached through the socket of `scope` (0: the shared one, else a catalog's index +
 * 1). `socket_path` is the socket whose rights the FIFO has; NULL: no FIFO. If there can be no page
 * now, *ret_error says why, and each breaker_page_beat tries again; otherwise it is empty.
 * Borrows `machines`. Reads the monotonic clock.
 */
struct breaker_page *breaker_page_open(const char *path, const char *socket_path, uint32_t scope,
                                       const struct catalog_set *set,
                                       const struct breakers_jobs *breakers_jobs,
                                       struct error *ret_error);
/** The same after a process that still lives, and has announced that it no longer writes the page:
 * readers of breakers that both processes have need not search again. */
struct breaker_page *breaker_page_inherit(const char *path, const char *socket_path, uint32_t scope,
                                          const struct catalog_set *set,
                                          const struct breakers_jobs *breakers_jobs,
                                          struct error *ret_error);
/** Show a breaker that changed (breakers_on_change). A breaker of another scope is ignored. */
void breaker_page_show(struct breaker_page *page, size_t index);
/**
 * Give the file its length and content back if somebody cut it, which root and its owner can. A
 * reader that touches it before this gets SIGBUS; later ones continue. Called by breaker_page_show
 * and breaker_page_beat, too: call it as soon as the file is seen to change.
 */
void breaker_page_restore(struct breaker_page *page);
/** Give a heartbeat, due every BREAKER_PAGE_BEAT_MS. Makes the page again if it is missing. */
void breaker_page_beat(struct breaker_page *page);
/** Whether all tickets of a breaker that is half-open are held. False if there are none. */
bool breaker_page_is_taken(const struct breaker_page *page, size_t index);
/** Stop the beat at once; the file stays for the next daemon. Safe on NULL. */
void breaker_page_close(struct breaker_page *page);
/** The live process of this user that maintains the page beside a socket: the daemon that has the
 * socket. 0: none that can be seen. */
pid_t breaker_page_writer(const char *socket_path);
/** Remove the page beside a socket that no longer exists. Readers that have mapped it see its beat
 * stop. A file that is not a page of this daemon stays. */
void breaker_page_remove(const char *socket_path);
/** How many spellings of breakers (aliases, labels with their default left out) have no place on
 * the page. Every breaker has one for its declared name and labels. */
size_t breaker_page_left_out(const struct breaker_page *page);
/** Why there are no tickets, so that each client may probe once in an epoch; "" if there are. */
const char *breaker_page_without_tickets(const struct breaker_page *page);
/** Its path, for messages. */
const char *breaker_page_file(const struct breaker_page *page);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * daemon_page.h - a breaker page as the daemon writes it, in the fixture's folder, for tests of its
 * readers.
 */
#ifndef TESTS_CLIENT_DAEMON_PAGE_H
#define TESTS_CLIENT_DAEMON_PAGE_H

#include "breakers.h"
#include "fixture.h"

extern struct breakers breakers;
extern struct breaker_page *writer; /* NULL while there is no daemon */
extern char page_path[128];         /* beside the socket s.sock */

/** Declare attempts of a service in `all`. `labels` is cut up, and must live as long as they do. */
void daemon_page_declare(struct breakers *all, const char *service, const char *name, char *labels);

/** Call fixture_init, and declare `breakers`. */
void daemon_page_init(const char *service, const char *name, char *labels);
void daemon_page_done(void);

/** Write the page of `breakers`. */
void daemon_page_open(void);
/** The same with a FIFO for tickets, which has the rights of this socket. */
void daemon_page_open_shared(const char *socket_path);

/** Set the client's clock to the daemon's, and so many milliseconds later. */
void daemon_page_clock(uint64_t later_ms);

#endif

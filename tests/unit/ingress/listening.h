/* SPDX-License-Identifier: MIT */
/*
 * listening.h - sockets in a test's place, and plain senders to them.
 */
#ifndef STATGATE_TESTS_INGRESS_LISTENING_H
#define STATGATE_TESTS_INGRESS_LISTENING_H

#include <stdbool.h>

#include "child.h"
#include "files.h"
#include "ingress/ingress.h"
#include "place.h"

/* Options with the defaults of the daemon. */
struct ingress_listen_options place_options(const char *path);
/* Open with these defaults; fails the test with the message. */
struct ingress_listener place_listen(const char *path);
/* Whether this process may make a network namespace and set its queue depth. */
bool namespaces_allowed(void);
/* The same with a queue of `depth`, or skips the test if there can be none. */
struct ingress_listener place_listen_deep(const char *path, uint32_t depth);

/* A datagram socket connected to the path. Fails the test if that does not work. */
int sender_open(const char *path);
/* Send a string; fails the test if the kernel does not take it. */
void sender_put(int fd, const char *text);

/* Fills the receiver's queue from many senders until each is refused. Returns how many small
 * datagrams it took. */
size_t sender_fill(const char *path);

#endif

/*
 * place.h - a folder of the test's own for sockets, and plain senders to them.
 */
#ifndef TESTS_INGRESS_PLACE_H
#define TESTS_INGRESS_PLACE_H

#include <stdbool.h>

#include "files.h"
#include "ingress/listen.h"

/* Init and fini of every suite here that touches files. */
void place_make(void);
void place_remove(void);

extern char place_folder[64];
/* FOLDER/name, in one of a few static buffers. */
const char *place_path(const char *name);

/* Options with the defaults of the daemon. */
struct ingress_listen_options place_options(const char *path);
/* Open with these defaults; fails the test with the message. */
struct ingress_listener place_listen(const char *path);
/* Whether this process may make a network namespace and set its queue depth. */
bool namespaces_allowed(void);
/* The same, but skips the test where no queue of `depth` can be had. */
struct ingress_listener place_listen_deep(const char *path, uint32_t depth);

/* A datagram socket connected to the path. Fails the test if that does not work. */
int sender_open(const char *path);
/* Send a string; fails the test if the kernel does not take it. */
void sender_put(int fd, const char *text);

/* How many small datagrams the receiver's queue takes: many senders, until each is refused. */
size_t sender_fill(const char *path);

/* Run in a forked child and return what the function returned (0 to 255); fails the test when the
 * child dies otherwise. A child may change descriptors, identity and environment freely. */
int in_child(int (*run)(void *arg), void *arg);

#endif

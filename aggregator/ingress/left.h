/*
 * left.h - finds paths that lead to sockets of ours which are no longer read, or not at these
 * paths: for a daemon that does not know where the previous one had its sockets.
 */
#ifndef STATGATE_INGRESS_LEFT_H
#define STATGATE_INGRESS_LEFT_H

#include <stdbool.h>
#include <stddef.h>

enum { LEFT_LOOKS_MAX = 4096 /**< sockets of a folder that are examined */ };

/**
 * Call `found` for each path that leads to one of the sockets, in the folder in which that socket
 * was bound. Connects to each datagram socket there; nothing reaches its receiver.
 */
void left_find(const int *fds, size_t count, void (*found)(void *arg, const char *path), void *arg);
/** Whether the socket receives what is sent to this path. */
bool left_leads(const char *path, int fd);

#endif

/*
 * left.h - paths that lead to sockets of ours which are read no more, or not at these paths: what a daemon finds that
 * does not know where the one before had its sockets.
 */
#ifndef STATGATE_INGRESS_LEFT_H
#define STATGATE_INGRESS_LEFT_H

#include <stdbool.h>
#include <stddef.h>

enum { LEFT_LOOKS_MAX = 4096 /**< sockets of a folder that are looked at */ };

/**
 * Call `found` for each path that leads to one of the sockets, in the folder in which that one was bound. A look connects
 * to each datagram socket there; nothing reaches its receiver.
 */
void left_find(const int *fds, size_t count, void (*found)(void *arg, const char *path), void *arg);
/** Whether senders to this path come out at the socket. */
bool left_leads(const char *path, int fd);

#endif

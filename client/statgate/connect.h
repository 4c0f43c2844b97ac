/* SPDX-License-Identifier: MIT */
/*
 * connect.h - creates a handle's socket and connects it.
 */
#ifndef STATGATE_CLIENT_CONNECT_H
#define STATGATE_CLIENT_CONNECT_H

#include "fork.h"
#include "page.h"

static inline bool statgate_connect_to_(const struct statgate *sg, const char *path) {
    struct sockaddr_un to;
    memset(&to, 0, sizeof to);
    to.sun_family = AF_UNIX;
    memcpy(to.sun_path, path, strlen(path));
    return connect(sg->fd, (const struct sockaddr *)&to, (socklen_t)sizeof to) == 0;
}

#ifdef F_DUPFD_CLOEXEC
#define STATGATE_DUPFD_CLOEXEC_ F_DUPFD_CLOEXEC
#else
#define STATGATE_DUPFD_CLOEXEC_ 1030 /* Linux's value on all machines; -std=c11 hides the name */
#endif

/*
 * Creates a socket whose number is as high as the limit allows, up to STATGATE_FD_FROM_. Programs
 * that close unknown descriptors, as daemons do when they start, reuse the low numbers afterwards.
 */
static inline int statgate_socket_(void) {
    /*
     * SO_SNDBUF keeps its default, which has room for about 280 single lines. So a busy sender
     * starts to pack lines before it has filled the daemon's queue, which other senders need, too.
     */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (int from = STATGATE_FD_FROM_; fd >= 0 && fd < from && from >= 32; from /= 2) {
        int high = fcntl(fd, STATGATE_DUPFD_CLOEXEC_, from);
        if (high >= 0) {
            close(fd);
            return high;
        }
    }
    return fd;
}

static inline bool statgate_connect_(struct statgate *sg) {
    char path[STATGATE_PATH_BYTES_];
    if (!statgate_owns_(sg)) {
        struct stat is;
        sg->fd = statgate_socket_();
        if (sg->fd < 0) {
            return false;
        }
        if (fstat(sg->fd, &is) != 0) {
            close(sg->fd);
            sg->fd = -1;
            return false;
        }
        sg->fd_dev = is.st_dev;
        sg->fd_ino = is.st_ino;
        sg->pack_max = STATGATE_DATAGRAM_BYTES_;
    }
    sg->connected = false;
    for (unsigned place = 1; place <= STATGATE_PLACES_ && !sg->connected; place++) {
        if (statgate_place_(sg, place, path) && statgate_connect_to_(sg, path)) {
            sg->connected = true;
            sg->place = place;
        }
    }
    if (sg->connected && sg->page_wanted) {
        statgate_page_map_(sg); /* the page of this daemon */
    }
    return sg->connected;
}

#endif

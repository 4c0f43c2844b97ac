/*
 * passed.h - sockets that were opened before this process and passed to it, and where senders find
 * them. Private; listen.h is the face.
 */
#ifndef STATGATE_INGRESS_PASSED_H
#define STATGATE_INGRESS_PASSED_H

#include "ingress/listen.h"

/* A socket of the service manager's; *listener has no descriptor and no lock yet. False: it was
 * closed. */
bool passed_open(const struct ingress_listen_options *options, int fd,
                 struct ingress_listener *listener, struct error *ret_error);

static inline bool passed_is_abstract(const struct ingress_listener *listener) {
    return listener->path[0] == '@';
}

#endif

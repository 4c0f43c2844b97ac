/*
 * passed.h - sockets that were opened before this process and passed to it, and the paths where
 * senders find them. Private; the interface is listen.h.
 */
#ifndef STATGATE_INGRESS_PASSED_H
#define STATGATE_INGRESS_PASSED_H

#include "ingress/listen.h"

/* Open a socket passed by the service manager; *listener has no descriptor and no lock yet. Returns
 * false if it is refused; it has been closed then. */
bool passed_open(const struct ingress_listen_options *options, int fd,
                 struct ingress_listener *listener, struct error *ret_error);

/* Take a socket that an earlier process kept under the name of the options: the one that belongs at
 * the path (`current`), or any. Returns false if there is none. */
bool passed_take_kept(const struct ingress_listen_options *options, bool current,
                      struct ingress_listener *listener);

/* Give the file of a kept socket the listener's mode and group. */
void passed_dress(const struct ingress_listener *listener);

/* A number above those of all sockets that earlier processes kept under the name of the options. */
uint32_t passed_next_number(const struct ingress_listen_options *options);

static inline bool passed_is_abstract(const struct ingress_listener *listener) {
    return listener->path[0] == '@';
}

#endif

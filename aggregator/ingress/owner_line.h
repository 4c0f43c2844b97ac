/*
 * owner_line.h - owners whose process is gone stand in line until their last datagrams are applied.
 * Private.
 */
#ifndef STATGATE_INGRESS_OWNER_LINE_H
#define STATGATE_INGRESS_OWNER_LINE_H

#include "ingress/owner_watch_private.h"

/* Its process is gone. From here on each datagram of its row is looked at: the number may be
 * another's soon. */
void owner_line_join(struct owner_watch *watch, struct life *life);
/* End the owner, and forget it. */
void owner_line_end(struct owner_watch *watch, struct life *life);
/* Forget it; closing the descriptor takes it out of the epoll instance. */
void owner_line_drop(struct owner_watch *watch, struct life *life);
/* In the next turn, look at the line and release what the ended had. */
void owner_line_stir(struct owner_watch *watch);

/* Notice its end: by the pidfd if it has one, else by the sweep; now if it was gone before. */
void owner_line_watch(struct owner_watch *watch, struct life *life);

#endif

/*
 * owner_line.h - the queue of owners whose process is gone: they wait until their last datagrams
 * are applied. Private.
 */
#ifndef STATGATE_INGRESS_OWNER_LINE_H
#define STATGATE_INGRESS_OWNER_LINE_H

#include "ingress/owner_watch_private.h"

/* Call when the owner's process is gone. From now on each datagram of its row is examined: another
 * process may soon have the number. */
void owner_line_join(struct owner_watch *watch, struct life *life);
/* End the owner, and drop its record. */
void owner_line_end(struct owner_watch *watch, struct life *life);
/* Drop the owner's record; closing the descriptor removes it from the epoll instance. */
void owner_line_drop(struct owner_watch *watch, struct life *life);
/* Process the queue in the next turn, and release what ended owners had. */
void owner_line_stir(struct owner_watch *watch);

/* Watch for the end of the owner's process: by its pidfd if it has one, else by the sweep; at once
 * if it was already gone. */
void owner_line_watch(struct owner_watch *watch, struct life *life);

#endif

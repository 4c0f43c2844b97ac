/* SPDX-License-Identifier: MIT */
/* send_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_SEND_SEND_PRIVATE_H
#define STATGATE_STATGATE_SEND_SEND_PRIVATE_H

#include "sg_proto.h"
#include "statgate/send/send.h"

/* ---- pack: packs lines into datagrams. ---- */

/** Datagrams are filled up to this size: it costs a tenth of sending each line alone, and takes
 * less of the socket's queue. */
enum { PACK_BYTES = 1432 };

struct pack {
    char bytes[SG_DATAGRAM_MAX];
    size_t len;
    size_t lines;
    size_t samples;
};

/** Append the line, separated from the one before by a newline. False: no room, send first. An
 * empty pack takes any line up to SG_DATAGRAM_MAX bytes. */
bool send_pack_add(struct pack *pack, struct sg_span line, size_t samples);
void send_pack_clear(struct pack *pack);

#endif

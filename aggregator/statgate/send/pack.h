/*
 * pack.h - packs lines into datagrams. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SEND_PACK_H
#define STATGATE_STATGATE_SEND_PACK_H

#include "sg_proto.h"

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
bool pack_add(struct pack *pack, struct sg_span line, size_t samples);
void pack_clear(struct pack *pack);

#endif

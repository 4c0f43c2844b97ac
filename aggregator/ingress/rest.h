/*
 * rest.h - datagrams that the previous process received and did not apply completely: they are
 * applied first, one at a time. Private.
 *
 *   the previous process          this one
 *   inbox  a b c d e              inbox  - - c d e       at the same places, so that the next one
 *              ^ position                    ^           finds them by the same numbers
 *
 * One of them may be what ends processes. So before each of them, the object's marks record which
 * one it is and how many processes will have ended with it under way if this one ends now; once it
 * is applied, the marks are cleared. A datagram with which REST_ENDS processes ended is skipped,
 * unless some of its lines were applied between these ends: then somebody kills the processes, and
 * no line is at fault. (For a process that takes over nothing, the position says what was under
 * way, which may be several datagrams.)
 */
#ifndef STATGATE_INGRESS_REST_H
#define STATGATE_INGRESS_REST_H

#include "ingress/batch.h"
#include "object/image.h"
#include "object/match.h"

struct ingress;

enum { REST_ENDS = 2 };

struct ingress_rest {
    bool waits;         /* the batch contains a rest, */
    size_t first;       /* ... starting at this index */
    size_t suspect;     /* datagrams that were under way when a process ended: the first, */
    size_t suspect_end; /* ... the one after the last */
    uint32_t ends;      /* ... and how many processes ended */
};

/* Read an image's rest into the batch, which is new, and count datagrams that are not counted yet.
 * Returns false when out of memory. */
bool rest_read(struct ingress_rest *rest, struct batch *batch, const struct image *image,
               const struct match *match, struct ledger_traffic *traffic);

/* Call before the first step of datagram number `at`. Returns false if the datagram is skipped. */
bool rest_begin(const struct ingress_rest *rest, struct batch *batch, size_t at);
/* Call when the datagram has been applied. */
void rest_end(struct batch *batch);

#endif

/*
 * rest.h - datagrams that the process before received and did not apply whole: they come first, one
 * at a time. Private.
 *
 *   the process before            this one
 *   inbox  a b c d e              inbox  - - c d e       at the same places, so that the next one
 *              ^ position                    ^           finds them by the same numbers
 *
 * One of them may be what ends the process. So before each of them the object's marks say which it is
 * and how many processes will have ended with it under way if this one ends now; when it is applied
 * the marks forget it. One with which REST_ENDS processes ended is skipped, unless some of its lines were
 * applied between these ends: then it is no line that ends processes, but somebody who kills them. (Of a process that takes
 * over nothing the position tells what was under way, which may be several.)
 */
#ifndef STATGATE_INGRESS_REST_H
#define STATGATE_INGRESS_REST_H

#include "ingress/batch.h"
#include "object/image.h"
#include "object/match.h"
#include "store/store.h"

struct ingress;

enum { REST_ENDS = 2 };

struct ingress_rest {
    bool waits;         /* what is in the batch is a rest, */
    size_t first;       /* ... from this number on */
    size_t suspect;     /* these were under way when a process ended: the first, */
    size_t suspect_end; /* ... the one behind the last */
    uint32_t ends;      /* ... and so many did */
};

/* Read an image's rest into the batch, which is new, and count what is not counted. False when out
 * of memory. */
bool rest_read(struct ingress_rest *rest, struct batch *batch, const struct image *image,
               const struct match *match, struct ledger_traffic *traffic);

/* Datagram number `at` is applied next: its first step. False: it is not, it was skipped. */
bool rest_begin(const struct ingress_rest *rest, struct batch *batch, size_t at);
/* It is applied. */
void rest_end(struct batch *batch);

#endif

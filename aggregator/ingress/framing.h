/* SPDX-License-Identifier: MIT */
/*
 * framing.h - cuts the bytes of a stream into datagrams. Pure.
 *
 * The first four bytes of a connection say how its sender frames: Datadog's clients write each
 * datagram behind its length, as 32 bits in little-endian order ("uds stream" of DogStatsD), all
 * others write lines. The fourth byte decides: a length of at most 64 KiB has 0 there, and a line
 * has text.
 *
 *   lines      a:1|c\nb:2|c\n          |  what has arrived of whole lines is one datagram, except
 *                                      |  that a line with a report (q:) is one by itself
 *   Datadog    LLLL a:1|c\nb:2|c\n     |  a frame is a datagram
 */
#ifndef STATGATE_INGRESS_FRAMING_H
#define STATGATE_INGRESS_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAMING_FRAME_MAX = 64 * 1024, /**< bytes of a datagram, or of a line */
    FRAMING_LENGTH_BYTES = 4,
    FRAMING_HELD_MAX = FRAMING_FRAME_MAX + FRAMING_LENGTH_BYTES /**< of a frame that is not whole */
};

/** How a connection's sender frames. Zeroed: not known yet. */
enum framing { FRAMING_UNKNOWN, FRAMING_LINES, FRAMING_LENGTHS };

enum framing_result {
    FRAMING_DATAGRAM,
    FRAMING_MORE, /**< what is left is not whole yet; when the stream has ended, it is cut: also a
                       last line without its end */
    FRAMING_TOO_LONG /**< longer than FRAMING_FRAME_MAX: nothing behind it can be read */
};

/** Where a datagram lies in the bytes, and what it takes of them. */
struct frame {
    size_t at;
    size_t len;
    size_t used;
};

/**
 * Find the next datagram at the start of `len` bytes. Sets *ret_frame for FRAMING_DATAGRAM, and
 * `used` alone for FRAMING_MORE: bytes that mean nothing.
 */
enum framing_result ingress_framing_next(enum framing *framing, const char *bytes, size_t len,
                                         struct frame *ret_frame);

#endif

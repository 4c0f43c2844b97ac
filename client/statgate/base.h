/* SPDX-License-Identifier: MIT */
/*
 * base.h - system headers, macros that a program may define, limits, and the layout of the breaker
 * page.
 */
#ifndef STATGATE_CLIENT_BASE_H
#define STATGATE_CLIENT_BASE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#if defined(__has_include)
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
#endif

/*
 * Bytes for texts and observed values that wait, in blocks of 32 bytes; there is one line for every
 * two blocks. The default has room for 340 series with 90 bytes of name and labels each, or for 512
 * with 60 bytes, or for 3000 observations. All files of a program must use the same value.
 */
#ifndef STATGATE_BUFFER_BYTES
#define STATGATE_BUFFER_BYTES 32768u
#endif
#if STATGATE_BUFFER_BYTES < 9000 || STATGATE_BUFFER_BYTES > 1000000
#error "STATGATE_BUFFER_BYTES: 9000, so that the longest line has room, to 1000000"
#endif

/* Where a handle looks for a daemon if neither the caller nor $STATGATE_SOCKET names a socket. */
#ifndef STATGATE_SYSTEM_SOCKET
#define STATGATE_SYSTEM_SOCKET "/run/statgate/statgate.sock"
#endif
#ifndef STATGATE_TMP_FOLDER
#define STATGATE_TMP_FOLDER "/tmp"
#endif

/*
 * System calls that tests replace: to read the clock, to read the clock that the daemon's beat is
 * compared with, to send a datagram, and to wait for a socket.
 */
#ifndef STATGATE_NOW_NS
#define STATGATE_NOW_NS() statgate_now_ns_()
#endif
#ifndef STATGATE_BEAT_NOW_MS
#define STATGATE_BEAT_NOW_MS() statgate_beat_now_ms_()
#endif
#ifndef STATGATE_SEND
#define STATGATE_SEND(fd, at, len) send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL)
#endif

#ifndef STATGATE_POLL
#define STATGATE_POLL(ready, ms) poll(ready, 1, ms)
#endif

#define STATGATE_DATAGRAM_BYTES_ 1432u /* lines are packed up to this */
#define STATGATE_LINE_BYTES_     8192u /* the protocol's longest line */
#define STATGATE_REPORT_BYTES_   64u   /* the longest `|q:` field (61), rounded up */
#define STATGATE_NUMBER_BYTES_   40u   /* the longest number, if the decimal point has many bytes */
#define STATGATE_MERGE_BYTES_    1024u /* longer lines wait as they are */
#define STATGATE_FULL_NS_        1000000u  /* pause after a failed send, as costly as a good one */
#define STATGATE_RETRY_NS_       50000000u /* pause; a failing connect: 0.2 to 3 microseconds */
#define STATGATE_CALL_NS_        50000u   /* a call's time for waiting samples, save flush, close */
#define STATGATE_CHECK_NS_       1000000u /* between checks of `fd`: fstat costs 1/4 of a send */
#define STATGATE_FD_FROM_        512
#define STATGATE_EXACT_          9007199254740992.0 /* below it, sums of whole numbers are exact */
#define STATGATE_INSTANCE_BYTES_ 64u                /* the protocol's longest instance id */
#define STATGATE_SERVICE_BYTES_  72u                /* of `service:NAME`, the longest name */
#define STATGATE_METRIC_BYTES_   256u               /* of name and labels of a prepared metric */
#define STATGATE_VALUES_         192u  /* observations a metric holds: more than fit a datagram */
#define STATGATE_HOLD_MS_        500u  /* how long a metric holds samples if there is no page */
#define STATGATE_LOST_BEAT_MS_   1000u /* the same, if the page's beat does not change */
#define STATGATE_USES_MAX_       1024u /* most uses between two looks at the clock */
#define STATGATE_WAIT_MS_        20u   /* between tries of statgate_flush_wait */
#define STATGATE_USES_WAITING_   16u   /* most uses between two looks while lines wait */
#define STATGATE_QUICK_MS_       50u   /* uses are quick if the last step took less */

/* The breaker page, as proto/BREAKER_PAGE.md lays it out. */
#define STATGATE_PAGE_BYTES_      69632u
#define STATGATE_PAGE_MAGIC_      "SGBREAKS"
#define STATGATE_PAGE_VERSION_    1u
#define STATGATE_PAGE_GENERATION_ 40u
#define STATGATE_PAGE_TICKETS_    56u
#define STATGATE_PAGE_SLOTS_AT_   4096u
#define STATGATE_PAGE_SLOTS_      4096u
#define STATGATE_PAGE_ALIVE_MS_   3000u /* an older beat means that no daemon runs */
#define STATGATE_PAGE_AHEAD_MS_   1000u /* a beat may be ahead: coarse clocks lag behind */
#define STATGATE_PAGE_RETRY_MS_   1000u
#define STATGATE_NUMBER_BITS_     20u /* of a breaker's number in its slot's last word; then: */
#define STATGATE_PLACES_MASK_     31u
#define STATGATE_UNATTENDED_      (1u << 30)
#define STATGATE_FORCED_          (1u << 31)
#define STATGATE_PAGE_TAKES_      52u
#define STATGATE_TAKES_DENIED_    1u
#ifdef CLOCK_MONOTONIC
#define STATGATE_PAGE_BEAT_ 24u
#else
#define STATGATE_PAGE_BEAT_ 32u /* the same beat in Unix time: see statgate_beat_now_ms_ */
#endif

/* Slow paths, kept apart so that the inlined fast path stays small. */
#ifdef __GNUC__
#define STATGATE_APART_ static __attribute__((noinline, unused))
#else
#define STATGATE_APART_ static inline
#endif

#endif

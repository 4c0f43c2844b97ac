/* SPDX-License-Identifier: MIT */
/*
 * statgate.h - send metrics to this host's statgate daemon. Nothing to link.
 *
 *     struct statgate sg;
 *     statgate_open(&sg, NULL);
 *     statgate_count(&sg, "inference_requests_total", 1, "model:resnet,version:3,tenant:a");
 *     statgate_observe(&sg, "inference_latency_seconds", 0.012, "model:resnet,version:3,tenant:a");
 *     statgate_flush(&sg);
 *     statgate_close(&sg);
 *
 * Prepare a metric once if you use it often. Each use then costs about a nanosecond, and its
 * samples are sent twice a second:
 *
 *     struct statgate_counter hits;
 *     statgate_counter_open(&hits, &sg, "cache_hits_total", "tier:memory");
 *     statgate_counter_add(&hits, 1);
 *
 * With a host-wide circuit breaker that the catalog declares:
 *
 *     struct statgate_breaker publish;
 *     statgate_breaker_open(&publish, &sg, "background_job", "job:publish");
 *     if (statgate_breaker_allow(&publish))
 *         statgate_breaker_report(&publish, work() ? "worked" : "error", -1);
 *
 * Linux, C11 or later, or C++17 or later. Works with and without feature macros. Elsewhere, define
 * STATGATE_NOOP in all files of a program: it compiles, with standard C alone, and its calls do
 * nothing. Samples count as sent, breakers allow all, and there is no daemon yet.
 *
 * The client never disturbs the program that uses it: it does not log, raise a signal, allocate
 * after open, or change errno. No call blocks except statgate_flush_wait and those that start or
 * stop a flusher or open or close its counters; a flusher's thread also needs a stack. A missing
 * daemon is normal: samples wait in a bounded buffer inside the handle, and the handle connects by
 * itself once the daemon is there. Samples that cannot be delivered are counted (statgate_lost),
 * and the next datagram that gets through reports them to the daemon.
 *
 * A handle belongs to one thread at a time. Only a flusher's handle has a lock. After fork(), the
 * child's copy of a handle detects the fork by itself: it drops the waiting samples (the parent
 * sends those) and continues with its own socket and numbering. A copy of the struct made by
 * assignment is not a handle. Do not call any of these functions in a signal handler.
 *
 * An idle handle sends each sample at once, one line per datagram. When the kernel accepts no more
 * (the daemon is busy or away), samples wait, and those of one series share a line: counts add up,
 * a gauge keeps its last value, observations are listed one after another. So any number of counts
 * over a few hundred series can wait, and all arrive. After a short pause, the next sample takes
 * the waiting ones along, in full datagrams. Order is kept within a series. Words (attempts,
 * breakers, jobs) are never merged and keep their order. Unless you start a flusher, nothing runs
 * in the background: call statgate_flush before a thread goes idle for long.
 *
 * Sums are doubles, as in the daemon. A sample that would take a sum past 2^53, where whole numbers
 * are no longer exact, waits on a line of its own. Negative counts have a separate sum, which the
 * daemon checks separately. For an up-down counter, the sum of the increments is sent first, and
 * the daemon applies the floor to the two sums, not to each sample.
 *
 * The descriptor is kept out of the low numbers, which programs close and reuse. It is checked at
 * the first send of each millisecond: if the program closed it and gave its number to another
 * socket, that socket receives the samples of at most one millisecond. A file that is not a socket
 * receives none.
 *
 * Names and labels are copied unchanged. A label text is "key:value,key:value" without `#`, or
 * NULL. Pass values that come from outside the program as pairs (statgate_count_with and so on),
 * where a comma becomes `_` and cannot begin another label. The daemon rejects what the catalog
 * does not allow, and shows that it did. The client refuses only what would break the framing: an
 * empty name; a name with `:`, `|` or a newline; labels with `|` or a newline, or a carriage return
 * at their end; a value that is NaN or infinite; a word with `:`, `|` or a newline; a line longer
 * than 8 KiB. A refused sample counts as lost.
 *
 * Names that end in `_` are private, and so are the fields of the structs. Include only this file;
 * the functions are in the folder `statgate` beside it:
 *
 *     life.h      open, flush, tick, close, and the count of lost samples
 *     calls.h     counts, gauges, observations, attempts and jobs; labels as a text or as pairs
 *     prepared.h  prepared metrics, which hold samples in memory and send them twice a second
 *     shared.h    counters that threads share
 *     flusher.h   a thread that sends shared counters
 *     breaker.h   whether a circuit breaker allows an attempt
 *     noop.h      all of these, when they do nothing
 *
 * These use, from the lowest up: base.h, handle.h, clock.h, number.h, fork.h, place.h, page.h,
 * connect.h; sample.h, blocks.h, waiting.h, datagram.h, send.h; label.h, pairs.h; held.h. A build
 * also writes all of them as one file: statgate_single.h, in the folder client/ of the build.
 */
#ifndef STATGATE_H
#define STATGATE_H

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L)
#error "statgate.h needs C11: compile with -std=c11 or later"
#endif

/* The version of this header. The number is 10,000 x major + 100 x minor + patch. */
#define STATGATE_VERSION        "0.1.0"
#define STATGATE_VERSION_NUMBER 100

#include "statgate/label.h"
#ifdef STATGATE_NOOP
#include "statgate/noop.h"
#else
#ifndef __linux__
#error "statgate.h needs Linux: compile with -DSTATGATE_NOOP elsewhere, and its calls do nothing"
#endif
#include "statgate/breaker.h"
#include "statgate/calls.h"
#include "statgate/flusher.h"
#include "statgate/life.h"
#include "statgate/prepared.h"
#include "statgate/shared.h"
#endif

#endif

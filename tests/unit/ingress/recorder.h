/* SPDX-License-Identifier: MIT */
/*
 * recorder.h - a sink that records its datagrams, and an ingress around it.
 */
#ifndef TESTS_INGRESS_RECORDER_H
#define TESTS_INGRESS_RECORDER_H

#include "ingress/ingress.h"

enum { RECORD_MAX = 8192, RECORD_TEXT = 24 };

struct record {
    char text[RECORD_TEXT]; /* start of the datagram, terminated */
    size_t len;
    bool truncated;
    struct gate_origin origin;
};

struct recorder {
    struct record *records; /* RECORD_MAX */
    size_t count;
    size_t calls;
    size_t most_per_call; /* most datagrams that a call takes; 0: all */
    size_t steps;         /* steps, and calls, that each datagram needs; 0: one */
    size_t stepped;       /* steps done of the next datagram */
    uint64_t work_ns;     /* time spent per datagram */
    struct store_time last;
    uv_loop_t loop;
    struct ledger_traffic traffic;
    struct ingress *ingress;
};

/* Init and fini of suites with one recorder, in a place of the test's own. */
extern struct recorder recorder;
void recorder_start(void);
void recorder_end(void);

/* An ingress without sockets whose sink is the recorder. */
void recorder_init(struct recorder *sink);
/* The same with other options; those for the sink are filled in. */
void recorder_init_with(struct recorder *sink, const struct ingress_options *options);
/* Close and run the loop to its end. */
void recorder_done(struct recorder *sink);
/* Listen at the path with a deep queue (or skip the test). */
void recorder_listen(struct recorder *sink, const char *path, gate_scope scope);
/* Turns the loop until `count` datagrams are recorded; the test's time-out ends a wait in vain.
 * Tests use UV_RUN_NOWAIT, since UV_RUN_ONCE runs timers first and may then wait forever. */
void recorder_run(struct recorder *sink, size_t count);
struct ingress_figures recorder_figures(const struct recorder *sink);
struct ingress_view recorder_view(const struct recorder *sink, size_t socket);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - a receiver instead of the daemon, which keeps sums for each handle.
 */
#ifndef TESTS_CLIENT_FIXTURE_H
#define TESTS_CLIENT_FIXTURE_H

#include "hooks.h"

#include <sg_proto.h>

/** The test's own folder under /tmp, made by fixture_init and removed by fixture_done. */
extern char fixture_folder[64];
void fixture_init(void);
void fixture_done(void);

/** FOLDER/name, in one of a few static buffers. */
const char *fixture_path(const char *name);

/** Bind a datagram socket at `path`. Fails the test if that does not work. */
int receiver_bind(const char *path);

/** Bind beside `path` and rename over it, as a daemon does that replaces another. */
int receiver_bind_over(const char *path);

/** The next datagram as a string, in a static buffer; NULL when none waits. */
char *receiver_take(int fd);

/** As receiver_take, without the report on the first line (which must be there). */
char *receiver_take_plain(int fd);

/** Series of a test of order, distinguished by the length of their labels: 0 to SERIES - 1. */
enum { SERIES = 3001 };

/** What arrived of one handle. */
struct tally {
    uint64_t handle;
    uint64_t received; /* samples */
    uint64_t lost;     /* as last reported */
    uint64_t datagrams;
    uint64_t longest; /* samples in a datagram */
    double last;      /* the value that arrived last */
    double last_of[SERIES];
};

enum { TALLIES = 4 };
struct tallies {
    struct tally of[TALLIES];
    size_t count;
};

/**
 * Read at most `most` waiting datagrams and check each: every line parses, the first and only the
 * first has a report, sent - lost is what arrived of its handle until then, neither ever falls, and
 * the values of each series rise (tests observe 1, 2, 3...). Returns how many were read.
 */
size_t tallies_take(struct tallies *tallies, int fd, size_t most);

/** Take all, flushing between, until nothing waits. */
void tallies_settle(struct tallies *tallies, int fd, struct statgate *sg);

/** Observe `value` of `n`, and the same after it, until the kernel takes no more. Returns the next
 * value; the last one waits. */
double fill_queue(struct statgate *sg, double value);

#endif

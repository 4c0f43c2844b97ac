/* SPDX-License-Identifier: MIT */
/*
 * parent.h - the parent of all processes: it starts them, kills those that are to die, and adds up
 * their reports. Private to emitter/.
 */
#ifndef STATGATE_EMITTER_PARENT_H
#define STATGATE_EMITTER_PARENT_H

#include "emitter.h"

enum { PARENT_PROCESSES_MAX = 32 };

struct parent_child {
    pid_t pid; /* 0 = ended */
    const struct emitter_role *role;
    unsigned index;
    bool doomed; /* will be killed, as planned */
    bool reported;
    uint64_t kill_ms; /* when; 0 = not yet known */
};

struct parent {
    struct emitter_options options;
    struct parent_child children[PARENT_PROCESSES_MAX];
    size_t count;
    size_t awaited; /* reports still missing before the rounds are printed */
    bool printed;
    bool failed;
    unsigned long rounds; /* of all processes that have reported */
    uint64_t lost;
    int reports[2];
    int signals;
};

/** Block the signals that are waited for, and open what they and the reports come through. The
 * options are set. False with errno. */
bool parent_open(struct parent *parent);

/** Start all processes of the roles. One that cannot be started sets `failed`. */
void parent_start(struct parent *parent, const struct emitter_role *roles, size_t roles_count);

/** Watch the processes until a signal, a time or closed input asks for the end, or one fails. */
void parent_watch(struct parent *parent);

/** End all processes, take their last reports, and print the rounds if they are not printed. */
void parent_end(struct parent *parent);

#endif

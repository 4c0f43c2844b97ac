/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <math.h>

uint64_t process_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

sigset_t process_end_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

double emitter_chance(struct emitter_process *process) {
    /* xorshift64 (Marsaglia 2003); the upper 53 bits fill a double. */
    process->random ^= process->random << 13;
    process->random ^= process->random >> 7;
    process->random ^= process->random << 17;
    return (double)(process->random >> 11) / 9007199254740992.0;
}

unsigned emitter_pick(struct emitter_process *process, unsigned count) {
    return (unsigned)(emitter_chance(process) * count);
}

double emitter_duration_s(struct emitter_process *process, double median_s) {
    return median_s * pow(4, 2 * emitter_chance(process) - 1);
}

bool emitter_deliver(struct emitter_process *process) {
    const struct timespec pause = {0, 1000000};
    int tries = process->options->rounds != 0 ? 2000 : 50;
    bool done = statgate_flush(&process->sg);
    for (int i = 0; i < tries && !done; i++) {
        nanosleep(&pause, NULL);
        done = statgate_flush(&process->sg);
    }
    return done;
}

/* Sleeps until `until_ms`. Returns true if a signal asks for the end before. */
static bool ended_before(uint64_t until_ms) {
    sigset_t signals = process_end_signals();
    for (;;) {
        uint64_t now = process_now_ms();
        uint64_t rest_ms = until_ms > now ? until_ms - now : 0;
        struct timespec rest = {(time_t)(rest_ms / 1000), (long)(rest_ms % 1000) * 1000000};
        if (sigtimedwait(&signals, NULL, &rest) > 0) {
            return true;
        }
        if (errno == EAGAIN) {
            return false;
        }
    }
}

static void send_report(const struct emitter_process *process, int reports) {
    struct process_report report = {getpid(), process->round, statgate_lost(&process->sg)};
    /* Shorter than PIPE_BUF, so it is written in one piece. A parent that is gone does not need
     * it. */
    if (write(reports, &report, sizeof report) != (ssize_t)sizeof report) {
        return;
    }
}

int process_live(struct emitter_process *process, const struct emitter_role *role, int reports) {
    const struct emitter_options *options = process->options;
    statgate_open(&process->sg, options->socket); /* false is no error: it connects later */
    if (role->begin != NULL && !role->begin(process)) {
        return 1;
    }
    uint64_t next_ms = process_now_ms();
    bool ended = false;
    while (!ended && (options->rounds == 0 || process->round < options->rounds)) {
        if (!role->round(process)) {
            return 1;
        }
        process->round++;
        next_ms += options->rounds == 0 ? role->period_ms : 0;
        /* No sample may wait while the process sleeps. With --rounds, all of them must arrive. */
        if (!emitter_deliver(process) && options->rounds != 0) {
            fprintf(stderr, "no daemon takes what %s %u sends\n", role->name, process->index);
            return 1;
        }
        ended = ended_before(next_ms);
    }
    if (!ended) {
        send_report(process, reports);
        while (!ended_before(process_now_ms() + 60000)) {
        }
    }
    if (role->end != NULL) {
        role->end(process);
        emitter_deliver(process);
    }
    statgate_close(&process->sg); /* samples that still wait are lost, and counted */
    if (options->rounds == 0) {
        send_report(process, reports);
    }
    return 0;
}

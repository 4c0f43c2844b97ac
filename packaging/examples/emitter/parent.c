/* SPDX-License-Identifier: MIT */
#include "parent.h"

#include <inttypes.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "process.h"

enum {
    END_MS = 10000, /* for an orderly end of all processes */
    DYING_MS = 200  /* from a process's last sample until it is killed, so that the daemon can read
                     * its samples while the process is still alive */
};

bool parent_open(struct parent *parent) {
    sigset_t watched = process_end_signals();
    sigaddset(&watched, SIGCHLD);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    signal(SIGPIPE, SIG_IGN);
    parent->signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    return parent->signals >= 0 && pipe2(parent->reports, O_CLOEXEC) == 0 &&
           fcntl(parent->reports[0], F_SETFL, O_NONBLOCK) == 0;
}

static struct parent_child *find_child(struct parent *parent, pid_t pid) {
    for (size_t i = 0; i < parent->count; i++) {
        if (parent->children[i].pid == pid) {
            return &parent->children[i];
        }
    }
    return NULL;
}

/* Starts a process for the child's role. */
static bool start(struct parent *parent, struct parent_child *child) {
    pid_t self = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        return false;
    }
    if (pid == 0) {
        /* It ends with its parent, however that ends. */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != self) {
            _exit(1);
        }
        close(parent->reports[0]);
        close(parent->signals);
        struct emitter_process process = {.options = &parent->options, .index = child->index};
        uint64_t seed = child->index;
        for (const char *at = child->role->name; *at != '\0'; at++) {
            seed = seed * 31 + (unsigned char)*at;
        }
        process.random = seed * UINT64_C(2654435761) + UINT64_C(88172645463325252);
        int status = process_live(&process, child->role, parent->reports[1]);
        fflush(NULL);
        _exit(status);
    }
    child->pid = pid;
    child->reported = false;
    child->kill_ms =
        child->doomed && parent->options.rounds == 0 ? process_now_ms() + child->role->kill_ms : 0;
    return true;
}

static void add_child(struct parent *parent, const struct emitter_role *role, unsigned index,
                      bool doomed) {
    if (parent->count == PARENT_PROCESSES_MAX) {
        parent->failed = true;
        return;
    }
    struct parent_child *child = &parent->children[parent->count++];
    *child = (struct parent_child){.role = role, .index = index, .doomed = doomed};
    parent->failed = parent->failed || !start(parent, child);
}

void parent_start(struct parent *parent, const struct emitter_role *roles, size_t roles_count) {
    for (size_t i = 0; i < roles_count; i++) {
        const struct emitter_role *role = &roles[i];
        bool left_out = role->needs_database && parent->options.database == NULL;
        /* With --rounds, the process to be killed is an additional one. */
        unsigned count = role->processes + (role->kill_ms != 0 && parent->options.rounds != 0);
        for (unsigned j = 0; j < count && !left_out; j++) {
            add_child(parent, role, j, role->kill_ms != 0 && j + 1 == count);
        }
    }
    parent->awaited = parent->count;
}

static void end_all(const struct parent *parent, int signal_number) {
    for (size_t i = 0; i < parent->count; i++) {
        if (parent->children[i].pid != 0) {
            kill(parent->children[i].pid, signal_number);
        }
    }
}

static size_t living(const struct parent *parent) {
    size_t count = 0;
    for (size_t i = 0; i < parent->count; i++) {
        count += parent->children[i].pid != 0;
    }
    return count;
}

/* Collects processes that have ended. If one ends unasked, that is an error and ends all. */
static void reap(struct parent *parent, bool ending) {
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct parent_child *child = find_child(parent, pid);
        if (child == NULL) {
            continue;
        }
        child->pid = 0;
        bool killed = child->doomed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (killed && !ending && parent->options.rounds == 0) {
            parent->failed = parent->failed || !start(parent, child);
        } else if (!killed && (!ending || !WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
            fprintf(stderr, "a process (%s) ended without a request to\n", child->role->name);
            parent->failed = true;
        }
    }
}

static void print_rounds(struct parent *parent) {
    printf("sent %lu rounds of %zu processes, %" PRIu64 " samples lost\n", parent->rounds,
           parent->count, parent->lost);
    fflush(stdout);
    parent->printed = true;
}

static void take_reports(struct parent *parent) {
    struct process_report report;
    while (read(parent->reports[0], &report, sizeof report) == (ssize_t)sizeof report) {
        struct parent_child *child = find_child(parent, report.pid);
        parent->rounds += report.rounds;
        parent->lost += report.lost;
        if (child == NULL || child->reported) {
            continue;
        }
        child->reported = true;
        /* It has sent all its rounds, and is killed with the values that it then owns. */
        if (child->doomed && parent->options.rounds != 0) {
            child->kill_ms = process_now_ms() + DYING_MS;
        }
        if (parent->awaited > 0) {
            parent->awaited--;
        }
    }
}

static bool signal_came(const struct parent *parent) {
    struct signalfd_siginfo info;
    bool came = false;
    while (read(parent->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        came = came || info.ssi_signo != SIGCHLD;
    }
    return came;
}

/* Kills the processes that are due. Returns when to call this again. */
static uint64_t kill_due(struct parent *parent) {
    uint64_t now = process_now_ms();
    uint64_t next = now + 1000;
    for (size_t i = 0; i < parent->count; i++) {
        struct parent_child *child = &parent->children[i];
        if (!child->doomed || child->pid == 0 || child->kill_ms == 0) {
            continue;
        }
        if (now >= child->kill_ms) {
            kill(child->pid, SIGKILL);
            child->kill_ms = 0;
        } else if (child->kill_ms < next) {
            next = child->kill_ms;
        }
    }
    return next;
}

/* Whether a process is still to be killed. */
static bool is_one_dying(const struct parent *parent) {
    bool dying = false;
    for (size_t i = 0; i < parent->count; i++) {
        dying = dying || (parent->children[i].doomed && parent->children[i].pid != 0);
    }
    return dying;
}

void parent_watch(struct parent *parent) {
    uint64_t started_ms = process_now_ms();
    uint64_t end_ms =
        parent->options.seconds == 0 ? UINT64_MAX : started_ms + parent->options.seconds * 1000;
    bool rounds = parent->options.rounds != 0;
    while (!parent->failed && process_now_ms() < end_ms) {
        uint64_t next_ms = kill_due(parent);
        next_ms = next_ms < end_ms ? next_ms : end_ms;
        uint64_t now = process_now_ms();
        struct pollfd fds[] = {{.fd = parent->signals, .events = POLLIN},
                               {.fd = parent->reports[0], .events = POLLIN},
                               {.fd = rounds ? STDIN_FILENO : -1, .events = POLLIN}};
        if (poll(fds, 3, next_ms > now ? (int)(next_ms - now) : 0) < 0 && errno != EINTR) {
            perror("poll");
            parent->failed = true;
            return;
        }
        take_reports(parent);
        if (signal_came(parent)) {
            return;
        }
        reap(parent, false);
        if (rounds && parent->awaited == 0 && !parent->printed && !is_one_dying(parent)) {
            print_rounds(parent);
        }
        char byte[256];
        if (parent->printed && (fds[2].revents & (POLLIN | POLLHUP)) != 0 &&
            read(STDIN_FILENO, byte, sizeof byte) <= 0) {
            return;
        }
    }
}

void parent_end(struct parent *parent) {
    end_all(parent, SIGTERM);
    uint64_t deadline_ms = process_now_ms() + END_MS;
    while (living(parent) > 0) {
        struct pollfd fd = {.fd = parent->signals, .events = POLLIN};
        poll(&fd, 1, 100);
        signal_came(parent);
        take_reports(parent);
        reap(parent, true);
        if (process_now_ms() >= deadline_ms) {
            end_all(parent, SIGKILL);
        }
    }
    take_reports(parent);
    if (!parent->printed) {
        print_rounds(parent);
    }
}

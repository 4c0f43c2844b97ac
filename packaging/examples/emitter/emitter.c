#include "emitter.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define PROCESSES_MAX 32u
#define END_MS        10000u /* for an orderly end of all processes */
/*
 * The time from a process's last sample until it is killed, so that the daemon can read its samples
 * while the process is still alive.
 */
#define DYING_MS 200u

/* A process's one report to its parent: when its rounds are sent or, without --rounds, at its
 * end. */
struct report {
    pid_t pid;
    unsigned long rounds;
    uint64_t lost; /* samples */
};

struct child {
    pid_t pid; /* 0 = ended */
    const struct emitter_role *role;
    unsigned index;
    bool doomed; /* will be killed, as planned */
    bool reported;
    uint64_t kill_ms; /* when; 0 = not yet known */
};

struct parent {
    struct emitter_options options;
    struct child children[PROCESSES_MAX];
    size_t count;
    size_t awaited; /* reports still missing before the rounds are printed */
    bool printed;
    bool failed;
    unsigned long rounds; /* of all processes that have reported */
    uint64_t lost;
    int reports[2];
    int signals;
};

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* The signals that end an emitter. All its processes block them and wait for them. */
static sigset_t end_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

/* ---- in a process of the system ---- */

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
    sigset_t signals = end_signals();
    for (;;) {
        uint64_t now = now_ms();
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
    struct report report = {getpid(), process->round, statgate_lost(&process->sg)};
    /* Shorter than PIPE_BUF, so it is written in one piece. A parent that is gone does not need
     * it. */
    if (write(reports, &report, sizeof report) != (ssize_t)sizeof report) {
        return;
    }
}

/* Runs a process of the role until its end. Returns its exit code. */
static int live(struct emitter_process *process, const struct emitter_role *role, int reports) {
    const struct emitter_options *options = process->options;
    statgate_open(&process->sg, options->socket); /* false is no error: it connects later */
    if (role->begin != NULL && !role->begin(process)) {
        return 1;
    }
    uint64_t next_ms = now_ms();
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
        while (!ended_before(now_ms() + 60000)) {
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

/* ---- in the parent of them ---- */

static struct child *find_child(struct parent *parent, pid_t pid) {
    for (size_t i = 0; i < parent->count; i++) {
        if (parent->children[i].pid == pid) {
            return &parent->children[i];
        }
    }
    return NULL;
}

/* Starts a process for the child's role. */
static bool start(struct parent *parent, struct child *child) {
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
        int status = live(&process, child->role, parent->reports[1]);
        fflush(NULL);
        _exit(status);
    }
    child->pid = pid;
    child->reported = false;
    child->kill_ms =
        child->doomed && parent->options.rounds == 0 ? now_ms() + child->role->kill_ms : 0;
    return true;
}

static void add_child(struct parent *parent, const struct emitter_role *role, unsigned index,
                      bool doomed) {
    if (parent->count == PROCESSES_MAX) {
        parent->failed = true;
        return;
    }
    struct child *child = &parent->children[parent->count++];
    *child = (struct child){.role = role, .index = index, .doomed = doomed};
    parent->failed = parent->failed || !start(parent, child);
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
        struct child *child = find_child(parent, pid);
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
    struct report report;
    while (read(parent->reports[0], &report, sizeof report) == (ssize_t)sizeof report) {
        struct child *child = find_child(parent, report.pid);
        parent->rounds += report.rounds;
        parent->lost += report.lost;
        if (child == NULL || child->reported) {
            continue;
        }
        child->reported = true;
        /* It has sent all its rounds, and is killed with the values that it then owns. */
        if (child->doomed && parent->options.rounds != 0) {
            child->kill_ms = now_ms() + DYING_MS;
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
    uint64_t now = now_ms();
    uint64_t next = now + 1000;
    for (size_t i = 0; i < parent->count; i++) {
        struct child *child = &parent->children[i];
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

/* Watches the processes until a signal, a time or closed input asks for the end, or a process
 * fails. */
static void watch(struct parent *parent) {
    uint64_t started_ms = now_ms();
    uint64_t end_ms =
        parent->options.seconds == 0 ? UINT64_MAX : started_ms + parent->options.seconds * 1000;
    bool rounds = parent->options.rounds != 0;
    while (!parent->failed && now_ms() < end_ms) {
        uint64_t next_ms = kill_due(parent);
        next_ms = next_ms < end_ms ? next_ms : end_ms;
        uint64_t now = now_ms();
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
        if (rounds && parent->awaited == 0 && !parent->printed) {
            bool dying = false;
            for (size_t i = 0; i < parent->count; i++) {
                dying = dying || (parent->children[i].doomed && parent->children[i].pid != 0);
            }
            if (!dying) {
                print_rounds(parent);
            }
        }
        char byte[256];
        if (parent->printed && (fds[2].revents & (POLLIN | POLLHUP)) != 0 &&
            read(STDIN_FILENO, byte, sizeof byte) <= 0) {
            return;
        }
    }
}

/* ---- the command line ---- */

static bool parse_number(const char *text, unsigned long *ret_number) {
    char *end;
    errno = 0;
    *ret_number = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *ret_number <= 1000000000;
}

static bool parse_options(int argc, char **argv, struct emitter_options *options) {
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--trouble") == 0) {
            options->trouble = true;
            continue;
        }
        if (++i == argc) {
            return false;
        }
        if (strcmp(option, "--socket") == 0) {
            options->socket = argv[i];
        } else if (strcmp(option, "--database") == 0) {
            options->database = argv[i];
        } else if (!(strcmp(option, "--seconds") == 0 &&
                     parse_number(argv[i], &options->seconds)) &&
                   !(strcmp(option, "--rounds") == 0 && parse_number(argv[i], &options->rounds))) {
            return false;
        }
    }
    return true;
}

static void print_usage(FILE *out, const char *program, const struct emitter_role *roles,
                        size_t roles_count) {
    bool database = false;
    for (size_t i = 0; i < roles_count; i++) {
        database = database || roles[i].needs_database;
    }
    fprintf(out,
            "usage: %s [--socket PATH] [--seconds N | --rounds N] [--trouble]%s\n"
            "  --socket PATH        the daemon's socket; else $STATGATE_SOCKET, else the default "
            "places\n"
            "  --seconds N          end after N seconds; else by Ctrl-C\n"
            "  --rounds N           N rounds of each process without pauses; then all stay until "
            "standard\n"
            "                       input is closed\n"
            "  --trouble            a load that the alerts are for\n%s",
            program, database ? " [--database CONNINFO]" : "",
            database ? "  --database CONNINFO  move rows there, too, through psql\n" : "");
    for (size_t i = 0; i < roles_count; i++) {
        if (roles[i].note != NULL) {
            fprintf(out, "\n%s", roles[i].note);
        }
    }
}

int emitter_main(int argc, char **argv, const struct emitter_role *roles, size_t roles_count) {
    struct parent parent = {0};
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout, argv[0], roles, roles_count);
        return 0;
    }
    if (!parse_options(argc, argv, &parent.options)) {
        print_usage(stderr, argv[0], roles, roles_count);
        return 2;
    }
    sigset_t watched = end_signals();
    sigaddset(&watched, SIGCHLD);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    parent.signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    if (parent.signals < 0 || pipe2(parent.reports, O_CLOEXEC) != 0 ||
        fcntl(parent.reports[0], F_SETFL, O_NONBLOCK) != 0) {
        perror(argv[0]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);

    for (size_t i = 0; i < roles_count; i++) {
        const struct emitter_role *role = &roles[i];
        bool left_out = role->needs_database && parent.options.database == NULL;
        /* With --rounds, the process to be killed is an additional one. */
        unsigned count = role->processes + (role->kill_ms != 0 && parent.options.rounds != 0);
        for (unsigned j = 0; j < count && !left_out; j++) {
            add_child(&parent, role, j, role->kill_ms != 0 && j + 1 == count);
        }
    }
    parent.awaited = parent.count;
    if (!parent.failed) {
        watch(&parent);
    }

    end_all(&parent, SIGTERM);
    uint64_t deadline_ms = now_ms() + END_MS;
    while (living(&parent) > 0) {
        struct pollfd fd = {.fd = parent.signals, .events = POLLIN};
        poll(&fd, 1, 100);
        signal_came(&parent);
        take_reports(&parent);
        reap(&parent, true);
        if (now_ms() >= deadline_ms) {
            end_all(&parent, SIGKILL);
        }
    }
    take_reports(&parent);
    if (!parent.printed) {
        print_rounds(&parent);
    }
    return parent.failed ? 1 : 0;
}

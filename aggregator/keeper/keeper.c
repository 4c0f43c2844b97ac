#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/inherited.h"
#include "host/log.h"
#include "keeper/backoff.h"
#include "keeper/death.h"
#include "keeper/launch.h"
#include "keeper/life.h"
#include "keeper/notice.h"
#include "keeper/notify_socket.h"
#include "keeper/signals.h"

/* More of them wait for the next turn, so that signals are seen under any flood of messages. */
enum { LETTERS_A_TURN = 1024 };

/* A pipe, one to move, a pidfd; and some for files that libraries open. */
enum { FDS_TO_START = 16 };

struct keeper {
    const struct keeper_options *options;
    struct kept_fds kept;
    struct notify_socket notify;
    int signals;           /* signals.h */
    sigset_t before;       /* what was blocked before, for the daemon */
    int watch[2];          /* the daemon has the first end, and sees the second go */
    struct kept_life life; /* the daemon, if it runs */
    struct backoff backoff;
    bool ever_ready;     /* a daemon was: from then on it is started again */
    bool stopping;       /* this process was asked to end */
    int64_t start_at_ms; /* the next daemon; 0: none is due */
    int64_t kill_at_ms;  /* the patience with this one ends; 0: it does not */
    bool ended;
    int exit_code;
};

static int64_t now_ms(void) {
    return clock_now().mono_ms;
}

static void end_with(struct keeper *keeper, int exit_code) {
    keeper->ended = true;
    keeper->exit_code = exit_code;
}

/* ---- the daemon begins ---- */

/* What the manager passed, what daemons stored, and the end of the pipe that tells of us. */
static size_t list_fds(const struct keeper *keeper, struct launch_fd *fds) {
    const struct kept_fds *groups[] = {keeper->options->inherited, &keeper->kept};
    size_t count = 0;
    for (size_t group = 0; group < 2; group++)
        for (size_t i = 0; i < groups[group]->count; i++)
            fds[count++] =
                (struct launch_fd){groups[group]->items[i].fd, groups[group]->items[i].name};
    fds[count++] = (struct launch_fd){keeper->watch[0], INHERITED_KEEPER};
    return count;
}

static int launch_daemon(struct keeper *keeper) {
    struct launch_fd fds[2 * KEPT_MAX + 1];
    const struct launch wanted = {.program = keeper->options->program,
                                  .arguments = keeper->options->arguments,
                                  .notify_name = keeper->notify.name,
                                  .fds = fds,
                                  .fd_count = list_fds(keeper, fds),
                                  .signals = &keeper->before};
    pid_t pid;
    const int result = launch(&wanted, &pid);
    if (result == 0)
        life_begin(&keeper->life, pid);
    return result;
}

static void start_later(struct keeper *keeper, uint32_t delay_ms) {
    keeper->start_at_ms = now_ms() + delay_ms;
}

static void start_daemon(struct keeper *keeper) {
    keeper->start_at_ms = 0;
    const int result = launch_daemon(keeper);
    if (result == 0) {
        log_write(LOG_LEVEL_LOG, "keeper",
                  "statgated runs as process %d, with %zu kept descriptors", (int)keeper->life.pid,
                  keeper->kept.count);
        return;
    }
    const uint32_t delay_ms = backoff_next_ms(&keeper->backoff, -1);
    log_write(LOG_LEVEL_ERROR, "keeper", "statgated cannot be started from %s: %s",
              keeper->options->program, strerror(-result));
    if (keeper->ever_ready)
        start_later(keeper, delay_ms);
    else
        end_with(keeper, 1);
}

/* ---- and ends ---- */

/* It ended by itself and in order, or because it was to end, or would most likely end so again. */
static bool is_the_end(const struct keeper *keeper, const struct death *death) {
    return keeper->stopping || keeper->life.stopping || death_is_orderly(death) ||
           !keeper->ever_ready;
}

static void log_end(const struct keeper *keeper, const char *how, const struct death *death) {
    const bool good = death_is_orderly(death) || keeper->stopping;
    log_write(good ? LOG_LEVEL_LOG : LOG_LEVEL_ERROR, "keeper", "statgated (process %d) %s%s",
              (int)keeper->life.pid, how,
              good || keeper->life.ready || keeper->ever_ready
                  ? ""
                  : " before it was ready; it is not started again");
}

static void log_restart(const struct keeper *keeper, const char *how, uint32_t delay_ms) {
    char when[32] = "at once";
    if (delay_ms > 0)
        (void)snprintf(when, sizeof when, "in %u ms", delay_ms);
    log_write(LOG_LEVEL_ERROR, "keeper", "statgated (process %d) %s; it is started again %s",
              (int)keeper->life.pid, how, when);
    (void)sd_notifyf(0, "STATUS=statgated %s; it is started again %s", how, when);
}

static void on_death(struct keeper *keeper, const struct death *death) {
    char how[DEATH_TEXT_BYTES];
    death_describe(death, how);
    if (is_the_end(keeper, death)) {
        log_end(keeper, how, death);
        end_with(keeper, death_code(death));
    } else {
        const int64_t ready_ms = life_ready_ms(&keeper->life, now_ms());
        const uint32_t delay_ms = backoff_next_ms(&keeper->backoff, ready_ms);
        log_restart(keeper, how, delay_ms);
        start_later(keeper, delay_ms);
    }
    life_end(&keeper->life);
}

/* ---- what it says ---- */

/* The values of what could not be kept end with the daemon. */
static struct log_limit refused_limit = LOG_LIMIT(8, 60000);

/* What could not be kept without leaving too few to start a daemon is not. */
static enum kept_result keep(struct keeper *keeper, const struct notice *notice, int fd) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + FDS_TO_START > limit.rlim_cur)
        return KEPT_FULL;
    return kept_add(&keeper->kept, fd, notice->name, notice->watched);
}

/* Those that are kept are taken out of the letter. */
static void store(struct keeper *keeper, const struct notice *notice, struct letter *letter) {
    bool full = letter->lost_fds;
    size_t left = 0;
    for (size_t i = 0; i < letter->fd_count; i++) {
        const enum kept_result result = keep(keeper, notice, letter->fds[i]);
        if (result != KEPT_TAKEN)
            letter->fds[left++] = letter->fds[i];
        full = full || result == KEPT_FULL;
    }
    letter->fd_count = left;
    if (full)
        log_limited(&refused_limit, LOG_LEVEL_ERROR, "keeper",
                    "no room for a descriptor named %s: %d are kept at most, and as RLIMIT_NOFILE "
                    "allows",
                    notice->name, KEPT_MAX);
}

static void hand_over(struct keeper *keeper, pid_t pid) {
    const pid_t former = keeper->life.pid;
    if (life_hand_over(&keeper->life, pid))
        log_write(LOG_LEVEL_LOG, "keeper", "statgated goes on as process %d, which was %d",
                  (int)pid, (int)former);
    else
        log_write(LOG_LEVEL_WARN, "keeper",
                  "process %d, which statgated names as its successor, is none of its children",
                  (int)pid);
}

/* MAINPID and what is kept stay here: for a manager above, this process is the daemon. */
static void tell_manager(const struct notice *notice) {
    if (notice->status != NULL)
        (void)sd_notifyf(0, "STATUS=%.*s", (int)notice->status_len, notice->status);
    if (notice->ready)
        (void)sd_notify(0, "READY=1");
    if (notice->stopping)
        (void)sd_notify(0, "STOPPING=1");
}

static void apply(struct keeper *keeper, const struct notice *notice, struct letter *letter) {
    if (notice->main_pid != 0)
        hand_over(keeper, notice->main_pid);
    if (notice->remove && notice->named)
        (void)kept_remove(&keeper->kept, notice->name);
    if (notice->store)
        store(keeper, notice, letter);
    if (notice->ready) {
        keeper->ever_ready = true;
        life_become_ready(&keeper->life, now_ms());
    }
    keeper->life.stopping |= notice->stopping;
    tell_manager(notice);
}

static void read_letters(struct keeper *keeper) {
    struct letter letter;
    struct notice notice;
    for (int i = 0; i < LETTERS_A_TURN && notify_socket_receive(&keeper->notify, &letter); i++) {
        if (letter.pid > 0 && letter.pid == keeper->life.pid &&
            notice_read(letter.text, letter.len, &notice))
            apply(keeper, &notice, &letter);
        for (size_t fd = 0; fd < letter.fd_count; fd++)
            (void)close(letter.fds[fd]);
    }
}

/* ---- the dead ---- */

/* What a process said comes first: it may have named another one as the daemon. */
static void bury(struct keeper *keeper) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        read_letters(keeper);
        if (pid == keeper->life.pid)
            on_death(keeper, &(struct death){.known = true, .status = status});
        else if (pid == keeper->life.former)
            keeper->life.former = 0;
    }
}

/* A daemon whose parent is not us (yet), and may have buried it. */
static void look_after_foreign(struct keeper *keeper) {
    bury(keeper);
    struct pollfd ended = {.fd = keeper->life.fd, .events = POLLIN};
    if (keeper->life.pid > 0 && ended.fd >= 0 && poll(&ended, 1, 0) > 0)
        on_death(keeper, &(struct death){.known = false});
}

/* ---- signals ---- */

static void begin_stop(struct keeper *keeper, int number) {
    if (keeper->stopping)
        return;
    keeper->stopping = true;
    keeper->start_at_ms = 0;
    (void)sd_notify(0, "STOPPING=1");
    if (keeper->life.pid == 0) {
        log_write(LOG_LEVEL_LOG, "keeper", "SIG%s while no daemon runs", sigabbrev_np(number));
        end_with(keeper, 0);
        return;
    }
    log_write(LOG_LEVEL_LOG, "keeper", "SIG%s: statgated has %u ms to end", sigabbrev_np(number),
              keeper->options->stop_timeout_ms);
    keeper->kill_at_ms = now_ms() + keeper->options->stop_timeout_ms;
}

static void on_signal(struct keeper *keeper, int number) {
    if (number == SIGCHLD) {
        bury(keeper);
        return;
    }
    if (signals_ask_to_end(number))
        begin_stop(keeper, number);
    life_signal(&keeper->life, number);
}

static void read_signals(struct keeper *keeper) {
    for (int number; !keeper->ended && (number = signals_next(keeper->signals)) != 0;)
        on_signal(keeper, number);
}

/* ---- turns ---- */

static void kill_daemon(struct keeper *keeper) {
    keeper->kill_at_ms = 0;
    log_write(LOG_LEVEL_WARN, "keeper", "statgated (process %d) did not end within %u ms: killed",
              (int)keeper->life.pid, keeper->options->stop_timeout_ms);
    life_signal(&keeper->life, SIGKILL);
}

static void do_what_is_due(struct keeper *keeper) {
    const int64_t now = now_ms();
    if (keeper->start_at_ms != 0 && now >= keeper->start_at_ms)
        start_daemon(keeper);
    if (keeper->kill_at_ms != 0 && now >= keeper->kill_at_ms)
        kill_daemon(keeper);
}

/* Until the next of both, for poll(2). */
static int timeout_ms(const struct keeper *keeper) {
    int64_t next = keeper->start_at_ms;
    if (next == 0 || (keeper->kill_at_ms != 0 && keeper->kill_at_ms < next))
        next = keeper->kill_at_ms;
    if (next == 0)
        return -1;
    const int64_t left = next - now_ms();
    return left > 0 ? (int)left : 0;
}

static void turn(struct keeper *keeper) {
    enum { SIGNALS, NOTIFY, LIFE, KEPT };
    struct pollfd polls[KEPT + KEPT_MAX];
    polls[SIGNALS] = (struct pollfd){.fd = keeper->signals, .events = POLLIN};
    polls[NOTIFY] = (struct pollfd){.fd = keeper->notify.fd, .events = POLLIN};
    polls[LIFE] =
        (struct pollfd){.fd = keeper->life.pid > 0 ? keeper->life.fd : -1, .events = POLLIN};
    kept_fill_polls(&keeper->kept, polls + KEPT);
    if (poll(polls, KEPT + keeper->kept.count, timeout_ms(keeper)) > 0) {
        (void)kept_drop_hung(&keeper->kept, polls + KEPT);
        if (polls[NOTIFY].revents != 0)
            read_letters(keeper);
        if (polls[SIGNALS].revents != 0)
            read_signals(keeper);
        if (polls[LIFE].revents != 0 && !keeper->ended)
            look_after_foreign(keeper);
    }
    if (!keeper->ended)
        do_what_is_due(keeper);
}

/* The daemon does the same. */
static void raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_all(struct keeper *keeper) {
    keeper->signals = signals_open(&keeper->before);
    int result = keeper->signals >= 0 ? 0 : keeper->signals;
    if (result == 0)
        result = notify_socket_open(&keeper->notify);
    if (result == 0 && pipe2(keeper->watch, O_CLOEXEC) != 0)
        result = -errno;
    raise_descriptors();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return result;
}

static void close_all(struct keeper *keeper) {
    const int fds[] = {keeper->signals, keeper->notify.fd, keeper->watch[0], keeper->watch[1]};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    kept_clear(&keeper->kept);
    (void)sigprocmask(SIG_SETMASK, &keeper->before, NULL);
}

int keeper_run(const struct keeper_options *options) {
    struct keeper keeper = {.options = options,
                            .signals = -1,
                            .notify = {.fd = -1},
                            .watch = {-1, -1},
                            .life = {.fd = -1}};
    const int result = open_all(&keeper);
    if (result != 0) {
        log_write(LOG_LEVEL_ERROR, "keeper", "the keeper cannot start: %s", strerror(-result));
        close_all(&keeper);
        return 1;
    }
    start_daemon(&keeper);
    while (!keeper.ended)
        turn(&keeper);
    close_all(&keeper);
    return keeper.exit_code;
}

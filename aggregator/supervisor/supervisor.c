#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/descriptors.h"
#include "host/log.h"
#include "supervisor/burial.h"
#include "supervisor/guard.h"
#include "supervisor/hearing.h"
#include "supervisor/signals.h"
#include "supervisor/start.h"
#include "supervisor/unread.h"

/* ---- signals ---- */

static void begin_stop(struct supervisor *supervisor, int number) {
    if (supervisor->stopping)
        return;
    supervisor->stopping = true;
    supervisor->start_at_ms = 0;
    (void)sd_notify(0, "STOPPING=1");
    if (supervisor->life.pid == 0) {
        log_write(LOG_LEVEL_LOG, "supervisor", "SIG%s while no daemon runs", sigabbrev_np(number));
        supervisor_end_with(supervisor, 0);
        return;
    }
    log_write(LOG_LEVEL_LOG, "supervisor", "SIG%s: statgated has %u ms to end",
              sigabbrev_np(number), supervisor->options->stop_timeout_ms);
    life_kill_later(&supervisor->life, supervisor_now_ms(), supervisor->options->stop_timeout_ms);
}

static void on_signal(struct supervisor *supervisor, int number, bool told) {
    if (number == SIGCHLD) {
        burial_of_children(supervisor);
        return;
    }
    if (signals_ask_to_end(number))
        begin_stop(supervisor, number);
    if (!told)
        life_signal(&supervisor->life, number);
}

static void read_signals(struct supervisor *supervisor) {
    bool told;
    for (int number;
         !supervisor->ended && (number = signals_next(supervisor->signals, &told)) != 0;)
        on_signal(supervisor, number, told);
}

/* ---- turns ---- */

static void kill_daemon(struct supervisor *supervisor) {
    supervisor->life.kill_at_ms = 0;
    log_write(LOG_LEVEL_WARN, "supervisor",
              "statgated (process %d) did not end within %u ms: killed", (int)supervisor->life.pid,
              supervisor->life.kill_after_ms);
    life_signal(&supervisor->life, SIGKILL);
}

static void do_what_is_due(struct supervisor *supervisor) {
    const int64_t now = supervisor_now_ms();
    if (supervisor->start_at_ms != 0 && now >= supervisor->start_at_ms)
        start_daemon(supervisor);
    if (supervisor->life.kill_at_ms != 0 && now >= supervisor->life.kill_at_ms)
        kill_daemon(supervisor);
    guard_look(supervisor);
    unread_look(supervisor);
}

/* The time until something is due, for poll(2). */
static int timeout_ms(const struct supervisor *supervisor) {
    int64_t next = supervisor_sooner(supervisor->start_at_ms, supervisor->life.kill_at_ms);
    next = supervisor_sooner(next, guard_due_ms(supervisor));
    next = supervisor_sooner(next, unread_due_ms(supervisor));
    if (next == 0)
        return -1;
    const int64_t left = next - supervisor_now_ms();
    return left > 0 ? (int)left : 0;
}

static void turn(struct supervisor *supervisor) {
    enum { SIGNALS, NOTIFY, LIFE, KEPT };
    struct pollfd polls[KEPT + 2 * KEPT_MAX];
    struct pollfd *unread = polls + KEPT + supervisor->kept.count;
    polls[SIGNALS] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    polls[NOTIFY] = (struct pollfd){.fd = supervisor->notify.fd, .events = POLLIN};
    polls[LIFE] = (struct pollfd){.fd = supervisor->life.pid > 0 ? supervisor->life.fd : -1,
                                  .events = POLLIN};
    kept_fill_polls(&supervisor->kept, polls + KEPT);
    const size_t unread_count = unread_fill_polls(supervisor, unread);
    if (poll(polls, KEPT + supervisor->kept.count + unread_count, timeout_ms(supervisor)) > 0) {
        unread_read(supervisor, unread, unread_count); /* before any of them is closed */
        (void)kept_drop_hung(&supervisor->kept, polls + KEPT);
        if (polls[NOTIFY].revents != 0)
            hearing_read(supervisor);
        if (polls[SIGNALS].revents != 0)
            read_signals(supervisor);
        if (polls[LIFE].revents != 0 && !supervisor->ended)
            burial_of_foreign(supervisor);
    }
    if (!supervisor->ended)
        do_what_is_due(supervisor);
}

/* Tell the daemon how many descriptors are kept, as systemd does. The variable of our own manager
 * does not apply to the daemon. */
static int tell_room(void) {
    char most[16];
    (void)snprintf(most, sizeof most, "%d", KEPT_MAX);
    return setenv("FDSTORE", most, 1) == 0 ? 0 : -errno;
}

static int open_all(struct supervisor *supervisor) {
    supervisor->signals = signals_open(&supervisor->before);
    int result = supervisor->signals >= 0 ? 0 : supervisor->signals;
    if (result == 0)
        result = notify_socket_open(&supervisor->notify);
    if (result == 0 && pipe2(supervisor->watch, O_CLOEXEC) != 0)
        result = -errno;
    if (result == 0)
        result = tell_room();
    descriptors_raise();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return result;
}

/* Without it, the next daemon only lacks what the log has. */
static void open_meanwhile(struct supervisor *supervisor) {
    supervisor->meanwhile_fd = meanwhile_make(&supervisor->meanwhile);
    if (supervisor->meanwhile_fd < 0)
        log_write(LOG_LEVEL_WARN, "supervisor",
                  "no memory to share with the daemon, which will not count what is left unread "
                  "while it is away: %s",
                  strerror(-supervisor->meanwhile_fd));
}

/* Signals stay blocked: one that arrives this late must not become the exit code. */
static void close_all(struct supervisor *supervisor) {
    const int fds[] = {supervisor->signals,  supervisor->notify.fd,    supervisor->watch[0],
                       supervisor->watch[1], supervisor->meanwhile_fd, supervisor->proven};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    meanwhile_unmap(supervisor->meanwhile);
    kept_clear(&supervisor->kept);
}

int supervisor_run(const struct supervisor_options *options) {
    struct supervisor supervisor = {.options = options,
                                    .kept = *options->inherited,
                                    .signals = -1,
                                    .notify = {.fd = -1},
                                    .watch = {-1, -1},
                                    .proven = -1,
                                    .meanwhile_fd = -1,
                                    .life = KEPT_LIFE_NONE};
    const int result = open_all(&supervisor);
    if (result != 0) {
        log_write(LOG_LEVEL_ERROR, "supervisor", "the supervisor cannot start: %s",
                  strerror(-result));
        close_all(&supervisor);
        return 1;
    }
    open_meanwhile(&supervisor);
    guard_open(&supervisor);
    start_daemon(&supervisor);
    unread_look(&supervisor);
    while (!supervisor.ended)
        turn(&supervisor);
    close_all(&supervisor);
    return supervisor.exit_code;
}

#include "keeper/keeper.h"

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
#include "keeper/burial.h"
#include "keeper/guard.h"
#include "keeper/hearing.h"
#include "keeper/signals.h"
#include "keeper/start.h"
#include "keeper/unread.h"

/* ---- signals ---- */

static void begin_stop(struct keeper *keeper, int number) {
    if (keeper->stopping)
        return;
    keeper->stopping = true;
    keeper->start_at_ms = 0;
    (void)sd_notify(0, "STOPPING=1");
    if (keeper->life.pid == 0) {
        log_write(LOG_LEVEL_LOG, "keeper", "SIG%s while no daemon runs", sigabbrev_np(number));
        keeper_end_with(keeper, 0);
        return;
    }
    log_write(LOG_LEVEL_LOG, "keeper", "SIG%s: statgated has %u ms to end", sigabbrev_np(number),
              keeper->options->stop_timeout_ms);
    life_kill_later(&keeper->life, keeper_now_ms(), keeper->options->stop_timeout_ms);
}

static void on_signal(struct keeper *keeper, int number, bool told) {
    if (number == SIGCHLD) {
        burial_of_children(keeper);
        return;
    }
    if (signals_ask_to_end(number))
        begin_stop(keeper, number);
    if (!told)
        life_signal(&keeper->life, number);
}

static void read_signals(struct keeper *keeper) {
    bool told;
    for (int number; !keeper->ended && (number = signals_next(keeper->signals, &told)) != 0;)
        on_signal(keeper, number, told);
}

/* ---- turns ---- */

static void kill_daemon(struct keeper *keeper) {
    keeper->life.kill_at_ms = 0;
    log_write(LOG_LEVEL_WARN, "keeper", "statgated (process %d) did not end within %u ms: killed",
              (int)keeper->life.pid, keeper->life.kill_after_ms);
    life_signal(&keeper->life, SIGKILL);
}

static void do_what_is_due(struct keeper *keeper) {
    const int64_t now = keeper_now_ms();
    if (keeper->start_at_ms != 0 && now >= keeper->start_at_ms)
        start_daemon(keeper);
    if (keeper->life.kill_at_ms != 0 && now >= keeper->life.kill_at_ms)
        kill_daemon(keeper);
    guard_look(keeper);
    unread_look(keeper);
}

/* The time until something is due, for poll(2). */
static int timeout_ms(const struct keeper *keeper) {
    int64_t next = keeper_sooner(keeper->start_at_ms, keeper->life.kill_at_ms);
    next = keeper_sooner(next, guard_due_ms(keeper));
    next = keeper_sooner(next, unread_due_ms(keeper));
    if (next == 0)
        return -1;
    const int64_t left = next - keeper_now_ms();
    return left > 0 ? (int)left : 0;
}

static void turn(struct keeper *keeper) {
    enum { SIGNALS, NOTIFY, LIFE, KEPT };
    struct pollfd polls[KEPT + 2 * KEPT_MAX];
    struct pollfd *unread = polls + KEPT + keeper->kept.count;
    polls[SIGNALS] = (struct pollfd){.fd = keeper->signals, .events = POLLIN};
    polls[NOTIFY] = (struct pollfd){.fd = keeper->notify.fd, .events = POLLIN};
    polls[LIFE] =
        (struct pollfd){.fd = keeper->life.pid > 0 ? keeper->life.fd : -1, .events = POLLIN};
    kept_fill_polls(&keeper->kept, polls + KEPT);
    const size_t unread_count = unread_fill_polls(keeper, unread);
    if (poll(polls, KEPT + keeper->kept.count + unread_count, timeout_ms(keeper)) > 0) {
        unread_read(keeper, unread, unread_count); /* before any of them is closed */
        (void)kept_drop_hung(&keeper->kept, polls + KEPT);
        if (polls[NOTIFY].revents != 0)
            hearing_read(keeper);
        if (polls[SIGNALS].revents != 0)
            read_signals(keeper);
        if (polls[LIFE].revents != 0 && !keeper->ended)
            burial_of_foreign(keeper);
    }
    if (!keeper->ended)
        do_what_is_due(keeper);
}

/* Tell the daemon how many descriptors are kept, as systemd does. The variable of our own manager
 * does not apply to the daemon. */
static int tell_room(void) {
    char most[16];
    (void)snprintf(most, sizeof most, "%d", KEPT_MAX);
    return setenv("FDSTORE", most, 1) == 0 ? 0 : -errno;
}

static int open_all(struct keeper *keeper) {
    keeper->signals = signals_open(&keeper->before);
    int result = keeper->signals >= 0 ? 0 : keeper->signals;
    if (result == 0)
        result = notify_socket_open(&keeper->notify);
    if (result == 0 && pipe2(keeper->watch, O_CLOEXEC) != 0)
        result = -errno;
    if (result == 0)
        result = tell_room();
    descriptors_raise();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return result;
}

/* Without it, the next daemon only lacks what the log has. */
static void open_meanwhile(struct keeper *keeper) {
    keeper->meanwhile_fd = meanwhile_make(&keeper->meanwhile);
    if (keeper->meanwhile_fd < 0)
        log_write(LOG_LEVEL_WARN, "keeper",
                  "no memory to share with the daemon, which will not count what is left unread "
                  "while it is away: %s",
                  strerror(-keeper->meanwhile_fd));
}

/* Signals stay blocked: one that arrives this late must not become the exit code. */
static void close_all(struct keeper *keeper) {
    const int fds[] = {keeper->signals,  keeper->notify.fd,    keeper->watch[0],
                       keeper->watch[1], keeper->meanwhile_fd, keeper->proven};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    meanwhile_unmap(keeper->meanwhile);
    kept_clear(&keeper->kept);
}

int keeper_run(const struct keeper_options *options) {
    struct keeper keeper = {.options = options,
                            .kept = *options->inherited,
                            .signals = -1,
                            .notify = {.fd = -1},
                            .watch = {-1, -1},
                            .proven = -1,
                            .meanwhile_fd = -1,
                            .life = KEPT_LIFE_NONE};
    const int result = open_all(&keeper);
    if (result != 0) {
        log_write(LOG_LEVEL_ERROR, "keeper", "the keeper cannot start: %s", strerror(-result));
        close_all(&keeper);
        return 1;
    }
    open_meanwhile(&keeper);
    guard_open(&keeper);
    start_daemon(&keeper);
    unread_look(&keeper);
    while (!keeper.ended)
        turn(&keeper);
    close_all(&keeper);
    return keeper.exit_code;
}

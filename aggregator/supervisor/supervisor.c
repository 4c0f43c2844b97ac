/* SPDX-License-Identifier: MIT */
/* supervisor.c - the parent of the daemon: what outlives it, and its next start. */
#include "supervisor/supervisor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/log.h"

/* ==== backoff ==== */

uint32_t supervisor_backoff_next_ms(struct backoff *backoff, int64_t ready_ms) {
    if (ready_ms >= BACKOFF_READY_MS)
        backoff->last_ms = 0;
    else if (backoff->last_ms == 0)
        backoff->last_ms = BACKOFF_FIRST_MS;
    else
        backoff->last_ms =
            backoff->last_ms < BACKOFF_LAST_MS / 2 ? 2 * backoff->last_ms : BACKOFF_LAST_MS;
    return backoff->last_ms;
}

/* ==== outage: Memory that the supervisor and its daemons share. The supervisor writes, a daemon
 * takes.
 */

static const uint64_t layout = 0x7374676f75743032; /* "stgout02": changes with the struct */

struct stats {
    uint64_t layout;
    uint64_t unread;
};

static struct stats *map(int fd) {
    void *at = mmap(NULL, sizeof(struct stats), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at != MAP_FAILED ? at : NULL;
}

int supervisor_outage_make(struct stats **ret_page) {
    const int fd = memfd_create("statgate-outage", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    struct stats *page = NULL;
    if (ftruncate(fd, sizeof *page) == 0 && fallocate(fd, 0, 0, sizeof *page) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        page = map(fd);
    if (page == NULL) {
        const int error = errno;
        (void)close(fd);
        return -error;
    }
    page->layout = layout;
    *ret_page = page;
    return fd;
}

struct stats *supervisor_outage_map(int fd) {
    struct stat status;
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(fd, &status) != 0 ||
        status.st_size != (off_t)sizeof(struct stats))
        return NULL;
    struct stats *page = map(fd);
    if (page != NULL && page->layout == layout)
        return page;
    supervisor_outage_unmap(page);
    return NULL;
}

void supervisor_outage_unmap(struct stats *page) {
    if (page != NULL)
        (void)munmap(page, sizeof *page);
}

void supervisor_outage_add_unread(struct stats *page, uint64_t datagrams) {
    if (page != NULL)
        (void)__atomic_fetch_add(&page->unread, datagrams, __ATOMIC_RELAXED);
}

uint64_t supervisor_outage_take_unread(struct stats *page) {
    return page != NULL ? __atomic_exchange_n(&page->unread, 0, __ATOMIC_RELAXED) : 0;
}

/* ==== watchdog: The arithmetic of the watchdog. ==== */

void supervisor_watchdog_beat(struct watchdog *watchdog, int64_t now_ms) {
    *watchdog = (struct watchdog){.due_ms = now_ms + WATCHDOG_TICK_MS + WATCHDOG_SLACK_MS};
}

bool supervisor_watchdog_tick(struct watchdog *watchdog, int64_t now_ms) {
    if (watchdog->due_ms == 0 || now_ms < watchdog->due_ms)
        return false;
    watchdog->due_ms = now_ms + WATCHDOG_TICK_MS;
    watchdog->missed++;
    return true;
}

bool supervisor_watchdog_is_over(const struct watchdog *watchdog, unsigned ticks) {
    return watchdog->missed >= ticks;
}

unsigned supervisor_watchdog_start_ticks(uint32_t ready_timeout_ms) {
    const unsigned ticks = ready_timeout_ms / WATCHDOG_TICK_MS * 6;
    return ticks > WATCHDOG_TICKS ? ticks : WATCHDOG_TICKS;
}

/* ==== guard: Counts ticks without a heartbeat, and ends a daemon that hangs. ==== */

enum { ABORT_MS = 5000 /* time for a core dump */ };

/* ---- our own manager ---- */

/* Read whether our own manager wants heartbeats (sd_watchdog_enabled(3)). */
static void guard_open(struct supervisor *supervisor) {
    uint64_t most_us;
    if (sd_watchdog_enabled(0, &most_us) <= 0)
        return;
    const uint64_t every_ms = most_us / 2000;
    supervisor->beat_every_ms =
        every_ms < WATCHDOG_TICK_MS ? (uint32_t)every_ms + 1 : WATCHDOG_TICK_MS;
    supervisor->beat_at_ms = supervisor_now_ms();
}

/* This process lives: what the daemon does is its own business. The next beat follows the daemon's,
 * so that both take one wake. */
static void beat_manager(struct supervisor *supervisor, int64_t now_ms, int64_t slack_ms) {
    if (supervisor->beat_every_ms == 0)
        return;
    (void)sd_notify(0, "WATCHDOG=1");
    supervisor->beat_at_ms = now_ms + supervisor->beat_every_ms + slack_ms;
}

/* ---- the daemon ---- */

/* A stop takes as long as the disk needs. */
static bool is_watched(const struct supervisor *supervisor) {
    return supervisor->state < SUPERVISOR_ENDING && supervisor->child.kill_at_ms == 0;
}

/* The daemon gave a heartbeat. Our own manager gets one, too. */
static void guard_beat(struct supervisor *supervisor) {
    const int64_t now = supervisor_now_ms();
    if (supervisor->state == SUPERVISOR_RUNNING && is_watched(supervisor))
        supervisor_watchdog_beat(&supervisor->child.watchdog, now);
    beat_manager(supervisor, now, supervisor->beat_every_ms / 4);
}

static unsigned ticks_of(const struct supervisor *supervisor) {
    return supervisor->state == SUPERVISOR_RUNNING
               ? WATCHDOG_TICKS
               : supervisor_watchdog_start_ticks(supervisor->options->ready_timeout_ms);
}

/* SIGABRT leaves a core dump, but ends no process that is stopped; SIGCONT has it end. */
static void end_daemon(struct supervisor *supervisor, int64_t now_ms) {
    const unsigned seconds = ticks_of(supervisor) * WATCHDOG_TICK_MS / 1000;
    log_write(LOG_LEVEL_ERROR, "supervisor",
              "statgated hangs: process %d %s in %u s and was killed", (int)supervisor->child.pid,
              supervisor->state == SUPERVISOR_RUNNING ? "sent no heartbeat" : "was not ready",
              seconds);
    child_signal(&supervisor->child, SIGABRT);
    child_signal(&supervisor->child, SIGCONT);
    child_kill_later(&supervisor->child, now_ms, ABORT_MS);
}

static void watch_daemon(struct supervisor *supervisor, int64_t now_ms) {
    struct watchdog *watchdog = &supervisor->child.watchdog;
    if (!is_watched(supervisor))
        *watchdog = (struct watchdog){0};
    else if (!supervisor_watchdog_tick(watchdog, now_ms))
        return;
    else if (child_is_traced(supervisor->child.pid))
        supervisor_watchdog_beat(watchdog, now_ms);
    else if (supervisor_watchdog_is_over(watchdog, ticks_of(supervisor)))
        end_daemon(supervisor, now_ms);
}

/* Do what is due: count a tick, end a daemon that hangs, give our own manager a heartbeat. */
static void guard_look(struct supervisor *supervisor) {
    const int64_t now = supervisor_now_ms();
    watch_daemon(supervisor, now);
    if (supervisor->beat_every_ms > 0 && now >= supervisor->beat_at_ms)
        beat_manager(supervisor, now, 0);
}

/* When guard_look has to be called next, on the monotonic clock; 0: not by time. */
static int64_t guard_due_ms(const struct supervisor *supervisor) {
    return supervisor_sooner(supervisor->child.watchdog.due_ms, supervisor->beat_at_ms);
}

/* ==== kept ==== */

bool supervisor_held_is_name(const char *name, size_t len) {
    if (len >= KEPT_NAME_BYTES)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] < ' ' || name[i] > '~' || name[i] == ':')
            return false;
    return true;
}

static bool has_file(const struct held_fds *kept, int fd) {
    for (size_t i = 0; i < kept->count; i++)
        if (child_same_file(kept->items[i].fd, fd))
            return true;
    return false;
}

enum kept_result supervisor_held_add(struct held_fds *kept, int fd, const char *name,
                                     bool watched) {
    const size_t bytes = strlen(name) + 1; /* in the variable, a colon follows each name */
    if (has_file(kept, fd))
        return KEPT_DOUBLE;
    if (kept->count == KEPT_MAX || kept->names_bytes + bytes > KEPT_NAMES_BYTES_MAX)
        return KEPT_FULL;
    struct held_item *item = &kept->items[kept->count++];
    item->fd = fd;
    item->watched = watched;
    memcpy(item->name, name, bytes);
    kept->names_bytes += bytes;
    return KEPT_TAKEN;
}

static void drop(struct held_fds *kept, size_t index) {
    struct held_item *item = &kept->items[index];
    (void)close(item->fd);
    kept->names_bytes -= strlen(item->name) + 1;
    kept->count--;
    memmove(item, item + 1, (kept->count - index) * sizeof *item);
}

size_t supervisor_held_remove(struct held_fds *kept, const char *name) {
    const size_t before = kept->count;
    for (size_t i = kept->count; i-- > 0;)
        if (strcmp(kept->items[i].name, name) == 0)
            drop(kept, i);
    return before - kept->count;
}

void supervisor_held_fill_polls(const struct held_fds *kept, struct pollfd *polls) {
    for (size_t i = 0; i < kept->count; i++)
        polls[i] = (struct pollfd){.fd = kept->items[i].watched ? kept->items[i].fd : -1};
}

size_t supervisor_held_drop_hung(struct held_fds *kept, const struct pollfd *polls) {
    const size_t before = kept->count;
    for (size_t i = kept->count; i-- > 0;)
        if ((polls[i].revents & (POLLHUP | POLLERR)) != 0)
            drop(kept, i);
    return before - kept->count;
}

void supervisor_held_clear(struct held_fds *kept) {
    while (kept->count > 0)
        drop(kept, kept->count - 1);
}

/* ==== inherit ==== */

static bool fail(int error, const char *variable, struct error *ret_error) {
    return error_set(ret_error,
                     "inherited descriptors: LISTEN_FDS (%s), LISTEN_PID or LISTEN_FDNAMES make no "
                     "sense: %s; unset them, or have a socket unit set them",
                     variable, strerror(error));
}

static bool add_all(struct held_fds *inherited, size_t count, char *const *names,
                    struct error *ret_error) {
    for (size_t i = 0; i < count; i++) {
        const char *name =
            supervisor_held_is_name(names[i], strlen(names[i])) ? names[i] : "unknown";
        if (supervisor_held_add(inherited, SD_LISTEN_FDS_START + (int)i, name, false) == KEPT_FULL)
            return error_set(ret_error,
                             "inherited descriptors: %zu are too many; at most %d can be passed on",
                             count, KEPT_MAX);
    }
    return true;
}

bool supervisor_inherit(struct held_fds *ret_inherited, struct error *ret_error) {
    char variable[32];
    char **names = NULL;
    const char *text = getenv("LISTEN_FDS");
    (void)snprintf(variable, sizeof variable, "%s", text != NULL ? text : "");
    ret_inherited->count = 0;
    ret_inherited->names_bytes = 0;
    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        return fail(-count, variable, ret_error);
    const bool good = add_all(ret_inherited, (size_t)count, names, ret_error);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free((void *)names);
    return good;
}

/* ==== ready_timeout ==== */

void supervisor_ready_timeout_look(struct ready_timeout *timeout, bool away, int64_t now_ms,
                                   uint32_t most_ms) {
    if (!away) {
        *timeout = (struct ready_timeout){0};
        return;
    }
    if (timeout->since_ms == 0)
        timeout->since_ms = now_ms;
    timeout->over = now_ms - timeout->since_ms >= (int64_t)most_ms;
}

int64_t supervisor_ready_timeout_due_ms(const struct ready_timeout *timeout, uint32_t most_ms) {
    return timeout->since_ms != 0 && !timeout->over ? timeout->since_ms + most_ms : 0;
}

/* ==== start ==== */

/* List the descriptors that are kept, the end of the pipe by which the daemon notices our death,
 * and what happened meanwhile. */
static size_t list_fds(const struct supervisor *supervisor, struct launch_fd *fds) {
    const struct held_fds *kept = &supervisor->kept;
    size_t count = 0;
    for (; count < kept->count; count++)
        fds[count] = (struct launch_fd){kept->items[count].fd, kept->items[count].name};
    fds[count++] = (struct launch_fd){supervisor->watch[0], INHERITED_SUPERVISOR};
    if (supervisor->stats_fd >= 0)
        fds[count++] = (struct launch_fd){supervisor->stats_fd, OUTAGE_NAME};
    return count;
}

/* ---- the start ---- */

static int launch_daemon(struct supervisor *supervisor) {
    struct launch_fd fds[KEPT_MAX + 2];
    const struct launch wanted = {.program = supervisor->options->program,
                                  .arguments = supervisor->options->arguments,
                                  .notify_name = supervisor->notify.name,
                                  .fds = fds,
                                  .fd_count = list_fds(supervisor, fds),
                                  .signals = &supervisor->before};
    pid_t pid;
    const int result = child_launch(&wanted, &pid);
    if (result != 0)
        return result;
    child_begin(&supervisor->child, pid, supervisor_now_ms());
    supervisor->state = SUPERVISOR_STARTING;
    return 0;
}

void supervisor_start_later(struct supervisor *supervisor, uint32_t delay_ms) {
    supervisor->state = SUPERVISOR_WAITING;
    supervisor->start_at_ms = supervisor_now_ms() + delay_ms;
}

/* Start the daemon with all kept descriptors. If that fails, it is tried again if a daemon was ever
 * ready; otherwise the supervisor ends. */
static void start_daemon(struct supervisor *supervisor) {
    supervisor->start_at_ms = 0;
    const int result = launch_daemon(supervisor);
    if (result == 0) {
        log_write(supervisor->ever_ready ? LOG_LEVEL_LOG : LOG_LEVEL_DEBUG, "supervisor",
                  "statgated runs as process %d, with %zu kept descriptors",
                  (int)supervisor->child.pid, supervisor->kept.count);
        return;
    }
    const uint32_t delay_ms = supervisor_backoff_next_ms(&supervisor->backoff, -1);
    log_write(LOG_LEVEL_ERROR, "supervisor", "statgated cannot be started from %s: %s",
              supervisor->options->program, strerror(-result));
    if (supervisor->ever_ready)
        supervisor_start_later(supervisor, delay_ms);
    else
        supervisor_end_with(supervisor, 1);
}

/* ==== unread: Reading in place of a daemon. What a descriptor is follows from the descriptor
 * alone.
 */

/* What is left waits for the next turn, so that signals and messages are noticed under any flood.
 */
enum { BATCH = 64, BATCHES_A_TURN = 16, CONNECTIONS_A_TURN = 64 };

/* ---- which ---- */

static int option(int fd, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

static bool is_listener(int fd) {
    return option(fd, SO_ACCEPTCONN) == 1;
}

/* One that was shut down keeps no one waiting, and is always ready. */
static bool is_shut(int fd) {
    struct pollfd polled = {.fd = fd, .events = POLLRDHUP};
    return poll(&polled, 1, 0) == 1 && (polled.revents & POLLRDHUP) != 0;
}

static bool is_datagram_socket(int fd) {
    return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_DGRAM && !is_shut(fd);
}

/* accept4(2) waits on a listener that blocks. */
static bool is_to_read(int fd) {
    return is_listener(fd) ? (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 : is_datagram_socket(fd);
}

/* Write an entry to poll for each socket that is to be read. `polls` has KEPT_MAX entries. Returns
 * their number. */
static size_t drain_fill_polls(const struct supervisor *supervisor, struct pollfd *polls) {
    size_t count = 0;
    for (size_t i = 0; supervisor->ready_timeout.over && i < supervisor->kept.count; i++)
        if (is_to_read(supervisor->kept.items[i].fd))
            polls[count++] = (struct pollfd){.fd = supervisor->kept.items[i].fd, .events = POLLIN};
    return count;
}

/* ---- reading ---- */

/* A message without room takes a datagram of any length off the queue. */
static uint64_t read_datagrams(int fd) {
    struct mmsghdr messages[BATCH] = {0};
    uint64_t count = 0;
    for (int i = 0; i < BATCHES_A_TURN; i++) {
        const int got = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
        if (got <= 0)
            break;
        count += (uint64_t)got;
    }
    return count;
}

static uint64_t close_connections(int fd) {
    uint64_t count = 0;
    for (; count < CONNECTIONS_A_TURN; count++) {
        const int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            break;
        (void)close(connection);
    }
    return count;
}

/* Read those that are ready, each up to a turn's share. */
static void drain_read(struct supervisor *supervisor, const struct pollfd *polls, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (polls[i].revents == 0)
            continue;
        if (is_listener(polls[i].fd)) {
            supervisor->turned_away += close_connections(polls[i].fd);
            continue;
        }
        const uint64_t datagrams = read_datagrams(polls[i].fd);
        supervisor->unread += datagrams;
        supervisor_outage_add_unread(supervisor->stats, datagrams);
    }
}

/* ---- when ---- */

/* No one waits for a supervisor that holds nothing: its first daemon makes the sockets. */
static bool is_away(const struct supervisor *supervisor) {
    return supervisor->kept.count > 0 && supervisor->state < SUPERVISOR_RUNNING;
}

static void log_begin(const struct supervisor *supervisor) {
    log_write(
        LOG_LEVEL_WARN, "supervisor",
        "no daemon has been ready for %.1f s: until one is, datagrams are read and counted in "
        "statgate_unread_datagrams_total, and new connections are closed",
        (double)supervisor->options->ready_timeout_ms / 1000);
}

static void log_over(struct supervisor *supervisor) {
    log_write(
        LOG_LEVEL_WARN, "supervisor",
        "the supervisor no longer reads in place of a daemon: it discarded %llu datagrams and "
        "closed %llu connections",
        (unsigned long long)supervisor->unread, (unsigned long long)supervisor->turned_away);
    supervisor->unread = 0;
    supervisor->turned_away = 0;
}

/* Note whether a daemon is ready now. */
static void drain_look(struct supervisor *supervisor) {
    const bool before = supervisor->ready_timeout.over;
    supervisor_ready_timeout_look(&supervisor->ready_timeout, is_away(supervisor),
                                  supervisor_now_ms(), supervisor->options->ready_timeout_ms);
    if (supervisor->ready_timeout.over && !before)
        log_begin(supervisor);
    if (before && !supervisor->ready_timeout.over)
        log_over(supervisor);
}

/* When drain_look has to be called next, on the monotonic clock; 0: not by time. */
static int64_t drain_due_ms(const struct supervisor *supervisor) {
    return supervisor_ready_timeout_due_ms(&supervisor->ready_timeout,
                                           supervisor->options->ready_timeout_ms);
}

/* ==== messages ==== */

/* Further messages wait for the next turn, so that signals are noticed under any flood of
 * messages. */
enum { MESSAGES_A_TURN = 1024 };

/* A pipe, one to move others, a pidfd; and some for files that libraries open. */
enum { FDS_TO_START = 16 };

/* Keep a descriptor, if enough are left to start a daemon. */
static enum kept_result keep(struct supervisor *supervisor, const struct notice *notice, int fd) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + FDS_TO_START > limit.rlim_cur)
        return KEPT_FULL;
    return supervisor_held_add(&supervisor->kept, fd, notice->name, notice->watched);
}

/* Have a manager above keep them, too: if it starts another supervisor, that one gets them. */
static void store_above(const struct notice *notice, const struct notify_message *message) {
    char text[sizeof "FDSTORE=1\nFDPOLL=0\nFDNAME=" + KEPT_NAME_BYTES];
    (void)snprintf(text, sizeof text, "FDSTORE=1\n%sFDNAME=%s", notice->watched ? "" : "FDPOLL=0\n",
                   notice->name);
    (void)sd_pid_notify_with_fds(0, 0, text, message->fds, (unsigned)message->fd_count);
}

/* Keep the descriptors of a message. Those that are kept are removed from the message. */
static void store(struct supervisor *supervisor, const struct notice *notice,
                  struct notify_message *message) {
    bool full = message->lost_fds;
    store_above(notice, message);
    size_t left = 0;
    for (size_t i = 0; i < message->fd_count; i++) {
        const enum kept_result result = keep(supervisor, notice, message->fds[i]);
        if (result != KEPT_TAKEN)
            message->fds[left++] = message->fds[i];
        full = full || result == KEPT_FULL;
    }
    message->fd_count = left;
    if (full)
        log_rarely(LOG_LEVEL_ERROR, "supervisor",
                   "no room for a descriptor named %s: %d are kept at most, and as RLIMIT_NOFILE "
                   "allows",
                   notice->name, KEPT_MAX);
}

static void hand_over(struct supervisor *supervisor, pid_t pid) {
    const pid_t former = supervisor->child.pid;
    if (child_hand_over(&supervisor->child, pid)) {
        log_write(LOG_LEVEL_LOG, "supervisor", "statgated is now process %d, it was %d", (int)pid,
                  (int)former);
        if (supervisor->state != SUPERVISOR_STOPPING)
            supervisor->child.kill_at_ms = 0; /* it was the old process that hung */
    } else
        log_write(LOG_LEVEL_WARN, "supervisor",
                  "process %d, which statgated names as its new process, is not its child",
                  (int)pid);
}

/* Give up descriptors, also those that a manager above has. */
static void remove_named(struct supervisor *supervisor, const char *name) {
    (void)supervisor_held_remove(&supervisor->kept, name);
    (void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

/* Pass messages on, except MAINPID: to a manager above, this process is the daemon. */
static void tell_manager(const struct notice *notice) {
    if (notice->status != NULL)
        (void)sd_notifyf(0, "STATUS=%.*s", (int)notice->status_len, notice->status);
    if (notice->ready)
        (void)sd_notify(0, "READY=1");
    if (notice->stopping)
        (void)sd_notify(0, "STOPPING=1");
}

static void apply(struct supervisor *supervisor, const struct notice *notice,
                  struct notify_message *message) {
    if (notice->main_pid != 0)
        hand_over(supervisor, notice->main_pid);
    if (notice->remove && notice->named)
        remove_named(supervisor, notice->name);
    if (notice->store)
        store(supervisor, notice, message);
    if (notice->ready) {
        supervisor->ever_ready = true;
        child_become_ready(&supervisor->child, supervisor_now_ms());
        if (supervisor->state == SUPERVISOR_STARTING)
            supervisor->state = SUPERVISOR_RUNNING;
    }
    if (notice->stopping && supervisor->state < SUPERVISOR_ENDING)
        supervisor->state = SUPERVISOR_ENDING;
    if (notice->beat)
        guard_beat(supervisor);
    tell_manager(notice);
}

void supervisor_read_messages(struct supervisor *supervisor) {
    struct notify_message message;
    struct notice notice;
    for (int i = 0; i < MESSAGES_A_TURN && notify_server_receive(&supervisor->notify, &message);
         i++) {
        if (message.pid > 0 && message.pid == supervisor->child.pid &&
            notify_server_notice_read(message.text, message.len, &notice))
            apply(supervisor, &notice, &message);
        for (size_t fd = 0; fd < message.fd_count; fd++)
            (void)close(message.fds[fd]);
    }
}

/* ==== supervisor ==== */

/* ---- signals ---- */

static void begin_stop(struct supervisor *supervisor, int number) {
    const bool none_runs = supervisor->state == SUPERVISOR_WAITING;
    if (supervisor->state >= SUPERVISOR_STOPPING)
        return;
    supervisor->state = SUPERVISOR_STOPPING;
    supervisor->start_at_ms = 0;
    (void)sd_notify(0, "STOPPING=1");
    if (none_runs) {
        log_write(LOG_LEVEL_LOG, "supervisor", "SIG%s while no daemon runs", sigabbrev_np(number));
        supervisor_end_with(supervisor, 0);
        return;
    }
    log_write(LOG_LEVEL_LOG, "supervisor", "SIG%s: statgated has %u ms to end",
              sigabbrev_np(number), supervisor->options->stop_timeout_ms);
    child_kill_later(&supervisor->child, supervisor_now_ms(), supervisor->options->stop_timeout_ms);
}

static void on_signal(struct supervisor *supervisor, int number, bool told) {
    if (number == SIGCHLD) {
        child_reap_all(supervisor);
        return;
    }
    if (child_signals_ask_to_end(number))
        begin_stop(supervisor, number);
    if (!told)
        child_signal(&supervisor->child, number);
}

static void read_signals(struct supervisor *supervisor) {
    bool told;
    for (int number; supervisor->state != SUPERVISOR_ENDED &&
                     (number = child_signals_next(supervisor->signals, &told)) != 0;)
        on_signal(supervisor, number, told);
}

/* ---- turns ---- */

static void kill_daemon(struct supervisor *supervisor) {
    supervisor->child.kill_at_ms = 0;
    log_write(LOG_LEVEL_WARN, "supervisor",
              "statgated (process %d) did not end within %u ms: killed", (int)supervisor->child.pid,
              supervisor->child.kill_after_ms);
    child_signal(&supervisor->child, SIGKILL);
}

static void do_what_is_due(struct supervisor *supervisor) {
    const int64_t now = supervisor_now_ms();
    if (supervisor->start_at_ms != 0 && now >= supervisor->start_at_ms)
        start_daemon(supervisor);
    if (supervisor->child.kill_at_ms != 0 && now >= supervisor->child.kill_at_ms)
        kill_daemon(supervisor);
    guard_look(supervisor);
    drain_look(supervisor);
}

/* The time until something is due, for poll(2). */
static int timeout_ms(const struct supervisor *supervisor) {
    int64_t next = supervisor_sooner(supervisor->start_at_ms, supervisor->child.kill_at_ms);
    next = supervisor_sooner(next, guard_due_ms(supervisor));
    next = supervisor_sooner(next, drain_due_ms(supervisor));
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
    polls[LIFE] = (struct pollfd){.fd = supervisor->child.pid > 0 ? supervisor->child.fd : -1,
                                  .events = POLLIN};
    supervisor_held_fill_polls(&supervisor->kept, polls + KEPT);
    const size_t drain_count = drain_fill_polls(supervisor, unread);
    if (poll(polls, KEPT + supervisor->kept.count + drain_count, timeout_ms(supervisor)) > 0) {
        drain_read(supervisor, unread, drain_count); /* before any of them is closed */
        (void)supervisor_held_drop_hung(&supervisor->kept, polls + KEPT);
        if (polls[NOTIFY].revents != 0)
            supervisor_read_messages(supervisor);
        if (polls[SIGNALS].revents != 0)
            read_signals(supervisor);
        if (polls[LIFE].revents != 0 && supervisor->state != SUPERVISOR_ENDED)
            child_reap_foreign(supervisor);
    }
    if (supervisor->state != SUPERVISOR_ENDED)
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
    supervisor->signals = child_signals_open(&supervisor->before);
    int result = supervisor->signals >= 0 ? 0 : supervisor->signals;
    if (result == 0)
        result = notify_server_open(&supervisor->notify);
    if (result == 0 && pipe2(supervisor->watch, O_CLOEXEC) != 0)
        result = -errno;
    if (result == 0)
        result = tell_room();
    host_descriptors_raise();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return result;
}

/* Without it, the next daemon only lacks what the log has. */
static void open_stats(struct supervisor *supervisor) {
    supervisor->stats_fd = supervisor_outage_make(&supervisor->stats);
    if (supervisor->stats_fd < 0)
        log_write(LOG_LEVEL_WARN, "supervisor",
                  "no memory to share with the daemon, which will not count what is left unread "
                  "while it is away: %s",
                  strerror(-supervisor->stats_fd));
}

/* Signals stay blocked: one that arrives this late must not become the exit code. */
static void close_all(struct supervisor *supervisor) {
    const int fds[] = {supervisor->signals, supervisor->notify.fd, supervisor->watch[0],
                       supervisor->watch[1], supervisor->stats_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    supervisor_outage_unmap(supervisor->stats);
    supervisor_held_clear(&supervisor->kept);
}

int supervisor_run(const struct supervisor_options *options) {
    struct supervisor supervisor = {.options = options,
                                    .kept = *options->inherited,
                                    .ever_ready = options->adopted,
                                    .signals = -1,
                                    .notify = {.fd = -1},
                                    .watch = {-1, -1},
                                    .stats_fd = -1,
                                    .child = CHILD_NONE};
    const int result = open_all(&supervisor);
    if (result != 0) {
        log_write(LOG_LEVEL_ERROR, "supervisor", "the supervisor cannot start: %s",
                  strerror(-result));
        close_all(&supervisor);
        return 1;
    }
    open_stats(&supervisor);
    guard_open(&supervisor);
    start_daemon(&supervisor);
    drain_look(&supervisor);
    while (supervisor.state != SUPERVISOR_ENDED)
        turn(&supervisor);
    close_all(&supervisor);
    return supervisor.exit_code;
}

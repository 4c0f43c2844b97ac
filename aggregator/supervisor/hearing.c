#include "supervisor/hearing.h"

#include <stdio.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/log.h"
#include "supervisor/guard.h"
#include "supervisor/notice.h"
#include "supervisor/start.h"

/* Further messages wait for the next turn, so that signals are noticed under any flood of
 * messages. */
enum { LETTERS_A_TURN = 1024 };

/* A pipe, one to move others, a pidfd; and some for files that libraries open. */
enum { FDS_TO_START = 16 };

/* If a descriptor cannot be kept, the values in it end with the daemon. */
static struct log_limit refused_limit = LOG_LIMIT(8, 60000);

/* Keep a descriptor, if enough are left to start a daemon. */
static enum kept_result keep(struct supervisor *supervisor, const struct notice *notice, int fd) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + FDS_TO_START > limit.rlim_cur)
        return KEPT_FULL;
    return kept_add(&supervisor->kept, fd, notice->name, notice->watched);
}

/* Have a manager above keep them, too: if it starts another supervisor, that one gets them. */
static void store_above(const struct notice *notice, const struct letter *letter) {
    char message[sizeof "FDSTORE=1\nFDPOLL=0\nFDNAME=" + KEPT_NAME_BYTES];
    (void)snprintf(message, sizeof message, "FDSTORE=1\n%sFDNAME=%s",
                   notice->watched ? "" : "FDPOLL=0\n", notice->name);
    (void)sd_pid_notify_with_fds(0, 0, message, letter->fds, (unsigned)letter->fd_count);
}

/* Keep the descriptors of a message. Those that are kept are removed from the letter. */
static void store(struct supervisor *supervisor, const struct notice *notice,
                  struct letter *letter) {
    bool full = letter->lost_fds;
    store_above(notice, letter);
    size_t left = 0;
    for (size_t i = 0; i < letter->fd_count; i++) {
        const enum kept_result result = keep(supervisor, notice, letter->fds[i]);
        if (result != KEPT_TAKEN)
            letter->fds[left++] = letter->fds[i];
        full = full || result == KEPT_FULL;
    }
    letter->fd_count = left;
    if (full)
        log_limited(&refused_limit, LOG_LEVEL_ERROR, "supervisor",
                    "no room for a descriptor named %s: %d are kept at most, and as RLIMIT_NOFILE "
                    "allows",
                    notice->name, KEPT_MAX);
}

static void hand_over(struct supervisor *supervisor, pid_t pid) {
    const pid_t former = supervisor->life.pid;
    if (life_hand_over(&supervisor->life, pid)) {
        log_write(LOG_LEVEL_LOG, "supervisor", "statgated is now process %d, it was %d", (int)pid,
                  (int)former);
        if (!supervisor->stopping)
            supervisor->life.kill_at_ms = 0; /* it was the former process that hung */
    } else
        log_write(LOG_LEVEL_WARN, "supervisor",
                  "process %d, which statgated names as its new process, is not its child",
                  (int)pid);
}

/* Give up descriptors, also those that a manager above has. */
static void remove_named(struct supervisor *supervisor, const char *name) {
    (void)kept_remove(&supervisor->kept, name);
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
                  struct letter *letter) {
    if (notice->main_pid != 0)
        hand_over(supervisor, notice->main_pid);
    if (notice->remove && notice->named)
        remove_named(supervisor, notice->name);
    if (notice->store)
        store(supervisor, notice, letter);
    if (notice->ready) {
        supervisor->ever_ready = true;
        start_remember(supervisor);
        life_become_ready(&supervisor->life, supervisor_now_ms());
    }
    supervisor->life.stopping |= notice->stopping;
    if (notice->beat)
        guard_beat(supervisor);
    tell_manager(notice);
}

void hearing_read(struct supervisor *supervisor) {
    struct letter letter;
    struct notice notice;
    for (int i = 0; i < LETTERS_A_TURN && notify_socket_receive(&supervisor->notify, &letter);
         i++) {
        if (letter.pid > 0 && letter.pid == supervisor->life.pid &&
            notice_read(letter.text, letter.len, &notice))
            apply(supervisor, &notice, &letter);
        for (size_t fd = 0; fd < letter.fd_count; fd++)
            (void)close(letter.fds[fd]);
    }
}

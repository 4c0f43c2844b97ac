#include "keeper/hearing.h"

#include <stdio.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/log.h"
#include "keeper/guard.h"
#include "keeper/notice.h"
#include "keeper/start.h"

/* Further messages wait for the next turn, so that signals are noticed under any flood of
 * messages. */
enum { LETTERS_A_TURN = 1024 };

/* A pipe, one to move others, a pidfd; and some for files that libraries open. */
enum { FDS_TO_START = 16 };

/* If a descriptor cannot be kept, the values in it end with the daemon. */
static struct log_limit refused_limit = LOG_LIMIT(8, 60000);

/* Keep a descriptor, if enough are left to start a daemon. */
static enum kept_result keep(struct keeper *keeper, const struct notice *notice, int fd) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + FDS_TO_START > limit.rlim_cur)
        return KEPT_FULL;
    return kept_add(&keeper->kept, fd, notice->name, notice->watched);
}

/* Have a manager above keep them, too: if it starts another keeper, that one gets them. */
static void store_above(const struct notice *notice, const struct letter *letter) {
    char message[sizeof "FDSTORE=1\nFDPOLL=0\nFDNAME=" + KEPT_NAME_BYTES];
    (void)snprintf(message, sizeof message, "FDSTORE=1\n%sFDNAME=%s",
                   notice->watched ? "" : "FDPOLL=0\n", notice->name);
    (void)sd_pid_notify_with_fds(0, 0, message, letter->fds, (unsigned)letter->fd_count);
}

/* Keep the descriptors of a message. Those that are kept are removed from the letter. */
static void store(struct keeper *keeper, const struct notice *notice, struct letter *letter) {
    bool full = letter->lost_fds;
    store_above(notice, letter);
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
    if (life_hand_over(&keeper->life, pid)) {
        log_write(LOG_LEVEL_LOG, "keeper", "statgated goes on as process %d, which was %d",
                  (int)pid, (int)former);
        if (!keeper->stopping)
            keeper->life.kill_at_ms = 0; /* it was the former process that hung */
    } else
        log_write(LOG_LEVEL_WARN, "keeper",
                  "process %d, which statgated names as its successor, is none of its children",
                  (int)pid);
}

/* Give up descriptors, also those that a manager above has. */
static void remove_named(struct keeper *keeper, const char *name) {
    (void)kept_remove(&keeper->kept, name);
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

static void apply(struct keeper *keeper, const struct notice *notice, struct letter *letter) {
    if (notice->main_pid != 0)
        hand_over(keeper, notice->main_pid);
    if (notice->remove && notice->named)
        remove_named(keeper, notice->name);
    if (notice->store)
        store(keeper, notice, letter);
    if (notice->ready) {
        keeper->ever_ready = true;
        start_remember(keeper);
        life_become_ready(&keeper->life, keeper_now_ms());
    }
    keeper->life.stopping |= notice->stopping;
    if (notice->beat)
        guard_beat(keeper);
    tell_manager(notice);
}

void hearing_read(struct keeper *keeper) {
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

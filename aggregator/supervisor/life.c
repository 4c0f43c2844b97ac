#include "supervisor/life.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "supervisor/lineage.h"

static int watch(pid_t pid) {
    return pidfd_open(pid, 0); /* close-on-exec */
}

static void unwatch(int fd) {
    if (fd >= 0)
        (void)close(fd);
}

/* Send a signal. A filter of system calls may allow pidfd_open(2) only; then the number is used,
 * which still belongs to the process unless that has ended. */
static void send(pid_t pid, int fd, int number) {
    if (fd < 0 || (pidfd_send_signal(fd, number, NULL, 0) != 0 && errno != ESRCH))
        (void)kill(pid, number);
}

void life_begin(struct kept_life *life, pid_t pid, int64_t now_ms) {
    *life = KEPT_LIFE_NONE;
    life->pid = pid;
    watchdog_beat(&life->watchdog, now_ms);
    life->fd = watch(pid);
}

bool life_hand_over(struct kept_life *life, pid_t pid) {
    if (pid == life->pid)
        return true;
    const int fd = watch(pid);
    if (!lineage_is_descendant(pid)) {
        unwatch(fd);
        return false;
    }
    unwatch(life->former_fd);
    life->former = life->pid;
    life->former_fd = life->fd;
    life->pid = pid;
    life->fd = fd;
    life->watchdog = (struct watchdog){0};
    return true;
}

void life_become_ready(struct kept_life *life, int64_t now_ms) {
    if (!life->ready) {
        life->ready_ms = now_ms;
        life->watchdog = (struct watchdog){0};
    }
    life->ready = true;
}

int64_t life_ready_ms(const struct kept_life *life, int64_t now_ms) {
    return life->ready ? now_ms - life->ready_ms : -1;
}

void life_former_ended(struct kept_life *life) {
    unwatch(life->former_fd);
    life->former = 0;
    life->former_fd = -1;
}

void life_signal(const struct kept_life *life, int number) {
    if (life->pid > 0)
        send(life->pid, life->fd, number);
}

void life_kill_later(struct kept_life *life, int64_t now_ms, uint32_t after_ms) {
    life->kill_at_ms = now_ms + after_ms;
    life->kill_after_ms = after_ms;
}

void life_end(struct kept_life *life) {
    if (life->former > 0)
        send(life->former, life->former_fd, SIGKILL);
    unwatch(life->former_fd);
    unwatch(life->fd);
    *life = KEPT_LIFE_NONE;
}

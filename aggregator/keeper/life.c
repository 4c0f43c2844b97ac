#include "keeper/life.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/lineage.h"

static int watch(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec */
}

void life_begin(struct kept_life *life, pid_t pid) {
    *life = (struct kept_life){.pid = pid, .fd = watch(pid)};
}

bool life_hand_over(struct kept_life *life, pid_t pid) {
    if (pid == life->pid)
        return true;
    if (!lineage_is_descendant(pid))
        return false;
    if (life->fd >= 0)
        (void)close(life->fd);
    life->former = life->pid;
    life->pid = pid;
    life->fd = watch(pid);
    return true;
}

void life_become_ready(struct kept_life *life, int64_t now_ms) {
    if (!life->ready)
        life->ready_ms = now_ms;
    life->ready = true;
}

int64_t life_ready_ms(const struct kept_life *life, int64_t now_ms) {
    return life->ready ? now_ms - life->ready_ms : -1;
}

void life_signal(const struct kept_life *life, int number) {
    if (life->pid > 0)
        (void)kill(life->pid, number);
}

void life_end(struct kept_life *life) {
    if (life->former > 0)
        (void)kill(life->former, SIGKILL);
    if (life->fd >= 0)
        (void)close(life->fd);
    *life = (struct kept_life){.fd = -1};
}

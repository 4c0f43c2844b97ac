/* Looks up the process that has a number: by pidfd, and in /proc. */
#include "ingress/owner_find.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

bool owner_find_has_ended(int pidfd) {
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

enum procinfo_result owner_find_look_up(const struct owner_watch *watch, int32_t pid,
                                        struct procinfo *ret_info) {
    *ret_info = (struct procinfo){0};
    return procinfo_read(watch->proc, pid, ret_info);
}

bool owner_find_is_another(const struct life *life, const struct procinfo *info) {
    const bool known = life->start_ticks != 0 || life->gone_before;
    return known && life->start_ticks != info->start_ticks;
}

static enum owner_opening open_pidfd(const struct owner_watch *watch, int32_t pid, int *ret_pidfd) {
    if (watch->options.max == 0)
        return OPEN_WITHOUT;
    if (watch->figures.descriptors >= watch->options.max)
        return OPEN_FULL;
    *ret_pidfd = pidfd_open(pid, 0);
    if (*ret_pidfd >= 0)
        return OPEN_DONE;
    switch (errno) {
    case ESRCH:
    case EINVAL: /* the number of a thread, which only a privileged sender can claim */
    case ENOENT: /* the same, since Linux 6.16 */
        return OPEN_GONE;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return OPEN_FULL;
    default: /* ENOSYS, EPERM */
        return OPEN_WITHOUT;
    }
}

/* /proc is read between opening the pidfd and polling it, so the result is about the pidfd's
 * process if that is still alive. */
struct owner_found owner_find_process(const struct owner_watch *watch, int32_t pid) {
    struct owner_found found = {.pidfd = -1};
    found.opening = open_pidfd(watch, pid, &found.pidfd);
    found.result = owner_find_look_up(watch, pid, &found.info);
    found.gone = found.opening == OPEN_GONE || found.result == PROCINFO_GONE || found.info.ended ||
                 (found.pidfd >= 0 && owner_find_has_ended(found.pidfd));
    if (found.gone && found.pidfd >= 0) {
        close(found.pidfd);
        found.pidfd = -1;
    }
    return found;
}

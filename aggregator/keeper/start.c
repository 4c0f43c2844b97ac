#include "keeper/start.h"

#include <string.h>

#include "host/inherited.h"
#include "host/log.h"
#include "keeper/launch.h"

/* List the descriptors that are kept, the end of the pipe by which the daemon notices our death,
 * and what happened meanwhile. */
static size_t list_fds(const struct keeper *keeper, struct launch_fd *fds) {
    const struct kept_fds *kept = &keeper->kept;
    size_t count = 0;
    for (; count < kept->count; count++)
        fds[count] = (struct launch_fd){kept->items[count].fd, kept->items[count].name};
    fds[count++] = (struct launch_fd){keeper->watch[0], INHERITED_KEEPER};
    if (keeper->meanwhile_fd >= 0)
        fds[count++] = (struct launch_fd){keeper->meanwhile_fd, MEANWHILE_NAME};
    return count;
}

static int launch_daemon(struct keeper *keeper) {
    struct launch_fd fds[KEPT_MAX + 2];
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

void start_later(struct keeper *keeper, uint32_t delay_ms) {
    keeper->start_at_ms = keeper_now_ms() + delay_ms;
}

void start_daemon(struct keeper *keeper) {
    keeper->start_at_ms = 0;
    const int result = launch_daemon(keeper);
    if (result == 0) {
        log_write(keeper->ever_ready ? LOG_LEVEL_LOG : LOG_LEVEL_DEBUG, "keeper",
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
        keeper_end_with(keeper, 1);
}

#include "supervisor/start.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/inherited.h"
#include "host/log.h"
#include "supervisor/launch.h"

/* List the descriptors that are kept, the end of the pipe by which the daemon notices our death,
 * and what happened meanwhile. */
static size_t list_fds(const struct supervisor *supervisor, struct launch_fd *fds) {
    const struct kept_fds *kept = &supervisor->kept;
    size_t count = 0;
    for (; count < kept->count; count++)
        fds[count] = (struct launch_fd){kept->items[count].fd, kept->items[count].name};
    fds[count++] = (struct launch_fd){supervisor->watch[0], INHERITED_SUPERVISOR};
    if (supervisor->meanwhile_fd >= 0)
        fds[count++] = (struct launch_fd){supervisor->meanwhile_fd, MEANWHILE_NAME};
    return count;
}

/* ---- which program ---- */

enum { TRIES = 2 /* before the program that was ready is started again */ };

/* Whether the file at the path is another one than the program that was ready, or is gone. */
static bool was_replaced(const struct supervisor *supervisor) {
    struct stat proven;
    struct stat present;
    return supervisor->proven >= 0 && fstat(supervisor->proven, &proven) == 0 &&
           (stat(supervisor->options->program, &present) != 0 || proven.st_dev != present.st_dev ||
            proven.st_ino != present.st_ino);
}

/* The program that was ready, if it is its turn: the one at the path has failed, and may have been
 * mended since. Else -1. */
static int choose_proven(struct supervisor *supervisor) {
    const unsigned tries = supervisor->tries++;
    if (tries < TRIES || tries % 2 != 0 || !was_replaced(supervisor))
        return -1;
    log_write(LOG_LEVEL_ERROR, "supervisor",
              "the program at %s has failed: statgated is started from the one that was ready "
              "before",
              supervisor->options->program);
    return supervisor->proven;
}

void start_remember(struct supervisor *supervisor) {
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)supervisor->life.pid);
    const int fd = open(path, O_PATH | O_CLOEXEC);
    supervisor->tries = 0;
    if (fd < 0)
        return;
    if (supervisor->proven >= 0)
        (void)close(supervisor->proven);
    supervisor->proven = fd;
}

/* ---- the start ---- */

static int launch_daemon(struct supervisor *supervisor) {
    struct launch_fd fds[KEPT_MAX + 2];
    const struct launch wanted = {.program = supervisor->options->program,
                                  .program_fd = choose_proven(supervisor),
                                  .arguments = supervisor->options->arguments,
                                  .notify_name = supervisor->notify.name,
                                  .fds = fds,
                                  .fd_count = list_fds(supervisor, fds),
                                  .signals = &supervisor->before};
    pid_t pid;
    const int result = launch(&wanted, &pid);
    if (result == 0)
        life_begin(&supervisor->life, pid, supervisor_now_ms());
    return result;
}

void start_later(struct supervisor *supervisor, uint32_t delay_ms) {
    supervisor->start_at_ms = supervisor_now_ms() + delay_ms;
}

void start_daemon(struct supervisor *supervisor) {
    supervisor->start_at_ms = 0;
    const int result = launch_daemon(supervisor);
    if (result == 0) {
        log_write(supervisor->ever_ready ? LOG_LEVEL_LOG : LOG_LEVEL_DEBUG, "supervisor",
                  "statgated runs as process %d, with %zu kept descriptors",
                  (int)supervisor->life.pid, supervisor->kept.count);
        return;
    }
    const uint32_t delay_ms = backoff_next_ms(&supervisor->backoff, -1);
    log_write(LOG_LEVEL_ERROR, "supervisor", "statgated cannot be started from %s: %s",
              supervisor->options->program, strerror(-result));
    if (supervisor->ever_ready)
        start_later(supervisor, delay_ms);
    else
        supervisor_end_with(supervisor, 1);
}

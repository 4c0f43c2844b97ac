#include "keeper/start.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- which program ---- */

enum { TRIES = 2 /* before the program that was ready is started again */ };

/* Whether the file at the path is another one than the program that was ready, or is gone. */
static bool was_replaced(const struct keeper *keeper) {
    struct stat proven;
    struct stat present;
    return keeper->proven >= 0 && fstat(keeper->proven, &proven) == 0 &&
           (stat(keeper->options->program, &present) != 0 || proven.st_dev != present.st_dev ||
            proven.st_ino != present.st_ino);
}

/* The program that was ready, if it is its turn: the one at the path has failed, and may have been
 * mended since. Else -1. */
static int choose_proven(struct keeper *keeper) {
    const unsigned tries = keeper->tries++;
    if (tries < TRIES || tries % 2 != 0 || !was_replaced(keeper))
        return -1;
    log_write(LOG_LEVEL_ERROR, "keeper",
              "the program at %s has failed: statgated is started from the one that was ready "
              "before",
              keeper->options->program);
    return keeper->proven;
}

void start_remember(struct keeper *keeper) {
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)keeper->life.pid);
    const int fd = open(path, O_PATH | O_CLOEXEC);
    keeper->tries = 0;
    if (fd < 0)
        return;
    if (keeper->proven >= 0)
        (void)close(keeper->proven);
    keeper->proven = fd;
}

/* ---- the start ---- */

static int launch_daemon(struct keeper *keeper) {
    struct launch_fd fds[KEPT_MAX + 2];
    const struct launch wanted = {.program = keeper->options->program,
                                  .program_fd = choose_proven(keeper),
                                  .arguments = keeper->options->arguments,
                                  .notify_name = keeper->notify.name,
                                  .fds = fds,
                                  .fd_count = list_fds(keeper, fds),
                                  .signals = &keeper->before};
    pid_t pid;
    const int result = launch(&wanted, &pid);
    if (result == 0)
        life_begin(&keeper->life, pid, keeper_now_ms());
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

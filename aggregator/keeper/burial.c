#include "keeper/burial.h"

#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "host/log.h"
#include "keeper/death.h"
#include "keeper/hearing.h"
#include "keeper/start.h"

/* Whether the keeper ends as well: the daemon ended in order by itself, or was meant to end, or
 * would most likely end in the same way again. */
static bool is_the_end(const struct keeper *keeper, const struct death *death) {
    return keeper->stopping || keeper->life.stopping || death_is_orderly(death) ||
           !keeper->ever_ready;
}

/* Whether the daemon itself has said why it ends: it could not start. */
static bool has_said_why(const struct keeper *keeper, const struct death *death) {
    return !keeper->ever_ready && death->known && WIFEXITED(death->status);
}

static void log_end(const struct keeper *keeper, const char *how, const struct death *death) {
    if (has_said_why(keeper, death))
        return;
    const bool good = death_is_orderly(death) || keeper->stopping;
    log_write(good ? LOG_LEVEL_LOG : LOG_LEVEL_ERROR, "keeper", "statgated (process %d) %s%s",
              (int)keeper->life.pid, how,
              good || keeper->life.ready || keeper->ever_ready
                  ? ""
                  : " before it was ready; it is not started again");
}

static void log_restart(const struct keeper *keeper, const char *how, uint32_t delay_ms) {
    char when[32] = "at once";
    if (delay_ms > 0)
        (void)snprintf(when, sizeof when, "in %u ms", delay_ms);
    log_write(LOG_LEVEL_ERROR, "keeper", "statgated (process %d) %s; it is started again %s",
              (int)keeper->life.pid, how, when);
    (void)sd_notifyf(0, "STATUS=statgated %s; it is started again %s", how, when);
}

/* The exit code. 0 for a daemon that announced its end, and whose status only another process can
 * read: the former daemon, which started it. */
static int code_of(const struct keeper *keeper, const struct death *death) {
    return !death->known && keeper->life.stopping ? 0 : death_code(death);
}

static void on_death(struct keeper *keeper, const struct death *death) {
    char how[DEATH_TEXT_BYTES];
    death_describe(death, how);
    if (is_the_end(keeper, death)) {
        log_end(keeper, how, death);
        keeper_end_with(keeper, code_of(keeper, death));
    } else {
        const int64_t ready_ms = life_ready_ms(&keeper->life, keeper_now_ms());
        const uint32_t delay_ms = backoff_next_ms(&keeper->backoff, ready_ms);
        log_restart(keeper, how, delay_ms);
        start_later(keeper, delay_ms);
    }
    life_end(&keeper->life);
}

/* Messages are read first: the process may have named another one as the daemon. */
void burial_of_children(struct keeper *keeper) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        hearing_read(keeper);
        if (pid == keeper->life.pid)
            on_death(keeper, &(struct death){.known = true, .status = status});
        else if (pid == keeper->life.former)
            life_former_ended(&keeper->life);
    }
}

void burial_of_foreign(struct keeper *keeper) {
    burial_of_children(keeper);
    struct pollfd ended = {.fd = keeper->life.fd, .events = POLLIN};
    if (keeper->life.pid > 0 && ended.fd >= 0 && poll(&ended, 1, 0) > 0)
        on_death(keeper, &(struct death){.known = false});
}

#include "supervisor/burial.h"

#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "host/log.h"
#include "supervisor/death.h"
#include "supervisor/hearing.h"
#include "supervisor/start.h"

/* Whether the supervisor ends as well: the daemon ended in order by itself, or was meant to end, or
 * would most likely end in the same way again. */
static bool is_the_end(const struct supervisor *supervisor, const struct death *death) {
    return supervisor->stopping || supervisor->life.stopping || death_is_orderly(death) ||
           !supervisor->ever_ready;
}

/* Whether the daemon itself has said why it ends: it could not start. */
static bool has_said_why(const struct supervisor *supervisor, const struct death *death) {
    return !supervisor->ever_ready && death->known && WIFEXITED(death->status);
}

static void log_end(const struct supervisor *supervisor, const char *how,
                    const struct death *death) {
    if (has_said_why(supervisor, death))
        return;
    const bool good = death_is_orderly(death) || supervisor->stopping;
    log_write(good ? LOG_LEVEL_LOG : LOG_LEVEL_ERROR, "supervisor", "statgated (process %d) %s%s",
              (int)supervisor->life.pid, how,
              good || supervisor->life.ready || supervisor->ever_ready
                  ? ""
                  : " before it was ready; it is not started again");
}

static void log_restart(const struct supervisor *supervisor, const char *how, uint32_t delay_ms) {
    char when[32] = "at once";
    if (delay_ms > 0)
        (void)snprintf(when, sizeof when, "in %u ms", delay_ms);
    log_write(LOG_LEVEL_ERROR, "supervisor", "statgated (process %d) %s; it is started again %s",
              (int)supervisor->life.pid, how, when);
    (void)sd_notifyf(0, "STATUS=statgated %s; it is started again %s", how, when);
}

/* The exit code. 0 for a daemon that announced its end, and whose status only another process can
 * read: the former daemon, which started it. */
static int code_of(const struct supervisor *supervisor, const struct death *death) {
    return !death->known && supervisor->life.stopping ? 0 : death_code(death);
}

static void on_death(struct supervisor *supervisor, const struct death *death) {
    char how[DEATH_TEXT_BYTES];
    death_describe(death, how);
    if (is_the_end(supervisor, death)) {
        log_end(supervisor, how, death);
        supervisor_end_with(supervisor, code_of(supervisor, death));
    } else {
        const int64_t ready_ms = life_ready_ms(&supervisor->life, supervisor_now_ms());
        const uint32_t delay_ms = backoff_next_ms(&supervisor->backoff, ready_ms);
        log_restart(supervisor, how, delay_ms);
        start_later(supervisor, delay_ms);
    }
    life_end(&supervisor->life);
}

/* Messages are read first: the process may have named another one as the daemon. */
void burial_of_children(struct supervisor *supervisor) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        hearing_read(supervisor);
        if (pid == supervisor->life.pid)
            on_death(supervisor, &(struct death){.known = true, .status = status});
        else if (pid == supervisor->life.former)
            life_former_ended(&supervisor->life);
    }
}

void burial_of_foreign(struct supervisor *supervisor) {
    burial_of_children(supervisor);
    struct pollfd ended = {.fd = supervisor->life.fd, .events = POLLIN};
    if (supervisor->life.pid > 0 && ended.fd >= 0 && poll(&ended, 1, 0) > 0)
        on_death(supervisor, &(struct death){.known = false});
}

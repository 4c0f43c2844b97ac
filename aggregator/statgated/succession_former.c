/* A daemon that has handed over: names its successor to the manager, and handles a successor
 * that ends soon. */
#include "statgated/succession_private.h"

#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/log.h"
#include "host/notify.h"
#include "host/wire.h"
#include "statgated/stop.h"

enum {
    LOOK_MS = 10,     /* interval of checks whether the successor has ended */
    KNOWN_MS = 2,     /* interval of checks whether the manager knows it */
    BARRIER_MS = 5000 /* time a manager has to learn which process is the daemon */
};

/* The manager knows the successor now. Tell the successor before the asker, who may then ask the
 * successor for the next reload. */
static void say_main(struct succession *succession) {
    (void)uv_timer_stop(&succession->timer);
    (void)wire_send(succession->sock, "main");
    succession_end_taken(succession, "taken");
}

static bool is_known(const struct succession *succession) {
    struct pollfd known = {.fd = succession->known, .events = POLLIN};
    return poll(&known, 1, 0) != 0;
}

/* A manager that does not answer is taken to have read the message at the end of this time. The
 * pipe is polled by a timer, not by the loop: its number may be that of a descriptor which the
 * loop is about to forget. */
static void on_look(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    if (is_known(succession) || succession_now_ns() >= succession->barrier_ns)
        say_main(succession);
}

static void name_successor(struct succession *succession) {
    succession->known = notify_hand_over(succession->pid);
    succession->barrier_ns = succession_now_ns() + (uint64_t)BARRIER_MS * SUCCESSION_MS_NS;
    if (succession->known < 0 || is_known(succession))
        say_main(succession);
    else
        (void)uv_timer_start(&succession->timer, on_look, KNOWN_MS, KNOWN_MS);
}

void succession_former_begin(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    const double pause_ms =
        (double)(succession_now_ns() - succession->stopped_ns) / SUCCESSION_MS_NS;
    succession->state = SUCCESSION_LEFT;
    daemon->heir = succession->pid;
    stop_leave(daemon);
    succession_end_report(succession);
    log_write(LOG_LEVEL_LOG, "reload", "process %d took over; sockets were unread for %.1f ms",
              (int)succession->pid, pause_ms);
    succession_end_owed(daemon, succession->pid);
    name_successor(succession);
}

void succession_former_alone(struct succession *succession) {
    succession->alone = true;
    uv_unref((uv_handle_t *)&succession->poll);
}

/* ---- a successor that ends soon ---- */

/* A manager that still takes this process for the daemon has to see a failure, so that it starts
 * another one. */
static void end_at_once(void) {
    enum { FLUSH_MS = 500 };
    log_write(LOG_LEVEL_ERROR, "reload",
              "the new process ended as soon as it had taken over, so this one ends, too");
    log_flush(FLUSH_MS);
    _exit(1);
}

static void on_stopped(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    int status = 0;
    if (waitpid(succession->pid, &status, WNOHANG) == 0)
        return;
    (void)uv_timer_stop(timer);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        end_at_once();
    stop_answering(succession->daemon);
}

/* The successor ends with this process and may still write its values: wait, and end as it does. */
static void await_stop(struct succession *succession) {
    succession_end_taken(succession, "taken, and stopped since");
    (void)uv_timer_start(&succession->timer, on_stopped, 0, LOOK_MS);
}

void succession_former_lost(struct succession *succession) {
    if (succession->alone)
        stop_answering(succession->daemon);
    else if (succession->told)
        await_stop(succession);
    else
        end_at_once();
}

#include "statgated/succession_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"
#include "host/notify.h"
#include "host/program.h"
#include "host/wire.h"
#include "statgated/refusals.h"
#include "statgated/successor.h"

/* ---- the successor prepares ---- */

static void take_report(struct succession *succession, struct wire_message *message) {
    succession_close_fd(&succession->report);
    succession->report = wire_take(message, 0);
}

static void take_more(struct succession *succession, const char *line) {
    if (succession->more.count < SUCCESSION_MORE_MAX)
        mistakes_messages_add(&succession->more, "%s", line);
}

static void on_message(struct succession *succession, struct wire_message *message) {
    const char *text;
    if (succession->state == SUCCESSION_LEFT) {
        if (wire_is(message, "main", NULL))
            succession_former_alone(succession);
        return;
    }
    if (wire_is(message, "more", &text))
        take_more(succession, text);
    else if (wire_is(message, "refused", &text))
        succession_end_refused(succession, text);
    else if (wire_is(message, "partly", &text))
        (void)error_set(&succession->partly, "%s", text);
    else if (wire_is(message, "report", NULL))
        take_report(succession, message);
    else if (wire_is(message, "prepared", &text))
        succession_pause_hand_over(succession);
}

static void on_end(struct succession *succession) {
    (void)uv_poll_stop(&succession->poll);
    if (succession->state == SUCCESSION_LEFT)
        succession_former_lost(succession);
    else
        succession_end_fail(succession, SUCCESSION_REFUSED, NULL);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct succession *succession = poll->data;
    struct wire_message message;
    (void)status;
    (void)events;
    const enum wire_result result = wire_receive(succession->sock, &message);
    if (result == WIRE_GOT)
        on_message(succession, &message);
    if (result == WIRE_GOT)
        wire_drop(&message);
    if (result == WIRE_END)
        on_end(succession);
}

/* ---- beginning ---- */

static void on_late(uv_timer_t *timer) {
    succession_end_fail(timer->data, SUCCESSION_TIMEOUT,
                        "the new process was not ready in time, and was killed");
}

static const char *why_not(const struct daemon *daemon) {
    if (daemon->program == NULL)
        return "it is not known which program this process runs; restart it";
    if (daemon->object == NULL)
        return "the values are in memory that ends with this process; restart it with more memory";
    if (notify_can_keep() == NOTIFY_NOBODY && !daemon->supervisor.lost)
        return "no service manager and no supervisor would know that another process goes on: "
               "whoever "
               "started this one would take its end for the daemon's; leave out --no-supervisor";
    return NULL;
}

static bool refuse(struct daemon *daemon, const struct succession_asker *asker, int code,
                   const char *why) {
    const struct messages no_more = {0};
    struct succession_asker once = *asker;
    if (code == SUCCESSION_REFUSED)
        reload_report_refused(&daemon->reload, daemon_now().real_ms, why);
    refusals_log(code == SUCCESSION_UNDER_WAY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, why, &no_more);
    succession_end_tell(&once, code, why);
    return false;
}

/* Start the successor with its end of the socket pair, which is closed here. */
static int start(struct succession *succession, int end) {
    const struct daemon *daemon = succession->daemon;
    char variable[sizeof SUCCESSION_VARIABLE + 16];
    (void)snprintf(variable, sizeof variable, SUCCESSION_VARIABLE "=%d", PROGRAM_FD);
    const struct program program = {
        .path = daemon->program, .arguments = daemon->arguments, .variable = variable, .fd = end};
    const int result = program_start(&program, &succession->pid);
    (void)close(end);
    return result;
}

static void watch(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    (void)uv_poll_init(&daemon->loop, &succession->poll, succession->sock);
    (void)uv_timer_init(&daemon->loop, &succession->timer);
    succession->poll.data = succession;
    succession->timer.data = succession;
    succession->handles = 2;
    (void)uv_poll_start(&succession->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    (void)uv_timer_start(&succession->timer, on_late, SUCCESSION_TIMEOUT_MS, 0);
}

/* Start the successor, connected to us by `sock`. Returns 0 or -errno. */
static int start_connected(struct succession *succession) {
    int ends[2];
    if (!wire_pair(ends))
        return -errno;
    const int result = start(succession, ends[1]);
    if (result == 0)
        succession->sock = ends[0];
    else
        (void)close(ends[0]);
    return result;
}

static void send_offer(struct succession *succession) {
    if (succession_offer_send(succession->daemon, succession->sock))
        return;
    /* A successor that has ended may have sent its own reason; else its exit status is the
     * reason. */
    const bool ended = errno == EPIPE || errno == ECONNRESET;
    succession_end_fail(succession, SUCCESSION_REFUSED,
                        ended ? NULL : "what this process has cannot be passed on");
}

static bool begin(struct daemon *daemon, const struct succession_asker *asker) {
    struct succession *succession = calloc(1, sizeof *succession);
    if (succession == NULL)
        return refuse(daemon, asker, SUCCESSION_REFUSED, "out of memory");
    *succession = (struct succession){.daemon = daemon,
                                      .asker = *asker,
                                      .known = -1,
                                      .report = -1,
                                      .object = -1,
                                      .begun_ns = succession_now_ns()};
    const int result = start_connected(succession);
    if (result != 0) {
        struct error why;
        (void)error_set(&why, "%s cannot be started: %s", daemon->program, strerror(-result));
        free(succession);
        return refuse(daemon, asker, SUCCESSION_REFUSED, why.text);
    }
    daemon->succession = succession;
    successor_end_former(daemon->successor); /* at most one former daemon at a time */
    ingress_path_watch_hold(daemon->path_watch, true);
    watch(succession);
    send_offer(succession);
    return true;
}

bool succession_begin(struct daemon *daemon, const struct succession_asker *asker) {
    const struct succession_asker nobody = {0};
    const struct succession_asker *whom = asker != NULL ? asker : &nobody;
    if (daemon->stopping || daemon->succession != NULL)
        return refuse(daemon, whom, SUCCESSION_UNDER_WAY,
                      daemon->stopping ? "this process is about to end" : "a reload is under way");
    if (successor_waits(daemon->successor))
        return refuse(daemon, whom, SUCCESSION_UNDER_WAY, "the last reload is not over yet");
    const char *why = why_not(daemon);
    return why != NULL ? refuse(daemon, whom, SUCCESSION_REFUSED, why) : begin(daemon, whom);
}

void succession_ask(struct daemon *daemon) {
    if (daemon->succession == NULL && !successor_waits(daemon->successor)) {
        (void)succession_begin(daemon, NULL);
        return;
    }
    if (!daemon->reload_owed)
        log_write(LOG_LEVEL_LOG, "reload", "SIGHUP during a reload: another one follows it");
    daemon->reload_owed = true;
}

void succession_cancel(struct daemon *daemon, const char *why) {
    struct succession *succession = daemon->succession;
    if (succession == NULL || succession->state == SUCCESSION_LEFT)
        return;
    if (succession->pid > 0)
        (void)succession_end_bury(succession);
    succession_end_forget(succession);
    succession_end_tell(&succession->asker, SUCCESSION_REFUSED, why);
    succession_end_close(daemon);
}

bool succession_signal(struct daemon *daemon, int number) {
    struct succession *succession = daemon->succession;
    if (succession == NULL || succession->state != SUCCESSION_LEFT)
        return false;
    succession->told = succession->told || number != SIGHUP;
    (void)kill(succession->pid, number);
    return true;
}

void succession_close(struct daemon *daemon) {
    succession_end_close(daemon);
}

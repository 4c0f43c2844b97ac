#include "statgated/state_watch.h"

#include "host/clock.h"
#include "host/log.h"
#include "statgated/state.h"

static bool is_wrong(const struct daemon *daemon) {
    return daemon->state_wrong.text[0] != '\0';
}

/* Log a change. A file that was never open has been reported already. */
static void report(const struct daemon *daemon) {
    if (is_wrong(daemon) && state_is_open(daemon))
        log_write(LOG_LEVEL_WARN, "state", "%s; a stop would lose the values",
                  daemon->state_wrong.text);
    else if (!is_wrong(daemon))
        log_write(LOG_LEVEL_LOG, "state", "state file %s: it can be written now",
                  daemon->settings->state_file);
}

static void look(struct daemon *daemon) {
    const bool was_wrong = is_wrong(daemon);
    error_clear(&daemon->state_wrong);
    (void)state_check(daemon, &daemon->state_wrong);
    if (is_wrong(daemon) == was_wrong)
        return;
    daemon->state_wrong_ms = daemon_now().real_ms;
    report(daemon);
}

static void on_look(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    (void)uv_timer_start(timer, on_look, clock_until_next(uv_now(timer->loop), STATE_WATCH_MS), 0);
    if (!daemon->stopping && !daemon->former)
        look(daemon);
}

void state_watch_start(struct daemon *daemon) {
    if (daemon->stopping) /* nobody would close the timer, and the loop would never end */
        return;
    (void)uv_timer_init(&daemon->loop, &daemon->state_timer);
    daemon->state_timer.data = daemon;
    on_look(&daemon->state_timer);
}

void state_watch_stop(struct daemon *daemon) {
    if (daemon->state_timer.loop != NULL)
        uv_close((uv_handle_t *)&daemon->state_timer, NULL);
}

/* Counts ticks without a sign of life, and ends a daemon that hangs. */
#include "supervisor/guard.h"

#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "host/log.h"
#include "supervisor/hang.h"

enum { ABORT_MS = 5000 /* time for a core dump */ };

/* ---- our own manager ---- */

void guard_open(struct supervisor *supervisor) {
    uint64_t most_us;
    if (sd_watchdog_enabled(0, &most_us) <= 0)
        return;
    const uint64_t every_ms = most_us / 2000;
    supervisor->beat_every_ms =
        every_ms < WATCHDOG_TICK_MS ? (uint32_t)every_ms + 1 : WATCHDOG_TICK_MS;
    supervisor->beat_at_ms = supervisor_now_ms();
}

/* This process lives: what the daemon does is its own business. The next beat follows the daemon's,
 * so that both take one wake. */
static void beat_manager(struct supervisor *supervisor, int64_t now_ms, int64_t slack_ms) {
    if (supervisor->beat_every_ms == 0)
        return;
    (void)sd_notify(0, "WATCHDOG=1");
    supervisor->beat_at_ms = now_ms + supervisor->beat_every_ms + slack_ms;
}

/* ---- the daemon ---- */

/* A stop takes as long as the disk needs. */
static bool is_watched(const struct supervisor *supervisor) {
    return !supervisor->life.stopping && !supervisor->stopping && supervisor->life.kill_at_ms == 0;
}

void guard_beat(struct supervisor *supervisor) {
    const int64_t now = supervisor_now_ms();
    if (supervisor->life.ready && is_watched(supervisor))
        watchdog_beat(&supervisor->life.watchdog, now);
    beat_manager(supervisor, now, supervisor->beat_every_ms / 4);
}

static unsigned ticks_of(const struct supervisor *supervisor) {
    return supervisor->life.ready ? WATCHDOG_TICKS
                                  : watchdog_start_ticks(supervisor->options->ready_timeout_ms);
}

static void note(struct supervisor *supervisor, const char *doing) {
    struct meanwhile_hang hang = {.real_ms = clock_now().real_ms};
    (void)snprintf(hang.text, sizeof hang.text, "process %d %s in %u s and was killed; %.*s",
                   (int)supervisor->life.pid,
                   supervisor->life.ready ? "sent no heartbeat" : "was not ready",
                   ticks_of(supervisor) * WATCHDOG_TICK_MS / 1000, HANG_TEXT_BYTES, doing);
    meanwhile_note_hang(supervisor->meanwhile, &hang);
    log_write(LOG_LEVEL_ERROR, "supervisor", "statgated hangs: %s", hang.text);
}

/* SIGABRT leaves a core dump, but ends no process that is stopped; SIGCONT has it end. */
static void end_daemon(struct supervisor *supervisor, int64_t now_ms) {
    char doing[HANG_TEXT_BYTES];
    hang_describe(supervisor->life.pid, doing);
    note(supervisor, doing);
    life_signal(&supervisor->life, SIGABRT);
    life_signal(&supervisor->life, SIGCONT);
    life_kill_later(&supervisor->life, now_ms, ABORT_MS);
}

static void watch_daemon(struct supervisor *supervisor, int64_t now_ms) {
    struct watchdog *watchdog = &supervisor->life.watchdog;
    if (!is_watched(supervisor))
        *watchdog = (struct watchdog){0};
    else if (!watchdog_tick(watchdog, now_ms))
        return;
    else if (hang_is_traced(supervisor->life.pid))
        watchdog_beat(watchdog, now_ms);
    else if (watchdog_is_over(watchdog, ticks_of(supervisor)))
        end_daemon(supervisor, now_ms);
}

void guard_look(struct supervisor *supervisor) {
    const int64_t now = supervisor_now_ms();
    watch_daemon(supervisor, now);
    if (supervisor->beat_every_ms > 0 && now >= supervisor->beat_at_ms)
        beat_manager(supervisor, now, 0);
}

int64_t guard_due_ms(const struct supervisor *supervisor) {
    return supervisor_sooner(supervisor->life.watchdog.due_ms, supervisor->beat_at_ms);
}

/* Counts ticks without a sign of life, and ends a daemon that hangs. */
#include "keeper/guard.h"

#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "host/log.h"
#include "keeper/hang.h"

enum { ABORT_MS = 5000 /* time for a core dump */ };

/* ---- our own manager ---- */

void guard_open(struct keeper *keeper) {
    uint64_t most_us;
    if (sd_watchdog_enabled(0, &most_us) <= 0)
        return;
    const uint64_t every_ms = most_us / 2000;
    keeper->beat_every_ms = every_ms < WATCHDOG_TICK_MS ? (uint32_t)every_ms + 1 : WATCHDOG_TICK_MS;
    keeper->beat_at_ms = keeper_now_ms();
}

/* This process lives: what the daemon does is its own business. The next beat follows the daemon's,
 * so that both take one wake. */
static void beat_manager(struct keeper *keeper, int64_t now_ms, int64_t slack_ms) {
    if (keeper->beat_every_ms == 0)
        return;
    (void)sd_notify(0, "WATCHDOG=1");
    keeper->beat_at_ms = now_ms + keeper->beat_every_ms + slack_ms;
}

/* ---- the daemon ---- */

/* A stop takes as long as the disk needs. */
static bool is_watched(const struct keeper *keeper) {
    return !keeper->life.stopping && !keeper->stopping && keeper->life.kill_at_ms == 0;
}

void guard_beat(struct keeper *keeper) {
    const int64_t now = keeper_now_ms();
    if (keeper->life.ready && is_watched(keeper))
        watchdog_beat(&keeper->life.watchdog, now);
    beat_manager(keeper, now, keeper->beat_every_ms / 4);
}

static unsigned ticks_of(const struct keeper *keeper) {
    return keeper->life.ready ? WATCHDOG_TICKS : watchdog_start_ticks(keeper->options->patience_ms);
}

static void note(struct keeper *keeper, const char *doing) {
    struct meanwhile_hang hang = {.real_ms = clock_now().real_ms};
    (void)snprintf(hang.text, sizeof hang.text, "process %d %s in %u s and was killed; %.*s",
                   (int)keeper->life.pid,
                   keeper->life.ready ? "gave no sign of life" : "was not ready",
                   ticks_of(keeper) * WATCHDOG_TICK_MS / 1000, HANG_TEXT_BYTES, doing);
    meanwhile_note_hang(keeper->meanwhile, &hang);
    log_write(LOG_LEVEL_ERROR, "keeper", "statgated hangs: %s", hang.text);
}

/* SIGABRT leaves a core dump, but ends no process that is stopped; SIGCONT has it end. */
static void end_daemon(struct keeper *keeper, int64_t now_ms) {
    char doing[HANG_TEXT_BYTES];
    hang_describe(keeper->life.pid, doing);
    note(keeper, doing);
    life_signal(&keeper->life, SIGABRT);
    life_signal(&keeper->life, SIGCONT);
    life_kill_later(&keeper->life, now_ms, ABORT_MS);
}

static void watch_daemon(struct keeper *keeper, int64_t now_ms) {
    struct watchdog *watchdog = &keeper->life.watchdog;
    if (!is_watched(keeper))
        *watchdog = (struct watchdog){0};
    else if (!watchdog_tick(watchdog, now_ms))
        return;
    else if (hang_is_traced(keeper->life.pid))
        watchdog_beat(watchdog, now_ms);
    else if (watchdog_is_over(watchdog, ticks_of(keeper)))
        end_daemon(keeper, now_ms);
}

void guard_look(struct keeper *keeper) {
    const int64_t now = keeper_now_ms();
    watch_daemon(keeper, now);
    if (keeper->beat_every_ms > 0 && now >= keeper->beat_at_ms)
        beat_manager(keeper, now, 0);
}

int64_t guard_due_ms(const struct keeper *keeper) {
    return keeper_sooner(keeper->life.watchdog.due_ms, keeper->beat_at_ms);
}

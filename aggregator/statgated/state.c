#include "statgated/state.h"

#include <uv.h>

#include "host/log.h"
#include "host/procinfo.h"
#include "store/store.h"

static bool is_asked(const struct daemon *daemon) {
    return *daemon->settings->state_file != '\0';
}

bool state_is_open(const struct daemon *daemon) {
    return daemon->state.path != NULL;
}

bool state_is_expected(const struct daemon *daemon) {
    return is_asked(daemon) && (state_is_open(daemon) || daemon->takeover.handed);
}

static const char if_stopped[] = "values end with this daemon when it is stopped";

void state_close(struct daemon *daemon) {
    if (state_is_open(daemon))
        state_file_close(&daemon->state);
    daemon->state = (struct state_file){0};
}

/* Open the file, also if its folder was made again since: what is written into the former one is
 * found by nobody. Also true if the settings name none; then it is not open. On failure, what was
 * open stays so. */
static bool try(struct daemon *daemon, struct error *ret_error) {
    struct state_file again;
    if (!is_asked(daemon) || (state_is_open(daemon) && state_file_is_in_place(&daemon->state)))
        return true;
    if (!state_file_open(&again, daemon->settings->state_file, ret_error))
        return false;
    state_close(daemon);
    daemon->state = again;
    return true;
}

/* Open the file. On failure, logs the reason and returns false; also false if the settings name
 * none. */
static bool open_file(struct daemon *daemon, const char *consequence) {
    struct error why;
    if (try(daemon, &why))
        return is_asked(daemon);
    log_write(LOG_LEVEL_WARN, "state", "%s; %s", why.text, consequence);
    return false;
}

/* ---- the start ---- */

static void take(struct daemon *daemon) {
    struct error why;
    int fd;
    switch (state_file_take(&daemon->state, &fd, &why)) {
    case STATE_FILE_NONE:
        return;
    case STATE_FILE_CUT:
        takeover_lost(&daemon->takeover, why.text);
        log_write(LOG_LEVEL_ERROR, "state",
                  "could not restore the values of the previous process, all series start at 0: "
                  "%s; give a stop more "
                  "time (TimeoutStopSec=, --stop-timeout)",
                  why.text);
        return;
    case STATE_FILE_BAD:
        takeover_lost(&daemon->takeover, why.text);
        log_write(LOG_LEVEL_ERROR, "state",
                  "could not restore the values of the previous process, all series start at 0: %s",
                  why.text);
        return;
    case STATE_FILE_TAKEN:
        daemon->state_taken = true;
        takeover_offer(&daemon->takeover, fd);
    }
}

static void leave_to_manager(const struct daemon *daemon) {
    if (state_file_set_aside(&daemon->state))
        log_write(LOG_LEVEL_WARN, "state",
                  "state file %s: not used, since what the service manager has kept is newer; it "
                  "is kept aside as %s.bad",
                  daemon->state.path, daemon->state.path);
}

void state_find(struct daemon *daemon) {
    if (daemon->takeover.handed || !open_file(daemon, if_stopped))
        return;
    if (daemon->takeover.count == 0)
        take(daemon);
    else
        leave_to_manager(daemon);
}

/* The manager first gets our own object, so that values survive if the daemon dies after this. */
static bool spend(struct daemon *daemon, struct start_error *ret_error) {
    struct error why;
    handover_store(&daemon->handover);
    if (state_file_spend(&daemon->state, &why)) {
        daemon->state_taken = false;
        return true;
    }
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
}

bool state_spend(struct daemon *daemon, struct start_error *ret_error) {
    if (!daemon->state_taken)
        return true;
    if (daemon->takeover.done)
        return spend(daemon, ret_error);
    daemon->state_taken = false;
    (void)state_file_set_aside(&daemon->state);
    log_write(LOG_LEVEL_WARN, "state",
              "state file %s: it could not be used and is kept aside as %s.bad", daemon->state.path,
              daemon->state.path);
    return true;
}

void state_cancel(struct daemon *daemon) {
    if (daemon->state_taken)
        state_file_give_up(&daemon->state);
    daemon->state_taken = false;
}

bool state_try(struct daemon *daemon, struct error *ret_error) {
    struct error why;
    return try(daemon, &why) || error_set(ret_error, "%s; %s", why.text, if_stopped);
}

void state_claim(struct daemon *daemon) {
    (void)open_file(daemon, if_stopped);
}

bool state_check(struct daemon *daemon, struct error *ret_error) {
    if (!is_asked(daemon))
        return true;
    if (daemon->object == NULL)
        return error_set(ret_error,
                         "state file %s: the values are in no memory that could be written",
                         daemon->settings->state_file);
    return try(daemon, ret_error) && state_file_check(&daemon->state, &daemon->file, ret_error);
}

/* ---- the end ---- */

static void mark(struct daemon *daemon) {
    const struct store_time now = daemon_now();
    volatile struct object_marks *marks = object_marks(daemon->object);
    marks->ended_mono_ms = now.mono_ms;
    marks->ended_real_ms = now.real_ms;
    marks->processes = procinfo_space();
    marks->clean = 1;
}

void state_begin_leave(struct daemon *daemon) {
    if (is_asked(daemon) && daemon->object != NULL)
        handover_end_but(&daemon->handover, daemon->file.fd);
    else
        handover_end(&daemon->handover);
}

static void write_all(struct daemon *daemon) {
    struct error why = {.text = "they are in no memory that could be written"};
    const uint64_t begun_ns = uv_hrtime();
    if (daemon->object != NULL) {
        mark(daemon);
        log_write(LOG_LEVEL_LOG, "state", "writing values to %s", daemon->state.path);
        if (state_file_write(&daemon->state, &daemon->file, &why)) {
            log_write(LOG_LEVEL_LOG, "state", "values are in %s, written in %llu ms",
                      daemon->state.path, (unsigned long long)(uv_hrtime() - begun_ns) / 1000000);
            return;
        }
    }
    log_write(LOG_LEVEL_ERROR, "state", "values end with this daemon: %s", why.text);
}

void state_leave(struct daemon *daemon) {
    if (!daemon->stopping || daemon->former)
        return;
    if (open_file(daemon, "values end with this daemon"))
        write_all(daemon);
    handover_end(&daemon->handover);
}

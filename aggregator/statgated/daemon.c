/* SPDX-License-Identifier: MIT */
/* daemon.c - the daemon from its first step to its last: start-up, state file, end. */
#include "statgated/daemon.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/text.h"
#include "breakers_jobs/breakers_jobs.h"
#include "gate/gate.h"
#include "host/clock.h"
#include "host/procinfo.h"
#include "ledger/ledger.h"

/* ---- daemon ---- */

struct store_time daemon_now(void) {
    return ingress_now();
}

struct store_time daemon_clock(void *arg) {
    (void)arg;
    return daemon_now();
}

bool daemon_is_answering(const struct daemon *daemon) {
    return daemon->http != NULL && http_server_is_inside(daemon->http);
}

uint64_t daemon_no_memory(const struct daemon *daemon) {
    return http_server_no_memory(daemon->http) +
           (daemon->control != NULL ? http_server_no_memory(daemon->control) : 0);
}

/* ---- state ---- */

static bool is_asked(const struct daemon *daemon) {
    return *daemon->settings->state_file != '\0';
}

/* Whether the file is open and locked. */
static bool state_is_open(const struct daemon *daemon) {
    return daemon->state.file.path != NULL;
}

/* Whether a stop would leave values in the file, as far as is known: the old process may
 * still have the file. */
static bool state_is_expected(const struct daemon *daemon) {
    return is_asked(daemon) && (state_is_open(daemon) || daemon->restore.handed);
}

static const char if_stopped[] = "values end with this daemon when it is stopped";

/* Release the file: another daemon uses it from now on, or all is over. Safe twice. */
static void state_close(struct daemon *daemon) {
    if (state_is_open(daemon))
        state_file_close(&daemon->state.file);
    daemon->state.file = (struct state_file){0};
}

/* Open the file, also if its folder was made again since: what is written into the former one is
 * found by no one. Also true if the settings name none; then it is not open. On failure, what was
 * open stays so. */
static bool try(struct daemon *daemon, struct error *ret_error) {
    struct state_file again;
    if (!is_asked(daemon) || (state_is_open(daemon) && state_file_is_in_place(&daemon->state.file)))
        return true;
    if (!state_file_open(&again, daemon->settings->state_file, ret_error))
        return false;
    state_close(daemon);
    daemon->state.file = again;
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
    switch (state_file_take(&daemon->state.file, &fd, &why)) {
    case STATE_FILE_NONE:
        return;
    case STATE_FILE_CUT:
        restore_lost(&daemon->restore, why.text);
        log_write(LOG_LEVEL_ERROR, "state",
                  "could not restore the values of the previous process, all series start at 0: "
                  "%s; give a stop more "
                  "time (TimeoutStopSec=, --stop-timeout)",
                  why.text);
        return;
    case STATE_FILE_BAD:
        restore_lost(&daemon->restore, why.text);
        log_write(LOG_LEVEL_ERROR, "state",
                  "could not restore the values of the previous process, all series start at 0: %s",
                  why.text);
        return;
    case STATE_FILE_TAKEN:
        daemon->state.taken = true;
        restore_offer(&daemon->restore, fd);
    }
}

static void leave_to_manager(const struct daemon *daemon) {
    if (state_file_set_aside(&daemon->state.file))
        log_write(LOG_LEVEL_WARN, "state",
                  "state file %s: not used, since what the service manager has kept is newer; it "
                  "is kept aside as %s.bad",
                  daemon->state.file.path, daemon->state.file.path);
}

/* Offer the content of the file to the restore. Call it after restore_find. */
static void state_find(struct daemon *daemon) {
    if (daemon->restore.handed || !open_file(daemon, if_stopped))
        return;
    if (daemon->restore.count == 0)
        take(daemon);
    else
        leave_to_manager(daemon);
}

/* The manager first gets our own object, so that values survive if the daemon dies after this. */
static bool spend(struct daemon *daemon, struct start_error *ret_error) {
    struct error why;
    fdstore_store(&daemon->fdstore);
    if (state_file_spend(&daemon->state.file, &why)) {
        daemon->state.taken = false;
        return true;
    }
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
}

/* Everything is open and nothing was received yet: make sure that no one else can use the
 * values that were found. False: the daemon must not continue with them. */
static bool state_spend(struct daemon *daemon, struct start_error *ret_error) {
    if (!daemon->state.taken)
        return true;
    if (daemon->restore.done)
        return spend(daemon, ret_error);
    daemon->state.taken = false;
    (void)state_file_set_aside(&daemon->state.file);
    log_write(LOG_LEVEL_WARN, "state",
              "state file %s: it could not be used and is kept aside as %s.bad",
              daemon->state.file.path, daemon->state.file.path);
    return true;
}

/* The daemon does not start: leave the file for the next daemon as it was found. */
static void state_cancel(struct daemon *daemon) {
    if (daemon->state.taken)
        state_file_give_up(&daemon->state.file);
    daemon->state.taken = false;
}

bool state_try(struct daemon *daemon, struct error *ret_error) {
    struct error why;
    return try(daemon, &why) || error_set(ret_error, "%s; %s", why.text, if_stopped);
}

/* The old process has handed over and released the file: lock it. */
static void state_claim(struct daemon *daemon) {
    (void)open_file(daemon, if_stopped);
}

/* Whether a stop could write the file now. Locks the file if it is not locked yet and can be.
 * False, with a sentence. */
static bool state_check(struct daemon *daemon, struct error *ret_error) {
    if (!is_asked(daemon))
        return true;
    if (daemon->object == NULL)
        return error_set(ret_error,
                         "state file %s: the values are in no memory that could be written",
                         daemon->settings->state_file);
    return try(daemon, ret_error) &&
           state_file_check(&daemon->state.file, &daemon->file, ret_error);
}

/* ---- the end ---- */

static void state_mark(struct daemon *daemon) {
    const struct store_time now = daemon_now();
    volatile struct object_marks *marks = object_marks(daemon->object);
    marks->ended_mono_ms = now.mono_ms;
    marks->ended_real_ms = now.real_ms;
    marks->processes = procinfo_space();
    marks->clean = 1;
}

/* The daemon ends in order: the manager gives up everything it has kept for it, except an
 * object that is not written yet. */
static void state_begin_leave(struct daemon *daemon) {
    if (is_asked(daemon) && daemon->object != NULL)
        fdstore_end_but(&daemon->fdstore, daemon->file.fd);
    else
        fdstore_end(&daemon->fdstore);
}

static void write_all(struct daemon *daemon) {
    struct error why = {.text = "they are in no memory that could be written"};
    const uint64_t begun_ns = uv_hrtime();
    if (daemon->object != NULL) {
        state_mark(daemon);
        log_write(LOG_LEVEL_LOG, "state", "writing values to %s", daemon->state.file.path);
        if (state_file_write(&daemon->state.file, &daemon->file, &why)) {
            log_write(LOG_LEVEL_LOG, "state", "values are in %s, written in %llu ms",
                      daemon->state.file.path,
                      (unsigned long long)(uv_hrtime() - begun_ns) / 1000000);
            return;
        }
    }
    log_write(LOG_LEVEL_ERROR, "state", "values end with this daemon: %s", why.text);
}

/* Nothing changes any more: write the object, and then have the manager give it up as well.
 * Only for a daemon that ends in order, and not if a new process continues. */
static void state_leave(struct daemon *daemon) {
    if (!daemon->stopping || daemon->is_retiring)
        return;
    if (open_file(daemon, "values end with this daemon"))
        write_all(daemon);
    fdstore_end(&daemon->fdstore);
}

/* ---- state watch ----
 * checks whether a stop could write the state file, while there is time to correct
 * it.
 */

enum { STATE_WATCH_MS = 60000 }; /* interval of checks; each takes a few system calls */

static bool is_wrong(const struct daemon *daemon) {
    return daemon->state.wrong.text[0] != '\0';
}

/* Log a change. A file that was never open has been reported already. */
static void report(const struct daemon *daemon) {
    if (is_wrong(daemon) && state_is_open(daemon))
        log_write(LOG_LEVEL_WARN, "state", "%s; a stop would lose the values",
                  daemon->state.wrong.text);
    else if (!is_wrong(daemon))
        log_write(LOG_LEVEL_LOG, "state", "state file %s: it can be written now",
                  daemon->settings->state_file);
}

static void look(struct daemon *daemon) {
    const bool was_wrong = is_wrong(daemon);
    error_clear(&daemon->state.wrong);
    (void)state_check(daemon, &daemon->state.wrong);
    if (is_wrong(daemon) == was_wrong)
        return;
    daemon->state.wrong_ms = daemon_now().real_ms;
    report(daemon);
}

static void on_look(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    (void)uv_timer_start(timer, on_look, clock_until_next(uv_now(timer->loop), STATE_WATCH_MS), 0);
    if (!daemon->stopping && !daemon->is_retiring)
        look(daemon);
}

/* Check now and at each interval; daemon->state.wrong has the reason. Call it once this process
 * is the daemon; it does nothing if a stop has begun before that. */
static void state_watch_start(struct daemon *daemon) {
    if (daemon->stopping) /* no one would close the timer, and the loop would never end */
        return;
    (void)uv_timer_init(&daemon->loop, &daemon->state.timer);
    daemon->state.timer.data = daemon;
    on_look(&daemon->state.timer);
}

/* Stop checking. Safe if it was not started. */
static void state_watch_stop(struct daemon *daemon) {
    if (daemon->state.timer.loop != NULL)
        uv_close((uv_handle_t *)&daemon->state.timer, NULL);
}

/* ---- stop ---- */

enum {
    DRAIN_MS = 500,           /* time to drain the queues after SIGTERM */
    HTTP_GRACE_MS = 1000,     /* time for answers under way */
    FORMER_GRACE_MS = 5000,   /* the same, after another daemon took over */
    COMMAND_GRACE_MS = 15000, /* for the reload that led there, until its verdict is told: a manager
                                 may take 5 s to notice */
    HURRY_MS = 100            /* for a verdict that was just told */
};

/* Close the queries only now: until HTTP was closed, requests could wait for them. */
static void on_http_closed(void *arg) {
    struct daemon *daemon = arg;
    daemon->answering = NULL;
    queries_close(daemon);
}

static void close_http(struct daemon *daemon, unsigned grace_ms) {
    daemon->answering = daemon->http;
    daemon->http = NULL;
    http_server_close(daemon->answering, grace_ms, on_http_closed, daemon);
}

static void close_watches(struct daemon *daemon) {
    ingress_sender_watch_close(daemon->watch);
    daemon->watch = NULL;
    owner_watch_close(daemon->owner_watch);
    daemon->owner_watch = NULL;
}

/* Signals are still handled, but no longer keep the loop running. */
static void release_signals(struct daemon *daemon) {
    for (size_t i = 0; i < sizeof daemon->signals / sizeof *daemon->signals; i++)
        uv_unref((uv_handle_t *)&daemon->signals[i]);
}

static volatile sig_atomic_t new_pid;

static void pass_on(int number) {
    const int before = errno;
    (void)kill((pid_t)new_pid, number);
    errno = before;
}

/* Whoever still takes this process for the daemon may ask it for a reload until it has exited. */
static void pass_on_reloads(pid_t handover_in) {
    const struct sigaction action = {.sa_handler = pass_on};
    sigset_t set;
    new_pid = (sig_atomic_t)handover_in;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGHUP);
    if (sigaction(SIGHUP, &action, NULL) == 0)
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Block all signals first: without its handler, each would end the process. */
static void close_signals(struct daemon *daemon) {
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (size_t i = 0; i < sizeof daemon->signals / sizeof *daemon->signals; i++)
        if (daemon->signals[i].loop != NULL)
            uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    if (daemon->new_pid > 0)
        pass_on_reloads(daemon->new_pid);
}

/* ---- in order ---- */

/* Drain the sockets and close everything; the loop ends with the last handle. A second call
 * does nothing. */
static void stop_begin(struct daemon *daemon, const char *why) {
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    (void)sd_notify(0, "STOPPING=1");
    ingress_path_watch_close(
        daemon->path_watch); /* close it first, as the paths are given up next */
    daemon->path_watch = NULL;
    bool empty = true;
    const size_t drained = ingress_drain(daemon->ingress, DRAIN_MS, &empty);
    log_write(LOG_LEVEL_LOG, "stop", "%s: took the last %zu datagram%s, %llu in all%s", why,
              drained, text_plural(drained),
              (unsigned long long)ledger_traffic(daemon->ledger)->datagrams,
              empty ? "" : ", more were still coming");
    state_begin_leave(daemon);
    commands_close(daemon, HTTP_GRACE_MS);
    release_signals(daemon);
    supervisor_watch_close(&daemon->supervisor);
    state_watch_stop(daemon);
    files_watch_stop(&daemon->files);
    upkeep_stop(daemon);
    close_http(daemon, HTTP_GRACE_MS);
    close_watches(daemon);
    ingress_close(daemon->ingress);
    daemon->ingress = NULL;
}

/* ---- another one has begun ---- */

/* Whether the new process uses this socket; others end with this process. */
static bool stays(void *arg, int fd) {
    const struct daemon *daemon = arg;
    return !fdstore_is_gone(&daemon->fdstore, fd);
}

/* Requests that wait for datagrams are answered with the present values: nothing more is
 * received. */
void stop_leave(struct daemon *daemon) {
    daemon->stopping = true;
    daemon->is_retiring = true;
    state_close(daemon);
    ingress_path_watch_close(daemon->path_watch);
    daemon->path_watch = NULL;
    release_signals(daemon);
    supervisor_watch_close(&daemon->supervisor);
    if (daemon->control != NULL)
        http_server_leave(daemon->control, stays, daemon);
    commands_close(daemon, COMMAND_GRACE_MS);
    state_watch_stop(daemon);
    files_watch_stop(&daemon->files);
    upkeep_stop(daemon);
    ingress_leave(daemon->ingress, stays, daemon);
    ingress_close(daemon->ingress);
    daemon->ingress = NULL;
    close_watches(daemon);
    http_server_leave(daemon->http, stays, daemon);
    fdstore_done(&daemon->fdstore);
    close_http(daemon, FORMER_GRACE_MS);
}

void stop_answering(struct daemon *daemon) {
    if (daemon->answering != NULL)
        http_server_hurry(daemon->answering);
    commands_hurry(daemon, HURRY_MS);
}

/* This process does not start: leave what was passed to it unchanged for whoever else has it. */
static void stop_give_back(struct daemon *daemon) {
    if (daemon->ingress != NULL)
        ingress_give_back(daemon->ingress);
    if (daemon->http != NULL)
        http_server_give_back(daemon->http);
    if (daemon->control != NULL)
        http_server_give_back(daemon->control);
}

/* ---- the end ---- */

/* Close what is open, run the loop until every handle is gone, free the rest. */
static void stop_close(struct daemon *daemon) {
    close_signals(daemon);
    if (daemon->http != NULL)
        close_http(daemon, 0);
    else
        queries_close(daemon);
    close_watches(daemon);
    ingress_path_watch_close(daemon->path_watch);
    commands_close(daemon, 0);
    ingress_close(daemon->ingress);
    supervisor_watch_close(&daemon->supervisor);
    outage_close(&daemon->outage);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&daemon->loop);
    stale_paths_done(&daemon->stale_paths);
    free((void *)daemon->socket_paths);
    free(daemon->inputs.queries);
    free(daemon->inputs.handlers);
    upkeep_close(daemon);
    facts_close(daemon);
    restore_done(&daemon->restore); /* open if the manager did not know us yet */
    model_close(daemon);
    state_close(daemon);
    fdstore_done(&daemon->fdstore);
    reload_report_done(&daemon->reload);
    if (daemon->description >= 0)
        (void)close(daemon->description);
    tokens_done(&daemon->tokens);
    active_config_texts_done(&daemon->config_texts);
    settings_endpoint_plan_done(&daemon->plan);
    catalog_set_done(&daemon->set);
}

/* ---- statgated ---- */

/* ---- opening ---- */

static uint64_t statgated_mark(void *arg) {
    const struct daemon *daemon = arg;
    return ingress_mark(daemon->ingress);
}

static uint64_t catch_up(void *arg) {
    const struct daemon *daemon = arg;
    assert(!daemon_is_answering(daemon));
    (void)ingress_catch_up(daemon->ingress);
    return ingress_passed(daemon->ingress);
}

static int open_watches(struct daemon *daemon) {
    int result = ingress_sender_watch_new(&daemon->loop, daemon->ledger, "/proc", &daemon->watch);
    return result == 0 ? sockets_watch_paths(daemon) : result;
}

static bool open_ingress(struct daemon *daemon, const struct statgated_start *start,
                         struct start_error *ret_error) {
    const struct ingress_options options = {.loop = &daemon->loop,
                                            .sink = ingress_gate_sink(daemon->gate),
                                            .traffic = ledger_traffic(daemon->ledger),
                                            .object = daemon->object,
                                            .opened = sockets_opened,
                                            .closed = sockets_closed,
                                            .arg = daemon};
    daemon->ingress = ingress_new(&options);
    const int result = open_watches(daemon);
    if (result != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "ingress: %s", strerror(-result));
    gate_on_new_sender(daemon->gate, ingress_sender_watch_on_new, daemon->watch);
    return sockets_open(daemon, start->inherited, ret_error);
}

/* Start to watch owners, beginning with those that already exist. */
static int watch_owners(struct daemon *daemon) {
    const size_t further = daemon->plan.count - 1; /* at most one address each */
    bool streams = false;
    for (size_t i = 0; i < daemon->plan.input_count; i++)
        streams |= !daemon->plan.inputs[i].input->udp;
    const struct owner_watch_options options = {.max = process_owner_budget(further, streams),
                                                .mark = statgated_mark,
                                                .catch_up = catch_up,
                                                .adopted = upkeep_adopted,
                                                .release = upkeep_release,
                                                .arg = daemon};
    const int result = owner_watch_new(&daemon->loop, daemon->ledger, store_owners(daemon->store),
                                       "/proc", &options, &daemon->owner_watch);
    if (result == 0)
        gate_on_new_owner(daemon->gate, owner_watch_on_new, daemon->owner_watch);
    return result;
}

/* Restore datagrams that were received and not applied, and watch owners: the tables are filled
 * by now. */
static bool open_rest(struct daemon *daemon, const struct statgated_start *start,
                      struct start_error *ret_error) {
    (void)start;
    if (daemon->restore.match != NULL)
        restore_inbox(&daemon->restore, daemon->ingress);
    const int result = watch_owners(daemon);
    return result == 0 ||
           start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "ingress: %s", strerror(-result));
}

static bool open_http(struct daemon *daemon, const struct statgated_start *start,
                      struct start_error *ret_error) {
    const struct http_source source = source_of(daemon);
    return listeners_open(daemon, &source, start->inherited, ret_error);
}

/* Without a spare descriptor, the daemon could not even notify the manager. The first daemon
 * asks for more than a later one, which also holds what it takes over: so if the first could
 * start, the next can, too. */
static bool has_spare_descriptors(const struct daemon *daemon, struct start_error *ret_error) {
    enum { LEAST = 8, LEAST_OF_NEXT = 3 };
    const size_t pages = 2 * ingress_count(daemon->ingress); /* breaker pages, tickets: later */
    const size_t wanted = pages + (daemon->restore.match != NULL ? LEAST_OF_NEXT : LEAST);
    const unsigned least = wanted < PROCESS_SPARE_MAX ? (unsigned)wanted : PROCESS_SPARE_MAX;
    const unsigned spare = process_spare_descriptors(least);
    return spare == least ||
           start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                            "too few descriptors: raise the limit of open files (LimitNOFILE=, "
                            "ulimit -n) by %u or more",
                            least - spare);
}

/* ---- running ---- */

static void on_signal(uv_signal_t *signal, int number) {
    struct daemon *daemon = signal->data;
    if (handover_out_signal(daemon, number))
        return;
    if (daemon->stopping) { /* values are written in any case; this only hurries answers */
        if (number != SIGHUP)
            stop_answering(daemon);
        return;
    }
    if (number == SIGHUP) {
        handover_out_ask(daemon);
        return;
    }
    const char *why = number == SIGTERM ? "SIGTERM" : "SIGINT";
    handover_out_cancel(daemon, why);
    stop_begin(daemon, why);
}

void statgated_hold_reload(bool hold) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void start_watching(struct daemon *daemon) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        (void)uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
    }
    statgated_hold_reload(false);
    upkeep_start(daemon);
}

static bool is_handed(const struct statgated_start *start) {
    return start->handover_in->sock >= 0;
}

static enum self_metrics_cause cause_of(const struct statgated_start *start) {
    if (!is_handed(start))
        return SELF_CAUSE_CRASH;
    return start->handover_in->upgraded ? SELF_CAUSE_UPGRADE : SELF_CAUSE_RELOAD;
}

static bool fail_to_open(struct daemon *daemon) {
    restore_cancel(&daemon->restore);
    state_cancel(daemon);
    stop_give_back(daemon);
    stop_close(daemon);
    return false;
}

static void compare_with_old(struct daemon *daemon) {
    struct handover_in *handover_in = daemon->handover_in;
    handover_in_report(handover_in, configuration_compare(daemon, handover_in->had));
    if (handover_in->had >= 0)
        (void)close(handover_in->had);
    handover_in->had = -1;
}

/* Take over from the old process, if it lives: it reads until everything is prepared. */
static bool take_over(struct daemon *daemon, const struct statgated_start *start,
                      struct start_error *ret_error) {
    if (!is_handed(start))
        return true;
    compare_with_old(daemon);
    if (daemon->reload.files_refused > 0)
        handover_in_partly(daemon->handover_in, daemon->reload.partly.text, &daemon->reload.shown);
    restore_ahead(&daemon->restore, daemon->store, daemon->breakers_jobs, daemon_now());
    return handover_in_stop_old(daemon->handover_in, ret_error) &&
           model_take_over(daemon, ret_error);
}

/* ---- the steps of the start ---- */

typedef bool start_step(struct daemon *daemon, const struct statgated_start *start,
                        struct start_error *ret_error);

/* Look at what the manager and the old process left. */
static bool find_left(struct daemon *daemon, const struct statgated_start *start,
                      struct start_error *ret_error) {
    (void)ret_error;
    daemon->start_time_s = process_start_time_s();
    host_descriptors_raise(); /* each process that owns values takes one */
    supervisor_watch_open(&daemon->supervisor, &daemon->loop,
                          host_inherited_take_supervisor(start->inherited));
    outage_open(&daemon->outage, start->inherited);
    daemon->restore.handed = is_handed(start);
    daemon->restore.cause = cause_of(start);
    daemon->fdstore_check = fdstore_check_poll(start->inherited, daemon->settings->socket);
    restore_find(&daemon->restore, start->inherited, &daemon->fdstore);
    state_find(daemon);
    return true;
}

/* Files that are rejected are replaced by what was accepted last: the old process's object has
 * it, or a state file. */
static bool read_files(struct daemon *daemon, const struct statgated_start *start,
                       struct start_error *ret_error) {
    daemon->last_good = *start->kept;
    *start->kept = (struct config_texts){0};
    if (daemon->last_good.count == 0 && daemon->state.taken)
        last_good_read(&daemon->last_good, daemon->restore.objects[0].fd);
    const bool read = reading_begin(daemon, start, ret_error);
    active_config_texts_done(&daemon->last_good);
    return read;
}

static bool make_tables(struct daemon *daemon, const struct statgated_start *start,
                        struct start_error *ret_error) {
    (void)start;
    configuration_describe(daemon);
    restore_open(&daemon->restore, &daemon->set, daemon_now());
    return model_open(daemon, ret_error);
}

static bool make_queries(struct daemon *daemon, const struct statgated_start *start,
                         struct start_error *ret_error) {
    (void)start;
    (void)ret_error;
    queries_open(daemon);
    facts_open(daemon);
    return true;
}

static bool open_control(struct daemon *daemon, const struct statgated_start *start,
                         struct start_error *ret_error) {
    return commands_open(daemon, start->inherited, ret_error);
}

static bool check_limits(struct daemon *daemon, const struct statgated_start *start,
                         struct start_error *ret_error) {
    (void)start;
    return has_spare_descriptors(daemon, ret_error) && room_check(daemon, ret_error);
}

/* The tables are complete: have the object kept, and publish figures into it. The first time takes
 * longest, as each series is made; that is better done here than in a scrape. */
static bool finish_tables(struct daemon *daemon, const struct statgated_start *start,
                          struct start_error *ret_error) {
    (void)start;
    (void)ret_error;
    if (daemon->restore.match != NULL)
        postgres_restore(daemon->postgres, &daemon->restore.image, daemon->restore.match);
    if (daemon->object != NULL)
        fdstore_add(&daemon->fdstore, INHERITED_OBJECT, "", daemon->file.fd);
    active_config_texts_done(&daemon->config_texts);
    source_publish(daemon);
    upkeep_open(daemon);
    return true;
}

/* From here on the values are this process's. */
static bool commit(struct daemon *daemon, const struct statgated_start *start,
                   struct start_error *ret_error) {
    (void)start;
    if (daemon->restore.handed)
        return handover_in_commit(daemon->handover_in, &daemon->fdstore, daemon->object, ret_error);
    return state_spend(daemon, ret_error);
}

/* Files are read before any socket is taken, so that mistakes in them are found first; limits are
 * checked before the old process stops, so that it continues if they are too low. */
static const struct {
    const char *name; /* in the log, at level debug */
    start_step *run;
} start_steps[] = {
    {"look for what the old process left", find_left},
    {"read settings and catalogs", read_files},
    {"make tables", make_tables},
    {"open datagram sockets", open_ingress},
    {"make queries", make_queries},
    {"open HTTP listeners", open_http},
    {"open the control socket", open_control},
    {"check limits of descriptors and memory", check_limits},
    {"take over from an old process that runs", take_over},
    {"apply what it had received, watch processes", open_rest},
    {"complete the tables", finish_tables},
    {"commit", commit},
};

static bool run_steps(struct daemon *daemon, const struct statgated_start *start,
                      struct start_error *ret_error) {
    for (size_t i = 0; i < sizeof start_steps / sizeof *start_steps; i++) {
        log_write(LOG_LEVEL_DEBUG, "start", "%s", start_steps[i].name);
        if (!start_steps[i].run(daemon, start, ret_error))
            return false;
    }
    return true;
}

bool statgated_open(struct daemon *daemon, const struct settings *settings,
                    const struct statgated_start *start, struct start_error *ret_error) {
    memset(daemon, 0, sizeof *daemon);
    daemon->settings = settings;
    daemon->program = start->program;
    daemon->arguments = start->arguments;
    daemon->handover_in = start->handover_in;
    daemon->file.fd = -1;
    daemon->description = -1;
    daemon->outage.fd = -1;
    restore_init(&daemon->restore);
    reload_report_init(&daemon->reload, daemon_now().real_ms);
    const int result = uv_loop_init(&daemon->loop);
    if (result != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "event loop: %s",
                                uv_strerror(result));
    if (!run_steps(daemon, start, ret_error))
        return fail_to_open(daemon);
    start_watching(daemon);
    return true;
}

/* ---- what outlives the process ---- */

static void say_ready(struct daemon *daemon, size_t services, const char *noun) {
    char status[64];
    (void)snprintf(status, sizeof status, "Receiving for %zu %s", services, noun);
    daemon->beat_every_ms = host_notify_beat_ms(daemon->handover_in->old_pid);
    host_notify_ready(status, daemon->beat_every_ms > 0);
}

/* The manager knows this process: have new descriptors kept, and give up the old process's. */
static void become_ready(void *arg) {
    struct daemon *daemon = arg;
    const size_t services = catalogs_services(&daemon->set);
    const char *noun = services == 1 ? "service" : "services";
    fdstore_store(&daemon->fdstore);
    log_write(LOG_LEVEL_LOG, "start", "ready: %zu %s, at most %llu series", services, noun,
              (unsigned long long)daemon->set.bound);
    say_ready(daemon, services, noun);
    if (daemon->object != NULL)
        object_marks(daemon->object)->begun = 0;
    if (daemon->restore.handed)
        state_claim(daemon);
    state_watch_start(daemon);
    if (!daemon->stopping)
        files_watch_start(&daemon->files, &daemon->loop, &daemon->set);
    restore_ready(&daemon->restore, &daemon->fdstore);
    outage_begin(&daemon->outage);
    source_publish(daemon); /* what it takes counts even if no one scrapes before the next death */
    upkeep_began(daemon);
    handover_out_end_owed(daemon, getpid());
}

void statgated_run(struct daemon *daemon) {
    fdstore_check_report(&daemon->fdstore_check, daemon->object != NULL, state_is_expected(daemon),
                         daemon->restore.handed);
    if (daemon->restore.handed)
        handover_in_go_on(daemon->handover_in, &daemon->loop, become_ready, daemon);
    else
        become_ready(daemon);
    sockets_settle(daemon);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    handover_out_close(daemon);
    handover_in_close(daemon->handover_in);
    state_leave(daemon);
    stop_close(daemon);
}

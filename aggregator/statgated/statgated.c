#include "statgated/statgated.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "host/descriptors.h"
#include "host/log.h"
#include "host/notify.h"
#include "ledger/ledger.h"
#include "statgated/catalogs.h"
#include "statgated/command_socket.h"
#include "statgated/commands.h"
#include "statgated/configuration.h"
#include "statgated/facts.h"
#include "statgated/incidents.h"
#include "statgated/kept_texts.h"
#include "statgated/listeners.h"
#include "statgated/model.h"
#include "statgated/process.h"
#include "statgated/queries.h"
#include "statgated/reading.h"
#include "statgated/room.h"
#include "statgated/sockets.h"
#include "statgated/source.h"
#include "statgated/state.h"
#include "statgated/state_watch.h"
#include "statgated/stop.h"
#include "statgated/succession.h"
#include "statgated/successor.h"
#include "statgated/upkeep.h"
#include "store/store.h"

/* ---- opening ---- */

static uint64_t mark(void *arg) {
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
    int result = ingress_sender_watch_new(memory_heap(), &daemon->loop, daemon->ledger, "/proc",
                                          &daemon->watch);
    return result == 0 ? sockets_watch_paths(daemon) : result;
}

static bool open_ingress(struct daemon *daemon, struct inherited *inherited,
                         struct start_error *ret_error) {
    const struct ingress_options options = {.loop = &daemon->loop,
                                            .sink = ingress_gate_sink(daemon->gate),
                                            .traffic = ledger_traffic(daemon->ledger),
                                            .object = daemon->object,
                                            .opened = sockets_opened,
                                            .closed = sockets_closed,
                                            .arg = daemon};
    int result = ingress_new(memory_heap(), &options, &daemon->ingress);
    if (result == 0)
        result = open_watches(daemon);
    daemon->takeover.starved = result == -ENOMEM;
    if (result != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "ingress: %s", strerror(-result));
    gate_on_new_sender(daemon->gate, ingress_sender_watch_meet, daemon->watch);
    return sockets_open(daemon, inherited, ret_error);
}

/* Start to watch owners, beginning with those that already exist. */
static int watch_owners(struct daemon *daemon) {
    const size_t further = daemon->plan.count - 1; /* at most one address each */
    const struct owner_watch_options options = {.max = process_owner_budget(further),
                                                .mark = mark,
                                                .catch_up = catch_up,
                                                .adopted = upkeep_adopted,
                                                .release = upkeep_release,
                                                .arg = daemon};
    const int result =
        owner_watch_new(memory_heap(), &daemon->loop, daemon->ledger, store_owners(daemon->store),
                        "/proc", &options, &daemon->owner_watch);
    if (result == 0)
        gate_on_new_owner(daemon->gate, owner_watch_meet, daemon->owner_watch);
    return result;
}

/* Restore datagrams that were received and not applied, and watch owners: the tables are filled
 * by now. */
static bool open_rest(struct daemon *daemon, struct start_error *ret_error) {
    int result = 0;
    if (daemon->takeover.match != NULL && !takeover_inbox(&daemon->takeover, daemon->ingress))
        result = -ENOMEM;
    if (result == 0)
        result = watch_owners(daemon);
    daemon->takeover.starved = result == -ENOMEM;
    return result == 0 ||
           start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "ingress: %s", strerror(-result));
}

static bool open_http(struct daemon *daemon, struct inherited *inherited,
                      struct start_error *ret_error) {
    const struct http_source source = source_of(daemon);
    return listeners_open(daemon, &source, inherited, ret_error);
}

/* Without a spare descriptor, the daemon could not even notify the manager. The first daemon
 * asks for more than a later one, which also holds what it takes over: so if the first could
 * start, the next can, too. */
static bool has_spare_descriptors(const struct daemon *daemon, struct start_error *ret_error) {
    enum { LEAST = 8, LEAST_OF_NEXT = 2 };
    const size_t pages = ingress_count(daemon->ingress); /* breaker pages, opened later */
    const size_t wanted = pages + (daemon->takeover.match != NULL ? LEAST_OF_NEXT : LEAST);
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
    if (succession_signal(daemon, number))
        return;
    if (daemon->stopping) { /* values are written in any case; this only hurries answers */
        if (number != SIGHUP)
            stop_answering(daemon);
        return;
    }
    if (number == SIGHUP) {
        succession_ask(daemon);
        return;
    }
    const char *why = number == SIGTERM ? "SIGTERM" : "SIGINT";
    succession_cancel(daemon, why);
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
    incidents_start(daemon);
}

static bool is_handed(const struct statgated_start *start) {
    return start->successor->sock >= 0;
}

static enum self_metrics_cause cause_of(const struct statgated_start *start) {
    if (!is_handed(start))
        return SELF_CAUSE_CRASH;
    return start->successor->upgraded ? SELF_CAUSE_UPGRADE : SELF_CAUSE_RELOAD;
}

static bool fail_to_open(struct daemon *daemon) {
    takeover_cancel(&daemon->takeover);
    state_cancel(daemon);
    stop_give_back(daemon);
    stop_close(daemon);
    return false;
}

/* The tables are complete: have the object kept, and publish figures into it. The first time takes
 * longest, as each series is made; that is better done here than in a scrape. */
static void finish_tables(struct daemon *daemon) {
    if (daemon->takeover.match != NULL)
        postgres_restore(daemon->postgres, &daemon->takeover.image, daemon->takeover.match);
    if (daemon->object != NULL)
        handover_add(&daemon->handover, INHERITED_OBJECT, "", daemon->file.fd);
    accepted_done(&daemon->accepted);
    source_publish(daemon);
}

static void compare_with_former(struct daemon *daemon) {
    struct successor *successor = daemon->successor;
    successor_report(successor, configuration_compare(daemon, successor->had));
    if (successor->had >= 0)
        (void)close(successor->had);
    successor->had = -1;
}

/* Take over from the former daemon, which reads until everything is prepared. */
static bool take_over(struct daemon *daemon, struct start_error *ret_error) {
    compare_with_former(daemon);
    if (daemon->reload.files_refused > 0)
        successor_partly(daemon->successor, daemon->reload.partly.text, &daemon->reload.shown);
    if (!takeover_ahead(&daemon->takeover, daemon->store, daemon->breakers_jobs, daemon_now()))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    return successor_stop_former(daemon->successor, ret_error) &&
           model_take_over(daemon, ret_error);
}

static bool open_all(struct daemon *daemon, struct inherited *inherited,
                     struct start_error *ret_error) {
    const bool handed = daemon->takeover.handed;
    configuration_describe(daemon);
    takeover_open(&daemon->takeover, &daemon->set, daemon_now());
    if (!model_open(daemon, ret_error) || !open_ingress(daemon, inherited, ret_error) ||
        !queries_open(daemon, ret_error) || !facts_open(daemon, ret_error) ||
        !open_http(daemon, inherited, ret_error) ||
        !command_socket_open(daemon, inherited, commands_take, ret_error) ||
        !has_spare_descriptors(daemon, ret_error) || !room_check(daemon, ret_error) ||
        (handed && !take_over(daemon, ret_error)) || !open_rest(daemon, ret_error))
        return false;
    finish_tables(daemon);
    if (!incidents_open(daemon, ret_error))
        return false;
    if (handed)
        return successor_commit(daemon->successor, &daemon->handover, daemon->object, ret_error);
    return state_spend(daemon, ret_error);
}

/* What was accepted last: the former daemon's object has it, or a state file. */
static void take_kept(struct daemon *daemon, const struct statgated_start *start) {
    daemon->kept = *start->kept;
    *start->kept = (struct accepted){0};
    if (daemon->kept.count == 0 && daemon->state_taken)
        kept_texts_read(&daemon->kept, daemon->takeover.objects[0].fd);
}

/* Files are read before any socket is taken, so that mistakes in them are found first. */
static bool open_begun(struct daemon *daemon, const struct statgated_start *start,
                       struct start_error *ret_error) {
    daemon->start_time_s = process_start_time_s();
    descriptors_raise(); /* each process that owns values takes one */
    supervisor_watch_open(&daemon->supervisor, &daemon->loop,
                          inherited_take_supervisor(start->inherited));
    away_open(&daemon->away, start->inherited);
    daemon->takeover.handed = is_handed(start);
    daemon->takeover.cause = cause_of(start);
    daemon->keeping = keeping_look(start->inherited, daemon->settings->socket);
    takeover_find(&daemon->takeover, start->inherited, &daemon->handover);
    state_find(daemon);
    take_kept(daemon, start);
    const bool read = reading_begin(daemon, start, ret_error);
    accepted_done(&daemon->kept);
    return read && open_all(daemon, start->inherited, ret_error);
}

bool statgated_open(struct daemon *daemon, const struct settings *settings,
                    const struct statgated_start *start, struct start_error *ret_error) {
    memset(daemon, 0, sizeof *daemon);
    daemon->settings = settings;
    daemon->program = start->program;
    daemon->arguments = start->arguments;
    daemon->successor = start->successor;
    daemon->file.fd = -1;
    daemon->description = -1;
    daemon->away.fd = -1;
    takeover_init(&daemon->takeover);
    reload_report_init(&daemon->reload, daemon_now().real_ms);
    const int result = uv_loop_init(&daemon->loop);
    if (result != 0)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "event loop: %s",
                                uv_strerror(result));
    if (!open_begun(daemon, start, ret_error))
        return fail_to_open(daemon);
    start_watching(daemon);
    return true;
}

/* ---- what outlives the process ---- */

static void say_ready(struct daemon *daemon, size_t services, const char *noun) {
    char status[64];
    (void)snprintf(status, sizeof status, "Receiving for %zu %s", services, noun);
    daemon->beat_every_ms = notify_beat_ms(daemon->successor->former);
    notify_ready(status, daemon->beat_every_ms > 0);
}

/* The manager knows this process: have new descriptors kept, and give up the former daemon's. */
static void become_ready(void *arg) {
    struct daemon *daemon = arg;
    const size_t services = catalogs_services(&daemon->set);
    const char *noun = services == 1 ? "service" : "services";
    handover_store(&daemon->handover);
    log_write(LOG_LEVEL_LOG, "start", "ready: %zu %s, at most %llu series", services, noun,
              (unsigned long long)daemon->set.bound);
    say_ready(daemon, services, noun);
    if (daemon->object != NULL)
        object_marks(daemon->object)->begun = 0;
    if (daemon->takeover.handed)
        state_claim(daemon);
    state_watch_start(daemon);
    if (!daemon->stopping)
        files_watch_start(&daemon->files, &daemon->loop, &daemon->set);
    takeover_ready(&daemon->takeover, &daemon->handover);
    away_begin(&daemon->away);
    source_publish(daemon); /* what it takes counts even if nobody scrapes before the next death */
    incidents_began(daemon);
    succession_end_owed(daemon, getpid());
}

void statgated_run(struct daemon *daemon) {
    keeping_tell(&daemon->keeping, daemon->object != NULL, state_is_expected(daemon),
                 daemon->takeover.handed);
    if (daemon->takeover.handed)
        successor_go_on(daemon->successor, &daemon->loop, become_ready, daemon);
    else
        become_ready(daemon);
    sockets_settle(daemon);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    succession_close(daemon);
    successor_close(daemon->successor);
    state_leave(daemon);
    stop_close(daemon);
}

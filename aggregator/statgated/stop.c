#include "statgated/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "host/log.h"
#include "ledger/ledger.h"
#include "statgated/command_socket.h"
#include "statgated/facts.h"
#include "statgated/incidents.h"
#include "statgated/model.h"
#include "statgated/queries.h"
#include "statgated/state.h"
#include "statgated/state_watch.h"
#include "statgated/upkeep.h"

enum {
    DRAIN_MS = 500,        /* time to drain the queues after SIGTERM */
    HTTP_GRACE_MS = 1000,  /* time for answers under way */
    FORMER_GRACE_MS = 5000 /* the same, after another daemon took over */
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
    ingress_sender_watch_close(daemon->watch, NULL, NULL);
    daemon->watch = NULL;
    owner_watch_close(daemon->owner_watch, NULL, NULL);
    daemon->owner_watch = NULL;
}

/* Signals are still handled, but no longer keep the loop running. */
static void release_signals(struct daemon *daemon) {
    for (size_t i = 0; i < sizeof daemon->signals / sizeof *daemon->signals; i++)
        uv_unref((uv_handle_t *)&daemon->signals[i]);
}

static volatile sig_atomic_t heir;

static void pass_on(int number) {
    const int before = errno;
    (void)kill((pid_t)heir, number);
    errno = before;
}

/* Whoever still takes this process for the daemon may ask it for a reload until it has exited. */
static void pass_on_reloads(pid_t successor) {
    const struct sigaction action = {.sa_handler = pass_on};
    sigset_t set;
    heir = (sig_atomic_t)successor;
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
    if (daemon->heir > 0)
        pass_on_reloads(daemon->heir);
}

/* ---- in order ---- */

void stop_begin(struct daemon *daemon, const char *why) {
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
    command_socket_close(daemon);
    release_signals(daemon);
    supervisor_watch_close(&daemon->supervisor);
    incidents_stop(daemon);
    state_watch_stop(daemon);
    files_watch_stop(&daemon->files);
    upkeep_stop(daemon);
    close_http(daemon, HTTP_GRACE_MS);
    close_watches(daemon);
    ingress_close(daemon->ingress, NULL, NULL);
    daemon->ingress = NULL;
}

/* ---- another one has begun ---- */

/* Whether the successor uses this socket; others end with this process. */
static bool stays(void *arg, int fd) {
    const struct daemon *daemon = arg;
    return !handover_is_gone(&daemon->handover, fd);
}

static void leave_control(struct daemon *daemon) {
    const struct unix_listener sock = daemon->control != NULL ? control_socket(daemon->control)
                                                              : (struct unix_listener){.fd = -1};
    if (sock.fd >= 0 && !stays(daemon, sock.fd) &&
        unix_socket_in_place(daemon->settings->control, &sock.file))
        (void)unlink(daemon->settings->control);
    command_socket_leave(daemon);
}

/* Requests that wait for datagrams are answered with the present values: nothing more is
 * received. */
void stop_leave(struct daemon *daemon) {
    daemon->stopping = true;
    daemon->former = true;
    state_close(daemon);
    ingress_path_watch_close(daemon->path_watch);
    daemon->path_watch = NULL;
    release_signals(daemon);
    supervisor_watch_close(&daemon->supervisor);
    leave_control(daemon);
    incidents_stop(daemon);
    state_watch_stop(daemon);
    files_watch_stop(&daemon->files);
    upkeep_stop(daemon);
    ingress_leave(daemon->ingress, stays, daemon);
    ingress_close(daemon->ingress, NULL, NULL);
    daemon->ingress = NULL;
    close_watches(daemon);
    http_server_leave(daemon->http, stays, daemon);
    handover_done(&daemon->handover);
    close_http(daemon, FORMER_GRACE_MS);
}

void stop_answering(struct daemon *daemon) {
    if (daemon->answering != NULL)
        http_server_hurry(daemon->answering);
}

void stop_give_back(struct daemon *daemon) {
    if (daemon->ingress != NULL)
        ingress_give_back(daemon->ingress);
    if (daemon->http != NULL)
        http_server_give_back(daemon->http);
    if (daemon->control != NULL &&
        handover_has(&daemon->handover, control_socket(daemon->control).fd))
        control_leave(daemon->control);
}

/* ---- the end ---- */

void stop_close(struct daemon *daemon) {
    close_signals(daemon);
    if (daemon->http != NULL)
        close_http(daemon, 0);
    else
        queries_close(daemon);
    if (daemon->watch != NULL)
        ingress_sender_watch_close(daemon->watch, NULL, NULL);
    if (daemon->owner_watch != NULL)
        owner_watch_close(daemon->owner_watch, NULL, NULL);
    ingress_path_watch_close(daemon->path_watch);
    command_socket_close(daemon);
    if (daemon->ingress != NULL)
        ingress_close(daemon->ingress, NULL, NULL);
    supervisor_watch_close(&daemon->supervisor);
    away_close(&daemon->away);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&daemon->loop);
    given_up_done(&daemon->given_up);
    free((void *)daemon->socket_paths);
    free(daemon->queries);
    free(daemon->handlers);
    incidents_close(daemon);
    facts_close(daemon);
    takeover_done(&daemon->takeover); /* open if the manager did not know us yet */
    model_close(daemon);
    state_close(daemon);
    handover_done(&daemon->handover);
    reload_report_done(&daemon->reload);
    if (daemon->description >= 0)
        (void)close(daemon->description);
    tokens_done(&daemon->tokens);
    accepted_done(&daemon->accepted);
    settings_endpoint_plan_done(&daemon->plan);
    catalog_set_done(&daemon->set);
}

/*
 * server.c - see server.h.
 *
 * The HTTP library (libmicrohttpd 0.9.75) runs without threads on its own epoll descriptor, which a
 * uv_poll watches (listener.c). A connection that it suspended does not time out and does not
 * notice that its client is gone: suspended connections are resumed in a later turn, or watched by
 * wait.c. MHD_stop_daemon() aborts the process if a suspended connection is left.
 */
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/bounds.h"
#include "http/connections.h"
#include "http/follow.h"
#include "http/listener.h"
#include "http/pages.h"
#include "http/request.h"
#include "http/wait.h"

/* ---- running ---- */

static void stop(struct http_server *server);

/* Whether a server that closes still has answers to wait for: answers under way, and, if it leaves,
 * also requests still to arrive on its connections. */
static bool has_answers(struct http_server *server) {
    const bool more = server->leaving && connections_end_idle(server);
    return more || server->figures.in_flight > 0;
}

/* Begin a turn with a new time budget, first for requests that wait. */
static void begin_turn(struct http_server *server) {
    struct turn *turn = &server->turn;
    turn_begin(turn);
    follow_turn(server);
    for (size_t i = 0, count = turn->waiting; i < count; i++) {
        if (i > 0 && !turn_allows(turn, NULL, TURN_SMALL_NS))
            break;
        struct http_request *request = (struct http_request *)turn_pop(turn);
        struct listener *listener = request->listener;
        turn->favourite = i == 0 ? &request->turn : NULL;
        MHD_resume_connection(request->connection);
        listener_run(listener);
    }
    turn->favourite = NULL;
    for (size_t i = 0; i < server->listener_count; i++)
        if (server->listeners[i].pending)
            listener_run(&server->listeners[i]);
    if (server->closing && !has_answers(server)) {
        stop(server);
        return;
    }
    /* Time spent in this turn must be cleared in the next one, so another callback is needed. */
    if (turn->spent_ns == 0 && !listeners_have_work(server))
        uv_prepare_stop(&server->prepare);
    listeners_keep_awake(server);
}

/* A loop turn begins. */
static void on_prepare(uv_prepare_t *handle) {
    struct http_server *server = handle->data;
    stopwatch_start(&server->watch);
    begin_turn(server);
    stopwatch_stop(&server->watch);
}

/* ---- opening ---- */

void http_server_give_back(struct http_server *server) {
    for (size_t i = 0; i < server->listener_count; i++)
        if (server->listeners[i].socket.adopted)
            listen_socket_leave(&server->listeners[i].socket);
}

static struct MHD_Daemon *start_daemon(struct listener *listener, unsigned idle_s) {
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0,
                            NULL, NULL, request_handle, listener, MHD_OPTION_URI_LOG_CALLBACK,
                            request_new, listener, MHD_OPTION_NOTIFY_COMPLETED, request_over,
                            listener, MHD_OPTION_NOTIFY_CONNECTION, connection_notify, listener,
                            MHD_OPTION_CONNECTION_LIMIT, listener->places.count,
                            MHD_OPTION_CONNECTION_TIMEOUT, idle_s,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY,
                            /* A stricter level would also refuse a missing Host and blanks in the
                             * target; head.c and target.c refuse these with a complete answer. */
                            MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_END);
}

/* Take over the kept socket for this listener's address, if there is one. */
static bool adopt(struct listener *listener, const struct http_options *options) {
    for (size_t i = 0; i < options->kept_count; i++) {
        struct unix_listener *kept = &options->kept[i];
        if (kept->fd >= 0 &&
            listen_socket_adopt(kept->fd, &kept->file, &listener->wanted, &listener->socket)) {
            kept->fd = -1;
            return true;
        }
    }
    return false;
}

static bool listener_open(struct listener *listener, const struct http_options *options,
                          const char **ret_reason) {
    const mode_t mode = options->socket_mode != 0 ? options->socket_mode : 0660;
    struct http_server *server = listener->server;
    const struct http_places_limits limits = {.most = server->connections_max,
                                              .scrapes =
                                                  server->connections_max / HTTP_SCRAPES_SHARE,
                                              .spare = HTTP_SPARE_MAX,
                                              .leaving = HTTP_ACCEPTS_MAX,
                                              .stall_ms = HTTP_STALL_MS};
    *ret_reason = "out of memory";
    if (!places_init(&listener->places, &limits) ||
        (!adopt(listener, options) &&
         !listen_socket_open(&listener->wanted, mode, &listener->socket, ret_reason)))
        return false;
    *ret_reason = "the HTTP library does not start";
    listener->daemon = start_daemon(listener, (unsigned)(server->idle_ms / 1000));
    if (listener->daemon == NULL)
        return false;
    *ret_reason = "the loop does not watch it";
    return listener_watch(listener) && connections_open(listener);
}

static bool open_listeners(struct http_server *server, const struct http_options *options,
                           struct error *ret_error) {
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        const char *reason = NULL;
        if (!listener_open(listener, options, &reason))
            return error_set(ret_error, "%s: %s: %s; choose another address", listener->setting,
                             listener->text, reason);
        listener->setting = NULL;
        listener->text = NULL;
    }
    return true;
}

static void init_handles(struct http_server *server) {
    uv_prepare_init(server->loop, &server->prepare);
    uv_idle_init(server->loop, &server->idle);
    server->prepare.data = server;
    server->on_turn = on_prepare;
    server->on_sweep = follow_sweep;
    server->idle.data = server;
    server->handles = 2;
    connections_init(server);
}

struct http_server *http_server_new(uv_loop_t *loop, const struct http_options *options,
                                    const struct http_source *source, struct error *ret_error) {
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        error_set(ret_error, "HTTP: out of memory");
        return NULL;
    }
    const unsigned connections = options->connections_max;
    const uint64_t turn_us = options->turn_us != 0 ? options->turn_us : HTTP_TURN_US;
    *server = (struct http_server){
        .loop = loop,
        .source = *source,
        .connections_max = connections != 0 ? connections : HTTP_CONNECTIONS_MAX,
        .request_ms = 1000ULL * (options->request_s != 0 ? options->request_s : HTTP_REQUEST_S),
        .answer_ms = 1000ULL * (options->answer_s != 0 ? options->answer_s : HTTP_ANSWER_S),
        .idle_ms = 1000ULL * (options->idle_s != 0 ? options->idle_s : HTTP_IDLE_S),
        .turn = {.budget_ns = turn_us * 1000},
        .memory = {.max =
                       options->answers_bytes != 0 ? options->answers_bytes : HTTP_ANSWERS_BYTES},
    };
    init_handles(server);
    if (!pages_plan(server, options, ret_error) || !open_listeners(server, options, ret_error) ||
        !pages_opened(server, ret_error)) {
        http_server_give_back(server);
        http_server_close(server, 0, NULL, NULL);
        return NULL;
    }
    follow_open(server);
    return server;
}

/* ---- closing ---- */

static void handle_closed(struct http_server *server) {
    if (--server->handles > 0)
        return;
    void (*done)(void *arg) = server->done;
    void *arg = server->done_arg;
    pages_done(server);
    free(server);
    if (done != NULL)
        done(arg);
}

static void on_server_handle_closed(uv_handle_t *handle) {
    handle_closed(handle->data);
}

static void on_listener_handle_closed(uv_handle_t *handle) {
    const struct listener *listener = handle->data;
    handle_closed(listener->server);
}

/* End all connections and close the handles. */
static void stop(struct http_server *server) {
    struct http_request *request;
    if (server->stopped)
        return;
    server->stopped = true;
    while ((request = (struct http_request *)turn_pop(&server->turn)) != NULL)
        MHD_resume_connection(request->connection);
    wait_stop(server);
    follow_stop(server);
    follow_close(server);
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        /* Stop watching before the library closes the watched descriptor. */
        if (listener->watched)
            uv_poll_stop(&listener->poll);
        if (listener->daemon != NULL)
            MHD_stop_daemon(listener->daemon);
        listener->daemon = NULL;
        if (listener->watched) {
            uv_close((uv_handle_t *)&listener->poll, on_listener_handle_closed);
            uv_close((uv_handle_t *)&listener->timer, on_listener_handle_closed);
        }
        if (listener->open)
            uv_close((uv_handle_t *)&listener->backlog, on_listener_handle_closed);
    }
    uv_close((uv_handle_t *)&server->prepare, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->idle, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->sweep, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->retry, on_server_handle_closed);
}

static void on_grace_over(uv_timer_t *timer) {
    stop(timer->data);
}

void http_server_hurry(struct http_server *server) {
    stop(server);
}

void http_server_leave(struct http_server *server, bool (*stays)(void *arg, int fd), void *arg) {
    server->leaving = true;
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listen_socket *sock = &server->listeners[i].socket;
        if (stays == NULL || stays(arg, sock->fd))
            listen_socket_leave(sock);
    }
}

void http_server_close(struct http_server *server, unsigned grace_ms, void (*done)(void *arg),
                       void *arg) {
    server->done = done;
    server->done_arg = arg;
    server->closing = true;
    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].open)
            uv_poll_stop(&server->listeners[i].backlog);
        listen_socket_close(&server->listeners[i].socket);
    }
    follow_end(server);
    if (grace_ms == 0 || !has_answers(server)) {
        stop(server);
        return;
    }
    uv_timer_start(&server->sweep, on_grace_over, grace_ms, 0);
}

/* ---- asking ---- */

size_t http_server_listeners(const struct http_server *server) {
    return server->listener_count;
}

void http_server_address(const struct http_server *server, size_t index, char *out, size_t size) {
    if (index < server->listener_count)
        listen_address_text(&server->listeners[index].socket.address, out, size);
    else
        snprintf(out, size, "%s", "");
}

struct unix_listener http_server_socket(const struct http_server *server, size_t index) {
    const struct listen_socket *sock = &server->listeners[index].socket;
    return (struct unix_listener){.fd = sock->fd, .file = sock->file};
}

bool http_server_is_inside(const struct http_server *server) {
    return server->turn.begun_ns != 0;
}

uint64_t http_server_no_memory(const struct http_server *server) {
    return server->figures.no_memory;
}

void http_server_figures(struct http_server *server, struct http_figures *ret_figures) {
    *ret_figures = server->figures;
    ret_figures->answer_bytes = server->memory.used;
    ret_figures->squeezed = server->memory.squeezed;
    ret_figures->watch = server->watch;
    ret_figures->busiest_turn_ns = server->turn.busiest_ns;
    server->turn.busiest_ns = 0;
}

static size_t index_of(const struct http_server *server, const struct listener *listener) {
    return listener != NULL ? (size_t)(listener - server->listeners) : SIZE_MAX;
}

size_t http_server_listener_of(const struct http_server *server, size_t index) {
    return index_of(server,
                    index < server->page_count ? server->pages[index].listener : server->debug);
}

void http_server_endpoint(const struct http_server *server, size_t index,
                          struct http_endpoint_figures *ret_figures) {
    *ret_figures = index < server->page_count ? server->pages[index].figures
                                              : (struct http_endpoint_figures){0};
}

/* SPDX-License-Identifier: MIT */
/* server.c - listeners on the loop, and a request from its first line to its last byte. */
#include "http/http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- figures ---- */

unsigned http_code(enum http_code_index index) {
    static const unsigned codes[HTTP_CODE_COUNT] = {200, 400, 401, 404, 405, 413, 414, 500, 503};
    return index < HTTP_CODE_COUNT ? codes[index] : 0;
}

/* ---- listener ----
 * The library's connections are edge-triggered inside its epoll descriptor, so after a run it must
 * be run again, with or without an event, until MHD_get_timeout() returns something other than 0:
 * here in the next loop turn (listener->pending).
 */

/* True while a request waits for the next turn, or a listener wants to run in it. */
static bool listeners_have_work(const struct http_server *server) {
    if (server->turn.first != NULL)
        return true;
    for (size_t i = 0; i < server->listener_count; i++)
        if (server->listeners[i].pending)
            return true;
    return false;
}

static void on_idle(uv_idle_t *idle) {
    (void)idle; /* an active idle handle is enough: the loop does not sleep */
}

/* Let the loop sleep when there is no work. */
static void listeners_keep_awake(struct http_server *server) {
    if (listeners_have_work(server))
        uv_idle_start(&server->idle, on_idle);
    else
        uv_idle_stop(&server->idle);
}

void http_listeners_wake(struct http_server *server) {
    uv_prepare_start(&server->prepare, server->on_turn);
    listeners_keep_awake(server);
}

/* Run the listener from a callback of the loop, and measure the time. */
static void run_timed(struct listener *listener) {
    struct stopwatch *watch = &listener->server->watch;
    host_stopwatch_start(watch);
    http_listener_run(listener);
    host_stopwatch_stop(watch);
}

static void on_timer(uv_timer_t *timer) {
    run_timed(timer->data);
}

void http_listener_run(struct listener *listener) {
    struct http_server *server = listener->server;
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    if (listener->daemon == NULL)
        return;
    listener->pending = false;
    http_turn_enter(&server->turn);
    MHD_run(listener->daemon);
    http_turn_leave(&server->turn);
    uv_timer_stop(&listener->timer);
    if (MHD_get_timeout(listener->daemon, &timeout_ms) == MHD_YES) {
        if (timeout_ms == 0)
            listener->pending = true;
        else /* one more, because uv's clock and the library's are rounded differently */
            uv_timer_start(&listener->timer, on_timer, timeout_ms + 1, 0);
    }
    http_listeners_wake(server);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status; /* an epoll descriptor has no errors of its own */
    (void)events;
    run_timed(poll->data);
}

/* From now on, run the library when its descriptor is readable; the listener must have a daemon.
 * False: the loop cannot watch the descriptor. */
static bool listener_watch(struct listener *listener) {
    struct http_server *server = listener->server;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || uv_poll_init(server->loop, &listener->poll, info->epoll_fd) != 0)
        return false;
    listener->watched = true;
    listener->poll.data = listener;
    uv_timer_init(server->loop, &listener->timer);
    listener->timer.data = listener;
    server->handles += 2;
    return uv_poll_start(&listener->poll, UV_READABLE, on_readable) == 0;
}

/* ---- head ----
 * refuses request heads that the HTTP library accepts, but that another server on the way
 * may read differently.
 */

/* ---- fields that are there too often, or not at all, or have no name ---- */

struct fields {
    const char *length;
    bool lengths_differ;
    bool nameless;
    unsigned hosts;
};

/* A token of RFC 9110, section 5.6.2. */
static bool is_token(const char *name) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    const char *at = name;
    while ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ||
           (*at != '\0' && strchr(marks, *at) != NULL))
        at++;
    return at > name && *at == '\0';
}

static enum MHD_Result look_at(void *arg, enum MHD_ValueKind kind, const char *name,
                               const char *value) {
    struct fields *found = arg;
    (void)kind;
    if (!is_token(name))
        found->nameless = true;
    if (value == NULL)
        return MHD_YES;
    if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
        found->hosts++;
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        if (found->length != NULL && strcmp(found->length, value) != 0)
            found->lengths_differ = true;
        found->length = value;
    }
    return MHD_YES;
}

static bool needs_host(const char *version) {
    return strcmp(version, MHD_HTTP_VERSION_1_0) > 0;
}

/* A sentence for a 400 (RFC 9112, sections 3.2, 5.1 and 6.3; static), or NULL. If a field is there
 * several times, the library uses the first. It would refuse a request without Host by itself, but
 * up to 0.9.75 it writes the head of that answer twice. */
static const char *head_fault(const struct http_request *request, const char *version) {
    struct fields found = {0};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, look_at, &found);
    if (found.nameless)
        return "the name of a header is a token, with nothing between it and the colon";
    if (found.lengths_differ)
        return "Content-Length is there twice, with different values";
    if (found.hosts == 0 && needs_host(version))
        return "a request of HTTP/1.1 names the Host that it is for";
    return found.hosts > 1 ? "Host is there twice" : NULL;
}

/* ---- bytes that are not shown ---- */

enum { LINE_END = 2 };

/* Add up the bytes of a field as it is in the library's buffer: name, colon, blanks, value. */
static enum MHD_Result add_up(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
                              const char *value, size_t value_len) {
    size_t *seen = arg;
    (void)kind;
    *seen += value != NULL && value > name ? (size_t)(value - name) + value_len : name_len + 1;
    *seen += LINE_END;
    return MHD_YES;
}

/* Whether the head has bytes that the library does not show: it shows nothing of a line after a
 * NUL, and joins a folded line. Lines may end without CR, so there may be fewer bytes than this
 * sum, but not more. */
static bool head_hides_bytes(const struct http_request *request, const char *method,
                             const char *version) {
    enum { BLANKS = 2 };
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t seen =
        strlen(method) + request->target_bytes + strlen(version) + BLANKS + LINE_END + LINE_END;
    MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, add_up, &seen);
    return info != NULL && info->header_size > seen;
}

/* ---- request ----
 * the life of a request in the HTTP library: made when its first line is read, examined
 * when its head is complete, answered when its body is complete (if it has one), and freed when the
 * library is done with it.
 */

enum {
    REQUEST_BODY_MAX =
        64 << 10 /* a body up to this is read and dropped; a longer one ends the connection */
};

/* The library would keep each parameter of the query in the connection's memory. About a thousand
 * of them fill it, and then the library can neither continue nor answer. We do not ask it for
 * parameters, so it is given an empty query. */
static void hide_query(const char *uri) {
    char *query =
        strchr((char *)(uintptr_t)uri, '?'); /* in its own buffer, which it splits here, too */
    if (query != NULL)
        query[1] = '\0'; /* at worst the terminator itself */
}

/* Handlers of the HTTP library; `arg` is the listener, the request is the client context. Called
 * with the target before the library parses it; the result becomes the client context. */
static void *request_new(void *arg, const char *uri, struct MHD_Connection *connection) {
    struct listener *listener = arg;
    /* NULL for a first line without a target, which the library accepts. */
    const size_t len = uri != NULL ? strlen(uri) : 0;
    const bool too_long = len > HTTP_TARGET_MAX;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL)
        return NULL; /* the handler then ends the connection */
    /* Two bytes more than the text: http_target_parse may write "/" over an absolute form without a
     * path. */
    struct http_request *request = calloc(1, sizeof *request + (too_long ? 0 : len) + 2);
    if (request == NULL)
        return NULL;
    request->listener = listener;
    request->connection = connection;
    request->too_long = too_long;
    request->target_bytes = len;
    request->since_ns = uv_hrtime();
    if (!too_long && uri != NULL)
        memcpy(request->text, uri, len + 1);
    if (uri != NULL)
        hide_query(uri);
    http_body_init(&request->body, &listener->server->memory);
    request->place = info->socket_context;
    http_places_head(&listener->places, request->place, uv_now(listener->server->loop));
    listener->server->figures.in_flight++;
    return request;
}

enum { WHERE_TEXT_MAX = LISTEN_TEXT_MAX + 128 };

static void report_scrape(const struct http_request *request, bool complete) {
    const struct http_source *source = &request->listener->server->source;
    char client[CLIENT_TEXT_MAX];
    char address[LISTEN_TEXT_MAX];
    char where[WHERE_TEXT_MAX];
    const char *agent = http_headers_find(request, MHD_HTTP_HEADER_USER_AGENT);
    http_client_text(request->place->fd, client);
    listen_address_text(&request->listener->socket.address, address, sizeof address);
    (void)snprintf(where, sizeof where, "%s%.127s", address, request->target.path);
    const struct http_scrape scrape = {
        .page = request->shown,
        .where = where,
        .client = client,
        .agent = agent != NULL ? agent : "",
        .endpoint = (size_t)(request->page - request->listener->server->pages),
        .format = request->format,
        .code = request->code,
        .gzip = request->gzip,
        .complete = complete,
        .seconds = (double)(uv_hrtime() - request->since_ns) / 1e9,
        .work_seconds = (double)request->work_ns / 1e9,
        .bytes = request->body.taken,
        .slices = request->body.slices,
    };
    source->on_scrape(source->arg, &scrape);
}

static void report(struct http_request *request, bool complete) {
    struct http_server *server = request->listener->server;
    struct http_figures *figures = &server->figures;
    figures->bytes += request->body.taken;
    figures->slices += request->body.slices;
    if (!complete)
        figures->aborted++;
    for (unsigned i = 0; i < HTTP_CODE_COUNT; i++) {
        if (http_code((enum http_code_index)i) != request->code)
            continue;
        figures->answers[i]++;
        if (request->page != NULL)
            request->page->figures.answers[i]++;
    }
    if (request->scrape && server->source.on_scrape != NULL)
        report_scrape(request, complete);
}

static void request_over(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how) {
    struct listener *listener = arg;
    struct http_request *request = *context;
    (void)connection;
    if (request == NULL)
        return;
    *context = NULL;
    http_turn_remove(&listener->server->turn, &request->turn);
    http_wait_end(request);
    http_command_over(request);
    if (request->answered)
        report(request, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    listener->server->figures.in_flight--;
    if (request->admitted)
        request->page->figures.in_flight--;
    http_places_over(&listener->places, request->place, uv_now(listener->server->loop));
    http_body_done(&request->body);
    free(request);
}

/* ---- the handler ---- */

/* True if the body, if there is one, is short enough to be read and dropped. */
static bool body_is_short(struct http_request *request) {
    const bool commands = admission_takes_commands(request);
    const char *length = http_headers_find(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (http_headers_find(request, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL)
        return false; /* its length is not known before its end */
    /* The library has checked that it is a number. */
    return length == NULL || strtoull(length, NULL, 10) <= (commands ? 0 : REQUEST_BODY_MAX);
}

/* Called when the head has arrived. After an answer at this point the library closes the
 * connection, so only requests whose body will not be read are answered here; all others in the
 * second call. */
static enum MHD_Result handle_head(struct http_request *request, const char *method,
                                   const char *version) {
    request->begun = true;
    request->hides_bytes = head_hides_bytes(request, method, version);
    request->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (!request->too_long && !http_target_parse(request->text, &request->target, &request->fault))
        request->target = (struct target){.path = ""};
    const char *fault = head_fault(request, version);
    if (fault != NULL)
        return answer_head_refused(request, fault);
    if (body_is_short(request))
        return MHD_YES;
    return answer_body_refused(request, method);
}

static enum MHD_Result request_handle(void *arg, struct MHD_Connection *connection, const char *url,
                                      const char *method, const char *version,
                                      const char *upload_data, size_t *upload_data_size,
                                      void **context) {
    struct http_request *request = *context;
    (void)arg;
    (void)connection;
    (void)url;
    (void)upload_data;
    if (request == NULL)
        return MHD_NO;
    if (!request->begun)
        return handle_head(request, method, version);
    if (*upload_data_size > 0) {
        request->discarded += *upload_data_size;
        *upload_data_size = 0;
        return request->discarded <= REQUEST_BODY_MAX ? MHD_YES : MHD_NO;
    }
    if (request->given_up)
        return MHD_NO;
    if (request->answered)
        return MHD_YES;
    http_places_complete(&request->listener->places, request->place);
    return answer_request(request, method);
}

/* ---- server ----
 * The HTTP library (libmicrohttpd 0.9.75) runs without threads on its own epoll descriptor, which a
 * uv_poll watches. A connection that it suspended does not time out and does not
 * notice that its client is gone: suspended connections are resumed in a later turn, or watched by
 * connections.c. MHD_stop_daemon() aborts the process if a suspended connection is left.
 */

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
    http_turn_begin(turn);
    for (size_t i = 0, count = turn->waiting; i < count; i++) {
        if (i > 0 && !http_turn_allows(turn, NULL, TURN_SMALL_NS))
            break;
        struct http_request *request = (struct http_request *)http_turn_pop(turn);
        struct listener *listener = request->listener;
        if (http_command_is_due(request)) {
            http_command_give(request);
            continue;
        }
        turn->favourite = i == 0 ? &request->turn : NULL;
        MHD_resume_connection(request->connection);
        http_listener_run(listener);
    }
    turn->favourite = NULL;
    for (size_t i = 0; i < server->listener_count; i++)
        if (server->listeners[i].pending)
            http_listener_run(&server->listeners[i]);
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
    host_stopwatch_start(&server->watch);
    begin_turn(server);
    host_stopwatch_stop(&server->watch);
}

/* ---- opening ---- */

void http_server_give_back(struct http_server *server) {
    for (size_t i = 0; i < server->listener_count; i++)
        if (server->listeners[i].socket.adopted)
            http_listen_socket_leave(&server->listeners[i].socket);
}

static struct MHD_Daemon *start_daemon(struct listener *listener, unsigned idle_s) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_NO_LISTEN_SOCKET, 0,
        NULL, NULL, request_handle, listener, MHD_OPTION_URI_LOG_CALLBACK, request_new, listener,
        MHD_OPTION_NOTIFY_COMPLETED, request_over, listener, MHD_OPTION_NOTIFY_CONNECTION,
        connection_notify, listener, MHD_OPTION_CONNECTION_LIMIT, listener->places.count,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_CONNECTION_MEMORY,
        /* A stricter level would also refuse a missing Host and blanks in the
         * target; server.c and routes.c refuse these with a complete answer. */
        MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_END);
}

/* Take over the kept socket for this listener's address, if there is one. */
static bool adopt(struct listener *listener, const struct http_options *options) {
    for (size_t i = 0; i < options->kept_count; i++) {
        struct unix_listener *kept = &options->kept[i];
        if (kept->fd >= 0 &&
            http_listen_socket_adopt(kept->fd, &kept->file, &listener->wanted, &listener->socket)) {
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
    const struct http_places_limits limits = {
        .most = server->connections_max,
        .scrapes =
            listener->table.page_count > 0 ? server->connections_max / HTTP_SCRAPES_SHARE : 0,
        .spare = HTTP_SPARE_MAX,
        .leaving = HTTP_ACCEPTS_MAX,
        .stall_ms = HTTP_STALL_MS};
    http_places_init(&listener->places, &limits);
    if (!adopt(listener, options) &&
        !http_listen_socket_open(&listener->wanted, mode, &listener->socket, ret_reason))
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
            return error_set(ret_error, "%s: %s: %s; choose another %s", listener->setting,
                             listener->text, reason,
                             (listener->table.parts & SERVES_COMMANDS) != 0 ? "path" : "address");
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
    server->idle.data = server;
    server->handles = 2;
    connections_init(server);
}

struct http_server *http_server_new(uv_loop_t *loop, const struct http_options *options,
                                    const struct http_source *source, struct error *ret_error) {
    struct http_server *server = memory_alloc(sizeof *server);
    const unsigned connections = options->connections_max;
    const uint64_t turn_us = options->turn_us != 0 ? options->turn_us : HTTP_TURN_US;
    *server = (struct http_server){
        .loop = loop,
        .source = *source,
        .connections_max = connections != 0 ? connections : HTTP_CONNECTIONS_MAX,
        .request_ms = 1000ULL * (options->request_s != 0 ? options->request_s : HTTP_REQUEST_S),
        .answer_ms = 1000ULL * (options->answer_s != 0 ? options->answer_s : HTTP_ANSWER_S),
        .idle_ms = 1000ULL * (options->idle_s != 0 ? options->idle_s : HTTP_IDLE_S),
        .commands_uid = options->commands_uid,
        .turn = {.budget_ns = turn_us * 1000},
        .memory = {.max =
                       options->answers_bytes != 0 ? options->answers_bytes : HTTP_ANSWERS_BYTES},
    };
    init_handles(server);
    if (!http_pages_plan(server, options, ret_error) ||
        !open_listeners(server, options, ret_error)) {
        http_server_give_back(server);
        http_server_close(server, 0, NULL, NULL);
        return NULL;
    }
    http_pages_opened(server);
    return server;
}

/* ---- closing ---- */

static void handle_closed(struct http_server *server) {
    if (--server->handles > 0)
        return;
    void (*done)(void *arg) = server->done;
    void *arg = server->done_arg;
    http_pages_done(server);
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
    while ((request = (struct http_request *)http_turn_pop(&server->turn)) != NULL)
        MHD_resume_connection(request->connection);
    http_wait_stop(server);
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

void http_server_shorten(struct http_server *server, unsigned grace_ms) {
    if (!server->stopped)
        uv_timer_start(&server->sweep, on_grace_over, grace_ms, 0);
}

void http_server_leave(struct http_server *server, bool (*stays)(void *arg, int fd), void *arg) {
    server->leaving = true;
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listen_socket *sock = &server->listeners[i].socket;
        if (stays == NULL || stays(arg, sock->fd))
            http_listen_socket_leave(sock);
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
        http_listen_socket_close(&server->listeners[i].socket);
    }
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

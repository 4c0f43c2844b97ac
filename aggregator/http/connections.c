/*
 * connections.c - see connections.h.
 */
#include "http/connections.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "http/bounds.h"
#include "http/listener.h"
#include "http/wait.h"

enum {
    SWEEP_MS = 1000,
    RETRY_MS = 100 /* until a paused listener tries again */
};

/* End a connection. The library sees the end of input at its next run. */
static void end(struct listener *listener, struct http_place *place) {
    places_leave(&listener->places, place);
    shutdown(place->fd, SHUT_RDWR);
}

void connection_evict(struct listener *listener, struct http_place *place) {
    if (place == NULL)
        return;
    end(listener, place);
    listener->server->figures.evicted++;
}

/* ---- leaving ---- */

static bool has_input(const struct http_place *place) {
    struct pollfd look = {.fd = place->fd, .events = POLLIN};
    return poll(&look, 1, 0) == 1;
}

bool connections_end_idle(struct http_server *server) {
    unsigned open = 0;
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        for (unsigned n = 0; n < listener->places.count; n++) {
            struct http_place *place = &listener->places.all[n];
            if (place->state == PLACE_KEPT && !has_input(place))
                end(listener, place);
        }
        open += listener->places.open;
    }
    return open > 0;
}

/* ---- coming and going ---- */

static void on_sweep(uv_timer_t *timer);

static void wait_for_next_sweep(struct http_server *server) {
    uv_timer_start(&server->sweep, on_sweep, clock_until_next(uv_now(server->loop), SWEEP_MS), 0);
}

static void resume(struct listener *listener);

static void opened(struct listener *listener, struct MHD_Connection *connection, void **context) {
    struct http_server *server = listener->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context =
        places_take(&listener->places, info != NULL ? info->connect_fd : -1, uv_now(server->loop));
    server->figures.accepted++;
    server->figures.connections++;
    if (listener->places.open == server->connections_max)
        server->figures.full++;
    if (!server->closing && !uv_is_active((uv_handle_t *)&server->sweep))
        wait_for_next_sweep(server);
}

void connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode what) {
    struct listener *listener = arg;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        opened(listener, connection, context);
        return;
    }
    listener->server->figures.connections--;
    if (*context != NULL)
        places_free(&listener->places, *context);
    *context = NULL;
    resume(listener);
}

/* ---- accepting ---- */

static void on_retry(uv_timer_t *timer) {
    struct http_server *server = timer->data;
    for (size_t i = 0; i < server->listener_count; i++)
        resume(&server->listeners[i]);
}

/* Leave waiting connections in the backlog until a connection ends, or for RETRY_MS. */
static bool pause_accepting(struct listener *listener) {
    struct http_server *server = listener->server;
    uv_poll_stop(&listener->backlog);
    listener->paused = true;
    if (!uv_is_active((uv_handle_t *)&server->retry))
        uv_timer_start(&server->retry, on_retry, RETRY_MS, 0);
    return false;
}

/* Without memory for a connection: another one ends, so that health checks go on. */
static bool lacks_memory(struct listener *listener) {
    listener->server->figures.no_memory++;
    connection_evict(listener, places_oldest_incomplete(&listener->places));
    return pause_accepting(listener);
}

/* True if accepting the next connection may succeed. `first`: none was accepted in this turn yet;
 * connections accepted earlier are read before any makes way. */
static bool accept_failed(struct listener *listener, int error, bool first) {
    switch (error) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
        if (!first)
            return false;
        listener->server->figures.no_descriptor++;
        connection_evict(listener, places_oldest_incomplete(&listener->places));
        return pause_accepting(listener);
    case EINTR:
    case ECONNABORTED: /* and other network errors of the new connection, see accept(2) */
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
        return true;
    default: /* a lasting error must not keep the loop awake */
        return lacks_memory(listener);
    }
}

/* Accept one connection. False: none waits, or there is no place yet. */
static bool accept_one(struct listener *listener, bool first) {
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    struct http_place *leaver;
    if (!places_admit(&listener->places, uv_now(listener->server->loop), &leaver))
        return pause_accepting(listener);
    const int fd = accept4(listener->socket.fd, (struct sockaddr *)&address, &len,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return accept_failed(listener, errno, first);
    connection_evict(listener, leaver);
    /* The library closes the descriptor if this fails. */
    return MHD_add_connection(listener->daemon, fd, (struct sockaddr *)&address, len) == MHD_YES ||
           lacks_memory(listener);
}

static void on_backlog(uv_poll_t *poll, int status, int events) {
    struct listener *listener = poll->data;
    struct turn *turn = &listener->server->turn;
    struct stopwatch *watch = &listener->server->watch;
    (void)status; /* accept() reports errors */
    (void)events;
    stopwatch_start(watch);
    turn_enter(turn);
    for (unsigned n = 0; n < HTTP_ACCEPTS_MAX; n++)
        if ((n > 0 && !turn_allows(turn, NULL, TURN_SMALL_NS)) || !accept_one(listener, n == 0))
            break;
    turn_leave(turn);
    listener_run(listener); /* read their requests before others make them leave */
    stopwatch_stop(watch);
}

bool connections_open(struct listener *listener) {
    struct http_server *server = listener->server;
    if (uv_poll_init(server->loop, &listener->backlog, listener->socket.fd) != 0)
        return false;
    listener->backlog.data = listener;
    listener->paused = true;
    listener->open = true;
    server->handles++;
    resume(listener);
    return !listener->paused;
}

static void resume(struct listener *listener) {
    if (listener->paused && !listener->server->closing)
        listener->paused = uv_poll_start(&listener->backlog, UV_READABLE, on_backlog) != 0;
}

void connections_init(struct http_server *server) {
    uv_timer_init(server->loop, &server->sweep);
    uv_timer_init(server->loop, &server->retry);
    server->sweep.data = server;
    server->retry.data = server;
    server->handles += 2;
}

/* ---- taking too long ---- */

static uint64_t most_ms(const struct http_server *server, const struct http_place *place) {
    switch (place->state) {
    case PLACE_OPENED:
    case PLACE_HEAD:
        return server->request_ms;
    case PLACE_KEPT:
        return server->idle_ms;
    case PLACE_COMPLETE:
        return place->follows ? UINT64_MAX : server->answer_ms;
    case PLACE_FREE:
    case PLACE_LEAVING:
        break;
    }
    return UINT64_MAX;
}

static void sweep_listener(struct listener *listener, uint64_t now_ms) {
    struct http_server *server = listener->server;
    for (unsigned i = 0; i < listener->places.count; i++) {
        struct http_place *place = &listener->places.all[i];
        if (now_ms - place->since_ms < most_ms(server, place))
            continue;
        end(listener, place);
        server->figures.expired++;
    }
}

static void on_sweep(uv_timer_t *timer) {
    struct http_server *server = timer->data;
    if (server->figures.connections == 0)
        return;
    wait_for_next_sweep(server);
    for (size_t i = 0; i < server->listener_count; i++)
        sweep_listener(&server->listeners[i], uv_now(server->loop));
    wait_give_up(server);
    if (server->on_sweep != NULL)
        server->on_sweep(server);
}

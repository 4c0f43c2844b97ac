/*
 * listener.c - see listener.h.
 *
 * The library's connections are edge-triggered inside its epoll descriptor, so after a run it must
 * be run again, with or without an event, until MHD_get_timeout() returns something other than 0:
 * here in the next loop turn (listener->pending).
 */
#include "http/listener.h"

bool listeners_have_work(const struct http_server *server) {
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

void listeners_keep_awake(struct http_server *server) {
    if (listeners_have_work(server))
        uv_idle_start(&server->idle, on_idle);
    else
        uv_idle_stop(&server->idle);
}

void listeners_wake(struct http_server *server) {
    uv_prepare_start(&server->prepare, server->on_turn);
    listeners_keep_awake(server);
}

/* Run the listener from a callback of the loop, and measure the time. */
static void run_timed(struct listener *listener) {
    struct stopwatch *watch = &listener->server->watch;
    stopwatch_start(watch);
    listener_run(listener);
    stopwatch_stop(watch);
}

static void on_timer(uv_timer_t *timer) {
    run_timed(timer->data);
}

void listener_run(struct listener *listener) {
    struct http_server *server = listener->server;
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    if (listener->daemon == NULL)
        return;
    listener->pending = false;
    turn_enter(&server->turn);
    MHD_run(listener->daemon);
    turn_leave(&server->turn);
    uv_timer_stop(&listener->timer);
    if (MHD_get_timeout(listener->daemon, &timeout_ms) == MHD_YES) {
        if (timeout_ms == 0)
            listener->pending = true;
        else /* one more, because uv's clock and the library's are rounded differently */
            uv_timer_start(&listener->timer, on_timer, timeout_ms + 1, 0);
    }
    listeners_wake(server);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status; /* an epoll descriptor has no errors of its own */
    (void)events;
    run_timed(poll->data);
}

bool listener_watch(struct listener *listener) {
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

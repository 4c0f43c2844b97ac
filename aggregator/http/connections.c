/* SPDX-License-Identifier: MIT */
/* connections.c - connections and waiting requests, and the time that each may take. */
#include "http/http_private.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- deadline ---- */

uint64_t http_deadline_ms(const char *header) {
    char *end = NULL;
    /* strtod also accepts blanks, hex, "inf" and "nan". */
    if (header == NULL || header[0] == '\0' || header[strspn(header, "0123456789.eE+-")] != '\0')
        return DEADLINE_DEFAULT_MS;
    const double timeout_ms = strtod(header, &end) * 1000;
    if (*end != '\0' || !isfinite(timeout_ms) || timeout_ms <= 0)
        return DEADLINE_DEFAULT_MS;
    const double part_ms = timeout_ms / DEADLINE_MARGIN_PART;
    const double within_ms = timeout_ms - fmin(part_ms, DEADLINE_MARGIN_MS);
    return (uint64_t)fmin(fmax(within_ms, 1), DEADLINE_MOST_MS);
}

/* ---- turn ---- */

void http_turn_begin(struct turn *turn) {
    if (turn->spent_ns > turn->busiest_ns)
        turn->busiest_ns = turn->spent_ns;
    turn->spent_ns = 0;
    turn->favourite = NULL;
}

void http_turn_enter(struct turn *turn) {
    turn->begun_ns = uv_hrtime();
}

void http_turn_leave(struct turn *turn) {
    turn->spent_ns += uv_hrtime() - turn->begun_ns;
    turn->begun_ns = 0;
}

bool http_turn_allows(const struct turn *turn, const struct turn_waiter *waiter, uint64_t cost_ns) {
    if (waiter != NULL && waiter == turn->favourite)
        return true;
    uint64_t spent = turn->spent_ns + cost_ns;
    if (turn->favourite != NULL)
        spent += TURN_SLICE_NS;
    if (turn->begun_ns != 0)
        spent += uv_hrtime() - turn->begun_ns;
    return spent <= turn->budget_ns;
}

uint64_t http_turn_end_ns(const struct turn *turn) {
    return turn->begun_ns + turn->budget_ns -
           (turn->spent_ns < turn->budget_ns ? turn->spent_ns : turn->budget_ns);
}

void http_turn_did(struct turn *turn, const struct turn_waiter *waiter) {
    if (turn->favourite == waiter)
        turn->favourite = NULL;
}

void http_turn_push(struct turn *turn, struct turn_waiter *waiter) {
    waiter->next = NULL;
    waiter->queued = true;
    if (turn->last != NULL)
        turn->last->next = waiter;
    else
        turn->first = waiter;
    turn->last = waiter;
    turn->waiting++;
}

struct turn_waiter *http_turn_pop(struct turn *turn) {
    struct turn_waiter *waiter = turn->first;
    if (waiter != NULL)
        http_turn_remove(turn, waiter);
    return waiter;
}

void http_turn_remove(struct turn *turn, struct turn_waiter *waiter) {
    struct turn_waiter *before = NULL;
    if (turn->favourite == waiter)
        turn->favourite = NULL;
    if (!waiter->queued)
        return;
    for (struct turn_waiter *at = turn->first; at != NULL && at != waiter; at = at->next)
        before = at;
    if (before != NULL)
        before->next = waiter->next;
    else
        turn->first = waiter->next;
    if (turn->last == waiter)
        turn->last = before;
    waiter->next = NULL;
    waiter->queued = false;
    turn->waiting--;
}

/* ---- wait ---- */

static void list_add(struct http_server *server, struct http_request *request) {
    request->waiting = true;
    request->wait_before = NULL;
    request->wait_next = server->waiting;
    if (server->waiting != NULL)
        server->waiting->wait_before = request;
    server->waiting = request;
    server->figures.waiting++;
}

static void list_remove(struct http_server *server, struct http_request *request) {
    request->waiting = false;
    if (request->wait_before != NULL)
        request->wait_before->wait_next = request->wait_next;
    else
        server->waiting = request->wait_next;
    if (request->wait_next != NULL)
        request->wait_next->wait_before = request->wait_before;
    request->wait_before = NULL;
    request->wait_next = NULL;
    server->figures.waiting--;
}

void http_wait_watch(struct http_request *request) {
    list_add(request->listener->server, request);
}

void http_wait_go_on(struct http_request *request) {
    struct http_server *server = request->listener->server;
    list_remove(server, request);
    http_turn_push(&server->turn, &request->turn);
    http_listeners_wake(server);
}

static void on_collected(void *arg) {
    struct http_request *request = arg;
    request->collecting = NULL;
    http_wait_go_on(request);
}

/* The rest of the client's time, which runs from the request's first line. */
static uint64_t time_left_ms(const struct http_request *request) {
    const uint64_t most_ms = http_deadline_ms(http_headers_find(request, DEADLINE_HEADER));
    const uint64_t gone_ms = (uv_hrtime() - request->since_ns) / 1000000;
    return gone_ms < most_ms ? most_ms - gone_ms : 1;
}

bool http_wait_begin(struct http_request *request, const struct endpoint_page *page) {
    struct http_server *server = request->listener->server;
    const struct http_source *source = &server->source;
    if (request->collected || source->collect == NULL)
        return false;
    request->collected = true;
    request->collecting =
        source->collect(source->arg, page, time_left_ms(request), on_collected, request);
    if (request->collecting == NULL)
        return false;
    http_turn_did(&server->turn, &request->turn);
    MHD_suspend_connection(request->connection);
    list_add(server, request);
    return true;
}

/* Tell the source that the request no longer waits for it. */
static void forget(struct http_request *request) {
    const struct http_source *source = &request->listener->server->source;
    void *handle = request->collecting;
    request->collecting = NULL;
    if (handle != NULL)
        source->forget(source->arg, handle);
}

void http_wait_end(struct http_request *request) {
    if (!request->waiting)
        return;
    forget(request);
    list_remove(request->listener->server, request);
}

/* Whether both directions are closed. A client that has only finished sending still wants its
 * answer. */
static bool is_gone(const struct http_place *place) {
    struct pollfd look = {.fd = place->fd};
    return place->state == PLACE_LEAVING ||
           (poll(&look, 1, 0) == 1 && (look.revents & (POLLHUP | POLLERR)) != 0);
}

bool http_wait_give_up(struct http_server *server) {
    struct http_request *next;
    bool any = false;
    for (struct http_request *request = server->waiting; request != NULL; request = next) {
        next = request->wait_next;
        if (!is_gone(request->place))
            continue;
        forget(request);
        request->given_up = true;
        http_wait_go_on(request);
        any = true;
    }
    return any;
}

void http_wait_stop(struct http_server *server) {
    while (server->waiting != NULL) {
        struct http_request *request = server->waiting;
        http_wait_end(request);
        MHD_resume_connection(request->connection);
    }
}

/* ---- places ---- */

void http_places_init(struct http_places *places, const struct http_places_limits *limits) {
    *places = (struct http_places){.limits = *limits};
    if (limits->spare > limits->most)
        places->limits.spare = limits->most;
    places->count = limits->most + places->limits.spare + limits->leaving;
    places->all = memory_array(places->count, sizeof *places->all);
}

void http_places_done(struct http_places *places) {
    free(places->all);
    *places = (struct http_places){0};
}

static bool is_incomplete(const struct http_place *place) {
    return place->state == PLACE_OPENED || place->state == PLACE_KEPT || place->state == PLACE_HEAD;
}

/* Answers of requests that do not count as served are small: if the socket did not take one at
 * once, its client does not read. */
static bool is_stalled(const struct http_places *places, const struct http_place *place,
                       uint64_t now_ms) {
    return place->state == PLACE_COMPLETE && place->handed &&
           (!place->serving || now_ms - place->handed_ms >= places->limits.stall_ms);
}

/* The oldest connection without a complete request; NULL: there is none. */
static struct http_place *places_oldest_incomplete(const struct http_places *places) {
    struct http_place *oldest = NULL;
    for (unsigned i = 0; i < places->count; i++) {
        struct http_place *place = &places->all[i];
        if (is_incomplete(place) && (oldest == NULL || place->since_ms < oldest->since_ms))
            oldest = place;
    }
    return oldest;
}

/* Which of the stalled connections may make way. */
enum leavers { ANY, SERVED, SERVED_OTHERS };

static bool is_among(const struct http_place *place, enum leavers leavers) {
    return leavers == ANY || (leavers == SERVED ? place->serving : place->other);
}

/* The connection that has stalled for the longest time. */
static struct http_place *longest_stalled(const struct http_places *places, enum leavers leavers,
                                          uint64_t now_ms) {
    struct http_place *longest = NULL;
    for (unsigned i = 0; i < places->count; i++) {
        struct http_place *place = &places->all[i];
        if (is_stalled(places, place, now_ms) && is_among(place, leavers) &&
            (longest == NULL || place->handed_ms < longest->handed_ms))
            longest = place;
    }
    return longest;
}

/* ---- connections ---- */

bool http_places_admit(const struct http_places *places, uint64_t now_ms,
                       struct http_place **ret_leaver) {
    const struct http_places_limits *limits = &places->limits;
    const bool all_taken = places->open >= limits->most + limits->spare;
    *ret_leaver = NULL;
    if (places->taken == places->count)
        return false;
    if (!all_taken && (places->open < limits->most || places->incomplete < limits->spare))
        return true;
    *ret_leaver = places_oldest_incomplete(places);
    if (*ret_leaver == NULL)
        *ret_leaver = longest_stalled(places, ANY, now_ms);
    return *ret_leaver != NULL;
}

struct http_place *http_places_take(struct http_places *places, int fd, uint64_t now_ms) {
    for (unsigned i = 0; i < places->count; i++) {
        struct http_place *place = &places->all[i];
        if (place->state != PLACE_FREE)
            continue;
        *place = (struct http_place){.state = PLACE_OPENED, .fd = fd, .since_ms = now_ms};
        places->taken++;
        places->open++;
        places->incomplete++;
        return place;
    }
    return NULL;
}

static void stop_serving(struct http_places *places, struct http_place *place) {
    places->serving -= place->serving;
    places->others -= place->other;
    place->serving = false;
    place->other = false;
}

/* Remove a connection from the counts. */
static void uncount(struct http_places *places, struct http_place *place) {
    if (is_incomplete(place))
        places->incomplete--;
    stop_serving(places, place);
    places->open--;
}

void http_places_leave(struct http_places *places, struct http_place *place) {
    uncount(places, place);
    place->state = PLACE_LEAVING;
}

void http_places_free(struct http_places *places, struct http_place *place) {
    if (place->state != PLACE_LEAVING)
        uncount(places, place);
    places->taken--;
    *place = (struct http_place){0};
}

/* ---- a request's way ---- */

static void set_state(struct http_places *places, struct http_place *place, enum place_state state,
                      uint64_t now_ms) {
    if (place->state == PLACE_LEAVING)
        return;
    places->incomplete -= is_incomplete(place);
    place->state = state;
    places->incomplete += is_incomplete(place);
    place->since_ms = now_ms;
    place->handed = false;
}

void http_places_head(struct http_places *places, struct http_place *place, uint64_t now_ms) {
    set_state(places, place, PLACE_HEAD, now_ms);
}

void http_places_complete(struct http_places *places, struct http_place *place) {
    set_state(places, place, PLACE_COMPLETE, place->since_ms);
}

void http_places_over(struct http_places *places, struct http_place *place, uint64_t now_ms) {
    stop_serving(places, place);
    set_state(places, place, PLACE_KEPT, now_ms);
}

/* Whether no request of this sort can be served unless another one makes way. */
static bool is_full(const struct http_places *places, bool scrape) {
    const struct http_places_limits *limits = &places->limits;
    return places->serving >= limits->most ||
           (!scrape && places->others >= limits->most - limits->scrapes);
}

bool http_places_serve(struct http_places *places, struct http_place *place, bool scrape,
                       uint64_t now_ms, struct http_place **ret_leaver) {
    *ret_leaver = NULL;
    if (place->serving || place->state != PLACE_COMPLETE)
        return place->serving;
    if (is_full(places, scrape)) {
        *ret_leaver = longest_stalled(places, scrape ? SERVED : SERVED_OTHERS, now_ms);
        if (*ret_leaver == NULL)
            return false;
    }
    place->serving = true;
    place->other = !scrape;
    places->serving++;
    places->others += place->other;
    return true;
}

void http_place_handed(struct http_place *place, uint64_t now_ms) {
    place->handed = true;
    place->handed_ms = now_ms;
}

void http_place_working(struct http_place *place) {
    place->handed = false;
}

/* ---- connections ---- */

enum {
    SWEEP_MS = 1000,
    RETRY_MS = 100 /* until a paused listener tries again */
};

/* End a connection. The library sees the end of input at its next run. */
static void end(struct listener *listener, struct http_place *place) {
    http_places_leave(&listener->places, place);
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
    *context = http_places_take(&listener->places, info != NULL ? info->connect_fd : -1,
                                uv_now(server->loop));
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
        http_places_free(&listener->places, *context);
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

/* Without memory for a connection: another one ends, so that health checks continue. */
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
    if (!http_places_admit(&listener->places, uv_now(listener->server->loop), &leaver))
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
    host_stopwatch_start(watch);
    http_turn_enter(turn);
    for (unsigned n = 0; n < HTTP_ACCEPTS_MAX; n++)
        if ((n > 0 && !http_turn_allows(turn, NULL, TURN_SMALL_NS)) ||
            !accept_one(listener, n == 0))
            break;
    http_turn_leave(turn);
    http_listener_run(listener); /* read their requests before others make them leave */
    host_stopwatch_stop(watch);
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
        return server->answer_ms;
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
    (void)http_wait_give_up(server);
}

/*
 * wait.c - see wait.h.
 */
#include "http/wait.h"

#include <poll.h>

#include "http/deadline.h"
#include "http/headers.h"
#include "http/listener.h"

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

/* Append the request to the turn's queue: its connection resumes in a turn that has time for it. */
static void go_on(struct http_request *request) {
    struct http_server *server = request->listener->server;
    list_remove(server, request);
    turn_push(&server->turn, &request->turn);
    listeners_wake(server);
}

static void on_collected(void *arg) {
    struct http_request *request = arg;
    request->collecting = NULL;
    go_on(request);
}

/* The rest of the client's time, which runs from the request's first line. */
static uint64_t time_left_ms(const struct http_request *request) {
    const uint64_t most_ms = deadline_ms(headers_find(request, DEADLINE_HEADER));
    const uint64_t gone_ms = (uv_hrtime() - request->since_ns) / 1000000;
    return gone_ms < most_ms ? most_ms - gone_ms : 1;
}

bool wait_begin(struct http_request *request, const struct endpoint_page *page) {
    struct http_server *server = request->listener->server;
    const struct http_source *source = &server->source;
    if (request->collected || source->collect == NULL)
        return false;
    request->collected = true;
    request->collecting =
        source->collect(source->arg, page, time_left_ms(request), on_collected, request);
    if (request->collecting == NULL)
        return false;
    turn_did(&server->turn, &request->turn);
    MHD_suspend_connection(request->connection);
    list_add(server, request);
    return true;
}

/* Tell the source that the request no longer waits. */
static void forget(struct http_request *request) {
    const struct http_source *source = &request->listener->server->source;
    void *handle = request->collecting;
    request->collecting = NULL;
    source->forget(source->arg, handle);
}

void wait_end(struct http_request *request) {
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

void wait_give_up(struct http_server *server) {
    struct http_request *next;
    for (struct http_request *request = server->waiting; request != NULL; request = next) {
        next = request->wait_next;
        if (!is_gone(request->place))
            continue;
        forget(request);
        request->given_up = true;
        go_on(request);
    }
}

void wait_stop(struct http_server *server) {
    while (server->waiting != NULL) {
        struct http_request *request = server->waiting;
        wait_end(request);
        MHD_resume_connection(request->connection);
    }
}

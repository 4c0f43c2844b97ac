#include "http/follow.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "events/events.h"
#include "http/bounds.h"
#include "http/client.h"
#include "http/connections.h"
#include "http/headers.h"
#include "http/listener.h"
#include "http/response.h"
#include "view/json_event.h"

enum {
    AT_ONCE = 16,           /* events that are written in one piece: about 20 KiB */
    QUEUE_BYTES = 16 << 10, /* in the kernel: small, so that a stalled client is noticed early */
    BEAT_MS = 15000,
    STALL_MS = 10000 /* a follower that takes nothing for this time is closed */
};

static struct events *events_of(const struct http_request *request) {
    return request->listener->server->source.events;
}

static uint64_t now_ms(const struct http_request *request) {
    return uv_now(request->listener->server->loop);
}

/* ---- what is written ---- */

static void put_event(struct strbuf *out, const struct events_item *item) {
    struct json_writer json = {.out = out};
    strbuf_printf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)item->id,
                  event_kind_text(item->kind));
    json_event_put(&json, item);
    strbuf_puts(out, "\n\n");
}

static bool is_overtaken(const struct http_request *request) {
    return request->follow.id + 1 < events_first(events_of(request));
}

/* Write the next piece to the body. False: there is nothing to send. */
static bool write_piece(struct http_request *request) {
    struct strbuf *out = &request->body.plain;
    const struct events_item *item = NULL;
    strbuf_clear(out);
    request->body.plain_at = 0;
    for (int i = 0; i < AT_ONCE; i++) {
        item = events_after(events_of(request), request->follow.id);
        if (item == NULL)
            break;
        request->follow.id = item->id;
        if (event_filter_passes(&request->follow.filter, item))
            put_event(out, item);
    }
    if (out->len == 0 && now_ms(request) - request->follow.said_ms >= BEAT_MS)
        strbuf_puts(out, ":\n\n");
    if (out->len > 0)
        request->follow.said_ms = now_ms(request);
    return out->len > 0 || item != NULL;
}

static void wait_for_more(struct http_request *request) {
    place_working(request->place);
    request->follow.waits = true;
    MHD_suspend_connection(request->connection);
}

/* Callback of the library, which asks for bytes. */
static ssize_t read_events(void *arg, uint64_t position, char *out, size_t max) {
    struct http_request *request = arg;
    struct http_server *server = request->listener->server;
    (void)position;
    for (;;) {
        if (body_state(&request->body) == BODY_READY) {
            place_handed(request->place, now_ms(request));
            turn_did(&server->turn, &request->turn);
            return (ssize_t)body_take(&request->body, out, max);
        }
        if (server->closing || request->follow.gone || is_overtaken(request))
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!turn_allows(&server->turn, &request->turn, TURN_SMALL_NS)) {
            response_defer(request);
            return 0;
        }
        if (!write_piece(request)) {
            wait_for_more(request);
            return 0;
        }
        if (request->body.plain.failed || !body_written(&request->body))
            return MHD_CONTENT_READER_END_OF_STREAM;
    }
}

/* ---- beginning ---- */

static bool read_id(const char *text, uint64_t *ret_id) {
    char *end = NULL;
    const uint64_t id = text != NULL && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || end[strspn(end, " \t")] != '\0')
        return false;
    *ret_id = id;
    return true;
}

const char *follow_fault(const struct target *target) {
    uint64_t id;
    if (target->limit != NULL)
        return "limit: a stream of events goes on; leave it out, or ask for a list";
    if (target->pretty != NULL)
        return "pretty: each event of a stream is a line; leave it out, or ask for a list";
    if (target->after != NULL && !read_id(target->after, &id))
        return "after: the id of an event; those of `next` are for lists";
    return NULL;
}

/* The event after which the stream begins: one that is still kept, or the last one. An id beyond
 * the last one belongs to another ring. A client that connects again sends its first target again,
 * so its header takes precedence over the target. */
static uint64_t first_id(const struct http_request *request, const struct event_filter *filter) {
    const struct events *events = events_of(request);
    const char *text = headers_find(request, "Last-Event-ID");
    const uint64_t before = events_first(events) - 1;
    uint64_t id;
    if (read_id(text, &id) || read_id(request->target.after, &id))
        return id < before || id > events_last(events) ? before : id;
    return filter->selection.since_ms > 0 ? before : events_last(events);
}

/* A client that follows sends nothing more, so one that has closed its sending direction is
 * gone. */
static bool is_gone(const struct http_place *place) {
    struct pollfd look = {.fd = place->fd, .events = POLLRDHUP};
    return place->state == PLACE_LEAVING ||
           (poll(&look, 1, 0) == 1 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0);
}

static void go_on(struct http_request *request) {
    struct http_server *server = request->listener->server;
    request->follow.waits = false;
    turn_push(&server->turn, &request->turn);
    listeners_wake(server);
}

static void look_after(struct http_request *request) {
    request->follow.gone = is_gone(request->place);
    if (request->follow.gone || now_ms(request) - request->follow.said_ms >= BEAT_MS)
        go_on(request);
}

/* Whether a place is free: without a follower, or with one whose client is gone. */
static bool is_free(struct http_request *follower) {
    if (follower != NULL && follower->follow.waits)
        look_after(follower);
    return follower == NULL || follower->follow.gone;
}

/* Whether all that one address may have are taken: another one still finds a place then. On a Unix
 * socket the address is the user. */
static bool has_share(const struct http_request *request) {
    const struct http_server *server = request->listener->server;
    char own[CLIENT_TEXT_MAX];
    char other[CLIENT_TEXT_MAX];
    unsigned count = 0;
    client_text(request->place->fd, own);
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
        if (is_free(server->followers[i]))
            continue;
        client_text(server->followers[i]->place->fd, other);
        count += strcmp(own, other) == 0;
    }
    return count >= HTTP_FOLLOWERS_OF_ONE;
}

static bool take_place(struct http_request *request) {
    struct http_server *server = request->listener->server;
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
        if (!is_free(server->followers[i]))
            continue;
        server->followers[i] = request;
        return true;
    }
    return false;
}

enum MHD_Result follow_begin(struct http_request *request, const struct event_filter *filter) {
    const int queue_bytes = QUEUE_BYTES;
    if (has_share(request))
        return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 "4 clients of your address follow the events already, the most "
                                 "for one; try again when one is gone");
    if (!take_place(request))
        return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 "8 clients follow the events already; try again when one is gone");
    (void)setsockopt(request->place->fd, SOL_SOCKET, SO_SNDBUF, &queue_bytes, sizeof queue_bytes);
    request->follow.filter = *filter;
    request->follow.id = first_id(request, filter);
    request->follow.said_ms = now_ms(request);
    request->place->follows = true;
    strbuf_puts(&request->body.plain, "retry: 1000\n\n");
    return response_stream(
        request, read_events,
        &(struct response_headers){.type = "text/event-stream", .caching = RESPONSE_NO_STORE});
}

void follow_over(struct http_request *request) {
    struct http_server *server = request->listener->server;
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++)
        if (server->followers[i] == request)
            server->followers[i] = NULL;
    request->place->follows = false;
}

/* ---- going on ---- */

/* Called wherever an event occurs, perhaps from within the library, so it only sets a flag. */
static void on_event(void *arg) {
    struct http_server *server = arg;
    server->happened = true;
    listeners_wake(server);
}

void follow_open(struct http_server *server) {
    if (server->source.events != NULL)
        events_listen(server->source.events, on_event, server);
}

void follow_close(struct http_server *server) {
    if (server->source.events != NULL)
        events_listen(server->source.events, NULL, NULL);
}

/* Call `what` for each follower that waits. */
static void each_waiting(struct http_server *server, void (*what)(struct http_request *request)) {
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++)
        if (server->followers[i] != NULL && server->followers[i]->follow.waits)
            what(server->followers[i]);
}

void follow_turn(struct http_server *server) {
    if (!server->happened)
        return;
    server->happened = false;
    each_waiting(server, go_on);
}

void follow_sweep(struct http_server *server) {
    each_waiting(server, look_after);
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
        struct http_request *request = server->followers[i];
        if (request != NULL && request->place->handed && request->place->state != PLACE_LEAVING &&
            now_ms(request) - request->place->handed_ms >= STALL_MS)
            connection_evict(request->listener, request->place);
    }
}

/* ---- the end ---- */

void follow_end(struct http_server *server) {
    each_waiting(server, go_on);
}

static void release(struct http_request *request) {
    request->follow.waits = false;
    MHD_resume_connection(request->connection);
}

void follow_stop(struct http_server *server) {
    each_waiting(server, release);
}

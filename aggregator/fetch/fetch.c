#include "fetch/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"

enum { PIECE = 16384, PIECES_A_STEP = 64 };

struct fetch {
    struct fetch_request request;
    enum fetch_state state;
    int fd;
    unsigned next; /* index into the address's places */
    bool connected;
    int error;
    struct strbuf head; /* bytes still to send */
    struct fetch_response response;
    struct strbuf body;
};

/* ---- connecting ---- */

static bool is_under_way(int error) {
    return error == EINPROGRESS || error == EAGAIN;
}

/* Connect to the next place that does not refuse at once; without one the request has failed. A
 * full queue of a Unix socket (EAGAIN) cannot be waited for: the descriptor does not become
 * ready. */
static void connect_next(struct fetch *fetch) {
    const struct fetch_address *address = fetch->request.address;
    while (fetch->next < address->count) {
        const struct listen_address *place = &address->places[fetch->next++];
        if (fetch->fd >= 0)
            (void)close(fetch->fd);
        fetch->fd = socket(place->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fetch->fd >= 0 && connect(fetch->fd, &place->any, place->len) == 0) {
            fetch->connected = true;
            return;
        }
        if (fetch->fd >= 0 && is_under_way(errno) && place->kind == LISTEN_TCP)
            return;
        fetch->error = errno;
    }
    fetch->state = FETCH_NOBODY;
}

/* Find out whether a connection under way succeeded. */
static void find_verdict(struct fetch *fetch) {
    struct pollfd wanted = {.fd = fetch->fd, .events = POLLOUT};
    socklen_t len = sizeof fetch->error;
    if (poll(&wanted, 1, 0) <= 0)
        return;
    if (getsockopt(fetch->fd, SOL_SOCKET, SO_ERROR, &fetch->error, &len) != 0)
        fetch->error = errno;
    if (fetch->error == 0)
        fetch->connected = true;
    else
        connect_next(fetch);
}

/* ---- the request ---- */

static void put_header(struct strbuf *out, const char *name, const char *value) {
    if (value != NULL)
        strbuf_printf(out, "%s%s\r\n", name, value);
}

static void put_request(struct fetch *fetch) {
    const struct fetch_request *request = &fetch->request;
    strbuf_printf(&fetch->head, "GET %s HTTP/1.1\r\n", request->target);
    put_header(&fetch->head, "Host: ", request->address->host);
    put_header(&fetch->head, "Authorization: Bearer ", request->token);
    put_header(&fetch->head, "Accept: ", request->accept);
    put_header(&fetch->head, "Last-Event-ID: ", request->last_event_id);
    strbuf_puts(&fetch->head, "Connection: close\r\n\r\n");
}

static void send_some(struct fetch *fetch) {
    struct strbuf *head = &fetch->head;
    while (head->len > 0) {
        const ssize_t count = send(fetch->fd, head->data, head->len, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0) { /* a server that answers without reading is still heard */
            fetch->error = errno;
            strbuf_clear(head);
            return;
        }
        strbuf_consume(head, (size_t)count);
    }
}

/* ---- the response ---- */

static void take(struct fetch *fetch, const char *bytes, size_t len) {
    const enum fetch_progress progress =
        fetch_response_take(&fetch->response, bytes, len, &fetch->body);
    if (fetch->body.failed)
        fetch->state = FETCH_NO_MEMORY;
    else if (fetch->body.len > fetch->request.body_max)
        fetch->state = FETCH_TOO_LARGE;
    else if (progress != FETCH_MORE)
        fetch->state = progress == FETCH_WHOLE ? FETCH_DONE : FETCH_NO_RESPONSE;
}

static void end(struct fetch *fetch, int error) {
    fetch->error = error != 0 ? error : fetch->error;
    fetch->state =
        error == 0 && fetch_response_end(&fetch->response) == FETCH_WHOLE ? FETCH_DONE : FETCH_CUT;
}

static void receive_some(struct fetch *fetch) {
    char bytes[PIECE];
    for (int i = 0; i < PIECES_A_STEP && fetch->state == FETCH_UNDER_WAY; i++) {
        const ssize_t count = recv(fetch->fd, bytes, sizeof bytes, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0)
            end(fetch, count < 0 ? errno : 0);
        else
            take(fetch, bytes, (size_t)count);
    }
}

/* ---- the face ---- */

struct fetch *fetch_start(const struct fetch_request *request) {
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (fetch == NULL)
        return NULL;
    fetch->request = *request;
    fetch->fd = -1;
    strbuf_init(&fetch->head);
    strbuf_init(&fetch->body);
    fetch_response_init(&fetch->response);
    put_request(fetch);
    if (fetch->head.failed)
        fetch->state = FETCH_NO_MEMORY;
    else
        connect_next(fetch);
    return fetch;
}

void fetch_free(struct fetch *fetch) {
    if (fetch == NULL)
        return;
    if (fetch->fd >= 0)
        (void)close(fetch->fd);
    if (fetch->head.data != NULL) /* it may contain a token */
        explicit_bzero(fetch->head.data, fetch->head.cap);
    strbuf_done(&fetch->head);
    strbuf_done(&fetch->body);
    free(fetch);
}

int fetch_fd(const struct fetch *fetch) {
    return fetch->fd;
}

short fetch_events(const struct fetch *fetch) {
    return fetch->connected && fetch->head.len == 0 ? POLLIN : POLLOUT;
}

enum fetch_state fetch_step(struct fetch *fetch) {
    if (fetch->state == FETCH_UNDER_WAY && !fetch->connected)
        find_verdict(fetch);
    if (fetch->state == FETCH_UNDER_WAY && fetch->connected)
        send_some(fetch);
    if (fetch->state == FETCH_UNDER_WAY && fetch->connected && fetch->head.len == 0)
        receive_some(fetch);
    return fetch->state;
}

enum fetch_state fetch_wait(struct fetch *fetch, int64_t until_ns) {
    while (fetch_step(fetch) == FETCH_UNDER_WAY) {
        const int64_t left_ms = (until_ns - clock_mono_ns() + 999999) / 1000000;
        struct pollfd wanted = {.fd = fetch->fd, .events = fetch_events(fetch)};
        if (left_ms <= 0)
            break;
        (void)poll(&wanted, 1, (int)(left_ms < 3600000 ? left_ms : 3600000));
    }
    return fetch->state;
}

const struct fetch_response *fetch_head(const struct fetch *fetch) {
    return &fetch->response;
}

struct strbuf *fetch_body(struct fetch *fetch) {
    return &fetch->body;
}

int fetch_error(const struct fetch *fetch) {
    return fetch->error;
}

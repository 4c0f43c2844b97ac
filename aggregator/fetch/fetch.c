/* SPDX-License-Identifier: MIT */
/* fetch.c - a client of HTTP, for the command. */
#include "fetch/fetch.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "host/clock.h"

/* ==== address ==== */

enum { TEXT_MAX = 256 };

/* Remove http:// and a slash at the end. False: the text is too long. */
static bool trim(const char *text, char out[TEXT_MAX]) {
    const char *rest = text_after(text, "http://");
    if (rest != NULL)
        text = rest;
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == '/' && !text_begins(text, "unix:"))
        len--;
    if (len >= TEXT_MAX)
        return false;
    (void)snprintf(out, TEXT_MAX, "%.*s", (int)len, text);
    return true;
}

/* Ask a server that listens on every address of its host at the loopback address. */
static void turn_to_loopback(struct listen_address *place) {
    struct sockaddr_in *ip4 = (struct sockaddr_in *)&place->storage;
    struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)&place->storage;
    if (place->any.sa_family == AF_INET && ip4->sin_addr.s_addr == htonl(INADDR_ANY))
        ip4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (place->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&ip6->sin6_addr))
        ip6->sin6_addr = in6addr_loopback;
}

static bool has_port(const struct listen_address *place) {
    const struct sockaddr_in *ip4 = (const struct sockaddr_in *)&place->storage;
    return place->kind != LISTEN_TCP || ip4->sin_port != 0; /* at the same offset for IPv6 */
}

static bool take_numbers(const struct listen_address *place, struct fetch_address *ret_address,
                         struct error *ret_error) {
    char text[LISTEN_TEXT_MAX];
    if (!has_port(place))
        return error_set(ret_error, "port 0 stands for one that the kernel chooses: name the one "
                                    "that the daemon's log shows");
    ret_address->places[0] = *place;
    ret_address->count = 1;
    turn_to_loopback(&ret_address->places[0]);
    listen_address_text(&ret_address->places[0], text, sizeof text);
    (void)snprintf(ret_address->host, sizeof ret_address->host, "%s",
                   place->kind == LISTEN_UNIX ? "localhost" : text);
    return true;
}

/* ---- names ---- */

static void take_found(const struct addrinfo *found, struct fetch_address *address) {
    for (; found != NULL && address->count < FETCH_ADDRESSES_MAX; found = found->ai_next) {
        struct listen_address *place = &address->places[address->count];
        if (found->ai_addrlen > sizeof place->storage)
            continue;
        *place = (struct listen_address){.kind = LISTEN_TCP, .len = found->ai_addrlen};
        memcpy(&place->storage, found->ai_addr, found->ai_addrlen);
        address->count++;
    }
}

static bool look_up(const char *text, struct fetch_address *ret_address, struct error *ret_error) {
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char name[TEXT_MAX];
    struct addrinfo *found = NULL;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0' ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return error_set(ret_error, "an address is HOST:PORT, [IPV6]:PORT or unix:PATH");
    (void)snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")] !=
        '\0')
        return error_set(ret_error, "an address is HOST:PORT, [IPV6]:PORT or unix:PATH");
    const int code = getaddrinfo(name, colon + 1, &hints, &found);
    if (code != 0)
        return error_set(ret_error, "this name is not found: %s", gai_strerror(code));
    take_found(found, ret_address);
    freeaddrinfo(found);
    (void)snprintf(ret_address->host, sizeof ret_address->host, "%s", text);
    return ret_address->count > 0 || error_set(ret_error, "this name has no address");
}

bool fetch_address_find(const char *text, struct fetch_address *ret_address,
                        struct error *ret_error) {
    struct fetch_address address = {.count = 0};
    struct listen_address place;
    const char *why;
    char trimmed[TEXT_MAX];
    if (!trim(text, trimmed))
        return error_set(ret_error, "an address has at most 255 bytes");
    bool good = listen_address_parse(trimmed, &place, &why);
    if (good && place.kind == LISTEN_NONE)
        return error_set(ret_error, "an address is HOST:PORT, [IPV6]:PORT or unix:PATH");
    if (good)
        good = take_numbers(&place, &address, ret_error);
    else if (text_begins(trimmed, "unix:"))
        (void)error_set(ret_error, "%s", why);
    else
        good = look_up(trimmed, &address, ret_error);
    if (good)
        *ret_address = address;
    return good;
}

bool fetch_address_unix(const char *path, struct fetch_address *ret_address) {
    *ret_address = (struct fetch_address){.host = "localhost", .count = 1};
    return listen_address_unix(path, &ret_address->places[0]);
}

/* ==== response ==== */

enum fetch_response_part {
    PART_STATUS,
    PART_HEADERS,
    PART_LENGTH,     /* `left` bytes of the body */
    PART_TO_THE_END, /* the body ends with the connection */
    PART_CHUNK_SIZE,
    PART_CHUNK,
    PART_CHUNK_END,
    PART_TRAILERS,
    PART_WHOLE,
    PART_BAD
};

void fetch_response_init(struct fetch_response *response) {
    *response = (struct fetch_response){.part = PART_STATUS};
}

/* ---- numbers ---- */

/* Read digits of this base and nothing else; at most 15, so that no sum overflows. */
static bool read_number(const char *text, size_t len, int base, uint64_t *ret_number) {
    uint64_t number = 0;
    if (len == 0 || len > 15)
        return false;
    for (size_t i = 0; i < len; i++) {
        const char c = (char)(text[i] | 0x20);
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (base != 16 || c < 'a' || c > 'f'))
            return false;
        number = number * (uint64_t)base + (uint64_t)(digit ? text[i] - '0' : c - 'a' + 10);
    }
    *ret_number = number;
    return true;
}

/* ---- lines of the head ---- */

/* Read "HTTP/1.1 200 OK". */
static bool read_status(struct fetch_response *response, const char *line, size_t len) {
    uint64_t status;
    if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' ||
        line[8] != ' ' || !read_number(line + 9, 3, 10, &status) || status < 100 ||
        (len > 12 && line[12] != ' '))
        return false;
    response->status = (unsigned)status;
    return true;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static void keep_word(char out[FETCH_WORD_MAX], const char *text, size_t len) {
    (void)snprintf(out, FETCH_WORD_MAX, "%.*s", (int)(len < FETCH_WORD_MAX ? len : FETCH_WORD_MAX),
                   text);
}

static bool name_is(const char *name, size_t len, const char *wanted) {
    return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

static bool read_header(struct fetch_response *response, const char *line, size_t len) {
    const char *colon = memchr(line, ':', len);
    if (colon == NULL || colon == line || is_blank(line[0]) || is_blank(colon[-1]))
        return false;
    const size_t name_len = (size_t)(colon - line);
    const char *value = colon + 1;
    const char *end = line + len;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    const size_t value_len = (size_t)(end - value);
    if (name_is(line, name_len, "content-length")) {
        if (response->has_length || !read_number(value, value_len, 10, &response->left))
            return false;
        response->has_length = true;
    } else if (name_is(line, name_len, "transfer-encoding")) {
        if (response->chunked || !name_is(value, value_len, "chunked"))
            return false;
        response->chunked = true;
    } else if (name_is(line, name_len, "content-type")) {
        keep_word(response->content_type, value, value_len);
    } else if (name_is(line, name_len, "date")) {
        keep_word(response->date, value, value_len);
    }
    return true;
}

/* Find which part follows the head. */
static enum fetch_response_part begin_body(struct fetch_response *response) {
    if (response->status < 200) { /* interim response: another head follows */
        const size_t bytes = response->head_bytes;
        fetch_response_init(response);
        response->head_bytes = bytes;
        return PART_STATUS;
    }
    response->head_read = true;
    if (response->chunked && response->has_length)
        return PART_BAD;
    if (response->status == 204 || response->status == 304)
        return PART_WHOLE;
    if (response->chunked)
        return PART_CHUNK_SIZE;
    if (!response->has_length)
        return PART_TO_THE_END;
    return response->left > 0 ? PART_LENGTH : PART_WHOLE;
}

/* Read a chunk's size; extensions are ignored. */
static enum fetch_response_part begin_chunk(struct fetch_response *response, const char *line,
                                            size_t len) {
    const char *end = memchr(line, ';', len);
    size_t digits = end != NULL ? (size_t)(end - line) : len;
    while (digits > 0 && is_blank(line[digits - 1]))
        digits--;
    if (!read_number(line, digits, 16, &response->left))
        return PART_BAD;
    return response->left > 0 ? PART_CHUNK : PART_TRAILERS;
}

static enum fetch_response_part fetch_response_take_line(struct fetch_response *response,
                                                         const char *line, size_t len) {
    switch ((enum fetch_response_part)response->part) {
    case PART_STATUS:
        return read_status(response, line, len) ? PART_HEADERS : PART_BAD;
    case PART_HEADERS:
        if (len == 0)
            return begin_body(response);
        return read_header(response, line, len) ? PART_HEADERS : PART_BAD;
    case PART_CHUNK_SIZE:
        return begin_chunk(response, line, len);
    case PART_CHUNK_END:
        return len == 0 ? PART_CHUNK_SIZE : PART_BAD;
    case PART_TRAILERS:
        return len == 0 ? PART_WHOLE : PART_TRAILERS;
    case PART_LENGTH:
    case PART_TO_THE_END:
    case PART_CHUNK:
    case PART_WHOLE:
    case PART_BAD:
        break;
    }
    return PART_BAD;
}

/* ---- bytes ---- */

static bool counts_as_head(const struct fetch_response *response) {
    return !response->head_read || response->part == PART_TRAILERS;
}

/* Gather bytes up to the end of a line, or all of them; returns how many. */
static size_t gather(struct fetch_response *response, const char *bytes, size_t len) {
    const char *end = memchr(bytes, '\n', len);
    const size_t used = end != NULL ? (size_t)(end - bytes) + 1 : len;
    if (counts_as_head(response))
        response->head_bytes += used;
    if (response->line_len + used > FETCH_LINE_MAX || response->head_bytes > FETCH_HEAD_MAX) {
        response->part = PART_BAD;
        return used;
    }
    memcpy(response->line + response->line_len, bytes, used);
    response->line_len += used;
    if (end == NULL)
        return used;
    size_t line_len = response->line_len - 1;
    if (line_len > 0 && response->line[line_len - 1] == '\r')
        line_len--;
    response->line_len = 0;
    response->part = (int)fetch_response_take_line(response, response->line, line_len);
    return used;
}

/* Pass on the bytes that belong to the body; returns how many. */
static size_t pass(struct fetch_response *response, const char *bytes, size_t len,
                   struct strbuf *body) {
    const size_t used = len < response->left ? len : (size_t)response->left;
    strbuf_put(body, bytes, used);
    response->left -= used;
    if (response->left == 0)
        response->part = response->part == PART_CHUNK ? PART_CHUNK_END : PART_WHOLE;
    return used;
}

static enum fetch_progress progress_of(const struct fetch_response *response) {
    if (response->part == PART_BAD)
        return FETCH_BAD;
    return response->part == PART_WHOLE ? FETCH_WHOLE : FETCH_MORE;
}

enum fetch_progress fetch_response_take(struct fetch_response *response, const char *bytes,
                                        size_t len, struct strbuf *body) {
    while (len > 0 && progress_of(response) == FETCH_MORE) {
        size_t used = len;
        if (response->part == PART_TO_THE_END)
            strbuf_put(body, bytes, len);
        else if (response->part == PART_LENGTH || response->part == PART_CHUNK)
            used = pass(response, bytes, len, body);
        else
            used = gather(response, bytes, len);
        bytes += used;
        len -= used;
    }
    return progress_of(response);
}

enum fetch_progress fetch_response_end(struct fetch_response *response) {
    if (response->part == PART_TO_THE_END)
        response->part = PART_WHOLE;
    return response->part == PART_WHOLE ? FETCH_WHOLE : FETCH_BAD;
}

/* ==== fetch ==== */

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
    strbuf_printf(&fetch->head, "%s %s HTTP/1.1\r\n", request->post ? "POST" : "GET",
                  request->target);
    put_header(&fetch->head, "Host: ", request->address->host);
    put_header(&fetch->head, "Authorization: Bearer ", request->token);
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
    if (fetch->body.len > fetch->request.body_max)
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
    struct fetch *fetch = memory_alloc(sizeof *fetch);
    fetch->request = *request;
    fetch->fd = -1;
    strbuf_init(&fetch->head);
    strbuf_init(&fetch->body);
    fetch_response_init(&fetch->response);
    put_request(fetch);
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

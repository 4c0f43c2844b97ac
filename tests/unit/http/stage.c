/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include "expect.h"
#include "files.h"
#include "usual_options.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* ---- the server ---- */

static struct store_time read_clock(void *arg) {
    (void)arg;
    return (struct store_time){.mono_ms = 1000, .real_ms = 1700000000000};
}

static void prepare(void *arg, struct store_time now) {
    struct stage *stage = arg;
    cr_assert(eq(i64, now.mono_ms, 1000));
    stage->prepared++;
}

/* As the daemon's: everybody waits until the next turn of the loop. */
static void *collect(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                     void (*done)(void *done_arg), void *done_arg) {
    struct stage *stage = arg;
    struct stage_wait *wait = malloc(sizeof *wait);
    cr_assert(wait != NULL);
    (void)page;
    (void)within_ms;
    cr_assert(http_server_is_inside(stage->server), "where it must only ask");
    *wait = (struct stage_wait){.done = done, .arg = done_arg, .next = stage->waits};
    stage->waits = wait;
    stage->collected++;
    return wait;
}

static void forget(void *arg, void *handle) {
    struct stage *stage = arg;
    struct stage_wait **at = &stage->waits;
    while (*at != handle)
        at = &(*at)->next;
    *at = (*at)->next;
    free(handle);
}

static void let_go(struct stage *stage) {
    while (stage->waits != NULL) { /* a server that has closed has none, and is gone */
        cr_assert(not(http_server_is_inside(stage->server)));
        struct stage_wait wait = *stage->waits;
        free(stage->waits);
        stage->waits = wait.next;
        wait.done(wait.arg);
    }
}

static bool is_midway(void *arg) {
    struct stage *stage = arg;
    return stage->midway > 0 && stage->midway-- > 0;
}

static void write_ingress(void *arg, const struct json_selection *selection, struct strbuf *out) {
    (void)selection;
    (void)arg;
    strbuf_puts(out, "{\"sockets\":[]}\n");
}

static const char *why_not_ready(void *arg) {
    const struct stage *stage = arg;
    return stage->not_ready;
}

static void on_scrape(void *arg, const struct http_scrape *scrape) {
    struct stage *stage = arg;
    stage->scrape = *scrape;
    stage->scrapes++;
}

void stage_add(struct stage *stage, const char *service, const char *listen, const char *path) {
    const size_t index = stage->options.endpoint_count++;
    cr_assert(lt(sz, index, STAGE_ENDPOINTS));
    stage->options.endpoints = stage->endpoints;
    struct endpoint *endpoint = &stage->served[index];
    endpoint->options = usual_options;
    endpoint->options.name = service;
    endpoint->all.options = &endpoint->options;
    stage->endpoints[index] =
        (struct http_endpoint){.setting = index == 0 ? "--metrics-listen" : "x.json: /endpoints",
                               .listen = listen,
                               .path = path,
                               .endpoint = &stage->served[index]};
}

void stage_lock(struct stage *stage, const char *token) {
    stage->options.debug_token = token;
    for (size_t i = 0; i < stage->options.endpoint_count; i++)
        stage->endpoints[i].bearer_token = token;
}

void stage_init(struct stage *stage) {
    *stage = (struct stage){0};
    /* A process's first loop opens a pipe for signals that stays. */
    cr_assert(eq(int, uv_loop_init(&stage->loop), 0));
    cr_assert(eq(int, uv_loop_close(&stage->loop), 0));
    stage->fds = open_descriptors();
    snprintf(stage->folder, sizeof stage->folder, "/tmp/statgate-http-XXXXXX");
    cr_assert(mkdtemp(stage->folder) != NULL);
    snprintf(stage->address[0], sizeof stage->address[0], "unix:%s/http.sock", stage->folder);
    stage_add(stage, NULL, stage->address[0], "/metrics");
    stage->source = (struct http_source){
        .arg = stage,
        .clock = read_clock,
        .collect = collect,
        .forget = forget,
        .is_midway = is_midway,
        .prepare = prepare,
        .write_ingress = write_ingress,
        .why_not_ready = why_not_ready,
        .on_scrape = on_scrape,
    };
    cr_assert(eq(int, uv_loop_init(&stage->loop), 0));
}

void stage_open(struct stage *stage) {
    struct error error;
    stage->server = http_server_new(&stage->loop, &stage->options, &stage->source, &error);
    cr_assert(stage->server != NULL, "%s", error.text);
    for (size_t i = 0; i <= STAGE_ENDPOINTS; i++)
        http_server_address(stage->server, i, stage->address[i], sizeof stage->address[i]);
}

static void on_done(void *arg) {
    struct stage *stage = arg;
    stage->closed = true;
}

void stage_done(struct stage *stage) {
    while (uv_run(&stage->loop, UV_RUN_NOWAIT) != 0)
        continue;
    cr_assert(eq(int, uv_loop_close(&stage->loop), 0), "a handle was left open");
    cr_assert(eq(int, rmdir(stage->folder), 0), "a socket was left behind");
    cr_assert(eq(sz, open_descriptors(), stage->fds), "a descriptor was left open");
    cr_assert(eq(sz, fake.freed, fake.made), "a view was freed not once");
}

void stage_close(struct stage *stage, unsigned grace_ms) {
    http_server_close(stage->server, grace_ms, on_done, stage);
    cr_assert(not(stage->closed), "done was called from within");
    while (!stage->closed)
        stage_turn(stage);
    stage_done(stage);
}

void stage_try(struct stage *stage, struct error *ret_error) {
    error_clear(ret_error);
    stage->server = http_server_new(&stage->loop, &stage->options, &stage->source, ret_error);
    if (stage->server != NULL)
        http_server_close(stage->server, 0, NULL, NULL);
    stage_done(stage);
}

void stage_expect_error(struct stage *stage, const char *text) {
    struct error error;
    stage_try(stage, &error);
    EXPECT_TEXT(error.text, text);
}

void stage_needs_ipv6(void) {
    struct listen_address address;
    struct listen_socket probe;
    const char *reason = "";
    cr_assert(listen_address_parse("[::1]:0", &address, &reason));
    if (!http_listen_socket_open(&address, 0, &probe, &reason))
        cr_skip("this host has no IPv6: %s", reason);
    http_listen_socket_close(&probe);
}

void stage_turn(struct stage *stage) {
    const uint64_t start_ns = uv_hrtime();
    let_go(stage);
    uv_run(&stage->loop, UV_RUN_NOWAIT);
    const uint64_t took = uv_hrtime() - start_ns;
    stage->turns++;
    if (took > stage->longest_turn_ns)
        stage->longest_turn_ns = took;
}

/* ---- clients ---- */

void client_open(struct client *client, struct stage *stage, size_t index) {
    struct listen_address address;
    const char *reason = NULL;
    *client = (struct client){.stage = stage};
    strbuf_init(&client->in);
    cr_assert(strbuf_reserve(&client->in, 1)); /* now: a test may let later allocations fail */
    cr_assert(listen_address_parse(stage->address[index], &address, &reason));
    client->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(client->fd >= 0);
    cr_assert(eq(int, connect(client->fd, &address.any, address.len), 0));
}

void client_close(struct client *client) {
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    strbuf_done(&client->in);
}

static void check_deadline(uint64_t start_ns) {
    cr_assert(uv_hrtime() - start_ns < STAGE_DEADLINE_S * 1000000000ULL, "waited in vain");
}

void client_send_bytes(struct client *client, const char *bytes, size_t len) {
    const uint64_t start_ns = uv_hrtime();
    while (len > 0) {
        const ssize_t sent = send(client->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return; /* the server has closed; the test will notice */
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        } else {
            stage_turn(client->stage);
        }
        check_deadline(start_ns);
    }
}

void client_send(struct client *client, const char *text) {
    client_send_bytes(client, text, strlen(text));
}

size_t client_receive(struct client *client, size_t max) {
    if (!strbuf_reserve(&client->in, max))
        cr_assert(false, "out of memory");
    const ssize_t got = recv(client->fd, client->in.data + client->in.len, max, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        client->ended = true;
    if (got <= 0)
        return 0;
    client->in.len += (size_t)got;
    return (size_t)got;
}

static void wait_bytes(struct client *client) {
    stage_turn(client->stage);
    if (client_receive(client, 256 << 10) == 0 && !client->ended) {
        struct pollfd fd = {.fd = client->fd, .events = POLLIN};
        poll(&fd, 1, 0);
    }
}

void client_wait_end(struct client *client) {
    const uint64_t start_ns = uv_hrtime();
    while (!client->ended) {
        wait_bytes(client);
        check_deadline(start_ns);
    }
}

static size_t find(const struct strbuf *sb, size_t from, const char *text) {
    if (sb->len <= from)
        return SIZE_MAX;
    const char *at = memmem(sb->data + from, sb->len - from, text, strlen(text));
    return at != NULL ? (size_t)(at - sb->data) : SIZE_MAX;
}

/* Wait for `text` at or behind `from`; SIZE_MAX when the connection ended first. */
static size_t wait_text(struct client *client, size_t from, const char *text) {
    const uint64_t start_ns = uv_hrtime();
    size_t at;
    while ((at = find(&client->in, from, text)) == SIZE_MAX && !client->ended) {
        wait_bytes(client);
        check_deadline(start_ns);
    }
    return at;
}

static bool wait_length(struct client *client, size_t len) {
    const uint64_t start_ns = uv_hrtime();
    while (client->in.len < len && !client->ended) {
        wait_bytes(client);
        check_deadline(start_ns);
    }
    return client->in.len >= len;
}

static void read_chunks(struct client *client, struct reply *reply) {
    for (;;) {
        const size_t line = wait_text(client, 0, "\r\n");
        if (line == SIZE_MAX) {
            reply->cut = true;
            return;
        }
        const size_t len = strtoul(client->in.data, NULL, 16);
        if (!wait_length(client, line + 2 + len + 2)) {
            reply->cut = true;
            return;
        }
        strbuf_put(&reply->body, client->in.data + line + 2, len);
        strbuf_consume(&client->in, line + 2 + len + 2);
        if (len == 0)
            return;
    }
}

void client_reply(struct client *client, struct reply *reply, bool head_only) {
    *reply = (struct reply){0};
    strbuf_init(&reply->head);
    strbuf_init(&reply->body);
    const size_t end = wait_text(client, 0, "\r\n\r\n");
    if (end == SIZE_MAX) {
        reply->cut = true;
        return;
    }
    strbuf_put(&reply->head, client->in.data, end + 2);
    strbuf_consume(&client->in, end + 4);
    const char *status = strbuf_cstr(&reply->head);
    cr_assert(strncmp(status, "HTTP/1.1 ", 9) == 0, "%s", status);
    reply->status = (int)strtol(status + 9, NULL, 10);
    reply->chunked = strcasecmp(reply_header(reply, "Transfer-Encoding"), "chunked") == 0;
    if (head_only)
        return;
    if (reply->chunked) {
        read_chunks(client, reply);
        return;
    }
    const char *length = reply_header(reply, "Content-Length");
    if (length[0] == '\0') {
        client_wait_end(client);
        strbuf_put(&reply->body, client->in.data, client->in.len);
        strbuf_clear(&client->in);
        return;
    }
    const size_t len = strtoul(length, NULL, 10);
    if (!wait_length(client, len)) {
        reply->cut = true;
        return;
    }
    strbuf_put(&reply->body, client->in.data, len);
    strbuf_consume(&client->in, len);
}

void ask(struct stage *stage, const char *method, const char *target, const char *lines,
         struct reply *reply) {
    ask_at(stage, 0, method, target, lines, reply);
}

void ask_at(struct stage *stage, size_t index, const char *method, const char *target,
            const char *lines, struct reply *reply) {
    struct client client;
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, target, lines);
    client_open(&client, stage, index);
    client_send(&client, strbuf_cstr(&text));
    client_reply(&client, reply, strcmp(method, "HEAD") == 0);
    client_close(&client);
    strbuf_done(&text);
}

void reply_done(struct reply *reply) {
    strbuf_done(&reply->head);
    strbuf_done(&reply->body);
}

const char *reply_header(const struct reply *reply, const char *name) {
    static char value[512];
    const char *at = reply->head.data;
    const char *end = at + reply->head.len;
    const size_t len = strlen(name);
    value[0] = '\0';
    while (at != NULL && at < end) {
        const char *stop = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (stop == NULL)
            break;
        if ((size_t)(stop - at) > len && at[len] == ':' && strncasecmp(at, name, len) == 0) {
            at += len + 1;
            while (at < stop && *at == ' ')
                at++;
            snprintf(value, sizeof value, "%.*s", (int)(stop - at), at);
            break;
        }
        at = stop + 2;
    }
    return value;
}

const char *reply_body(struct reply *reply) {
    return strbuf_cstr(&reply->body);
}

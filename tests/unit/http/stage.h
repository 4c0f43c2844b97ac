/* SPDX-License-Identifier: MIT */
/*
 * stage.h - a live server on a loop that the test turns by hand, and raw sockets that speak to it.
 *
 * Nothing sleeps: to wait, a function turns the loop until the condition holds, or a deadline fails
 * the test.
 */
#ifndef STATGATE_TEST_HTTP_STAGE_H
#define STATGATE_TEST_HTTP_STAGE_H

#include "fake.h"
#include "http/http.h"
#include "http/http_private.h"

enum { STAGE_DEADLINE_S = 60, STAGE_ENDPOINTS = 4 };

struct stage_wait {
    void (*done)(void *arg);
    void *arg;
    struct stage_wait *next;
};

struct stage {
    uv_loop_t loop;
    struct http_options options;
    struct http_endpoint endpoints[STAGE_ENDPOINTS]; /* of options; one unless the test adds more */
    struct endpoint served[STAGE_ENDPOINTS];         /* of each */
    struct http_source source;
    struct http_server *server;
    char folder[64];                                    /* of its own, for Unix sockets */
    char address[STAGE_ENDPOINTS + 1][LISTEN_TEXT_MAX]; /* of listeners, as bound */
    size_t fds;                                         /* descriptors open before */
    size_t prepared;                                    /* calls of prepare */
    size_t collected;                                   /* calls of collect */
    struct stage_wait *waits;                           /* their `done` is called next turn */
    size_t midway;                                      /* how often is_midway returns true */
    const char *not_ready;                              /* what why_not_ready returns */
    struct http_scrape scrape;                          /* the last one */
    size_t scrapes;
    uint64_t turns;
    uint64_t longest_turn_ns; /* of the loop's turns with the server, measured from outside */
    bool closed;
};

/* Fill in defaults: the fake views, one listener on a Unix socket. Then change what the test wants,
 * and open. */
void stage_init(struct stage *stage);
/* One more endpoint, with a service of this name. */
void stage_add(struct stage *stage, const char *service, const char *listen, const char *path);
/* Requires this token for everything. */
void stage_lock(struct stage *stage, const char *token);
void stage_open(struct stage *stage);
/* Close the server and prove that views, descriptors and handles are gone. */
void stage_close(struct stage *stage, unsigned grace_ms);
/* Prove the same of a stage whose server is closing, or was never opened. */
void stage_done(struct stage *stage);
/* One turn of the loop. */
void stage_turn(struct stage *stage);
/* Calls only http_server_new on the stage's loop, and gives its message, or "" if it worked: then
 * closes the server again. */
void stage_try(struct stage *stage, struct error *ret_error);
/* The same; expects this message. */
void stage_expect_error(struct stage *stage, const char *text);
/* Skips the test where there is no IPv6. */
void stage_needs_ipv6(void);

/* ---- clients ---- */

struct client {
    struct stage *stage;
    int fd;
    bool ended;       /* the server closed its side */
    struct strbuf in; /* received and not yet read as a reply */
};

struct reply {
    int status;
    bool chunked;
    bool cut; /* the connection ended before the reply did */
    struct strbuf head;
    struct strbuf body;
};

/* Connect to listener `index`. */
void client_open(struct client *client, struct stage *stage, size_t index);
void client_close(struct client *client);
/* Send all of it, turning the loop when the socket is full. */
void client_send(struct client *client, const char *text);
void client_send_bytes(struct client *client, const char *bytes, size_t len);
/* Receives what has arrived, at most `max` bytes. Returns how many. */
size_t client_receive(struct client *client, size_t max);
/* Turn the loop until a whole reply is here. `head_only`: the request was a HEAD. */
void client_reply(struct client *client, struct reply *reply, bool head_only);
/* Turn the loop until the server has closed the connection. */
void client_wait_end(struct client *client);

/* One request on a connection of its own. `lines` are further header lines, each ended by \r\n. */
void ask(struct stage *stage, const char *method, const char *target, const char *lines,
         struct reply *reply);
/* The same of listener `index`. */
void ask_at(struct stage *stage, size_t index, const char *method, const char *target,
            const char *lines, struct reply *reply);
void reply_done(struct reply *reply);
/* The value of a header, or "" (static buffer). */
const char *reply_header(const struct reply *reply, const char *name);
const char *reply_body(struct reply *reply);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * canned.h - a server that answers with texts which the test prepared, whatever the request is.
 */
#ifndef STATGATE_TESTS_CANNED_H
#define STATGATE_TESTS_CANNED_H

#include <sys/types.h>

struct canned {
    pid_t server;
    int requests; /* pipe through which the server passes on the requests it got */
    unsigned port;
    char address[32]; /* "127.0.0.1:PORT" */
};

/* Starts a process that accepts one connection for each text: it reads a request, sends the text,
 * and closes the connection. If a text begins with a tab, the rest is sent byte by byte. NULL ends
 * the texts. */
void canned_start(struct canned *canned, const char *const *texts);
#define CANNED(canned_, ...) canned_start((canned_), (const char *const[]){__VA_ARGS__, NULL})
/* Ends the server, and copies all requests so far into `ret_requests`, terminated and of at most
 * `size` bytes. */
void canned_end(struct canned *canned, char *ret_requests, size_t size);

/* A response of the daemon: head and body. Static: valid until four more calls of either. */
const char *canned_json(const char *body);
const char *canned_answer(unsigned code, const char *body);

#endif

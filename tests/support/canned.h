/*
 * canned.h - a server that says what the test wrote down, whatever it is asked.
 */
#ifndef STATGATE_TESTS_CANNED_H
#define STATGATE_TESTS_CANNED_H

#include <sys/types.h>

struct canned {
    pid_t server;
    int requests; /* what it was asked comes through this pipe */
    unsigned port;
    char address[32]; /* "127.0.0.1:PORT" */
};

/* A process that takes a connection for each of these texts, reads a request, says the text, and closes. A text of
 * which every byte is to come alone begins with a tab. NULL ends them. */
void canned_start(struct canned *canned, const char *const *texts);
#define CANNED(canned_, ...) canned_start((canned_), (const char *const[]){__VA_ARGS__, NULL})
/* All requests so far, up to `size`, terminated. The server has ended when this returns. */
void canned_end(struct canned *canned, char *ret_requests, size_t size);

/* An answer of the daemon: head and body. Static, until the fourth next call. */
const char *canned_json(const char *body);
const char *canned_answer(unsigned code, const char *body);

#endif

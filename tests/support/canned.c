/* SPDX-License-Identifier: MIT */
#include "canned.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"

static int listen_anywhere(unsigned *ret_port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, bind(fd, (const struct sockaddr *)&at, sizeof at), 0));
    cr_assert(eq(int, listen(fd, 16), 0));
    cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&at, &len), 0));
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* Reads up to the blank line that ends a request, and passes it on to `out`. */
static void read_request(int client, int out) {
    char text[8192];
    size_t len = 0;
    while (len < sizeof text - 1) {
        const ssize_t got = recv(client, text + len, sizeof text - 1 - len, 0);
        if (got <= 0)
            break;
        len += (size_t)got;
        text[len] = '\0';
        if (strstr(text, "\r\n\r\n") != NULL)
            break;
    }
    (void)!write(out, text, len);
}

static void say(int client, const char *text) {
    const size_t len = strlen(text);
    if (text[0] != '\t') {
        (void)send(client, text, len, MSG_NOSIGNAL);
        return;
    }
    const int on = 1;
    (void)setsockopt(client, IPPROTO_TCP, 1, &on, sizeof on); /* TCP_NODELAY */
    for (size_t i = 1; i < len; i++)
        (void)send(client, text + i, 1, MSG_NOSIGNAL);
}

static void serve(int fd, int out, const char *const *texts) {
    for (; *texts != NULL; texts++) {
        const int client = accept(fd, NULL, NULL);
        if (client < 0)
            break;
        read_request(client, out);
        say(client, *texts);
        (void)shutdown(client, SHUT_WR);
        char rest[64];
        while (recv(client, rest, sizeof rest, 0) > 0)
            ;
        (void)close(client);
    }
}

void canned_start(struct canned *canned, const char *const *texts) {
    int ends[2];
    const int fd = listen_anywhere(&canned->port);
    (void)snprintf(canned->address, sizeof canned->address, "127.0.0.1:%u", canned->port);
    cr_assert(eq(int, pipe(ends), 0));
    canned->server = fork();
    cr_assert(ge(int, (int)canned->server, 0));
    if (canned->server == 0) {
        serve(fd, ends[1], texts);
        _exit(0);
    }
    (void)close(fd);
    (void)close(ends[1]);
    canned->requests = ends[0];
}

void canned_end(struct canned *canned, char *ret_requests, size_t size) {
    size_t len = 0;
    ssize_t got = 1;
    (void)kill(canned->server, SIGTERM);
    (void)waitpid(canned->server, NULL, 0);
    while (len + 1 < size && got > 0) {
        got = read(canned->requests, ret_requests + len, size - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    ret_requests[len] = '\0';
    (void)close(canned->requests);
}

const char *canned_answer(unsigned code, const char *body) {
    static char texts[4][16384];
    static unsigned next;
    char *text = texts[next++ % 4];
    (void)snprintf(text, sizeof texts[0],
                   "HTTP/1.1 %u X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                   "\r\n%s",
                   code, strlen(body), body);
    return text;
}

const char *canned_json(const char *body) {
    return canned_answer(200, body);
}

/* SPDX-License-Identifier: MIT */
/*
 * Fills the tables and buffers of a daemon: all series, all known lines, all senders, the buffers
 * for datagrams, and connections with very slow readers.
 *
 *     statgate-fill lines SOCKET TEMPLATE...     send every line of the templates once
 *     statgate-fill hold PROCESSES SOCKET TEMPLATE...
 *                                                the same from each of PROCESSES processes, which
 *                                                then live until this one ends; prints "held"
 *     statgate-fill senders SOCKET COUNT         send as COUNT users, each with four numbered
 *                                                handles (needs root)
 *     statgate-fill large SOCKET COUNT           send COUNT datagrams of 64,000 bytes after eight
 *                                                short ones, without blocking
 *     statgate-fill readers PORT COUNT REQUEST   COUNT readers of a byte per second, until killed
 *
 * In a template, {N} becomes each of 0 to N-1, and {N,LEN} the same, filled up to LEN bytes with
 * letters in front. A REQUEST is a path, with a plus in front if the reader accepts gzip.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATAGRAM_MAX = 8192, LINE_MAX_BYTES = 8192, COUNTERS_MAX = 8 };

static void fail(const char *what) {
    fprintf(stderr, "statgate-fill: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        fail(path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fail(path);
    return fd;
}

/* ---- lines ---- */

struct packet {
    int fd;
    size_t len;
    char bytes[DATAGRAM_MAX];
};

static void flush_packet(struct packet *packet) {
    if (packet->len > 0 && send(packet->fd, packet->bytes, packet->len, MSG_NOSIGNAL) < 0)
        fail("send");
    packet->len = 0;
}

static void put_line(struct packet *packet, const char *line, size_t len) {
    if (packet->len + len + 1 > sizeof packet->bytes)
        flush_packet(packet);
    memcpy(packet->bytes + packet->len, line, len);
    packet->len += len;
    packet->bytes[packet->len++] = '\n';
}

/* Writes the template with the present values of its counters to `out`, and the limits of the
 * counters to ret_limits. Returns the length. */
static size_t expand(const char *template, const unsigned long *values, char *out,
                     unsigned long *ret_limits, size_t *ret_count) {
    size_t len = 0;
    *ret_count = 0;
    while (*template != '\0') {
        if (*template != '{') {
            out[len++] = *template ++;
            continue;
        }
        char *rest;
        char digits[24];
        const size_t counter = (*ret_count)++;
        ret_limits[counter] = strtoul(template + 1, &rest, 10);
        const size_t width = *rest == ',' ? strtoul(rest + 1, &rest, 10) : 0;
        const size_t count = (size_t)snprintf(digits, sizeof digits, "%lu", values[counter]);
        for (size_t i = count; i < width; i++)
            out[len++] = 'a';
        memcpy(out + len, digits, count);
        len += count;
        template = rest + 1;
    }
    return len;
}

static void send_template(struct packet *packet, const char *template) {
    unsigned long values[COUNTERS_MAX] = {0};
    unsigned long limits[COUNTERS_MAX];
    static char line[LINE_MAX_BYTES];
    for (;;) {
        size_t count;
        put_line(packet, line, expand(template, values, line, limits, &count));
        while (count > 0 && ++values[count - 1] == limits[count - 1])
            values[--count] = 0;
        if (count == 0)
            return;
    }
}

static void send_lines(const char *path, char **templates) {
    static struct packet packet;
    packet.fd = open_socket(path);
    for (; *templates; templates++)
        send_template(&packet, *templates);
    flush_packet(&packet);
}

static void hold(unsigned long processes, const char *path, char **templates) {
    int done[2];
    char byte;
    if (pipe(done) != 0)
        fail("pipe");
    for (unsigned long i = 0; i < processes; i++) {
        if (fork() != 0)
            continue;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        send_lines(path, templates);
        if (write(done[1], "x", 1) != 1)
            fail("write");
        for (;;)
            pause();
    }
    for (unsigned long i = 0; i < processes; i++)
        if (read(done[0], &byte, 1) != 1)
            fail("read");
    puts("held");
    fflush(stdout);
    pause();
}

/* ---- senders ---- */

static void send_as(int fd, unsigned number, const char *text) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control = {.bytes = {0}};
    struct iovec part = {.iov_base = (char *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    const struct ucred credentials = {.pid = getpid(), .uid = number, .gid = number};
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_CREDENTIALS;
    item->cmsg_len = CMSG_LEN(sizeof credentials);
    memcpy(CMSG_DATA(item), &credentials, sizeof credentials);
    if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
        fail("sendmsg");
}

static void send_users(const char *path, unsigned count) {
    enum { HANDLES = 4 };
    const int fd = open_socket(path);
    for (unsigned user = 1; user <= count; user++) {
        char text[256];
        size_t len = 0;
        for (unsigned handle = 0; handle < HANDLES; handle++)
            len += (size_t)snprintf(text + len, sizeof text - len, "none:1|c|q:%x,1,0\n",
                                    user * HANDLES + handle);
        send_as(fd, user, text);
    }
}

/* ---- large datagrams ---- */

/* The short datagrams make the daemon receive those behind them in one batch. */
static void send_large(const char *path, unsigned count) {
    enum { SHORT = 8, BYTES = 64000, A_SOCKET = 3 }; /* a sender's buffer has room for three */
    static char text[BYTES];
    memset(text, 'x', sizeof text);
    int fd = open_socket(path);
    for (unsigned i = 0; i < SHORT; i++)
        if (send(fd, text, 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            fail("send");
    for (unsigned i = 0; i < count; i++) {
        if (i % A_SOCKET == 0)
            fd = open_socket(path);
        if (send(fd, text, sizeof text, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            fail("send");
    }
}

/* ---- readers ---- */

static int ask(uint16_t port, const char *request) {
    const bool gzip = *request == '+';
    const int little = 2048;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char text[512];
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int len = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                             request + gzip, gzip ? "Accept-Encoding: gzip\r\n" : "");
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        fail("a reader");
    return fd;
}

static void read_slowly(uint16_t port, unsigned count, const char *request) {
    enum { READERS_MAX = 1024 };
    int fds[READERS_MAX];
    char byte;
    count = count < READERS_MAX ? count : READERS_MAX;
    for (unsigned i = 0; i < count; i++)
        fds[i] = ask(port, request);
    for (;;) {
        for (unsigned i = 0; i < count; i++)
            (void)recv(fds[i], &byte, 1, MSG_DONTWAIT);
        (void)poll(NULL, 0, 1000);
    }
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "lines") == 0 && argc > 3)
        send_lines(argv[2], argv + 3);
    else if (strcmp(what, "hold") == 0 && argc > 4)
        hold(strtoul(argv[2], NULL, 10), argv[3], argv + 4);
    else if (strcmp(what, "senders") == 0 && argc == 4)
        send_users(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    else if (strcmp(what, "large") == 0 && argc == 4)
        send_large(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    else if (strcmp(what, "readers") == 0 && argc == 5)
        read_slowly((uint16_t)strtoul(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10),
                    argv[4]);
    else {
        fprintf(stderr, "usage: %s lines|hold|senders|large|readers ...; see its source\n",
                argv[0]);
        return 2;
    }
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Sends each line of standard input as a datagram, with a newline for each \n in it, and prints a
 * dot for each that the socket took. Values of this process last until it is killed, or its input
 * ends.
 *
 * usage: statgate-sender SOCKET
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static size_t unescape(char *text) {
    char *out = text;
    for (const char *in = text; *in && *in != '\n'; in++) {
        if (in[0] == '\\' && in[1] == 'n') {
            *out++ = '\n';
            in++;
        } else {
            *out++ = *in;
        }
    }
    return (size_t)(out - text);
}

int main(int argc, char **argv) {
    static char line[65536];
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (argc != 2 || strlen(argv[1]) >= sizeof to.sun_path) {
        (void)fprintf(stderr, "usage: statgate-sender SOCKET\n");
        return 2;
    }
    memcpy(to.sun_path, argv[1], strlen(argv[1]));
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    while (fgets(line, sizeof line, stdin)) {
        const size_t len = unescape(line);
        if (sendto(fd, line, len, 0, (struct sockaddr *)&to, sizeof to) < 0) {
            (void)fprintf(stderr, "statgate-sender: %s: %s\n", argv[1], strerror(errno));
            return 1;
        }
        (void)putchar('.');
        (void)fflush(stdout);
    }
    return 0;
}

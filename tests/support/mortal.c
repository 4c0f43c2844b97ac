/* SPDX-License-Identifier: MIT */
/*
 * Processes that send and die at once, before the daemon can read what they sent.
 *
 *     statgate-mortal SOCKET COUNT DATAGRAM...
 *
 * COUNT processes, one after the other, send each DATAGRAM. Every second one then kills itself with
 * SIGKILL, the others exit. In a datagram, % is the number of the process, 0, 1, ... Up to eight
 * processes at a time stay zombies for a while. Sending blocks, so no datagram is lost.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATAGRAM_MAX = 4096, ZOMBIES_MAX = 8 };

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void fail(const char *what) {
    (void)fprintf(stderr, "statgate-mortal: %s: %s\n", what, strerror(errno));
    _exit(1);
}

/* Copies the text with the number in place of each %. Returns the length. */
static size_t fill_in(const char *text, unsigned long number, char *ret_datagram) {
    size_t len = 0;
    for (; *text != '\0' && len + 24 < DATAGRAM_MAX; text++) {
        if (*text == '%')
            len += (size_t)snprintf(ret_datagram + len, DATAGRAM_MAX - len, "%lu", number);
        else
            ret_datagram[len++] = *text;
    }
    return len;
}

static _Noreturn void live(unsigned long number, char *const *datagrams) {
    char datagram[DATAGRAM_MAX];
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fail(address.sun_path);
    for (; *datagrams; datagrams++) {
        const size_t len = fill_in(*datagrams, number, datagram);
        if (send(fd, datagram, len, 0) != (ssize_t)len)
            fail("send");
    }
    if (number % 2 == 0)
        (void)raise(SIGKILL);
    _exit(0);
}

static void bury(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child || (WIFEXITED(status) && WEXITSTATUS(status) != 0))
        fail("a process could not speak");
}

int main(int argc, char **argv) {
    if (argc < 4 || strlen(argv[1]) >= sizeof address.sun_path) {
        (void)fprintf(stderr, "usage: statgate-mortal SOCKET COUNT DATAGRAM...\n");
        return 2;
    }
    memcpy(address.sun_path, argv[1], strlen(argv[1]));
    const unsigned long count = strtoul(argv[2], NULL, 10);
    pid_t children[ZOMBIES_MAX] = {0};
    for (unsigned long i = 0; i < count; i++) {
        pid_t *child = &children[i % ZOMBIES_MAX];
        if (*child != 0)
            bury(*child);
        *child = fork();
        if (*child < 0)
            fail("fork");
        if (*child == 0)
            live(i, argv + 3);
    }
    for (unsigned long i = 0; i < ZOMBIES_MAX; i++)
        if (children[i] != 0)
            bury(children[i]);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Imitates a pre-forked server: workers that own values and die on command.
 *
 *     statgate-workers SOCKET COUNT
 *
 * Prints "ready COUNT", then takes one command per line on its standard input, and answers each
 * when the daemon has received everything that was sent for it:
 *
 *     kill N      SIGKILL for worker N (0, 1, ...)      "killed N PID"
 *     respawn N   another in its place                  "spawned N PID"
 *     churn K     K times: a worker starts and is killed  "churned K"
 *     massacre K  K workers start and are killed at once  "massacred K"
 *     quit        SIGKILL for all, then the end         "bye"
 *
 * Worker N sends, once: 3 more active requests, 2 in flight, a peak of 100 + N bytes, and a reading
 * of 1.5 seconds. Families are those of tests/scenarios/catalogs/owners.json.
 */
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 2000, DEADLINE_S = 120, LOOK_US = 50 };

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static pid_t workers[WORKERS_MAX];

static void fail(const char *what) {
    (void)fprintf(stderr, "statgate-workers: %s: %s\n", what, strerror(errno));
    _exit(1);
}

/* ---- a worker ---- */

static void put(int fd, const char *text) {
    const size_t len = strlen(text);
    if (send(fd, text, len, 0) != (ssize_t)len)
        fail("send");
}

/* Waits until the receiver's queue has no more datagrams of this socket. */
static void wait_received(int fd) {
    const time_t end_s = time(NULL) + DEADLINE_S;
    int waiting = 0;
    while (ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting > 0) {
        if (time(NULL) > end_s) {
            errno = ETIMEDOUT;
            fail("the daemon takes nothing");
        }
        (void)usleep(LOOK_US);
    }
}

static _Noreturn void work(unsigned index, pid_t parent, int done) {
    char text[512];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fail(address.sun_path);
    (void)snprintf(text, sizeof text,
                   "http_server_active_requests:3|g\nexecutor_inflight:2|g\n"
                   "workers_peak_bytes:%u|g\nworkers_cpu_seconds_total:1.5|g\n",
                   100 + index);
    put(fd, text);
    wait_received(fd);
    /* The second is received only after the first was applied. */
    put(fd, "workers_started_total:1|c");
    wait_received(fd);
    if (write(done, "", 1) != 1)
        fail("pipe");
    for (;;)
        pause();
}

/* ---- the parent ---- */

/* Starts workers first .. first + count - 1, and waits until the daemon has received from all. */
static void spawn(unsigned first, unsigned count) {
    const pid_t parent = getpid();
    int done[2];
    if (pipe(done) != 0)
        fail("pipe");
    for (unsigned i = first; i < first + count; i++) {
        workers[i] = fork();
        if (workers[i] < 0)
            fail("fork");
        if (workers[i] == 0)
            work(i, parent, done[1]);
    }
    close(done[1]); /* so that the read ends if a worker fails */
    for (unsigned i = 0; i < count; i++) {
        char byte;
        if (read(done[0], &byte, 1) != 1)
            fail("a worker did not come up");
    }
    close(done[0]);
}

static void end(unsigned first, unsigned count) {
    for (unsigned i = first; i < first + count; i++) {
        if (workers[i] > 0)
            (void)kill(workers[i], SIGKILL);
    }
    for (unsigned i = first; i < first + count; i++) {
        if (workers[i] > 0)
            (void)waitpid(workers[i], NULL, 0);
        workers[i] = 0;
    }
}

/* Reads "WORD NUMBER" with a number below `limit`. False if the line is another command. */
static bool read_command(const char *line, const char *word, unsigned long limit,
                         unsigned *ret_number) {
    const size_t len = strlen(word);
    char *after;
    if (strncmp(line, word, len) != 0 || line[len] != ' ')
        return false;
    errno = 0;
    const unsigned long number = strtoul(line + len + 1, &after, 10);
    if (errno != 0 || *after != '\n' || number >= limit)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static void obey(const char *line, unsigned count) {
    unsigned number;
    if (read_command(line, "kill", count, &number)) {
        const pid_t pid = workers[number];
        end(number, 1);
        (void)printf("killed %u %d\n", number, (int)pid);
    } else if (read_command(line, "respawn", count, &number)) {
        end(number, 1);
        spawn(number, 1);
        (void)printf("spawned %u %d\n", number, (int)workers[number]);
    } else if (read_command(line, "churn", UINT_MAX, &number)) {
        for (unsigned i = 0; i < number; i++) {
            spawn(count, 1);
            end(count, 1);
        }
        (void)printf("churned %u\n", number);
    } else if (read_command(line, "massacre", WORKERS_MAX - count, &number)) {
        spawn(count, number);
        end(count, number);
        (void)printf("massacred %u\n", number);
    } else {
        (void)printf("what? %s", line);
    }
}

int main(int argc, char **argv) {
    const unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    char line[64];
    if (count == 0 || count >= WORKERS_MAX || strlen(argv[1]) >= sizeof address.sun_path) {
        (void)fprintf(stderr, "usage: statgate-workers SOCKET COUNT\n");
        return 2;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    spawn(0, (unsigned)count);
    (void)printf("ready %lu\n", count);
    while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0)
        obey(line, (unsigned)count);
    end(0, (unsigned)count);
    (void)printf("bye\n");
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * bench_run - the cost of `statgate run` beside timeout(1), both around true(1), in turns: the CPU
 * time of all processes of a run, and the time until it has ended. A socket takes the job's lines.
 *
 * usage: bench_run [runs]
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "figure.h"

enum { RUNS_MAX = 10000 };

struct cost {
    double cpu;
    double wall;
};

static double seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct cost run(char *const *argv) {
    struct rusage used;
    pid_t pid;
    int status = 0;
    const double start = now();
    if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
        wait4(pid, &status, 0, &used) != pid || status != 0) {
        (void)fprintf(stderr, "bench_run: %s fails\n", argv[0]);
        exit(1);
    }
    return (struct cost){seconds(used.ru_utime) + seconds(used.ru_stime), now() - start};
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/bench_run.XXXXXX";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    static struct cost costs[2][RUNS_MAX];
    static double ratios[2][RUNS_MAX];
    char drained[256];
    long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 500;
    runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/s", folder);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0)
        return 1;
    char *timed[] = {(char[]){"timeout"}, (char[]){"60"}, (char[]){"true"}, NULL};
    char *wrapped[] = {(char[]){STATGATE}, (char[]){"run"},   (char[]){"--socket"},
                       at.sun_path,        (char[]){"--job"}, (char[]){"name"},
                       (char[]){"--"},     (char[]){"true"},  NULL};
    for (long i = 0; i < runs; i++) {
        costs[0][i] = run(timed);
        costs[1][i] = run(wrapped);
        while (recv(fd, drained, sizeof drained, 0) > 0)
            continue;
        ratios[0][i] = costs[1][i].cpu / (costs[0][i].cpu > 0 ? costs[0][i].cpu : 1e-6);
        ratios[1][i] = costs[1][i].wall / costs[0][i].wall;
    }
    (void)unlink(at.sun_path);
    (void)rmdir(folder);
    const double cpu = bench_median(ratios[0], (size_t)runs);
    const double wall = bench_median(ratios[1], (size_t)runs);
    printf("statgate run / timeout: %.2f of CPU time, %.2f of time, in %ld runs\n", cpu, wall,
           runs);
    bench_figure(cpu, "ratio", "run.timeout");
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * bench_live - the whole system: statgated, processes that send with statgate.h at a given rate,
 * and scrapers that never pause.
 *
 * Prints whether samples were lost, what a sample costs the senders and the daemon, how long
 * scrapes took meanwhile, and how many callbacks of the daemon took over a millisecond of CPU time.
 * Everything runs in a private folder and ends by itself.
 *
 * usage: bench_live [--series N] [--senders N] [--rate SAMPLES_PER_SECOND_EACH, 0 = as fast as can
 * be] [--seconds N] [--scrapers N] [--gzip]
 */
#include "statgate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
#include "workload.h"

struct plan {
    size_t series;
    size_t senders;
    size_t rate;
    size_t seconds;
    size_t scrapers;
    bool gzip; /* scrapers accept it */
    char folder[64];
};

struct result {
    uint64_t samples;
    uint64_t lost;
    uint64_t merged; /* delivered as part of another's number */
    uint64_t cpu_ns;
};

static void die(const char *what) {
    (void)fprintf(stderr, "bench_live: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t mono_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void in_folder(const struct plan *plan, const char *name, char *out, size_t size) {
    (void)snprintf(out, size, "%s/%s", plan->folder, name);
}

static pid_t start_daemon(const struct plan *plan) {
    char catalog[128];
    char socket_path[128];
    char http[160] = "unix:";
    in_folder(plan, "catalog.json", catalog, sizeof catalog);
    in_folder(plan, "s.sock", socket_path, sizeof socket_path);
    in_folder(plan, "http.sock", http + 5, sizeof http - 5);
    struct strbuf text;
    strbuf_init(&text);
    workload_catalog_text(plan->series, &text);
    FILE *file = fopen(catalog, "w");
    if (!file || fwrite(text.data, 1, text.len, file) != text.len || fclose(file) != 0)
        die(catalog);
    strbuf_done(&text);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)execl(STATGATED, "statgated", "--no-supervisor", "--config", "", "--catalog", catalog,
                    "--socket", socket_path, "--metrics-listen", http, "--log-level", "warn",
                    (char *)NULL);
        die(STATGATED);
    }
    return pid;
}

/* Makes a GET request over the Unix socket, and reads the response to its end. The first bytes go
 * to `out`. Returns the size in bytes, -1 on failure. */
static long get(const struct plan *plan, const char *path, const char *headers, char *out,
                size_t size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    in_folder(plan, "http.sock", address.sun_path, sizeof address.sun_path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    char request[256];
    const int len = snprintf(request, sizeof request,
                             "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
                             path, headers);
    if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
        (void)close(fd);
        return -1;
    }
    static char part[1 << 16];
    long total = 0;
    size_t kept = 0;
    ssize_t got;
    while ((got = recv(fd, part, sizeof part, 0)) > 0) {
        const size_t room = size - 1 - kept < (size_t)got ? size - 1 - kept : (size_t)got;
        memcpy(out + kept, part, room);
        kept += room;
        total += got;
    }
    out[kept] = '\0';
    (void)close(fd);
    return total;
}

static uint64_t number_after(const char *text, const char *key) {
    const char *at = strstr(text, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void wait_ready(const struct plan *plan) {
    char answer[64];
    const struct timespec pause = {.tv_nsec = 5000000};
    for (int i = 0; i < 2000; i++) {
        if (get(plan, "/readyz", "", answer, sizeof answer) > 0)
            return;
        (void)nanosleep(&pause, NULL);
    }
    (void)fprintf(stderr, "bench_live: the daemon did not become ready\n");
    exit(1);
}

static double resident_bytes(pid_t pid) {
    char path[64];
    char text[128];
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, sizeof text, file))
        die(path);
    (void)fclose(file);
    const char *second = strchr(text, ' '); /* after the total size: the resident size */
    const unsigned long pages = second != NULL ? strtoul(second, NULL, 10) : 0;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void pace(const struct plan *plan, uint64_t start, uint64_t sent) {
    if (plan->rate == 0 || sent % 64 != 0)
        return;
    const uint64_t due = start + sent * 1000000000u / plan->rate;
    const struct timespec until = {.tv_sec = (time_t)(due / 1000000000u),
                                   .tv_nsec = (long)(due % 1000000000u)};
    if (due > mono_ns())
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void run_sender(const struct plan *plan, const struct workload_series *all, unsigned seed,
                       int out) {
    char path[128];
    in_folder(plan, "s.sock", path, sizeof path);
    struct statgate sg;
    (void)statgate_open(&sg, path);
    struct result result = {0};
    uint64_t state = seed * 0x9E3779B97F4A7C15ull + 1;
    const uint64_t start = mono_ns();
    const uint64_t cpu = bench_cpu_ns();
    const uint64_t end = start + plan->seconds * 1000000000u;
    while (result.samples % 64 != 0 || mono_ns() < end) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        const struct workload_series *series = &all[(state >> 33) % plan->series];
        if (series->letter == 'c')
            (void)statgate_count(&sg, series->name, 1, series->labels);
        else if (series->letter == 'g')
            (void)statgate_set(&sg, series->name, (double)(state >> 54), series->labels);
        else
            (void)statgate_observe(&sg, series->name, (double)(state >> 54) / 1000, series->labels);
        result.samples++;
        pace(plan, start, result.samples);
    }
    result.cpu_ns = bench_cpu_ns() - cpu;
    const struct timespec pause = {.tv_nsec = 2000000};
    for (int i = 0; i < 1000 && !statgate_flush(&sg); i++)
        (void)nanosleep(&pause, NULL);
    result.lost = statgate_lost(&sg);
    result.merged = statgate_merged(&sg);
    statgate_close(&sg);
    if (write(out, &result, sizeof result) != (ssize_t)sizeof result)
        _exit(1);
    _exit(0);
}

/* The scrapes of one scraper. */
struct scraped {
    uint64_t scrapes;
    double median_ms;
    long bytes; /* of the last response, as sent */
};

static void run_scraper(const struct plan *plan, int out) {
    static double ms[100000];
    struct scraped scraped = {0};
    char head[512];
    const uint64_t end = mono_ns() + plan->seconds * 1000000000u;
    while (mono_ns() < end && scraped.scrapes < sizeof ms / sizeof *ms) {
        const uint64_t start = mono_ns();
        scraped.bytes =
            get(plan, "/metrics", plan->gzip ? "Accept-Encoding: gzip\r\n" : "", head, sizeof head);
        if (strncmp(head, "HTTP/1.1 200", 12) != 0)
            die("a scrape");
        ms[scraped.scrapes++] = (double)(mono_ns() - start) / 1e6;
    }
    scraped.median_ms = bench_median(ms, scraped.scrapes);
    if (write(out, &scraped, sizeof scraped) != (ssize_t)sizeof scraped)
        _exit(1);
    _exit(0);
}

/* Callbacks of one kind, as /debug/ingress shows them. */
struct callbacks {
    uint64_t count;
    uint64_t slow; /* over 1 ms of wall time */
    uint64_t slow_cpu;
    uint64_t longest_ns;
    uint64_t longest_cpu_ns; /* of the slow ones */
};

static struct callbacks callbacks_in(const char *answer, const char *kind) {
    const char *at = strstr(answer, kind);
    if (at == NULL)
        die(kind);
    return (struct callbacks){.count = number_after(at, "\"callbacks\":"),
                              .slow = number_after(at, "\"slow\":"),
                              .slow_cpu = number_after(at, "\"slow_cpu\":"),
                              .longest_ns = number_after(at, "\"longest_ns\":"),
                              .longest_cpu_ns = number_after(at, "\"longest_cpu_ns\":")};
}

/* How many kinds `kinds` has. */
enum { KINDS = 3 };
static const char *const kinds[KINDS] = {"\"work\":", "\"cleaning\":", "\"answering\":"};

/* Reads the callbacks of all kinds, and returns how many datagrams were received. */
static uint64_t read_callbacks(const struct plan *plan, struct callbacks *ret_kinds) {
    static char answer[1 << 16];
    (void)get(plan, "/debug/ingress", "", answer, sizeof answer);
    for (size_t i = 0; i < KINDS; i++)
        ret_kinds[i] = callbacks_in(answer, kinds[i]);
    return number_after(answer, "\"datagrams\":");
}

/* Prints the callbacks of all kinds since `before`, which leaves out the first turns of the daemon:
 * these touch their memory for the first time. */
static void report_callbacks(const struct callbacks *before, const struct callbacks *after) {
    static const char *const names[KINDS] = {"ingest", "cleaning", "answers"};
    uint64_t slow_cpu = 0;
    for (size_t i = 0; i < KINDS; i++) {
        const uint64_t slow = after[i].slow_cpu - before[i].slow_cpu;
        (void)printf("callbacks of %s %llu, over 1 ms %llu (of CPU time %llu), longest %.2f ms "
                     "(of CPU time %.2f)\n",
                     names[i], (unsigned long long)(after[i].count - before[i].count),
                     (unsigned long long)(after[i].slow - before[i].slow), (unsigned long long)slow,
                     (double)after[i].longest_ns / 1e6, (double)after[i].longest_cpu_ns / 1e6);
        slow_cpu += slow;
    }
    bench_figure((double)slow_cpu, "count", "live.slow");
}

static void report(const struct plan *plan, const struct result *sum,
                   const struct callbacks *before, pid_t daemon) {
    static char answer[1 << 16];
    struct callbacks after[KINDS];
    const uint64_t datagrams = read_callbacks(plan, after);
    (void)get(plan, "/debug/senders", "", answer, sizeof answer);
    const uint64_t accepted = number_after(answer, "\"accepted\":");
    const uint64_t received = number_after(answer, "\"samples\":");
    (void)kill(daemon, SIGTERM);
    struct rusage usage;
    int status;
    (void)wait4(daemon, &status, 0, &usage);
    const double cpu_ns = ((double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec) * 1e9 +
                          ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) * 1e3;
    (void)printf("given %llu, received %llu, accepted %llu, merged %llu, lost %llu: %s\n",
                 (unsigned long long)sum->samples, (unsigned long long)received,
                 (unsigned long long)accepted, (unsigned long long)sum->merged,
                 (unsigned long long)sum->lost,
                 sum->samples == received + sum->merged + sum->lost ? "the sum closes"
                                                                    : "THE SUM DOES NOT CLOSE");
    (void)printf("datagrams %llu, %.1f samples each; CPU a sample: sender %.0f ns, daemon %.0f ns "
                 "(scrapes included); daemon's memory %.1f MB\n",
                 (unsigned long long)datagrams, (double)received / (double)datagrams,
                 (double)sum->cpu_ns / (double)sum->samples, cpu_ns / (double)received,
                 (double)usage.ru_maxrss / 1e3);
    report_callbacks(before, after);
    bench_figure((double)sum->lost, "count", "live.lost");
    bench_figure((double)sum->cpu_ns / (double)sum->samples, "ns", "live.sender");
    bench_figure(cpu_ns / (double)received, "ns", "live.daemon");
}

static void read_whole(int fd, void *out, size_t size, const char *what) {
    if (read(fd, out, size) != (ssize_t)size)
        die(what);
}

static struct result add_senders(const struct plan *plan, int fd) {
    struct result sum = {0};
    for (size_t i = 0; i < plan->senders; i++) {
        struct result one;
        read_whole(fd, &one, sizeof one, "a sender");
        sum.samples += one.samples;
        sum.lost += one.lost;
        sum.merged += one.merged;
        sum.cpu_ns += one.cpu_ns;
    }
    return sum;
}

static void report_scrapers(const struct plan *plan, int fd) {
    (void)printf("%zu senders, %zu series, %zu s, %s\n", plan->senders, plan->series, plan->seconds,
                 plan->rate == 0 ? "as fast as can be" : "paced");
    for (size_t i = 0; i < plan->scrapers; i++) {
        struct scraped one;
        read_whole(fd, &one, sizeof one, "a scraper");
        (void)printf("%llu scrapes of %.1f MB%s, median %.1f ms\n", (unsigned long long)one.scrapes,
                     (double)one.bytes / 1e6, plan->gzip ? " compressed" : "", one.median_ms);
    }
}

static void run(const struct plan *plan) {
    const pid_t daemon = start_daemon(plan);
    wait_ready(plan);
    bench_figure(resident_bytes(daemon), "bytes", "live.idle");
    struct workload_series *all = malloc(plan->series * sizeof *all);
    if (!all)
        die("memory");
    for (size_t i = 0; i < plan->series; i++)
        all[i] = workload_series_at(i);
    int senders[2];
    int scrapers[2];
    if (pipe(senders) != 0 || pipe(scrapers) != 0)
        die("pipe");
    struct callbacks before[KINDS];
    (void)read_callbacks(plan, before);
    (void)fflush(stdout);
    for (size_t i = 0; i < plan->senders; i++)
        if (fork() == 0)
            run_sender(plan, all, (unsigned)i + 1, senders[1]);
    for (size_t i = 0; i < plan->scrapers; i++)
        if (fork() == 0)
            run_scraper(plan, scrapers[1]);
    report_scrapers(plan, scrapers[0]);
    const struct result sum = add_senders(plan, senders[0]);
    report(plan, &sum, before, daemon);
    free(all);
}

int main(int argc, char **argv) {
    struct plan plan = {.series = 10000, .senders = 4, .rate = 5000, .seconds = 5, .scrapers = 1};
    for (int i = 1; i < argc; i++) {
        const struct {
            const char *name;
            size_t *to;
        } flags[] = {{"--series", &plan.series},
                     {"--senders", &plan.senders},
                     {"--rate", &plan.rate},
                     {"--seconds", &plan.seconds},
                     {"--scrapers", &plan.scrapers}};
        bool known = strcmp(argv[i], "--gzip") == 0;
        if (known)
            plan.gzip = true;
        for (size_t j = 0; !known && j < sizeof flags / sizeof *flags; j++)
            if (strcmp(argv[i], flags[j].name) == 0 && i + 1 < argc) {
                *flags[j].to = strtoul(argv[++i], NULL, 10);
                known = true;
            }
        if (!known) {
            (void)fprintf(stderr, "usage: bench_live [--series N] [--senders N] [--rate N] "
                                  "[--seconds N] [--scrapers N] [--gzip]\n");
            return 2;
        }
    }
    if (plan.series == 0 || plan.senders == 0 || plan.senders > 64 || plan.seconds == 0 ||
        plan.seconds > 60 || plan.scrapers > 32) {
        (void)fprintf(stderr, "bench_live: 1 to 64 senders, 1 to 60 seconds, at most 32 scrapers, "
                              "at least one series\n");
        return 2;
    }
    (void)snprintf(plan.folder, sizeof plan.folder, "/tmp/statgate-live-XXXXXX");
    if (!mkdtemp(plan.folder))
        die("mkdtemp");
    run(&plan);
    char path[128];
    in_folder(&plan, "catalog.json", path, sizeof path);
    (void)unlink(path);
    (void)rmdir(plan.folder);
    return 0;
}

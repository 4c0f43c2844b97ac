/* SPDX-License-Identifier: MIT */
/*
 * bench_breaker - the cost of statgate_breaker_allow() while the breaker is closed (a few reads of
 * memory), while it is open (it also reads the clock, to judge the daemon's beat), and without a
 * daemon, as ratios to an empty loop and to one read of memory in the same run; and what a ticket
 * of a half-open breaker costs with 1 and with 16 places, all but the last of which are taken, as a
 * ratio to opening and closing the FIFO alone.
 *
 * usage: bench_breaker [rounds]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/catalog.h"
#include "clock.h"
#include "figure.h"
#include "host/clock.h"
#include "sg_breaker_page.h"

#include <statgate.h>

enum { CALLS = 2000000, ROUNDS_MAX = 100, MODES = 5 };

static struct statgate sg;
static struct statgate_breaker breaker;
static volatile uint32_t word;

/* Each loop stores its answer so that the compiler cannot drop it. */
static inline void keep(bool answer) {
    __asm__ volatile("" : : "r"(answer) : "memory");
}

static void run_empty(void) {
    for (int i = 0; i < CALLS; i++)
        keep(true);
}

static void run_load(void) {
    for (int i = 0; i < CALLS; i++)
        keep((word & 3u) == 0);
}

static void run_allow(void) {
    for (int i = 0; i < CALLS; i++)
        keep(statgate_breaker_allow(&breaker));
}

static unsigned page_places; /* 0: without tickets */
static uint64_t page_fifo;

/* Writes a page with one breaker, as the daemon would. */
static void write_page(const char *path, enum breaker_state state, bool alive) {
    static struct sg_breaker_page page;
    const uint64_t tag =
        sg_breaker_page_tag(sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, "background_job") +
                            sg_breaker_page_hash_label("job", "publish"));
    memset(&page, 0, sizeof page);
    memcpy(page.head.magic, SG_BREAKER_PAGE_MAGIC, SG_BREAKER_PAGE_MAGIC_BYTES);
    page.head.version = SG_BREAKER_PAGE_VERSION;
    page.head.bytes = sizeof page;
    page.head.generation = (uint64_t)state + 1;
    page.head.beat_mono_ms = alive ? (uint64_t)clock_now().mono_ms : 1;
    page.slots[sg_breaker_page_home(tag)] = (struct sg_breaker_page_slot){
        .tag = tag,
        .state = sg_breaker_page_word(state, 1),
        .probing = page_places == 0 ? 0
                                    : sg_breaker_page_probing(sg_breaker_page_number(tag),
                                                              page_places, false, false)};
    page.head.tickets = page_fifo;
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(&page, sizeof page, 1, file) != 1 || fclose(file) != 0 ||
        chmod(path, 0444) != 0) {
        perror(path);
        exit(1);
    }
}

static bool prepare(const char *folder, enum breaker_state state, bool alive);

/* ---- tickets ---- */

enum { TICKETS = 2000, PLACES_MAX = 16 };

static const char *fifo;

static void run_fifo(void) {
    for (int i = 0; i < TICKETS; i++)
        (void)close(open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC));
}

/* The clock has to move on after a refusal; none is refused here. */
static void run_ticket(void) {
    for (int i = 0; i < TICKETS; i++) {
        keep(statgate_breaker_allow(&breaker));
        statgate_breaker_drop(&breaker);
    }
}

/* Half-open with so many places, and other holders of all but one. False if none is left. */
static bool prepare_tickets(const char *folder, unsigned places, struct statgate_breaker *others) {
    static char path[128];
    struct stat is;
    (void)snprintf(path, sizeof path, "%s/s.probes", folder);
    (void)unlink(path);
    if (mkfifo(path, 0600) != 0 || stat(path, &is) != 0)
        return false;
    fifo = path;
    page_places = places;
    page_fifo = is.st_ino;
    (void)prepare(folder, BREAKER_HALF_OPEN, true);
    statgate_breaker_drop(&breaker);
    for (unsigned i = 0; i + 1 < places; i++) {
        (void)statgate_breaker_open(&others[i], &sg, "background_job", "job:publish");
        if (!statgate_breaker_allow(&others[i]))
            return false;
    }
    return true;
}

/* Nanoseconds of the fastest of a few rounds: system calls vary. */
static double fastest(void (*run)(void)) {
    double least = 0;
    for (int i = 0; i < 5; i++) {
        const uint64_t start = bench_cpu_ns();
        run();
        const double ns = (double)(bench_cpu_ns() - start) / TICKETS;
        least = i == 0 || ns < least ? ns : least;
    }
    return least;
}

static bool measure_tickets(const char *folder) {
    static struct statgate_breaker others[PLACES_MAX];
    static const unsigned places[] = {1, PLACES_MAX};
    for (size_t i = 0; i < 2; i++) {
        if (!prepare_tickets(folder, places[i], others))
            return false;
        const double alone = fastest(run_fifo);
        const double ticket = fastest(run_ticket);
        printf("a ticket of %2u places    %6.0f ns  %5.1f x opening the FIFO alone\n", places[i],
               ticket, ticket / alone);
        bench_figure(ticket / alone, "ratio", i == 0 ? "breaker.ticket.1" : "breaker.ticket.16");
        for (unsigned j = 0; j + 1 < places[i]; j++)
            statgate_breaker_drop(&others[j]);
    }
    (void)unlink(fifo);
    return true;
}

/* Opens the breaker in this state. False if its answer is wrong. */
static bool prepare(const char *folder, enum breaker_state state, bool alive) {
    char path[128];
    statgate_close(&sg);
    (void)snprintf(path, sizeof path, "%s/s.breakers", folder);
    write_page(path, state, alive);
    (void)snprintf(path, sizeof path, "%s/s.sock", folder);
    statgate_open(&sg, path);
    statgate_breaker_open(&breaker, &sg, "background_job", "job:publish");
    return statgate_breaker_allow(&breaker) == (state == BREAKER_CLOSED || !alive);
}

static double ns_per_call(void (*run)(void)) {
    const uint64_t start = bench_cpu_ns();
    run();
    return (double)(bench_cpu_ns() - start) / CALLS;
}

int main(int argc, char **argv) {
    static const char *const names[MODES] = {"empty loop", "one read of memory", "closed",
                                             "open, the beat decides", "stale beat"};
    static double ns[MODES][ROUNDS_MAX];
    double median[MODES];
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_breaker [rounds]\n");
        return 2;
    }
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    bool good = true;
    for (size_t i = 0; i < rounds && good; i++) {
        ns[0][i] = ns_per_call(run_empty);
        ns[1][i] = ns_per_call(run_load);
        good = prepare(folder, BREAKER_CLOSED, true);
        ns[2][i] = ns_per_call(run_allow);
        good = good && prepare(folder, BREAKER_OPEN, true);
        ns[3][i] = ns_per_call(run_allow);
        good = good && prepare(folder, BREAKER_OPEN, false);
        ns[4][i] = ns_per_call(run_allow);
    }
    good = good && measure_tickets(folder);
    statgate_close(&sg);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/s.breakers", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    if (!good) {
        (void)fprintf(stderr, "a breaker does not answer as it must\n");
        return 1;
    }
    for (size_t mode = 0; mode < MODES; mode++)
        median[mode] = bench_median(ns[mode], rounds);
    for (size_t mode = 0; mode < MODES; mode++) {
        printf("%-24s %6.2f ns  %5.1f x one read\n", names[mode], median[mode],
               median[1] > 0 ? median[mode] / median[1] : 0);
    }
    printf("above the empty loop: closed %.2f ns, open %.2f ns\n", median[2] - median[0],
           median[3] - median[0]);
    if (median[1] > 0) {
        bench_figure(median[2] / median[1], "ratio", "breaker.closed.read");
        bench_figure(median[3] / median[1], "ratio", "breaker.open.read");
    }
    return 0;
}

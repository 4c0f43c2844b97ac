/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "books.h"
#include "statgate_abi.h"

#include <statgate.h>

enum {
    THREADS = 8,
    OF_ALL = 8,
    OF_BRIEF,
    OF_CHILD,
    OF_BESIDE,
    BRIEFS = 1000,
    CHILD_ADDS = 500,
    READY_TIMEOUT_MS = 120000
};

struct worker {
    struct statgate sg;
    struct statgate_counter prepared;
    struct statgate_updown inside;
    struct statgate_gauge level;
    struct statgate_histogram seconds;
    struct statgate_attempts words;
    pthread_t thread;
    unsigned who;
    unsigned turns;
};

static struct worker workers[THREADS];
static struct statgate common; /* the main thread's */
static struct statgate_shared_counter shared;
static struct statgate_flusher flusher;
static struct statgate_shared_counter flushed;
static struct statgate_flusher brief_flusher; /* starts and stops while threads add */
static struct statgate_shared_counter briefs[BRIEFS];
static struct statgate_shared_counter *_Atomic brief; /* closed while threads add to it */
static struct statgate_client *library;
static struct statgate_metric *library_counter;
static struct statgate_metric *library_histogram;
static char socket_path[64];
static atomic_bool ended;
static atomic_bool begun; /* in a child: its threads may start their calls */

/* Notes a sample as given or, if the call refused it, as refused. */
static void gave(bool good, enum family family, unsigned who, double n) {
    if (good)
        books_give(family, who, n);
    else
        books_refuse(1);
}

/* ---- the threads ---- */

static void use_own(struct worker *worker) {
    const unsigned who = worker->who;
    const struct statgate_label pair = {"who", who_labels(who) + strlen("who:")};
    const double sign = worker->turns % 2 == 0 ? 1 : -1;
    struct statgate *sg = &worker->sg;
    gave(statgate_count(sg, family_names[COUNTS], 1, who_labels(who)), COUNTS, who, 1);
    gave(statgate_count_with(sg, family_names[COUNTS], 2, &pair, 1), COUNTS, who, 2);
    gave(statgate_counter_add(&worker->prepared, 3), PREPARED, who, 3);
    gave(statgate_updown_add(&worker->inside, 4 * sign), INSIDE, who, 4 * sign);
    gave(statgate_add(sg, family_names[INSIDE], 5 * sign, who_labels(who)), INSIDE, who, 5 * sign);
    gave(statgate_histogram_observe(&worker->seconds, 0.25), SECONDS, who, 1);
    if (worker->turns % 8 == 0)
        gave(statgate_attempts_report(&worker->words, "worked"), WORDS, who, 1);
}

static void say_level(struct worker *worker) {
    if (statgate_gauge_set(&worker->level, worker->turns))
        books_say(worker->who, worker->turns);
    else
        books_refuse(1);
}

static void use_shared(unsigned turns) {
    const double n = turns % 4 == 0 ? 0.5 : 1;
    if (statgate_shared_counter_add(&shared, n))
        books_give(SHARED, OF_ALL, n);
    gave(statgate_client_count(library, family_names[LIBRARY], 1, who_labels(OF_ALL)), LIBRARY,
         OF_ALL, 1);
    gave(statgate_metric_add(library_counter, 2), LIBRARY, OF_ALL, 2);
    gave(statgate_metric_observe(library_histogram, 0.25), SECONDS, OF_ALL, 1);
}

static void use_flushed(void) {
    if (statgate_shared_counter_add(&flushed, 1))
        books_give(FLUSHED, OF_ALL, 1);
    struct statgate_shared_counter *counter = atomic_load(&brief);
    if (counter != NULL && statgate_shared_counter_add(counter, 1))
        books_give(BRIEF, OF_BRIEF, 1);
}

static void *work(void *arg) {
    struct worker *worker = arg;
    for (; !atomic_load_explicit(&ended, memory_order_relaxed); worker->turns++) {
        use_own(worker);
        say_level(worker);
        use_shared(worker->turns);
        use_flushed();
    }
    return arg;
}

/* ---- life ---- */

static bool open_worker(struct worker *worker, unsigned who, const char *path) {
    struct statgate *sg = &worker->sg;
    const char *labels = who_labels(who);
    worker->who = who;
    (void)statgate_open(sg, path);
    return statgate_counter_open(&worker->prepared, sg, family_names[PREPARED], labels) &&
           statgate_updown_open(&worker->inside, sg, family_names[INSIDE], labels) &&
           statgate_gauge_open(&worker->level, sg, family_names[LEVEL], labels) &&
           statgate_histogram_open(&worker->seconds, sg, family_names[SECONDS], labels) &&
           statgate_attempts_open(&worker->words, sg, family_names[WORDS], labels);
}

bool threads_open(const char *path) {
    bool good = true;
    (void)snprintf(socket_path, sizeof socket_path, "%s", path);
    for (unsigned i = 0; i < THREADS; i++)
        good = open_worker(&workers[i], i, path) && good;
    (void)statgate_open(&common, path);
    good =
        statgate_shared_counter_open(&shared, &common, family_names[SHARED], who_labels(OF_ALL)) &&
        good;
    library = statgate_client_new(path);
    library_counter = statgate_client_counter(library, family_names[LIBRARY], who_labels(OF_ALL));
    library_histogram =
        statgate_client_histogram(library, family_names[SECONDS], who_labels(OF_ALL));
    return good && library_counter != NULL && library_histogram != NULL;
}

bool threads_start(void) {
    bool good = statgate_flusher_start(&flusher, socket_path) &&
                statgate_shared_counter_open(&flushed, &flusher.sg, family_names[FLUSHED],
                                             who_labels(OF_ALL));
    for (unsigned i = 0; i < THREADS; i++)
        good = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0 && good;
    return good;
}

static void nap(unsigned ms) {
    const struct timespec pause = {.tv_nsec = (long)ms * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* Opens and closes two counters: one that is refused, and one that is sent at the latest when it is
 * closed. */
static bool use_for_a_moment(unsigned who) {
    struct statgate_shared_counter moment;
    const struct statgate_label bad = {"who,a", "b"};
    const struct statgate_label pair = {"who", who_labels(who) + strlen("who:")};
    const bool taken =
        statgate_shared_counter_open_with(&moment, &flusher.sg, family_names[FLUSHED], &bad, 1);
    (void)statgate_shared_counter_add(&moment, 1);
    books_refuse(1);
    statgate_shared_counter_close(&moment);
    const bool opened =
        statgate_shared_counter_open_with(&moment, &flusher.sg, family_names[FLUSHED], &pair, 1);
    if (opened && statgate_shared_counter_add(&moment, 3))
        books_give(FLUSHED, who, 3);
    statgate_shared_counter_close(&moment);
    return opened && !taken;
}

struct moments {
    unsigned count;
    bool good;
};

static void *use_beside(void *arg) {
    struct moments *moments = arg;
    for (unsigned i = 0; i < moments->count && moments->good; i++)
        moments->good = use_for_a_moment(OF_BESIDE);
    return arg;
}

bool threads_turn(unsigned ms) {
    static unsigned turns;
    struct statgate_shared_counter *next = &briefs[turns++ % BRIEFS];
    struct moments beside = {.count = ms, .good = true};
    pthread_t thread;
    bool good = statgate_flusher_start(&brief_flusher, socket_path) &&
                statgate_shared_counter_open(next, &brief_flusher.sg, family_names[BRIEF],
                                             who_labels(OF_BRIEF));
    atomic_store(&brief, next);
    if (pthread_create(&thread, NULL, use_beside, &beside) != 0)
        return false;
    for (unsigned i = 0; i < ms && good; i++) {
        good = use_for_a_moment(OF_BRIEF);
        (void)statgate_flush(&common);
        nap(1);
    }
    (void)pthread_join(thread, NULL);      /* no fork while it opens a counter */
    statgate_flusher_stop(&brief_flusher); /* while threads add to its counters */
    return good && beside.good;
}

void threads_end(void) {
    atomic_store(&ended, true);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(workers[i].thread, NULL);
}

static bool deliver(struct statgate *sg, const char *whose) {
    const bool good = statgate_flush_wait(sg, READY_TIMEOUT_MS);
    if (!good)
        (void)fprintf(stderr, "%s: something waits for %d ms\n", whose, READY_TIMEOUT_MS);
    books_lose(statgate_lost(sg));
    return good;
}

static bool deliver_all(void) {
    bool good = deliver(&common, "the common handle");
    for (unsigned i = 0; i < THREADS; i++)
        good = deliver(&workers[i].sg, who_labels(i)) && good;
    good = statgate_client_flush_wait(library, READY_TIMEOUT_MS) && good;
    books_lose(statgate_client_lost(library));
    return good;
}

/* The flusher sends four times a second. Its stop tries once, so if the receiver's queue were full
 * just then, what waits would be lost. */
static bool await_flusher(void) {
    for (unsigned ms = 0; ms < READY_TIMEOUT_MS && !books_arrived(FLUSHED); ms++)
        nap(1);
    if (!books_arrived(FLUSHED))
        (void)fprintf(stderr, "the flusher: something waits for %d ms\n", READY_TIMEOUT_MS);
    return books_arrived(FLUSHED);
}

bool threads_close(void) {
    const bool good = deliver_all() && await_flusher();
    statgate_flusher_stop(&flusher);
    books_lose(statgate_lost(&flusher.sg));
    statgate_shared_counter_close(&shared);
    statgate_shared_counter_close(&flushed);
    statgate_close(&common);
    for (unsigned i = 0; i < THREADS; i++) {
        statgate_close(&workers[i].sg); /* before its metrics, which is allowed, too */
        statgate_counter_close(&workers[i].prepared);
        statgate_updown_close(&workers[i].inside);
        statgate_gauge_close(&workers[i].level);
        statgate_histogram_close(&workers[i].seconds);
        statgate_attempts_close(&workers[i].words);
    }
    statgate_client_free(library);
    return good;
}

/* ---- in a child ---- */

/* Uses everything except the level: one could not tell which process set it last. */
static void *work_in_child(void *arg) {
    struct worker *worker = arg;
    while (!atomic_load(&begun)) /* all threads start at the same time */
        continue;
    for (unsigned i = 0; i < CHILD_ADDS; i++) {
        use_shared(i);
        use_own(worker);
    }
    return arg;
}

static bool flush_in_child(void) {
    static struct statgate_shared_counter own;
    if (!flusher.sg.open && !statgate_flusher_start(&flusher, socket_path))
        return false;
    if (!statgate_shared_counter_open(&own, &flusher.sg, family_names[BRIEF],
                                      who_labels(OF_CHILD)) ||
        !statgate_flusher_start(&flusher, socket_path))
        return false;
    if (statgate_shared_counter_add(&own, 1))
        books_give(BRIEF, OF_CHILD, 1);
    statgate_flusher_stop(&flusher);
    return true;
}

int threads_in_child(void) {
    pthread_t threads[THREADS];
    bool good = true;
    for (unsigned i = 0; i < THREADS; i++)
        good = pthread_create(&threads[i], NULL, work_in_child, &workers[i]) == 0 && good;
    atomic_store(&begun, true);
    good = flush_in_child() && good;
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    return deliver_all() && good ? 0 : 1;
}

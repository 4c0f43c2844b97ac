/* SPDX-License-Identifier: MIT */
/*
 * Functions that other languages can call, around the client header: see statgate_abi.h.
 *
 * Each client has a lock, since interpreters let other threads run during a call. All locks are
 * held across fork(), so the child finds none that is never released.
 */
#include "statgate_abi.h"

#include <pthread.h>
#include <statgate.h>

/* Lists of metrics, by a hash of name and labels. A power of two. */
enum { METRIC_LISTS = 1024 };

struct statgate_metric {
    struct statgate_counter counter;
    struct statgate_client *client;
    struct statgate_metric *next;
};

/* How many breakers that are not closed a client remembers, and how many places are looked at for
 * one. */
enum { MEMORIES_MAX = 256, MEMORIES_NEAR = 8 };

struct statgate_client {
    struct statgate sg;
    pthread_mutex_t lock;
    struct statgate_client *next;
    struct statgate_client *before;
    struct statgate_metric *metrics[METRIC_LISTS];
    /* What a struct statgate_breaker would remember from one attempt to the next, by a hash of the
     * breaker's tag. Where there is no place for one more, one more attempt may be let through. */
    struct memory {
        uint64_t tag;
        uint32_t epoch; /* in which an attempt was last allowed without a ticket */
        struct statgate_denied_ denied;
    } memories[MEMORIES_MAX];
};

struct statgate_attempt {
    struct statgate_client *client;
    struct statgate_breaker breaker;
};

/* ---- all clients, for a fork ---- */

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t all_once = PTHREAD_ONCE_INIT;
static struct statgate_client *all;

static void before_fork(void) {
    pthread_mutex_lock(&all_lock);
    for (struct statgate_client *client = all; client != NULL; client = client->next)
        pthread_mutex_lock(&client->lock);
}

static void after_fork(void) {
    for (struct statgate_client *client = all; client != NULL; client = client->next)
        pthread_mutex_unlock(&client->lock);
    pthread_mutex_unlock(&all_lock);
}

static void watch_forks(void) {
    (void)pthread_atfork(before_fork, after_fork, after_fork);
}

static void enlist(struct statgate_client *client) {
    pthread_mutex_lock(&all_lock);
    client->next = all;
    if (all != NULL)
        all->before = client;
    all = client;
    pthread_mutex_unlock(&all_lock);
}

static void strike(struct statgate_client *client) {
    pthread_mutex_lock(&all_lock);
    *(client->before != NULL ? &client->before->next : &all) = client->next;
    if (client->next != NULL)
        client->next->before = client->before;
    pthread_mutex_unlock(&all_lock);
}

/* ---- life ---- */

unsigned statgate_abi_version(void) {
    return 0;
}

struct statgate_client *statgate_client_new(const char *socket) {
    struct statgate_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return NULL;
    (void)pthread_once(&all_once, watch_forks);
    (void)pthread_mutex_init(&client->lock, NULL);
    (void)statgate_open(&client->sg, socket);
    enlist(client);
    return client;
}

static void free_metrics(struct statgate_metric *list) {
    while (list != NULL) {
        struct statgate_metric *metric = list;
        list = metric->next;
        statgate_counter_close(&metric->counter);
        free(metric);
    }
}

void statgate_client_free(struct statgate_client *client) {
    if (client == NULL)
        return;
    strike(client);
    for (size_t i = 0; i < METRIC_LISTS; i++)
        free_metrics(client->metrics[i]);
    statgate_close(&client->sg);
    (void)pthread_mutex_destroy(&client->lock);
    free(client);
}

/* ---- calls ---- */

/* Returns the value of a call of statgate.h, made under the client's lock. If the client is NULL,
 * returns `none`, since bindings do not check each handle. */
#define LOCKED(client, type, none, call)                                                           \
    do {                                                                                           \
        if ((client) == NULL)                                                                      \
            return none;                                                                           \
        pthread_mutex_lock(&(client)->lock);                                                       \
        type answer = call;                                                                        \
        pthread_mutex_unlock(&(client)->lock);                                                     \
        return answer;                                                                             \
    } while (0)

bool statgate_client_service(struct statgate_client *client, const char *name) {
    LOCKED(client, bool, false, statgate_service(&client->sg, name));
}

bool statgate_client_count(struct statgate_client *client, const char *name, double n,
                           const char *labels) {
    LOCKED(client, bool, false, statgate_count(&client->sg, name, n, labels));
}

bool statgate_client_set(struct statgate_client *client, const char *name, double value,
                         const char *labels) {
    LOCKED(client, bool, false, statgate_set(&client->sg, name, value, labels));
}

bool statgate_client_add(struct statgate_client *client, const char *name, double delta,
                         const char *labels) {
    LOCKED(client, bool, false, statgate_add(&client->sg, name, delta, labels));
}

bool statgate_client_observe(struct statgate_client *client, const char *name, double value,
                             const char *labels) {
    LOCKED(client, bool, false, statgate_observe(&client->sg, name, value, labels));
}

bool statgate_client_attempt(struct statgate_client *client, const char *name, const char *outcome,
                             const char *labels) {
    LOCKED(client, bool, false, statgate_attempt(&client->sg, name, outcome, labels));
}

bool statgate_client_job(struct statgate_client *client, const char *name, const char *event,
                         const char *instance, const char *labels) {
    LOCKED(client, bool, false, statgate_job(&client->sg, name, event, instance, labels));
}

bool statgate_client_count_with(struct statgate_client *client, const char *name, double n,
                                const struct statgate_label *pairs, size_t count) {
    LOCKED(client, bool, false, statgate_count_with(&client->sg, name, n, pairs, count));
}

bool statgate_client_set_with(struct statgate_client *client, const char *name, double value,
                              const struct statgate_label *pairs, size_t count) {
    LOCKED(client, bool, false, statgate_set_with(&client->sg, name, value, pairs, count));
}

bool statgate_client_add_with(struct statgate_client *client, const char *name, double delta,
                              const struct statgate_label *pairs, size_t count) {
    LOCKED(client, bool, false, statgate_add_with(&client->sg, name, delta, pairs, count));
}

bool statgate_client_observe_with(struct statgate_client *client, const char *name, double value,
                                  const struct statgate_label *pairs, size_t count) {
    LOCKED(client, bool, false, statgate_observe_with(&client->sg, name, value, pairs, count));
}

bool statgate_client_attempt_with(struct statgate_client *client, const char *name,
                                  const char *outcome, const struct statgate_label *pairs,
                                  size_t count) {
    LOCKED(client, bool, false, statgate_attempt_with(&client->sg, name, outcome, pairs, count));
}

bool statgate_client_job_with(struct statgate_client *client, const char *name, const char *event,
                              const char *instance, const struct statgate_label *pairs,
                              size_t count) {
    LOCKED(client, bool, false,
           statgate_job_with(&client->sg, name, event, instance, pairs, count));
}

bool statgate_client_flush(struct statgate_client *client) {
    LOCKED(client, bool, false, statgate_flush(&client->sg));
}

/* Waits without the lock: other threads go on, and may fork. A descriptor that one of them closes
 * meanwhile costs at most one wait. */
bool statgate_client_flush_wait(struct statgate_client *client, unsigned max_ms) {
    const int saved = errno;
    const uint64_t from_ns = STATGATE_NOW_NS();
    bool done = client == NULL;
    int fd = -1;
    while (!done) {
        pthread_mutex_lock(&client->lock);
        done = statgate_flush(&client->sg);
        fd = client->sg.connected ? client->sg.fd : -1;
        pthread_mutex_unlock(&client->lock);
        if (!done && !statgate_await_(fd, from_ns, max_ms))
            break;
    }
    errno = saved;
    return client != NULL && done;
}

uint64_t statgate_client_lost(struct statgate_client *client) {
    LOCKED(client, uint64_t, 0, statgate_lost(&client->sg));
}

uint64_t statgate_client_replaced(struct statgate_client *client) {
    LOCKED(client, uint64_t, 0, statgate_replaced(&client->sg));
}

/* ---- attempts ---- */

/* The attempt of a NULL client, and of one for which there is no memory: there is nothing to free,
 * and its report is lost. */
static struct statgate_attempt unknown;

static bool has_counts(const struct statgate_denied_ *denied) {
    return denied->counts[0] + denied->counts[1] + denied->counts[2] != 0;
}

static bool is_empty(const struct memory *memory) {
    return memory->epoch == 0 && !has_counts(&memory->denied);
}

/* The memory of this breaker, else an empty one, else NULL. */
static struct memory *memory_of(struct statgate_client *client, uint64_t tag) {
    struct memory *empty = NULL;
    for (size_t i = 0; i < MEMORIES_NEAR; i++) {
        struct memory *memory = &client->memories[((tag ^ tag >> 32) + i) % MEMORIES_MAX];
        if (memory->tag == tag)
            return memory;
        if (empty == NULL && is_empty(memory))
            empty = memory;
    }
    return empty;
}

static bool begin(struct statgate_client *client, struct statgate_breaker *breaker,
                  const char *name, const char *labels) {
    (void)statgate_breaker_open(breaker, &client->sg, name, labels);
    struct memory *memory = memory_of(client, breaker->tag);
    if (memory != NULL && memory->tag == breaker->tag) {
        breaker->last_epoch = memory->epoch;
        breaker->denied = memory->denied;
        if (has_counts(&breaker->denied))
            breaker->quick = 0;
    }
    const bool allowed = statgate_breaker_allow(breaker);
    if (memory != NULL)
        *memory = (struct memory){breaker->tag, breaker->last_epoch, breaker->denied};
    return allowed;
}

struct statgate_attempt *statgate_client_attempt_begin(struct statgate_client *client,
                                                       const char *name, const char *labels) {
    struct statgate_attempt *attempt = client == NULL ? NULL : malloc(sizeof *attempt);
    if (attempt == NULL)
        return &unknown;
    attempt->client = client;
    pthread_mutex_lock(&client->lock);
    const bool allowed = begin(client, &attempt->breaker, name, labels);
    pthread_mutex_unlock(&client->lock);
    if (allowed)
        return attempt;
    free(attempt);
    return NULL;
}

bool statgate_attempt_report(struct statgate_attempt *attempt, const char *outcome,
                             double seconds) {
    if (attempt == NULL || attempt == &unknown)
        return false;
    pthread_mutex_lock(&attempt->client->lock);
    const bool kept = statgate_breaker_report(&attempt->breaker, outcome, seconds);
    pthread_mutex_unlock(&attempt->client->lock);
    free(attempt);
    return kept;
}

void statgate_attempt_drop(struct statgate_attempt *attempt) {
    if (attempt == NULL || attempt == &unknown)
        return;
    statgate_breaker_drop(&attempt->breaker);
    free(attempt);
}

/* ---- prepared counters ---- */

static bool has_texts(const struct statgate_metric_ *metric, const char *name, const char *labels) {
    const size_t name_len = strlen(name);
    const size_t labels_len = strlen(labels);
    return metric->name_len == name_len && metric->labels_len == labels_len &&
           memcmp(metric->text, name, name_len) == 0 &&
           memcmp(metric->text + name_len, labels, labels_len) == 0;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t add_hash(uint32_t hash, const char *text) {
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static size_t hash_of(const char *name, const char *labels) {
    return add_hash(add_hash(2166136261u, name), labels) % METRIC_LISTS;
}

static struct statgate_metric *counter(struct statgate_client *client, const char *name,
                                       const char *labels) {
    struct statgate_metric **list = &client->metrics[hash_of(name, labels)];
    struct statgate_metric *metric = *list;
    while (metric != NULL && !has_texts(&metric->counter.metric, name, labels))
        metric = metric->next;
    if (metric != NULL)
        return metric;
    metric = calloc(1, sizeof *metric);
    if (metric == NULL)
        return NULL;
    if (!statgate_metric_begin_(&metric->counter.metric, sizeof metric->counter, &client->sg, 'c',
                                name, labels)) {
        statgate_counter_close(&metric->counter);
        free(metric);
        return NULL;
    }
    metric->client = client;
    metric->next = *list;
    *list = metric;
    return metric;
}

struct statgate_metric *statgate_client_counter(struct statgate_client *client, const char *name,
                                                const char *labels) {
    LOCKED(client, struct statgate_metric *, NULL,
           counter(client, name == NULL ? "" : name, labels == NULL ? "" : labels));
}

bool statgate_metric_add(struct statgate_metric *metric, double n) {
    struct statgate_client *client = metric == NULL ? NULL : metric->client;
    LOCKED(client, bool, false, statgate_counter_add(&metric->counter, n));
}

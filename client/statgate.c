/* SPDX-License-Identifier: MIT */
/*
 * Functions that other languages can call, around the client header: see statgate_abi.h.
 *
 * Each client has a lock, since interpreters let other threads run during a call. All locks are
 * held across fork(), so the child finds none that is never released, and no thread but the forking
 * one touches a client meanwhile.
 */
#include "statgate_abi.h"

#include <pthread.h>
#include <statgate.h>

/* Metrics that a client prepares, and knows; lists of them, by a hash of their texts. */
enum { PREPARED_MAX = 4096, METRICS_MAX = 65536, METRIC_LISTS = 4096 };

/* Observations that fit 256 KiB: a value and the number of its metric. */
enum { POOL_BYTES = 256 * 1024, POOL_MAX = POOL_BYTES / (sizeof(double) + sizeof(uint16_t)) };

/* How many breakers that are not closed a client remembers, and how many places are looked at for
 * one. */
enum { MEMORIES_MAX = 256, MEMORIES_NEAR = 8 };

/* The thread's rounds while it sends, and while the daemon takes nothing. Its stack has room for
 * the thread-local variables of large programs. */
enum { ROUND_MS = 250, AGAIN_MS = 20, STACK_BYTES = 256 * 1024, EXIT_MS = 100 };

enum kind { COUNTER, UPDOWN, GAUGE, HISTOGRAM, ATTEMPTS, JOBS };

struct statgate_metric {
    struct statgate_client *client;
    struct statgate_metric *next;
    /* What it holds: a part of the client, for counters and gauges. NULL: nothing, or values in the
     * pool. */
    struct statgate_metric_ *held;
    enum kind kind;
    bool is_prepared;
    uint16_t number; /* of a prepared metric, from 0 */
    uint16_t line;   /* where its values wait, if they were moved there in this `pass` */
    uint64_t pass;
    const char *labels; /* behind the name, or NULL */
    char name[];
};

enum sender { NONE, FAILED, ASLEEP, AWAKE };

struct statgate_client {
    struct statgate sg;
    pthread_mutex_t lock;
    struct statgate_client *next;
    struct statgate_client *before;
    const char *error; /* why the newest lost sample was lost */
    char process[16];  /* of the handle's numbering: a child of fork() has another */
    /* The thread that sends. */
    enum sender sender;
    bool is_ending;
    bool is_forking;
    pthread_t thread;
    pthread_cond_t wake;
    /* Metrics. */
    size_t prepared_count;
    size_t metric_count;
    struct statgate_metric *lists[METRIC_LISTS];
    struct statgate_metric *prepared[PREPARED_MAX];
    struct statgate_metric_ held[PREPARED_MAX];
    /* Observations in the order they were made: [pool_first, pool_end). */
    size_t pool_first;
    size_t pool_end;
    uint64_t pass;
    uint64_t poured_ms; /* the handle's `sent_ms` when the pool was last sent without a thread */
    double values[POOL_MAX];
    uint16_t of[POOL_MAX];
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

/* ---- what prepared metrics hold ---- */

/* Moves observations to the waiting lines, as many as these take. True if none is left. */
static bool pour(struct statgate_client *client) {
    struct statgate *sg = &client->sg;
    const uint64_t pass = ++client->pass; /* lines may be others' since the last one */
    for (; client->pool_first < client->pool_end; client->pool_first++) {
        struct statgate_metric *metric = client->prepared[client->of[client->pool_first]];
        const double value = client->values[client->pool_first];
        if (metric->pass == pass && statgate_merge_(sg, metric->line, value, 1))
            continue;
        const struct statgate_sample_ sample = {
            .name = metric->name,
            .name_len = strlen(metric->name),
            .labels = metric->labels,
            .labels_len = metric->labels == NULL ? 0 : strlen(metric->labels),
            .value = value,
            .letter = 'h',
            .calls = 1,
        };
        metric->line = statgate_keep_(sg, &sample);
        if (metric->line == 0) {
            metric->pass = 0;
            return false;
        }
        metric->pass = pass;
    }
    client->pool_first = client->pool_end = 0;
    return true;
}

/* Sends what is held and what waits, for `most_ns`. True if none is left. */
static bool release(struct statgate_client *client, uint64_t most_ns) {
    const uint64_t from_ns = STATGATE_NOW_NS();
    bool all;
    bool sent;
    do {
        all = pour(client);
        sent = statgate_release_(&client->sg, most_ns);
    } while (sent && !all && STATGATE_NOW_NS() - from_ns < most_ns);
    return sent && all;
}

static bool has_any(const struct statgate_client *client) {
    return client->pool_end != 0 || client->sg.held != NULL || client->sg.oldest != 0;
}

/* Makes room for one more observation. */
static bool make_room(struct statgate_client *client) {
    if (client->pool_first == 0 && statgate_ready_(&client->sg))
        (void)release(client, STATGATE_CALL_NS_);
    const size_t left = client->pool_end - client->pool_first;
    memmove(client->values, client->values + client->pool_first, left * sizeof *client->values);
    memmove(client->of, client->of + client->pool_first, left * sizeof *client->of);
    client->pool_first = 0;
    client->pool_end = left;
    return left < POOL_MAX;
}

/* ---- the thread that sends ---- */

static struct timespec in_ms(clockid_t clock, long ms) {
    struct timespec until;
    (void)clock_gettime(clock, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

static void *send_all(void *arg) {
    struct statgate_client *client = arg;
    pthread_mutex_lock(&client->lock);
    while (!client->is_ending) {
        if (!has_any(client)) {
            client->sender = ASLEEP; /* until there is a sample, which then waits for others */
            (void)pthread_cond_wait(&client->wake, &client->lock);
            continue;
        }
        client->sender = AWAKE;
        const bool is_busy = client->sg.connected && client->sg.pause_ns != 0;
        const struct timespec until = in_ms(CLOCK_MONOTONIC, is_busy ? AGAIN_MS : ROUND_MS);
        (void)pthread_cond_timedwait(&client->wake, &client->lock, &until);
        /* In slices, since others wait for the lock, until the daemon takes no more. */
        while (!client->is_ending && !release(client, STATGATE_CALL_NS_) &&
               client->sg.pause_ns == 0) {
            pthread_mutex_unlock(&client->lock);
            (void)sched_yield();
            pthread_mutex_lock(&client->lock);
        }
    }
    pthread_mutex_unlock(&client->lock);
    return NULL;
}

static bool make_thread(struct statgate_client *client) {
    pthread_attr_t attr;
    sigset_t all;
    sigset_t before;
    if (pthread_attr_init(&attr) != 0)
        return false;
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    (void)sigfillset(&all); /* signals are for the program's own threads */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool good = pthread_create(&client->thread, &attr, send_all, client) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    return good;
}

static void start_sender(struct statgate_client *client) {
    client->is_ending = false;
    client->sender = make_thread(client) ? AWAKE : FAILED;
}

/* Ends the thread, which the lock is released for: see to it that no other one starts. */
static void end_sender(struct statgate_client *client) {
    if (client->sender < ASLEEP)
        return;
    client->is_ending = true;
    (void)pthread_cond_signal(&client->wake);
    pthread_mutex_unlock(&client->lock);
    (void)pthread_join(client->thread, NULL);
    pthread_mutex_lock(&client->lock);
    client->sender = NONE;
}

static void make_wake(struct statgate_client *client) {
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&client->wake, &clock);
    (void)pthread_condattr_destroy(&clock);
}

/* Called behind each sample. */
static void see_to_sender(struct statgate_client *client) {
    if (client->sender == AWAKE || !has_any(client))
        return;
    if (client->sender == ASLEEP) {
        client->sender = AWAKE;
        (void)pthread_cond_signal(&client->wake);
    } else if (client->sender == NONE && !client->is_forking) {
        start_sender(client);
    } else if (client->sender == FAILED && client->pool_end != 0) {
        statgate_use_(&client->sg);
        if (client->sg.sent_ms != client->poured_ms)
            (void)release(client, STATGATE_CALL_NS_);
        client->poured_ms = client->sg.sent_ms;
    }
}

/* ---- all clients, for a fork and for the end ---- */

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t all_once = PTHREAD_ONCE_INIT;
static struct statgate_client *all;

/* Takes the lock. In a child of fork() the handle begins again, and with it the rest. */
static void enter(struct statgate_client *client) {
    pthread_mutex_lock(&client->lock);
    (void)statgate_usable_(&client->sg);
    if (memcmp(client->process, client->sg.report + 3, sizeof client->process) != 0) {
        memcpy(client->process, client->sg.report + 3, sizeof client->process);
        client->pool_first = client->pool_end = 0; /* the parent sends these */
        client->sender = NONE;
        client->is_forking = false;
        client->error = NULL;
        make_wake(client);
    }
}

static void leave(struct statgate_client *client) {
    pthread_mutex_unlock(&client->lock);
}

/* Sends what is held, so that the parent needs no thread again, and ends the thread: programs that
 * fork are right to mistrust threads, and Python warns of them. */
static void before_fork(void) {
    pthread_mutex_lock(&all_lock);
    for (struct statgate_client *client = all; client != NULL; client = client->next) {
        enter(client);
        client->is_forking = true;
        end_sender(client);
        if (has_any(client))
            (void)release(client, UINT64_MAX);
    }
}

static void after_fork(void) {
    for (struct statgate_client *client = all; client != NULL; client = client->next) {
        client->is_forking = false;
        leave(client);
    }
    pthread_mutex_unlock(&all_lock);
}

static void after_fork_here(void) {
    for (struct statgate_client *client = all; client != NULL; client = client->next) {
        if (has_any(client) && client->sender == NONE)
            start_sender(client);
    }
    after_fork();
}

static void watch_forks(void) {
    (void)pthread_atfork(before_fork, after_fork_here, after_fork);
}

/* exit() may be called in the midst of anything, so nothing here waits for long. */
static bool lock_soon(pthread_mutex_t *lock) {
    const struct timespec until = in_ms(CLOCK_REALTIME, EXIT_MS);
    return pthread_mutex_timedlock(lock, &until) == 0;
}

__attribute__((destructor)) static void send_at_exit(void) {
    if (!lock_soon(&all_lock))
        return;
    for (struct statgate_client *client = all; client != NULL; client = client->next) {
        if (lock_soon(&client->lock)) {
            if (!memcmp(client->process, client->sg.report + 3, sizeof client->process))
                (void)release(client, UINT64_MAX);
            leave(client);
        }
    }
    pthread_mutex_unlock(&all_lock);
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

uint32_t statgate_abi_version(void) {
    return 0;
}

struct statgate_client *statgate_client_new(const char *socket) {
    struct statgate_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return NULL;
    (void)pthread_once(&all_once, watch_forks);
    (void)pthread_mutex_init(&client->lock, NULL);
    make_wake(client);
    (void)statgate_open(&client->sg, socket);
    memcpy(client->process, client->sg.report + 3, sizeof client->process);
    enlist(client);
    return client;
}

void statgate_client_free(struct statgate_client *client) {
    if (client == NULL)
        return;
    strike(client);
    enter(client);
    end_sender(client);
    (void)release(client, UINT64_MAX);
    leave(client);
    for (size_t i = 0; i < METRIC_LISTS; i++) {
        for (struct statgate_metric *metric = client->lists[i]; metric != NULL;) {
            struct statgate_metric *next = metric->next;
            free(metric);
            metric = next;
        }
    }
    statgate_close(&client->sg);
    (void)pthread_cond_destroy(&client->wake);
    (void)pthread_mutex_destroy(&client->lock);
    free(client);
}

/* Returns the value of a call of statgate.h, made under the client's lock. If the client is NULL,
 * returns `none`, since bindings do not check each handle. */
#define LOCKED(client, type, none, call)                                                           \
    do {                                                                                           \
        if ((client) == NULL)                                                                      \
            return none;                                                                           \
        enter(client);                                                                             \
        type answer = call;                                                                        \
        leave(client);                                                                             \
        return answer;                                                                             \
    } while (0)

bool statgate_client_service(struct statgate_client *client, const char *name) {
    LOCKED(client, bool, false, statgate_service(&client->sg, name));
}

/* Releases all, and leaves errno as it was. */
static bool flush(struct statgate_client *client) {
    const int saved = errno;
    const bool done = release(client, UINT64_MAX);
    errno = saved;
    return done;
}

bool statgate_client_flush(struct statgate_client *client) {
    LOCKED(client, bool, false, flush(client));
}

/* Waits without the lock: other threads go on, and may fork. A descriptor that one of them closes
 * meanwhile costs at most one wait. */
bool statgate_client_flush_wait(struct statgate_client *client, uint32_t max_ms) {
    const int saved = errno;
    const uint64_t from_ns = STATGATE_NOW_NS();
    bool done = client == NULL;
    int fd = -1;
    while (!done) {
        enter(client);
        done = flush(client);
        fd = client->sg.connected ? client->sg.fd : -1;
        leave(client);
        if (!done && !statgate_await_(fd, from_ns, max_ms))
            break;
    }
    errno = saved;
    return client != NULL && done;
}

uint64_t statgate_client_lost(struct statgate_client *client) {
    LOCKED(client, uint64_t, 0, statgate_lost(&client->sg));
}

uint64_t statgate_client_merged(struct statgate_client *client) {
    LOCKED(client, uint64_t, 0, statgate_merged(&client->sg));
}

uint64_t statgate_client_replaced(struct statgate_client *client) {
    LOCKED(client, uint64_t, 0, statgate_replaced(&client->sg));
}

static const char *error_of(const struct statgate_client *client) {
    if (client->error != NULL || client->sg.connected)
        return client->error;
    return "no daemon answers at the socket; samples wait until one does";
}

const char *statgate_client_error(struct statgate_client *client) {
    LOCKED(client, const char *, NULL, error_of(client));
}

/* ---- calls ---- */

/* A call's arguments. */
struct call {
    char letter;
    const char *name;
    const char *labels;
    const char *const *pairs;
    size_t count;
    double value;
    const char *state;
    bool is_state;
    const char *word; /* instead of a value, for the letters a, b and j */
    const char *instance;
};

static bool has_word(char letter) {
    return letter == 'a' || letter == 'b' || letter == 'j';
}

/* The labels as a text, which may lie in the handle. Sets `name` to NULL if they are refused. */
static const char *labels_of(struct statgate *sg, const struct call *call, const char **name) {
    if (call->pairs == NULL || call->count == 0)
        return call->is_state ? statgate_state_labels_(sg, name, call->state, call->labels)
                              : call->labels;
    const char *end = sg->labels + sizeof sg->labels - 1;
    char *at = sg->labels;
    if (call->is_state)
        at = statgate_append_pair_(sg, at, end, call->name, call->state);
    for (size_t i = 0; i < call->count && at != NULL; i++)
        at = statgate_append_pair_(sg, at, end, call->pairs[2 * i], call->pairs[2 * i + 1]);
    if (at == NULL)
        *name = NULL;
    else
        at[-1] = '\0';
    return sg->labels;
}

static const char too_full[] = "the buffer is full: no daemon takes what waits";

/* Why a sample was refused. */
static const char *why(const struct statgate_client *client, const struct call *call,
                       const char *name, const char *labels) {
    const char *word = call->word;
    if (call->name == NULL || *call->name == '\0')
        return "the name is missing";
    if (strpbrk(call->name, ":|\n") != NULL)
        return "the name has ':', '|' or a newline";
    if (name == NULL)
        return "a label has no value, or its key is missing or has ':', ',', '|' or a line end, or "
               "the labels have more than 8 KiB";
    if (labels != NULL &&
        (strpbrk(labels, "|\n") != NULL || (*labels != '\0' && labels[strlen(labels) - 1] == '\r')))
        return "the labels have '|' or a newline, or a carriage return at their end";
    if (has_word(call->letter) && (word == NULL || *word == '\0' || strpbrk(word, ":|\n") != NULL))
        return "the outcome, state or event is missing, or has ':', '|' or a newline";
    if (call->letter == 'j' && !statgate_is_instance_(call->instance))
        return "the job's id has not 1 to 64 bytes, or has '|' or a line end";
    if (!statgate_is_finite_(call->value))
        return "the value is not finite";
    return client->sg.oldest != 0 ? too_full : "the line has more than 8 KiB";
}

static bool put(struct statgate *sg, const struct call *call, const char *name,
                const char *labels) {
    if (!has_word(call->letter))
        return statgate_put_value_(sg, name, call->value, call->letter, labels);
    if (call->letter == 'j')
        return statgate_job(sg, name, call->word, call->instance, labels);
    return statgate_put_word_(sg, name, call->word, call->letter, labels, NULL);
}

static bool give(struct statgate_client *client, const struct call *call) {
    if (client == NULL)
        return false;
    enter(client);
    const char *name = call->name;
    const char *labels = labels_of(&client->sg, call, &name);
    const bool kept = put(&client->sg, call, name, name == NULL ? NULL : labels);
    if (!kept)
        client->error = why(client, call, name, labels);
    see_to_sender(client);
    leave(client);
    return kept;
}

#define TAKES(...) __VA_ARGS__
#define CALLS(what, letter, parameters, ...)                                                       \
    bool statgate_client_##what(struct statgate_client *client, const char *name,                  \
                                parameters const char *labels) {                                   \
        return give(client, &(struct call){letter, name, .labels = labels, __VA_ARGS__});          \
    }                                                                                              \
    bool statgate_client_##what##_with(struct statgate_client *client, const char *name,           \
                                       parameters const char *const *pairs, size_t count) {        \
        return give(client,                                                                        \
                    &(struct call){letter, name, .pairs = pairs, .count = count, __VA_ARGS__});    \
    }

CALLS(count, 'c', TAKES(double n, ), .value = n)
CALLS(set, 'g', TAKES(double value, ), .value = value)
CALLS(add, 'c', TAKES(double delta, ), .value = delta)
CALLS(observe, 'h', TAKES(double value, ), .value = value)
CALLS(info, 'g', TAKES(), .value = 1)
CALLS(state, 'g', TAKES(const char *state, ), .value = 1, .is_state = true, .state = state)
CALLS(attempt, 'a', TAKES(const char *outcome, ), .word = outcome)
CALLS(circuit, 'b', TAKES(const char *state, ), .word = state)
CALLS(job, 'j', TAKES(const char *event, const char *instance, ), .word = event,
      .instance = instance)

/* ---- prepared metrics ---- */

static const char letters[] = "ccghaj"; /* by kind */

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t add_hash(uint32_t hash, const char *text) {
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static struct statgate_metric **list_of(struct statgate_client *client, enum kind kind,
                                        const char *name, const char *labels) {
    const uint32_t hash = add_hash(add_hash(2166136261u + (uint32_t)kind, name), labels);
    return &client->lists[hash % METRIC_LISTS];
}

static bool is_it(const struct statgate_metric *metric, enum kind kind, const char *name,
                  const char *labels) {
    return metric->kind == kind && strcmp(metric->name, name) == 0 &&
           strcmp(metric->labels == NULL ? "" : metric->labels, labels) == 0;
}

/* Gives the metric a place for what it holds, if it holds anything and there is one. */
static void prepare(struct statgate_metric *metric) {
    struct statgate_client *client = metric->client;
    const size_t labels_len = metric->labels == NULL ? 0 : strlen(metric->labels);
    if (metric->kind >= ATTEMPTS || client->prepared_count == PREPARED_MAX ||
        strlen(metric->name) + labels_len > STATGATE_METRIC_BYTES_)
        return;
    metric->is_prepared = true;
    metric->number = (uint16_t)client->prepared_count++;
    client->prepared[metric->number] = metric;
    if (metric->kind == HISTOGRAM)
        return;
    metric->held = &client->held[metric->number];
    (void)statgate_metric_begin_(metric->held, sizeof *metric->held, &client->sg,
                                 letters[metric->kind], metric->name, metric->labels);
}

static struct statgate_metric *metric_of(struct statgate_client *client, enum kind kind,
                                         const char *name, const char *labels) {
    struct statgate_metric **list = list_of(client, kind, name, labels);
    struct statgate_metric *metric = *list;
    while (metric != NULL && !is_it(metric, kind, name, labels))
        metric = metric->next;
    if (metric != NULL)
        return metric;
    const size_t name_size = strlen(name) + 1;
    const size_t labels_size = strlen(labels) + 1;
    metric = client->metric_count == METRICS_MAX
                 ? NULL
                 : calloc(1, sizeof *metric + name_size + labels_size);
    if (metric == NULL) {
        client->error = "the client has no room for one more metric";
        return NULL;
    }
    client->metric_count++;
    metric->client = client;
    metric->kind = kind;
    memcpy(metric->name, name, name_size);
    memcpy(metric->name + name_size, labels, labels_size);
    metric->labels = labels_size == 1 ? NULL : metric->name + name_size;
    metric->next = *list;
    *list = metric;
    prepare(metric);
    return metric;
}

static struct statgate_metric *find(struct statgate_client *client, enum kind kind,
                                    const struct call *call) {
    if (client == NULL)
        return NULL;
    const int saved = errno;
    struct statgate_metric *metric = NULL;
    enter(client);
    const char *name = call->name;
    const char *labels = labels_of(&client->sg, call, &name);
    const size_t name_len = name == NULL ? 0 : strlen(name);
    const size_t labels_len = labels == NULL ? 0 : strlen(labels);
    if (statgate_are_texts_(name, name_len, labels, labels_len))
        metric = metric_of(client, kind, name, labels == NULL ? "" : labels);
    else
        client->error = why(client, call, name, labels);
    leave(client);
    errno = saved;
    return metric;
}

#define METRICS(what, kind)                                                                        \
    struct statgate_metric *statgate_client_##what(struct statgate_client *client,                 \
                                                   const char *name, const char *labels) {         \
        return find(client, kind, &(struct call){.name = name, .labels = labels});                 \
    }                                                                                              \
    struct statgate_metric *statgate_client_##what##_with(                                         \
        struct statgate_client *client, const char *name, const char *const *pairs,                \
        size_t count) {                                                                            \
        return find(client, kind, &(struct call){.name = name, .pairs = pairs, .count = count});   \
    }

METRICS(counter, COUNTER)
METRICS(updown, UPDOWN)
METRICS(gauge, GAUGE)
METRICS(histogram, HISTOGRAM)
METRICS(attempts, ATTEMPTS)
METRICS(jobs, JOBS)

/* The client's own refusal of a sample. */
static bool refuse(struct statgate_client *client, const char *error) {
    client->sg.lost++;
    client->error = error;
    return false;
}

static bool observe(struct statgate_metric *metric, double value) {
    struct statgate_client *client = metric->client;
    if (client->pool_end == POOL_MAX && !make_room(client))
        return refuse(client, too_full);
    client->values[client->pool_end] = value;
    client->of[client->pool_end++] = metric->number;
    return true;
}

/* A sample without a word, for a metric of one of these kinds. */
static bool hold(struct statgate_metric *metric, double value) {
    const double least = metric->kind == COUNTER ? 0 : -1.7976931348623157e308;
    if (!statgate_is_finite_(value) || value < least)
        return refuse(metric->client, metric->kind == COUNTER
                                          ? "the value is not finite, or negative for a counter"
                                          : "the value is not finite");
    if (metric->kind == HISTOGRAM)
        return observe(metric, value);
    const bool kept = metric->kind == GAUGE
                          ? statgate_gauge_set((struct statgate_gauge *)(void *)metric->held, value)
                          : statgate_metric_add_(metric->held, value, least);
    if (!kept)
        metric->client->error = too_full;
    return kept;
}

static bool use(struct statgate_metric *metric, bool is_kind, const struct call *how) {
    if (metric == NULL)
        return false;
    struct statgate_client *client = metric->client;
    bool kept = false;
    enter(client);
    if (!is_kind) {
        (void)refuse(client, "the metric is of another kind");
    } else if (metric->is_prepared) {
        kept = hold(metric, how->value);
    } else {
        struct call call = *how;
        call.letter = letters[metric->kind];
        call.name = metric->name;
        call.labels = metric->labels;
        kept = put(&client->sg, &call, metric->name, metric->labels);
        if (!kept)
            client->error = why(client, &call, metric->name, metric->labels);
    }
    see_to_sender(client);
    leave(client);
    return kept;
}

bool statgate_metric_add(struct statgate_metric *metric, double n) {
    const bool is_kind = metric != NULL && (metric->kind == COUNTER || metric->kind == UPDOWN);
    return use(metric, is_kind, &(struct call){.value = n});
}

bool statgate_metric_set(struct statgate_metric *metric, double value) {
    return use(metric, metric != NULL && metric->kind == GAUGE, &(struct call){.value = value});
}

bool statgate_metric_observe(struct statgate_metric *metric, double value) {
    return use(metric, metric != NULL && metric->kind == HISTOGRAM, &(struct call){.value = value});
}

size_t statgate_metric_observe_all(struct statgate_metric *metric, const double *values,
                                   size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        kept += statgate_metric_observe(metric, values[i]) ? 1 : 0;
    return kept;
}

bool statgate_metric_report(struct statgate_metric *metric, const char *word,
                            const char *instance) {
    const bool is_kind = metric != NULL && metric->kind >= ATTEMPTS;
    return use(metric, is_kind, &(struct call){.word = word, .instance = instance});
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

static struct statgate_attempt *begin_attempt(struct statgate_client *client,
                                              const struct call *call) {
    struct statgate_attempt *attempt = client == NULL ? NULL : malloc(sizeof *attempt);
    if (attempt == NULL)
        return &unknown;
    attempt->client = client;
    enter(client);
    const char *name = call->name;
    const char *labels = labels_of(&client->sg, call, &name);
    const bool allowed = begin(client, &attempt->breaker, name, labels);
    leave(client);
    if (allowed)
        return attempt;
    free(attempt);
    return NULL;
}

struct statgate_attempt *statgate_client_attempt_begin(struct statgate_client *client,
                                                       const char *name, const char *labels) {
    return begin_attempt(client, &(struct call){.name = name, .labels = labels});
}

struct statgate_attempt *statgate_client_attempt_begin_with(struct statgate_client *client,
                                                            const char *name,
                                                            const char *const *pairs,
                                                            size_t count) {
    return begin_attempt(client, &(struct call){.name = name, .pairs = pairs, .count = count});
}

bool statgate_attempt_report(struct statgate_attempt *attempt, const char *outcome,
                             double seconds) {
    if (attempt == NULL || attempt == &unknown)
        return false;
    struct statgate_client *client = attempt->client;
    enter(client);
    const bool kept = statgate_breaker_report(&attempt->breaker, outcome, seconds);
    if (!kept)
        client->error = "the report of an attempt was refused: its outcome is missing or has ':', "
                        "'|' or a newline, its name or labels are refused, or the buffer is full";
    see_to_sender(client);
    leave(client);
    free(attempt);
    return kept;
}

void statgate_attempt_drop(struct statgate_attempt *attempt) {
    if (attempt == NULL || attempt == &unknown)
        return;
    statgate_breaker_drop(&attempt->breaker);
    free(attempt);
}

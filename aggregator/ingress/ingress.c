#include "ingress/ingress.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "ingress/batch.h"
#include "ingress/mark.h"
#include "ingress/tick.h"

enum {
    RETRY_MS = 100,      /* after an error of the socket */
    UNSURE_DEPTH = 16384 /* of a queue that somebody else made: more than hosts are set to */
};

struct ingress_socket {
    struct ingress *ingress;
    struct ingress_listener listener;
    gate_scope scope;
    uv_poll_t poll;
    uv_timer_t timer; /* the tick, or the retry after an error */
    struct tick tick;
    uint64_t looked_ns;      /* end of the look before */
    uint64_t tick_datagrams; /* of the tick in progress */
    uint64_t tick_bytes;
    bool queued;
    bool former;                 /* another has its place */
    bool retiring;               /* it refuses datagrams; the first empty look ends it */
    size_t closing;              /* handles still to be closed, of one that retired */
    struct ingress_socket *next; /* in line for the batch */
    struct mark_queue queue;
    struct ingress_figures figures;
};

struct ingress {
    struct ingress_options options;
    struct batch batch;
    size_t applied;    /* of the batch; less than its count: the rest waits */
    uv_idle_t idle;    /* runs while there is a rest, or a socket in line */
    uv_check_t check;  /* the end of a turn */
    uint64_t spent_ns; /* by callbacks of this turn */
    struct ingress_socket **sockets;
    size_t count;
    struct ingress_socket *first; /* sockets in line */
    struct ingress_socket **last;
    struct marks marks;
    size_t emptied; /* how often all sockets were emptied without the loop */
    struct ingress_work work;
    struct ingress_figures gone; /* of sockets that retired */
    bool ended;
    size_t closing; /* handles still to be closed */
    void (*closed)(void *arg);
    void *closed_arg;
};

static struct store_time read_time(void) {
    const struct clock_now clock = clock_now();
    return (struct store_time){.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
}

/* ---- the batch ---- */

static bool has_rest(const struct ingress *ingress) {
    return ingress->applied < ingress->batch.count;
}

bool ingress_is_midway(const struct ingress *ingress) {
    const struct ingress_sink *sink = &ingress->options.sink;
    return sink->is_midway != NULL && sink->is_midway(sink->arg);
}

/* One step. Returns how many datagrams were applied. */
static size_t step(struct ingress *ingress, struct store_time now) {
    const struct ingress_sink *sink = &ingress->options.sink;
    const size_t done =
        sink->apply(sink->arg, ingress->batch.datagrams + ingress->applied,
                    ingress->batch.count - ingress->applied, INGRESS_STEP_UNITS, now);
    ingress->applied += done;
    return done;
}

/*
 * Step by step until all is applied or the time of a turn that began at `begun_ns` is used. A
 * scrape waits while a datagram is cut; so when that datagram ends, the turn does.
 * Returns how many datagrams were applied.
 */
static size_t apply(struct ingress *ingress, uint64_t begun_ns) {
    const bool was_midway = ingress_is_midway(ingress);
    const struct store_time now = read_time();
    size_t done = 0;
    while (has_rest(ingress)) {
        done += step(ingress, now);
        const bool midway = ingress_is_midway(ingress);
        const uint64_t used_ns = uv_hrtime() - begun_ns;
        if (used_ns >= (midway ? INGRESS_LATEST_NS : INGRESS_TURN_NS) || (was_midway && !midway))
            break;
    }
    if (has_rest(ingress))
        ingress->work.held++;
    return done;
}

static void count_wake(struct ingress_figures *figures, size_t datagrams) {
    size_t bucket = 0;
    while (ingress_per_wake_bound(bucket) < datagrams && bucket < INGRESS_PER_WAKE_BUCKETS - 1)
        bucket++;
    figures->per_wake[bucket]++;
    figures->wakes++;
    figures->datagrams += datagrams;
}

/* Fill the batch, which must be done with. Returns the number of datagrams or a negative errno. A
 * socket that fails cannot be waited for. */
static int receive(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    ingress->applied = 0;
    const int count =
        batch_receive(&ingress->batch, sock->listener.fd, sock->scope, ingress->options.traffic);
    if (count > 0) {
        count_wake(&sock->figures, (size_t)count);
    } else if (count == 0) {
        sock->figures.empty++;
    } else {
        sock->figures.errors++;
        sock->figures.last_error = -count;
    }
    marks_received(&ingress->marks, &sock->queue, ingress->batch.count, !ingress->batch.more);
    return count;
}

/* ---- the line for the batch ---- */

static void enqueue(struct ingress_socket *sock) {
    if (sock->queued)
        return;
    sock->queued = true;
    sock->next = NULL;
    *sock->ingress->last = sock;
    sock->ingress->last = &sock->next;
}

static struct ingress_socket *dequeue(struct ingress *ingress) {
    struct ingress_socket *sock = ingress->first;
    ingress->first = sock->next;
    if (ingress->first == NULL)
        ingress->last = &ingress->first;
    sock->queued = false;
    return sock;
}

static bool busy(const struct ingress *ingress) {
    return has_rest(ingress) || ingress->first != NULL;
}

/* ---- one look at a socket ---- */

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_tick(uv_timer_t *timer);
static void on_retry(uv_timer_t *timer);

static void start_polling(struct ingress_socket *sock) {
    (void)uv_timer_stop(&sock->timer);
    (void)uv_poll_start(&sock->poll, UV_READABLE, on_readable);
}

static void start_tick(struct ingress_socket *sock) {
    sock->tick_datagrams = 0;
    sock->tick_bytes = 0;
    (void)uv_timer_start(&sock->timer, on_tick, TICK_MS, 0);
}

/* A socket that fails would be reported readable forever: leave it alone for a while. */
static void rest_after_error(struct ingress_socket *sock) {
    (void)uv_poll_stop(&sock->poll);
    sock->tick = (struct tick){0};
    (void)uv_timer_start(&sock->timer, on_retry, RETRY_MS, 0);
}

static void decide(struct ingress_socket *sock) {
    const bool before = sock->tick.ticking;
    const uint64_t now_ns = uv_hrtime();
    const struct tick_look look = {.datagrams = sock->tick_datagrams,
                                   .bytes = sock->tick_bytes,
                                   .elapsed_ns = now_ns - sock->looked_ns};
    sock->looked_ns = now_ns;
    sock->tick_datagrams = 0;
    sock->tick_bytes = 0;
    const bool ticking = tick_decide(&sock->tick, look, sock->listener.queue_depth);
    if (ticking && !before) {
        (void)uv_poll_stop(&sock->poll);
        sock->figures.tick_turns++;
    }
    if (ticking)
        start_tick(sock);
    else if (before)
        start_polling(sock);
}

static void retire(struct ingress_socket *sock);

static void look(struct ingress_socket *sock, uint64_t begun_ns) {
    struct ingress *ingress = sock->ingress;
    const uint64_t bytes_before = ingress->options.traffic->bytes;
    const int count = receive(sock);

    if (count <= 0 && sock->retiring) {
        retire(sock);
        return;
    }
    if (count < 0) {
        rest_after_error(sock);
        return;
    }
    (void)apply(ingress, begun_ns);
    if (ingress->options.never_tick)
        return;
    sock->tick_datagrams += (uint64_t)count;
    sock->tick_bytes += ingress->options.traffic->bytes - bytes_before;
    /* A full batch: the tick goes on at the next turn, unless it brought too much already. */
    if (sock->tick.ticking && ingress->batch.more &&
        !tick_overflows(sock->tick_datagrams, sock->tick_bytes, sock->listener.queue_depth))
        enqueue(sock);
    else
        decide(sock);
}

/* ---- callbacks ---- */

static void on_idle(uv_idle_t *idle);

/* When the turn's work began, if all of it were done in one piece that goes on now. */
static uint64_t begin(struct ingress *ingress) {
    return stopwatch_start(&ingress->work.watch) - ingress->spent_ns;
}

static void end(struct ingress *ingress) {
    ingress->spent_ns += stopwatch_stop(&ingress->work.watch);
    if (busy(ingress))
        (void)uv_idle_start(&ingress->idle, on_idle);
    else
        (void)uv_idle_stop(&ingress->idle);
}

static void on_check(uv_check_t *check) {
    struct ingress *ingress = check->data;
    ingress->spent_ns = 0;
}

/* Look now, or wait in line behind a rest, other sockets, and what this turn did already. */
static void look_in_turn(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    if (ingress->ended)
        return;
    const uint64_t begun_ns = begin(ingress);
    if (busy(ingress) || ingress->spent_ns > INGRESS_TURN_NS / 2)
        enqueue(sock);
    else
        look(sock, begun_ns);
    end(ingress);
}

static void on_idle(uv_idle_t *idle) {
    struct ingress *ingress = idle->data;
    const uint64_t begun_ns = begin(ingress);
    if (has_rest(ingress))
        (void)apply(ingress, begun_ns);
    else if (ingress->first != NULL)
        look(dequeue(ingress), begun_ns);
    end(ingress);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct ingress_socket *sock = poll->data;
    (void)events;
    if (status < 0) {
        sock->figures.errors++;
        sock->figures.last_error = -status;
        rest_after_error(sock);
        return;
    }
    look_in_turn(sock);
}

static void on_tick(uv_timer_t *timer) {
    struct ingress_socket *sock = timer->data;
    sock->figures.ticks++;
    look_in_turn(sock);
}

static void on_retry(uv_timer_t *timer) {
    start_polling(timer->data);
}

/* ---- without the loop ---- */

/* Apply the rest, then receive and apply until nothing waits on the socket or time is over; one
 * step at least. */
static size_t empty_socket(struct ingress_socket *sock, uint64_t end_ns, bool *ret_empty) {
    struct ingress *ingress = sock->ingress;
    size_t done = 0;
    for (bool more = true;;) {
        if (!has_rest(ingress)) {
            if (!more || receive(sock) <= 0)
                return done;
            more = ingress->batch.more;
        }
        done += step(ingress, read_time());
        if (uv_hrtime() >= end_ns)
            break;
    }
    *ret_empty = false;
    return done;
}

static size_t empty_all(struct ingress *ingress, uint64_t end_ns, bool *ret_empty) {
    size_t done = 0;
    *ret_empty = true;
    const size_t first = ingress->emptied++; /* one that is never empty takes all the time */
    for (size_t i = 0; i < ingress->count && *ret_empty; i++)
        done += empty_socket(ingress->sockets[(first + i) % ingress->count], end_ns, ret_empty);
    return done;
}

size_t ingress_catch_up(struct ingress *ingress) {
    if (ingress->ended)
        return 0;
    bool empty;
    (void)begin(ingress); /* the caller's time is not this turn's */
    const size_t done = empty_all(ingress, uv_hrtime() + INGRESS_TURN_NS, &empty);
    end(ingress);
    return done;
}

uint64_t ingress_mark(struct ingress *ingress) {
    return marks_set(&ingress->marks);
}

uint64_t ingress_passed(struct ingress *ingress) {
    return has_rest(ingress) ? ingress->marks.passed : marks_settle(&ingress->marks);
}

static void stop(struct ingress *ingress) {
    ingress->ended = true;
    (void)uv_idle_stop(&ingress->idle);
    for (size_t i = 0; i < ingress->count; i++) {
        (void)uv_poll_stop(&ingress->sockets[i]->poll);
        (void)uv_timer_stop(&ingress->sockets[i]->timer);
    }
}

size_t ingress_drain(struct ingress *ingress, unsigned timeout_ms, bool *ret_empty) {
    stop(ingress);
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_listener *listener = &ingress->sockets[i]->listener;
        ingress_listen_unlink(listener);
        if (!listener->inherited)
            (void)shutdown(listener->fd, SHUT_RD);
    }
    return empty_all(ingress, uv_hrtime() + (uint64_t)timeout_ms * 1000000, ret_empty);
}

/* ---- life ---- */

int ingress_new(const struct ingress_options *options, struct ingress **ret_ingress) {
    struct ingress *ingress = calloc(1, sizeof *ingress);
    if (ingress == NULL)
        return -ENOMEM;
    ingress->options = *options;
    ingress->last = &ingress->first;
    const int result = batch_init(&ingress->batch);
    if (result < 0) {
        free(ingress);
        return result;
    }
    (void)uv_idle_init(options->loop, &ingress->idle);
    ingress->idle.data = ingress;
    (void)uv_check_init(options->loop, &ingress->check);
    ingress->check.data = ingress;
    (void)uv_check_start(&ingress->check, on_check);
    uv_unref((uv_handle_t *)&ingress->check);
    *ret_ingress = ingress;
    return 0;
}

/* A queue of N admits N + 1 (queue.h). */
static uint64_t most_waiting(const struct ingress_listener *listener) {
    const uint32_t depth = listener->queue_depth;
    const bool unsure = listener->queue_source == QUEUE_INHERITED || depth == 0;
    return (uint64_t)(unsure && depth < UNSURE_DEPTH ? UNSURE_DEPTH : depth) + 1;
}

/* A place for one more at the end, and the socket itself, which is polled already. */
static int open_socket(struct ingress *ingress, const struct ingress_listener *listener,
                       gate_scope scope, struct ingress_socket **ret_sock) {
    struct ingress_socket **sockets =
        realloc(ingress->sockets, (ingress->count + 1) * sizeof(struct ingress_socket *));
    if (sockets == NULL)
        return -ENOMEM;
    ingress->sockets = sockets;
    struct ingress_socket *sock = calloc(1, sizeof *sock);
    if (sock == NULL)
        return -ENOMEM;
    const int result = uv_poll_init(ingress->options.loop, &sock->poll, listener->fd);
    if (result < 0) {
        free(sock);
        return result;
    }
    sock->ingress = ingress;
    sock->listener = *listener;
    sock->scope = scope;
    sock->looked_ns = uv_hrtime();
    marks_join(&ingress->marks, &sock->queue, most_waiting(listener));
    sock->poll.data = sock;
    (void)uv_timer_init(ingress->options.loop, &sock->timer);
    sock->timer.data = sock;
    start_polling(sock);
    *ret_sock = sock;
    return 0;
}

int ingress_add(struct ingress *ingress, const struct ingress_listener *listener,
                gate_scope scope) {
    struct ingress_socket *sock;
    const int result = open_socket(ingress, listener, scope, &sock);
    if (result == 0)
        ingress->sockets[ingress->count++] = sock;
    return result;
}

/* ---- former sockets ---- */

static void add_figures(struct ingress_figures *sum, const struct ingress_figures *one);

static void on_retired(uv_handle_t *handle) {
    struct ingress_socket *sock = handle->data;
    if (--sock->closing > 0)
        return;
    ingress_listen_close(&sock->listener);
    free(sock);
}

static void retire(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    size_t kept = 0;
    for (size_t i = 0; i < ingress->count; i++)
        if (ingress->sockets[i] != sock)
            ingress->sockets[kept++] = ingress->sockets[i];
    ingress->count = kept;
    marks_leave(&ingress->marks, &sock->queue);
    add_figures(&ingress->gone, &sock->figures);
    sock->closing = 2;
    uv_close((uv_handle_t *)&sock->poll, on_retired);
    uv_close((uv_handle_t *)&sock->timer, on_retired);
}

/* Its senders learn from the kernel that they have to connect again. An inherited one is its
 * maker's, and they would not learn it. */
static void limit_former(struct ingress *ingress) {
    struct ingress_socket *oldest = NULL;
    size_t former = 0;
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_socket *sock = ingress->sockets[i];
        if (!sock->former || sock->retiring || sock->listener.inherited)
            continue;
        former++;
        if (oldest == NULL)
            oldest = sock;
    }
    if (former <= INGRESS_FORMER_MAX)
        return;
    oldest->retiring = true;
    (void)shutdown(oldest->listener.fd, SHUT_RD); /* which makes it readable */
}

int ingress_replace(struct ingress *ingress, size_t index,
                    const struct ingress_listener *listener) {
    struct ingress_socket *former = ingress->sockets[index];
    struct ingress_socket *sock;
    const int result = open_socket(ingress, listener, former->scope, &sock);
    if (result != 0)
        return result;
    ingress->sockets[index] = sock;
    ingress->sockets[ingress->count++] = former;
    former->former = true;
    if (former->listener.lock >= 0)
        close(former->listener.lock);
    former->listener.lock = -1;
    limit_former(ingress);
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct ingress *ingress = handle->data;
    if (--ingress->closing > 0)
        return;
    void (*closed)(void *arg) = ingress->closed;
    void *arg = ingress->closed_arg;
    for (size_t i = 0; i < ingress->count; i++) {
        ingress_listen_close(&ingress->sockets[i]->listener);
        free(ingress->sockets[i]);
    }
    free(ingress->sockets);
    batch_done(&ingress->batch);
    free(ingress);
    if (closed != NULL)
        closed(arg);
}

static void close_handle(struct ingress *ingress, uv_handle_t *handle) {
    ingress->closing++;
    handle->data = ingress;
    uv_close(handle, on_closed);
}

void ingress_close(struct ingress *ingress, void (*closed)(void *arg), void *arg) {
    if (ingress == NULL) {
        if (closed != NULL)
            closed(arg);
        return;
    }
    ingress->closed = closed;
    ingress->closed_arg = arg;
    stop(ingress);
    for (size_t i = 0; i < ingress->count; i++) {
        close_handle(ingress, (uv_handle_t *)&ingress->sockets[i]->poll);
        close_handle(ingress, (uv_handle_t *)&ingress->sockets[i]->timer);
    }
    close_handle(ingress, (uv_handle_t *)&ingress->idle);
    close_handle(ingress, (uv_handle_t *)&ingress->check);
}

/* ---- reading ---- */

size_t ingress_count(const struct ingress *ingress) {
    return ingress->count;
}

void ingress_at(const struct ingress *ingress, size_t index, struct ingress_view *ret_view) {
    const struct ingress_socket *sock = ingress->sockets[index];
    *ret_view = (struct ingress_view){.listener = &sock->listener,
                                      .scope = sock->scope,
                                      .ticking = sock->tick.ticking,
                                      .former = sock->former,
                                      .figures = sock->figures};
}

static void add_figures(struct ingress_figures *sum, const struct ingress_figures *one) {
    sum->datagrams += one->datagrams;
    sum->wakes += one->wakes;
    sum->empty += one->empty;
    sum->ticks += one->ticks;
    sum->tick_turns += one->tick_turns;
    sum->errors += one->errors;
    if (one->last_error != 0)
        sum->last_error = one->last_error;
    for (size_t bucket = 0; bucket < INGRESS_PER_WAKE_BUCKETS; bucket++)
        sum->per_wake[bucket] += one->per_wake[bucket];
}

void ingress_figures(const struct ingress *ingress, struct ingress_figures *ret_figures) {
    *ret_figures = ingress->gone;
    for (size_t i = 0; i < ingress->count; i++)
        add_figures(ret_figures, &ingress->sockets[i]->figures);
}

void ingress_work(const struct ingress *ingress, struct ingress_work *ret_work) {
    *ret_work = ingress->work;
}

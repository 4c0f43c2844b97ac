#include "ingress/look.h"

#include "ingress/await.h"
#include "ingress/former.h"
#include "ingress/receive.h"

enum { RETRY_MS = 100 /* delay after an error of the socket */ };

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_tick(uv_timer_t *timer);
static void on_retry(uv_timer_t *timer);
static void on_idle(uv_idle_t *idle);

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
    return receive_has_rest(ingress) || ingress->first != NULL;
}

/* ---- one look at a socket ---- */

void look_start(struct ingress_socket *sock) {
    (void)uv_timer_stop(&sock->timer);
    (void)uv_poll_start(&sock->poll, UV_READABLE, on_readable);
}

static void start_tick(struct ingress_socket *sock) {
    sock->tick_datagrams = 0;
    sock->tick_bytes = 0;
    (void)uv_timer_start(&sock->timer, on_tick, TICK_MS, 0);
}

/* Pause after an error: a failing socket would be reported readable forever. */
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
        look_start(sock);
}

static void look(struct ingress_socket *sock, uint64_t begun_ns) {
    struct ingress *ingress = sock->ingress;
    const uint64_t bytes_before = ingress->options.traffic->bytes;
    const int count = receive_fill(sock);

    if (count <= 0 && sock->retiring) {
        former_retire(sock);
        return;
    }
    if (count < 0) {
        rest_after_error(sock);
        return;
    }
    (void)receive_apply(ingress, begun_ns);
    if (ingress->options.never_tick)
        return;
    sock->tick_datagrams += (uint64_t)count;
    sock->tick_bytes += ingress->options.traffic->bytes - bytes_before;
    /* The batch is full: the tick continues in the next turn, unless it brought too much
     * already. */
    if (sock->tick.ticking && ingress->batch.more &&
        !tick_overflows(sock->tick_datagrams, sock->tick_bytes, sock->listener.queue_depth))
        enqueue(sock);
    else
        decide(sock);
}

/* ---- callbacks ---- */

uint64_t look_begin(struct ingress *ingress) {
    const uint64_t now_ns = stopwatch_start(&ingress->work.watch);
    ingress->batch.inbox.marks->alive_ms = (int64_t)(now_ns / 1000000);
    return now_ns - ingress->spent_ns;
}

void look_end(struct ingress *ingress) {
    ingress->spent_ns += stopwatch_stop(&ingress->work.watch);
    if (busy(ingress) || ingress->awaiting != NULL)
        (void)uv_idle_start(&ingress->idle, on_idle);
    else
        (void)uv_idle_stop(&ingress->idle);
}

void look_soon(struct ingress *ingress) {
    (void)uv_idle_start(&ingress->idle, on_idle);
}

void look_on_check(uv_check_t *check) {
    struct ingress *ingress = check->data;
    ingress->spent_ns = 0;
    receive_note_look(ingress); /* the socket was polled, even if nothing came */
}

/* Look now, or queue behind a rest, other sockets, and the work that this turn has already done. */
static void look_in_turn(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    if (ingress->ended)
        return;
    const uint64_t begun_ns = look_begin(ingress);
    if (busy(ingress) || ingress->spent_ns > INGRESS_TURN_NS / 2)
        enqueue(sock);
    else
        look(sock, begun_ns);
    look_end(ingress);
}

static void on_idle(uv_idle_t *idle) {
    struct ingress *ingress = idle->data;
    const uint64_t begun_ns = look_begin(ingress);
    const size_t over = await_serve(ingress);
    if (receive_has_rest(ingress))
        (void)receive_apply(ingress, begun_ns);
    else if (ingress->first != NULL)
        look(dequeue(ingress), begun_ns);
    look_end(ingress);
    await_end(ingress, over);
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
    look_start(timer->data);
}

#include "ingress/ingress.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "ingress/await.h"
#include "ingress/figures.h"
#include "ingress/former.h"
#include "ingress/look.h"
#include "ingress/passed.h"
#include "ingress/receive.h"

enum { UNSURE_DEPTH = 16384 /* assumed for queues made by others: more than hosts are set to */ };

bool ingress_is_midway(const struct ingress *ingress) {
    return receive_is_midway(ingress);
}

/* ---- waiting ---- */

void ingress_await(struct ingress *ingress, struct ingress_wait *wait) {
    assert(!ingress->ended);
    await_add(ingress, wait);
    look_soon(ingress);
}

void ingress_forget(struct ingress *ingress, struct ingress_wait *wait) {
    await_remove(ingress, wait);
}

/* ---- receiving at once ---- */

size_t ingress_catch_up(struct ingress *ingress) {
    if (ingress->ended)
        return 0;
    bool empty;
    (void)look_begin(ingress); /* the caller's time does not count for this turn */
    const size_t done = receive_all(ingress, uv_hrtime() + INGRESS_TURN_NS, &empty);
    look_end(ingress);
    return done;
}

uint64_t ingress_mark(struct ingress *ingress) {
    return marks_set(&ingress->marks);
}

uint64_t ingress_passed(struct ingress *ingress) {
    return receive_has_rest(ingress) ? ingress->marks.passed : marks_settle(&ingress->marks);
}

static void stop(struct ingress *ingress) {
    ingress->ended = true;
    (void)uv_idle_stop(&ingress->idle);
    for (size_t i = 0; i < ingress->count; i++) {
        (void)uv_poll_stop(&ingress->sockets[i]->poll);
        (void)uv_timer_stop(&ingress->sockets[i]->timer);
    }
}

void ingress_dress(const struct ingress *ingress) {
    for (size_t i = 0; i < ingress->count; i++)
        passed_dress(&ingress->sockets[i]->listener);
}

void ingress_leave(struct ingress *ingress, bool (*stays)(void *arg, int fd), void *arg) {
    ingress->left = true;
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_listener *listener = &ingress->sockets[i]->listener;
        if (stays == NULL || stays(arg, listener->fd))
            ingress_listen_leave(listener);
    }
}

void ingress_give_back(struct ingress *ingress) {
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_listener *listener = &ingress->sockets[i]->listener;
        if (listener->kept || listener->inherited)
            ingress_listen_leave(listener);
    }
}

void ingress_settle(struct ingress *ingress) {
    (void)look_begin(ingress);
    receive_finish(ingress);
    look_end(ingress);
}

size_t ingress_drain(struct ingress *ingress, unsigned timeout_ms, bool *ret_empty) {
    stop(ingress);
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_listener *listener = &ingress->sockets[i]->listener;
        ingress_listen_unlink(listener);
        if (!listener->inherited && !ingress->left)
            (void)shutdown(listener->fd, SHUT_RD);
    }
    const size_t done =
        receive_all(ingress, uv_hrtime() + (uint64_t)timeout_ms * 1000000, ret_empty);
    await_end(ingress, SIZE_MAX);
    return done;
}

/* ---- life ---- */

uint64_t ingress_object_bytes(void) {
    return inbox_object_bytes();
}

int ingress_new(const struct memory *memory, const struct ingress_options *options,
                struct ingress **ret_ingress) {
    struct ingress *ingress = memory_alloc(memory, sizeof *ingress);
    if (ingress == NULL)
        return -ENOMEM;
    ingress->memory = memory;
    ingress->options = *options;
    ingress->last = &ingress->first;
    ingress->awaiting_last = &ingress->awaiting;
    if (!batch_init(&ingress->batch, memory, options->object)) {
        memory_release(memory, ingress);
        return -ENOMEM;
    }
    (void)uv_idle_init(options->loop, &ingress->idle);
    ingress->idle.data = ingress;
    (void)uv_check_init(options->loop, &ingress->check);
    ingress->check.data = ingress;
    (void)uv_check_start(&ingress->check, look_on_check);
    uv_unref((uv_handle_t *)&ingress->check);
    *ret_ingress = ingress;
    return 0;
}

bool ingress_restore(struct ingress *ingress, const struct image *image, const struct match *match,
                     struct ingress_restored *ret_restored) {
    struct batch *batch = &ingress->batch;
    if (!rest_read(&ingress->rest, batch, image, match, ingress->options.traffic))
        return false;
    ingress->applied = ingress->rest.first;
    *ret_restored = (struct ingress_restored){.received = batch->count,
                                              .left = batch->count - ingress->applied};
    if (ingress->rest.waits)
        look_soon(ingress);
    return true;
}

void ingress_alive(struct ingress *ingress) {
    ingress->batch.inbox.marks->alive_ms = clock_now().mono_ms;
}

int64_t ingress_first_look_ms(const struct ingress *ingress) {
    return ingress->first_look_ms;
}

/* A queue of N admits N + 1 (queue.h). */
static uint64_t most_waiting(const struct ingress_listener *listener) {
    const uint32_t depth = listener->queue_depth;
    const bool unsure = listener->queue_source == QUEUE_INHERITED || depth == 0;
    return (uint64_t)(unsure && depth < UNSURE_DEPTH ? UNSURE_DEPTH : depth) + 1;
}

/* Give a new socket of our own a number above all others. */
static void number(struct ingress *ingress, struct ingress_listener *listener) {
    if (!listener->kept && listener->number < ingress->numbers)
        listener->number = ingress->numbers;
    if (listener->number >= ingress->numbers)
        ingress->numbers = listener->number + 1;
}

static void say_opened(const struct ingress *ingress, const struct ingress_socket *sock) {
    if (ingress->options.opened != NULL && !sock->listener.inherited)
        ingress->options.opened(ingress->options.arg, &sock->listener);
}

/* Make room for one more socket at the end, and open the socket: it is polled from now on. */
static int open_socket(struct ingress *ingress, const struct ingress_listener *listener,
                       gate_scope scope, struct ingress_socket **ret_sock) {
    const struct memory *memory = ingress->memory;
    struct ingress_socket **sockets =
        memory_resize(memory, ingress->sockets, ingress->count + 1, sizeof *sockets);
    if (sockets == NULL)
        return -ENOMEM;
    ingress->sockets = sockets;
    struct ingress_socket *sock = memory_alloc(memory, sizeof *sock);
    if (sock == NULL)
        return -ENOMEM;
    const int result = uv_poll_init(ingress->options.loop, &sock->poll, listener->fd);
    if (result < 0) {
        memory_release(memory, sock);
        return result;
    }
    sock->memory = memory;
    sock->ingress = ingress;
    sock->listener = *listener;
    number(ingress, &sock->listener);
    sock->scope = scope;
    sock->looked_ns = uv_hrtime();
    marks_join(&ingress->marks, &sock->queue, most_waiting(listener));
    sock->poll.data = sock;
    (void)uv_timer_init(ingress->options.loop, &sock->timer);
    sock->timer.data = sock;
    look_start(sock);
    *ret_sock = sock;
    return 0;
}

/* Insert it before all former sockets, which may disappear: the index of the others must stay. */
static void insert(struct ingress *ingress, struct ingress_socket *sock) {
    size_t at = ingress->count++;
    for (; at > 0 && ingress->sockets[at - 1]->former; at--)
        ingress->sockets[at] = ingress->sockets[at - 1];
    ingress->sockets[at] = sock;
}

int ingress_add(struct ingress *ingress, const struct ingress_listener *listener,
                gate_scope scope) {
    struct ingress_socket *sock;
    const int result = open_socket(ingress, listener, scope, &sock);
    if (result != 0)
        return result;
    insert(ingress, sock);
    say_opened(ingress, sock);
    return 0;
}

int ingress_add_former(struct ingress *ingress, const struct ingress_listener *listener,
                       gate_scope scope) {
    struct ingress_socket *sock;
    const int result = open_socket(ingress, listener, scope, &sock);
    if (result != 0)
        return result;
    ingress->sockets[ingress->count++] = sock;
    say_opened(ingress, sock);
    sock->former = true;
    sock->retiring = listener->shut;
    former_limit(ingress);
    return 0;
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
    say_opened(ingress, sock);
    former_limit(ingress);
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct ingress *ingress = handle->data;
    if (--ingress->closing > 0)
        return;
    void (*closed)(void *arg) = ingress->closed;
    void *arg = ingress->closed_arg;
    const struct memory *memory = ingress->memory;
    for (size_t i = 0; i < ingress->count; i++) {
        ingress_listen_close(&ingress->sockets[i]->listener);
        memory_release(memory, ingress->sockets[i]);
    }
    memory_release(memory, ingress->sockets);
    batch_done(&ingress->batch, memory);
    memory_release(memory, ingress);
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
    await_end(ingress, SIZE_MAX);
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

void ingress_figures(const struct ingress *ingress, struct ingress_figures *ret_figures) {
    *ret_figures = ingress->gone;
    ret_figures->skipped = inbox_batch(&ingress->batch.inbox)->skipped;
    for (size_t i = 0; i < ingress->count; i++)
        figures_add(ret_figures, &ingress->sockets[i]->figures);
}

void ingress_take_pressure(struct ingress *ingress, struct pressure *ret_pressure) {
    *ret_pressure = ingress->pressure;
    ingress->pressure = (struct pressure){0};
}

void ingress_work(const struct ingress *ingress, struct ingress_work *ret_work) {
    *ret_work = ingress->work;
}

/* SPDX-License-Identifier: MIT */
/* ingress.c - the sockets on the loop: when they are read, and who is told. */
#include "ingress/ingress_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- figures ---- */

void ingress_figures_count_wake(struct ingress_figures *figures, size_t datagrams) {
    size_t bucket = 0;
    while (ingress_per_wake_bound(bucket) < datagrams && bucket < INGRESS_PER_WAKE_BUCKETS - 1)
        bucket++;
    figures->per_wake[bucket]++;
    figures->wakes++;
    figures->datagrams += datagrams;
}

/* Add one socket's figures to a sum. */
static void figures_add(struct ingress_figures *sum, const struct ingress_figures *one) {
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

/* ---- gate sink ---- */

static size_t apply(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                    struct store_time now) {
    return gate_batch(arg, datagrams, count, budget, now);
}

static bool is_midway(void *arg) {
    return gate_is_midway(arg);
}

struct ingress_sink ingress_gate_sink(struct gate *gate) {
    return (struct ingress_sink){.apply = apply, .is_midway = is_midway, .arg = gate};
}

/* ---- former ----
 * sockets that another has replaced: they are still read for the senders connected to
 * them.
 */

static void on_retired(uv_handle_t *handle) {
    struct ingress_socket *sock = handle->data;
    if (--sock->closing > 0)
        return;
    ingress_listen_close(&sock->listener);
    free(sock);
}

/* Remove a socket that is empty and refuses datagrams from the ingress, and free it. */
static void former_retire(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    size_t kept = 0;
    for (size_t i = 0; i < ingress->count; i++)
        if (ingress->sockets[i] != sock)
            ingress->sockets[kept++] = ingress->sockets[i];
    ingress->count = kept;
    ingress_marks_leave(&ingress->marks, &sock->queue);
    figures_add(&ingress->gone, &sock->figures);
    if (ingress->options.closed != NULL && !sock->listener.inherited)
        ingress->options.closed(ingress->options.arg, &sock->listener);
    sock->closing = 2;
    uv_close((uv_handle_t *)&sock->poll, on_retired);
    uv_close((uv_handle_t *)&sock->timer, on_retired);
}

/* If there are too many, make the oldest refuse further datagrams: the kernel tells its senders to
 * connect again. Inherited ones do not count: they belong to their maker, and their senders would
 * not be told. */
static void former_limit(struct ingress *ingress) {
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
    (void)shutdown(oldest->listener.fd, SHUT_RD); /* this makes it readable */
}

/* ---- cleaner ---- */

enum { STEP_UNITS = 200 /* between two readings of the clock, about 100 ns each */ };

static bool release_some(struct cleaner *cleaner) {
    return breakers_jobs_release(cleaner->breakers_jobs, ingress_now(), STEP_UNITS);
}

static bool sweep_some(struct cleaner *cleaner) {
    size_t budget = STEP_UNITS;
    return store_expire(cleaner->store, ingress_now(), &budget);
}

/* Do step after step until nothing is left (returns true) or the turn's time is over. */
static bool step_until(struct cleaner *cleaner, bool (*step)(struct cleaner *cleaner),
                       uint64_t end_ns) {
    while (uv_hrtime() < end_ns)
        if (step(cleaner))
            return true;
    return false;
}

static void cleaner_on_idle(uv_idle_t *idle);

/* Do the work of one turn. */
static void clean(struct cleaner *cleaner) {
    const uint64_t end_ns = host_stopwatch_start(&cleaner->watch) + CLEANER_TURN_NS;
    if (cleaner->releasing)
        cleaner->releasing = !step_until(cleaner, release_some, end_ns);
    if (cleaner->sweeping)
        cleaner->sweeping = !step_until(cleaner, sweep_some, end_ns);
    if (cleaner->releasing || cleaner->sweeping)
        (void)uv_idle_start(&cleaner->idle, cleaner_on_idle);
    else
        (void)uv_idle_stop(&cleaner->idle);
    (void)host_stopwatch_stop(&cleaner->watch);
}

static void cleaner_on_idle(uv_idle_t *idle) {
    clean(idle->data);
}

static void on_timer(uv_timer_t *timer);

static void wait_for_next(struct cleaner *cleaner) {
    (void)uv_timer_start(&cleaner->timer, on_timer,
                         clock_until_next(uv_now(cleaner->timer.loop), CLEANER_SWEEP_MS), 0);
}

static void on_timer(uv_timer_t *timer) {
    struct cleaner *cleaner = timer->data;
    wait_for_next(cleaner);
    if (cleaner->sweeping) /* not finished yet */
        return;
    cleaner->sweeping = true;
    clean(cleaner);
}

void ingress_cleaner_start(struct cleaner *cleaner, uv_loop_t *loop,
                           struct breakers_jobs *breakers_jobs, struct store *store) {
    *cleaner = (struct cleaner){.breakers_jobs = breakers_jobs, .store = store};
    (void)uv_timer_init(loop, &cleaner->timer);
    (void)uv_idle_init(loop, &cleaner->idle);
    cleaner->timer.data = cleaner;
    cleaner->idle.data = cleaner;
    wait_for_next(cleaner);
}

void ingress_cleaner_release(struct cleaner *cleaner) {
    if (cleaner->closed || cleaner->releasing)
        return;
    cleaner->releasing = true;
    clean(cleaner);
}

void ingress_cleaner_close(struct cleaner *cleaner) {
    cleaner->closed = true;
    uv_close((uv_handle_t *)&cleaner->timer, NULL);
    uv_close((uv_handle_t *)&cleaner->idle, NULL);
}

/* ---- look ----
 * decides when a socket is looked at: when it is readable, every millisecond (tick.h), or
 * when the turn has time for it.
 */

enum { RETRY_MS = 100 /* delay after an error of the socket */ };

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_tick(uv_timer_t *timer);
static void on_retry(uv_timer_t *timer);
static void poll_on_idle(uv_idle_t *idle);

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

/* Start to poll a socket. */
static void poll_start(struct ingress_socket *sock) {
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
    const bool ticking = ingress_tick_decide(&sock->tick, look, sock->listener.queue_depth);
    if (ticking && !before) {
        (void)uv_poll_stop(&sock->poll);
        sock->figures.tick_turns++;
    }
    if (ticking)
        start_tick(sock);
    else if (before)
        poll_start(sock);
}

static void look(struct ingress_socket *sock, uint64_t begun_ns) {
    struct ingress *ingress = sock->ingress;
    const uint64_t bytes_before = ingress->options.traffic->bytes;
    const int count = ingress_recv_batch(sock);

    if (count <= 0 && sock->retiring) {
        former_retire(sock);
        return;
    }
    if (count < 0) {
        rest_after_error(sock);
        return;
    }
    (void)ingress_apply_batch(ingress, begun_ns);
    if (sock->streams != NULL) { /* what was read and not yet cut makes nothing readable */
        if (ingress->batch.more)
            enqueue(sock);
        return;
    }
    if (ingress->options.never_tick)
        return;
    sock->tick_datagrams += (uint64_t)count;
    sock->tick_bytes += ingress->options.traffic->bytes - bytes_before;
    /* The batch is full: the tick continues in the next turn, unless it brought too much
     * already. */
    if (sock->tick.ticking && ingress->batch.more &&
        !ingress_tick_overflows(sock->tick_datagrams, sock->tick_bytes, sock->listener.queue_depth))
        enqueue(sock);
    else
        decide(sock);
}

/* ---- callbacks ---- */

/* Call when work starts. Returns when this turn's work would have started, had it been done in one
 * piece. */
static uint64_t poll_begin(struct ingress *ingress) {
    const uint64_t now_ns = host_stopwatch_start(&ingress->work.watch);
    ingress->batch.inbox.marks->alive_ms = (int64_t)(now_ns / 1000000);
    return now_ns - ingress->spent_ns;
}

/* Call when work ends: the rest is done in the next turn. */
static void poll_end(struct ingress *ingress) {
    ingress->spent_ns += host_stopwatch_stop(&ingress->work.watch);
    if (busy(ingress) || ingress->awaiting != NULL)
        (void)uv_idle_start(&ingress->idle, poll_on_idle);
    else
        (void)uv_idle_stop(&ingress->idle);
}

/* A caller waits (ingress_private.h): do not sleep before the next turn. */
static void poll_soon(struct ingress *ingress) {
    (void)uv_idle_start(&ingress->idle, poll_on_idle);
}

/* The callback of an ingress's check handle: the end of a turn. */
static void poll_on_check(uv_check_t *check) {
    struct ingress *ingress = check->data;
    ingress->spent_ns = 0;
    receive_note_look(ingress); /* the socket was polled, even if nothing came */
}

/* Look now, or queue behind a rest, other sockets, and the work that this turn has already done. */
static void poll_in_turn(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    if (ingress->ended)
        return;
    const uint64_t begun_ns = poll_begin(ingress);
    if (busy(ingress) || ingress->spent_ns > INGRESS_TURN_NS / 2)
        enqueue(sock);
    else
        look(sock, begun_ns);
    poll_end(ingress);
}

static void poll_on_idle(uv_idle_t *idle) {
    struct ingress *ingress = idle->data;
    const uint64_t begun_ns = poll_begin(ingress);
    const size_t over = ingress_await_serve(ingress);
    if (receive_has_rest(ingress))
        (void)ingress_apply_batch(ingress, begun_ns);
    else if (ingress->first != NULL)
        look(dequeue(ingress), begun_ns);
    poll_end(ingress);
    ingress_await_end(ingress, over);
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
    poll_in_turn(sock);
}

static void on_tick(uv_timer_t *timer) {
    struct ingress_socket *sock = timer->data;
    sock->figures.ticks++;
    poll_in_turn(sock);
}

static void on_retry(uv_timer_t *timer) {
    poll_start(timer->data);
}

/* ---- tick ---- */

enum {
    NS_PER_MS = 1000000,
    /* A sender's send buffer is charged for unread datagrams: about 640 bytes for each and 5/4 of
     * its length (measured: 278 of up to 192 bytes fill the stock 212,992 bytes, 93 of 1432, 13 of
     * 8192). A tick must leave room, or one busy sender stalls between two looks. */
    SEND_BUFFER = 212992,
    CHARGE_MOST = SEND_BUFFER / 4 * 3,
    CHARGE_EACH = 640
};

static uint64_t most_datagrams(uint32_t queue_depth) {
    const uint64_t quarter = queue_depth / 4;
    return quarter < TICK_DATAGRAMS_MOST ? quarter : TICK_DATAGRAMS_MOST;
}

static uint64_t charge(uint64_t datagrams, uint64_t bytes) {
    return datagrams * CHARGE_EACH + bytes + bytes / 4;
}

bool ingress_tick_overflows(uint64_t datagrams, uint64_t bytes, uint32_t queue_depth) {
    return datagrams > most_datagrams(queue_depth) || charge(datagrams, bytes) > CHARGE_MOST;
}

static bool set(struct tick *tick, bool ticking) {
    *tick = (struct tick){.ticking = ticking};
    return ticking;
}

bool ingress_tick_decide(struct tick *tick, struct tick_look look, uint32_t queue_depth) {
    if (queue_depth < TICK_DEPTH_LEAST)
        return set(tick, false);
    if (tick->ticking)
        return set(tick, look.datagrams > 0 &&
                             !ingress_tick_overflows(look.datagrams, look.bytes, queue_depth));

    tick->window_ns += look.elapsed_ns;
    tick->window_datagrams += look.datagrams;
    tick->window_bytes += look.bytes;
    if (tick->window_ns < NS_PER_MS)
        return false;
    /* Ticking starts a quarter below the rate that would end it again, so that it does not flap. */
    const double per_ms = (double)NS_PER_MS / (double)tick->window_ns;
    const double datagrams = (double)tick->window_datagrams * per_ms;
    const double charged = (double)charge(tick->window_datagrams, tick->window_bytes) * per_ms;
    return set(tick, datagrams >= TICK_ENTER_PER_MS &&
                         datagrams <= (double)most_datagrams(queue_depth) * 0.75 &&
                         charged <= CHARGE_MOST * 0.75);
}

/* ---- batch ---- */

/* The credentials that the kernel reports for a process it cannot name (overflowuid); never a real
 * sender's. */
static const struct ucred nobody = {.pid = 0, .uid = 65534, .gid = 65534};

void ingress_batch_init(struct batch *batch, struct object *object) {
    memset(batch, 0, sizeof *batch);
    inbox_init(&batch->inbox, object);
    for (size_t i = 0; i < BATCH_SLOTS; i++) {
        struct msghdr *header = &inbox_header(&batch->inbox, i)->msg_hdr;
        batch->parts[i] =
            (struct iovec){.iov_base = inbox_slot(&batch->inbox, i), .iov_len = INBOX_SLOT_BYTES};
        header->msg_iov = &batch->parts[i];
        header->msg_iovlen = 1;
    }
}

void ingress_batch_done(struct batch *batch) {
    inbox_done(&batch->inbox);
    memset(batch, 0, sizeof *batch);
}

static void close_all(const struct cmsghdr *rights) {
    const size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(rights) + i * sizeof fd, sizeof fd);
        close(fd);
    }
}

/* Descriptors fit only if credentials are missing. */
void ingress_control_take(struct msghdr *header, struct ucred *ret_sender) {
    struct ucred credentials = nobody;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL;
         item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level != SOL_SOCKET)
            continue;
        if (item->cmsg_type == SCM_CREDENTIALS && item->cmsg_len >= CMSG_LEN(sizeof credentials))
            memcpy(&credentials, CMSG_DATA(item), sizeof credentials);
        else if (item->cmsg_type == SCM_RIGHTS)
            close_all(item);
    }
    *ret_sender = credentials;
}

/* Take the datagram in a slot. Returns its whole length: more than was kept, if the kernel cut
 * it. */
static size_t take(struct batch *batch, size_t slot, gate_scope scope) {
    struct mmsghdr *header = inbox_header(&batch->inbox, slot);
    struct ucred sender;
    const bool by_udp =
        header->msg_hdr.msg_controllen == 0 && inbox_batch(&batch->inbox)->input != 0;
    ingress_control_take(&header->msg_hdr, &sender);
    if (by_udp)
        sender.uid = sender.gid = WHO_BY_UDP;
    const size_t sent = header->msg_len; /* by MSG_TRUNC */
    const size_t len = sent > INBOX_SLOT_BYTES ? INBOX_SLOT_BYTES : sent;
    if (len > INBOX_HEAD_BYTES)
        batch->large = true;
    batch->datagrams[slot] = (struct gate_datagram){
        .data = inbox_slot(&batch->inbox, slot),
        .len = len,
        .truncated = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0,
        .origin = {.scope = scope, .pid = sender.pid, .uid = sender.uid, .gid = sender.gid}};
    return sent;
}

static void count(const struct gate_datagram *datagram, size_t sent,
                  struct ledger_traffic *traffic) {
    traffic->datagrams++;
    traffic->bytes += datagram->len;
    if (datagram->truncated) {
        traffic->truncated_datagrams++;
        traffic->truncated_bytes += sent - datagram->len;
    }
}

/* Receive up to `most` more datagrams. Returns how many came, or a negative errno. */
static int receive(struct batch *batch, int fd, size_t most) {
    int count;
    do
        count = recvmmsg(fd, inbox_header(&batch->inbox, batch->used), (unsigned)most,
                         MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC, NULL);
    while (count < 0 && errno == EINTR);
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return -errno;
    if (count < 0)
        count = 0;
    batch->used += (size_t)count;
    batch->more = (size_t)count == most;
    return count;
}

static size_t bytes_of(const struct batch *batch) {
    size_t bytes = 0;
    for (size_t i = 0; i < batch->used; i++)
        bytes += inbox_header(&batch->inbox, i)->msg_len;
    return bytes;
}

/* How many slots to use: once a large datagram was seen, those that have memory for one by now. */
static size_t slots_to_use(struct batch *batch) {
    if (!batch->large)
        return BATCH_SLOTS;
    inbox_widen(&batch->inbox);
    return batch->inbox.whole;
}

void ingress_batch_take(struct batch *batch, size_t count_from, gate_scope scope,
                        struct ledger_traffic *traffic) {
    struct undo *undo = batch->inbox.undo;
    struct inbox_batch *counted = inbox_batch(&batch->inbox);
    undo_range(undo, traffic, sizeof *traffic);
    undo_word(undo, &counted->counted);
    for (size_t i = 0; i < batch->used; i++) {
        const size_t sent = take(batch, i, scope);
        if (i >= count_from)
            count(&batch->datagrams[i], sent, traffic);
    }
    counted->counted = (uint32_t)batch->used;
    undo_commit(undo);
    batch->count = batch->used;
}

void ingress_batch_begin(struct batch *batch, gate_scope scope) {
    inbox_begin(&batch->inbox, batch->used, scope);
    batch->used = 0;
    batch->count = 0;
    batch->more = false;
}

/* The length is written last, as the kernel does. */
void ingress_batch_put(struct batch *batch, const char *data, size_t len,
                       const struct ucred *sender) {
    struct inbox *inbox = &batch->inbox;
    struct mmsghdr *header = inbox_header(inbox, batch->used);
    inbox_fit(inbox, batch->used, len);
    memcpy(inbox_slot(inbox, batch->used), data, len);
    *inbox_control(inbox, batch->used) = (struct inbox_control){.bytes = CMSG_LEN(sizeof *sender),
                                                                .level = SOL_SOCKET,
                                                                .type = SCM_CREDENTIALS,
                                                                .pid = sender->pid,
                                                                .uid = sender->uid,
                                                                .gid = sender->gid};
    header->msg_hdr.msg_flags = 0;
    header->msg_hdr.msg_controllen = sizeof(struct inbox_control);
    undo_barrier();
    header->msg_len = (unsigned)len;
    batch->used++;
}

int ingress_batch_receive(struct batch *batch, int fd, gate_scope scope,
                          struct ledger_traffic *traffic) {
    ingress_batch_begin(batch, scope);
    const size_t slots = slots_to_use(batch);
    const int tasted = receive(batch, fd, BATCH_TASTE);
    if (tasted < 0)
        return tasted;
    if (tasted == 0)
        return 0;
    if (batch->more && slots > BATCH_TASTE && bytes_of(batch) <= BATCH_TASTE_BYTES)
        (void)receive(batch, fd, slots - BATCH_TASTE); /* an error will be reported again */
    ingress_batch_take(batch, 0, scope, traffic);
    return (int)batch->count;
}

/* ---- ingress ---- */

enum { UNSURE_DEPTH = 16384 /* assumed for queues made by others: more than hosts are set to */ };

bool ingress_is_midway(const struct ingress *ingress) {
    return receive_is_midway(ingress);
}

/* ---- waiting ---- */

void ingress_await(struct ingress *ingress, struct ingress_wait *wait) {
    assert(!ingress->ended);
    ingress_await_add(ingress, wait);
    poll_soon(ingress);
}

void ingress_forget(struct ingress *ingress, struct ingress_wait *wait) {
    ingress_await_remove(ingress, wait);
}

/* ---- receiving at once ---- */

size_t ingress_catch_up(struct ingress *ingress) {
    if (ingress->ended)
        return 0;
    bool empty;
    (void)poll_begin(ingress); /* the caller's time does not count for this turn */
    const size_t done = receive_all(ingress, uv_hrtime() + INGRESS_TURN_NS, &empty);
    poll_end(ingress);
    return done;
}

uint64_t ingress_mark(struct ingress *ingress) {
    return ingress_marks_set(&ingress->marks);
}

uint64_t ingress_passed(struct ingress *ingress) {
    return receive_has_rest(ingress) ? ingress->marks.passed
                                     : ingress_marks_settle(&ingress->marks);
}

static void stop(struct ingress *ingress) {
    ingress->ended = true;
    (void)uv_idle_stop(&ingress->idle);
    for (size_t i = 0; i < ingress->count; i++) {
        (void)uv_poll_stop(&ingress->sockets[i]->poll);
        (void)uv_timer_stop(&ingress->sockets[i]->timer);
    }
}

void ingress_set_socket_perms(const struct ingress *ingress) {
    for (size_t i = 0; i < ingress->count; i++)
        ingress_inherited_set_perms(&ingress->sockets[i]->listener);
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
    (void)poll_begin(ingress);
    receive_finish(ingress);
    poll_end(ingress);
}

size_t ingress_drain(struct ingress *ingress, unsigned timeout_ms, bool *ret_empty) {
    stop(ingress);
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_listener *listener = &ingress->sockets[i]->listener;
        ingress_listen_unlink(listener);
        if (ingress->sockets[i]->streams != NULL)
            ingress_streams_shut(ingress->sockets[i]->streams,
                                 !ingress->left || listener->file.inode != 0);
        else if (listener->kind == INGRESS_UDP && !ingress->left)
            ingress_input_refuse(listener->fd);
        else if (!listener->inherited && !ingress->left)
            (void)shutdown(listener->fd, SHUT_RD);
    }
    /* Whatever waits for inputs, the datagrams of the Unix domain come first. */
    static const enum ingress_kind kinds[] = {INGRESS_UNIX, INGRESS_STREAM, INGRESS_UDP};
    const uint64_t end_ns = uv_hrtime() + (uint64_t)timeout_ms * 1000000;
    size_t done = 0;
    *ret_empty = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && *ret_empty; i++)
        done += receive_kind(ingress, kinds[i], end_ns, ret_empty);
    ingress_await_end(ingress, SIZE_MAX);
    return done;
}

/* ---- streams, before another process takes over ---- */

void ingress_shut_streams(struct ingress *ingress) {
    for (size_t i = 0; i < ingress->count; i++)
        if (ingress->sockets[i]->streams != NULL)
            ingress_streams_shut(ingress->sockets[i]->streams, false);
}

size_t ingress_streams_left(const struct ingress *ingress) {
    return ingress->streams_open;
}

void ingress_resume_streams(struct ingress *ingress) {
    for (size_t i = 0; i < ingress->count; i++)
        if (ingress->sockets[i]->streams != NULL)
            ingress_streams_resume(ingress->sockets[i]->streams);
}

/* ---- life ---- */

uint64_t ingress_input_bytes(void) {
    return ingress_streams_bytes();
}

uint64_t ingress_object_bytes(void) {
    return inbox_object_bytes();
}

struct ingress *ingress_new(const struct ingress_options *options) {
    struct ingress *ingress = memory_alloc(sizeof *ingress);
    ingress->options = *options;
    ingress->last = &ingress->first;
    ingress->awaiting_last = &ingress->awaiting;
    ingress_batch_init(&ingress->batch, options->object);
    (void)uv_idle_init(options->loop, &ingress->idle);
    ingress->idle.data = ingress;
    (void)uv_check_init(options->loop, &ingress->check);
    ingress->check.data = ingress;
    (void)uv_check_start(&ingress->check, poll_on_check);
    uv_unref((uv_handle_t *)&ingress->check);
    return ingress;
}

void ingress_restore(struct ingress *ingress, const struct image *image, const struct match *match,
                     struct ingress_restored *ret_restored) {
    struct batch *batch = &ingress->batch;
    struct ingress_inputs inputs = {.count = 0};
    for (size_t i = 0; i < ingress->count && inputs.count < INGRESS_INPUTS_MAX; i++) {
        struct ingress_socket *sock = ingress->sockets[i];
        if (sock->input == 0)
            continue;
        inputs.items[inputs.count].id = sock->input;
        inputs.items[inputs.count++].scope = sock->scope;
        if (sock->listener.kind == INGRESS_UDP && sock->listener.kept)
            sock->dropped_before = ingress_replay_dropped(image, sock->input);
    }
    ingress_replay_read(&ingress->rest, batch, image, match, &inputs, ingress->options.traffic);
    ingress->applied = ingress->rest.first;
    *ret_restored = (struct ingress_restored){.received = batch->count,
                                              .left = batch->count - ingress->applied};
    if (ingress->rest.waits)
        poll_soon(ingress);
}

void ingress_alive(struct ingress *ingress) {
    ingress->batch.inbox.marks->alive_ms = clock_now().mono_ms;
}

int64_t ingress_first_look_ms(const struct ingress *ingress) {
    return ingress->first_look_ms;
}

/* A queue of N admits N + 1 (ingress.h). */
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
    if (ingress->options.opened != NULL && !sock->listener.inherited &&
        sock->listener.kind == INGRESS_UNIX)
        ingress->options.opened(ingress->options.arg, &sock->listener);
}

/* Make room for one more socket at the end, and open the socket: it is polled from now on. */
static int open_socket(struct ingress *ingress, const struct ingress_listener *listener,
                       gate_scope scope, struct ingress_socket **ret_sock) {
    ingress->sockets =
        memory_resize(ingress->sockets, ingress->count + 1, sizeof(struct ingress_socket *));
    struct ingress_socket *sock = memory_alloc(sizeof *sock);
    int polled = listener->fd;
    sock->ingress = ingress;
    sock->listener = *listener;
    if (listener->kind == INGRESS_STREAM) {
        sock->streams = ingress_streams_new(sock, &polled);
        if (sock->streams == NULL) {
            free(sock);
            return -EMFILE; /* of memory there is always enough (base/memory.h) */
        }
        ingress_streams_resume(sock->streams);
    }
    const int result = uv_poll_init(ingress->options.loop, &sock->poll, polled);
    if (result < 0) {
        ingress_streams_free(sock->streams);
        free(sock);
        return result;
    }
    if (listener->kind == INGRESS_UNIX)
        number(ingress, &sock->listener);
    else
        sock->input = ingress_input_id(listener->name);
    sock->scope = scope;
    sock->looked_ns = uv_hrtime();
    ingress_marks_join(&ingress->marks, &sock->queue, most_waiting(listener));
    sock->poll.data = sock;
    (void)uv_timer_init(ingress->options.loop, &sock->timer);
    sock->timer.data = sock;
    poll_start(sock);
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
    for (size_t i = 0; i < ingress->count; i++) {
        ingress_streams_free(ingress->sockets[i]->streams);
        ingress_listen_close(&ingress->sockets[i]->listener);
        free(ingress->sockets[i]);
    }
    free(ingress->sockets);
    ingress_batch_done(&ingress->batch);
    free(ingress);
}

static void close_handle(struct ingress *ingress, uv_handle_t *handle) {
    ingress->closing++;
    handle->data = ingress;
    uv_close(handle, on_closed);
}

void ingress_close(struct ingress *ingress) {
    if (ingress == NULL)
        return;
    stop(ingress);
    ingress_await_end(ingress, SIZE_MAX);
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
    if (sock->streams != NULL)
        ret_view->input = *ingress_streams_figures(sock->streams);
    else if (sock->listener.kind == INGRESS_UDP)
        ret_view->input.dropped = /* the kernel's counter wraps */
            (uint32_t)(ingress_input_dropped(sock->listener.fd) - sock->dropped_before);
}

void ingress_figures(const struct ingress *ingress, struct ingress_figures *ret_figures) {
    *ret_figures = ingress->gone;
    ret_figures->skipped = inbox_batch(&ingress->batch.inbox)->skipped;
    for (size_t i = 0; i < ingress->count; i++)
        figures_add(ret_figures, &ingress->sockets[i]->figures);
}

void ingress_note_dropped(struct ingress *ingress) {
    size_t row = 0;
    for (size_t i = 0; i < ingress->count && row < INGRESS_INPUTS_MAX; i++) {
        const struct ingress_socket *sock = ingress->sockets[i];
        if (sock->listener.kind != INGRESS_UDP)
            continue;
        struct inbox_input *input = object_at(&ingress->batch.inbox.inputs, row++);
        input->id = sock->input;
        input->dropped = ingress_input_dropped(sock->listener.fd);
    }
}

void ingress_take_pressure(struct ingress *ingress, struct pressure *ret_pressure) {
    *ret_pressure = ingress->pressure;
    ingress->pressure = (struct pressure){0};
}

void ingress_work(const struct ingress *ingress, struct ingress_work *ret_work) {
    *ret_work = ingress->work;
}

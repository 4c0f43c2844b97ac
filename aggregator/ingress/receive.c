#include "ingress/receive.h"

#include "ingress/figures.h"
#include "ingress/now.h"

bool receive_has_rest(const struct ingress *ingress) {
    return ingress->applied < ingress->batch.count;
}

bool receive_is_midway(const struct ingress *ingress) {
    const struct ingress_sink *sink = &ingress->options.sink;
    return sink->is_midway != NULL && sink->is_midway(sink->arg);
}

static size_t apply(struct ingress *ingress, size_t count, struct store_time now) {
    const struct ingress_sink *sink = &ingress->options.sink;
    const size_t done = sink->apply(sink->arg, ingress->batch.datagrams + ingress->applied, count,
                                    INGRESS_STEP_UNITS, now);
    ingress->applied += done;
    return done;
}

/* One step with only the next datagram of a rest. */
static size_t step_rest(struct ingress *ingress, struct store_time now) {
    if (!ingress->begun && !rest_begin(&ingress->rest, &ingress->batch, ingress->applied)) {
        ingress->applied++;
        return 0;
    }
    const size_t done = apply(ingress, 1, now);
    ingress->begun = done == 0;
    if (done > 0)
        rest_end(&ingress->batch);
    return done;
}

/* One step. Returns how many datagrams were applied. */
static size_t step(struct ingress *ingress, struct store_time now) {
    return ingress->rest.waits ? step_rest(ingress, now)
                               : apply(ingress, ingress->batch.count - ingress->applied, now);
}

void receive_note_look(struct ingress *ingress) {
    if (ingress->first_look_ms == 0 && !receive_has_rest(ingress))
        ingress->first_look_ms = (int64_t)(uv_hrtime() / 1000000);
}

size_t receive_apply(struct ingress *ingress, uint64_t begun_ns) {
    const bool was_midway = receive_is_midway(ingress);
    const struct store_time now = ingress_now();
    size_t done = 0;
    while (receive_has_rest(ingress)) {
        done += step(ingress, now);
        const bool midway = receive_is_midway(ingress);
        const uint64_t used_ns = uv_hrtime() - begun_ns;
        if (used_ns >= (midway ? INGRESS_LATEST_NS : INGRESS_TURN_NS) || (was_midway && !midway))
            break;
    }
    if (receive_has_rest(ingress))
        ingress->work.held++;
    return done;
}

void receive_finish(struct ingress *ingress) {
    while (receive_has_rest(ingress))
        (void)step(ingress, ingress_now());
}

int receive_fill(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    receive_note_look(ingress);
    ingress->applied = 0;
    ingress->rest.waits = false;
    const int count =
        batch_receive(&ingress->batch, sock->listener.fd, sock->scope, ingress->options.traffic);
    if (count > 0) {
        figures_count_wake(&sock->figures, (size_t)count);
    } else if (count == 0) {
        sock->figures.empty++;
    } else {
        sock->figures.errors++;
        sock->figures.last_error = -count;
    }
    const struct pressure_batch batch = {
        .depth = sock->listener.queue_depth,
        .datagrams = ingress->batch.count,
        .empty = !ingress->batch.more,
        .first = ingress->batch.count > 0 ? &ingress->batch.datagrams[0].origin : NULL};
    pressure_received(&ingress->pressure, &sock->run, &batch);
    marks_received(&ingress->marks, &sock->queue, ingress->batch.count, !ingress->batch.more);
    return count;
}

/* Apply the rest, then receive and apply until nothing waits on the socket or the time is up; at
 * least one step. */
static size_t empty_socket(struct ingress_socket *sock, uint64_t end_ns, bool *ret_empty) {
    struct ingress *ingress = sock->ingress;
    size_t done = 0;
    for (bool more = true;;) {
        if (!receive_has_rest(ingress)) {
            if (!more || receive_fill(sock) <= 0)
                return done;
            more = ingress->batch.more;
        }
        done += step(ingress, ingress_now());
        if (uv_hrtime() >= end_ns)
            break;
    }
    *ret_empty = false;
    return done;
}

size_t receive_all(struct ingress *ingress, uint64_t end_ns, bool *ret_empty) {
    size_t done = 0;
    *ret_empty = true;
    const size_t first = ingress->emptied++; /* a socket that is never empty takes all the time */
    for (size_t i = 0; i < ingress->count && *ret_empty; i++)
        done += empty_socket(ingress->sockets[(first + i) % ingress->count], end_ns, ret_empty);
    return done;
}

/* SPDX-License-Identifier: MIT */
/* streams.c - the connections of an input by stream: accepted, read in turn, cut into datagrams. */
#include "ingress/ingress_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    READ_BYTES = 16 * 1024, /* of a connection's turn */
    LOOK_BYTES = 64 * 1024, /* of a look; what costs time and brings nothing counts as some: */
    EVENT_BYTES = 512,
    ACCEPT_BYTES = 4096,
    ACCEPTS = 8, /* in a turn of the listener */
    EVENTS = 64,
    AGAIN_MS = 100,  /* pause after a lack of descriptors */
    HELD_STEP = 4096 /* by which the room of a cut frame grows */
};

#define LISTENER UINT32_MAX /* in place of a connection's number */

struct streams {
    struct ingress_socket *sock;
    int epoll;
    char *read;           /* FRAMING_HELD_MAX + READ_BYTES */
    struct stream *items; /* INGRESS_STREAMS_MAX */
    uint32_t free;        /* first free place + 1; 0: none */
    size_t most;          /* connections of all inputs */
    bool accepting;
    struct epoll_event ready[EVENTS];
    int ready_count;
    int ready_next;
    size_t turns; /* in this look */
    /* The connection whose bytes are being cut; NULL: none. */
    struct stream *current;
    size_t at; /* in `read` */
    size_t len;
    bool ended; /* and nothing follows */
    struct ingress_input_figures figures;
};

const char *ingress_stream_end_text(enum ingress_stream_end end) {
    static const char *const texts[INGRESS_STREAM_ENDS] = {[INGRESS_STREAM_TOO_LONG] =
                                                               "frame_too_long",
                                                           [INGRESS_STREAM_TOO_MANY] = "too_many",
                                                           [INGRESS_STREAM_MEMORY] = "memory"};
    return texts[end];
}

/* ---- bytes of frames that are not whole ---- */

static struct stream_holders *holders_of(const struct streams *streams) {
    return &streams->sock->ingress->holders;
}

/* Hold nothing any more. */
static void release(struct streams *streams, struct stream *stream) {
    struct stream_holders *holders = holders_of(streams);
    if (stream->held != NULL) {
        *(stream->older != NULL ? &stream->older->newer : &holders->oldest) = stream->newer;
        *(stream->newer != NULL ? &stream->newer->older : &holders->newest) = stream->older;
        holders->bytes -= stream->held_size;
        free(stream->held);
        stream->held = NULL;
    }
    stream->held_size = 0;
    stream->held_len = 0;
}

/* ---- connections ---- */

static void open_place(struct streams *streams, struct stream *stream) {
    stream->fd = -1;
    stream->next_free = streams->free;
    streams->free = (uint32_t)(stream - streams->items) + 1;
}

static void close_stream(struct streams *streams, struct stream *stream) {
    if (streams->current == stream)
        streams->current = NULL;
    release(streams, stream);
    (void)close(stream->fd);
    streams->sock->ingress->streams_open--;
    streams->figures.connections--;
    open_place(streams, stream);
}

static void close_for(struct streams *streams, struct stream *stream, enum ingress_stream_end end) {
    streams->figures.closed[end]++;
    close_stream(streams, stream);
}

static bool watch(const struct streams *streams, int fd, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    return epoll_ctl(streams->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void take_connection(struct streams *streams, int fd) {
    struct ingress *ingress = streams->sock->ingress;
    socklen_t len = sizeof(struct ucred);
    if (streams->free == 0 || ingress->streams_open >= streams->most) {
        streams->figures.closed[INGRESS_STREAM_TOO_MANY]++;
        (void)close(fd);
        return;
    }
    struct stream *stream = &streams->items[streams->free - 1];
    if (!watch(streams, fd, streams->free - 1)) {
        streams->figures.closed[INGRESS_STREAM_MEMORY]++;
        (void)close(fd);
        return;
    }
    streams->free = stream->next_free;
    *stream = (struct stream){.fd = fd, .streams = streams};
    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &stream->sender, &len);
    (void)ingress_credentials_ask(fd);
    ingress->streams_open++;
    streams->figures.connections++;
    streams->figures.accepted++;
}

static void accept_again(uv_timer_t *timer) {
    const struct ingress_socket *sock = timer->data;
    if (sock->streams->accepting)
        (void)watch(sock->streams, sock->listener.fd, LISTENER);
}

/* Accept up to `most` connections. Returns how many. Without descriptors, look again later: the
 * listener would be ready all the time. */
static size_t accept_some(struct streams *streams, size_t most) {
    const int listener = streams->sock->listener.fd;
    size_t count = 0;
    while (count < most) {
        const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
                break;
            streams->sock->figures.errors++;
            streams->sock->figures.last_error = errno;
            (void)epoll_ctl(streams->epoll, EPOLL_CTL_DEL, listener, NULL);
            (void)uv_timer_start(&streams->sock->timer, accept_again, AGAIN_MS, 0);
            break;
        }
        take_connection(streams, fd);
        count++;
    }
    return count;
}

/* Make room for that many bytes of the stream's frame. The connection whose frame began first gives
 * way; false: this one did, or there is no memory, and it is closed. */
static bool make_room(struct streams *streams, struct stream *stream, size_t len) {
    struct stream_holders *holders = holders_of(streams);
    const size_t more = (len - stream->held_size + HELD_STEP - 1) / HELD_STEP * HELD_STEP;
    while (holders->bytes + more > INGRESS_STREAM_HELD_MAX) {
        struct stream *oldest = holders->oldest;
        close_for(oldest->streams, oldest, INGRESS_STREAM_MEMORY);
        if (oldest == stream)
            return false;
    }
    char *room = memory_try_resize(stream->held, stream->held_size + more, 1);
    if (room == NULL) {
        close_for(streams, stream, INGRESS_STREAM_MEMORY);
        return false;
    }
    if (stream->held == NULL) {
        stream->older = holders->newest;
        stream->newer = NULL;
        *(holders->newest != NULL ? &holders->newest->newer : &holders->oldest) = stream;
        holders->newest = stream;
    }
    holders->bytes += more;
    stream->held = room;
    stream->held_size += (uint32_t)more;
    return true;
}

/* Keep the bytes of a frame that is not whole until the next turn. */
static void hold(struct streams *streams, struct stream *stream, const char *bytes, size_t len) {
    const size_t room = stream->held != NULL ? stream->held_size : sizeof stream->few;
    if (len > room && !make_room(streams, stream, len))
        return;
    memcpy(stream->held != NULL ? stream->held : stream->few, bytes, len);
    stream->held_len = (uint32_t)len;
}

/* ---- reading ---- */

/* Receive into the part. Returns what recvmsg(2) does; whose bytes they are is noted. The kernel
 * never mixes those of two processes. */
static ssize_t receive(struct stream *stream, struct iovec part) {
    struct inbox_control control;
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    ssize_t got;
    do
        got = recvmsg(stream->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        ingress_control_take(&header, &stream->sender);
    return got;
}

/* A connection's turn: read some, to be cut, behind what it held. */
static void read_stream(struct streams *streams, struct stream *stream) {
    const size_t held = stream->held_len;
    memcpy(streams->read, stream->held != NULL ? stream->held : stream->few, held);
    const ssize_t got =
        receive(stream, (struct iovec){.iov_base = streams->read + held, .iov_len = READ_BYTES});
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    streams->current = stream;
    streams->at = 0;
    streams->len = held + (got > 0 ? (size_t)got : 0);
    streams->ended = got <= 0;
}

/* No further frame of these bytes is whole. */
static void finish(struct streams *streams) {
    struct stream *stream = streams->current;
    const size_t rest = streams->len - streams->at;
    streams->current = NULL;
    if (streams->ended) {
        streams->figures.cut += rest > 0;
        close_stream(streams, stream);
    } else {
        hold(streams, stream, streams->read + streams->at, rest);
    }
}

/* Cut the bytes at hand into datagrams, while the batch has room. A last line without its end may
 * be cut: of `|@0.1` nothing may be left but what counts ten times too little. */
static void cut(struct streams *streams, struct batch *batch) {
    struct stream *stream = streams->current;
    while (batch->used < BATCH_SLOTS) {
        struct frame frame;
        const char *bytes = streams->read + streams->at;
        const enum framing_result result =
            ingress_framing_next(&stream->framing, bytes, streams->len - streams->at, &frame);
        streams->at += frame.used;
        if (frame.used > 0) /* what it held is whole, and another frame begins */
            release(streams, stream);
        if (result == FRAMING_TOO_LONG) {
            close_for(streams, stream, INGRESS_STREAM_TOO_LONG);
            return;
        }
        if (result == FRAMING_MORE) {
            finish(streams);
            return;
        }
        ingress_batch_put(batch, bytes + frame.at, frame.len, &stream->sender);
    }
}

/* Take the next turn: a connection's or the listener's. Returns what it costs of LOOK_BYTES; 0:
 * nothing is ready. */
static size_t take_turn(struct streams *streams) {
    if (streams->ready_next == streams->ready_count) {
        streams->ready_next = 0;
        streams->ready_count = epoll_wait(streams->epoll, streams->ready, EVENTS, 0);
        if (streams->ready_count <= 0) {
            streams->ready_count = 0;
            return 0;
        }
    }
    const uint32_t number = streams->ready[streams->ready_next++].data.u32;
    streams->turns++;
    if (number == LISTENER) /* if it was shut since, connections wait for another process */
        return EVENT_BYTES +
               (streams->accepting ? accept_some(streams, ACCEPTS) : 0) * ACCEPT_BYTES;
    struct stream *stream = &streams->items[number];
    if (stream->fd >= 0) /* else it was closed since */
        read_stream(streams, stream);
    return EVENT_BYTES + (streams->current != NULL ? streams->len : 0);
}

int ingress_streams_receive(struct streams *streams, struct batch *batch, gate_scope scope,
                            struct ledger_traffic *traffic) {
    bool more = true;
    size_t spent = 0;
    ingress_batch_begin(batch, scope);
    streams->turns = 0;
    while (batch->used < BATCH_SLOTS && spent < LOOK_BYTES) {
        if (streams->current == NULL) {
            const size_t cost = take_turn(streams);
            spent += cost;
            if (cost == 0) {
                more = false;
                break;
            }
        }
        if (streams->current != NULL)
            cut(streams, batch);
    }
    if (batch->used > 0)
        ingress_batch_take(batch, 0, scope, traffic);
    batch->more = more;
    return (int)batch->count;
}

size_t ingress_streams_turns(const struct streams *streams) {
    return streams->turns;
}

/* A send buffer of 416 KiB holds some 555 small writes, and those that wait to be accepted are few.
 */
uint64_t ingress_streams_waiting(const struct streams *streams) {
    enum { TURNS_OF_ONE = 600, UNACCEPTED = 8 };
    return (streams->figures.connections + UNACCEPTED) * TURNS_OF_ONE;
}

/* ---- ending ---- */

void ingress_streams_shut(struct streams *streams, bool listener_too) {
    const int listener = streams->sock->listener.fd;
    streams->accepting = false;
    (void)epoll_ctl(streams->epoll, EPOLL_CTL_DEL, listener, NULL);
    (void)uv_timer_stop(&streams->sock->timer);
    if (listener_too) {
        (void)shutdown(listener, SHUT_RD);
        (void)accept_some(streams, SIZE_MAX);
        (void)uv_timer_stop(&streams->sock->timer);
    }
    for (size_t i = 0; i < INGRESS_STREAMS_MAX; i++)
        if (streams->items[i].fd >= 0)
            (void)shutdown(streams->items[i].fd, SHUT_RD);
}

void ingress_streams_resume(struct streams *streams) {
    streams->accepting = true;
    (void)watch(streams, streams->sock->listener.fd, LISTENER);
}

/* ---- life ---- */

uint64_t ingress_streams_bytes(void) {
    return sizeof(struct streams) + FRAMING_HELD_MAX + READ_BYTES +
           INGRESS_STREAMS_MAX * sizeof(struct stream);
}

/* Whoever watches or scrapes needs descriptors, too. */
static size_t most_streams(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 4 < INGRESS_STREAMS_MAX
               ? (size_t)limit.rlim_cur / 4
               : INGRESS_STREAMS_MAX;
}

struct streams *ingress_streams_new(struct ingress_socket *sock, int *ret_epoll) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return NULL;
    struct streams *streams = memory_alloc(sizeof *streams);
    streams->sock = sock;
    streams->epoll = epoll;
    streams->most = most_streams();
    streams->read = memory_alloc(FRAMING_HELD_MAX + READ_BYTES);
    streams->items = memory_array(INGRESS_STREAMS_MAX, sizeof *streams->items);
    for (size_t i = INGRESS_STREAMS_MAX; i > 0; i--)
        open_place(streams, &streams->items[i - 1]);
    *ret_epoll = epoll;
    return streams;
}

void ingress_streams_free(struct streams *streams) {
    if (streams == NULL)
        return;
    for (size_t i = 0; i < INGRESS_STREAMS_MAX; i++)
        if (streams->items[i].fd >= 0)
            close_stream(streams, &streams->items[i]);
    (void)close(streams->epoll);
    free(streams->read);
    free(streams->items);
    free(streams);
}

const struct ingress_input_figures *ingress_streams_figures(const struct streams *streams) {
    return &streams->figures;
}
